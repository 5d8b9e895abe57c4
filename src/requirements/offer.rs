//! What a client offers: a package that is there, is what it is called, keeps its id, and stays.

use super::acknowledged::{code_of, tells_error};
use super::archive::Archive;
use super::departed::{self, Left};
use super::seen::{RunSeen, TransactionSeen};
use super::trust;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element, Expiry, package_url};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Ended, Party};
use crate::transcript::protocol::Protocol;
use crate::transcript::{Body, CallbackUrl, Exchange, Transaction};

/// What a page begins with, behind a byte-order mark perhaps (UTF-8, UTF-16).
const PAGES: [&[u8]; 4] = [b"<", b"\xEF\xBB\xBF<", b"\xFF\xFE<\0", b"\xFE\xFF\0<"];

/// The values of package-format that promise an archive (6.2.5).
const ARCHIVES: [&str; 3] = ["zip", "jar", "war"];

/// PKG-009: the first attempt to fetch the package as the collect says succeeds.
pub(super) fn available(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(first) = as_told(transaction).next() else {
        return not_fetched(seen).or_else(|| led_on(transaction)).into_iter().collect();
    };
    let open = without_credentials(transaction).find(|fetch| is_package(transaction, fetch)).map(|fetch| {
        let message = "the package can be had without the credentials that the collect gives";
        Outcome::Advice(Finding::new(message).seen_in(entries(fetch)))
    });
    let fetched = match fetched(transaction, first) {
        Outcome::Breaks(finding) => match departed::left(seen.run, transaction, first) {
            Some(Left::ByUs) => {
                Outcome::Inconclusive(Cause::OperatorAbsent, finding.because(Some(departed::CURE_OF_OURS)))
            }
            // It has to be there as long as a target may come for it: that its server has left is no excuse.
            Some(Left::ByItself) => Outcome::Breaks(finding.because(Some(departed::CURE))),
            None => Outcome::Breaks(finding),
        },
        outcome => outcome,
    };
    [fetched].into_iter().chain(open).collect()
}

/// Our attempts that do what the collect says, its credentials and all; what a redirect led on from does not count.
pub(super) fn as_told(transaction: &Transaction) -> impl Iterator<Item = &Exchange> {
    let gives = value(transaction, Element::PackageUrlUserId).is_some_and(|user| !user.is_empty());
    let is_as_told = move |fetch: &&Exchange| !gives || has_credentials(fetch);
    ours(transaction).filter(is_as_told).filter(|fetch| !is_redirect(fetch))
}

fn without_credentials(transaction: &Transaction) -> impl Iterator<Item = &Exchange> {
    let gives = value(transaction, Element::PackageUrlUserId).is_some_and(|user| !user.is_empty());
    ours(transaction).filter(move |fetch| gives && !has_credentials(fetch))
}

fn ours(transaction: &Transaction) -> impl Iterator<Item = &Exchange> {
    let asks = |fetch: &&Exchange| fetch.is_fetch() || fetch.is_by_ftp();
    transaction.downloads.iter().filter(asks).filter(|fetch| fetch.by == Party::Mock)
}

fn has_credentials(fetch: &Exchange) -> bool {
    fetch.user.is_some() || fetch.request_head.headers.get("authorization").is_some()
}

fn is_redirect(fetch: &Exchange) -> bool {
    let is_last = fetch.response_head.as_ref().is_none_or(|head| head.headers.get("location").is_none());
    fetch.status().is_some_and(|status| (300..400).contains(&status)) && !is_last
}

/// Whether a package came, whatever is in it.
fn is_package(transaction: &Transaction, fetch: &Exchange) -> bool {
    fetch.is_whole() && in_place_of(transaction, fetch).is_none()
}

/// The first of our attempts by which a package came.
pub(super) fn came(transaction: &Transaction) -> Option<&Exchange> {
    ours(transaction).find(|fetch| is_package(transaction, fetch))
}

/// What came in the place of an archive that nobody could take for one, and how that comes about.
fn in_place_of(transaction: &Transaction, fetch: &Exchange) -> Option<(&'static str, &'static str)> {
    let is_archive = matches!(archive_of(fetch)?, Archive::Whole(_) | Archive::Part(_));
    if is_archive || !ARCHIVES.contains(&value(transaction, Element::PackageFormat)?) {
        return None;
    }
    let body = fetch.payload()?;
    if body.is_empty() {
        let cause =
            "the package was not written yet when the collect went, or its server failed without saying so";
        Some(("what came is empty", cause))
    } else if PAGES.iter().any(|start| body.trim_ascii_start().starts_with(start)) {
        let cause =
            "package-url leads to a login, or to a page about the package, and not to the package itself";
        Some(("what came is a page and no archive", cause))
    } else {
        None
    }
}

/// What is said of one attempt.
pub(super) fn fetched(transaction: &Transaction, fetch: &Exchange) -> Outcome {
    let finding = |message: String| Finding::new(message).seen_in(entries(fetch));
    let broken = |what: &str| Outcome::Breaks(finding(format!("the package cannot be fetched: {what}")));
    let unseen = |cause, what: &str| {
        Outcome::Inconclusive(cause, finding(format!("the package could not be fetched: {what}")))
    };
    let (answer, response) = match fetch.protocol {
        Protocol::Http => ("HTTP status", "HTTP response"),
        Protocol::Ftp | Protocol::Ftps => ("FTP reply", "reply of FTP"),
        Protocol::Mail => ("SMTP reply", "reply of SMTP"),
    };
    match (fetch.ended, fetch.status()) {
        (Some(Ended::Complete), _) if fetch.is_whole() => match in_place_of(transaction, fetch) {
            Some((what, cause)) => {
                let message = format!("the package cannot be fetched: {what}");
                Outcome::Breaks(finding(message).because(Some(cause)))
            }
            None => Outcome::Keeps,
        },
        (Some(Ended::Complete), Some(401)) if asks_for_another_scheme(fetch) => unseen(
            Cause::Prerequisite,
            "its server takes no Basic credentials (RFC 7617), and penspec shows none of another kind",
        ),
        (Some(Ended::TooLong), Some(100..=299)) if is_large(fetch) => {
            unseen(Cause::CutShort, "it is larger than penspec fetches")
        }
        (Some(Ended::TooLong), _) => broken("its answer does not come to an end"),
        (Some(Ended::Complete), Some(status)) => {
            broken(&format!("its server answers with {answer} {status}"))
        }
        (Some(Ended::Refused), _) => broken("nothing listens at this address"),
        (Some(Ended::Closed | Ended::Reset), _) => broken("the connection was closed without an answer"),
        (Some(Ended::Cut), _) => broken("the transfer broke off"),
        (Some(Ended::Garbage | Ended::Complete), _) => broken(&format!("the answer is no {response}")),
        (Some(Ended::Unresolved), _) => {
            unseen(Cause::Unreachable, "the name of its host cannot be resolved from here")
        }
        (Some(Ended::Unreachable), _) => {
            unseen(Cause::Unreachable, "no connection could be made to its address from here")
        }
        (Some(Ended::Gateway), _) => {
            unseen(Cause::Unreachable, "the proxy answered in the place of its server, or hung up")
        }
        (Some(Ended::Handshake), _) => {
            let (cause, message) = trust::without_handshake(fetch);
            unseen(cause, &message)
        }
        (Some(Ended::Silent | Ended::Slow), _) => unseen(Cause::CutShort, "it did not come within the limit"),
        (Some(Ended::OnPurpose | Ended::Abandoned) | None, _) => {
            unseen(Cause::CutShort, "the run ended first")
        }
    }
}

/// Whether so much of a package came that we gave it up for its size; a shorter answer is too long in its head or its framing.
fn is_large(fetch: &Exchange) -> bool {
    const GIBIBYTE: u64 = 1 << 30;
    fetch.response.as_ref().is_some_and(|response| response.body.length > GIBIBYTE)
}

/// Whether credentials were shown and refused, and those that are asked for are of a scheme that we do not speak.
fn asks_for_another_scheme(fetch: &Exchange) -> bool {
    let challenges = fetch.response_head.iter().flat_map(|head| head.headers.all("www-authenticate"));
    let challenges: Vec<String> =
        challenges.map(|value| String::from_utf8_lossy(value).to_ascii_lowercase()).collect();
    // What stands in quotation marks is no scheme.
    let bare = challenges.iter().map(|value| value.split('"').step_by(2).collect::<String>());
    let is_basic = |part: &str| part.split_whitespace().next() == Some("basic");
    has_credentials(fetch)
        && !challenges.is_empty()
        && !bare.into_iter().any(|value| value.split(',').any(is_basic))
}

/// A package of an accepted collect that was not asked for, in a run in which none was.
fn not_fetched(seen: &TransactionSeen) -> Option<Outcome> {
    let transaction = seen.transaction;
    let run = &seen.run.evidence.transactions;
    let is_due = transaction.collects.first().and_then(code_of) == Some(Code::NO_ERROR);
    let can_be_fetched = value(transaction, Element::PackageUrl).is_some_and(|url| package_url(url).is_ok());
    if !is_due || run.iter().any(|other| ours(other).next().is_some()) || !can_be_fetched {
        return None;
    }
    let message = "the package was not asked for: its host may be one that penspec does not open by itself";
    let entries = transaction.collects.iter().map(|collect| collect.request.entry);
    let cause =
        "only loopback and the address that the collect came from are opened; --allow-host allows others";
    let finding = Finding::new(message).seen_in(entries).because(Some(cause));
    Some(Outcome::Inconclusive(Cause::Unreachable, finding))
}

/// A package whose server points from address to address for longer than anybody follows.
fn led_on(transaction: &Transaction) -> Option<Outcome> {
    // So many are followed: whoever leads further leads nowhere.
    const REDIRECTS: usize = 5;
    let led: Vec<&Exchange> = ours(transaction).filter(|fetch| is_redirect(fetch)).collect();
    let last = led.last().filter(|_| led.len() > REDIRECTS)?;
    let message = format!("the package cannot be fetched: its server leads on, {} times in a row", led.len());
    Some(Outcome::Breaks(Finding::new(message).seen_in(entries(last))))
}

/// PKG-010: what was fetched is an archive with the files of its type.
pub(super) fn format_matches(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let Some(fetch) = came(transaction) else { return Vec::new() };
    let format = value(transaction, Element::PackageFormat).unwrap_or_default();
    let kind = value(transaction, Element::PackageType).unwrap_or_default();
    let finding = |message: String| Finding::new(message).seen_in(entries(fetch));
    if !ARCHIVES.contains(&format) {
        let shown = escape(format.as_bytes());
        return vec![Outcome::NotApplicable(finding(format!(
            "what a package of the format \"{shown}\" is to look like, PENS does not say"
        )))];
    }
    let Some(archive) = archive_of(fetch) else { return Vec::new() };
    let has_manifest = has_files_of(kind, archive.files());
    vec![match (&archive, has_manifest) {
        (Archive::None, _) => {
            Outcome::Breaks(finding(format!("package-format is {format}, and the archive cannot be opened")))
        }
        (Archive::Unknown, _) => Outcome::Inconclusive(
            Cause::Prerequisite,
            finding("of a package of this size too little is kept to look into it".to_owned()),
        ),
        (Archive::Whole(_) | Archive::Part(_), Some(true)) | (Archive::Whole(_), None) => Outcome::Keeps,
        (Archive::Part(_), Some(false) | None) => Outcome::Inconclusive(
            Cause::Prerequisite,
            finding("the archive has more files than could be kept of its directory".to_owned()),
        ),
        (Archive::Whole(_), Some(false)) => Outcome::Breaks(finding(format!(
            "package-type is {kind}, and the archive has not {}",
            due_in(kind)
        ))),
    }]
}

/// Whether an archive has what a package of this type has at its root; `None` where PENS knows of nothing.
fn has_files_of(kind: &str, files: &[super::archive::File]) -> Option<bool> {
    let is_at_root = |extension: &str| {
        let extension = format!(".{extension}");
        files
            .iter()
            .any(|file| !file.name.contains('/') && file.name.to_ascii_lowercase().ends_with(&extension))
    };
    let has_manifest = || files.iter().any(|file| file.name == "imsmanifest.xml");
    match kind {
        "scorm-pif" | "lms-qti" | "ims-qti" => Some(has_manifest()),
        "aicc-pkg" => Some(is_at_root("crs") && (is_at_root("des") || is_at_root("cst"))),
        _ => None,
    }
}

fn due_in(kind: &str) -> &'static str {
    if kind == "aicc-pkg" { ".crs and .des or .cst files at its root" } else { "imsmanifest.xml at its root" }
}

pub(super) fn archive_of(fetch: &Exchange) -> Option<Archive> {
    Some(Archive::read(&fetch.payload()?, &fetch.response.as_ref()?.body))
}

/// PKG-011: a package that came before comes again with its id.
pub(super) fn id_stable(run: &RunSeen) -> Vec<Outcome> {
    let packages: Vec<(&Transaction, &Exchange, &str)> =
        run.evidence.transactions.iter().filter_map(package_of).collect();
    let again = packages.iter().enumerate().filter_map(|(at, package)| {
        let first = packages[..at].iter().rev().find(|first| is_same_package(first.1, package.1))?;
        Some((first, package))
    });
    again
        .map(|((_, first, given), (_, fetch, id))| {
            if given == id {
                return Outcome::Keeps;
            }
            let finding = Finding::new("the same package came again with another package-id");
            Outcome::Breaks(
                finding
                    .comparing(given.as_bytes(), id.as_bytes())
                    .seen_in([first.request.entry, fetch.request.entry]),
            )
        })
        .collect()
}

/// The package of a transaction, as it was fetched, and its id.
pub(super) fn package_of(transaction: &Transaction) -> Option<(&Transaction, &Exchange, &str)> {
    let fetch = came(transaction)?;
    Some((transaction, fetch, value(transaction, Element::PackageId)?))
}

/// Whether two packages are one: the same bytes, or archives of the same files.
fn is_same_package(one: &Exchange, other: &Exchange) -> bool {
    fn body(fetch: &Exchange) -> Option<&Body> {
        fetch.response.as_ref().map(|response| &response.body)
    }
    let files = |fetch: &Exchange| match archive_of(fetch)? {
        Archive::Whole(files) => {
            let mut named: Vec<_> = files.into_iter().map(|file| (file.name, file.crc)).collect();
            named.sort_unstable();
            Some(named)
        }
        Archive::Part(_) | Archive::None | Archive::Unknown => None,
    };
    body(one) == body(other) || files(one).is_some_and(|one| Some(one) == files(other))
}

/// PKG-015: one collect at least names a package by http or https.
pub(super) fn http_or_https(run: &RunSeen) -> Vec<Outcome> {
    let collects = run.evidence.transactions.iter().filter_map(|transaction| {
        Some((transaction.collects.first()?.request.entry, value(transaction, Element::PackageUrl)?))
    });
    let named: Vec<(u64, &str)> = collects.collect();
    let finding =
        |message: &str| Finding::new(message).seen_in(named.iter().map(|(entry, _)| *entry)).by("R-01");
    if named.is_empty() {
        return Vec::new();
    }
    // What is wrong with a URL of these schemes is ELM-007's matter.
    if named.iter().all(|(_, url)| package_url(url).is_err())
        && named.iter().any(|(_, url)| begins_as_http(url))
    {
        return Vec::new();
    }
    vec![if named.iter().any(|(_, url)| is_by_http(url)) {
        Outcome::Keeps
    } else if named.iter().any(|(_, url)| package_url(url).is_ok()) {
        let message = "every package was offered by ftp or ftps: publish once by http or https";
        Outcome::Inconclusive(Cause::Prerequisite, finding(message))
    } else {
        Outcome::Breaks(finding("no package was offered by http or https"))
    }]
}

/// PKG-016: what was there once is there again, as long as it is expected to be.
pub(super) fn stays(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let mut tries = as_told(transaction).skip_while(|fetch| !is_package(transaction, fetch));
    if tries.next().is_none() {
        return Vec::new();
    }
    let collected = receipt_with_0(transaction);
    let expiry = value(transaction, Element::PackageUrlExpiry).and_then(|value| Expiry::read(value).moment());
    let is_due = |fetch: &&Exchange| {
        let asked = fetch.request.first_byte_us;
        let has_expired = expiry.is_some_and(|expiry| expiry <= seen.run.moment(asked));
        collected.is_none_or(|collected| asked < collected) && !has_expired
    };
    tries
        .filter(is_due)
        .map(|fetch| match fetched(transaction, fetch) {
            Outcome::Breaks(finding) => gone(finding, departed::left(seen.run, transaction, fetch)),
            outcome => outcome,
        })
        .collect()
}

/// What is said of a package that was there before; one that goes with the command that offers it is nobody's fault.
fn gone(finding: Finding, left: Option<Left>) -> Outcome {
    let Some(left) = left else {
        let message = format!("the package was there and is not any more: {}", finding.message);
        return Outcome::Breaks(Finding { message, ..finding }.by("R-27"));
    };
    let message = "the command that publishes had ended, and the package went with it".to_owned();
    let finding = Finding { message, ..finding };
    Outcome::Inconclusive(Cause::OperatorAbsent, finding.because(Some(left.cure())))
}

/// When a receipt with 0 was on its way to the client, in microseconds.
fn receipt_with_0(transaction: &Transaction) -> Option<u64> {
    let receipts = transaction.receipts().filter(|receipt| receipt.exchange.by == Party::Mock);
    let good = receipts.filter(|receipt| receipt.sent_to == CallbackUrl::Receipt && !tells_error(receipt));
    good.map(|receipt| receipt.exchange.request.first_byte_us).min()
}

fn entries(fetch: &Exchange) -> impl Iterator<Item = u64> + use<> {
    [Some(fetch.request.entry), fetch.ended_entry].into_iter().flatten()
}

fn value(transaction: &Transaction, element: Element) -> Option<&str> {
    transaction.command.as_ref()?.get(element)
}

fn begins_as_http(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| ["http", "https"].iter().any(|http| scheme.eq_ignore_ascii_case(http)))
}

fn is_by_http(url: &str) -> bool {
    let scheme = package_url(url).ok().map(|url| url.url.scheme);
    scheme.is_some_and(|scheme| ["http", "https"].iter().any(|http| scheme.eq_ignore_ascii_case(http)))
}
