//! `stage`: a package put where the target can take it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::mock::client::Offering;
pub use crate::mock::listening::{Callbacks, Transport};
use crate::mock::stage::{Credentials, Moved, Package, Staged, Stays};
use crate::pens::Element;
use crate::profile::{Profile, Size};
use crate::scenario::player::{Current, CutShort, Play, WantsAlerts};
use crate::scenario::wrong::Wrong;
use crate::transcript::entry::Offer;

/// Which package is offered, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stage {
    /// The package, by the name of its file; `course` is the one that the profile names, or scorm12-minimal.zip.
    pub package: String,
    /// What later steps call the transaction that begins here, where a case has several.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// The size that it is grown to by a file of zeros, still an archive.
    #[serde(default)]
    pub padded_to: Option<Padded>,
    /// What is uncommon in the path of its URL.
    #[serde(default)]
    pub path: Option<Path>,
    /// The credentials that are asked for before it is given.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// The protocol it is offered over.
    #[serde(default)]
    pub over: Transport,
    /// The protocol that receipts and alerts are to come over.
    #[serde(default)]
    pub callbacks: Callbacks,
    /// What goes wrong when it is fetched.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// A size that a package is grown to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padded {
    /// One byte more than the quota of the profile: `over-quota`.
    OverQuota,
    /// So many bytes: `100 MB`.
    To(Size),
}

impl<'de> Deserialize<'de> for Padded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "over-quota" {
            return Ok(Self::OverQuota);
        }
        text.parse().map(Self::To).map_err(de::Error::custom)
    }
}

impl JsonSchema for Padded {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Padded".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(over-quota|[0-9]+ ?(B|kB|KiB|MB|MiB|GB|GiB))$" })
    }
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

/// What stands raw in the segment of a path (RFC 3986, unreserved).
const WITHIN_A_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Stage {
    /// Puts the package on offer under addresses of its own: a new transaction begins.
    pub(in crate::scenario) fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let missing = || CutShort::NoPackage(self.package.clone());
        let package = play.hand.packages.named(&self.package).ok_or_else(missing)?;
        let package = self.grown(package, &play.hand.profile)?;
        let offer = self.wrong.iter().map(Wrong::offer).fold(Offer::Whole, worse);
        let staged = served(&package, self.auth.as_ref().map(Auth::credentials), &self.wrong);
        // A file of the user's own may be called anything.
        let name = utf8_percent_encode(&package.name, WITHIN_A_SEGMENT).to_string();
        let path = self.path.as_ref().map_or_else(|| name.clone(), |path| path.of(&name));
        let offering = Offering {
            scenario: &play.scenario,
            package: package.name.clone(),
            path,
            staged,
            offer,
            over: self.over,
            callbacks: self.callbacks,
        };
        let begun = play.hand.mock.client()?.begin(&play.hand.profile, offering)?;
        play.transactions.push(Current {
            begun,
            name: self.name.clone(),
            slot: None,
            wants_alerts: WantsAlerts::Yes,
            auth: self.auth.clone(),
        });
        Ok(())
    }
}

/// What the staging area answers for a package that is served like this.
pub(in crate::scenario) fn served(package: &Package, guard: Option<Credentials>, wrong: &[Wrong]) -> Staged {
    let mut reply = package.reply();
    for wrong in wrong {
        wrong.apply_to_reply(&mut reply);
    }
    let moved = wrong.iter().find_map(|wrong| match wrong {
        Wrong::Redirect(to) if wrong.offer() == Offer::Uncommon => {
            Some(Moved { to: to.clone(), reply: package.reply() })
        }
        _ => None,
    });
    let tls = wrong.iter().find_map(Wrong::tls).unwrap_or_default();
    Staged { reply, guard, moved, stays: Stays::default(), tls }
}

/// Of two ways to answer for a package, the one that gives less of it.
fn worse(one: Offer, other: Offer) -> Offer {
    let rank = |offer| {
        [Offer::Whole, Offer::Uncommon, Offer::Wrong, Offer::Silent].iter().position(|it| *it == offer)
    };
    if rank(one) < rank(other) { other } else { one }
}

impl Stage {
    fn grown(&self, package: Package, profile: &Profile) -> Result<Package, CutShort> {
        let size = match self.padded_to {
            None => return Ok(package),
            Some(Padded::To(size)) => size.0,
            Some(Padded::OverQuota) => profile.claims.quota.ok_or(CutShort::NoQuota)?.0 + 1,
        };
        Ok(package.padded_to(size)?)
    }
}

impl Path {
    /// The path of a package with this file name.
    pub(in crate::scenario) fn of(&self, name: &str) -> String {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let extension = self.extension.as_deref().unwrap_or(extension);
        let dot = if extension.is_empty() { "" } else { "." };
        let directory = self.escapes.as_ref().map_or_else(String::new, |segment| format!("{segment}/"));
        let query = self.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
        format!("{directory}{stem}{dot}{extension}{query}")
    }
}

impl Auth {
    /// What is asked for before the package is given.
    pub(in crate::scenario) fn credentials(&self) -> Credentials {
        Credentials {
            user: self.user.clone(),
            password: self.password.clone().unwrap_or_default(),
            account: self.given_account().map(str::to_owned),
        }
    }

    fn given_account(&self) -> Option<&str> {
        self.account.as_deref().filter(|account| !account.is_empty())
    }

    /// The elements with which a collect hands the credentials over.
    pub(in crate::scenario) fn elements(&self) -> Vec<(Element, &str)> {
        let account = self.given_account().map(|account| (Element::PackageUrlAccount, account));
        let password = self.password.as_deref().map(|password| (Element::PackageUrlPassword, password));
        [(Element::PackageUrlUserId, self.user.as_str())].into_iter().chain(account).chain(password).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_as_uncommon_as_it_is_asked_for() {
        let check = |query: Option<&str>, extension: Option<&str>, escapes: Option<&str>, expected: &str| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let path = Path { query: owned(query), extension: owned(extension), escapes: owned(escapes) };
            assert_eq!(path.of("course.zip"), expected);
        };
        check(None, None, None, "course.zip");
        check(Some("a=1&b=2"), None, None, "course.zip?a=1&b=2");
        check(None, Some("ZIP"), Some("my%20course"), "my%20course/course.ZIP");
        check(None, Some(""), None, "course");
    }
}
