//! The subject as its operator describes it: where it is, what it claims, how long to wait for it.

pub mod claims;
pub mod period;
pub mod secret;
pub mod size;

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use claims::{Claim, Claims, SecurityProbes};
pub use period::Period;
pub use secret::Secret;
pub use size::Size;

/// What is known of the subject before the first byte.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Profile {
    /// What the subject is called.
    pub subject: Subject,
    /// The target system URL (6.1), when a target is under test.
    pub target: Target,
    /// The values of a plain collect.
    pub elements: Elements,
    /// What the subject says of itself.
    pub claims: Claims,
    /// How long to wait.
    pub limits: Limits,
    /// How many transactions may be between collect and receipt at once.
    pub max_in_flight: MaxInFlight,
    /// Whether tolerances count.
    pub reading: Reading,
    /// Whether security probes are sent.
    pub security_probes: SecurityProbes,
}

/// What the subject is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Target {
    /// The target system URL (6.1).
    pub url: String,
    /// system-user-id (6.2.13), when the target knows us.
    pub system_user_id: Option<String>,
    /// system-password (6.2.14), when the target knows us.
    pub system_password: Option<Secret>,
}

/// The values of a plain collect (6.2) that are the operator's to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Elements {
    /// `client`.
    pub client: String,
    /// `package-type`.
    pub package_type: String,
    /// `package-type-version`.
    pub package_type_version: String,
    /// `package-format`.
    pub package_format: String,
    /// The URL in which our package-ids lie.
    pub id_namespace: String,
}

impl Default for Elements {
    fn default() -> Self {
        Self {
            client: "penspec".to_owned(),
            package_type: "scorm-pif".to_owned(),
            package_type_version: "1.2".to_owned(),
            package_format: "zip".to_owned(),
            id_namespace: "http://penspec.example/".to_owned(),
        }
    }
}

/// Whether tolerances count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// What a ruling tolerates is a warning.
    #[default]
    Tolerant,
    /// What a ruling tolerates is a break.
    Strict,
}

/// How many transactions may be in flight; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaxInFlight(pub std::num::NonZeroUsize);

impl Default for MaxInFlight {
    fn default() -> Self {
        Self(std::num::NonZeroUsize::MIN.saturating_add(7))
    }
}

/// How long to wait for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// The answer to a command.
    #[serde(with = "in_words")]
    pub response: Duration,
    /// A collect from a client.
    #[serde(with = "in_words")]
    pub collect: Duration,
    /// The package, once the collect is accepted.
    #[serde(with = "in_words")]
    pub download: Duration,
    /// The receipt.
    #[serde(with = "in_words")]
    pub receipt: Duration,
    /// An alert.
    #[serde(with = "in_words")]
    pub alert: Duration,
    /// How long nothing must happen before we believe that nothing will.
    #[serde(with = "in_words")]
    pub quiet: Duration,
    /// The whole run.
    #[serde(with = "in_words")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_the_transcript() {
        let profile = Profile::default();
        let value = serde_json::to_value(&profile).unwrap();
        assert_eq!(serde_json::from_value::<Profile>(value).unwrap(), profile);
    }
}
