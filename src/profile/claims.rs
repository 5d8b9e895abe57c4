//! What a subject says of itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::size::Size;

/// What the subject says of itself; what is left out is unsaid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Claims {
    /// Whether it fetches packages over https.
    pub https: Option<Claim>,
    /// Whether it takes commands by POST.
    pub post: Option<Claim>,
    /// Whether it fetches packages over ftp.
    pub ftp: Option<Claim>,
    /// Whether it fetches packages over ftps.
    pub ftps: Option<Claim>,
    /// Whether it sends receipts and alerts by mail.
    pub mailto: Option<Claim>,
    /// Whether it sends alerts.
    pub alerts: Option<Claim>,
    /// The package-types that it takes; unsaid: the profile's own.
    pub package_types: Option<Vec<String>>,
    /// Whether it wants a system-password.
    pub password_required: Option<Claim>,
    /// Whether it opens the packages that it fetches.
    pub opens_package: Option<Claim>,
    /// The size from which it refuses packages.
    pub quota: Option<Size>,
    /// As a client: whether it publishes through a browser.
    pub browser_window: Option<Claim>,
}

/// What is said of an ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// It is there.
    Yes,
    /// It is not.
    No,
}

/// Whether security probes are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityProbes {
    /// They are.
    On,
    /// They are not.
    #[default]
    Off,
}

impl Claims {
    /// Whether a package-type is among those that are claimed; the profile's own where none are named.
    #[must_use]
    pub fn take(&self, package_type: &str, own: &str) -> bool {
        match &self.package_types {
            Some(types) => types.iter().any(|taken| taken == package_type),
            None => package_type == own,
        }
    }

    /// Whether it is said that a package-type is not taken.
    #[must_use]
    pub fn deny(&self, package_type: &str) -> bool {
        self.package_types.as_ref().is_some_and(|types| types.iter().all(|taken| taken != package_type))
    }
}
