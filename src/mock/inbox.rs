//! Hears commands: acknowledges what comes to a receipt or alerts URL.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::pens::{Code, Element, Response};
use crate::transcript::entry::Purpose;
use crate::transcript::grouping::read_command_of;
use crate::wire::http::{Reply, Request};

/// The acknowledgements that differ from the conforming one, by the token of their transaction.
#[derive(Default)]
pub struct Inbox(Mutex<HashMap<String, Reply>>);

impl Inbox {
    /// Receipts of this transaction are acknowledged like this from now on.
    pub fn prepare(&self, token: &str, acknowledgement: Reply) {
        self.prepared().insert(token.to_owned(), acknowledgement);
    }

    /// The answer to what came to a callback URL of a transaction.
    #[must_use]
    pub fn answer(&self, token: &str, purpose: Purpose, request: &Request) -> Reply {
        let prepared = match purpose {
            Purpose::Receipt => self.prepared().get(token).cloned(),
            Purpose::Alert | Purpose::Collect | Purpose::Download => None,
        };
        prepared.unwrap_or_else(|| acknowledge(request))
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, HashMap<String, Reply>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer that a conforming client gives: in the RSP format, 0 because the command was taken.
fn acknowledge(request: &Request) -> Reply {
    let (command, _) = read_command_of(&request.head, &request.payload);
    let response = match command.get(Element::Command) {
        Some(name @ ("receipt" | "alert")) => {
            Response::new(Code::NO_ERROR, &format!("{name} command received and understood"))
        }
        Some(_) => Response::new(Code::COMMAND, "only receipt and alert are understood here"),
        None => Response::new(Code::NO_COMMAND, "command parameter missing"),
    };
    Reply::with_body(200, "text/plain", response.write())
}
