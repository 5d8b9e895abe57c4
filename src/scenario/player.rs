//! Plays a case: performs its steps one after the other and records that it does.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::asked::AllAsked;
use super::model::Case;
use super::operator::{NotPublished, Operator};
use super::packages::Packages;
use super::steps::Step;
use super::steps::stage::Auth;
use super::watch::Watch;
use crate::mock::client::Client;
use crate::mock::reception::{Door, Heard, Reception};
use crate::pens::Code;
use crate::profile::{Period, Profile};
use crate::transcript::Recorder;
use crate::transcript::entry::{Purpose, TransactionBegun, WaitEnd, What};

/// What all cases of a run share.
pub struct Stagehand {
    /// The mock that acts.
    pub mock: Mock,
    /// The subject.
    pub profile: Arc<Profile>,
    /// Transactions that may be between collect and receipt at once.
    pub slots: Arc<Semaphore>,
    /// The packages that a `stage` may name.
    pub packages: Packages,
}

/// The peer that is played.
pub enum Mock {
    /// A client, for a target under test.
    Client(Arc<Client>),
    /// A target, for a client under test, and who makes that client publish.
    Target(Arc<Reception>, Operator),
}

impl Mock {
    /// The recorder that it writes to.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        match self {
            Self::Client(client) => client.recorder(),
            Self::Target(reception, _) => reception.recorder(),
        }
    }

    /// Whether more peers ever came at once than it serves.
    fn was_crowded(&self) -> bool {
        match self {
            Self::Client(client) => client.was_crowded(),
            Self::Target(reception, _) => reception.was_crowded(),
        }
    }

    pub(super) fn client(&self) -> Result<&Arc<Client>, CutShort> {
        match self {
            Self::Client(client) => Ok(client),
            Self::Target(..) => Err(CutShort::OtherSubject),
        }
    }

    pub(super) fn target(&self) -> Result<(&Arc<Reception>, &Operator), CutShort> {
        match self {
            Self::Target(reception, operator) => Ok((reception, operator)),
            Self::Client(_) => Err(CutShort::OtherSubject),
        }
    }
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
    /// The step belongs to scenarios about the other kind of peer.
    #[error("this step is for the other kind of subject")]
    OtherSubject,
    /// A step speaks of a publishing that no `trigger` has asked for.
    #[error("no publishing was asked for as \"{0}\" before this step")]
    NotAskedAs(String),
    /// A client's collect is needed first.
    #[error("no collect came before this step")]
    NoCollectYet,
    /// No collect came.
    #[error("no collect came to {0} within {1}")]
    NoCollect(String, Period),
    /// No collect came that we heard of, but more came at once than we serve.
    #[error("no collect came to {0} within {1} that could be heard: more came at once than penspec serves")]
    Crowded(String, Period),
    /// The client was not made to publish.
    #[error("the client was not made to publish: {0}")]
    NotPublished(#[from] NotPublished),
    /// The collect deserved a refusal and got it.
    #[error(
        "the collect was refused with error {0}, as a conforming target does, so nothing follows from it"
    )]
    Refused(Code),
    /// Nothing is listened on for a transport.
    #[error("{0}")]
    Off(#[from] crate::mock::listening::Off),
}

/// A case being played.
pub struct Play {
    pub(super) hand: Arc<Stagehand>,
    pub(super) scenario: String,
    pub(super) title: String,
    /// The address of the case, where a client is the subject.
    pub(super) door: Option<Door>,
    /// The collects that waits have taken.
    pub(super) heard: Vec<Heard>,
    /// The publishings that were asked for.
    pub(super) asked: AllAsked,
    /// Whether the scenario says itself how collects are answered.
    pub(super) answers: Answers,
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

/// Who decides how a client's collects are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// The specification.
    Conforming,
    /// The scenario.
    AsTold,
}

/// Whether a collect names an alerts URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantsAlerts {
    Yes,
    No,
}

/// Plays a case to its end, or to the step that cannot be performed.
pub async fn play(hand: Arc<Stagehand>, case: Case) {
    let recorder = hand.mock.recorder().clone();
    recorder.append(What::ScenarioBegun {
        scenario: case.id.clone(),
        title: case.title.clone(),
        proves: case.proves.clone(),
    });
    let mut play = Play::of(hand, &case);
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
    play.leave().await;
    recorder.append(What::ScenarioEnded { scenario: case.id, cut_short });
}

impl Play {
    fn of(hand: Arc<Stagehand>, case: &Case) -> Self {
        let door = match &hand.mock {
            Mock::Target(reception, _) => Some(reception.open(&case.id)),
            Mock::Client(_) => None,
        };
        Self {
            hand,
            scenario: case.id.clone(),
            title: case.title.clone(),
            door,
            heard: Vec::new(),
            asked: AllAsked::default(),
            answers: Answers::Conforming,
            transactions: Vec::new(),
            sending: JoinSet::new(),
        }
    }

    pub(super) async fn perform(&mut self, step: &Step) -> Result<(), CutShort> {
        match step {
            Step::Stage(stage) => stage.perform(self),
            Step::Collect(collect) => collect.perform(self).await,
            Step::Await(event) => event.perform(self).await,
            Step::Expect(expect) => expect.perform(self),
            Step::Respond(respond) => respond.perform(self),
            Step::Trigger(trigger) => trigger.perform(self).await,
            Step::Fetch(fetch) => fetch.perform(self).await,
            Step::Receipt(callback) => callback.perform(Purpose::Receipt, self).await,
            Step::Alert(callback) => callback.perform(Purpose::Alert, self).await,
            Step::Ask(ask) => ask.perform(self).await,
            Step::Pause(pause) => {
                pause.perform().await;
                Ok(())
            }
            // Steps within a step: the size of what waits must not depend on the script.
            Step::Repeat(repeat) => Box::pin(repeat.perform(self)).await,
        }
    }

    pub(super) fn recorder(&self) -> &Recorder {
        self.hand.mock.recorder()
    }

    /// The address of the case.
    pub(super) fn door(&self) -> Result<&Door, CutShort> {
        self.door.as_ref().ok_or(CutShort::OtherSubject)
    }

    /// Takes the collects that have come to the address of the case.
    pub(super) fn take_heard(&mut self) {
        if let (Mock::Target(reception, _), Some(door)) = (&self.hand.mock, &self.door) {
            self.heard = reception.heard(door);
        }
    }

    /// Whether so many collects have come.
    fn have_come(&self, count: usize) -> bool {
        match (&self.hand.mock, &self.door) {
            (Mock::Target(reception, _), Some(door)) => reception.heard(door).len() >= count,
            (Mock::Target(..) | Mock::Client(_), _) => false,
        }
    }

    /// The collect of the publishing with that name; without one, the last that came. `None` when the case goes on
    /// without it.
    pub(super) fn heard_of(&self, of: Option<&str>) -> Result<Option<&Heard>, CutShort> {
        let Some(name) = of else { return self.heard.last().map(Some).ok_or(CutShort::NoCollectYet) };
        let place = self.place_of(name)?;
        match self.heard.get(place) {
            None if self.asked.is_given_up(place) => Ok(None),
            None => Err(CutShort::NoCollectYet),
            heard => Ok(heard),
        }
    }

    /// The place of the publishing with that name among all that the case asked for.
    pub(super) fn place_of(&self, name: &str) -> Result<usize, CutShort> {
        self.asked.place(Some(name)).ok_or_else(|| CutShort::NotAskedAs(name.to_owned()))
    }

    /// The same collect, when something may follow from it.
    pub(super) fn accepted(&self, of: Option<&str>) -> Result<Option<&Heard>, CutShort> {
        let Some(heard) = self.heard_of(of)? else { return Ok(None) };
        match (self.answers, heard.deserves) {
            // What is only warned of may be fetched.
            (Answers::AsTold, _)
            | (Answers::Conforming, Code::NO_ERROR | Code::EXPIRY_FORMAT | Code::EXPIRED) => Ok(Some(heard)),
            (Answers::Conforming, code) => Err(CutShort::Refused(code)),
        }
    }

    /// Closes the address of the case, and has nobody publish to it any more.
    async fn leave(&mut self) {
        self.asked.end().await;
        if let (Mock::Target(reception, _), Some(door)) = (&self.hand.mock, &self.door) {
            reception.close(door);
        }
    }

    /// Waits like [`Play::wait`] until so many collects have come; no longer once the publishing at that place has
    /// failed.
    pub(super) async fn wait_or_failure(
        &mut self,
        watch: Watch,
        (place, count): (usize, usize),
    ) -> Result<WaitEnd, CutShort> {
        let Some(mut asked) = self.asked.take(place) else { return Ok(self.wait(watch).await) };
        let ended = {
            let mut waiting = std::pin::pin!(self.wait(watch));
            tokio::select! {
                biased;
                ended = &mut waiting => Ok(ended),
                // What has come counts, however the attempt ended: its answer may still be due.
                why = asked.failed() => {
                    if self.have_come(count) { Ok(waiting.await) } else { Err(CutShort::from(why)) }
                }
            }
        };
        self.asked.put_back(place, asked);
        ended
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
                // What was to come may stand among those who had to wait.
                Err(_) if self.hand.mock.was_crowded() => return WaitEnd::Crowded,
                Err(_) => return watch.at_the_limit(),
            }
        }
    }
}
