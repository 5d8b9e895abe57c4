//! Hears commands: acknowledges what comes to a receipt or alerts URL.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::pens::{Code, Element, Response};
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
}

impl Inbox {
    /// Receipts of this transaction are acknowledged like this from now on.
    pub fn prepare(&self, token: &str, acknowledgement: Reply) {
        lock(&self.prepared).insert(token.to_owned(), acknowledgement);
    }

    /// From now on a callback about a package that was never offered is refused, as a client does that knows its own.
    pub fn refuse_unknown(&self) {
        lock(&self.offered).get_or_insert_default();
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
        prepared.unwrap_or_else(|| self.acknowledge(request))
    }

    /// The answer that a conforming client gives: in the RSP format, 0 because the command was taken.
    fn acknowledge(&self, request: &Request) -> Reply {
        let (command, _) = read_command_of(&request.head, &request.payload);
        let id = command.get(Element::PackageId).unwrap_or_default();
        let is_unknown = lock(&self.offered).as_ref().is_some_and(|offered| !offered.contains(id));
        let response = match command.get(Element::Command) {
            Some("receipt" | "alert") if is_unknown => {
                Response::new(Code::NO_PACKAGE_ID, "no package of this package-id was offered")
            }
            Some(name @ ("receipt" | "alert")) => {
                Response::new(Code::NO_ERROR, &format!("{name} command received and understood"))
            }
            Some(_) => Response::new(Code::COMMAND, "only receipt and alert are understood here"),
            None => Response::new(Code::NO_COMMAND, "command parameter missing"),
        };
        Reply::with_body(200, "text/plain", response.write())
    }
}

/// A panic elsewhere leaves the value whole: each is changed in one step.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
