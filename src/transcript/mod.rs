//! What happened: entries in order, byte for byte, and the transactions that they form. Nothing is judged here.

mod ambiguity;
mod asked;
pub mod at_hand;
pub mod bytes;
pub mod callback;
pub mod canary;
mod ending;
pub mod entry;
pub mod file;
mod ftp;
mod given_out;
pub mod grouping;
mod kept;
pub mod mail;
pub mod mail_grouping;
mod mailed;
pub mod mask;
pub mod protocol;
pub mod recorder;
pub mod share;
mod spans;
pub mod transaction;
mod weight;

pub use bytes::{Body, Bytes};
pub use callback::{Callback, CallbackUrl};
pub use entry::{Ending, Entry, Header, Party, What};
pub use kept::Room;
pub use mail::MailSeen;
pub use recorder::Recorder;
pub use transaction::{Evidence, Exchange, Handshake, Message, Transaction};
pub use weight::weight;

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
