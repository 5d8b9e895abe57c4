//! What comes to the URLs that were given out: which transaction it belongs to, and what it is for.

use super::entry::Purpose;
use crate::wire::http::RequestHead;

/// The token in one of our URLs, and what the URL is for: the segment behind the token says it, whatever prefix
/// a tunnel puts in front.
#[must_use]
pub fn purpose_of(target: &[u8], is_token: impl Fn(&str) -> bool) -> Option<(String, Purpose)> {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let path = String::from_utf8_lossy(path);
    let mut segments = path.split('/');
    let token = segments.by_ref().find(|segment| is_token(segment))?.to_owned();
    // Behind package stands a name of the scenario's choice; behind the others nothing was given out.
    let purpose = match (segments.next()?, segments.next()) {
        ("package", _) => Purpose::Download,
        ("receipt", None) => Purpose::Receipt,
        ("alerts", None) => Purpose::Alert,
        _ => return None,
    };
    Some((token, purpose))
}

/// Whether a request can carry a command.
#[must_use]
pub fn is_read(head: &RequestHead) -> bool {
    matches!(head.method.as_str(), "GET" | "POST")
}
