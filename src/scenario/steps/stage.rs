//! `stage`: a package put where the target can take it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::wrong::Wrong;

/// Which package is offered, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stage {
    /// The package, by the name of its file.
    pub package: String,
    /// What is uncommon in the path of its URL.
    #[serde(default)]
    pub path: Option<Path>,
    /// The credentials that are asked for before it is given.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// The protocol it is offered over.
    #[serde(default)]
    pub over: Transport,
    /// What goes wrong when it is fetched.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// What is uncommon in the path of a package's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Path {
    /// A query behind the path, without its question mark: `a=1&b=2`.
    #[serde(default)]
    pub query: Option<String>,
    /// Another extension of the file, without its dot; empty for none.
    #[serde(default)]
    pub extension: Option<String>,
    /// A segment with percent-escapes, put into the path as it stands: `my%20course`.
    #[serde(default)]
    pub escapes: Option<String>,
}

/// The credentials that guard a package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Auth {
    /// The user, package-url-user-id.
    pub user: String,
    /// The password, package-url-password.
    #[serde(default)]
    pub password: Option<String>,
    /// The account, package-url-account, which FTP alone knows.
    #[serde(default)]
    pub account: Option<String>,
}

/// The protocol a package is offered over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// FTP.
    Ftp,
    /// FTP over TLS.
    Ftps,
}
