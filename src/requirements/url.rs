//! URLs that were given to a target, and what became of them: the path, the escapes, the query of its own.

use super::echo::without_needless_escapes;
use super::seen::{CommandSeen, TransactionSeen};
use super::verdict::{Finding, Outcome};
use crate::pens::Element;
use crate::transcript::transaction::Exchange;
use crate::transcript::{Callback, CallbackUrl, Transaction};

/// A URL behind the host: what a request for it asks for.
struct Asked {
    path: String,
    query: Option<String>,
}

impl Asked {
    /// Of a URL as it was given, or of a request's target, which may be a whole URL (a proxy's form).
    fn of(text: &str) -> Self {
        // A path may have a URL in its query: only what does not begin like a path is a whole URL itself.
        let behind_host = match text.split_once("://").filter(|_| !text.starts_with('/')) {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => text,
        };
        let (path, query) = match behind_host.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (behind_host, None),
        };
        Self { path: without_needless_escapes(path), query: query.map(without_needless_escapes) }
    }

    fn by(exchange: &Exchange) -> Self {
        Self::of(&String::from_utf8_lossy(&exchange.request_head.target))
    }

    /// Whether the paths are the same; what a tunnel puts in front or takes away does not count.
    fn leads_as(&self, given: &Self) -> bool {
        let is_within = |long: &str, short: &str| long.ends_with(short) && short.matches('/').count() >= 2;
        self.path == given.path || is_within(&given.path, &self.path) || is_within(&self.path, &given.path)
    }
}

/// MSG-010: what becomes of a callback URL that has a query already.
pub(super) fn own_query(transaction: &Transaction, callback: &Callback) -> Option<Outcome> {
    let exchange = &callback.exchange;
    let own = given(transaction, callback)?.query?;
    let asked = Asked::by(exchange).query.unwrap_or_default();
    let finding = |message: &str| {
        let finding = Finding::new(message).seen_in([exchange.request.entry]);
        finding
            .comparing(format!("?{own}&command=...").as_bytes(), format!("?{}", shortened(&asked)).as_bytes())
    };
    let rest = asked.strip_prefix(own.as_str());
    let is_post = exchange.request_head.method == "POST";
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with('&') => Some(Outcome::Keeps),
        Some(rest) if rest.starts_with('?') => {
            Some(Outcome::Breaks(finding("the command was put behind a second question mark")))
        }
        // The query of the URL may as well stand behind the command, or in the middle of it.
        _ if own.split('&').all(|pair| asked.split('&').any(|other| other == pair)) => Some(Outcome::Keeps),
        // RCT-007 tells it.
        _ if is_post && callback.sent_to == CallbackUrl::Receipt => None,
        _ => Some(Outcome::Breaks(finding("the query that the URL has of its own was lost"))),
    }
}

/// RCT-007: a callback goes to its URL as it was given; a query of its own is MSG-010's where the command is put to it.
pub(super) fn callback_url_intact(seen: &CommandSeen) -> Option<Outcome> {
    let exchange = &seen.callback.exchange;
    let given = given(seen.transaction, seen.callback).or_else(|| given_receipt(seen.transaction))?;
    let asked = Asked::by(exchange);
    let is_post = exchange.request_head.method == "POST" && exchange.request.body.length > 0;
    let keeps_query = !is_post || given.query == asked.query;
    if asked.leads_as(&given) && keeps_query {
        return Some(Outcome::Keeps);
    }
    let written = |asked: &Asked| match &asked.query {
        Some(query) if is_post => format!("{}?{}", asked.path, shortened(query)),
        _ => asked.path.clone(),
    };
    let finding = Finding::new("the receipt was not sent to the URL as it was given");
    let finding = finding.comparing(written(&given).as_bytes(), written(&asked).as_bytes());
    Some(Outcome::Breaks(finding.seen_in([exchange.request.entry])))
}

fn given_receipt(transaction: &Transaction) -> Option<Asked> {
    transaction.command.as_ref()?.get(Element::Receipt).map(Asked::of)
}

fn given(transaction: &Transaction, callback: &Callback) -> Option<Asked> {
    let element = match callback.sent_to {
        CallbackUrl::Receipt => Element::Receipt,
        CallbackUrl::Alerts => Element::Alerts,
        CallbackUrl::Other => return None,
    };
    transaction.command.as_ref()?.get(element).map(Asked::of)
}

/// PKG-007: what is fetched is package-url as it was given, or where the staging area sent the target on to.
pub(super) fn package_url_intact(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(url) = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl)) else {
        return Vec::new();
    };
    let given = Asked::of(url);
    let moved = transaction.downloads.iter().filter_map(|download| {
        let location = download.response_head.as_ref()?.headers.get("location")?;
        Some(Asked::of(&String::from_utf8_lossy(location)))
    });
    let moved: Vec<Asked> = moved.collect();
    let is_given = |asked: &Asked| {
        [&given].into_iter().chain(&moved).any(|other| asked.leads_as(other) && asked.query == other.query)
    };
    let mut fetches = transaction.fetches().peekable();
    if fetches.peek().is_none() {
        return Vec::new();
    }
    let altered = fetches.find(|fetch| !is_given(&Asked::by(fetch)));
    vec![altered.map_or(Outcome::Keeps, |fetch| {
        let finding = Finding::new("the package was asked for at another URL than the one given");
        let (expected, received) =
            (written(url), written(&String::from_utf8_lossy(&fetch.request_head.target)));
        let finding = finding.comparing(expected.as_bytes(), received.as_bytes());
        Outcome::Breaks(finding.seen_in([fetch.request.entry]))
    })]
}

fn written(url: &str) -> String {
    let asked = Asked::of(url);
    asked.query.map_or(asked.path.clone(), |query| format!("{}?{query}", asked.path))
}

fn shortened(query: &str) -> String {
    const SHOWN: usize = 80;
    match query.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}...", &query[..cut]),
        None => query.to_owned(),
    }
}
