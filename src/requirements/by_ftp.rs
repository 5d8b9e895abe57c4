//! Packages over FTP and FTPS: fetched with the credentials that the collect gives, or refused with the code for it (5).

use super::Provoked;
use super::ledger::Path;
use super::retrieval::{error_of, fetched_whole};
use super::seen::{RunSeen, TransactionSeen};
use super::trust;
use super::verdict::{Cause, Finding, Outcome};
use crate::pens::{Code, Element};
use crate::profile::Claim;
use crate::transcript::entry::Offer;
use crate::transcript::protocol::Protocol;
use crate::transcript::{Exchange, Transaction};

/// Over which of the two a package is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Ftp,
    Ftps,
}

impl Over {
    /// By the scheme of package-url.
    fn of(transaction: &Transaction) -> Option<Self> {
        let url = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl));
        match url?.split_once(':')?.0.to_ascii_lowercase().as_str() {
            "ftp" => Some(Self::Ftp),
            "ftps" => Some(Self::Ftps),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ftp => "FTP",
            Self::Ftps => "FTPS",
        }
    }

    /// The key in the profile.
    fn key(self) -> &'static str {
        match self {
            Self::Ftp => "claims.ftp",
            Self::Ftps => "claims.ftps",
        }
    }

    fn claim(self, run: &RunSeen) -> Option<Claim> {
        match self {
            Self::Ftp => run.profile.claims.ftp,
            Self::Ftps => run.profile.claims.ftps,
        }
    }

    /// The row for what becomes of the package.
    fn row(self) -> &'static str {
        match self {
            Self::Ftp => "PKG-003",
            Self::Ftps => "PKG-004",
        }
    }

    /// The code of targets that do not support it, and the row about them.
    fn unsupported(self) -> (Code, &'static str) {
        match self {
            Self::Ftp => (Code::NO_FTP, "ERR-1304"),
            Self::Ftps => (Code::NO_FTPS, "ERR-1306"),
        }
    }

    fn path(self) -> Path {
        match self {
            Self::Ftp => Path::PackageFtp,
            Self::Ftps => Path::PackageFtps,
        }
    }

    /// Why nothing came over TLS, where that is a matter of trust.
    fn distrust(self, seen: &TransactionSeen) -> Option<Outcome> {
        let is_untouched = !seen.transaction.downloads.iter().any(Exchange::is_by_ftp);
        match self {
            Self::Ftps if is_untouched => trust::refusal(seen.run.evidence, Protocol::Ftps),
            Self::Ftp | Self::Ftps => None,
        }
    }
}

/// PKG-003.
pub(super) fn collect_ftp(seen: &TransactionSeen) -> Vec<Outcome> {
    collected(seen, Over::Ftp).into_iter().collect()
}

/// PKG-004.
pub(super) fn collect_ftps(seen: &TransactionSeen) -> Vec<Outcome> {
    collected(seen, Over::Ftps).into_iter().collect()
}

fn collected(seen: &TransactionSeen, over: Over) -> Option<Outcome> {
    let transaction = seen.transaction;
    let (unsupported, row) = over.unsupported();
    let provokes_more = transaction.provokes.iter().any(|id| id != row);
    let is_on_offer = is_staged(transaction) && transaction.begun.offer == Offer::Whole;
    if Over::of(transaction) != Some(over) || provokes_more || !is_on_offer {
        return None;
    }
    match (told(transaction), over.claim(seen.run)) {
        (Some((code, entry)), Some(Claim::Yes)) if code == unsupported => {
            let (key, name) = (over.key(), over.name());
            let message =
                format!("the profile says {key}: yes, and a package over {name} was refused with {code}");
            let broken = Outcome::Breaks(Finding::new(message).seen_in([entry]));
            Some(over.distrust(seen).unwrap_or(broken))
        }
        (Some((code, _)), Some(Claim::No)) if code == unsupported => Some(Outcome::Keeps),
        // Whoever shook hands would have fetched, had it trusted us.
        (Some((code, _)), None) if code == unsupported => Some(over.distrust(seen).unwrap_or(Outcome::Keeps)),
        // How it is to be told is the matter of the code's row.
        (_, Some(Claim::No)) if transaction.whole_download().is_none() => None,
        _ if transaction.is_accepted() => Some(
            over.distrust(seen)
                .or_else(|| in_the_clear(transaction))
                .or_else(|| wants_active(seen))
                .unwrap_or_else(|| fetched_whole(seen)),
        ),
        _ => None,
    }
}

/// Whoever has us connect to it, and takes no other way, is not seen to fetch: penspec opens no connection to a peer that a
/// peer names.
fn wants_active(seen: &TransactionSeen) -> Option<Outcome> {
    let evidence = seen.run.evidence;
    let is_fetched = |other: &Transaction| other.whole_download().is_some_and(Exchange::is_by_ftp);
    let asked = evidence.active_ftp.filter(|_| !evidence.transactions.iter().any(is_fetched))?;
    let message = "the target asks for an active connection (PORT, EPRT), which penspec's FTP server does not open: have it \
                   fetch in passive mode";
    Some(Outcome::Inconclusive(Cause::Prerequisite, Finding::new(message).seen_in([asked])))
}

/// What is offered over TLS was asked for over a connection without it, and not given.
fn in_the_clear(transaction: &Transaction) -> Option<Outcome> {
    let refused = |exchange: &&Exchange| matches!(exchange.status(), Some(522 | 534));
    let reply = transaction.downloads.iter().find(refused)?;
    let is_given = transaction.whole_download().is_some();
    let asked = if reply.is_fetch() { "over a data connection" } else { "over a control connection" };
    let message =
        format!("the package lies on a server that wants TLS, and was asked for {asked} without it");
    let finding = Finding::new(message).seen_in(reply.ended_entry);
    (!is_given).then_some(Outcome::Breaks(finding))
}

/// What is said of an error that a collect provokes with a package over FTP, where what the target makes of FTP itself
/// goes before the error.
pub(super) fn instead(seen: &TransactionSeen, provoked: Provoked) -> Option<Outcome> {
    let transaction = seen.transaction;
    let over = Over::of(transaction)?;
    let (unsupported, _) = over.unsupported();
    let claim = over.claim(seen.run);
    if provoked.code == unsupported.0 {
        return supported(seen, over);
    }
    let not_applicable =
        |message: String| Some(Outcome::NotApplicable(Finding::new(message).seen_in(entries(transaction))));
    let name = over.name();
    match told(transaction) {
        Some((code, _)) if code == unsupported && claim != Some(Claim::Yes) => {
            not_applicable(format!("the target does not fetch by {name}, and says so"))
        }
        _ if provoked.code == Code::RETRIEVE.0 && transaction.whole_download().is_some() => {
            not_applicable("the package was fetched to its end all the same".to_owned())
        }
        _ if over == Over::Ftps && in_the_clear(transaction).is_some() => {
            not_applicable("the package was asked for without TLS, which is the matter of PKG-004".to_owned())
        }
        _ => over.distrust(seen).or_else(|| wants_active(seen)).or_else(|| {
            is_unseen(seen).then(|| not_applicable(format!("nothing came over {name} in this run"))).flatten()
        }),
    }
}

/// The code for what is not supported, of a target that fetches by it, or may do so out of our sight.
fn supported(seen: &TransactionSeen, over: Over) -> Option<Outcome> {
    let transaction = seen.transaction;
    let not_applicable =
        |message: String| Some(Outcome::NotApplicable(Finding::new(message).seen_in(entries(transaction))));
    let (name, key, row) = (over.name(), over.key(), over.row());
    let says_so = told(transaction).is_some_and(|(code, _)| code == over.unsupported().0);
    let active = || wants_active(seen).filter(|_| !says_so);
    match (over.claim(seen.run), transaction.whole_download()) {
        (Some(Claim::Yes) | None, Some(_)) => Some(Outcome::Keeps),
        (Some(Claim::No), Some(_)) => {
            not_applicable(format!("the profile says {key}: no, and the package was fetched by {name}"))
        }
        (None, None) if transaction.downloads.iter().any(Exchange::is_by_ftp) => {
            not_applicable(format!("the target speaks FTP: what became of the package is judged by {row}"))
        }
        (None, None) if !is_staged(transaction) => {
            // It may have tried: whoever fetches by FTP finds nothing there either.
            let (code, _) = told(transaction)?;
            matches!(code, Code::RETRIEVE | Code::PACKAGE_URL).then_some(Outcome::Keeps)
        }
        (None, None) => tried(seen, over).or_else(active),
        (Some(Claim::Yes | Claim::No), None) => None,
    }
}

/// Another error was told, and nothing came that would show why.
fn tried(seen: &TransactionSeen, over: Over) -> Option<Outcome> {
    let (code, entry) = told(seen.transaction)?;
    if code == Code::NO_ERROR || code == over.unsupported().0 || !is_unseen(seen) {
        return None;
    }
    let message = format!(
        "{code} was told and nothing came over {}: the target may have tried to fetch, and not have reached us",
        over.name()
    );
    let finding = Finding::new(message).seen_in([entry]);
    Some(over.distrust(seen).unwrap_or(Outcome::Inconclusive(Cause::Unreachable, finding)))
}

/// Whether a package is offered over FTP or FTPS, nobody says that the target fetches by that, and nothing of the run
/// shows it.
pub(super) fn is_unseen(seen: &TransactionSeen) -> bool {
    Over::of(seen.transaction)
        .is_some_and(|over| over.claim(seen.run).is_none() && !seen.run.ledger.is_proven(over.path()))
}

/// Whether package-url is of the `ftp` or the `ftps` scheme.
pub(super) fn is_by_ftp(transaction: &Transaction) -> bool {
    Over::of(transaction).is_some()
}

/// Whether the collect names the package that is on offer, and not an address that leads nowhere.
fn is_staged(transaction: &Transaction) -> bool {
    let url = transaction.command.as_ref().and_then(|command| command.get(Element::PackageUrl));
    url == Some(transaction.begun.package_url.as_str())
}

/// The first code that is not 0 of the answer and the receipts, else 0, and where it stands.
pub(super) fn told(transaction: &Transaction) -> Option<(Code, u64)> {
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
