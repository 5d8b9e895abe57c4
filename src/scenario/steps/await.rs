//! `await`: the one event that a scenario waits for.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::profile::Limits;
use crate::profile::period::Period;
use crate::scenario::model::Subject;
use crate::scenario::player::{CutShort, Play, WantsAlerts};
use crate::scenario::watch::Watch;
use crate::transcript::entry::{Awaited, WaitEnd, What};
use std::time::Duration;

/// What is waited for; exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Await {
    /// A collect command arrives.
    Collect(Event),
    /// The answer to a command arrives.
    Response(Event),
    /// The package is taken.
    Download(Event),
    /// The receipt arrives.
    Receipt(Event),
    /// An alert arrives.
    Alert(Event),
    /// Nothing more arrives.
    Quiet(Event),
    /// Somebody stops the run: a standing mock.
    Forever(Event),
}

/// How long and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Event {
    /// The longest wait; the limit of the profile when left out, or when that is shorter.
    #[serde(default)]
    pub within: Option<Period>,
    /// How many of them are waited for; one when left out.
    #[serde(default)]
    pub count: Option<NonZeroU32>,
    /// The transaction, by the name that its `stage` gave it; the last one when left out. Of a client, the publishing
    /// whose collect is waited for, by the name that its `trigger` gave it.
    #[serde(default)]
    pub of: Option<String>,
}

impl Await {
    /// Waits on the transcript until the event comes, its time is up, or it cannot come any more.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let (awaits, event) = self.parts();
        if play.door.is_some() {
            return self.perform_at_the_door(play).await;
        }
        // A transaction that was answered and only waits to stay quiet keeps nobody else from talking.
        if awaits == Awaited::Quiet {
            play.until_answered().await;
            play.transaction(event.of.as_deref())?.slot = None;
        }
        // Nobody is waited for longer than the profile says.
        let most = self.limit(&play.hand.profile.limits);
        let limit = event.within.map_or(most, |period| period.0.min(most));
        let current = play.transaction(event.of.as_deref())?;
        let (transaction, wants_alerts) = (current.begun.transaction.clone(), current.wants_alerts);
        let count = event.count.map_or(1, |count| count.get() as usize);
        let (recorder, wait) = (play.recorder(), play.recorder().next_wait());
        let due = (&*play.hand.profile, wants_alerts);
        let watch = Watch::new(&transaction, (awaits, count), limit, recorder.elapsed_us(), due);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        recorder.append(What::WaitBegun { wait, transaction, awaits, count, limit_ms });
        let ended = play.wait(watch).await;
        recorder.append(What::WaitEnded { wait, ended });
        if awaits == Awaited::Receipt {
            play.until_answered().await;
            play.transaction(event.of.as_deref())?.slot = None;
        }
        Ok(())
    }

    /// Waits for collects of a client, or for its silence.
    async fn perform_at_the_door(&self, play: &mut Play) -> Result<(), CutShort> {
        let (awaits, event) = self.parts();
        let most = self.limit(&play.hand.profile.limits);
        let limit = event.within.map_or(most, |period| period.0.min(most));
        let (token, url) = (play.door()?.token.clone(), play.door()?.url.clone());
        let wanted = event.count.map_or(1, |count| count.get() as usize);
        // A watch sees the whole transcript: the collects that earlier waits took are counted again.
        let in_all = match event.of.as_deref() {
            Some(name) => play.place_of(name)? + wanted,
            None => play.heard.len() + wanted,
        };
        let (recorder, wait) = (play.recorder().clone(), play.recorder().next_wait());
        let due = (&*play.hand.profile, WantsAlerts::No);
        let watch = Watch::new(&token, (awaits, in_all), limit, recorder.elapsed_us(), due);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        recorder.append(What::WaitBegun { wait, transaction: token, awaits, count: wanted, limit_ms });
        let place = play.asked.place(event.of.as_deref()).filter(|_| awaits == Awaited::Collect);
        let ended = match place {
            Some(place) => play.wait_or_failure(watch, (place, in_all)).await,
            None => Ok(play.wait(watch).await),
        };
        let end = *ended.as_ref().unwrap_or(&WaitEnd::GivenUp);
        recorder.append(What::WaitEnded { wait, ended: end });
        if awaits != Awaited::Collect {
            return Ok(());
        }
        play.take_heard();
        if end == WaitEnd::Met {
            return Ok(());
        }
        if place.is_some_and(|place| play.asked.give_up(place)) {
            return Ok(());
        }
        match ended? {
            WaitEnd::Crowded => Err(CutShort::Crowded(url, Period(limit))),
            _ => Err(CutShort::NoCollect(url, Period(limit))),
        }
    }

    fn parts(&self) -> (Awaited, &Event) {
        match self {
            Self::Collect(event) => (Awaited::Collect, event),
            Self::Response(event) => (Awaited::Response, event),
            Self::Download(event) => (Awaited::Download, event),
            Self::Receipt(event) => (Awaited::Receipt, event),
            Self::Alert(event) => (Awaited::Alert, event),
            Self::Quiet(event) => (Awaited::Quiet, event),
            Self::Forever(event) => (Awaited::Forever, event),
        }
    }

    /// Whose the awaited event is: `None` for what both roles can do.
    pub(in crate::scenario) fn subject(&self) -> Option<Subject> {
        match self {
            Self::Collect(_) => Some(Subject::Client),
            Self::Response(_) | Self::Download(_) | Self::Receipt(_) | Self::Alert(_) => {
                Some(Subject::Target)
            }
            Self::Quiet(_) | Self::Forever(_) => None,
        }
    }

    /// The transaction that is waited on, by its name.
    pub(in crate::scenario) fn of(&self) -> Option<&str> {
        self.parts().1.of.as_deref()
    }

    fn limit(&self, limits: &Limits) -> Duration {
        match self {
            Self::Collect(_) => limits.collect,
            // The answer to a collect is bounded by its exchange; this wait outlives it.
            Self::Response(_) => limits.response * 3,
            Self::Download(_) => limits.download,
            Self::Receipt(_) => limits.receipt,
            Self::Alert(_) => limits.alert,
            Self::Quiet(_) => limits.quiet,
            Self::Forever(_) => Duration::MAX,
        }
    }
}
