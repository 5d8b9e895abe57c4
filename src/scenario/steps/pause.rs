//! `pause`: a while in which nothing is said.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::period::Period;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pause(pub Period);
