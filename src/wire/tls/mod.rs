//! TLS under the recorded streams: certificates, handshakes, and what is seen of them.

pub mod authority;
pub mod facts;
mod handshake;
pub mod identity;
#[cfg(test)]
mod tests;
pub mod trust;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

pub use authority::Authority;
pub use facts::{Facts, Failure, FailureKind};
pub(in crate::wire) use handshake::{HANDSHAKE, Noted, accept, answer, connect, connect_for_ftp};
pub use identity::Identity;
pub use trust::Trust;

/// What cannot be used as a certificate, a key or a list of roots.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// There is no certificate in it.
    #[error("there is no certificate in it: it must be PEM, with a line of BEGIN CERTIFICATE")]
    NoCertificate,
    /// There is no key in it.
    #[error("there is no private key in it: it must be PEM, with a line of BEGIN PRIVATE KEY")]
    NoKey,
    /// Certificate and key do not do together.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// A certificate of our own could not be made.
    #[error("no certificate can be made: {0}")]
    NotMade(#[from] rcgen::Error),
}

/// The one provider of cryptography.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
