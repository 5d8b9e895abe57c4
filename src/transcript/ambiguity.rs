//! Messages of HTTP of which two readers make two different things.

use super::entry::Party;
use super::transaction::Exchange;
use crate::wire::http::{Flaw, FlawKind, Framing};

impl Exchange {
    /// What is said in two ways of where the subject's half of it ends, with its entry: such a message is read in one of them, and a
    /// reader that is not as patient gives it up (RFC 9112, 6.3).
    #[must_use]
    pub fn ambiguity(&self) -> Option<(u64, String)> {
        let (entry, flaws) = match self.by {
            Party::Subject => (self.request.entry, Framing::of_request(&self.request_head).1),
            Party::Mock => {
                let (response, head) = (self.response.as_ref()?, self.response_head.as_ref()?);
                (response.entry, Framing::of_response(&self.request_head.method, head).1)
            }
        };
        let is_one = |flaw: &&Flaw| {
            matches!(
                flaw.kind,
                FlawKind::BadContentLength | FlawKind::DifferingContentLengths | FlawKind::LengthAndEncoding
            )
        };
        flaws.iter().find(is_one).map(|flaw| (entry, flaw.kind.to_string()))
    }
}
