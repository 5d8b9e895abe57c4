//! Two runs compared, for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Change, Diff, Kind};
use crate::report::told;
use crate::requirements::CATALOGUE;
use crate::requirements::verdict::RunVerdict;
use crate::run::Run;
use crate::transcript::bytes::{document, visible};
use crate::transcript::entry::SCHEMA_VERSION;

/// The difference as JSON, with a line feed at its end.
#[must_use]
pub fn render(diff: &Diff, before: &Run, after: &Run) -> String {
    document(&Document::of(diff, before, after))
}

/// The JSON Schema of that.
#[must_use]
pub fn schema() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::default().for_serialize().into_generator();
    generator.into_root_schema_for::<Document>().to_value()
}

/// What differs between two runs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diff")]
struct Document {
    schema_version: u32,
    /// The version of the catalogue that both were judged by just now.
    catalogue: String,
    before: Told,
    after: Told,
    counts: Counts,
    /// What was compared and is the same in both.
    same: usize,
    /// Requirements in the catalogue's order, then expectations of scenarios' authors.
    changes: Vec<Changed>,
}

/// A run in short.
#[derive(Serialize, JsonSchema)]
struct Told {
    run_id: String,
    /// The name of the subject, or else its address.
    subject: String,
    /// RFC 3339, UTC.
    started: String,
    verdict: RunVerdict,
    /// The verdict in a sentence.
    sentence: String,
}

/// How many changes are of which kind.
#[derive(Serialize, JsonSchema)]
struct Counts {
    regressed: usize,
    no_longer_judged: usize,
    new: usize,
    changed: usize,
    message: usize,
    fixed: usize,
}

/// One thing that differs.
#[derive(Serialize, JsonSchema)]
struct Changed {
    /// regressed, no-longer-judged, new, changed, message or fixed.
    kind: &'static str,
    /// Its id; null for what the author of a scenario expected.
    requirement: Option<&'static str>,
    /// The case whose author expected something; null for a requirement.
    scenario: Option<String>,
    /// What differs, in words.
    what: String,
    /// The verdict of a requirement; met, not met, no evidence or not there of an expectation.
    before: &'static str,
    /// The same of the later run.
    after: &'static str,
    /// What is said now and was not before.
    messages: Vec<String>,
}

impl Document {
    fn of(diff: &Diff, before: &Run, after: &Run) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            catalogue: CATALOGUE.to_owned(),
            before: Told::of(before),
            after: Told::of(after),
            counts: Counts {
                regressed: diff.count(Kind::Regressed),
                no_longer_judged: diff.count(Kind::NoLongerJudged),
                new: diff.count(Kind::New),
                changed: diff.count(Kind::Changed),
                message: diff.count(Kind::Message),
                fixed: diff.count(Kind::Fixed),
            },
            same: diff.same,
            changes: diff.changes.iter().map(Changed::of).collect(),
        }
    }
}

impl Told {
    fn of(run: &Run) -> Self {
        let subject = told::name(run);
        let (_, sentence) = told::sentence(run, &subject);
        Self {
            run_id: visible(&run.header.run_id),
            subject,
            started: visible(&run.header.started),
            verdict: run.judgement.verdict,
            sentence,
        }
    }
}

impl Changed {
    fn of(change: &Change) -> Self {
        Self {
            kind: change.kind.key(),
            requirement: change.requirement,
            scenario: change.scenario.clone(),
            what: change.what.clone(),
            before: change.before,
            after: change.after,
            messages: change.messages.clone(),
        }
    }
}
