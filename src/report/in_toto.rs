//! The run as an in-toto statement with the predicate test-result, for whoever gates a delivery by attestations.

use serde_json::{Value, json};

use super::json::sha256;
use super::standing::{Standing, standing};
use super::told;
use crate::requirements::CATALOGUE;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::{RunVerdict, Verdict};
use crate::run::Run;
use crate::transcript::bytes::{document, visible};

/// The statement; `evidence` is the SHA-256 of the transcript.
///
/// The predicate knows no word for what could not be judged: that is a failure there, for it is no pass.
#[must_use]
pub fn render(run: &Run, evidence: &str) -> String {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "transcript.jsonl", "digest": { "sha256": evidence } }],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": result(run),
            "configuration": configuration(run),
            "passedTests": tests(run, Told::Passed),
            "warnedTests": tests(run, Told::Warned),
            "failedTests": tests(run, Told::Failed),
        },
    });
    document(&statement)
}

/// What the predicate can say of a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Passed,
    Warned,
    Failed,
}

fn result(run: &Run) -> &'static str {
    let has_warnings = told::rows(run, Verdict::Warning).next().is_some();
    match run.judgement.verdict {
        RunVerdict::Conforms if has_warnings => "WARNED",
        RunVerdict::Conforms => "PASSED",
        RunVerdict::DoesNotConform | RunVerdict::Incomplete => "FAILED",
    }
}

/// What the verdicts rest on besides the evidence: the catalogue, the profile, and what was played of which subject.
fn configuration(run: &Run) -> Value {
    let (header, profile) = (&run.header, &run.profile);
    let (_, sentence) = told::sentence(run, &told::name(run));
    json!([
        {
            "name": "penspec",
            "annotations": {
                "version": env!("CARGO_PKG_VERSION"),
                "catalogue": CATALOGUE,
                "specification": "PENS 1.0.0 (AICC CMI010)",
            },
        },
        {
            "name": "profile",
            "digest": { "sha256": sha256(header.profile.to_string().as_bytes()) },
            "annotations": {
                "role": told::role(run),
                "subject": visible(&profile.subject.name),
                "version": visible(&profile.subject.version),
                "url": visible(&profile.target.url),
                "reading": profile.reading,
                "selection": header.selection.iter().map(|word| visible(word)).collect::<Vec<_>>(),
                "partition": header.partition.as_deref().map(visible),
            },
        },
        {
            "name": "run",
            "annotations": {
                "run_id": visible(&header.run_id),
                "started": visible(&header.started),
                "verdict": run.judgement.verdict.key(),
                "exit_status": run.exit_status,
                "sentence": sentence,
            },
        },
    ])
}

fn tests(run: &Run, told: Told) -> Vec<String> {
    let rows = run.judgement.rows.iter().filter(|judged| tell(run, judged) == Some(told));
    rows.map(|judged| format!("{} {}", judged.row.id, judged.row.name)).collect()
}

fn tell(run: &Run, judged: &Judged) -> Option<Told> {
    match standing(run, judged) {
        Standing::Passed if judged.verdict == Verdict::Warning => Some(Told::Warned),
        Standing::Passed => Some(Told::Passed),
        // Whoever bears a failure has not mended it.
        Standing::Failed | Standing::Borne(_) | Standing::Open => Some(Told::Failed),
        Standing::Skipped => None,
    }
}
