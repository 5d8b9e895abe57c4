//! Paths of the dialogue: they name what is on offer, never a file of ours.

/// The longest path that is remembered.
const LONGEST: usize = 4096;

/// A path as it is meant in a directory, without `.` and `..`, of which none leads above the first.
pub(super) fn resolve(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut segments: Vec<&str> = Vec::new();
    for segment in whole.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let resolved = format!("/{}", segments.join("/"));
    if resolved.len() > LONGEST { "/".to_owned() } else { resolved }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_above_the_first_directory() {
        for (directory, path, expected) in [
            ("/", "a.zip", "/a.zip"),
            ("/t-1/package", "a.zip", "/t-1/package/a.zip"),
            ("/t-1/package", "/b.zip", "/b.zip"),
            ("/t-1", "../../../etc/passwd", "/etc/passwd"),
            ("/", "..", "/"),
            ("/a/", "./b//c/..", "/a/b"),
            ("/", "..\\..\\a", "/..\\..\\a"),
        ] {
            assert_eq!(resolve(directory, path), expected, "{directory} {path}");
        }
        assert_eq!(resolve("/", &"a/".repeat(5000)), "/");
    }
}
