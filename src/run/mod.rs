//! A run: scenarios played against a subject, and what the transcript then says.
//!
//! Playing ends with a transcript; a [`Run`] is read from a transcript alone, whether it was written just now
//! or last month.

pub mod accepted;
pub mod alike;
pub mod built_in;
pub mod choice;
mod in_turn;
pub mod join;
pub mod partition;
pub mod planted;
mod playable;
pub mod rehearsal;
mod said;
pub mod self_test;
pub mod tour;
pub mod trigger;

pub use in_turn::FIRST;
pub use playable::{LeftOut, playable};

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use self::accepted::Acceptance;
use crate::profile::Profile;
use crate::requirements::judge::{Judgement, judge};
use crate::requirements::seen::is_valid_collect;
use crate::requirements::verdict::{RunVerdict, Verdict};
use crate::requirements::{CATALOGUE, Level, judge as judging};
use crate::scenario::model::Case;
use crate::scenario::player::{Mock, Stagehand, play};
use crate::transcript::entry::{Awaited, Ending, Interruption, Met, Tool};
use crate::transcript::{Evidence, Header, Recorder, Room, Transaction, Transcript};

/// The case that runs alone before all others, and is the sane twin of those that provoke errors.
pub const PROBE: &str = "target/probe";

/// Far more than a target leaves that answers every case, and little enough to be judged in memory.
const ROOM: Room = Room { entries: 50_000, bytes: 64 * 1024 * 1024 };

/// A run as it is told.
#[derive(Debug, Clone)]
pub struct Run {
    /// The first line of the transcript.
    pub header: Header,
    /// The subject, as it was described then.
    pub profile: Profile,
    /// How the run ended.
    pub ending: Ending,
    /// What happened, grouped.
    pub evidence: Evidence,
    /// What the catalogue says of it.
    pub judgement: Judgement,
    /// What of the failures is borne.
    pub acceptance: Acceptance,
    /// The exit status that it deserves.
    pub exit_status: u8,
}

/// Why a transcript cannot be judged.
#[derive(Debug, thiserror::Error)]
#[error("the profile in the transcript's first line cannot be read: {0}")]
pub struct ForeignProfile(#[from] serde_json::Error);

impl Run {
    /// Reads a run from its transcript.
    ///
    /// # Errors
    /// When the profile in its first line is none of ours.
    pub fn of(transcript: &Transcript) -> Result<Self, ForeignProfile> {
        let profile: Profile = serde_json::from_value(transcript.header.profile.clone())?;
        let evidence = transcript.evidence();
        let ending = ending_of(transcript);
        let mut judgement = judge(&evidence, &profile);
        // What was not played to its end cannot conform.
        let is_cut = ending.interrupted.is_some()
            || transcript.header.partition.is_some()
            || evidence.scenarios.iter().any(|seen| seen.cut_short.is_some() || seen.is_in_review());
        if is_cut && judgement.verdict == RunVerdict::Conforms {
            judgement.verdict = RunVerdict::Incomplete;
        }
        let acceptance = Acceptance::of(&profile, &evidence, &ending, &judgement);
        let header = transcript.header.clone();
        let run = Self { header, profile, ending, evidence, judgement, acceptance, exit_status: 0 };
        Ok(Self { exit_status: run.status(), ..run })
    }

    /// The package-ids of the collects that were accepted: courses that an operator may want to delete.
    #[must_use]
    pub fn imported(&self) -> Vec<&str> {
        let accepted = self.evidence.transactions.iter().filter(|transaction| transaction.is_accepted());
        accepted
            .filter(|transaction| transaction.whole_download().is_some())
            .map(|transaction| transaction.begun.package_id.as_str())
            .collect()
    }

    /// The exit status that the evidence deserves, 1, 3 or 0: whoever interrupted the run did not interrupt the judge.
    #[must_use]
    pub fn status_of_judging(&self) -> u8 {
        let is_open = |judged: &judging::Judged| {
            judged.row.level == Level::Must
                && matches!(judged.verdict, Verdict::Inconclusive | Verdict::Review | Verdict::NotTested)
        };
        let is_cut = self.ending.interrupted.is_some()
            || self.evidence.scenarios.iter().any(|scenario| scenario.cut_short.is_some());
        let fails = self.judgement.verdict == RunVerdict::DoesNotConform
            && !self.acceptance.bears_all(&self.judgement);
        let rows = &self.judgement.rows;
        if fails || self.unmet() > 0 || !self.acceptance.lapsed().is_empty() {
            1
        } else if is_cut || self.unseen() > 0 || rows.iter().any(is_open) || !has_judged(&self.judgement) {
            3
        } else {
            0
        }
    }

    /// The exit status of a run that was played: 130, 1, 3 or 0, the first that applies.
    fn status(&self) -> u8 {
        match self.ending.interrupted {
            Some(Interruption::Signal) => 130,
            Some(
                Interruption::Deadline
                | Interruption::Full
                | Interruption::CutOff
                | Interruption::PartsMissing,
            )
            | None => self.status_of_judging(),
        }
    }

    /// How many expectations of scenarios' authors do not hold.
    #[must_use]
    pub fn unmet(&self) -> usize {
        self.expectations(Met::Unmet)
    }

    /// How many expectations of scenarios' authors there was nothing to hold against.
    #[must_use]
    pub fn unseen(&self) -> usize {
        self.expectations(Met::NoEvidence)
    }

    fn expectations(&self, met: Met) -> usize {
        let expectations = self.evidence.scenarios.iter().flat_map(|scenario| &scenario.expectations);
        expectations.filter(|expectation| expectation.met == met).count()
    }

    /// The worst that is said of anything in a case.
    #[must_use]
    pub fn verdict_of(&self, scenario: &str) -> Verdict {
        let said = self.judgement.rows.iter().flat_map(|judged| {
            let here = judged.outcomes.iter().filter(|said| said.scenario.as_deref() == Some(scenario));
            here.map(|said| crate::requirements::verdict::fold(judged.row.level, [&said.outcome]).0)
        });
        let seen = self.evidence.scenarios.iter().find(|seen| seen.id == scenario);
        let review = seen.filter(|seen| seen.is_in_review()).map(|_| Verdict::Review);
        let said = said.filter(|verdict| *verdict != Verdict::NotApplicable).chain(review);
        said.min().unwrap_or(Verdict::NotTested)
    }
}

/// How a run ended; of a record that stops before its last line, where it stops.
fn ending_of(transcript: &Transcript) -> Ending {
    transcript.ending.clone().unwrap_or_else(|| cut_off(transcript))
}

fn cut_off(transcript: &Transcript) -> Ending {
    let duration_ms = transcript.entries.last().map_or(0, |entry| entry.at_us / 1000);
    let entries = transcript.entries.len() as u64;
    Ending { entries, duration_ms, interrupted: Some(Interruption::CutOff), stopped: None }
}

/// This penspec: who records a run now, and who judges it, whoever recorded it.
#[must_use]
pub fn this_tool() -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        catalogue: CATALOGUE.to_owned(),
    }
}

fn has_judged(judgement: &Judgement) -> bool {
    judgement
        .rows
        .iter()
        .any(|judged| matches!(judged.verdict, Verdict::Pass | Verdict::Warning | Verdict::Fail))
}

/// What is played, and when it must be over.
pub struct Programme {
    /// The probe and the other cases.
    pub cases: Vec<Case>,
    /// How long all of it may take.
    pub deadline: Duration,
    /// Whether the run goes on when the probe is not accepted.
    pub after_refusal: AfterRefusal,
}

/// What is done when the probe is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRefusal {
    /// Nothing more is sent.
    Stop,
    /// The others are played all the same (`--keep-going`).
    KeepGoing,
}

/// Plays a programme against a subject and writes the last line; `interrupt` ends it early, and so does a subject that
/// sends without end.
pub async fn perform(hand: &Arc<Stagehand>, programme: Programme, interrupt: impl Future<Output = ()>) {
    let recorder = hand.mock.recorder().clone();
    let deadline = programme.deadline;
    let playing = async {
        match &hand.mock {
            Mock::Client(_) => perform_all(hand, programme).await,
            Mock::Target(reception, _) => in_turn::play_in_turn(hand, reception, programme).await,
        }
    };
    let (interrupted, stopped) = tokio::select! {
        stopped = playing => (None, stopped),
        () = interrupt => (Some(Interruption::Signal), None),
        () = tokio::time::sleep(deadline) => (Some(Interruption::Deadline), None),
        () = recorder.fill(ROOM) => (Some(Interruption::Full), None),
    };
    recorder.end(interrupted, stopped);
}

async fn perform_all(hand: &Arc<Stagehand>, programme: Programme) -> Option<String> {
    let mut playing = JoinSet::new();
    let (probe, others): (Vec<Case>, Vec<Case>) =
        programme.cases.into_iter().partition(|case| case.id == PROBE);
    let mut stopped = None;
    if let Some(probe) = probe.into_iter().next() {
        playing.spawn(play(Arc::clone(hand), probe));
        let is_accepted = probe_is_accepted(hand.mock.recorder()).await;
        if !is_accepted && programme.after_refusal == AfterRefusal::Stop && !others.is_empty() {
            stopped = Some(format!(
                "the probe collect was not accepted, so {} cases were not played",
                others.len()
            ));
        }
    }
    if stopped.is_none() {
        for case in others {
            playing.spawn(play(Arc::clone(hand), case));
        }
    }
    while let Some(played) = playing.join_next().await {
        if let Err(error) = played
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    stopped
}

/// Waits until the probe is answered, or never will be; the wait for its receipt goes on beside the other cases.
async fn probe_is_accepted(recorder: &Recorder) -> bool {
    let mut answered = None;
    recorder
        .wait_until(|entry| {
            use crate::transcript::What;
            match &entry.what {
                What::WaitBegun { wait, awaits: Awaited::Response, .. } => {
                    answered = answered.or(Some(*wait));
                }
                What::WaitEnded { wait, .. } if Some(*wait) == answered => return Some(()),
                What::ScenarioEnded { scenario, .. } if scenario == PROBE => return Some(()),
                _ => {}
            }
            None
        })
        .await;
    let evidence = recorder.transcript().evidence();
    let is_good = |transaction: &Transaction| is_valid_collect(transaction) && transaction.is_accepted();
    evidence.transactions.iter().any(is_good)
}
