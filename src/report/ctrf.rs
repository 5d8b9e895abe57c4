//! The run as CTRF, the Common Test Report Format: JSON that many dashboards read.

use serde_json::{Value, json};

use super::standing::{Standing, first_message, standing};
use super::told::{self, FEW};
use crate::requirements::judge::Judged;
use crate::run::Run;
use crate::transcript::bytes::document;

/// The run as CTRF. What could not be judged though it ought to be is `other`: neither passed nor the subject's failure.
#[must_use]
pub fn render(run: &Run) -> String {
    let tests: Vec<Value> = run.judgement.rows.iter().map(|judged| test(run, judged)).collect();
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let start = chrono::DateTime::parse_from_rfc3339(&run.header.started)
        .map_or(0, |started| u64::try_from(started.timestamp_millis()).unwrap_or(0));
    let (_, sentence) = told::sentence(run, &told::name(run));
    let summary = json!({
        "tests": tests.len(),
        "passed": count("passed"),
        "failed": count("failed"),
        "pending": 0,
        "skipped": count("skipped"),
        "other": count("other"),
        "start": start,
        "stop": start + run.ending.duration_ms,
        "extra": { "verdict": run.judgement.verdict.key(), "sentence": sentence },
    });
    let report = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": { "name": "penspec", "version": env!("CARGO_PKG_VERSION") },
            "summary": summary,
            "tests": tests,
        },
    });
    document(&report)
}

fn test(run: &Run, judged: &Judged) -> Value {
    let row = judged.row;
    let status = match standing(run, judged) {
        Standing::Passed => "passed",
        Standing::Failed => "failed",
        Standing::Open => "other",
        Standing::Borne(_) | Standing::Skipped => "skipped",
    };
    let mut test = json!({
        "name": format!("{} {}", row.id, row.name),
        "status": status,
        "rawStatus": judged.verdict.key(),
        "duration": 0,
        "suite": ["PENS 1.0.0", row.id.split('-').next().unwrap_or_default()],
        "tags": [row.level.name()],
        "extra": { "clause": row.clause, "demands": row.text },
    });
    let trace: Vec<String> = told::tell(judged, FEW).told.iter().map(|told| traced(run, told)).collect();
    if !trace.is_empty() {
        test["message"] = first_message(judged).into();
        test["trace"] = trace.join("\n").into();
    }
    test
}

fn traced(run: &Run, told: &told::Told) -> String {
    let details = told.details(run).into_iter().map(|(label, detail)| format!("\n  {label}: {detail}"));
    told.message() + &details.collect::<String>()
}
