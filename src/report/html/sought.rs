//! Which exchange an entry of the transcript belongs to.

use std::collections::HashMap;

use crate::run::Run;
use crate::transcript::{Exchange, Transaction};

/// The exchanges of a run by the numbers of their entries.
pub(super) struct Sought<'a>(HashMap<u64, &'a Exchange>);

impl<'a> Sought<'a> {
    /// All of a run, what was not asked for included.
    pub(super) fn of(run: &'a Run) -> Self {
        let evidence = &run.evidence;
        let all = evidence.transactions.iter().flat_map(exchanges).chain(&evidence.strays);
        Self(all.flat_map(|exchange| entries(exchange).map(move |entry| (entry, exchange))).collect())
    }

    /// The exchange that an entry belongs to.
    pub(super) fn exchange(&self, entry: u64) -> Option<&'a Exchange> {
        self.0.get(&entry).copied()
    }
}

/// The exchanges of a transaction.
pub(super) fn exchanges(transaction: &Transaction) -> impl Iterator<Item = &Exchange> {
    let callbacks = transaction.callbacks.iter().map(|callback| &callback.exchange);
    transaction.collects.iter().chain(&transaction.downloads).chain(callbacks)
}

/// The entries of an exchange.
pub(super) fn entries(exchange: &Exchange) -> impl Iterator<Item = u64> {
    let answer = exchange.response.as_ref().map(|response| response.entry);
    [Some(exchange.request.entry), answer, exchange.ended_entry].into_iter().flatten()
}
