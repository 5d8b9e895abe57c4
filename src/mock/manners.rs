//! What a mock target does otherwise than a conforming one, and what it knows of those who send to it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::ftp::{AccountUse, DataUse};
use super::listening::Transport;
use super::mail_manners::MailManners;
use super::mailer::Mailing;
use super::stage::Credentials;
use super::target::{Heard, Plan};
use crate::pens::Element;
use crate::profile::{Claim, Profile};

/// How a mock target behaves; by default as a conforming one that knows nobody and takes everything.
pub struct Manners {
    /// Elements whose absence is not noticed.
    pub overlooks: Vec<Element>,
    /// Elements whose values are taken whatever they are.
    pub accepts: Vec<Element>,
    /// Elements that are read as if they were not there.
    pub ignores: Vec<Element>,
    /// Which of several faults is told.
    pub tells: Tells,
    /// The system-user-id and system-password that are right; any are taken when left out.
    pub knows: Option<Credentials>,
    /// What becomes of a collect without a system-password.
    pub without_password: WithoutPassword,
    /// The query that the target system URL has of its own: what stands in it is no element (A.1 note).
    pub own_query: String,
    /// The size from which packages are refused, in bytes.
    pub quota: Option<u64>,
    /// How long a staging server may keep silent.
    pub patience: Duration,
    /// What a HEAD with a collect's query brings about.
    pub head: Head,
    /// What the same collect brings about when it comes again.
    pub repeated: Repeated,
    /// Where mail is handed over.
    pub mailing: Mailing,
    /// What is otherwise in mails than it should be.
    pub mails: MailManners,
    /// What a `+` in the body of a collect is kept as, once its answer is found.
    pub body_plus: BodyPlus,
    /// Alterations of every plan, in order.
    pub habits: Vec<Habit>,
}

/// An alteration of a plan.
pub type Habit = Box<dyn Fn(&Heard, &mut Plan) + Send + Sync>;

/// Which of several faults is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tells {
    /// The one with the highest code (6.3 Rationale).
    #[default]
    Highest,
    /// The one with the lowest.
    Lowest,
}

/// What becomes of a collect whose system-password is absent or empty (6.2.14).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutPassword {
    /// It is let in.
    #[default]
    LetIn,
    /// Its sender is asked for one.
    Prompted,
}

/// What a HEAD with a collect's query brings about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// An answer without a body, and nothing else.
    #[default]
    Harmless,
    /// All that a GET would.
    Heeded,
}

/// What the same collect brings about when it comes again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeated {
    /// All that it did the first time.
    #[default]
    Processed,
    /// An answer, and nothing else.
    Ignored,
}

/// What a `+` in the body of a collect is kept as, once its answer is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyPlus {
    /// A space, as in any form.
    #[default]
    Space,
    /// A plus.
    Plus,
}

/// Something that a target does for a collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It answers.
    Answer,
    /// It fetches the package.
    Fetch,
    /// It sends the receipt.
    Receipt,
    /// It sends the alerts.
    Alerts,
}

/// What an acknowledgement that is not as it should be brings about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IllAcknowledged {
    /// Nothing: the package is there.
    #[default]
    Borne,
    /// The package is given up, and an alert says so.
    GivesUp,
}

/// How a package is fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetching {
    /// What becomes of a redirect.
    #[serde(default)]
    pub redirects: Redirects,
    /// What becomes of package-url.
    #[serde(default)]
    pub url: UrlUse,
    /// What is looked at in what was fetched.
    #[serde(default)]
    pub contents: Contents,
    /// What becomes of a URL of the `file` scheme.
    #[serde(default)]
    pub files: Files,
    /// What becomes of a URL of the `https` scheme.
    #[serde(default)]
    pub https: Https,
    /// What becomes of a URL of the `ftp` scheme.
    #[serde(default)]
    pub ftp: FtpUse,
    /// What becomes of a URL of the `ftps` scheme.
    #[serde(default)]
    pub ftps: FtpUse,
    /// How the file itself comes over FTPS.
    #[serde(default)]
    pub data: DataUse,
    /// What becomes of package-url-account.
    #[serde(default)]
    pub account: AccountUse,
}

/// What becomes of a URL of the `https` scheme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Https {
    /// It is fetched.
    #[default]
    Fetched,
    /// It is told with 1302 and not looked at.
    Unsupported,
    /// It is fetched; a handshake that fails ends the work on the collect, and nothing is told.
    Unreported,
}

/// What becomes of a package-url of the `ftp` or the `ftps` scheme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FtpUse {
    /// The package is fetched.
    #[default]
    Fetched,
    /// That it is not supported is told, as it should be (5).
    Refused,
    /// Nothing is fetched, and nothing is told.
    Ignored,
    /// Nothing is fetched, and the package is reported as collected.
    Claimed,
}

/// What becomes of a redirect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Redirects {
    /// It is followed, a few times.
    #[default]
    Followed,
    /// It counts as a failure.
    Refused,
    /// Its body counts as the package.
    Taken,
}

/// What is looked at in what was fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contents {
    /// The archive is opened.
    #[default]
    Opened,
    /// Nothing: it is stored as it came.
    Stored,
}

/// What becomes of package-url before it is fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UrlUse {
    /// Nothing.
    #[default]
    AsGiven,
    /// Its query is dropped.
    WithoutQuery,
    /// Its letters are put in lower case.
    LowerCase,
    /// Its escapes are taken back.
    Decoded,
}

/// What becomes of a package-url that names a local file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Files {
    /// It is refused.
    #[default]
    Refused,
    /// It is reported as collected; nothing is read even so.
    Claimed,
}

impl Manners {
    /// Those of a target that conforms and is as a profile describes it: it knows whom the profile says it knows, wants
    /// a password where the profile claims so, and has the quota and the query of its own that are named there.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let Profile { target, claims, .. } = profile;
        let knows = target.system_user_id.as_ref().zip(target.system_password.as_ref());
        let without_password = match claims.password_required {
            Some(Claim::Yes) => WithoutPassword::Prompted,
            Some(Claim::No) | None => WithoutPassword::LetIn,
        };
        Self {
            knows: knows.map(|(user, password)| Credentials {
                user: user.clone(),
                password: password.reveal().to_owned(),
                account: None,
            }),
            without_password,
            own_query: target.url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
            quota: claims.quota.map(|size| size.0),
            habits: [(claims.ftp, Transport::Ftp), (claims.ftps, Transport::Ftps)]
                .into_iter()
                .filter(|(claim, _)| *claim == Some(Claim::No))
                .map(|(_, over)| without(over))
                .collect(),
            mailing: Mailing::of(&profile.mail),
            ..Self::default()
        }
    }
}

/// The habit of a target that does not fetch by FTP, or by FTPS, and says so as it has to (5).
fn without(over: Transport) -> Habit {
    Box::new(move |_, plan| match over {
        Transport::Ftp => plan.fetching.ftp = FtpUse::Refused,
        Transport::Ftps => plan.fetching.ftps = FtpUse::Refused,
        // By the first two every target fetches, and by mail none.
        Transport::Http | Transport::Https | Transport::Mail => {}
    })
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            overlooks: Vec::new(),
            accepts: Vec::new(),
            ignores: Vec::new(),
            tells: Tells::default(),
            knows: None,
            without_password: WithoutPassword::default(),
            own_query: String::new(),
            quota: None,
            patience: Duration::from_secs(5),
            head: Head::default(),
            repeated: Repeated::default(),
            mailing: Mailing::default(),
            mails: MailManners::default(),
            body_plus: BodyPlus::default(),
            habits: Vec::new(),
        }
    }
}
