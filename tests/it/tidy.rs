//! What no compiler holds: who imports whom, what stays pure, how files open and how long they grow.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use penspec::requirements::judge::rows_of;
use penspec::run::built_in;
use penspec::scenario::library;
use penspec::scenario::model::Subject;
use penspec::transcript::entry::Role;

/// Files over the limit, each with its reason.
const LONG: &[(&str, &str)] = &[("src/requirements/err.rs", "a table: a row for each code of Table 3")];
const LIMIT: usize = 400;

/// The table of docs/architecture.md is the table of the code.
#[test]
fn modules_import_only_what_the_architecture_page_allows() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    let mut met: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in sources("src") {
        let from = module_of(&name);
        for line in code(&text) {
            if line.contains("crate::{") {
                wrong.push(format!("{name}: {line}: one import a line"));
            }
            for to in imported(line, &allowed).filter(|to| *to != from) {
                met.entry(from.clone()).or_default().insert(to.clone());
                if !allowed.get(&from).is_some_and(|may| may.contains(&to)) {
                    wrong.push(format!("{name}: {from} may not import {to}: {}", line.trim()));
                }
            }
        }
    }
    for (from, may) in &allowed {
        let met = met.remove(from).unwrap_or_default();
        wrong.extend(
            may.difference(&met).map(|to| format!("docs/architecture.md: {from} does not import {to}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What each module may import: the rows of the table, by their first cell.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("\n## Who may import whom\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells =
            row.split('|').skip(1).map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned));
        (cells.next().unwrap().next().unwrap(), cells.next().unwrap().collect())
    })
    .collect()
}

fn module_of(name: &str) -> String {
    let part = name.trim_start_matches("src/").split('/').next().unwrap();
    part.trim_end_matches(".rs").to_owned()
}

/// The modules that a line names by a path from the crate's root, or up to it.
fn imported(line: &str, modules: &BTreeMap<String, BTreeSet<String>>) -> impl Iterator<Item = String> {
    let roots = ["crate::", "penspec::", "super::super::"];
    let pieces = roots.into_iter().flat_map(move |root| line.split(root).skip(1));
    let names = pieces.map(|rest| {
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
    });
    names.filter(|name| modules.contains_key(name))
}

#[test]
fn what_is_pure_has_no_socket_no_file_and_no_clock() {
    const PURE: [&str; 4] = ["src/pens/", "src/profile/", "src/requirements/", "src/report/"];
    const FOREIGN: [&str; 9] = [
        "tokio",
        "std::net",
        "std::fs",
        "std::io",
        "std::thread",
        "getrandom",
        "Utc::now",
        "Instant",
        "SystemTime",
    ];
    for (name, text) in
        sources("src").into_iter().filter(|(name, _)| PURE.iter().any(|pure| name.starts_with(pure)))
    {
        for line in code(&text) {
            let met = FOREIGN.iter().find(|foreign| line.contains(*foreign));
            assert!(met.is_none(), "{name} is to be pure: {line}");
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is() {
    for (name, text) in sources("src").into_iter().chain(sources("tests")) {
        assert!(text.starts_with("//! "), "{name} does not open with a sentence that says what it is");
    }
}

#[test]
fn files_are_short_but_for_tables() {
    for (name, text) in sources("src") {
        let lines = text.lines().count();
        let is_excused = LONG.iter().any(|(long, _)| *long == name);
        assert!(lines <= LIMIT || is_excused, "{name} has {lines} lines: divide it, or give a reason here");
        assert!(lines > LIMIT || !is_excused, "{name} is short enough: take its reason away");
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two halves, so that this file may say them.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["to", "do!("], ["db", "g!("], ["#[ign", "ore"], ["#[all", "ow("]];
    let waits = ["thread::", "sleep"].concat();
    for (name, text) in sources("src").into_iter().chain(sources("tests")) {
        for word in words.iter().map(|halves| halves.concat()).chain([waits.clone()]) {
            // TAP has the first of them as a directive, behind a `#`.
            let text = text.replace(&format!("# {}", words[0].concat()), "");
            assert!(!text.contains(&word), "{name} has {word}");
        }
    }
}

#[test]
fn every_shipped_scenario_and_defect_loads() {
    let ids = |directory: &str, kind: &str| -> BTreeSet<String> {
        let found = files(&root().join(directory)).into_iter().map(|path| shown(&path));
        let yaml = found.filter_map(|name| {
            name.strip_prefix(directory)?.strip_prefix('/')?.strip_suffix(kind).map(str::to_owned)
        });
        yaml.collect()
    };
    let scenarios = built_in::scenarios().unwrap().into_iter().map(|scenario| scenario.id).collect();
    assert_eq!(ids("scenarios", ".yaml"), scenarios);
    let defects = built_in::defects().unwrap().into_iter().map(|defect| defect.name).collect();
    assert_eq!(ids("fixtures/defects", ".yaml"), defects);
    let mut packages = ids("fixtures/packages", "");
    assert!(packages.remove("make.py"));
    assert_eq!(packages, library::package_names().into_iter().map(str::to_owned).collect());
}

/// Rows that a subject of this role cannot break, each with its reason.
const UNBREAKABLE: &[(Role, &str, &str)] =
    &[(Role::Client, "RSP-013", "an acknowledgement that comes late or never is inconclusive, not wrong")];

#[test]
fn every_requirement_has_a_defect_that_breaks_it() {
    let defects = built_in::defects().unwrap();
    for (role, row) in roles().flat_map(|role| rows_of(role).map(move |row| (role, row))) {
        let own = defects.iter().filter(|defect| defect.subject == Subject::of(role));
        let is_broken = own.flat_map(|defect| &defect.breaks).any(|id| id == row.id);
        let is_excused = UNBREAKABLE.iter().any(|(of, id, _)| *of == role && *id == row.id);
        assert!(is_broken || is_excused, "no defect shows that the check of {} can fail: {role:?}", row.id);
        assert!(!is_broken || !is_excused, "{} can be broken: take its reason away", row.id);
    }
}

#[test]
fn every_requirement_has_a_scenario_that_is_there_for_it() {
    let scenarios = built_in::scenarios().unwrap();
    for (role, row) in roles().flat_map(|role| rows_of(role).map(move |row| (role, row))) {
        let own = scenarios.iter().filter(|scenario| scenario.subject == Subject::of(role));
        let is_proven = own.flat_map(|scenario| &scenario.proves).any(|id| id == row.id);
        assert!(is_proven, "no scenario is there for {}: {role:?}", row.id);
    }
}

/// A scenario or a defect speaks of rows that bind its subject; any other could not be judged there.
#[test]
fn scenarios_and_defects_name_the_rows_of_their_subject_alone() {
    let binds = |subject: Subject, id: &String| {
        let role = roles().find(|role| Subject::of(*role) == subject).unwrap();
        rows_of(role).any(|row| row.id == id)
    };
    for scenario in built_in::scenarios().unwrap() {
        let foreign = scenario.proves.iter().find(|id| !binds(scenario.subject, id));
        assert_eq!(foreign, None, "{}", scenario.id);
    }
    for defect in built_in::defects().unwrap() {
        let foreign = defect.breaks.iter().find(|id| !binds(defect.subject, id));
        assert_eq!(foreign, None, "{}", defect.name);
    }
}

fn roles() -> impl Iterator<Item = Role> {
    [Role::Target, Role::Client].into_iter()
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let homes = [["/ro", "ot/"], ["/ho", "me/"], ["/wo", "rk/"], ["/Use", "rs/"]];
    for path in all_files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for home in homes.iter().map(|halves| halves.concat()) {
            assert!(!text.contains(&home), "{} has {home}", shown(&path));
        }
    }
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for line in lock.lines().filter(|line| line.starts_with("source = ")) {
        let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert_eq!(line, public, "Cargo.lock");
    }
}

/// The Rust files below a directory, by their names from the root.
fn sources(directory: &str) -> Vec<(String, String)> {
    let rust = files(&root().join(directory))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs"));
    rust.map(|path| (shown(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// Everything that is kept, and nothing that is made.
fn all_files() -> Vec<PathBuf> {
    let made = ["target", ".git", "reports"];
    let mut found = files(&root().join("reports/sample"));
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap) {
        if made.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        let path = entry.path();
        found.extend(if path.is_dir() { files(&path) } else { vec![path] });
    }
    let fuzzed = ["target", "corpus", "artifacts", "coverage"].map(|made| root().join("fuzz").join(made));
    found.retain(|path| !fuzzed.iter().any(|made| path.starts_with(made)));
    found
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

/// The lines that are no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
