//! A collect that came to an address of a mock target, and what is done about it.

use std::net::IpAddr;
use std::time::Duration;

use super::duty::callback;
use super::visit::Visit;
use crate::pens::{Code, Command};
use crate::transcript::entry::Purpose;

/// A collect as it was heard, its secrets readable.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The transaction that it begins.
    pub transaction: String,
    /// Its elements.
    pub command: Command,
    /// Who sent it.
    pub sender: IpAddr,
    /// The code of the answer that it deserves.
    pub deserves: Code,
}

impl Heard {
    /// A receipt or an alert about this collect, as the specification's sample prints it (A.1.1).
    #[must_use]
    pub fn callback(&self, name: &str, error: Code, text: &str) -> Command {
        callback(&self.command, name, error, text)
    }

    pub(super) fn visit<'a>(
        &'a self,
        url: &'a str,
        purpose: Purpose,
        limits: (Duration, Duration),
    ) -> Visit<'a> {
        Visit { url, transaction: &self.transaction, purpose, sender: self.sender, limits }
    }
}
