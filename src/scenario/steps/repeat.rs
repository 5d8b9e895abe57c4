//! `repeat`: steps that are performed several times.

use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::Step;
use crate::scenario::player::{CutShort, Play};

/// How deeply one may stand in another.
const DEEPEST: usize = 3;

/// What is done several times.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Repeat {
    /// How often, from 1 to 1000.
    #[serde(deserialize_with = "times")]
    #[schemars(range(min = 1, max = 1000))]
    pub times: NonZeroU16,
    /// What is done, in order.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
}

fn times<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU16, D::Error> {
    let written = u64::deserialize(deserializer)?;
    let times = u16::try_from(written).ok().filter(|times| *times <= 1000).and_then(NonZeroU16::new);
    times.ok_or_else(|| de::Error::custom(format!("bad number of times {written}: from 1 to 1000")))
}

impl Repeat {
    /// Performs the steps, time after time; the first that cannot be performed ends it.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        for _ in 0..self.times.get() {
            for step in &self.steps {
                play.perform(step).await?;
            }
        }
        Ok(())
    }

    /// Whether repetitions stand in it so deeply that they would multiply beyond measure.
    #[must_use]
    pub fn is_too_deep(&self) -> bool {
        fn depth(steps: &[Step]) -> usize {
            let depths = steps.iter().map(|step| match step.repeated() {
                [] => 0,
                steps => 1 + depth(steps),
            });
            depths.max().unwrap_or(0)
        }
        depth(&self.steps) >= DEEPEST
    }
}
