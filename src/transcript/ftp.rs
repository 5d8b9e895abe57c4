//! What passes over FTP: the dialogue line by line, and what became of each file.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes::{Body, Bytes};
use super::entry::{Ended, Entry, Party, Tls, Whole};
use super::mask::Mask;
use super::protocol::Protocol;
use super::transaction::{Evidence, Exchange, Handshake, Message};
use crate::wire::http::{RequestHead, ResponseHead};

/// A line of the dialogue over a control connection; a reply of several lines is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlLine {
    /// The control connection.
    pub connection: u64,
    /// Whose line it is.
    pub by: Party,
    /// The line with whatever ends it.
    pub line: Bytes,
    /// Where secrets stood: what PASS and ACCT give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
}

/// A handshake of TLS on a connection of FTP: that of the dialogue, secured from its beginning or later, or one of a
/// file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secured {
    /// The control connection.
    pub connection: u64,
    /// Who opened it.
    pub by: Party,
    /// Which connection was to be secured.
    pub link: SecuredLink,
    /// What was seen of the handshake.
    pub tls: Tls,
}

/// Which connection was to be secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecuredLink {
    /// That of the dialogue.
    Control,
    /// One of a file.
    Data,
    /// That of mail.
    Mail,
}

/// A package that was asked for over FTP, or a login that was refused, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Its number, of those that exchanges have.
    pub exchange: u64,
    /// The control connection.
    pub connection: u64,
    /// The transaction, where the path or the user tells it.
    pub transaction: Option<String>,
    /// Who asked.
    pub by: Party,
    /// Whether the control connection was secured.
    pub over: FtpScheme,
    /// What was asked for.
    pub asked: FtpAsked,
    /// The path from the first directory, percent-encoded; empty of a login.
    pub path: String,
    /// The user that the server was told, where it was no guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The URL that was fetched from, where we asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The code of the reply that it ended with; `None` where there was none.
    pub reply: Option<u16>,
    /// What passed of the file.
    pub body: Body,
    /// How it ended.
    pub ended: Ended,
    /// When it was asked for, in microseconds since the run began.
    pub asked_us: u64,
    /// When the first byte of the file passed.
    pub first_byte_us: Option<u64>,
    /// When it was over.
    pub last_byte_us: u64,
}

/// Whether a control connection was secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FtpScheme {
    /// It was not.
    Ftp,
    /// It was, from its beginning or later.
    Ftps,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FtpAsked {
    /// To be let in; the login was refused, or an account was needed and not given.
    Login,
    /// A file.
    File,
}

impl FtpAsked {
    /// The command that asks for it.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Login => "USER",
            Self::File => "RETR",
        }
    }
}

/// How much of a dialogue is shown with what it led to.
const SHOWN: usize = 4 * 1024;

/// What was said over each control connection so far, as far as it is shown.
#[derive(Debug, Default)]
pub(super) struct Dialogues {
    said: HashMap<u64, Vec<u8>>,
    secured: HashMap<u64, Tls>,
}

impl Dialogues {
    /// Takes a line; that something is said over a secured connection shows that its handshake was borne.
    pub(super) fn take(&mut self, (entry, line): (u64, &ControlLine), evidence: &mut Evidence) {
        if line.by == Party::Subject && is_active(&line.line.0) {
            evidence.active_ftp.get_or_insert(entry);
        }
        let secured = evidence.handshakes.iter_mut().rev().find(|one| one.connection == line.connection);
        if let Some(secured) = secured.filter(|secured| secured.by == line.by) {
            secured.requests += 1;
        }
        let said = self.said.entry(line.connection).or_default();
        let by: &[u8] = match line.by {
            Party::Mock => b"penspec: ",
            Party::Subject => b"subject: ",
        };
        let room = SHOWN.saturating_sub(said.len());
        said.extend([by, &line.line.0].concat().into_iter().take(room));
    }

    pub(super) fn take_secured(&mut self, entry: &Entry, secured: &Secured, evidence: &mut Evidence) {
        let Secured { connection, by, link, tls } = secured.clone();
        // Over a connection of a file nothing is said.
        let requests = usize::from(link == SecuredLink::Data);
        self.secured.insert(connection, tls.clone());
        let protocol = match link {
            SecuredLink::Control | SecuredLink::Data => Protocol::Ftps,
            SecuredLink::Mail => Protocol::Mail,
        };
        let entry = entry.number;
        evidence.handshakes.push(Handshake { entry, connection, by, protocol, tls, requests });
    }

    /// A transfer as an exchange: the command that asks for the file, and the reply that the transfer ended with.
    pub(super) fn exchange_of(&self, entry: &Entry, transfer: &Transfer) -> Exchange {
        let dialogue = self.said.get(&transfer.connection).cloned().unwrap_or_default();
        let message = |first_byte_us: u64, body: Body| Message {
            entry: entry.number,
            first_byte_us,
            last_byte_us: transfer.last_byte_us,
            head: dialogue.clone(),
            body,
        };
        let first = transfer.first_byte_us.unwrap_or(transfer.last_byte_us);
        Exchange {
            id: transfer.exchange,
            by: transfer.by,
            request: message(transfer.asked_us, Body::default()),
            whole: Whole::Whole,
            request_head: RequestHead {
                method: transfer.asked.verb().to_owned(),
                target: transfer.path.clone().into_bytes(),
                ..RequestHead::default()
            },
            response: transfer.reply.map(|_| message(first, transfer.body.clone())),
            response_head: transfer
                .reply
                .map(|reply| ResponseHead { status: Some(reply), ..ResponseHead::default() }),
            ended: Some(transfer.ended),
            ended_entry: Some(entry.number),
            url: transfer.url.clone(),
            user: transfer.user.clone(),
            connection: transfer.connection,
            tls: self.secured.get(&transfer.connection).cloned(),
            protocol: match transfer.over {
                FtpScheme::Ftp => Protocol::Ftp,
                FtpScheme::Ftps => Protocol::Ftps,
            },
        }
    }
}

/// Whether a line asks the server to connect to the client (RFC 959, 4.1.2; RFC 2428, 2).
fn is_active(line: &[u8]) -> bool {
    let verb = line.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).next().unwrap_or_default();
    [&b"PORT"[..], b"EPRT"].iter().any(|active| verb.eq_ignore_ascii_case(active))
}

/// What follows PASS or ACCT up to the end of the line, whatever stands before them or between their letters that is
/// no letter: telnet's bytes and NULs are skipped by servers.
pub(super) fn given_in_dialogue(line: &[u8]) -> Option<(usize, usize)> {
    let letters = line.iter().enumerate().filter(|(_, byte)| byte.is_ascii_alphabetic());
    let (places, verb): (Vec<usize>, Vec<u8>) =
        letters.take(4).map(|(at, byte)| (at, byte.to_ascii_uppercase())).unzip();
    let last = places.get(3)?;
    let end = line.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(line.len());
    let blanks = line[last + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0)).count();
    let start = last + 1 + blanks;
    (matches!(verb.as_slice(), b"PASS" | b"ACCT") && start < end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::super::mask::Masker;

    #[test]
    fn what_a_dialogue_gives_is_masked() {
        for (line, expected) in [
            ("PASS secret word\r\n", "PASS ***********\r\n"),
            ("acct A-7\n", "acct ***\n"),
            ("P\0ASS s\r\n", "P\0ASS *\r\n"),
            ("PASS \r\n", "PASS \r\n"),
            ("PASSWORD\r\n", "PASS****\r\n"),
            ("USER tk\r\n", "USER tk\r\n"),
            ("RETR pass word.zip\r\n", "RETR pass word.zip\r\n"),
            ("331 say hunter two\r\n", "331 say **********\r\n"),
        ] {
            let mut bytes = line.as_bytes().to_vec();
            Masker::new([7; 32], &["hunter two".to_owned()]).mask_control_line(&mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), expected);
        }
        let mut behind_telnet = b"\xFF\xF4PASS s\n".to_vec();
        Masker::new([7; 32], &[]).mask_control_line(&mut behind_telnet);
        assert_eq!(behind_telnet, b"\xFF\xF4PASS *\n");
    }
}
