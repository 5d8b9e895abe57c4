use super::*;

const KNOWN: Known<'static> = Known {
    requirement_ids: &[
        "ERR-100", "ERR-2001", "ERR-2011", "MSG-006", "MSG-007", "PKG-006", "RCT-001", "RSP-001",
    ],
    package_names: &["scorm12-minimal.zip", "scorm12-large.zip"],
    element_names: &[
        "pens-version",
        "command",
        "package-id",
        "package-url",
        "receipt",
        "alerts",
        "vendor-data",
    ],
    faults,
};

/// A fake of `pens::fault`: an element left out is a fault, and there are two such elements.
fn faults(collect: &Collect) -> Vec<String> {
    let row = |name: &String| match name.as_str() {
        "pens-version" => Some("ERR-2001".to_owned()),
        "receipt" => Some("ERR-2011".to_owned()),
        _ => None,
    };
    collect.omit.iter().filter_map(row).collect()
}

const HEAD: &str = "title: t\nsubject: target\n";

/// The headlines of a scenario's mistakes, without the name of the file.
fn headlines(text: &str) -> Vec<String> {
    match load("a", "a", text, &KNOWN) {
        Ok(_) => Vec::new(),
        Err(mistakes) => {
            assert!(!mistakes.diagnostics.is_empty());
            mistakes.diagnostics.iter().map(|d| d.headline().trim_start_matches("a:").to_owned()).collect()
        }
    }
}

/// Line 3 and what follows are given; the title and the subject stand above.
fn check(rest: &str, expected: &[&str]) {
    assert_eq!(headlines(&format!("{HEAD}{rest}")), expected, "{rest}");
}

#[test]
fn keys_and_verbs_are_known() {
    check(
        "steps:\n  - collect: { omitt: [receipt] }\n",
        &[r#"4:16: unknown key "omitt"; did you mean "omit"?"#],
    );
    check("stepps: []\n", &[r#"3:1: unknown key "stepps"; did you mean "steps"?"#]);
    check("steps: [{ colect: {} }]\n", &[r#"3:11: unknown verb "colect"; did you mean "collect"?"#]);
    check(
        "steps: [{ dance: {} }]\n",
        &[r#"3:11: unknown verb "dance"; there are stage, collect, await, expect and pause"#],
    );
    check(
        "steps:\n  - collect: {}\n    pause: 1s\n",
        &[r#"5:5: a step has exactly one verb, here are 2: "collect" and "pause""#],
    );
    check("steps: [{}]\n", &["3:9: a step has exactly one verb, here is none"]);
    check("steps: [collect]\n", &[r#"3:9: "collect" needs a value: { collect: ... }"#]);
    check("steps: [[]]\n", &["3:9: expected one verb, found a list"]);
    check("steps: [{ collect: }]\n", &["3:18: expected a map of keys and values, found nothing"]);
    check(
        "steps: [{ collect: {}}, { collect: {order: shufled}}]\n",
        &[r#"3:44: unknown order "shufled"; did you mean "shuffled"?"#],
    );
}

#[test]
fn every_shipped_file_has_the_right_shape() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in walk(&root.join("scenarios")).into_iter().chain(walk(&root.join("fixtures/defects"))) {
        let text = std::fs::read_to_string(&entry).unwrap();
        let document = document(&text).unwrap();
        let mut found = Vec::new();
        if entry.components().any(|c| c.as_os_str() == "defects") {
            typed::read::<DefectFile>(&document).unwrap();
        } else {
            for case in variables::expand(&document, &mut found) {
                typed::read::<ScenarioFile>(&case.document).unwrap();
            }
        }
        assert!(found.is_empty(), "{found:?}");
    }
}
fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(dir)
        .unwrap()
        .flat_map(|e| {
            let p = e.unwrap().path();
            if p.is_dir() { walk(&p) } else { vec![p] }
        })
        .collect()
}
