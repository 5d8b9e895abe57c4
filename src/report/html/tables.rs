//! The tables of the page: the facts of the run, what was not judged, the counts by family and level, every row.

use std::collections::BTreeSet;
use std::time::Duration;

use super::finding::Chapter;
use crate::profile::Reading;
use crate::report::claims::{Claimed, claims};
use crate::report::told::{self, LEVELS, VERDICTS};
use crate::report::undetected::shown;
use crate::requirements::verdict::Verdict;
use crate::requirements::{FAMILIES, Level, Requirement};
use crate::run::{Run, this_tool};
use crate::transcript::bytes::visible;
use crate::transcript::entry::Role;

/// Rows that nothing, or not enough, is known of.
pub(super) struct Untested {
    pub(super) verdict: Verdict,
    /// What the verdict means.
    pub(super) words: &'static str,
    pub(super) rows: Vec<&'static Requirement>,
}

/// The rows of one family, as lines of the table.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) lines: Vec<Line>,
}

/// A row in the table.
pub(super) struct Line {
    pub(super) row: &'static Requirement,
    pub(super) verdict: Verdict,
    pub(super) has_findings: bool,
}

/// How many rows of a family and a level have which verdict.
pub(super) type Cell = Vec<(Verdict, usize)>;

/// What a buyer asks first.
pub(super) fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let (header, profile, tool) = (&run.header, &run.profile, this_tool());
    let selection = match header.selection.as_slice() {
        [] => "everything".to_owned(),
        selection => selection.iter().map(|id| visible(id)).collect::<Vec<_>>().join(", "),
    };
    let reading = match profile.reading {
        Reading::Tolerant => "tolerant: what a ruling tolerates is a warning",
        Reading::Strict => "strict: what a ruling tolerates is a break",
    };
    let facts = [
        ("Subject", format!("{} {}", profile.subject.name, profile.subject.version)),
        ("Role", told::role(run).to_owned()),
        ("Address", profile.target.url.clone()),
        ("Profile", header.profile_file.clone().unwrap_or_default()),
        ("Reading", reading.to_owned()),
        ("Selection", selection),
        ("Part", header.partition.clone().unwrap_or_default()),
        ("Cases", run.evidence.scenarios.len().to_string()),
        ("Began", header.started.clone()),
        ("Took", shown(Duration::from_millis(run.ending.duration_ms))),
        ("Tool", format!("{} {}", tool.name, tool.version)),
        ("Catalogue", tool.catalogue),
        ("Run", header.run_id.clone()),
        ("Exit status", run.exit_status.to_string()),
    ];
    let facts = facts.into_iter().map(|(label, fact)| (label, visible(fact.trim())));
    facts.filter(|(_, fact)| !fact.is_empty()).collect()
}

/// What the subject says of itself, beside what was seen.
pub(super) fn claimed(run: &Run) -> Vec<Claimed> {
    claims(run).into_iter().filter(Claimed::is_telling).collect()
}

/// The claims about a target of which nothing was seen, nor could have been.
pub(super) fn unseen(run: &Run) -> String {
    let is_target = run.header.role == Role::Target;
    let unseen = claims(run).into_iter().filter(|claimed| is_target && !claimed.was_looked_at());
    unseen.map(|claimed| claimed.claim).collect::<Vec<_>>().join(", ")
}

/// The rows that were not judged, by the reason.
pub(super) fn untested(run: &Run) -> Vec<Untested> {
    const WORDS: [(Verdict, &str); 5] = [
        (Verdict::NotTested, "nothing in this run bears on it"),
        (Verdict::Inconclusive, "some evidence never came"),
        (Verdict::Review, "only a person can tell"),
        (Verdict::NotApplicable, "it cannot arise with this peer"),
        (Verdict::Deselected, "it was not chosen for this run"),
    ];
    WORDS
        .into_iter()
        .map(|(verdict, words)| Untested {
            verdict,
            words,
            rows: told::rows(run, verdict).map(|judged| judged.row).collect(),
        })
        .filter(|untested| !untested.rows.is_empty())
        .collect()
}

/// The verdicts that occur.
pub(super) fn verdicts(run: &Run) -> Vec<Verdict> {
    VERDICTS.into_iter().filter(|verdict| told::rows(run, *verdict).next().is_some()).collect()
}

/// The levels that occur.
pub(super) fn levels(run: &Run) -> Vec<Level> {
    let occurs = |level: &Level| run.judgement.rows.iter().any(|judged| judged.row.level == *level);
    LEVELS.into_iter().filter(occurs).collect()
}

/// A line of counts for each family, with a cell for each level that occurs, and one for all of them.
pub(super) fn counts(run: &Run) -> Vec<(String, Vec<Cell>)> {
    let levels = levels(run);
    let line = |name: &str| -> Vec<Cell> { levels.iter().map(|level| cell(run, name, *level)).collect() };
    let families = FAMILIES.iter().map(|(name, words)| (format!("{name}: {words}"), line(name)));
    let families = families.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    families.chain([("All".to_owned(), line(""))]).collect()
}

/// The counts of one family, or of all where none is named.
fn cell(run: &Run, family: &str, level: Level) -> Cell {
    let count = |verdict: &Verdict| {
        let rows = told::rows(run, *verdict).filter(|judged| judged.row.level == level);
        rows.filter(|judged| judged.row.id.starts_with(family)).count()
    };
    let counts = VERDICTS.iter().map(|verdict| (*verdict, count(verdict)));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Every row, family by family.
pub(super) fn families(run: &Run, chapters: &[Chapter]) -> Vec<Family> {
    let told: BTreeSet<&str> = chapters.iter().map(|chapter| chapter.row.id).collect();
    let line = |judged: &crate::requirements::judge::Judged| Line {
        row: judged.row,
        verdict: judged.verdict,
        has_findings: told.contains(judged.row.id),
    };
    let families = FAMILIES.into_iter().map(|(name, words)| {
        let rows = run.judgement.rows.iter().filter(|judged| judged.row.family() == name);
        Family { name, words, lines: rows.map(line).collect() }
    });
    families.filter(|family| !family.lines.is_empty()).collect()
}
