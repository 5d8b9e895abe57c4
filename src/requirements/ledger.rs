//! The ledger of paths: over which of them something has come, so that silence can be judged.

use std::collections::HashMap;

use serde::Serialize;

use super::url::authority_of;
use crate::pens::{Element, mailto};
use crate::transcript::entry::Party;
use crate::transcript::{CallbackUrl, Evidence, Exchange, Transaction};

/// A way for messages between the peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Collects and their answers.
    Command,
    /// Packages, by HTTP.
    PackageHttp,
    /// Packages, by HTTPS.
    PackageHttps,
    /// Packages, by FTP.
    PackageFtp,
    /// Packages, by FTPS.
    PackageFtps,
    /// Receipts, by HTTP.
    ReceiptHttp,
    /// Receipts, by HTTPS.
    ReceiptHttps,
    /// Alerts, by HTTP.
    AlertsHttp,
    /// Alerts, by HTTPS.
    AlertsHttps,
    /// Receipts, by mail.
    ReceiptMail,
    /// Alerts, by mail.
    AlertsMail,
}

/// Which paths are proven, each with the first entry that shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    command: Option<u64>,
    package_http: Option<u64>,
    package_https: Option<u64>,
    package_ftp: Option<u64>,
    package_ftps: Option<u64>,
    receipt_http: Option<u64>,
    receipt_https: Option<u64>,
    alerts_http: Option<u64>,
    alerts_https: Option<u64>,
    receipt_mail: Option<u64>,
    alerts_mail: Option<u64>,
}

/// Whether anything has come over a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing yet.
    Unproven,
    /// Something has.
    Proven,
}

impl Path {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Command,
        Self::PackageHttp,
        Self::PackageHttps,
        Self::PackageFtp,
        Self::PackageFtps,
        Self::ReceiptHttp,
        Self::ReceiptHttps,
        Self::AlertsHttp,
        Self::AlertsHttps,
        Self::ReceiptMail,
        Self::AlertsMail,
    ];

    /// The path of the package of a transaction.
    #[must_use]
    pub fn of_package(transaction: &Transaction) -> Self {
        let given = given(transaction, Element::PackageUrl).unwrap_or(&transaction.begun.package_url);
        match given {
            ftp if is_of(ftp, "ftp:") => Self::PackageFtp,
            ftps if is_of(ftps, "ftps:") => Self::PackageFtps,
            https if is_secure(https) => Self::PackageHttps,
            _ => Self::PackageHttp,
        }
    }

    /// The path of the receipts or alerts of a transaction.
    #[must_use]
    pub fn of_callback(transaction: &Transaction, to: CallbackUrl) -> Self {
        let begun = &transaction.begun;
        match to {
            CallbackUrl::Alerts => match given(transaction, Element::Alerts).unwrap_or(&begun.alerts_url) {
                url if mailto(url).is_ok() => Self::AlertsMail,
                url if is_secure(url) => Self::AlertsHttps,
                _ => Self::AlertsHttp,
            },
            CallbackUrl::Receipt | CallbackUrl::Other => {
                match given(transaction, Element::Receipt).unwrap_or(&begun.receipt_url) {
                    url if mailto(url).is_ok() => Self::ReceiptMail,
                    url if is_secure(url) => Self::ReceiptHttps,
                    _ => Self::ReceiptHttp,
                }
            }
        }
    }

    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::PackageHttp => "package-http",
            Self::PackageHttps => "package-https",
            Self::PackageFtp => "package-ftp",
            Self::PackageFtps => "package-ftps",
            Self::ReceiptHttp => "receipt-http",
            Self::ReceiptHttps => "receipt-https",
            Self::AlertsHttp => "alerts-http",
            Self::AlertsHttps => "alerts-https",
            Self::ReceiptMail => "receipt-mail",
            Self::AlertsMail => "alerts-mail",
        }
    }
}

impl Ledger {
    /// Reads the evidence.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let mut ledger = Self::default();
        let answering = answering(evidence);
        for transaction in &evidence.transactions {
            for exchange in &transaction.collects {
                note(&mut ledger.command, shown_by(exchange));
            }
            for download in &transaction.downloads {
                if download.is_by_ftp() {
                    note(ledger.place(of_ftp(transaction)), shown_by(download));
                    continue;
                }
                note(ledger.place(Path::of_package(transaction)), shown_by(download));
                // Whoever fetched from this address reaches it with a receipt.
                let is_theirs = download.by == Party::Subject;
                let is_secure = Path::of_package(transaction) == Path::PackageHttps;
                let receipt = if is_secure { Path::ReceiptHttps } else { Path::ReceiptHttp };
                note(ledger.place(receipt), is_theirs.then_some(download.request.entry));
            }
            ledger.note_mail(transaction);
            for callback in transaction.by_http() {
                // What answers at one of its URLs is reached at the others.
                let is_reached = || answering.get(&authority_of(callback.exchange.url.as_deref()?)).copied();
                let entry = shown_by(&callback.exchange).or_else(is_reached);
                let path = Path::of_callback(transaction, callback.sent_to);
                // Who sends by HTTP what was to be mailed shows no way of mail.
                let is_mail = matches!(path, Path::ReceiptMail | Path::AlertsMail);
                if callback.sent_to != CallbackUrl::Other && !is_mail {
                    note(ledger.place(path), entry);
                }
            }
        }
        ledger
    }

    fn place(&mut self, path: Path) -> &mut Option<u64> {
        match path {
            Path::Command => &mut self.command,
            Path::PackageHttp => &mut self.package_http,
            Path::PackageHttps => &mut self.package_https,
            Path::PackageFtp => &mut self.package_ftp,
            Path::PackageFtps => &mut self.package_ftps,
            Path::ReceiptHttp => &mut self.receipt_http,
            Path::ReceiptHttps => &mut self.receipt_https,
            Path::AlertsHttp => &mut self.alerts_http,
            Path::AlertsHttps => &mut self.alerts_https,
            Path::ReceiptMail => &mut self.receipt_mail,
            Path::AlertsMail => &mut self.alerts_mail,
        }
    }

    /// The entry that proves a path; `None` while it is unproven.
    #[must_use]
    pub fn proof(&self, path: Path) -> Option<u64> {
        match path {
            Path::Command => self.command,
            Path::PackageHttp => self.package_http,
            Path::PackageHttps => self.package_https,
            Path::PackageFtp => self.package_ftp,
            Path::PackageFtps => self.package_ftps,
            Path::ReceiptHttp => self.receipt_http,
            Path::ReceiptHttps => self.receipt_https,
            Path::AlertsHttp => self.alerts_http,
            Path::AlertsHttps => self.alerts_https,
            Path::ReceiptMail => self.receipt_mail,
            Path::AlertsMail => self.alerts_mail,
        }
    }

    /// Whatever mail comes to one mailbox shows the way to the others as well: they are of one domain.
    fn note_mail(&mut self, transaction: &Transaction) {
        let theirs = transaction.mails.iter().filter(|seen| seen.mail.by == Party::Subject);
        for seen in theirs.filter(|seen| seen.taken_for().next().is_some()) {
            note(&mut self.receipt_mail, Some(seen.entry));
            note(&mut self.alerts_mail, Some(seen.entry));
        }
    }

    /// Whether anything has come over a path.
    #[must_use]
    pub fn is_proven(&self, path: Path) -> bool {
        self.proof(path).is_some()
    }
}

fn given(transaction: &Transaction, element: Element) -> Option<&str> {
    transaction.command.as_ref()?.get(element)
}

/// The path of what came by FTP for a transaction: of FTPS that it names, what comes without TLS is an attempt, too.
fn of_ftp(transaction: &Transaction) -> Path {
    match Path::of_package(transaction) {
        Path::PackageFtps => Path::PackageFtps,
        Path::Command
        | Path::PackageHttp
        | Path::PackageHttps
        | Path::PackageFtp
        | Path::ReceiptHttp
        | Path::ReceiptHttps
        | Path::ReceiptMail
        | Path::AlertsHttp
        | Path::AlertsHttps
        | Path::AlertsMail => Path::PackageFtp,
    }
}

fn is_secure(url: &str) -> bool {
    is_of(url, "https:")
}

fn is_of(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|given| given.eq_ignore_ascii_case(scheme))
}

/// The entry by which an exchange shows that its path is open: what came to us, or the answer to what we sent.
fn shown_by(exchange: &Exchange) -> Option<u64> {
    match exchange.by {
        Party::Subject => Some(exchange.request.entry),
        Party::Mock => exchange.status().and(exchange.response.as_ref()).map(|response| response.entry),
    }
}

/// The hosts and ports of a client at which something has answered us, each with the first entry that shows it.
fn answering(evidence: &Evidence) -> HashMap<String, u64> {
    let mut found = HashMap::new();
    for transaction in &evidence.transactions {
        let called_back = transaction.callbacks.iter().map(|callback| &callback.exchange);
        let ours = transaction.downloads.iter().chain(called_back).filter(|it| it.by == Party::Mock);
        for (url, entry) in ours.filter_map(|it| Some((it.url.as_deref()?, shown_by(it)?))) {
            let first = found.entry(authority_of(url)).or_insert(entry);
            *first = entry.min(*first);
        }
    }
    found
}

fn note(proof: &mut Option<u64>, entry: Option<u64>) {
    if let Some(entry) = entry {
        *proof = Some(proof.map_or(entry, |proof| proof.min(entry)));
    }
}
