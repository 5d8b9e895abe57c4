//! `ask`: what only a person can see.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::player::{CutShort, Play};
use crate::transcript::entry::{Asked, What};

/// The question: one to which yes means that all is well.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Ask(pub String);

impl Ask {
    /// Asks it and notes the answer; unanswered, the result stays in review.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let (_, operator) = play.hand.mock.target()?;
        let (answer, note) = operator.ask(&play.scenario, &self.0).await;
        let asked = Asked { scenario: play.scenario.clone(), question: self.0.clone(), answer, note };
        play.recorder().append(What::Asked(asked));
        Ok(())
    }
}
