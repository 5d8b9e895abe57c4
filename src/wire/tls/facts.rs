//! What is seen of a handshake: the agreed version and cipher suite, the names that were asked for, and what ended it.

use std::io;

use rustls::{AlertDescription, CertificateError, CommonState, InvalidMessage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was seen of a handshake; what did not come to be is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The version of TLS, `TLSv1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The cipher suite, by its name in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// The server name that the client asked for (SNI).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// The application protocol that was agreed (ALPN).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// What ended the handshake before it was through, or the connection for its sake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What ended a handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Of what kind it is.
    pub kind: FailureKind,
    /// The alert, or what else was the case, in words.
    pub told: String,
}

/// Of what kind the end of a handshake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// An alert of the peer's: it does not take our certificate.
    CertificateRefused,
    /// Another alert of the peer's.
    Alert,
    /// We do not take the certificate of the peer.
    Certificate,
    /// The peer sent something else than TLS.
    NotTls,
    /// The peer ended the connection.
    Cut,
    /// The peer fell silent.
    Slow,
    /// The two sides could not agree, or one of them erred.
    Other,
}

impl Facts {
    pub(super) fn of(state: &CommonState, server_name: Option<&str>) -> Self {
        let alpn = state.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        Self {
            version: state.protocol_version().and_then(|version| version.as_str()).map(dotted),
            cipher: state
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str().map(str::to_owned)),
            server_name: server_name.map(str::to_owned),
            alpn,
            failure: None,
        }
    }

    pub(in crate::wire) fn failed(kind: FailureKind, told: impl Into<String>) -> Self {
        Self { failure: Some(Failure { kind, told: told.into() }), ..Self::default() }
    }
}

/// `TLSv1_3` as it is mostly written.
fn dotted(version: &str) -> String {
    version.replace('_', ".")
}

impl Failure {
    /// What an error of a stream under TLS says of the peer.
    pub(super) fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let (kind, told) = match (inner, error.kind()) {
            (Some(rustls::Error::AlertReceived(alert)), _) => of_alert(*alert),
            (Some(rustls::Error::InvalidCertificate(error)), _) => {
                (FailureKind::Certificate, of_certificate(error))
            }
            (Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)), _) => {
                (FailureKind::NotTls, "what came is no TLS".to_owned())
            }
            (Some(other), _) => (FailureKind::Other, other.to_string()),
            (None, io::ErrorKind::UnexpectedEof) => {
                (FailureKind::Cut, "the connection was closed within the handshake".to_owned())
            }
            (None, _) => (FailureKind::Cut, format!("the connection broke within the handshake: {error}")),
        };
        Self { kind, told }
    }
}

fn of_alert(alert: AlertDescription) -> (FailureKind, String) {
    let refuses = matches!(
        alert,
        AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
    );
    let name = alert.as_str().unwrap_or("unknown");
    (if refuses { FailureKind::CertificateRefused } else { FailureKind::Alert }, format!("alert {name}"))
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        // An issuer that is called as one who is trusted, and is another, has signed with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted here has issued the certificate".to_owned()
        }
        other => format!("the certificate cannot be used: {other}"),
    }
}
