//! One numbering of connections and exchanges, shared by all that listens and all that sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers given so far; each kind starts at 1 and never repeats.
#[derive(Debug, Default)]
pub struct Numbers {
    connections: AtomicU64,
    exchanges: AtomicU64,
}

impl Numbers {
    /// A fresh numbering, ready to be shared.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        Arc::default()
    }

    /// The next connection's number.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The next exchange's number.
    pub fn next_exchange(&self) -> u64 {
        self.exchanges.fetch_add(1, Ordering::Relaxed) + 1
    }
}
