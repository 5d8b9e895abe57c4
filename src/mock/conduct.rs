//! What a mock client does otherwise than a conforming one: how it offers its package, publishes and acknowledges.

use super::answer::Answer;
use super::client::{Binding, Message, Offering, Saying, bind};
use super::duty::{rewritten, without_query};
use super::saying::{OwnQuery, Replacement};
use crate::pens::{Command, Encode};
use crate::transcript::entry::{Purpose, TransactionBegun};
use crate::wire::http::{Address, AddressError, Outgoing};
use std::time::Duration;

/// How a mock client behaves; by default as a conforming one.
#[derive(Default)]
pub struct Conduct {
    /// Alterations of what is offered, in order.
    pub offers: Vec<Offers>,
    /// Alterations of every collect, in order.
    pub says: Vec<Says>,
    /// Alterations of every acknowledgement, in order.
    pub acknowledges: Vec<Acknowledges>,
}

/// An alteration of what is offered; the number is that of the transaction, from 1.
pub type Offers = Box<dyn Fn(u64, &mut Offering<'_>) + Send + Sync>;

/// An alteration of a collect.
pub type Says = Box<dyn Fn(&mut Publication) + Send + Sync>;

/// An alteration of an acknowledgement.
pub type Acknowledges = Box<dyn Fn(&Called<'_>, &mut Answer) + Send + Sync>;

/// A collect that is about to be sent.
pub struct Publication {
    /// Where it goes.
    pub target_url: String,
    /// What it says.
    pub command: Command,
    /// What goes out in place of the command, byte for byte.
    pub raw: Option<Vec<u8>>,
    /// What is replaced in the query or urlencoded body once it is written.
    pub replaced: Vec<Replacement>,
    /// How it is bound to HTTP.
    pub binding: Binding,
    /// How its values are written.
    pub encode: Encode,
    /// Headers besides the usual ones.
    pub headers: Vec<(String, String)>,
    /// What becomes of the query that the target system URL has already.
    pub query: OwnQuery,
    /// A package-id that no other transaction has.
    pub fresh_id: String,
}

/// A receipt or an alert as a mock client hears it.
pub struct Called<'a> {
    /// Which of the two URLs it came to.
    pub purpose: Purpose,
    /// The HTTP method.
    pub method: &'a str,
    /// Whether it came in parts or as a query.
    pub form: Form,
    /// What it says.
    pub command: &'a Command,
    /// How many have come to that URL, this one counted.
    pub nth: u32,
    /// Whose package it is about.
    pub package: Whose,
    /// Whether it came for the latest publishing.
    pub publishing: Turn,
}

/// The form of a command over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A query or an urlencoded body.
    Query,
    /// A multipart body.
    Multipart,
}

/// Which publishing of a client a callback came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The one that began last.
    Latest,
    /// One after which another began.
    Overtaken,
}

/// Whose package a callback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One that this client offered.
    Offered,
    /// One that it knows nothing of.
    Unknown,
}

impl Publication {
    /// The collect of a transaction as it was asked for.
    pub(super) fn of(begun: &TransactionBegun, target_url: &str, saying: &Saying<'_>) -> Self {
        let (command, raw) = match saying.message {
            Message::Command(command) => (command.clone(), None),
            Message::Raw(bytes) => (Command::default(), Some(bytes.to_vec())),
        };
        Self {
            target_url: target_url.to_owned(),
            command,
            raw,
            replaced: Vec::new(),
            binding: saying.binding,
            encode: saying.encode,
            headers: saying.headers.to_vec(),
            query: OwnQuery::default(),
            fresh_id: begun.package_id.clone(),
        }
    }

    /// The request that says it.
    pub(super) fn outgoing(&self) -> Result<Outgoing, AddressError> {
        let given = Address::of(&self.target_url)?;
        let address = match self.query {
            OwnQuery::Kept | OwnQuery::SecondMark => given,
            OwnQuery::Dropped => without_query(given),
        };
        let written = self.written();
        let message = match self.binding {
            Binding::Multipart if self.raw.is_none() => Message::Command(&self.command),
            Binding::Get | Binding::Post | Binding::Head | Binding::Multipart => Message::Raw(&written),
        };
        let (binding, encode, headers) = (self.binding, self.encode, self.headers.as_slice());
        let behind_a_second_mark = [&address.target[..], b"?", &written].concat();
        let saying = Saying { message, binding, encode, headers, limit: Duration::ZERO };
        let outgoing = bind(address, &saying);
        Ok(match (self.query, self.binding) {
            (OwnQuery::SecondMark, Binding::Get | Binding::Head) => {
                Outgoing { target: behind_a_second_mark, ..outgoing }
            }
            (OwnQuery::SecondMark, Binding::Post | Binding::Multipart)
            | (OwnQuery::Kept | OwnQuery::Dropped, _) => outgoing,
        })
    }

    fn written(&self) -> Vec<u8> {
        let written = self.raw.clone().unwrap_or_else(|| self.command.write_query(self.encode));
        rewritten(written, &self.replaced)
    }
}
