//! What the elements of a collect say: whether they are there, in their value spaces, and wise.

use chrono::{DateTime, Utc};

use super::archive::course_of;
use super::clocks;
use super::offer::{archive_of, package_of};
use super::seen::CommandSeen;
use super::verdict::{Finding, Outcome};
use crate::pens::element::{PACKAGE_FORMATS, TOLERATED_PACKAGE_TYPES, VENDOR_DATA_MAX};
use crate::pens::{self, Command, Element, Expiry, Fault, Namespace, Pair, What, faults};
use crate::transcript::Exchange;
use crate::transcript::bytes::escape;

/// ELM-001.
pub(super) fn pens_version(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PensVersion, |_| None)
}

/// ELM-002.
pub(super) fn command(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::Command, |_| None)
}

/// ELM-003.
pub(super) fn package_type(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PackageType, |value| {
        TOLERATED_PACKAGE_TYPES.contains(&value).then(|| {
            let message = format!("package-type is {value}, which the specification's vocabulary has not");
            Outcome::Tolerated(Finding::new(message).by("R-09"))
        })
    })
}

/// ELM-004.
pub(super) fn package_type_version(seen: &CommandSeen) -> Option<Outcome> {
    let is_scorm = seen.command.get(Element::PackageType) == Some("scorm-pif");
    judge(seen, Element::PackageTypeVersion, |value| {
        let is_known = value == "1.2" || value.starts_with("2004");
        (is_scorm && !is_known).then(|| advice(format!("SCORM has no version \"{}\"", shown(value))))
    })
}

/// ELM-005.
pub(super) fn package_format(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PackageFormat, |value| {
        let message = || format!("package-format \"{}\" is none of the reserved values", shown(value));
        (!PACKAGE_FORMATS.contains(&value)).then(|| advice(message()))
    })
}

/// ELM-006.
pub(super) fn package_id(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PackageId, |value| match pens::package_id(value).ok()?.namespace {
        Namespace::Url => other_course(seen).or_else(|| {
            let message = "package-id is the URL of a host alone: no ID stands behind that namespace";
            is_host_alone(value).then(|| advice(message.to_owned()))
        }),
        Namespace::UrnUuid => other_course(seen).or_else(|| {
            let message = "package-id is a urn:uuid:, whose namespace is no URL of a product or service";
            Some(Outcome::Tolerated(Finding::new(message).by("R-10")))
        }),
        // Any other URL will do for a namespace.
        Namespace::Other if value.contains("://") => other_course(seen),
        Namespace::Other => {
            let message = "package-id has no URL of a product or service for a namespace";
            Some(Outcome::Breaks(Finding::new(message)))
        }
    })
}

/// Whether nothing stands in a URL but a host, and perhaps a port.
fn is_host_alone(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest.trim_end_matches('/'));
    let is_port = |(_, port): (&str, &str)| port.is_empty() || port.parse::<u16>().is_ok();
    !authority.contains(['/', '?', '@']) && authority.rsplit_once(':').is_none_or(is_port)
}

/// Another course that came under the same id, as the manifests of both say.
fn other_course(seen: &CommandSeen) -> Option<Outcome> {
    let course = |fetch: &Exchange| course_of(&fetch.payload()?, &archive_of(fetch)?);
    let (_, fetch, id) = package_of(seen.transaction)?;
    let mine = course(fetch)?;
    let earlier = seen.run.evidence.transactions.iter();
    let earlier = earlier.take_while(|it| it.begun.transaction != seen.transaction.begun.transaction);
    let others = earlier.filter_map(package_of).filter(|(_, _, other)| *other == id);
    let (other, theirs) =
        others.filter_map(|(_, other, _)| Some((other, course(other)?))).find(|it| it.1 != mine)?;
    let finding = Finding::new("two courses were published under one package-id");
    let finding = finding.comparing(theirs.as_bytes(), mine.as_bytes());
    Some(Outcome::Breaks(finding.seen_in([other.request.entry, fetch.request.entry])))
}

/// ELM-007.
pub(super) fn package_url(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PackageUrl, |value| {
        let url = pens::package_url(value).ok()?;
        if url.extension.is_none() {
            let finding =
                Finding::new("the path of package-url does not end with a file name and its extension");
            return Some(Outcome::Tolerated(finding.by("R-11")));
        }
        let host = url.url.host.unwrap_or_default();
        let target =
            seen.transaction.begun.target_url.as_deref().and_then(|url| pens::absolute_url(url).ok());
        let reach = Reach::of(target.and_then(|target| target.host)?);
        (Reach::of(host) < reach)
            .then(|| advice(format!("the target lies elsewhere and cannot reach the host {}", shown(host))))
    })
}

/// From how far a host can be reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Machine,
    Network,
    World,
}

impl Reach {
    fn of(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        if host == "localhost" || host.ends_with(".localhost") {
            return Self::Machine;
        }
        let octets: Option<Vec<u8>> = host.split('.').map(|part| part.parse().ok()).collect();
        let is_bare = !host.contains(['.', ':']);
        match octets.as_deref() {
            Some([127, _, _, _]) => Self::Machine,
            Some([10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..]) => Self::Network,
            _ if host == "::1" => Self::Machine,
            _ if is_bare => Self::Network,
            _ if host.contains(':') && is_local_v6(host) => Self::Network,
            _ => Self::World,
        }
    }
}

/// Unique local and link-local addresses (RFC 4193, RFC 4291).
fn is_local_v6(host: &str) -> bool {
    ["fc", "fd", "fe8", "fe9", "fea", "feb"].iter().any(|start| host.starts_with(start))
}

/// ELM-008.
pub(super) fn package_credentials(seen: &CommandSeen) -> Option<Outcome> {
    const GROUP: [Element; 3] =
        [Element::PackageUrlUserId, Element::PackageUrlAccount, Element::PackageUrlPassword];
    strings(seen, &GROUP, || {
        let is_given = |element| seen.command.get(element).is_some_and(|value| !value.is_empty());
        let is_alone = is_given(Element::PackageUrlPassword) && !is_given(Element::PackageUrlUserId);
        is_alone.then(|| advice("package-url-password comes without a package-url-user-id".to_owned()))
    })
}

/// ELM-009.
pub(super) fn package_url_expiry(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::PackageUrlExpiry, |value| match Expiry::read(value) {
        Expiry::Null => {
            Some(advice("package-url-expiry is null: nobody knows how long the package stays".to_owned()))
        }
        Expiry::OtherIso(_) => Some(advice(format!(
            "package-url-expiry \"{}\" is ISO 8601 in another form than the specification's sample",
            shown(value)
        ))),
        Expiry::Exact(_)
        | Expiry::MissingZ
        | Expiry::Offset
        | Expiry::DateOnly
        | Expiry::NoSuchDate
        | Expiry::NotADate => None,
    })
}

/// ELM-010.
pub(super) fn client(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::Client, |value| {
        let message = "client is null: the receiver cannot tell who sent the package";
        value.is_empty().then(|| advice(message.to_owned()))
    })
}

/// ELM-011.
pub(super) fn system_credentials(seen: &CommandSeen) -> Option<Outcome> {
    strings(seen, &[Element::SystemUserId, Element::SystemPassword], || {
        let is_given = seen.command.get(Element::SystemPassword).is_some_and(|value| !value.is_empty());
        let target = seen.transaction.begun.target_url.as_deref()?;
        let is_plain = pens::absolute_url(target).is_ok_and(|url| url.has_scheme("http"));
        (is_given && is_plain).then(|| advice("system-password was sent over plain http".to_owned()))
    })
}

/// ELM-012.
pub(super) fn receipt(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::Receipt, |_| None)
}

/// ELM-013.
pub(super) fn alerts(seen: &CommandSeen) -> Option<Outcome> {
    judge(seen, Element::Alerts, |value| {
        value.is_empty().then(|| {
            let finding = Finding::new("alerts is empty, which is taken for its absence");
            Outcome::Tolerated(finding.by("R-12"))
        })
    })
}

/// ELM-014.
pub(super) fn vendor_data(seen: &CommandSeen) -> Option<Outcome> {
    strings(seen, &[Element::VendorData], || {
        let length = seen.command.get(Element::VendorData).unwrap_or_default().chars().count();
        let message = || format!("vendor-data has {length} characters; a target need take {VENDOR_DATA_MAX}");
        (length > VENDOR_DATA_MAX).then(|| advice(message()))
    })
}

/// ELM-015.
pub(super) fn all_required(seen: &CommandSeen) -> Option<Outcome> {
    is_collect(seen).then_some(())?;
    let missing: Vec<&str> = Element::all_required()
        .filter(|element| seen.command.get(*element).is_none())
        .map(Element::name)
        .collect();
    Some(if missing.is_empty() {
        Outcome::Keeps
    } else {
        let message = format!("the collect has no {}", missing.join(", "));
        Outcome::Breaks(Finding::new(message).seen_in([seen.exchange.request.entry]))
    })
}

/// Judges an element with a value space of its own; `remark` says what there is to say of a value in it.
fn judge(seen: &CommandSeen, element: Element, remark: impl Fn(&str) -> Option<Outcome>) -> Option<Outcome> {
    is_collect(seen).then_some(())?;
    let now = seen.run.moment(seen.exchange.request.first_byte_us);
    let fault = faults(seen.command, now).into_iter().find(|fault| fault.element == Some(element));
    let pair = seen.command.pair(element.name());
    let outcome = match (fault, pair) {
        (Some(fault), pair) => of_fault(&fault, pair, now),
        (None, None) if element.required() => Outcome::Breaks(Finding::new(format!("{element} is missing"))),
        (None, None) => Outcome::NotApplicable(Finding::new(format!("the collect has no {element}"))),
        // Of a `+` either reading may be the one that was meant.
        (None, Some(pair)) => {
            let mut remarks = pair.readings().map(remark);
            let first = remarks.next().flatten();
            if remarks.any(|other| other.is_none()) {
                Outcome::Keeps
            } else {
                first.unwrap_or(Outcome::Keeps)
            }
        }
    };
    let outcome = match outcome {
        Outcome::Breaks(finding) if pair.is_none() => Outcome::Breaks(finding.because(astray(seen, element))),
        outcome => outcome,
    };
    Some(shown_in(seen, outcome))
}

/// Why an element may seem to be missing: whoever posts a command has all of it in the body (A.1).
fn astray(seen: &CommandSeen, element: Element) -> Option<&'static str> {
    let head = &seen.exchange.request_head;
    let query = head.target.splitn(2, |byte| *byte == b'?').nth(1).filter(|_| head.method == "POST")?;
    let is_there = Command::read_query(query).0.pair(element.name()).is_some();
    is_there.then_some(
        "it stands in the query of the URL, and the message of a POST is its body; put all elements there",
    )
}

/// Receipts and alerts have other elements.
fn is_collect(seen: &CommandSeen) -> bool {
    seen.callback.is_none()
}

fn of_fault(fault: &Fault, pair: Option<&Pair>, now: DateTime<Utc>) -> Outcome {
    let finding = Finding::new(fault.message.clone());
    let finding = match pair {
        Some(pair) => Finding { received: Some(format!("{}={}", pair.name, shown(&pair.value))), ..finding },
        None => finding,
    };
    match fault.what {
        What::NotAMessage | What::Absent | What::Empty | What::Invalid => Outcome::Breaks(finding),
        // A word outside a vocabulary is out of the value space; of the schemes of 6.3 no row says more than "URL".
        What::Unsupported if matches!(fault.element, Some(Element::Receipt | Element::Alerts)) => {
            Outcome::Advice(finding)
        }
        What::Unsupported => Outcome::Breaks(finding),
        What::Expired => {
            let message =
                format!("{} by our clock, {}: set it if it is wrong", finding.message, clocks::shown(now));
            Outcome::Advice(Finding { message, ..finding })
        }
    }
}

/// Judges elements that may be any string or null: what has no value at all is neither.
fn strings(
    seen: &CommandSeen,
    elements: &[Element],
    remark: impl Fn() -> Option<Outcome>,
) -> Option<Outcome> {
    is_collect(seen).then_some(())?;
    let is_word =
        |element: &&Element| seen.command.pairs.iter().any(|pair| pair.bare && pair.name == element.name());
    let outcome = if let Some(element) = elements.iter().find(is_word) {
        Outcome::Breaks(Finding::new(format!(
            "{element} has no value, not even an empty one: it lacks its ="
        )))
    } else if elements.iter().all(|element| seen.command.get(*element).is_none()) {
        let names: Vec<&str> = elements.iter().map(|element| element.name()).collect();
        Outcome::NotApplicable(Finding::new(format!("the collect has no {}", names.join(", "))))
    } else {
        remark().unwrap_or(Outcome::Keeps)
    };
    Some(shown_in(seen, outcome))
}

fn shown_in(seen: &CommandSeen, outcome: Outcome) -> Outcome {
    let with = |finding: Finding| finding.seen_in([seen.exchange.request.entry]);
    match outcome {
        Outcome::Keeps => Outcome::Keeps,
        Outcome::Advice(finding) => Outcome::Advice(with(finding)),
        Outcome::Tolerated(finding) => Outcome::Tolerated(with(finding)),
        Outcome::Breaks(finding) => Outcome::Breaks(with(finding)),
        Outcome::Review(finding) => Outcome::Review(with(finding)),
        Outcome::Inconclusive(cause, finding) => Outcome::Inconclusive(cause, with(finding)),
        Outcome::NotApplicable(finding) => Outcome::NotApplicable(with(finding)),
    }
}

fn advice(message: String) -> Outcome {
    Outcome::Advice(Finding::new(message))
}

/// A value as a message shows it: escaped, and cut where it is long.
fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    match value.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", escape(&value.as_bytes()[..cut])),
        None => escape(value.as_bytes()),
    }
}
