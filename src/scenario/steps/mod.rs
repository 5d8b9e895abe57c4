//! The verbs of a scenario, one file each: what may be written under them.

pub mod ask;
pub mod r#await;
pub mod callback;
pub mod collect;
pub mod expect;
pub mod fetch;
pub mod pause;
pub mod repeat;
pub mod respond;
pub mod stage;
pub mod trigger;

use schemars::JsonSchema;
use serde::Deserialize;

use self::ask::Ask;
use self::r#await::Await;
use self::callback::Callback;
use self::collect::Collect;
use self::expect::Expect;
use self::fetch::Fetch;
use self::pause::Pause;
use self::repeat::Repeat;
use self::respond::Respond;
use self::stage::Stage;
use self::trigger::Trigger;
use super::model::Subject;

/// One action of a scenario, written `- verb: { key: value }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Offers a package to the target.
    Stage(Stage),
    /// Sends a collect command.
    Collect(Collect),
    /// Has the client publish to the address of the case.
    Trigger(Trigger),
    /// Says how a client's collects, or a target's receipts, are answered from now on.
    Respond(Respond),
    /// Takes the package that the client's collect offers.
    Fetch(Fetch),
    /// Sends a receipt to the client.
    Receipt(Callback),
    /// Sends an alert to the client.
    Alert(Callback),
    /// Asks a person what the client shows.
    Ask(Ask),
    /// Waits for exactly one event.
    Await(Await),
    /// Says what the author wants beyond the catalogue.
    Expect(Expect),
    /// Waits for a while, whatever happens.
    Pause(Pause),
    /// Performs steps several times.
    Repeat(Repeat),
}

impl Step {
    /// The transaction that it names, by what its `stage` or `trigger` calls it.
    #[must_use]
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Stage(_) | Self::Trigger(_) | Self::Ask(_) | Self::Pause(_) | Self::Repeat(_) => None,
            Self::Fetch(fetch) => fetch.of.as_deref(),
            Self::Receipt(callback) | Self::Alert(callback) => callback.of.as_deref(),
            Self::Collect(collect) => collect.of.as_deref(),
            Self::Respond(respond) => respond.of.as_deref(),
            Self::Await(event) => event.of(),
            Self::Expect(expect) => expect.of.as_deref(),
        }
    }

    /// Whose scenarios it stands in: `None` for those of either.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::Stage(_) | Self::Collect(_) => Some(Subject::Target),
            Self::Trigger(_) | Self::Fetch(_) | Self::Receipt(_) | Self::Alert(_) | Self::Ask(_) => {
                Some(Subject::Client)
            }
            Self::Await(event) => event.subject(),
            Self::Respond(_) | Self::Expect(_) | Self::Pause(_) | Self::Repeat(_) => None,
        }
    }

    /// The steps that it performs again and again; none when it is another step.
    #[must_use]
    pub fn repeated(&self) -> &[Step] {
        match self {
            Self::Repeat(repeat) => &repeat.steps,
            Self::Stage(_)
            | Self::Collect(_)
            | Self::Trigger(_)
            | Self::Respond(_)
            | Self::Fetch(_)
            | Self::Receipt(_)
            | Self::Alert(_)
            | Self::Ask(_)
            | Self::Await(_)
            | Self::Expect(_)
            | Self::Pause(_) => &[],
        }
    }

    /// The word that the step begins with.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Stage(_) => "stage",
            Self::Collect(_) => "collect",
            Self::Trigger(_) => "trigger",
            Self::Respond(_) => "respond",
            Self::Fetch(_) => "fetch",
            Self::Receipt(_) => "receipt",
            Self::Alert(_) => "alert",
            Self::Ask(_) => "ask",
            Self::Await(_) => "await",
            Self::Expect(_) => "expect",
            Self::Pause(_) => "pause",
            Self::Repeat(_) => "repeat",
        }
    }
}
