//! `stage`: a package put where the target can take it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::mock::client::Offering;
use crate::scenario::player::{Current, CutShort, Play, WantsAlerts};
use crate::scenario::wrong::Wrong;
use crate::transcript::entry::Offer;

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

impl Stage {
    /// Puts the package on offer under addresses of its own: a new transaction begins.
    pub(in crate::scenario) fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        if self.over != Transport::Http {
            return Err(CutShort::Unsupported(format!("staging over {:?}", self.over).to_lowercase()));
        }
        if self.path.is_some() || self.auth.is_some() {
            return Err(CutShort::Unsupported("staging with path or auth".to_owned()));
        }
        let package =
            (play.hand.packages)(&self.package).ok_or_else(|| CutShort::NoPackage(self.package.clone()))?;
        let mut reply = package.reply();
        for wrong in &self.wrong {
            wrong.apply_to_reply(&mut reply);
        }
        let offer = if self.wrong.is_empty() { Offer::Whole } else { Offer::Wrong };
        let offering = Offering { scenario: &play.scenario, package: &self.package, reply, offer };
        let begun = play.hand.client.begin(&play.hand.profile, offering);
        play.current = Some(Current { begun, wants_alerts: WantsAlerts::Yes });
        Ok(())
    }
}
