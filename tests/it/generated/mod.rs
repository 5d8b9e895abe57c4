//! What is generated, committed and checked: a stale file is rewritten, and the test that finds it fails this once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod architecture;
mod catalogue;
mod commands;
mod language;
mod profile;
mod sample;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_page_of_requirements_is_fresh() {
    freshen("docs/requirements.md", &catalogue::page());
}

#[test]
fn the_page_of_the_scenario_language_is_fresh() {
    freshen("docs/scenarios.md", &language::page());
}

#[test]
fn the_page_of_the_profile_is_fresh() {
    freshen("docs/profile.md", &profile::page());
}

#[test]
fn the_schemas_are_those_that_the_command_prints() {
    let printed = ["scenario", "defect", "profile", "report", "diff", "transcript"].map(|of| {
        let printed = penspec(&["schema", "--of", of]).output().unwrap();
        (format!("docs/schema/{of}.json"), String::from_utf8(printed.stdout).unwrap())
    });
    freshen_all(&printed);
}

/// The file holds this text; a stale one is rewritten.
fn freshen(name: &str, text: &str) {
    freshen_all(&[(name.to_owned(), text.to_owned())]);
}

/// Each file holds its text; all that are stale are rewritten.
fn freshen_all(files: &[(String, String)]) {
    let is_stale =
        |name: &str, text: &str| !fs::read_to_string(root().join(name)).is_ok_and(|kept| kept == text);
    let mut stale = Vec::new();
    for (name, text) in files.iter().filter(|(name, text)| is_stale(name, text)) {
        let path = root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        stale.push(name.as_str());
    }
    let stale = stale.join(", ");
    assert!(
        stale.is_empty(),
        "{stale} was stale and has been rewritten: look at what changed and test again"
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The binary, with these arguments, in the repository.
fn penspec(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_penspec"));
    command.args(arguments).current_dir(root());
    command
}

/// Text in which Markdown must see nothing but text, and code between backticks.
fn prose(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let pieces = text.split('`').enumerate().map(|(index, piece)| match index % 2 {
        0 => piece.replace('<', "&lt;").replace('*', "\\*"),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("`")
}

/// The same in a cell of a table, which is one line.
fn cell(text: &str) -> String {
    prose(text).replace('\n', " ")
}

/// Where a heading is linked to.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase().replace(' ', "-");
    letters.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
}
