//! Bytes and sockets. Knows nothing of PENS.

pub mod excerpt;
pub mod ftp;
pub mod http;
pub mod numbers;
mod serving;
pub mod smtp;
pub mod tls;

pub use numbers::Numbers;
pub use serving::Serving;
