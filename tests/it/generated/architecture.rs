//! docs/architecture.md: its list of modules is made of their own first sentences.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{freshen, root};

const BEGIN: &str = "<!-- modules: begin; made by `cargo test` of the modules' own first sentences -->\n";
const END: &str = "<!-- modules: end -->\n";

#[test]
fn the_list_of_modules_is_fresh() {
    let page = "docs/architecture.md";
    let text = fs::read_to_string(root().join(page)).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    freshen(page, &format!("{before}{BEGIN}\n{}\n{END}{after}", modules()));
}

fn modules() -> String {
    let mut text = String::new();
    for name in sorted(&root().join("src")) {
        let path = root().join("src").join(&name);
        tell(&mut text, 0, &name, &path);
        for part in sorted(&path).into_iter().filter(|part| part != "mod.rs") {
            tell(&mut text, 1, &part, &path.join(&part));
        }
    }
    text
}

/// A module and what it says of itself; tests say nothing here.
fn tell(text: &mut String, depth: usize, name: &str, path: &Path) {
    let file = if path.is_dir() { path.join("mod.rs") } else { path.to_owned() };
    let (Ok(source), false) = (fs::read_to_string(&file), name.starts_with("tests")) else { return };
    let name = if path.is_dir() { format!("{name}/") } else { name.to_owned() };
    let _ = writeln!(text, "{}- `{name}` {}", "  ".repeat(depth), first_sentence(&source));
}

fn first_sentence(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//! "));
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
    paragraph[..end].to_owned()
}

fn sorted(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
