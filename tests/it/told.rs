//! Stored runs in every form that a report can have: one in which all passed, one that failed, one whose receipt never came, one that
//! reached nobody, one of a client, and one of a peer that is nasty.

use penspec::report::text::Detail;
use penspec::report::{ctrf, github, har, json, junit, markdown, mermaid, tap, text};
use penspec::run::Run;
use penspec::transcript::file;
use serde_json::Value;

use crate::pages::{FAILED, PASSED, UNREACHABLE, WITHOUT_RECEIPT, nasty};

const CLIENT: &str = include_str!("../runs/client.jsonl");

/// Holds a form of each run against what is kept of it.
macro_rules! in_form {
    ($name:ident, $render:expr) => {
        #[test]
        fn $name() {
            for (of, run) in runs() {
                insta::assert_snapshot!(format!("{}_of_{of}", stringify!($name)), $render(&run));
            }
        }
    };
}

in_form!(text, |run| anstream::adapter::strip_str(&text::render(run, Detail::Findings)).to_string());
in_form!(markdown, markdown::render);
in_form!(junit, |run| without_deselected(&junit::render(run)));
in_form!(tap, |run| without_deselected(&tap::render(run)));
in_form!(github, github::render);
in_form!(mermaid, |run| mermaid::render(run, None));
in_form!(har, har::render);
in_form!(ctrf, |run| judged_alone(&ctrf::render(run), "/results/tests", "skipped"));
in_form!(json, |run| judged_alone(&json::render(run), "/requirements", "deselected"));

fn runs() -> [(&'static str, Run); 6] {
    let stored = |text| Run::of(&file::read(text).unwrap()).unwrap();
    [
        ("passed", stored(PASSED)),
        ("failed", stored(FAILED)),
        ("without_receipt", stored(WITHOUT_RECEIPT)),
        ("reached_nobody", stored(UNREACHABLE)),
        ("a_client", stored(CLIENT)),
        ("nasty", nasty()),
    ]
}

/// The rows that nobody asked for are the most, and say nothing.
fn without_deselected(text: &str) -> String {
    let rows = text.lines().filter(|line| !line.contains("deselected") && !line.contains("not selected"));
    rows.collect::<Vec<_>>().join("\n")
}

/// The same of a document of JSON: the rows of this list whose status or verdict is that are left out.
fn judged_alone(document: &str, list: &str, without: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    let rows = document.pointer_mut(list).and_then(Value::as_array_mut).unwrap();
    rows.retain(|row| row["status"] != without && row["verdict"] != without);
    format!("{document:#}")
}
