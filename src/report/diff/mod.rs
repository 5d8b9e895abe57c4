//! Two runs compared: what got worse between them, what got better, what is judged now and was not, or no longer is.

pub mod html;
pub mod json;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use super::text::Detail;
use super::told::{self, FEW};
use crate::requirements::Level;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::Met;

const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[1;32m";
const YELLOW: &str = "\x1b[1;33m";
const OFF: &str = "\x1b[0m";

/// What differs between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Requirements in the catalogue's order, then expectations of scenarios' authors.
    pub changes: Vec<Change>,
    /// What was compared and is the same in both.
    pub same: usize,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In what way.
    pub kind: Kind,
    /// The requirement's id; `None` for what an author expected.
    pub requirement: Option<&'static str>,
    /// The case's id; `None` for a requirement.
    pub scenario: Option<String>,
    /// The requirement, or the scenario and what its author expected.
    pub what: String,
    /// What was said before.
    pub before: &'static str,
    /// What is said now.
    pub after: &'static str,
    /// What is said now and was not before.
    pub messages: Vec<String>,
}

/// In what way something differs, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It held and holds no longer: a pass or warning became a failure, or a MUST that passed needs a warning.
    Regressed,
    /// It was judged and is not any more.
    NoLongerJudged,
    /// It was not judged and is now, whatever the verdict.
    New,
    /// Its verdict is another, and none of the others applies.
    Changed,
    /// The verdict is the same, what is said is not.
    Message,
    /// It failed and does not any more, or a warning became a pass.
    Fixed,
}

/// Why two runs cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "one run is of a {before}, the other of a {after}: they share no requirements that could be compared"
)]
pub struct OtherRole {
    before: &'static str,
    after: &'static str,
}

/// Compares two runs.
///
/// # Errors
/// When they are of different roles.
pub fn compare(before: &Run, after: &Run) -> Result<Diff, OtherRole> {
    if before.header.role != after.header.role {
        return Err(OtherRole { before: told::role(before), after: told::role(after) });
    }
    let mut diff = Diff { changes: Vec::new(), same: 0 };
    // Both were judged by one catalogue just now: their rows are the same and stand in the same order.
    for (was, is) in before.judgement.rows.iter().zip(&after.judgement.rows) {
        diff.note(row_change(before, was, after, is));
    }
    let (was, is) = (expectations(before), expectations(after));
    for ((scenario, expected, nth), met) in &was.order {
        let now = is.find.get(&(*scenario, *expected, *nth)).copied();
        diff.note(expectation_change(scenario, expected, Some(*met), now));
    }
    for ((scenario, expected, nth), met) in &is.order {
        if !was.find.contains_key(&(*scenario, *expected, *nth)) {
            diff.note(expectation_change(scenario, expected, None, Some(*met)));
        }
    }
    Ok(diff)
}

/// The difference in words, with ANSI colours: strip them where they are not wanted.
#[must_use]
pub fn render(diff: &Diff, before: &Run, after: &Run, detail: Detail) -> String {
    let mut text = String::new();
    if detail >= Detail::Findings {
        tell_runs(&mut text, before, after);
        for kind in Kind::ALL {
            for change in diff.changes.iter().filter(|change| change.kind == kind) {
                tell_change(&mut text, change, detail);
            }
        }
        if !diff.changes.is_empty() {
            text.push('\n');
        }
    }
    let _ = writeln!(text, "{}", diff.summary());
    text
}

fn tell_runs(text: &mut String, before: &Run, after: &Run) {
    for (label, run) in [("before", before), ("after", after)] {
        let (_, sentence) = told::sentence(run, &told::name(run));
        let _ = writeln!(text, "{label:<8}{sentence} ({})", visible(&run.header.started));
    }
    if before.profile.reading != after.profile.reading {
        text.push_str("        one of them was read strictly, the other tolerantly\n");
    }
    text.push('\n');
}

fn tell_change(text: &mut String, change: &Change, detail: Detail) {
    let Change { kind, what, before, after, messages, .. } = change;
    let _ = write!(text, "{}{}{OFF} {what}", kind.colour(), kind.name().to_uppercase());
    if *kind != Kind::Message {
        let _ = write!(text, ": {before} -> {after}");
    }
    text.push('\n');
    let shown = if detail == Detail::Everything { messages.len() } else { FEW.min(messages.len()) };
    for message in &messages[..shown] {
        let _ = writeln!(text, "  - {message}");
    }
    if messages.len() > shown {
        let _ = writeln!(text, "  and {} other findings; --verbose names them", messages.len() - shown);
    }
}

impl Diff {
    /// Whether anything held before and does not now.
    #[must_use]
    pub fn is_regressed(&self) -> bool {
        self.count(Kind::Regressed) > 0
    }

    /// How much differs, in a line.
    fn summary(&self) -> String {
        let counts = Kind::ALL.map(|kind| (kind, self.count(kind))).into_iter();
        let counts = counts.filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
        let counts = if counts.is_empty() { "no difference".to_owned() } else { counts.join(", ") };
        format!("{counts}; {} the same", self.same)
    }

    fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    fn note(&mut self, change: Option<Change>) {
        match change {
            Some(change) => self.changes.push(change),
            None => self.same += 1,
        }
    }
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Regressed, Self::NoLongerJudged, Self::New, Self::Changed, Self::Message, Self::Fixed];

    /// As it is written in JSON, and the class that a page has for it.
    fn key(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::NoLongerJudged => "no-longer-judged",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Message => "message",
            Self::Fixed => "fixed",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::NoLongerJudged => "no longer judged",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Message => "says something else",
            Self::Fixed => "fixed",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Regressed => RED,
            Self::NoLongerJudged | Self::New | Self::Changed | Self::Message => YELLOW,
            Self::Fixed => GREEN,
        }
    }
}

fn row_change(before: &Run, was: &Judged, after: &Run, is: &Judged) -> Option<Change> {
    let (earlier, now) = (messages(before, was), messages(after, is));
    let kind = match verdict_change(was.row.level, was.verdict, is.verdict) {
        Some(kind) => kind,
        None if earlier == now => return None,
        None => Kind::Message,
    };
    Some(Change {
        kind,
        requirement: Some(is.row.id),
        scenario: None,
        what: format!("{} {} ({}, {})", is.row.id, is.row.name, is.row.level.name(), is.row.clause),
        before: was.verdict.key(),
        after: is.verdict.key(),
        messages: now.difference(&earlier).cloned().collect(),
    })
}

/// What the way from one verdict to another is called; `None` when they are the same.
fn verdict_change(level: Level, was: Verdict, is: Verdict) -> Option<Kind> {
    if was == is {
        return None;
    }
    Some(match (is_judged(was), is_judged(is)) {
        (true, false) => Kind::NoLongerJudged,
        (false, true) => Kind::New,
        (false, false) => Kind::Changed,
        (true, true) if is == Verdict::Fail => Kind::Regressed,
        (true, true) if was == Verdict::Fail || is == Verdict::Pass => Kind::Fixed,
        // What is left is a pass that became a warning: a broken SHOULD is no failure, a MUST on crutches is worse.
        (true, true) if level == Level::Must => Kind::Regressed,
        (true, true) => Kind::Changed,
    })
}

fn is_judged(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Warning | Verdict::Fail => true,
        Verdict::Inconclusive
        | Verdict::Review
        | Verdict::NotTested
        | Verdict::NotApplicable
        | Verdict::Deselected => false,
    }
}

/// What is said of a row, how often it may be, without the run's own id.
fn messages(run: &Run, judged: &Judged) -> BTreeSet<String> {
    let told = told::tell(judged, usize::MAX).told;
    let run_id = &run.header.run_id;
    told.iter()
        .map(|told| {
            let message = visible(&told.finding.message);
            if run_id.is_empty() { message } else { message.replace(run_id, "RUN-ID") }
        })
        .collect()
}

/// A scenario, what its author expected, and the how manieth of those that read alike.
type Expected<'a> = (&'a str, &'a str, usize);

struct Expectations<'a> {
    order: Vec<(Expected<'a>, Met)>,
    find: HashMap<Expected<'a>, Met>,
}

fn expectations(run: &Run) -> Expectations<'_> {
    let mut order = Vec::new();
    let mut alike: HashMap<(&str, &str), usize> = HashMap::new();
    for scenario in &run.evidence.scenarios {
        for expectation in &scenario.expectations {
            let (id, expected) = (scenario.id.as_str(), expectation.expected.as_str());
            let nth = alike.entry((id, expected)).or_default();
            *nth += 1;
            order.push(((id, expected, *nth), expectation.met));
        }
    }
    Expectations { find: order.iter().copied().collect(), order }
}

fn expectation_change(scenario: &str, expected: &str, was: Option<Met>, is: Option<Met>) -> Option<Change> {
    let verdict = |met: Option<Met>| match met {
        Some(Met::Met) => Verdict::Pass,
        Some(Met::Unmet) => Verdict::Fail,
        Some(Met::NoEvidence) | None => Verdict::NotTested,
    };
    let kind = verdict_change(Level::Must, verdict(was), verdict(is))?;
    let word = |met: Option<Met>| match met {
        Some(Met::Met) => "met",
        Some(Met::Unmet) => "not met",
        Some(Met::NoEvidence) => "no evidence",
        None => "not there",
    };
    let expected = expected.lines().map(visible).collect::<Vec<_>>().join(" ");
    Some(Change {
        kind,
        requirement: None,
        scenario: Some(visible(scenario)),
        what: format!("{} expects {expected}", visible(scenario)),
        before: word(was),
        after: word(is),
        messages: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_from_one_verdict_to_another_has_a_name() {
        use Verdict::{Fail, Inconclusive, NotTested, Pass, Warning};
        let cases = [
            (Level::Must, Pass, Fail, Some(Kind::Regressed)),
            (Level::Must, Warning, Fail, Some(Kind::Regressed)),
            (Level::Must, Pass, Warning, Some(Kind::Regressed)),
            (Level::Should, Pass, Warning, Some(Kind::Changed)),
            (Level::Interop, Pass, Warning, Some(Kind::Changed)),
            (Level::Must, Fail, Warning, Some(Kind::Fixed)),
            (Level::Must, Fail, Pass, Some(Kind::Fixed)),
            (Level::Should, Warning, Pass, Some(Kind::Fixed)),
            (Level::Must, Inconclusive, Fail, Some(Kind::New)),
            (Level::Must, NotTested, Pass, Some(Kind::New)),
            (Level::Must, Fail, Inconclusive, Some(Kind::NoLongerJudged)),
            (Level::Must, NotTested, Inconclusive, Some(Kind::Changed)),
            (Level::Must, Pass, Pass, None),
        ];
        for (level, was, is, kind) in cases {
            assert_eq!(verdict_change(level, was, is), kind, "{level:?} {was:?} {is:?}");
        }
    }
}
