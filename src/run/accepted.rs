//! The failures of a run that its operator bears, and the entries of that list that no longer hold.

use chrono::{DateTime, NaiveDate};

use crate::profile::{Accepted, Profile};
use crate::requirements::judge::{Judged, Judgement, Said};
use crate::requirements::verdict::{Outcome, Verdict};
use crate::scenario::glob;
use crate::transcript::entry::Ending;
use crate::transcript::{Evidence, Header};

/// What the list of accepted failures comes to in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptance {
    valid: Vec<Accepted>,
    expired: Vec<Accepted>,
    stale: Vec<Accepted>,
}

impl Acceptance {
    /// Holds the profile's list against what failed.
    #[must_use]
    pub(super) fn of(profile: &Profile, evidence: &Evidence, ending: &Ending, judgement: &Judgement) -> Self {
        let began = day_of(&evidence.header);
        let (valid, expired): (Vec<_>, Vec<_>) = profile
            .accept
            .iter()
            .cloned()
            .partition(|accepted| began.is_some_and(|day| day <= accepted.until.0));
        let stale = valid.iter().filter(|accepted| is_stale(accepted, evidence, ending, judgement)).cloned();
        Self { stale: stale.collect(), valid, expired }
    }

    /// Why this failure is borne, when it is.
    #[must_use]
    pub fn reason(&self, judged: &Judged, said: &Said) -> Option<&str> {
        let accepted = self.valid.iter().find(|accepted| bears(accepted, judged, said));
        accepted.map(|accepted| accepted.reason.as_str())
    }

    /// How many failures are borne.
    #[must_use]
    pub fn borne(&self, judgement: &Judgement) -> usize {
        let said =
            judgement.rows.iter().flat_map(|judged| judged.outcomes.iter().map(move |said| (judged, said)));
        said.filter(|(judged, said)| self.reason(judged, said).is_some()).count()
    }

    /// Why a row's failure is borne, when it is in every case in which the row is broken.
    #[must_use]
    pub fn reason_of_row(&self, judged: &Judged) -> Option<&str> {
        let broken = judged.outcomes.iter().filter(|said| is_broken(said));
        let reasons: Option<Vec<&str>> = broken.map(|said| self.reason(judged, said)).collect();
        reasons?.first().copied()
    }

    /// Whether every broken MUST is borne.
    #[must_use]
    pub(super) fn bears_all(&self, judgement: &Judgement) -> bool {
        let mut failed = judgement.rows.iter().filter(|judged| judged.verdict == Verdict::Fail);
        failed.all(|judged| self.reason_of_row(judged).is_some())
    }

    /// What is to be said of entries that no longer hold; empty when all do.
    #[must_use]
    pub fn lapsed(&self) -> Vec<String> {
        let named = |accepted: &Accepted| {
            let Accepted { requirement, scenario, reason, .. } = accepted;
            format!("the accepted failure of {requirement} in {scenario} ({reason})")
        };
        let expired = self.expired.iter().map(|accepted| {
            format!(
                "{} has expired: it was borne until {}; mend it, or agree on a new date",
                named(accepted),
                accepted.until
            )
        });
        let stale = self.stale.iter().map(|accepted| {
            format!("{} is stale: nothing that it names failed; take it out of the profile", named(accepted))
        });
        expired.chain(stale).collect()
    }
}

fn bears(accepted: &Accepted, judged: &Judged, said: &Said) -> bool {
    accepted.requirement == judged.row.id
        && is_broken(said)
        && said.scenario.as_deref().map_or(accepted.scenario == "*", |case| is_about(accepted, case))
}

fn is_broken(said: &Said) -> bool {
    matches!(said.outcome, Outcome::Breaks(_))
}

/// Whether an entry is about a case: by its id, by that of its scenario, or by a glob over both.
fn is_about(accepted: &Accepted, case: &str) -> bool {
    let scenario = case.rsplit_once('/').map_or(case, |(scenario, _)| scenario);
    let pattern = &accepted.scenario;
    pattern == "*" || glob::matches(pattern, case) || glob::matches(pattern, scenario)
}

/// Whether nothing that an entry names failed, although it was looked at.
fn is_stale(accepted: &Accepted, evidence: &Evidence, ending: &Ending, judgement: &Judgement) -> bool {
    let row = judgement.rows.iter().find(|judged| judged.row.id == accepted.requirement);
    let was_judged = row.is_none_or(|judged| {
        !matches!(judged.verdict, Verdict::NotTested | Verdict::Deselected | Verdict::Inconclusive)
    });
    let is_whole =
        evidence.header.selection.is_empty() && ending.interrupted.is_none() && ending.stopped.is_none();
    let was_played = evidence
        .scenarios
        .iter()
        .any(|seen| seen.ended_us.is_some() && seen.cut_short.is_none() && is_about(accepted, &seen.id));
    let failed = row.is_some_and(|judged| judged.outcomes.iter().any(|said| bears(accepted, judged, said)));
    !failed && was_judged && (is_whole || was_played)
}

fn day_of(header: &Header) -> Option<NaiveDate> {
    DateTime::parse_from_rfc3339(&header.started).ok().map(|began| began.to_utc().date_naive())
}
