//! URLs that were given to a target, and what became of them: the path, the escapes, the query of its own.

use super::echo::without_needless_escapes;
use super::seen::{CommandSeen, TransactionSeen};
use super::verdict::{Finding, Outcome};
use crate::pens::Element;
use crate::transcript::entry::Party;
use crate::transcript::{Callback, CallbackUrl, Exchange, Transaction};

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
            Some((_, rest)) => rest.find(['/', '?']).map_or("", |at| &rest[at..]),
            None => text,
        };
        let (path, query) = match behind_host.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (behind_host, None),
        };
        let path = if path.is_empty() { "/" } else { path };
        Self { path: without_needless_escapes(path), query: query.map(without_needless_escapes) }
    }

    fn by(exchange: &Exchange) -> Self {
        Self::of(&String::from_utf8_lossy(&exchange.request_head.target))
    }

    /// Whether the paths are the same; what a tunnel puts in front or takes away does not count.
    fn leads_as(&self, given: &Self) -> bool {
        let is_within = |long: &str, short: &str| {
            let before = long.strip_suffix(short).filter(|before| !before.ends_with('/'));
            before.is_some() && short.matches('/').count() >= 2
        };
        self.path == given.path || is_within(&given.path, &self.path) || is_within(&self.path, &given.path)
    }
}

/// MSG-010: what becomes of a callback URL that has a query already.
pub(super) fn own_query(transaction: &Transaction, callback: &Callback) -> Option<Outcome> {
    let own = given(transaction, callback)?.query?;
    let is_post = callback.exchange.request_head.method == "POST";
    match own_query_kept(&callback.exchange, &own) {
        // RCT-007 tells it.
        OwnQuery::Lost(_) if is_post && callback.sent_to == CallbackUrl::Receipt => None,
        kept => Some(kept.outcome()),
    }
}

/// MSG-010 of a client: what becomes of a target system URL that has a query already.
pub(super) fn target_url_query_kept(transaction: &Transaction) -> Option<Outcome> {
    let own = Asked::of(transaction.begun.target_url.as_deref()?).query?;
    let collect = transaction.collects.first().filter(|collect| collect.by == Party::Subject)?;
    Some(own_query_kept(collect, &own).outcome())
}

/// What became of the query that a URL has of its own.
enum OwnQuery {
    Kept,
    SecondMark(Finding),
    Lost(Finding),
}

impl OwnQuery {
    fn outcome(self) -> Outcome {
        match self {
            Self::Kept => Outcome::Keeps,
            Self::SecondMark(finding) | Self::Lost(finding) => Outcome::Breaks(finding),
        }
    }
}

fn own_query_kept(exchange: &Exchange, own: &str) -> OwnQuery {
    let asked = Asked::by(exchange).query.unwrap_or_default();
    let finding = |message: &str| {
        let finding = Finding::new(message).seen_in([exchange.request.entry]);
        finding
            .comparing(format!("?{own}&command=...").as_bytes(), format!("?{}", shortened(&asked)).as_bytes())
    };
    match asked.strip_prefix(own) {
        Some(rest) if rest.starts_with('?') => {
            OwnQuery::SecondMark(finding("the command was put behind a second question mark"))
        }
        // The query of the URL may as well stand behind the command, or in the middle of it.
        _ if own.split('&').all(|pair| asked.split('&').any(|other| other == pair)) => OwnQuery::Kept,
        _ => OwnQuery::Lost(finding("the query that the URL has of its own was lost")),
    }
}

/// MSG-016: a collect goes to the target system URL as it was given.
pub(super) fn target_url_used(seen: &CommandSeen) -> Option<Outcome> {
    if seen.callback.is_some() {
        return None;
    }
    let Some(url) = seen.transaction.begun.target_url.as_deref() else {
        let why = "which target system URL the client was given is not recorded";
        return Some(Outcome::NotApplicable(Finding::new(why)));
    };
    let (given, asked) = (Asked::of(url), Asked::by(seen.exchange));
    let authority = authority_of(url);
    let host = host_asked(seen.exchange, url);
    let is_there = host.as_ref().is_none_or(|host| *host == authority);
    if asked.leads_as(&given) && is_there {
        return Some(Outcome::Keeps);
    }
    let finding = Finding::new("the collect was not sent to the target system URL as it was given");
    let sent_to = format!("{}{}", host.unwrap_or_else(|| authority.clone()), asked.path);
    let finding = finding.comparing(format!("{authority}{}", given.path).as_bytes(), sent_to.as_bytes());
    Some(Outcome::Breaks(finding.seen_in([seen.exchange.request.entry])))
}

/// Host and port of a URL, in lower case and without the port that its scheme has anyway.
pub(super) fn authority_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let usual = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    authority.strip_suffix(usual).unwrap_or(&authority).to_owned()
}

/// The authority that a request names; `None` where it names none, or where something on the way rewrites it.
fn host_asked(exchange: &Exchange, url: &str) -> Option<String> {
    const BY_PROXIES: [&str; 3] = ["via", "forwarded", "x-forwarded-for"];
    let headers = &exchange.request_head.headers;
    if BY_PROXIES.iter().any(|name| headers.get(name).is_some()) {
        return None;
    }
    let target = String::from_utf8_lossy(&exchange.request_head.target).into_owned();
    if target.contains("://") && !target.starts_with('/') {
        return Some(authority_of(&target));
    }
    let host = String::from_utf8_lossy(headers.get("host")?).into_owned();
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    Some(authority_of(&format!("{scheme}://{}", host.trim())))
}

/// RCT-007: a callback goes to its URL as it was given; a query of its own is MSG-010's where the command is put to it.
pub(super) fn callback_url_intact(transaction: &Transaction, callback: &Callback) -> Option<Outcome> {
    let exchange = &callback.exchange;
    let given = given(transaction, callback).or_else(|| given_receipt(transaction))?;
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
