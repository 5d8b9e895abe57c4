//! report.json: everything that is said of a run, for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::aside::{Aside, asides};
use super::claims::{Claimed, claims};
use super::told;
use crate::profile::Period;
use crate::requirements::judge::{Judged, Said};
use crate::requirements::ledger::State;
use crate::requirements::verdict::{Cause, RunVerdict, Verdict};
use crate::requirements::{Finding, Level};
use crate::run::{Run, this_tool};
use crate::transcript::bytes::{document, hex};
use crate::transcript::entry::{Met, Role, SCHEMA_VERSION, Tool};
use crate::transcript::transaction::ScenarioSeen;

/// The run as report.json, with a line feed at its end.
#[must_use]
pub fn render(run: &Run) -> String {
    document(&Report::of(run))
}

/// The JSON Schema of report.json.
#[must_use]
pub fn schema() -> serde_json::Value {
    // As it is written: what is left out when it is empty is not required, what may be null is.
    let generator = schemars::generate::SchemaSettings::default().for_serialize().into_generator();
    generator.into_root_schema_for::<Report>().to_value()
}

/// report.json.
#[derive(Serialize, JsonSchema)]
struct Report {
    schema_version: u32,
    run_id: String,
    tool: Tool,
    role: Role,
    subject: Subject,
    reading: String,
    selection: Vec<String>,
    partition: Option<String>,
    /// Durations such as `30s`, by the limits' names.
    limits: std::collections::BTreeMap<String, String>,
    claims: Vec<Claimed>,
    /// Circumstances that bear on what the verdicts say, in sentences, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    circumstances: Vec<String>,
    /// SHA-256 of the profile in the transcript's first line.
    profile_sha256: String,
    /// RFC 3339, UTC.
    started: String,
    duration_ms: u64,
    interrupted: bool,
    verdict: RunVerdict,
    exit_status: u8,
    counts: Counts,
    requirements: Vec<Requirement>,
    scenarios: Vec<Scenario>,
    paths: Vec<Path>,
    /// The package-ids of the courses that the subject took.
    imported: Vec<String>,
    /// What happened beside the cases.
    asides: Vec<Aside>,
}

#[derive(Serialize, JsonSchema)]
struct Subject {
    name: String,
    version: String,
    url: String,
}

#[derive(Serialize, JsonSchema)]
struct Counts {
    must: Count,
    should: Count,
    may: Count,
    interop: Count,
}

#[derive(Default, Serialize, JsonSchema)]
struct Count {
    pass: usize,
    warning: usize,
    fail: usize,
    inconclusive: usize,
    review: usize,
    not_tested: usize,
    not_applicable: usize,
    deselected: usize,
}

#[derive(Serialize, JsonSchema)]
struct Requirement {
    id: String,
    name: String,
    level: String,
    clause: String,
    /// What it demands, in the words of the catalogue.
    text: String,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    findings: Vec<Found>,
}

#[derive(Serialize, JsonSchema)]
struct Found {
    /// keeps, advice, tolerated, breaks, review, inconclusive or not-applicable.
    outcome: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ruling: Option<String>,
    /// ASCII, with `\r`, `\n`, `\t`, `\xNN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// ASCII, with `\r`, `\n`, `\t`, `\xNN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<String>,
    /// The codes that would have done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepts: Vec<u16>,
    /// The first byte concerned, counted from the beginning of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    scenario: Option<String>,
    transaction: Option<String>,
    /// Numbers of entries in transcript.jsonl.
    evidence: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Why this failure is borne: the reason that the profile gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Scenario {
    id: String,
    title: String,
    verdict: Verdict,
    duration_ms: u64,
    requirements: Vec<String>,
    expectations: Vec<Expectation>,
    transactions: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Expectation {
    expected: String,
    received: String,
    met: bool,
}

#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the key is part of the contract")]
struct Path {
    path: String,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
}

impl Report {
    fn of(run: &Run) -> Self {
        let (header, profile) = (&run.header, &run.profile);
        let rows = &run.judgement.rows;
        Self {
            schema_version: SCHEMA_VERSION,
            run_id: header.run_id.clone(),
            tool: this_tool(),
            role: header.role,
            subject: Subject {
                name: profile.subject.name.clone(),
                version: profile.subject.version.clone(),
                url: profile.target.url.clone(),
            },
            reading: word(&profile.reading),
            selection: header.selection.clone(),
            partition: header.partition.clone(),
            limits: limits(run),
            claims: claims(run),
            circumstances: told::circumstances(run),
            profile_sha256: sha256(header.profile.to_string().as_bytes()),
            started: header.started.clone(),
            duration_ms: run.ending.duration_ms,
            interrupted: run.ending.interrupted.is_some(),
            verdict: run.judgement.verdict,
            exit_status: run.exit_status,
            counts: Counts {
                must: Count::of(rows, Level::Must),
                should: Count::of(rows, Level::Should),
                may: Count::of(rows, Level::May),
                interop: Count::of(rows, Level::Interop),
            },
            requirements: rows.iter().map(|judged| Requirement::of(run, judged)).collect(),
            scenarios: run.evidence.scenarios.iter().map(|seen| Scenario::of(run, seen)).collect(),
            paths: run.judgement.paths.iter().map(|(path, entry)| Path::of(path.key(), *entry)).collect(),
            imported: run.imported().into_iter().map(str::to_owned).collect(),
            asides: asides(run),
        }
    }
}

impl Count {
    fn of(rows: &[Judged], level: Level) -> Self {
        let mut count = Self::default();
        for judged in rows.iter().filter(|judged| judged.row.level == level) {
            *match judged.verdict {
                Verdict::Pass => &mut count.pass,
                Verdict::Warning => &mut count.warning,
                Verdict::Fail => &mut count.fail,
                Verdict::Inconclusive => &mut count.inconclusive,
                Verdict::Review => &mut count.review,
                Verdict::NotTested => &mut count.not_tested,
                Verdict::NotApplicable => &mut count.not_applicable,
                Verdict::Deselected => &mut count.deselected,
            } += 1;
        }
        count
    }
}

impl Requirement {
    fn of(run: &Run, judged: &Judged) -> Self {
        let row = judged.row;
        Self {
            id: row.id.to_owned(),
            name: row.name.to_owned(),
            level: row.level.key().to_owned(),
            clause: row.clause.to_owned(),
            text: row.text.to_owned(),
            verdict: judged.verdict,
            cause: judged.cause,
            findings: judged
                .findings()
                .map(|(said, finding)| Found::of(run, judged, said, finding))
                .collect(),
        }
    }
}

impl Found {
    fn of(run: &Run, judged: &Judged, said: &Said, finding: &Finding) -> Self {
        let remedy = judged.row.remedy;
        let cure = match finding.cause {
            Some(cause) => format!("{cause}. {remedy}"),
            None => remedy.to_owned(),
        };
        Self {
            outcome: said.outcome.key().to_owned(),
            message: finding.message.clone(),
            ruling: finding.ruling.map(str::to_owned),
            expected: finding.expected.clone(),
            received: finding.received.clone(),
            accepts: finding.accepts.clone(),
            offset: finding.offset,
            scenario: said.scenario.clone(),
            transaction: said.transaction.clone(),
            evidence: finding.evidence.clone(),
            remedy: matches!(said.outcome.key(), "breaks" | "tolerated" | "advice").then_some(cure),
            accepted: run.acceptance.reason(judged, said).map(str::to_owned),
        }
    }
}

impl Scenario {
    fn of(run: &Run, seen: &ScenarioSeen) -> Self {
        let ended_us = seen.ended_us.unwrap_or(run.ending.duration_ms * 1000);
        let transactions =
            run.evidence.transactions.iter().filter(|transaction| transaction.begun.scenario == seen.id);
        Self {
            id: seen.id.clone(),
            title: seen.title.clone(),
            verdict: run.verdict_of(&seen.id),
            duration_ms: ended_us.saturating_sub(seen.begun_us) / 1000,
            requirements: seen.proves.clone(),
            expectations: seen
                .expectations
                .iter()
                .map(|expectation| Expectation {
                    expected: expectation.expected.clone(),
                    received: expectation.received.clone(),
                    met: expectation.met == Met::Met,
                })
                .collect(),
            transactions: transactions.map(|transaction| transaction.begun.transaction.clone()).collect(),
        }
    }
}

impl Path {
    fn of(path: &str, entry: Option<u64>) -> Self {
        let state = if entry.is_some() { State::Proven } else { State::Unproven };
        Self { path: path.to_owned(), state, entry }
    }
}

fn limits(run: &Run) -> std::collections::BTreeMap<String, String> {
    let limits = &run.profile.limits;
    [
        ("response", limits.response),
        ("collect", limits.collect),
        ("download", limits.download),
        ("receipt", limits.receipt),
        ("alert", limits.alert),
        ("quiet", limits.quiet),
        ("run", limits.run),
    ]
    .into_iter()
    .map(|(name, limit)| (name.to_owned(), Period(limit).to_string()))
    .collect()
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex(&sha2::Sha256::digest(bytes))
}
