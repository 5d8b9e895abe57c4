//! HTTP/1.x by our own hand where bytes are evidence: lenient reading, answers whole or wrong on
//! purpose, and a sending side that keeps every byte of both directions.

pub mod address;
pub mod body;
mod chunked;
mod connect;
mod connection;
mod deliver;
pub mod event;
pub mod flaw;
mod gather;
pub mod head;
pub mod headers;
mod hearing;
mod incoming;
mod link;
pub mod listen;
pub mod outgoing;
pub mod reply;
mod room;
pub mod route;
pub mod send;
pub mod tap;
#[cfg(test)]
mod tests;

pub use address::{Address, AddressError};
pub use body::{Framing, decode};
pub use event::{Delivered, Event, How, Request};
pub use flaw::{Flaw, FlawKind};
pub use head::{RequestHead, ResponseHead};
pub use headers::{Header, Headers};
pub use listen::{Limits, Listener, serve_stream};
pub use outgoing::Outgoing;
pub use reply::{Cut, Delivery, Drip, LineEnds, Manner, Payload, Reply, Telling, Version};
pub use route::{Route, Way};
pub use send::{Ended, Exchange, SendLimits, send};
