//! A certificate and its key, as a side of TLS shows them.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{TlsError, provider};

/// What a listener shows of itself.
#[derive(Debug, Clone)]
pub struct Identity(pub(super) Arc<ServerConfig>);

impl Identity {
    /// Reads a chain of certificates, the listener's own first, and its key, both PEM.
    ///
    /// # Errors
    /// When one of them is not there, or they do not belong together.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::of(certificates(chain)?, private_key(key)?)
    }

    /// The same for a listener at which no application protocol is agreed.
    #[must_use]
    pub fn without_protocols(&self) -> Self {
        let mut config = ServerConfig::clone(&self.0);
        config.alpn_protocols.clear();
        Self(Arc::new(config))
    }

    pub(super) fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
    if found.is_empty() { Err(TlsError::NoCertificate) } else { Ok(found) }
}

pub(super) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::NoKey)
}
