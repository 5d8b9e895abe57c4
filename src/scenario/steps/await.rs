//! `await`: the one event that a scenario waits for.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::period::Period;

/// What is waited for; exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Event {
    /// The longest wait; the limit of the profile when left out.
    #[serde(default)]
    pub within: Option<Period>,
    /// How many of them are waited for; one when left out.
    #[serde(default)]
    pub count: Option<NonZeroU32>,
}
