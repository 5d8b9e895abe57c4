//! The subject as its operator describes it: where it is, what it claims, how long to wait for it.

pub mod accept;
pub mod claims;
pub mod limits;
pub mod listen;
pub mod load;
pub mod mail;
pub mod period;
pub mod reference;
pub mod secret;
pub mod selection;
pub mod size;
pub mod tls;
pub mod trigger;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use accept::{Accepted, Day};
pub use claims::{Claim, Claims, SecurityProbes};
pub use limits::{Limits, UnknownLimit};
pub use listen::{Advertise, Listen, ListenAt, Port, PortRange};
pub use mail::{HostAndPort, Mail};
pub use period::Period;
pub use secret::Secret;
pub use selection::{LevelName, Selection};
pub use size::Size;
pub use tls::{InsecureSkipVerify, Tls};
pub use trigger::{FixedAddress, Thorough, Trigger};

/// What is known of the subject before the first byte, and how it is to be tested.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "penspec profile")]
pub struct Profile {
    /// What the subject is called.
    pub subject: Subject,
    /// Where a target under test is, and what it knows us by.
    pub target: Target,
    /// The values of a plain collect.
    pub elements: Elements,
    /// What the subject says of itself.
    pub claims: Claims,
    /// Where penspec listens for downloads and callbacks.
    pub listen: Listen,
    /// What the subject is told instead of the addresses that penspec listens on.
    pub advertise: Advertise,
    /// What TLS shows and trusts, in both directions.
    pub tls: Tls,
    /// The HTTP proxy that all connections of penspec's go through, but for mail: a URL, or a host and a port.
    pub proxy: Option<String>,
    /// How a mock target mails.
    pub mail: Mail,
    /// How a client under test is made to publish.
    pub trigger: Trigger,
    /// Hosts that packages may be fetched from and callbacks sent to, besides loopback and the client's own.
    pub allow_host: Vec<String>,
    /// How long to wait.
    pub limits: Limits,
    /// How many transactions may be between collect and receipt at once.
    pub max_in_flight: MaxInFlight,
    /// Whether what a ruling tolerates is a warning or a break.
    pub reading: Reading,
    /// Whether security probes are sent.
    pub security_probes: SecurityProbes,
    /// Failures that are known and borne for a while.
    pub accept: Vec<Accepted>,
    /// What is played; everything when left out.
    #[serde(skip_serializing)]
    pub selection: Selection,
    /// Where the report goes.
    #[serde(skip_serializing)]
    #[schemars(extend("default" = "reports"))]
    pub report_dir: ReportDir,
    /// Whether the other cases are played though the probe was refused.
    #[serde(skip_serializing)]
    #[schemars(extend("default" = "no"))]
    pub keep_going: KeepGoing,
    /// How a run is shown while it lasts.
    #[serde(skip_serializing)]
    #[schemars(extend("default" = "auto"))]
    pub progress: Progress,
}

/// What the subject is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Subject {
    /// Its name, for reports.
    pub name: String,
    /// Its version, for reports.
    pub version: String,
}

/// Where a target is, and what it knows us by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Target {
    /// The target system URL (6.1): where the LMS takes collects.
    pub url: String,
    /// system-user-id (6.2.13), sent with every collect when the target knows us.
    pub system_user_id: Option<String>,
    /// system-password (6.2.14), sent with every collect when the target knows us.
    pub system_password: Option<Secret>,
    /// HTTP headers that are sent with every collect; their values are masked in all that is recorded.
    pub headers: BTreeMap<String, Secret>,
}

/// The values of a plain collect (6.2) that are the operator's to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The file of a course of your own, beside the profile, which the sample transaction stream and `mock client`
    /// offer in the place of a built-in one: up to 512 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
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
            package: None,
            id_namespace: "http://penspec.example/".to_owned(),
        }
    }
}

/// Whether tolerances count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// What a ruling tolerates is a warning.
    #[default]
    Tolerant,
    /// What a ruling tolerates is a break.
    Strict,
}

/// How many transactions may be in flight; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MaxInFlight(pub NonZeroUsize);

impl Default for MaxInFlight {
    fn default() -> Self {
        Self(NonZeroUsize::MIN.saturating_add(7))
    }
}

/// The directory of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportDir(pub String);

impl Default for ReportDir {
    fn default() -> Self {
        Self("reports".to_owned())
    }
}

/// Whether the other cases are played though the probe was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeepGoing {
    /// They are.
    Yes,
    /// They are not.
    #[default]
    No,
}

/// How a run is shown while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// On a terminal a line that is written anew, with the case that lasts longest; plain with --verbose, else not at all.
    #[default]
    Auto,
    /// A line for each case as it ends.
    Plain,
    /// Each entry of the transcript as it comes.
    JsonLines,
    /// Not at all.
    None,
}

impl Profile {
    /// Whether what peers send comes through a tunnel that ends TLS before a listener of plain HTTP.
    #[must_use]
    pub fn is_behind_a_tunnel(&self) -> bool {
        let Advertise { http, https, ftp: _, mail_domain: _ } = &self.advertise;
        let is_secure = |url: &String| url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
        let has_no_listener = match self.listen.https {
            Port::Off => true,
            Port::At(ListenAt(at)) => at.port() == 0,
        };
        http.as_ref().is_some_and(is_secure) || https.is_some() && has_no_listener
    }
}

/// The JSON Schema of a profile, draft 2020-12.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::yaml::generate::<Profile>().to_value()
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

    #[test]
    fn what_a_run_is_told_stays_out_of_the_transcript() {
        let value = serde_json::to_value(Profile::default()).unwrap();
        for key in ["selection", "report-dir", "keep-going", "progress"] {
            assert!(value.get(key).is_none(), "{key}");
        }
    }
}
