//! What an exchange passes over, and whether a file came by it.

use super::entry::{Ended, FtpAsked};
use super::transaction::Exchange;

/// What an exchange passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP, secured or not.
    Http,
    /// FTP: a file, from the command that asks for it to the reply that ends the transfer.
    Ftp,
    /// The same over a secured control connection.
    Ftps,
    /// SMTP: a mail, which has no answer.
    Mail,
}

impl Exchange {
    /// Whether it passed over FTP, secured or not.
    #[must_use]
    pub fn is_by_ftp(&self) -> bool {
        matches!(self.protocol, Protocol::Ftp | Protocol::Ftps)
    }

    /// Whether it asks for a file: a HEAD fetches nothing, and a login that is refused has not come so far.
    #[must_use]
    pub fn is_fetch(&self) -> bool {
        match self.protocol {
            Protocol::Http => self.request_head.method == "GET",
            Protocol::Ftp | Protocol::Ftps => self.request_head.method == FtpAsked::File.verb(),
            Protocol::Mail => false,
        }
    }

    /// Whether the answer hands the file over, be it that the transfer broke off.
    #[must_use]
    pub fn is_given(&self) -> bool {
        match self.protocol {
            Protocol::Http => self.status() == Some(200),
            Protocol::Ftp | Protocol::Ftps => {
                self.is_fetch() && matches!(self.status(), Some(125 | 150 | 226 | 250 | 426))
            }
            Protocol::Mail => false,
        }
    }

    /// Whether the file came to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_told = !self.is_by_ftp() || matches!(self.status(), Some(226 | 250));
        self.is_given() && is_told && self.ended == Some(Ended::Complete)
    }
}
