//! `trigger`: the client is made to publish a course to the address of the case.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::player::{CutShort, Play};

/// What is to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trigger {
    /// Which course a person is asked to publish; any course when left out.
    #[serde(default)]
    pub course: Option<String>,
    /// A query that the target system URL has of its own, without its question mark; a client whose target URL is
    /// fixed is not given it.
    #[serde(default)]
    pub query: Option<String>,
}

impl Trigger {
    /// Asks for it and goes on: what comes of it is waited for by `await: collect`.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        if let Some(earlier) = play.publishing.take() {
            earlier.end().await;
        }
        if let (Some(query), Some(door)) = (&self.query, &mut play.door) {
            play.hand.mock.target()?.0.give_query(door, query);
        }
        let course = self.course.as_deref().unwrap_or("any course");
        let limit = play.hand.profile.limits.collect;
        let publishing = {
            let (_, operator) = play.hand.mock.target()?;
            operator.publish(&play.scenario, (&play.title, course), &play.door()?.url, limit)
        };
        play.publishing = Some(publishing);
        Ok(())
    }
}
