//! SMTP by our own hand on the receiving side: a sink that takes mail for mailboxes of its own, keeps its bytes and
//! passes nothing on.

mod data;
mod dialogue;
mod event;
mod lines;
mod link;
mod listen;
mod session;
#[cfg(test)]
mod tests;

pub use event::{Ended, Event, Flaw, How, Mail, Recipient};
pub use listen::{Admission, Admit, Limits, Sink, serve_stream};
