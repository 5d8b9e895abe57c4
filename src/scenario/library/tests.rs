//! The library over its own files and over directories of others.

use std::fs;
use std::path::Path;

use super::*;
use crate::scenario::steps::Step;
use crate::scenario::steps::collect::Collect;

const ELEMENTS: [&str; 17] = [
    "pens-version",
    "command",
    "package-type",
    "package-type-version",
    "package-format",
    "package-id",
    "package-url",
    "package-url-user-id",
    "package-url-account",
    "package-url-password",
    "package-url-expiry",
    "client",
    "system-user-id",
    "system-password",
    "receipt",
    "alerts",
    "vendor-data",
];

/// The ids that the shipped files use: the loader's own tests check that unknown ones are refused, and
/// `run::built_in` loads the files with the catalogue.
fn ids() -> Vec<String> {
    let families = ["MSG", "ELM", "RSP", "PKG", "RCT", "ALR", "CBK", "SEQ"];
    let numbered =
        families.iter().flat_map(|family| (1..=20).map(move |number| format!("{family}-{number:03}")));
    numbered.chain((100..=2011).map(|number| format!("ERR-{number}"))).collect()
}

/// What a collect says that it provokes: the lint against what it carries has tests of its own.
fn faults(collect: &Collect) -> Vec<String> {
    collect.provokes.to_vec()
}

fn with_known<T>(test: impl FnOnce(&Known<'_>) -> T) -> T {
    let ids = ids();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let packages = package_names();
    test(&Known { requirement_ids: &ids, package_names: &packages, element_names: &ELEMENTS, faults })
}

fn shipped() -> Vec<Scenario> {
    with_known(|known| load_all(&built_in(), known)).unwrap_or_else(|error| panic!("{error}"))
}

fn selected(wanted: &[&str]) -> Result<Vec<String>, String> {
    let wanted: Vec<String> = wanted.iter().map(|&text| text.to_owned()).collect();
    let cases = select(&shipped(), &wanted).map(|cases| cases.iter().map(|case| case.id.clone()).collect());
    cases.map_err(|error| error.to_string())
}

#[test]
fn every_shipped_scenario_loads() {
    let scenarios = shipped();
    assert!(scenarios.len() >= 9);
    let missing = scenarios.iter().find(|scenario| scenario.id == "target/errors/missing-element").unwrap();
    assert_eq!(missing.cases().len(), 10);
    let receipt = missing.cases().last().unwrap();
    assert_eq!(receipt.id, "target/errors/missing-element/receipt");
    assert_eq!(receipt.proves, ["ERR-2011", "ERR-100", "PKG-006", "RSP-012"]);
    let Step::Collect(collect) = &receipt.steps[1] else { panic!("{receipt:?}") };
    assert_eq!(collect.omit, ["receipt"]);
    assert_eq!(collect.provokes.0, ["ERR-2011"]);
    let probe = scenarios.iter().find(|scenario| scenario.id == "target/probe").unwrap();
    assert_eq!(probe.cases()[0].id, probe.id);
    assert_eq!(probe.cases()[0].proves, probe.proves);
}

#[test]
fn every_shipped_defect_loads() {
    let defects = with_known(|known| load_defects(&built_in_defects(), known))
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(defects.len() >= 33);
    assert!(defects.iter().any(|defect| defect.name == "null-silent" && defect.breaks.is_empty()));
}

#[test]
fn the_binary_holds_every_file_of_the_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts =
        |sources: Vec<Source>| sources.into_iter().map(|source| (source.id, source.text)).collect::<Vec<_>>();
    let reminder = "stale: touch src/scenario/library/built_in.rs";
    assert_eq!(texts(built_in()), texts(read_directory(&root.join("scenarios")).unwrap()), "{reminder}");
    let defects = read_directory(&root.join("fixtures/defects")).unwrap();
    assert_eq!(texts(built_in_defects()), texts(defects), "{reminder}");
    assert!(package_names().contains(&"scorm12-minimal.zip"));
    assert!(package("scorm12-minimal.zip").unwrap().starts_with(b"PK"));
    assert_eq!(package("make.py"), None);
}

#[test]
fn cases_are_found_by_id_or_glob() {
    assert_eq!(selected(&["target/probe"]), Ok(vec!["target/probe".to_owned()]));
    let receipt = "target/errors/missing-element/receipt";
    assert_eq!(selected(&[receipt]), Ok(vec![receipt.to_owned()]));
    assert_eq!(selected(&["target/errors/missing-element"]).map(|ids| ids.len()), Ok(10));
    let errors = selected(&["target/errors/*"]).unwrap();
    assert!(errors.len() > 10 && errors.iter().all(|id| id.starts_with("target/errors/")));
    assert_eq!(selected(&["**/missing-element/receipt", receipt]), Ok(vec![receipt.to_owned()]));
    assert_eq!(selected(&["**"]), selected(&[]));
}

#[test]
fn an_id_that_is_not_there_brings_those_that_are_near() {
    let unknown = |wanted: &str| selected(&[wanted]).unwrap_err();
    assert_eq!(unknown("target/prob"), r#"unknown scenario "target/prob"; did you mean "target/probe"?"#);
    assert_eq!(
        unknown("missing-element"),
        r#"unknown scenario "missing-element"; did you mean "target/errors/missing-element"?"#
    );
    assert_eq!(unknown("relay/*"), r#"no scenario is matched by "relay/*""#);
    assert_eq!(unknown("\u{1b}[2J"), r#"unknown scenario "\u{1b}[2J""#);
}

#[test]
fn what_is_exported_is_run_the_same_way() {
    let directory = tempfile::tempdir().unwrap();
    export(directory.path()).unwrap();
    export(directory.path()).unwrap();
    let again = read_directory(&directory.path().join("scenarios")).unwrap();
    let again = with_known(|known| load_all(&again, known)).unwrap();
    assert_eq!(again, shipped());
    assert!(directory.path().join("packages/scorm12-minimal.zip").is_file());
    let probe = directory.path().join("scenarios/target/probe.yaml");
    fs::write(&probe, "mine").unwrap();
    assert!(matches!(export(directory.path()), Err(LibraryError::Taken { path }) if path == probe));
    assert_eq!(fs::read(&probe).unwrap(), b"mine");
}

#[test]
fn a_users_directory_is_read_within_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/b/one.yml"), "x").unwrap();
    fs::write(root.join("a/.hidden.yaml"), "x").unwrap();
    fs::write(root.join("notes.txt"), "x").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(root, root.join("a/b/loop")).unwrap();
    let ids =
        |root: &Path| read_directory(root).map(|all| all.into_iter().map(|one| one.id).collect::<Vec<_>>());
    assert_eq!(ids(root).unwrap(), ["a/b/one"]);

    fs::write(root.join("a/b/one.yaml"), "x").unwrap();
    assert_eq!(ids(root).unwrap_err().to_string(), "a/b/one is the id of two scenarios or cases");
    fs::remove_file(root.join("a/b/one.yaml")).unwrap();

    fs::write(root.join("long.yaml"), "#".repeat(10_000_000)).unwrap();
    let message = ids(root).unwrap_err().to_string();
    assert!(message.contains("long.yaml:1:1: the file is too long: 256 KiB at most"), "{message}");
    fs::write(root.join("long.yaml"), b"title: \xff").unwrap();
    let message = ids(root).unwrap_err().to_string();
    assert!(message.contains("long.yaml:1:1: the file is not UTF-8: see its byte 8"), "{message}");

    fs::create_dir_all(root.join("1/2/3/4/5/6/7/8/9")).unwrap();
    assert!(matches!(ids(root), Err(LibraryError::TooMuch { .. })));
    assert!(matches!(ids(&root.join("absent")), Err(LibraryError::Io { .. })));
}

#[test]
fn two_cases_never_have_one_id() {
    let source =
        |id: &str, text: &str| Source { id: id.into(), name: format!("{id}.yaml"), text: text.into() };
    let plain = "title: t\nsubject: target\nsteps: [{ collect: {} }]\n";
    let cases = "title: t\nsubject: target\ncases: [{ case: b }]\nsteps: [{ collect: {} }]\n";
    let error = with_known(|known| load_all(&[source("a", cases), source("a/b", plain)], known)).unwrap_err();
    assert_eq!(error.to_string(), "a/b is the id of two scenarios or cases");
}

#[test]
fn all_files_that_are_refused_are_told() {
    let source = |id: &str| Source { id: id.into(), name: format!("{id}.yaml"), text: "titel: x".into() };
    let error = with_known(|known| load_all(&[source("a"), source("b")], known)).unwrap_err().to_string();
    assert!(error.contains("a.yaml:1:1: unknown key \"titel\"; did you mean \"title\"?"), "{error}");
    assert!(error.contains("b.yaml:1:1: "), "{error}");
}
