//! How a client under test is made to publish, and where it may send us.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a client under test is made to publish; a person is asked where neither a command nor a URL is given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Trigger {
    /// A command of the shell: it finds the address in `PENSPEC_TARGET_URL`, and `{target_url}` in it is replaced.
    pub command: Option<String>,
    /// A web hook: it gets a POST whose body is the address.
    pub url: Option<String>,
    /// Whether all cases have the same address, for a client whose target URL cannot be changed from case to case.
    pub fixed_address: FixedAddress,
    /// Whether every code of Table 3 is tried as an answer and in a receipt: a publishing for each.
    pub thorough: Thorough,
    /// The file with a person's answers to the questions of scenarios.
    pub answers: Option<String>,
}

/// Whether all cases have the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixedAddress {
    /// They have.
    Yes,
    /// Each has its own.
    #[default]
    No,
}

/// Whether a client publishes as often as there is anything to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Thorough {
    /// It does.
    Yes,
    /// A sample is enough.
    #[default]
    No,
}

impl Trigger {
    /// Whether the client publishes without a person.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.command.is_some() || self.url.is_some()
    }
}
