//! What a reader is told of the example that breaks each row.

use std::fmt::Write;

use super::outcomes;
use crate::requirements::verdict::{Finding, Outcome};
use crate::requirements::{Check, Requirement, all, find};

#[test]
fn a_reader_is_told_what_is_broken() {
    let told: String = all().map(told_of).collect();
    insta::assert_snapshot!(told);
}

fn told_of(row: &'static Requirement) -> String {
    let outcomes = outcomes(row, row.breaks);
    let lines = outcomes.iter().filter_map(|outcome| Some(told(outcome, outcome.finding()?)));
    let lines = lines.collect::<String>();
    let rulings = row.rulings.join(", ");
    let (level, binds) = (row.level, row.binds.name());
    let head = format!("{} of {}, {}, {} ({})", row.id, row.family(), row.clause, level.name(), level.key());
    let shows = match row.check {
        Check::Provoked(provoked) if provoked.lies_outside_the_command() => ", outside the command",
        Check::Provoked(provoked) if provoked.is_hidden() => ", hidden",
        _ => "",
    };
    format!("{head}, {binds}{shows} {rulings}\n{lines}  remedy: {}\n\n", row.remedy)
}

fn told(outcome: &Outcome, finding: &Finding) -> String {
    let Finding { message, ruling, expected, received, accepts, offset, cause, evidence } = finding;
    let mut lines = format!("  {}: {message}\n", outcome.key());
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(lines, "    {name} {value}");
        }
    };
    add("by", ruling.map(str::to_owned));
    add("expected", expected.clone());
    add("received", received.clone());
    add("accepts", (!accepts.is_empty()).then(|| format!("{accepts:?}")));
    add("at byte", offset.map(|offset| offset.to_string()));
    add("likely", cause.map(str::to_owned));
    add("entries", (!evidence.is_empty()).then(|| format!("{evidence:?}")));
    lines
}

/// Which entries the first finding shows.
pub(super) fn shows(id: &str, story: &str, entries: &[u64]) {
    let shown = first(id, story).map(|finding| finding.evidence);
    assert_eq!(shown.as_deref(), Some(entries), "{id} of\n{story}");
}

/// Which ruling the first finding rests on.
pub(super) fn rests_on(id: &str, story: &str, ruling: Option<&str>) {
    let named = first(id, story).map(|finding| finding.ruling);
    assert_eq!(named, Some(ruling), "{id} of\n{story}");
}

/// What the first finding says, of what is the case or of what probably brought it about.
pub(super) fn tells(id: &str, story: &str, words: &str) {
    let told = first(id, story).map(|it| [&it.message, it.cause.unwrap_or_default()].join("; likely "));
    assert!(told.as_ref().is_some_and(|told| told.contains(words)), "{id} says {told:?} of\n{story}");
}

/// That the first finding knows of no probable cause.
pub(super) fn explains_nothing(id: &str, story: &str) {
    let cause = first(id, story).map(|finding| finding.cause);
    assert_eq!(cause, Some(None), "{id} of\n{story}");
}

fn first(id: &str, story: &str) -> Option<Finding> {
    let said = outcomes(find(id).expect("the row is there"), story);
    said.iter().find_map(Outcome::finding).cloned()
}
