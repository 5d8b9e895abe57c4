//! The run as TAP 14: a test point for each requirement, with a diagnostic where there is something to tell.

use std::fmt::Write;

use super::standing::{Standing, first_message, standing};
use super::told::{self, FEW};
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;

/// The directive for a point that may fail.
const BORNE: &str = "# TODO"; // TAP 14's own word; nothing is left to do here

/// The run as TAP 14. What the operator bears is marked with that directive; what could not be judged though it ought to be is `not ok`,
/// and its diagnostic says so.
#[must_use]
pub fn render(run: &Run) -> String {
    let rows = &run.judgement.rows;
    let (_, sentence) = told::sentence(run, &told::name(run));
    let mut text = format!("TAP version 14\n1..{}\n# {}\n", rows.len(), line(&sentence));
    for (number, judged) in (1..).zip(rows) {
        let name = format!("{number} - {} {}", judged.row.id, judged.row.name);
        let _ = match standing(run, judged) {
            Standing::Passed => writeln!(text, "ok {name}"),
            Standing::Skipped => {
                writeln!(text, "ok {name} # SKIP {}", line(&first_message(judged)))
            }
            Standing::Borne(reason) => writeln!(text, "not ok {name} {BORNE} accepted: {}", line(&reason)),
            Standing::Failed | Standing::Open => writeln!(text, "not ok {name}"),
        };
        diagnose(&mut text, run, judged);
    }
    text
}

/// A block of YAML whose texts are JSON strings, which YAML takes as they are.
fn diagnose(text: &mut String, run: &Run, judged: &Judged) {
    let telling = told::tell(judged, FEW);
    if telling.told.is_empty() || judged.verdict == Verdict::NotApplicable {
        return;
    }
    let row = judged.row;
    let _ = write!(text, "  ---\n  severity: {}\n  level: {}\n", judged.verdict.key(), row.level.name());
    let _ = write!(text, "  clause: {}\n  demands: {}\n  findings:\n", quoted(row.clause), quoted(row.text));
    for told in &telling.told {
        let _ = writeln!(text, "    - message: {}", quoted(&told.message()));
        for (label, detail) in told.details(run) {
            let _ = writeln!(text, "      {label}: {}", quoted(&detail));
        }
    }
    if telling.others > 0 {
        let _ = writeln!(text, "  others: {}", telling.others);
    }
    if judged.verdict != Verdict::Inconclusive {
        let _ = writeln!(text, "  remedy: {}", quoted(row.remedy));
    }
    text.push_str("  ...\n");
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text behind a `#`, in which neither another directive nor another line begins.
fn line(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    text.replace('\\', "\\\\").replace('#', "\\#")
}
