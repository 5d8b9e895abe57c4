//! How long to wait for what.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::period::Period;

/// How long to wait for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// The answer to a command.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub response: Duration,
    /// A collect from a client.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub collect: Duration,
    /// The package, once the collect is accepted.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub download: Duration,
    /// The receipt.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub receipt: Duration,
    /// An alert.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub alert: Duration,
    /// How long nothing must happen before we believe that nothing will.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub quiet: Duration,
    /// The whole run.
    #[serde(with = "in_words")]
    #[schemars(with = "Period")]
    pub run: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            response: seconds(30),
            collect: seconds(300),
            download: seconds(60),
            receipt: seconds(300),
            alert: seconds(300),
            quiet: seconds(3),
            run: seconds(30 * 60),
        }
    }
}

impl Limits {
    /// Sets one limit by its name.
    ///
    /// # Errors
    /// When there is no limit of that name.
    pub fn set(&mut self, name: &str, duration: Duration) -> Result<(), UnknownLimit> {
        let limit = match name {
            "response" => &mut self.response,
            "collect" => &mut self.collect,
            "download" => &mut self.download,
            "receipt" => &mut self.receipt,
            "alert" => &mut self.alert,
            "quiet" => &mut self.quiet,
            "run" => &mut self.run,
            _ => return Err(UnknownLimit(name.to_owned())),
        };
        *limit = duration;
        Ok(())
    }
}

/// There is no limit of that name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "there is no limit \"{0}\"; the limits are response, collect, download, receipt, alert, quiet and run"
)]
pub struct UnknownLimit(String);

mod in_words {
    use super::{Deserialize, Deserializer, Duration, Period, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Period(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Period::deserialize(deserializer).map(|period| period.0)
    }
}
