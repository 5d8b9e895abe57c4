//! An answer to a command: what it says as PENS, and how HTTP carries it.

use crate::pens::{Code, Response};
use crate::wire::http::Reply;

/// An answer to a collect, a receipt or an alert.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The answer as PENS.
    pub response: Response,
    /// How HTTP carries it; its body is that of `response` unless `body` is given.
    pub reply: Reply,
    /// The body in place of `response`.
    pub body: Option<Vec<u8>>,
}

impl Answer {
    /// A conforming answer with this code.
    #[must_use]
    pub fn new(code: Code, text: &str) -> Self {
        Self {
            response: Response::new(code, text),
            reply: Reply::with_body(200, "text/plain", ""),
            body: None,
        }
    }

    /// What a conforming target says of a collect that this code is due to.
    #[must_use]
    pub(super) fn conforming(code: Code) -> Self {
        let usual = "collect command received and understood";
        let text = if code == Code::NO_ERROR { usual } else { code.known().map_or(usual, |row| row.name) };
        Self::new(code, text)
    }

    /// The answer as it is sent.
    #[must_use]
    pub fn written(&self) -> Reply {
        let body = self.body.clone().unwrap_or_else(|| self.response.write());
        Reply { body: body.into(), ..self.reply.clone() }
    }
}
