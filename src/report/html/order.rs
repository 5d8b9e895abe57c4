//! What is to be mended first: the order of the damage, and the reason for it.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::finding::needs_remedy;
use crate::report::standing::first_message;
use crate::report::told;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::{Verdict, fold};
use crate::requirements::{Cause, Level};
use crate::run::Run;

/// Something to be mended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The row where the page tells more.
    pub(super) id: &'static str,
    pub(super) verdict: &'static str,
    pub(super) what: String,
    pub(super) reason: String,
}

/// What is known of a row for its place in the order.
struct Damage<'a> {
    judged: &'a Judged,
    is_borne: bool,
    /// How many rows could not be judged in the cases in which it shows.
    hides: usize,
    /// In how many cases it shows.
    cases: usize,
}

/// The steps, the most urgent first: what is broken, what kept rows from being judged, what is a warning.
pub(super) fn steps(run: &Run) -> Vec<Step> {
    let (broken, warned): (Vec<Damage>, Vec<Damage>) =
        damages(run).into_iter().partition(|damage| damage.judged.verdict == Verdict::Fail);
    let played = run.evidence.scenarios.len();
    let step = |damage: Damage| damage.step(played);
    let broken = broken.into_iter().map(step);
    broken.chain(unjudged(run)).chain(warned.into_iter().map(step)).collect()
}

fn damages(run: &Run) -> Vec<Damage<'_>> {
    let rows = run.judgement.rows.iter();
    let mut damages: Vec<Damage> = rows
        .filter(|judged| needs_remedy(judged.verdict) && judged.verdict != Verdict::Review)
        .map(|judged| Damage::of(run, judged))
        .collect();
    damages.sort_by_key(|damage| {
        let judged = damage.judged;
        (judged.verdict, judged.row.level, damage.is_borne, Reverse(damage.hides), Reverse(damage.cases))
    });
    damages
}

impl<'a> Damage<'a> {
    fn of(run: &'a Run, judged: &'a Judged) -> Self {
        let cases: HashSet<&str> = cases(judged).collect();
        let proves = |id: &str| {
            let mut seen = run.evidence.scenarios.iter().filter(|seen| cases.contains(seen.id.as_str()));
            seen.any(|seen| seen.proves.iter().any(|it| it == id))
        };
        let is_open = |other: &&Judged| matches!(other.verdict, Verdict::Inconclusive | Verdict::NotTested);
        let open = run.judgement.rows.iter().filter(is_open);
        let hidden =
            open.filter(|other| proves(other.row.id) || self::cases(other).any(|case| cases.contains(case)));
        let is_borne = run.acceptance.reason_of_row(judged).is_some() && judged.verdict == Verdict::Fail;
        Self { judged, is_borne, hides: hidden.count(), cases: cases.len() }
    }

    fn step(&self, played: usize) -> Step {
        let row = self.judged.row;
        let mut reasons = vec![row.level.name().to_owned()];
        match self.cases {
            0 => {}
            cases => reasons.push(format!("seen in {cases} of {played} cases")),
        }
        match self.hides {
            0 => {}
            1 => reasons.push("in them one other requirement could not be judged".to_owned()),
            hides => reasons.push(format!("in them {hides} other requirements could not be judged")),
        }
        if self.is_borne {
            reasons.push("accepted by the profile".to_owned());
        }
        let what = format!("{}: {}", row.name, row.remedy);
        Step { id: row.id, verdict: self.judged.verdict.key(), what, reason: reasons.join("; ") }
    }
}

/// The cases in which a row has its verdict.
fn cases(judged: &Judged) -> impl Iterator<Item = &str> {
    let bears = |said: &&crate::requirements::judge::Said| {
        fold(judged.row.level, [&said.outcome]).0 == judged.verdict
    };
    judged.outcomes.iter().filter(bears).filter_map(|said| said.scenario.as_deref())
}

/// What kept rows from being judged, a step for each cause.
fn unjudged(run: &Run) -> Vec<Step> {
    let mut causes: Vec<Cause> = Vec::new();
    for judged in told::rows(run, Verdict::Inconclusive) {
        causes.extend(judged.cause.filter(|cause| !causes.contains(cause)));
    }
    causes.sort();
    causes.into_iter().filter_map(|cause| unjudged_by(run, cause)).collect()
}

fn unjudged_by(run: &Run, cause: Cause) -> Option<Step> {
    let rows = || told::rows(run, Verdict::Inconclusive).filter(|judged| judged.cause == Some(cause));
    let first = rows().min_by_key(|judged| judged.row.level)?;
    let musts = rows().filter(|judged| judged.row.level == Level::Must).count();
    let message = first_message(first);
    let many = match rows().count() {
        1 => "one requirement".to_owned(),
        count => format!("{count} requirements"),
    };
    let what = format!("{many} could not be judged ({}): {message}", cause.key());
    let reason = format!("{musts} MUST among them");
    Some(Step { id: first.row.id, verdict: Verdict::Inconclusive.key(), what, reason })
}
