//! The mails of a target's stories.

use percent_encoding::percent_decode_str;

use super::{Story, edit};
use crate::transcript::entry::{HandedOver, Mail, MailEnd, Party, Recipient, What};
use crate::transcript::{Body, Bytes};

/// The domain of the mailboxes in stories.
pub(super) const DOMAIN: &str = "mail.example";

impl Story {
    /// A mail of the subject's, as the note of A.1 recommends it but for what the words say.
    pub(super) fn send_mail(&mut self, rest: &str) {
        let mut command = self.callback("receipt");
        for name in ["command", "pens-version", "package-type-version", "package-format", "package-url"] {
            command.omit(name);
        }
        let (mut to, mut end, mut ended) = ("receipt".to_owned(), "\r\n", MailEnd::Taken);
        let mut flaws = Vec::new();
        let mut before = "Your package is there.\r\n\r\n".to_owned();
        let mut header = [
            ("From", "LMS <pens@lms.example>".to_owned()),
            ("Reply-To", "pens@lms.example".to_owned()),
            ("Subject", "Your package".to_owned()),
        ];
        for word in rest.split_whitespace() {
            let value = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            match word.split_once('=') {
                Some(("to", names)) => names.clone_into(&mut to),
                Some(("text", text)) => before = value(text),
                Some(("from", text)) => header[0].1 = value(text),
                Some(("reply-to", text)) => header[1].1 = value(text),
                Some(("subject", text)) => header[2].1 = value(text),
                None if word == "lf" => (end, flaws) = ("\n", vec![HandedOver::BareLf]),
                None if word == "cut" => ended = MailEnd::Cut,
                None if word == "refused" => ended = MailEnd::Refused,
                _ => edit(&mut command, word),
            }
        }
        let header = header.iter().filter(|(_, value)| value != "none");
        let header: String = header.map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
        let data: String =
            command.pairs.iter().map(|pair| [&pair.name, "=", &pair.value, end].concat()).collect();
        let reply = if ended == MailEnd::Refused { 550 } else { 250 };
        let address = |name: &str| format!("{name}+{}@{DOMAIN}", self.id()).into_bytes();
        let recipients = to.split(',').map(|name| Recipient { address: Bytes(address(name)), reply });
        let recipients = recipients.collect();
        self.exchanges += 1;
        let mail = Mail {
            exchange: self.exchanges,
            connection: self.exchanges,
            transaction: None,
            by: Party::Subject,
            purpose: None,
            helo: Bytes(b"lms.example".to_vec()),
            from: Bytes(b"pens@lms.example".to_vec()),
            recipients,
            further: 0,
            dialogue: Bytes::default(),
            message: Body::of(format!("{header}\r\n{before}{data}").into_bytes()),
            ended,
            flaws,
            first_byte_us: self.now(),
            masks: Vec::new(),
        };
        self.push(What::Mail(mail));
    }
}
