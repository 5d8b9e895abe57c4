//! Whom we trust when we connect, and what we show of ourselves there.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::identity::{certificates, private_key};
use super::{TlsError, provider};

/// Whom we trust: the machine's own roots, and more where there are more.
#[derive(Debug, Default)]
pub struct Trust {
    more: Vec<CertificateDer<'static>>,
    own: Option<Own>,
    /// Whose certificates are not looked at.
    unchecked: Unchecked,
    /// The roots of the machine are read when they are needed first.
    checked: OnceLock<Result<Arc<ClientConfig>, String>>,
}

/// Whose certificates are not looked at.
#[derive(Debug, Default)]
enum Unchecked {
    #[default]
    Nobodys,
    OfHost(String),
    Anybodys,
}

/// A certificate of ours and its key, PEM.
#[derive(Debug, Clone)]
struct Own {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Trust {
    /// Trusts the CAs of this PEM, too.
    ///
    /// # Errors
    /// When there is no certificate in it.
    pub fn and(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.more.extend(certificates(pem)?);
        Ok(self)
    }

    /// Shows this certificate where one is asked for; both are PEM.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn showing(mut self, chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        certificates(chain)?;
        private_key(key)?;
        self.own = Some(Own { chain: chain.to_vec(), key: key.to_vec() });
        Ok(self)
    }

    /// Takes any certificate of this one host.
    #[must_use]
    pub fn without_check_of(self, host: &str) -> Self {
        Self { unchecked: Unchecked::OfHost(host.to_owned()), ..self }
    }

    /// Takes any certificate of anybody.
    #[must_use]
    pub fn without_check(self) -> Self {
        Self { unchecked: Unchecked::Anybodys, ..self }
    }

    /// What a connection to a host is made with.
    pub(super) fn config(&self, host: &str) -> Result<Arc<ClientConfig>, String> {
        let is_unchecked = match &self.unchecked {
            Unchecked::Nobodys => false,
            Unchecked::OfHost(unchecked) => host.eq_ignore_ascii_case(unchecked),
            Unchecked::Anybodys => true,
        };
        if is_unchecked {
            return self.unchecked().map(Arc::new).map_err(|error| error.to_string());
        }
        let made = || self.checked().map(Arc::new).map_err(|error| error.to_string());
        self.checked.get_or_init(made).clone()
    }

    fn checked(&self) -> Result<ClientConfig, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(native().iter().cloned());
        roots.add_parsable_certificates(self.more.iter().cloned());
        // A machine without roots trusts nobody: that shows as a certificate that is not taken.
        let verifier: Arc<dyn ServerCertVerifier> = if roots.is_empty() {
            Arc::new(Nobody)
        } else {
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?
        };
        self.with(verifier)
    }

    fn unchecked(&self) -> Result<ClientConfig, TlsError> {
        self.with(Arc::new(Anybody))
    }

    fn with(&self, verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, TlsError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &self.own {
            None => builder.with_no_client_auth(),
            Some(own) => builder.with_client_auth_cert(certificates(&own.chain)?, private_key(&own.key)?)?,
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// The roots of the machine, read once.
fn native() -> &'static [CertificateDer<'static>] {
    static NATIVE: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    NATIVE.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

/// Takes whatever certificate a peer shows; that it has the key is checked.
#[derive(Debug)]
struct Anybody;

/// Takes no certificate at all.
#[derive(Debug)]
struct Nobody;

macro_rules! with_signatures {
    ($verifier:ty, $outcome:expr) => {
        impl ServerCertVerifier for $verifier {
            fn verify_server_cert(
                &self,
                _: &CertificateDer<'_>,
                _: &[CertificateDer<'_>],
                _: &ServerName<'_>,
                _: &[u8],
                _: UnixTime,
            ) -> Result<ServerCertVerified, rustls::Error> {
                $outcome
            }

            fn verify_tls12_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signed: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                let known = provider().signature_verification_algorithms;
                rustls::crypto::verify_tls12_signature(message, certificate, signed, &known)
            }

            fn verify_tls13_signature(
                &self,
                message: &[u8],
                certificate: &CertificateDer<'_>,
                signed: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                let known = provider().signature_verification_algorithms;
                rustls::crypto::verify_tls13_signature(message, certificate, signed, &known)
            }

            fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
                provider().signature_verification_algorithms.supported_schemes()
            }
        }
    };
}

with_signatures!(Anybody, Ok(ServerCertVerified::assertion()));
with_signatures!(Nobody, Err(rustls::CertificateError::UnknownIssuer.into()));
