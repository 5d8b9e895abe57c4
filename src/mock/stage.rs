//! Offers packages: what the staging area answers, address by address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::wire::http::{Payload, Reply};

/// A package to offer.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub payload: Payload,
}

/// The packages on offer, by the token of their transaction.
#[derive(Default)]
pub struct Stage(Mutex<HashMap<String, Reply>>);

impl Package {
    /// The answer that hands the package over.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let content_type =
            if self.name.to_ascii_lowercase().ends_with(".xml") { "text/xml" } else { "application/zip" };
        Reply::with_body(200, content_type, self.payload.clone())
    }
}

impl Stage {
    /// Puts an answer on offer.
    pub fn offer(&self, token: &str, reply: Reply) {
        self.offers().insert(token.to_owned(), reply);
    }

    /// The answer for a token; 404 where nothing is on offer.
    #[must_use]
    pub fn answer(&self, token: &str) -> Reply {
        self.offers().get(token).cloned().unwrap_or_else(|| Reply::new(404))
    }

    fn offers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Reply>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
