//! What TLS shows and trusts, in both directions.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Certificates, by the names of their files beside the profile, each PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Tls {
    /// The certificate that the listener of HTTPS shows, with its chain; one of penspec's own CA when left out.
    pub certificate: Option<String>,
    /// The key of that; in the same file when left out.
    pub key: Option<String>,
    /// CAs that are trusted besides those of this machine when penspec connects.
    pub trust: Option<String>,
    /// The certificate that penspec shows when the peer asks for one.
    pub client_certificate: Option<String>,
    /// The key of that; in the same file when left out.
    pub client_key: Option<String>,
    /// Whether any certificate of the subject is taken: every report says so.
    pub insecure_skip_verify: InsecureSkipVerify,
}

/// Whether any certificate of the subject is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InsecureSkipVerify {
    /// It is.
    Yes,
    /// It is not.
    #[default]
    No,
}

impl Tls {
    /// The same, its files named as seen from where the profile is not.
    pub fn lie_in(&mut self, directory: &Path) {
        let Self { certificate, key, trust, client_certificate, client_key, insecure_skip_verify: _ } = self;
        for file in [certificate, key, trust, client_certificate, client_key].into_iter().flatten() {
            *file = directory.join(&*file).display().to_string();
        }
    }
}
