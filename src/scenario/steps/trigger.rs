//! `trigger`: the client is made to publish a course to the address of the case.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::asked::Asked;
use crate::scenario::player::{CutShort, Play};

/// What is to be published, and what steps call it by.
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
    /// What steps call this publishing by, and its collect: the first trigger's is the collect that comes first. With a
    /// name it goes on until the case is over, and others may be asked for beside it; without one it ends when the next
    /// is asked for.
    #[serde(rename = "as", default)]
    pub name: Option<String>,
    /// What becomes of the case when no collect comes for it.
    #[serde(default)]
    pub if_none: IfNone,
    /// The protocol that the collect is to come over; a client whose target URL is fixed is given no other.
    #[serde(default)]
    pub over: Over,
}

/// The protocol that a collect is to come over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
}

/// What becomes of a case when no collect comes for a publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IfNone {
    /// It ends there, as cut short.
    #[default]
    CutShort,
    /// It goes on without the steps that are about this publishing by its name.
    GoOn,
}

impl Trigger {
    /// Asks for it and goes on: what comes of it is waited for by `await: collect`.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        play.asked.end_nameless().await;
        if let (Over::Https, Some(door)) = (self.over, &mut play.door) {
            play.hand.mock.target()?.0.give_https(door)?;
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
        play.asked.push(Asked::new(self.name.as_deref(), self.if_none, publishing));
        Ok(())
    }
}
