//! Offers packages: what the staging area answers, address by address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::Deserialize;

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

/// A user and a password (package-url-user-id and package-url-password).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

/// The packages on offer, by the token of their transaction.
#[derive(Default)]
pub struct Stage(Mutex<HashMap<String, Staged>>);

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
    pub fn offer(&self, token: &str, staged: Staged) {
        self.offers().insert(token.to_owned(), staged);
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
        let Some(staged) = self.offers().get(token).cloned() else { return Reply::new(404) };
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
        if let Some(staged) = self.offers().get_mut(token).filter(|staged| staged.stays == stays) {
            (staged.reply, staged.moved) = (gone(), None);
        }
    }

    fn offers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Staged>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credentials {
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
