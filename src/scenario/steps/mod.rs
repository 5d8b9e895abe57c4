//! The verbs of a scenario, one file each: what may be written under them.

pub mod r#await;
pub mod collect;
pub mod expect;
pub mod pause;
pub mod stage;

use schemars::JsonSchema;
use serde::Deserialize;

use self::r#await::Await;
use self::collect::Collect;
use self::expect::Expect;
use self::pause::Pause;
use self::stage::Stage;

/// One action of a scenario, written `- verb: { key: value }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Offers a package to the target.
    Stage(Stage),
    /// Sends a collect command.
    Collect(Collect),
    /// Waits for exactly one event.
    Await(Await),
    /// Says what the author wants beyond the catalogue.
    Expect(Expect),
    /// Waits for a while, whatever happens.
    Pause(Pause),
}

impl Step {
    /// The word that the step begins with.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Stage(_) => "stage",
            Self::Collect(_) => "collect",
            Self::Await(_) => "await",
            Self::Expect(_) => "expect",
            Self::Pause(_) => "pause",
        }
    }
}
