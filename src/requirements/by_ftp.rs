//! Packages over FTP: fetched with the credentials that the collect gives, or refused with the code for it (5).

use super::Provoked;
use super::ledger::Path;
use super::retrieval::{error_of, fetched_whole};
use super::seen::TransactionSeen;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element};
use crate::profile::Claim;
use crate::transcript::entry::Offer;
use crate::transcript::{Exchange, Transaction};

/// The row about targets that do not support FTP.
const UNSUPPORTED: &str = "ERR-1304";

/// PKG-003.
pub(super) fn collect_ftp(seen: &TransactionSeen) -> Vec<Outcome> {
    let transaction = seen.transaction;
    let provokes_more = transaction.provokes.iter().any(|id| id != UNSUPPORTED);
    let is_on_offer = is_staged(transaction) && transaction.begun.offer == Offer::Whole;
    if !is_by_ftp(transaction) || provokes_more || !is_on_offer {
        return Vec::new();
    }
    match (told(transaction), seen.run.profile.claims.ftp) {
        (Some((Code::NO_FTP, entry)), Some(Claim::Yes)) => {
            let message = "the profile says claims.ftp: yes, and a package over FTP was refused with 1304";
            vec![Outcome::Breaks(Finding::new(message).seen_in([entry]))]
        }
        (Some((Code::NO_FTP, _)), Some(Claim::No) | None) => vec![Outcome::Keeps],
        // How it is to be told is ERR-1304's.
        (_, Some(Claim::No)) if transaction.whole_download().is_none() => Vec::new(),
        _ if transaction.is_accepted() => vec![fetched_whole(seen)],
        _ => Vec::new(),
    }
}

/// What is said of an error that a collect provokes with a package over FTP, where what the target makes of FTP itself
/// goes before the error.
pub(super) fn instead(seen: &TransactionSeen, provoked: Provoked) -> Option<Outcome> {
    let transaction = seen.transaction;
    if !is_by_ftp(transaction) {
        return None;
    }
    let claim = seen.run.profile.claims.ftp;
    if provoked.code == Code::NO_FTP.0 {
        return supported(seen, claim);
    }
    let finding = |message: &str| Finding::new(message).seen_in(entries(transaction));
    match told(transaction) {
        Some((Code::NO_FTP, _)) if claim != Some(Claim::Yes) => {
            Some(Outcome::NotApplicable(finding("the target does not fetch by FTP, and says so")))
        }
        _ if is_unseen(seen) => Some(Outcome::NotApplicable(finding("nothing came over FTP in this run"))),
        Some(_) | None => None,
    }
}

/// ERR-1304 of a target that fetches by FTP, or may do so out of our sight.
fn supported(seen: &TransactionSeen, claim: Option<Claim>) -> Option<Outcome> {
    let transaction = seen.transaction;
    let finding = |message: &str| Finding::new(message).seen_in(entries(transaction));
    match (claim, transaction.whole_download()) {
        (Some(Claim::Yes) | None, Some(_)) => Some(Outcome::Keeps),
        (Some(Claim::No), Some(_)) => {
            let message = "the profile says claims.ftp: no, and the package was fetched by FTP";
            Some(Outcome::NotApplicable(finding(message)))
        }
        (None, None) if transaction.downloads.iter().any(Exchange::is_by_ftp) => {
            let message = "the target speaks FTP: what became of the package is judged by PKG-003";
            Some(Outcome::NotApplicable(finding(message)))
        }
        (None, None) if !is_staged(transaction) => {
            // It may have tried: whoever fetches by FTP finds nothing there either.
            let (code, _) = told(transaction)?;
            matches!(code, Code::RETRIEVE | Code::PACKAGE_URL).then_some(Outcome::Keeps)
        }
        (None, None) => {
            let (code, entry) = told(transaction)?;
            let has_tried = code != Code::NO_ERROR && code != Code::NO_FTP && is_unseen(seen);
            let message = format!(
                "{code} was told and nothing came over FTP: the target may have tried to fetch, and not have reached us"
            );
            let finding = Finding::new(message).seen_in([entry]);
            has_tried.then_some(Outcome::Inconclusive(Cause::Unreachable, finding))
        }
        (Some(Claim::Yes | Claim::No), None) => None,
    }
}

/// Whether nobody says that the target fetches by FTP, and nothing of the run shows it.
pub(super) fn is_unseen(seen: &TransactionSeen) -> bool {
    is_by_ftp(seen.transaction)
        && seen.run.profile.claims.ftp.is_none()
        && !seen.run.ledger.is_proven(Path::PackageFtp)
}

/// Whether package-url is of the `ftp` scheme.
pub(super) fn is_by_ftp(transaction: &Transaction) -> bool {
    let url = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl));
    let scheme = url.and_then(|url| url.split_once(':')).map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("ftp"))
}

/// Whether the collect names the package that is on offer, and not an address that leads nowhere.
fn is_staged(transaction: &Transaction) -> bool {
    let url = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl));
    url == Some(transaction.begun.package_url.as_str())
}

/// The first code that is not 0 of the answer and the receipts, else 0, and where it stands.
fn told(transaction: &Transaction) -> Option<(Code, u64)> {
    let answer = transaction.answered()?;
    let code = transaction.code()?;
    let answered = (code, answer.ended_entry.unwrap_or(answer.request.entry));
    let receipts = transaction
        .receipts()
        .filter_map(|receipt| Some((error_of(receipt)?, receipt.exchange.request.entry)));
    let mut told = std::iter::once(answered).chain(receipts);
    Some(told.find(|(code, _)| *code != Code::NO_ERROR).unwrap_or(answered))
}

fn entries(transaction: &Transaction) -> impl Iterator<Item = u64> {
    let collects = transaction.collects.iter().map(|collect| collect.request.entry);
    collects.chain(transaction.downloads.iter().map(|download| download.request.entry))
}
