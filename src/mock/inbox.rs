//! Hears commands: acknowledges what comes to a receipt or alerts URL.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::answer::Answer;
use super::conduct::{Called, Conduct, Form, Turn, Whose};
use crate::pens::{Code, Command, Element};
use crate::transcript::entry::Purpose;
use crate::transcript::grouping::read_command_of;
use crate::wire::http::{Reply, Request};

/// What is known of the callbacks to come.
#[derive(Default)]
pub struct Inbox {
    /// The acknowledgements that differ from the conforming one, by the token of their transaction.
    prepared: Mutex<HashMap<String, Reply>>,
    /// The package-ids that were offered, where others are refused.
    offered: Mutex<Option<HashSet<String>>>,
    /// How many callbacks have come, by the token of their transaction and the URL that they came to.
    heard: Mutex<HashMap<(String, Purpose), u32>>,
    /// The token of the transaction that began last.
    latest: Mutex<String>,
    conduct: OnceLock<Arc<Conduct>>,
}

impl Inbox {
    /// Receipts of this transaction are acknowledged like this from now on.
    pub fn prepare(&self, token: &str, acknowledgement: Reply) {
        lock(&self.prepared).insert(token.to_owned(), acknowledgement);
    }

    /// From now on what is acknowledged is altered by this conduct; the first that is given stays.
    pub(super) fn behave(&self, conduct: Arc<Conduct>) {
        self.conduct.get_or_init(|| conduct);
    }

    /// From now on a callback about a package that was never offered is refused, as a client does that knows its own.
    pub fn refuse_unknown(&self) {
        lock(&self.offered).get_or_insert_default();
    }

    /// A transaction begins.
    pub(super) fn begin(&self, token: &str) {
        token.clone_into(&mut lock(&self.latest));
    }

    /// A package-id that is offered.
    pub fn offer(&self, package_id: &str) {
        if let Some(offered) = lock(&self.offered).as_mut() {
            offered.insert(package_id.to_owned());
        }
    }

    /// The answer to what came to a callback URL of a transaction.
    #[must_use]
    pub fn answer(&self, token: &str, purpose: Purpose, request: &Request) -> Reply {
        let prepared = match purpose {
            Purpose::Receipt => lock(&self.prepared).get(token).cloned(),
            Purpose::Alert | Purpose::Collect | Purpose::Download => None,
        };
        prepared.unwrap_or_else(|| self.acknowledge(token, purpose, request).written())
    }

    fn acknowledge(&self, token: &str, purpose: Purpose, request: &Request) -> Answer {
        let (command, _) = read_command_of(&request.head, &request.payload);
        let package = self.whose(&command);
        let mut answer = conforming(&command, package);
        let called = Called {
            purpose,
            method: &request.head.method,
            form: form_of(request),
            command: &command,
            nth: self.count(token, purpose),
            package,
            publishing: if *lock(&self.latest) == token { Turn::Latest } else { Turn::Overtaken },
        };
        let habits = self.conduct.get().map(|conduct| conduct.acknowledges.as_slice()).unwrap_or_default();
        for alter in habits {
            alter(&called, &mut answer);
        }
        answer
    }

    fn whose(&self, command: &Command) -> Whose {
        let id = command.get(Element::PackageId).unwrap_or_default();
        let is_known = lock(&self.offered).as_ref().is_none_or(|offered| offered.contains(id));
        if is_known { Whose::Offered } else { Whose::Unknown }
    }

    fn count(&self, token: &str, purpose: Purpose) -> u32 {
        let mut heard = lock(&self.heard);
        let count = heard.entry((token.to_owned(), purpose)).or_default();
        *count += 1;
        *count
    }
}

/// The answer that a conforming client gives: in the RSP format, 0 because the command was taken.
fn conforming(command: &Command, package: Whose) -> Answer {
    match (command.get(Element::Command), package) {
        (Some("receipt" | "alert"), Whose::Unknown) => {
            Answer::new(Code::NO_PACKAGE_ID, "no package of this package-id was offered")
        }
        (Some(name @ ("receipt" | "alert")), Whose::Offered) => {
            Answer::new(Code::NO_ERROR, &format!("{name} command received and understood"))
        }
        (Some(_), _) => Answer::new(Code::COMMAND, "only receipt and alert are understood here"),
        (None, _) => Answer::new(Code::NO_COMMAND, "command parameter missing"),
    }
}

fn form_of(request: &Request) -> Form {
    let kind = request.head.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with(b"multipart/") { Form::Multipart } else { Form::Query }
}

/// A panic elsewhere leaves the value whole: each is changed in one step.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
