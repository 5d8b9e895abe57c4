//! What refers to a secret: `${env:NAME}` and `${file:PATH}`, alone or within a text, or `literal:` and the secret itself.

use super::secret::Secret;

/// Where secrets are looked up.
#[derive(Clone, Copy)]
pub struct Vault<'a> {
    /// The value of an environment variable; `None` when it is not set.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file; a relative path lies beside the profile.
    pub file: &'a dyn Fn(&str) -> Result<String, String>,
}

/// A secret, and what must be masked wherever it stands; a literal is known to everybody, and masked in its place alone.
pub(super) struct Resolved {
    pub(super) secret: Secret,
    pub(super) hidden: Vec<String>,
}

/// Whether a text has a reference in it.
pub(super) fn refers(text: &str) -> bool {
    text.contains("${env:") || text.contains("${file:")
}

/// Looks a secret up; the error says what is amiss, without the secret.
pub(super) fn resolve(text: &str, vault: Vault<'_>) -> Result<Resolved, String> {
    if let Some(literal) = text.strip_prefix("literal:") {
        return Ok(Resolved { secret: Secret::literal(literal), hidden: Vec::new() });
    }
    if !text.contains("${") {
        return Err(
            "a secret stands here in the open; write ${env:NAME} and set that variable, or ${file:PATH}, \
                    or literal: before it when everybody may know it"
                .to_owned(),
        );
    }
    let (mut value, mut hidden, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let (reference, after) =
            after.split_once('}').ok_or("a reference has no end: write ${env:NAME} or ${file:PATH}")?;
        let found = look_up(reference, vault)?;
        value.push_str(before);
        value.push_str(&found);
        hidden.push(found);
        rest = after;
    }
    value.push_str(rest);
    hidden.push(value.clone());
    Ok(Resolved { secret: Secret::new(text, &value), hidden })
}

fn look_up(reference: &str, vault: Vault<'_>) -> Result<String, String> {
    let found = match reference.split_once(':') {
        Some(("env", name)) => (vault.variable)(name).ok_or_else(|| {
            format!("the environment variable {name} is not set; set it before penspec is started")
        })?,
        Some(("file", path)) => {
            let text = (vault.file)(path).map_err(|error| format!("{path}: cannot be read: {error}"))?;
            text.strip_suffix('\n').map(|line| line.trim_end_matches('\r').to_owned()).unwrap_or(text)
        }
        _ => {
            return Err(format!(
                "unknown reference \"${{{reference}}}\": write ${{env:NAME}} or ${{file:PATH}}"
            ));
        }
    };
    match found.chars().find(|letter| letter.is_control()) {
        _ if found.is_empty() => Err(format!("what ${{{reference}}} refers to is empty")),
        Some(_) => Err(format!(
            "what ${{{reference}}} refers to has a line break or another control character in it"
        )),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: Vault<'static> = Vault {
        variable: &|name| match name {
            "PASSWORD" => Some("hunter2".to_owned()),
            "EMPTY" => Some(String::new()),
            "LINES" => Some("a\r\nX: y".to_owned()),
            _ => None,
        },
        file: &|path| {
            if path == "key.txt" { Ok("s3cret\r\n".to_owned()) } else { Err("no such file".to_owned()) }
        },
    };

    fn check(text: &str, expected: Result<(&str, &str), &str>) {
        let resolved = resolve(text, VAULT);
        let told = resolved.as_ref().map(|found| (found.secret.reference(), found.secret.reveal()));
        match (told, expected) {
            (Ok(told), Ok(expected)) => assert_eq!(told, expected),
            (Err(told), Err(words)) => assert!(told.contains(words), "{told}"),
            (told, expected) => panic!("{told:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_reference_is_looked_up_and_stays_what_is_shown() {
        check("${env:PASSWORD}", Ok(("${env:PASSWORD}", "hunter2")));
        check("Bearer ${env:PASSWORD}", Ok(("Bearer ${env:PASSWORD}", "Bearer hunter2")));
        check("${file:key.txt}", Ok(("${file:key.txt}", "s3cret")));
        check("literal:demo ${x", Ok(("literal:", "demo ${x")));
        assert_eq!(resolve("Bearer ${env:PASSWORD}", VAULT).unwrap().hidden, ["hunter2", "Bearer hunter2"]);
    }

    #[test]
    fn what_cannot_be_looked_up_is_told_without_the_secret() {
        check("hunter2", Err("in the open"));
        check("${env:ABSENT}", Err("the environment variable ABSENT is not set"));
        check("${env:EMPTY}", Err("is empty"));
        check("${env:LINES}", Err("control character"));
        check("${file:absent}", Err("absent: cannot be read: no such file"));
        check("${vault:x}", Err("unknown reference"));
        check("${env:PASSWORD", Err("has no end"));
    }
}
