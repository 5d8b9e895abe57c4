//! The subject as its operator describes it: where it is, what it claims, how long to wait for it.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// What the subject says of itself; `None` is unsaid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Claims {
    /// Whether it sends alerts.
    pub alerts: Option<Claim>,
}

/// What is said of an ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// It is there.
    Yes,
    /// It is not.
    No,
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

/// Why a text is no duration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is no duration; write a number and its unit: 500ms, 3s, 5m or 1h")]
pub struct NoDuration(String);

/// Reads a duration: a whole number and `ms`, `s`, `m` or `h`.
///
/// # Errors
/// When the text is none.
pub fn read_duration(text: &str) -> Result<Duration, NoDuration> {
    let no_duration = || NoDuration(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().map_err(|_| no_duration())?;
    let unit_ms: u64 = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(no_duration()),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(no_duration)
}

/// Writes a duration as [`read_duration`] reads it, in the largest unit that is exact.
#[must_use]
pub fn write_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0 => "0s".to_owned(),
        _ if ms.is_multiple_of(60_000) => format!("{}m", ms / 60_000),
        _ if ms.is_multiple_of(1_000) => format!("{}s", ms / 1_000),
        _ => format!("{ms}ms"),
    }
}

mod in_words {
    use super::{Deserialize, Deserializer, Duration, Serializer, read_duration, write_duration};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&write_duration(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        read_duration(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, ms) in [("500ms", 500), ("3s", 3_000), ("5m", 300_000), ("90s", 90_000), ("0s", 0)] {
            assert_eq!(read_duration(text), Ok(Duration::from_millis(ms)));
            assert_eq!(write_duration(Duration::from_millis(ms)), text);
        }
        for text in ["", "3", "s", "-3s", "3 s", "1.5s", "99999999999999999999s", "9999999999999999h"] {
            assert!(read_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_profile_survives_the_transcript() {
        let profile = Profile::default();
        let value = serde_json::to_value(&profile).unwrap();
        assert_eq!(serde_json::from_value::<Profile>(value).unwrap(), profile);
    }
}
