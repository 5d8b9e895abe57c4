//! Signatures of bundles, as the program minisign makes them: checked here, never made.

use minisign_verify::{PublicKey, Signature};

use crate::transcript::bytes::visible;

/// Why a signature does not speak for a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsigned {
    /// The key is none.
    #[error(
        "the key is no public key of minisign: {0}; give the file minisign.pub, or the line in it that begins with RW"
    )]
    Key(String),
    /// The signature is none.
    #[error("it is no signature of minisign: {0}; sign the bundle with `minisign -Sm FILE`")]
    Signature(String),
    /// The signature is of another file, or by another key.
    #[error("the signature is not that of this file by this key: {0}")]
    Mismatch(String),
}

/// Checks a signature by a public key, which is given as the key itself or as the text of its file; gives what the
/// signer says in the trusted comment.
pub(crate) fn check(bytes: &[u8], signature: &str, key: &str) -> Result<String, Unsigned> {
    let key = key.trim();
    let read = if key.contains('\n') { PublicKey::decode(key) } else { PublicKey::from_base64(key) };
    let key = read.map_err(|error| Unsigned::Key(error.to_string()))?;
    let signature = Signature::decode(signature).map_err(|error| Unsigned::Signature(error.to_string()))?;
    key.verify(bytes, &signature, true).map_err(|error| Unsigned::Mismatch(error.to_string()))?;
    Ok(visible(signature.trusted_comment()))
}
