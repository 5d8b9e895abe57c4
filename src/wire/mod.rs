//! Bytes and sockets. Knows nothing of PENS.

pub mod excerpt;
pub mod http;
pub mod numbers;
pub mod smtp;

pub use numbers::Numbers;
