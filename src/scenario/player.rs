//! Plays a case: performs its steps one after the other and records that it does.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::model::Case;
use super::steps::Step;
use super::steps::stage::Auth;
use super::watch::Watch;
use crate::mock::client::Client;
use crate::mock::stage::Package;
use crate::profile::Profile;
use crate::transcript::Recorder;
use crate::transcript::entry::{TransactionBegun, WaitEnd, What};

/// What all cases of a run share.
pub struct Stagehand {
    /// The mock that acts.
    pub client: Arc<Client>,
    /// The subject.
    pub profile: Arc<Profile>,
    /// Transactions that may be between collect and receipt at once.
    pub slots: Arc<Semaphore>,
    /// The packages that a `stage` may name.
    pub packages: fn(&str) -> Option<Package>,
}

/// A step could not be performed, for a cause that is not the subject's.
#[derive(Debug, thiserror::Error)]
pub enum CutShort {
    /// A step needs a `stage` before it.
    #[error("no package was staged before this step")]
    NotStaged,
    /// A step speaks of a transaction that no `stage` has begun.
    #[error("no package was staged as \"{0}\" before this step")]
    NotStagedAs(String),
    /// There is no such package.
    #[error("there is no package \"{0}\"")]
    NoPackage(String),
    /// A package is to be larger than a quota that nobody named.
    #[error("the profile names no quota that a package could be larger than")]
    NoQuota,
    /// A package cannot be grown to a size.
    #[error("{0}")]
    Padding(#[from] crate::mock::padding::PaddingError),
    /// The target system URL cannot be connected to.
    #[error("{0}")]
    Address(#[from] crate::wire::http::AddressError),
    /// The step names something that this penspec cannot do.
    #[error("{0} is not supported by this version of penspec")]
    Unsupported(String),
}

/// A case being played.
pub struct Play {
    pub(super) hand: Arc<Stagehand>,
    pub(super) scenario: String,
    pub(super) transactions: Vec<Current>,
    pub(super) sending: JoinSet<()>,
}

/// A transaction that steps are about.
pub(super) struct Current {
    pub(super) begun: TransactionBegun,
    /// What steps call it by, where a case has several.
    pub(super) name: Option<String>,
    /// Its place among those between collect and receipt.
    pub(super) slot: Option<OwnedSemaphorePermit>,
    /// Whether its collect names an alerts URL.
    pub(super) wants_alerts: WantsAlerts,
    /// The credentials that guard the package.
    pub(super) auth: Option<Auth>,
}

/// Whether a collect names an alerts URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantsAlerts {
    Yes,
    No,
}

/// Plays a case to its end, or to the step that cannot be performed.
pub async fn play(hand: Arc<Stagehand>, case: Case) {
    let recorder = hand.client.recorder().clone();
    recorder.append(What::ScenarioBegun {
        scenario: case.id.clone(),
        title: case.title.clone(),
        proves: case.proves.clone(),
    });
    let mut play =
        Play { hand, scenario: case.id.clone(), transactions: Vec::new(), sending: JoinSet::new() };
    let mut cut_short = None;
    for (index, step) in case.steps.iter().enumerate() {
        recorder.append(What::StepBegun {
            scenario: case.id.clone(),
            step: index + 1,
            verb: step.verb().to_owned(),
        });
        if let Err(error) = play.perform(step).await {
            cut_short = Some(format!("step {}, {}: {error}", index + 1, step.verb()));
            break;
        }
    }
    play.transactions.clear();
    // An answer that is still due belongs to the evidence; its limit bounds the wait.
    play.until_answered().await;
    recorder.append(What::ScenarioEnded { scenario: case.id, cut_short });
}

impl Play {
    async fn perform(&mut self, step: &Step) -> Result<(), CutShort> {
        match step {
            Step::Stage(stage) => stage.perform(self),
            Step::Collect(collect) => collect.perform(self).await,
            Step::Await(event) => event.perform(self).await,
            Step::Expect(expect) => expect.perform(self),
            Step::Respond(respond) => respond.perform(self),
            Step::Pause(pause) => {
                pause.perform().await;
                Ok(())
            }
        }
    }

    pub(super) fn recorder(&self) -> &Recorder {
        self.hand.client.recorder()
    }

    /// The transaction of that name; without one, the last that was staged.
    pub(super) fn transaction(&mut self, of: Option<&str>) -> Result<&mut Current, CutShort> {
        let Some(name) = of else { return self.transactions.last_mut().ok_or(CutShort::NotStaged) };
        let named = |current: &&mut Current| current.name.as_deref() == Some(name);
        self.transactions.iter_mut().find(named).ok_or_else(|| CutShort::NotStagedAs(name.to_owned()))
    }

    /// Waits until every collect is answered or never will be.
    pub(super) async fn until_answered(&mut self) {
        while self.sending.join_next().await.is_some() {}
    }

    /// Waits on the recorder until a watch says that the wait is over.
    pub(super) async fn wait(&self, mut watch: Watch) -> WaitEnd {
        let mut follower = self.recorder().follow();
        loop {
            while let Some(entry) = follower.ready() {
                watch.see(&entry);
            }
            if let Some(end) = watch.is_over() {
                return end;
            }
            let left = watch.time_left(self.recorder().elapsed_us());
            match tokio::time::timeout(left, follower.next()).await {
                Ok(entry) => watch.see(&entry),
                Err(_) => return watch.at_the_limit(),
            }
        }
    }
}
