//! FTP by our own hand where the dialogue is evidence: a server that offers what it is told to, right or wrong on
//! purpose and without a file system, and a client that takes one file.

pub mod address;
mod command;
mod control;
mod data;
pub mod event;
pub mod fetch;
pub mod house;
pub mod listen;
mod path;
mod protect;
mod session;
#[cfg(test)]
mod tests;
mod transfer;

pub use address::Address;
pub use event::{Asked, Event, How, Link, Side, Transfer, Upshot};
pub use fetch::{Errand, FetchLimits, fetch};
pub use house::{Admission, Boxed, Channel, Found, House, Limits, Login, Offered, Passive, Security};
pub use listen::{Listener, serve_stream};
