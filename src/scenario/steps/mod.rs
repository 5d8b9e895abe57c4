//! The verbs of a scenario, one file each: what may be written under them.

pub mod r#await;
pub mod collect;
pub mod expect;
pub mod pause;
pub mod respond;
pub mod stage;

use schemars::JsonSchema;
use serde::Deserialize;

use self::r#await::Await;
use self::collect::Collect;
use self::expect::Expect;
use self::pause::Pause;
use self::respond::Respond;
use self::stage::Stage;

/// One action of a scenario, written `- verb: { key: value }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Offers a package to the target.
    Stage(Stage),
    /// Sends a collect command.
    Collect(Collect),
    /// Says how the receipt is acknowledged, from now on.
    Respond(Respond),
    /// Waits for exactly one event.
    Await(Await),
    /// Says what the author wants beyond the catalogue.
    Expect(Expect),
    /// Waits for a while, whatever happens.
    Pause(Pause),
}

impl Step {
    /// The transaction that it names, by what its `stage` calls it.
    #[must_use]
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Stage(_) | Self::Pause(_) => None,
            Self::Collect(collect) => collect.of.as_deref(),
            Self::Respond(respond) => respond.of.as_deref(),
            Self::Await(event) => event.of(),
            Self::Expect(expect) => expect.of.as_deref(),
        }
    }

    /// The word that the step begins with.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Stage(_) => "stage",
            Self::Collect(_) => "collect",
            Self::Respond(_) => "respond",
            Self::Await(_) => "await",
            Self::Expect(_) => "expect",
            Self::Pause(_) => "pause",
        }
    }
}
