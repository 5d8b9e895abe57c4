//! What comes to the URLs that were given out: which transaction it belongs to, and what it is for.

use super::entry::Purpose;
use crate::pens::{Command, CommandFlaw, Flaw, Pair};
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

/// Takes the pairs of a query out of a command, each once, with whatever flaws they have.
pub(super) fn without_own_query(command: &mut Command, flaws: &mut Vec<Flaw<CommandFlaw>>, own: &str) {
    for pair in Command::read_query(own.as_bytes()).0.pairs {
        let is_same =
            |other: &Pair| (&other.name, &other.value, other.bare) == (&pair.name, &pair.value, pair.bare);
        let Some(at) = command.pairs.iter().position(is_same) else { continue };
        let start = command.pairs[at].offset;
        let end = command.pairs.get(at + 1).map_or(usize::MAX, |next| next.offset);
        flaws.retain(|flaw| flaw.kind == CommandFlaw::EmptyElement || !(start..end).contains(&flaw.offset));
        command.pairs.remove(at);
    }
}
