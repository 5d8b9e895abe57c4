//! Failures that have one cause, told together: mend it, and all of them are.

use std::collections::{BTreeMap, BTreeSet};

use crate::requirements::verdict::{Cause, Verdict};
use crate::run::Run;

/// A cause, in words, and the rows that it is behind.
pub(super) struct Shared {
    pub(super) cause: &'static str,
    pub(super) rows: BTreeSet<&'static str>,
}

/// The causes behind more than one row, those behind most rows first.
pub(super) fn shared(run: &Run) -> Vec<Shared> {
    let mut by_cause: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for judged in &run.judgement.rows {
        let why = match judged.verdict {
            Verdict::Inconclusive => judged.cause.map(in_words),
            Verdict::Fail | Verdict::Warning => None,
            Verdict::Review
            | Verdict::Pass
            | Verdict::NotTested
            | Verdict::NotApplicable
            | Verdict::Deselected => continue,
        };
        let seen = judged.findings().filter_map(|(_, finding)| finding.cause);
        for cause in why.into_iter().chain(seen) {
            by_cause.entry(cause).or_default().insert(judged.row.id);
        }
    }
    let shared = by_cause.into_iter().filter(|(_, rows)| rows.len() > 1);
    let mut shared: Vec<Shared> = shared.map(|(cause, rows)| Shared { cause, rows }).collect();
    shared.sort_by_key(|shared| std::cmp::Reverse(shared.rows.len()));
    shared
}

/// Why something could not be judged, in words.
fn in_words(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreachable => "nothing has come over the path that it needs",
        Cause::NoTraffic => "the client under test sent nothing",
        Cause::TlsTrust => "a certificate is not trusted",
        Cause::OperatorAbsent => "what the operator was asked for was not done",
        Cause::CutShort => "a limit, or the end of the run, came first",
        Cause::Prerequisite => "what it builds on is not there",
    }
}
