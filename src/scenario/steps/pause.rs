//! `pause`: a while in which nothing is said.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::profile::period::Period;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pause(pub Period);

impl Pause {
    /// Says nothing for a while: what the author asked for, not a way to wait for something.
    pub(in crate::scenario) async fn perform(self) {
        tokio::time::sleep(self.0.0).await;
    }
}
