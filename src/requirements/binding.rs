//! How a command is bound to HTTP: its bytes, its pairs, their names and values (A.1).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use percent_encoding::percent_decode_str;

use super::seen::CommandSeen;
use super::verdict::{Finding, Outcome};
use crate::pens::{
    CALLBACK_NAMES, Command, CommandFlaw, Element, Encode, Flaw, Pair, absolute_url, is_known_name,
    package_id,
};
use crate::profile::Claim;
use crate::transcript::CallbackUrl;
use crate::transcript::bytes::escape;

/// MSG-001.
pub(super) fn uri_valid(seen: &CommandSeen) -> Option<Outcome> {
    of_query(seen, || {
        let is_illegal =
            |flaw: &&Flaw<CommandFlaw>| matches!(flaw.kind, CommandFlaw::Illegal(_) | CommandFlaw::BadEscape);
        let illegal = seen.flaws.iter().find(is_illegal);
        illegal.map_or(Outcome::Keeps, |flaw| Outcome::Breaks(flawed(seen, flaw)))
    })
}

/// MSG-002.
pub(super) fn query_pairs(seen: &CommandSeen) -> Option<Outcome> {
    of_query(seen, || {
        let is_no_pair = |flaw: &&Flaw<CommandFlaw>| match flaw.kind {
            CommandFlaw::EmptyElement | CommandFlaw::NoName | CommandFlaw::Semicolon => true,
            // What follows a raw ampersand is the rest of a value: MSG-003 tells it.
            CommandFlaw::NoEquals => !follows_raw_ampersand(seen, flaw.offset),
            CommandFlaw::BadEscape
            | CommandFlaw::BoundaryMissing
            | CommandFlaw::Illegal(_)
            | CommandFlaw::InvalidUtf8
            | CommandFlaw::Plus
            | CommandFlaw::RawAmpersand
            | CommandFlaw::RawFragment
            | CommandFlaw::RawReserved(_)
            | CommandFlaw::SecondQuery
            | CommandFlaw::Unclosed => false,
        };
        let first = seen.flaws.iter().find(is_no_pair);
        first.map_or(Outcome::Keeps, |flaw| Outcome::Breaks(flawed(seen, flaw)))
    })
}

/// MSG-003.
pub(super) fn values_encoded(seen: &CommandSeen) -> Option<Outcome> {
    if seen.callback.is_none() && seen.exchange.is_multipart() {
        let finding = told(seen, "the collect came as multipart/form-data: A.1 binds it to a URI".to_owned());
        return Some(Outcome::Breaks(finding.by("R-04")));
    }
    of_query(seen, || {
        let changed = seen.flaws.iter().find(|flaw| changes_meaning(seen, flaw));
        let changed = changed.map(|flaw| flawed(seen, flaw)).or_else(|| doubly_encoded(seen));
        changed.map(Outcome::Breaks).or_else(|| left_raw(seen)).unwrap_or(Outcome::Keeps)
    })
}

fn changes_meaning(seen: &CommandSeen, flaw: &Flaw<CommandFlaw>) -> bool {
    match flaw.kind {
        CommandFlaw::BadEscape | CommandFlaw::RawAmpersand | CommandFlaw::RawFragment => true,
        CommandFlaw::Illegal(_) => {
            pair_at(seen.command, flaw.offset).is_some_and(|pair| pair.raw.contains(&b' '))
        }
        CommandFlaw::BoundaryMissing
        | CommandFlaw::EmptyElement
        | CommandFlaw::InvalidUtf8
        | CommandFlaw::NoEquals
        | CommandFlaw::NoName
        | CommandFlaw::Plus
        | CommandFlaw::RawReserved(_)
        | CommandFlaw::SecondQuery
        | CommandFlaw::Semicolon
        | CommandFlaw::Unclosed => false,
    }
}

/// An element that is an absolute URI only once it is decoded again.
fn doubly_encoded(seen: &CommandSeen) -> Option<Finding> {
    const URIS: [Element; 4] = [Element::PackageId, Element::PackageUrl, Element::Receipt, Element::Alerts];
    URIS.into_iter().find_map(|element| {
        let pair = seen.command.pair(element.name())?;
        let again = percent_decode_str(&pair.value).decode_utf8().ok()?;
        let is_twice = !pair.readings().any(|value| is_uri(element, value)) && is_uri(element, &again);
        // What a callback repeats of its collect was as it is before.
        let given = seen.callback.and(seen.transaction.command.as_ref()?.get(element));
        (is_twice && !given.is_some_and(|given| pair.matches(given))).then(|| {
            let finding = told(seen, format!("{element} is encoded twice"));
            finding.comparing(&rightly_written(&pair.name, &again), &as_it_came(pair))
        })
    })
}

fn is_uri(element: Element, value: &str) -> bool {
    if element == Element::PackageId { package_id(value).is_ok() } else { absolute_url(value).is_ok() }
}

/// What rulings let pass: reserved characters, and a plus that may be a space.
fn left_raw(seen: &CommandSeen) -> Option<Outcome> {
    let ruling = |flaw: &Flaw<CommandFlaw>| match flaw.kind {
        CommandFlaw::RawReserved(_) => Some("R-05"),
        CommandFlaw::Plus => Some("R-06"),
        CommandFlaw::BadEscape
        | CommandFlaw::BoundaryMissing
        | CommandFlaw::EmptyElement
        | CommandFlaw::Illegal(_)
        | CommandFlaw::InvalidUtf8
        | CommandFlaw::NoEquals
        | CommandFlaw::NoName
        | CommandFlaw::RawAmpersand
        | CommandFlaw::RawFragment
        | CommandFlaw::SecondQuery
        | CommandFlaw::Semicolon
        | CommandFlaw::Unclosed => None,
    };
    let (flaw, ruling) = seen.flaws.iter().find_map(|flaw| Some((flaw, ruling(flaw)?)))?;
    Some(Outcome::Tolerated(flawed(seen, flaw).by(ruling)))
}

/// MSG-004.
pub(super) fn element_names(seen: &CommandSeen) -> Option<Outcome> {
    of_query(seen, || {
        let named = || {
            let is_named = |pair: &&Pair| !pair.bare && !pair.name.is_empty();
            // What follows a raw ampersand is the rest of a value, and no name.
            seen.command
                .pairs
                .iter()
                .filter(is_named)
                .filter(|pair| !follows_raw_ampersand(seen, pair.offset))
        };
        let misspelt = named().find_map(|pair| Some((pair, meant(seen, &pair.name)?)));
        if let Some((pair, meant)) = misspelt {
            let finding = told(seen, format!("\"{}\" is not how {meant} is written", shown(&pair.name)));
            return Outcome::Breaks(finding.comparing(meant.as_bytes(), pair.name.as_bytes()));
        }
        named().find(|pair| !is_known(seen, &pair.name)).map_or(Outcome::Keeps, |pair| {
            let message = format!("the element \"{}\" is none of the specification's", shown(&pair.name));
            Outcome::Tolerated(told(seen, message).by("R-07"))
        })
    })
}

fn is_known(seen: &CommandSeen, name: &str) -> bool {
    match seen.callback {
        Some(_) => is_known_name(name),
        None => Element::named(name).is_some(),
    }
}

/// The name that another letter case, or `_` for `-`, stands for.
fn meant(seen: &CommandSeen, name: &str) -> Option<&'static str> {
    if is_known(seen, name) {
        return None;
    }
    let spelt = name.to_ascii_lowercase().replace('_', "-");
    let of_callback = || CALLBACK_NAMES.into_iter().find(|known| *known == spelt);
    Element::meant(name).map(Element::name).or_else(|| seen.callback.and_then(|_| of_callback()))
}

/// MSG-005.
pub(super) fn no_duplicates(seen: &CommandSeen) -> Option<Outcome> {
    of_query(seen, || {
        let known = seen.command.pairs.iter().filter(|pair| !pair.bare && is_known(seen, &pair.name));
        let mut firsts: HashMap<&str, &Pair> = HashMap::new();
        let again: Vec<(&Pair, &Pair)> = known
            .filter_map(|pair| match firsts.entry(&pair.name) {
                Entry::Occupied(first) => Some((*first.get(), pair)),
                Entry::Vacant(place) => {
                    place.insert(pair);
                    None
                }
            })
            .collect();
        let differs = again.iter().find(|(first, pair)| !pair.readings().any(|value| first.matches(value)));
        let finding = |first: &Pair, pair: &Pair, what: &str| {
            let finding = told(seen, format!("{} stands twice, {what}", pair.name)).by("R-08");
            finding.comparing(&as_it_came(first), &[as_it_came(first), as_it_came(pair)].join(&b'&'))
        };
        match (differs, again.first()) {
            (Some((first, pair)), _) => Outcome::Breaks(finding(first, pair, "with different values")),
            (None, Some((first, pair))) => Outcome::Tolerated(finding(first, pair, "with the same value")),
            (None, None) => Outcome::Keeps,
        }
    })
}

/// MSG-009.
pub(super) fn post_used(seen: &CommandSeen) -> Option<Outcome> {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    if seen.callback.is_some() {
        return None;
    }
    let head = &seen.exchange.request_head;
    if seen.run.profile.claims.browser_window == Some(Claim::Yes) {
        let why = "the profile says that the client publishes through a browser's window, which can but GET";
        return Some(Outcome::NotApplicable(Finding::new(why)));
    }
    if head.method != "POST" {
        let finding = told(seen, format!("the collect was sent by {}", escape(head.method.as_bytes())));
        return Some(Outcome::Breaks(finding.comparing(b"POST", head.method.as_bytes())));
    }
    let kind = head.headers.get("content-type").unwrap_or_default();
    let essence =
        kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    if essence == FORM || seen.exchange.is_multipart() || seen.exchange.request.body.length == 0 {
        return Some(Outcome::Keeps);
    }
    let sent =
        if kind.is_empty() { "without a Content-Type".to_owned() } else { format!("as {}", escape(kind)) };
    let finding = told(seen, format!("the body was sent {sent}: not every target reads it as a form"));
    Some(Outcome::Advice(finding.comparing(FORM, kind)))
}

/// Judges what A.1 says of a query or urlencoded body; a multipart body is none, and other rows tell that.
fn of_query(seen: &CommandSeen, judge: impl FnOnce() -> Outcome) -> Option<Outcome> {
    let is_command = seen.callback.is_none_or(|callback| {
        callback.sent_to != CallbackUrl::Other || callback.is_called("receipt") || callback.is_called("alert")
    });
    if !is_command || seen.command.pairs.is_empty() && seen.flaws.is_empty() {
        return None;
    }
    if seen.exchange.is_multipart() {
        let finding = Finding::new("a multipart body has no query").by("R-04");
        return Some(Outcome::NotApplicable(finding.seen_in([seen.exchange.request.entry])));
    }
    Some(judge())
}

fn follows_raw_ampersand(seen: &CommandSeen, offset: usize) -> bool {
    // The flaws stand in the order of their places, and there may be many.
    let before = seen.flaws.partition_point(|flaw| flaw.offset + 1 < offset);
    let here = seen.flaws[before..].iter().take_while(|flaw| flaw.offset + 1 == offset);
    here.into_iter().any(|flaw| flaw.kind == CommandFlaw::RawAmpersand)
}

fn told(seen: &CommandSeen, message: String) -> Finding {
    Finding::new(message).seen_in([seen.exchange.request.entry])
}

/// A finding about one flaw, with its pair as it should be and as it came.
fn flawed(seen: &CommandSeen, flaw: &Flaw<CommandFlaw>) -> Finding {
    let name = match seen.callback {
        None => "collect",
        Some(callback) if callback.is_called("alert") => "alert",
        Some(_) => "receipt",
    };
    let finding = told(seen, format!("the {name} is not written as a URI's query is: {flaw}"));
    let finding = if seen.exchange.request.body.length > 0 { finding.at(flaw.offset) } else { finding };
    match pair_at(seen.command, flaw.offset) {
        Some(pair) => {
            // What is empty has no bytes to show but the `&` that is too many.
            let too_many: &[u8] = if flaw.kind == CommandFlaw::EmptyElement { b"&" } else { b"" };
            let received = [&as_it_came(pair), too_many].concat();
            finding.comparing(&rightly_written(&pair.name, &pair.value), &received)
        }
        None => finding,
    }
}

/// The pair that a place in the query belongs to.
fn pair_at(command: &Command, offset: usize) -> Option<&Pair> {
    command.pairs.iter().rfind(|pair| pair.offset <= offset)
}

fn rightly_written(name: &str, value: &str) -> Vec<u8> {
    cut([(name, value)].into_iter().collect::<Command>().write_query(Encode::Percent))
}

fn as_it_came(pair: &Pair) -> Vec<u8> {
    let joint: &[u8] = if pair.bare { b"" } else { b"=" };
    cut([pair.name.as_bytes(), joint, &pair.raw].concat())
}

/// The beginning of what may be long.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    const SHOWN: usize = 200;
    if bytes.len() > SHOWN {
        bytes.truncate(SHOWN);
        bytes.extend_from_slice(b"...");
    }
    bytes
}

fn shown(name: &str) -> String {
    escape(&cut(name.as_bytes().to_vec()))
}
