//! What happened: entries in order, byte for byte, and the transactions that they form. Nothing is judged here.

mod asked;
pub mod at_hand;
pub mod bytes;
mod ending;
pub mod entry;
pub mod file;
mod ftp;
mod given_out;
pub mod grouping;
pub mod mail;
pub mod mail_grouping;
mod mailed;
pub mod mask;
pub mod protocol;
pub mod recorder;
pub mod share;
mod spans;
pub mod transaction;

pub use bytes::{Body, Bytes};
pub use entry::{Ending, Entry, Header, Party, What};
pub use mail::MailSeen;
pub use recorder::{Recorder, Room};
pub use transaction::{Callback, CallbackUrl, Evidence, Exchange, Handshake, Message, Transaction};

/// A whole record: its first line, its entries and, unless it was cut off, its last line.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Tool, role, profile and selection: what was about to happen.
    pub header: Header,
    /// What happened, numbered from 1 without gaps.
    pub entries: Vec<std::sync::Arc<Entry>>,
    /// How the run ended; `None` when the record stops without saying so.
    pub ending: Option<Ending>,
}
