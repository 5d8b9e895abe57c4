//! What of the suite is played: scenarios by id or glob, those of some requirements or levels, and a directory of one's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is played; each key narrows what the others leave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Selection {
    /// Ids or globs of scenarios: `target/errors/*`.
    pub scenarios: Vec<String>,
    /// Ids or globs of requirements: `ERR-20*`.
    pub requirements: Vec<String>,
    /// Levels of requirements.
    pub levels: Vec<LevelName>,
    /// A directory with scenarios of one's own, played beside the built-in ones.
    pub directory: Option<String>,
    /// Whether the built-in scenarios are played; the probe comes along in any case.
    pub built_in: BuiltIn,
}

/// A level of requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// What a peer must do.
    Must,
    /// What it should do.
    Should,
    /// What real peers trip over.
    Interop,
}

/// Whether the built-in scenarios are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BuiltIn {
    /// They are.
    #[default]
    Yes,
    /// They are not.
    No,
}

impl LevelName {
    /// As it is written.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Interop => "interop",
        }
    }
}
