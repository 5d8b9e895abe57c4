//! Offers packages: what the staging area answers, address by address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::Deserialize;

use super::listening::Transport;
use crate::transcript::entry::Purpose;
use crate::transcript::grouping::purpose_of;
use crate::wire::ftp::{Admission, Asked, Channel, Found, Login, Offered, Transfer};
use crate::wire::http::{Payload, Reply, Request};

/// A package to offer.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub payload: Payload,
}

/// What the staging area answers for one package.
#[derive(Debug, Clone)]
pub struct Staged {
    /// The answer to whoever may have it.
    pub reply: Reply,
    /// Who may have it; everybody when left out.
    pub guard: Option<Credentials>,
    /// Where the answer sends whoever asks, and what lies there.
    pub moved: Option<Moved>,
    /// How long the package is there.
    pub stays: Stays,
    /// What its server makes of TLS.
    pub tls: TlsUse,
}

/// What a staging server makes of TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsUse {
    /// What the URL says.
    #[default]
    AsTold,
    /// Of FTP: it gives the package over TLS alone, whatever the URL says.
    Demanded,
    /// Of https: it speaks none.
    Missing,
}

/// How long a package is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stays {
    /// As long as the client itself.
    #[default]
    Always,
    /// Until the collect that offers it goes out.
    UntilSent,
    /// Until it has been fetched once.
    UntilFetched,
    /// Until a receipt comes, whatever that says.
    UntilReceipt,
}

/// What lies where a redirect leads.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The path behind the package's directory.
    pub to: String,
    /// The answer there.
    pub reply: Reply,
}

/// A user, a password and an account (package-url-user-id, -password and -account).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// The account, which FTP alone knows.
    pub account: Option<String>,
}

/// The packages on offer, by the token of their transaction.
#[derive(Default)]
pub struct Stage(Mutex<HashMap<String, OnOffer>>);

/// A package on offer.
#[derive(Clone)]
struct OnOffer {
    over: Transport,
    staged: Staged,
}

impl OnOffer {
    fn is_by_ftp(&self) -> bool {
        matches!(self.over, Transport::Ftp | Transport::Ftps)
    }

    /// Whether a connection is as it is offered over: what is offered over TLS is given over nothing else.
    fn goes_over(&self, channel: Channel) -> bool {
        match channel {
            Channel::Clear => self.over != Transport::Ftps && self.staged.tls != TlsUse::Demanded,
            Channel::Secured => true,
        }
    }
}

impl Package {
    /// The answer that hands the package over.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let content_type =
            if self.name.to_ascii_lowercase().ends_with(".xml") { "text/xml" } else { "application/zip" };
        Reply::with_body(200, content_type, self.payload.clone())
    }
}

impl Stage {
    /// Puts a package on offer.
    pub fn offer(&self, token: &str, over: Transport, staged: Staged) {
        self.offers().insert(token.to_owned(), OnOffer { over, staged });
    }

    /// Whether anything is on offer over a transport.
    #[must_use]
    pub fn offers_over(&self, over: Transport) -> bool {
        self.offers().values().any(|offer| offer.over == over)
    }

    /// Whether a token is one of ours.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        self.offers().contains_key(token)
    }

    /// The answer to a request for the package of a token: 405 to whoever does not ask for it, 404 where nothing is
    /// on offer, 401 to whoever comes without the right credentials.
    #[must_use]
    pub fn answer(&self, token: &str, request: &Request) -> Reply {
        if !matches!(request.head.method.as_str(), "GET" | "HEAD") {
            return not_allowed();
        }
        let staged = self.offers().get(token).filter(|offer| !offer.is_by_ftp()).cloned();
        let Some(OnOffer { staged, .. }) = staged else { return Reply::new(404) };
        let given = request.head.headers.get("authorization").unwrap_or_default();
        if staged.guard.is_some_and(|credentials| !credentials.are(given)) {
            return challenge();
        }
        self.withdraw(token, Stays::UntilFetched);
        match staged.moved {
            Some(moved) if leads_to(&request.head.target, &moved.to) => moved.reply,
            Some(_) | None => staged.reply,
        }
    }

    /// Takes the package of a token away if it stays no longer than this.
    pub fn withdraw(&self, token: &str, stays: Stays) {
        let mut offers = self.offers();
        let staged = offers.get_mut(token).map(|offer| &mut offer.staged);
        if let Some(staged) = staged.filter(|staged| staged.stays == stays) {
            (staged.reply, staged.moved) = (gone(), None);
        }
    }

    /// Whether a login over FTP is right: guests are let in, and who is named by the guard of a package that is on
    /// offer, with its password and its account; over TLS alone if that is what the package is offered over.
    #[must_use]
    pub fn admit(&self, login: &Login, over: Channel) -> Admission {
        if is_guest(&login.user) {
            return Admission::Granted;
        }
        let offers = self.offers();
        let guarded = offers.values().filter(|offer| offer.is_by_ftp());
        let guarded = guarded.filter_map(|offer| Some((offer, offer.staged.guard.as_ref()?)));
        let judged = guarded.filter(|(_, guard)| guard.user == login.user).map(|(offer, guard)| {
            if offer.goes_over(over) { guard.judge(login) } else { Admission::TlsNeeded }
        });
        let rank = |admission: &Admission| match admission {
            Admission::Refused => 0,
            Admission::TlsNeeded => 1,
            Admission::AccountNeeded => 2,
            Admission::Granted => 3,
        };
        judged.max_by_key(rank).unwrap_or(Admission::Refused)
    }

    /// What is at a path over FTP: the package of the token in it, for whoever its guard lets in.
    #[must_use]
    pub fn find(&self, login: &Login, over: Channel, path: &str) -> Found {
        let Some((token, Purpose::Download)) = purpose_of(path.as_bytes(), |token| self.knows(token)) else {
            return Found::Missing;
        };
        let offer = self.offers().get(&token).filter(|offer| offer.is_by_ftp()).cloned();
        if offer.as_ref().is_some_and(|offer| !offer.goes_over(over)) {
            return Found::TlsNeeded;
        }
        match offer.map(|offer| offer.staged) {
            None => Found::Missing,
            Some(Staged { guard: Some(guard), .. }) if guard.judge(login) != Admission::Granted => {
                Found::Guarded
            }
            Some(staged) => Found::File(Offered::of(&staged.reply)),
        }
    }

    /// The token of the package that was asked for over FTP: it stands in the path, or the user is its guard's.
    #[must_use]
    pub fn asked_for(&self, transfer: &Transfer) -> Option<String> {
        match &transfer.asked {
            Asked::File(path) => Some(purpose_of(path, |token| self.knows(token))?.0),
            Asked::Login => {
                let offers = self.offers();
                let is_named = |offer: &OnOffer| {
                    let guard = offer.staged.guard.as_ref();
                    offer.is_by_ftp() && guard.is_some_and(|guard| guard.user == transfer.user)
                };
                let mut named = offers.iter().filter(|(_, offer)| is_named(offer)).map(|(token, _)| token);
                // Of two packages with one user neither can be told.
                named.next().filter(|_| named.next().is_none()).cloned()
            }
        }
    }

    fn offers(&self) -> std::sync::MutexGuard<'_, HashMap<String, OnOffer>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody logs in as those do who have no credentials (RFC 1635).
pub(super) fn is_guest(user: &str) -> bool {
    ["", "anonymous", "ftp"].iter().any(|guest| user.eq_ignore_ascii_case(guest))
}

impl Credentials {
    /// Whether a login over FTP has them.
    fn judge(&self, login: &Login) -> Admission {
        let is_user = self.user == login.user && login.password.as_deref() == Some(&self.password);
        match (&self.account, &login.account) {
            _ if !is_user => Admission::Refused,
            (None, _) => Admission::Granted,
            (Some(_), None) => Admission::AccountNeeded,
            (Some(due), Some(given)) if due == given => Admission::Granted,
            (Some(_), Some(_)) => Admission::Refused,
        }
    }

    /// Whether an `Authorization` header has them; the name of the scheme is in any letter case (RFC 2617, 1.2).
    fn are(&self, given: &[u8]) -> bool {
        let given = String::from_utf8_lossy(given);
        let (scheme, value) = given.trim().split_once(' ').unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic") && self.basic().ends_with(&format!(" {}", value.trim()))
    }

    /// The value of an `Authorization` header (RFC 2617, 2).
    #[must_use]
    pub fn basic(&self) -> String {
        format!("Basic {}", BASE64.encode(format!("{}:{}", self.user, self.password)))
    }
}

fn leads_to(target: &[u8], moved_to: &str) -> bool {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    path.ends_with(format!("/{moved_to}").as_bytes())
}

fn gone() -> Reply {
    Reply::with_body(404, "text/plain", "this package was here and has been removed\n")
}

fn not_allowed() -> Reply {
    let mut reply = Reply::with_body(405, "text/plain", "a package is fetched by GET\n");
    reply.headers.push(("Allow".to_owned(), "GET, HEAD".to_owned()));
    reply
}

fn challenge() -> Reply {
    let mut reply =
        Reply::with_body(401, "text/plain", "this package is for those with the right credentials\n");
    reply.headers.push(("WWW-Authenticate".to_owned(), "Basic realm=\"penspec staging\"".to_owned()));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, password: &str, account: Option<&str>) -> Login {
        let account = account.map(str::to_owned);
        Login { user: user.to_owned(), password: Some(password.to_owned()), account }
    }

    fn stage() -> Stage {
        let stage = Stage::default();
        let package = Package { name: "a.zip".to_owned(), payload: Payload::from("PK") };
        let guard =
            Credentials { user: "tk".to_owned(), password: "pw".to_owned(), account: Some("A-7".to_owned()) };
        for (token, over, guard) in [
            ("t-1", Transport::Http, None),
            ("t-2", Transport::Ftp, None),
            ("t-3", Transport::Ftp, Some(guard)),
            (
                "t-4",
                Transport::Ftps,
                Some(Credentials { user: "sk".to_owned(), password: "pw".to_owned(), account: None }),
            ),
            ("t-5", Transport::Ftps, None),
        ] {
            stage.offer(
                token,
                over,
                Staged {
                    reply: package.reply(),
                    guard,
                    moved: None,
                    stays: Stays::default(),
                    tls: TlsUse::default(),
                },
            );
        }
        stage
    }

    #[test]
    fn a_login_over_ftp_is_that_of_a_guest_or_of_a_guard() {
        let check = |login: Login, expected| {
            assert_eq!(stage().admit(&login, Channel::Clear), expected, "{login:?}");
        };
        check(login("anonymous", "me@", None), Admission::Granted);
        check(login("tk", "pw", None), Admission::AccountNeeded);
        check(login("tk", "pw", Some("A-7")), Admission::Granted);
        check(login("tk", "pw", Some("A-8")), Admission::Refused);
        check(login("tk", "no", Some("A-7")), Admission::Refused);
        check(login("root", "pw", None), Admission::Refused);
        check(login("sk", "pw", None), Admission::TlsNeeded);
        check(login("sk", "no", None), Admission::TlsNeeded);
        assert_eq!(stage().admit(&login("sk", "pw", None), Channel::Secured), Admission::Granted);
        assert_eq!(stage().admit(&login("sk", "no", None), Channel::Secured), Admission::Refused);
    }

    #[test]
    fn a_package_is_found_over_what_it_is_offered_over_alone() {
        let (stage, guest) = (stage(), login("anonymous", "me@", None));
        let found_over = |login: &Login, over, path| match stage.find(login, over, path) {
            Found::File(_) => "file",
            Found::Missing => "missing",
            Found::Guarded => "guarded",
            Found::TlsNeeded => "over TLS",
        };
        let found = |login: &Login, path| found_over(login, Channel::Clear, path);
        assert_eq!(found(&guest, "/t-1/package/a.zip"), "missing");
        assert_eq!(found(&guest, "/t-2/package/a.zip"), "file");
        assert_eq!(found(&guest, "/t-2/receipt"), "missing");
        assert_eq!(found(&guest, "/t-3/package/a.zip"), "guarded");
        assert_eq!(found(&login("tk", "pw", Some("A-7")), "/t-3/package/a.zip"), "file");
        assert_eq!(found(&guest, "/etc/passwd"), "missing");
        assert_eq!(found(&guest, "/t-5/package/a.zip"), "over TLS");
        assert_eq!(found_over(&guest, Channel::Secured, "/t-5/package/a.zip"), "file");
        assert_eq!(found_over(&guest, Channel::Secured, "/t-4/package/a.zip"), "guarded");
    }
}
