//! The ledger of paths: over which of them something has come, so that silence can be judged.

use serde::Serialize;

use crate::transcript::entry::Party;
use crate::transcript::{CallbackUrl, Evidence, Exchange};

/// A way for messages between the peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Collects and their answers.
    Command,
    /// Packages, by HTTP.
    PackageHttp,
    /// Packages, by FTP.
    PackageFtp,
    /// Receipts, by HTTP.
    ReceiptHttp,
    /// Alerts, by HTTP.
    AlertsHttp,
}

/// Which paths are proven, each with the first entry that shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    command: Option<u64>,
    package_http: Option<u64>,
    package_ftp: Option<u64>,
    receipt_http: Option<u64>,
    alerts_http: Option<u64>,
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
    pub const ALL: [Self; 5] =
        [Self::Command, Self::PackageHttp, Self::PackageFtp, Self::ReceiptHttp, Self::AlertsHttp];

    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::PackageHttp => "package-http",
            Self::PackageFtp => "package-ftp",
            Self::ReceiptHttp => "receipt-http",
            Self::AlertsHttp => "alerts-http",
        }
    }
}

impl Ledger {
    /// Reads the evidence.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let mut ledger = Self::default();
        for transaction in &evidence.transactions {
            for exchange in &transaction.collects {
                note(&mut ledger.command, shown_by(exchange));
            }
            for download in &transaction.downloads {
                if download.is_by_ftp() {
                    note(&mut ledger.package_ftp, shown_by(download));
                    continue;
                }
                note(&mut ledger.package_http, shown_by(download));
                // Whoever fetched from this address reaches it with a receipt.
                let is_theirs = download.by == Party::Subject;
                note(&mut ledger.receipt_http, is_theirs.then_some(download.request.entry));
            }
            for callback in &transaction.callbacks {
                let entry = shown_by(&callback.exchange);
                match callback.sent_to {
                    CallbackUrl::Receipt => note(&mut ledger.receipt_http, entry),
                    CallbackUrl::Alerts => note(&mut ledger.alerts_http, entry),
                    CallbackUrl::Other => {}
                }
            }
        }
        ledger
    }

    /// The entry that proves a path; `None` while it is unproven.
    #[must_use]
    pub fn proof(&self, path: Path) -> Option<u64> {
        match path {
            Path::Command => self.command,
            Path::PackageHttp => self.package_http,
            Path::PackageFtp => self.package_ftp,
            Path::ReceiptHttp => self.receipt_http,
            Path::AlertsHttp => self.alerts_http,
        }
    }

    /// Whether anything has come over a path.
    #[must_use]
    pub fn is_proven(&self, path: Path) -> bool {
        self.proof(path).is_some()
    }
}

/// The entry by which an exchange shows that its path is open: what came to us, or the answer to what we sent.
fn shown_by(exchange: &Exchange) -> Option<u64> {
    match exchange.by {
        Party::Subject => Some(exchange.request.entry),
        Party::Mock => exchange.status().and(exchange.response.as_ref()).map(|response| response.entry),
    }
}

fn note(proof: &mut Option<u64>, entry: Option<u64>) {
    if let Some(entry) = entry {
        *proof = Some(proof.map_or(entry, |proof| proof.min(entry)));
    }
}
