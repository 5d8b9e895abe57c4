//! A mail read: who it is from and for, its subject, and the receipt or alert in its text (RFC 2822, MIME).

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Address, Message, MessageParser, MessagePart, PartType};

use super::mailed::{Mail, MailEnd};
use crate::pens::{Command, Flaw, MailFlaw, read_mail};

/// A mail as a judge looks at it.
#[derive(Debug, Clone)]
pub struct MailSeen {
    /// The number of its entry.
    pub entry: u64,
    /// The mail as it was recorded.
    pub mail: Mail,
    /// The addresses of `From`.
    pub from: Vec<String>,
    /// The addresses of `Reply-To`; `None` where there is no such header.
    pub reply_to: Option<Vec<String>>,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// The text, decoded: of several alternatives the one that has the data.
    pub text: String,
    /// What the text says.
    pub command: Command,
    /// What is wrong with how that is written.
    pub flaws: Vec<Flaw<MailFlaw>>,
}

impl MailSeen {
    /// Reads a mail: of one that was too long to be kept, its beginning.
    #[must_use]
    pub fn read(entry: u64, mail: &Mail) -> Self {
        let read = MessageParser::default().parse(&mail.message.head.0);
        let (text, command, flaws) = read.as_ref().map_or_else(Default::default, data_of);
        let read = read.as_ref();
        let addresses = |address: &Address<'_>| {
            address.iter().map(|one| one.address().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        Self {
            entry,
            mail: mail.clone(),
            from: read.and_then(Message::from).map(addresses).unwrap_or_default(),
            reply_to: read.and_then(Message::reply_to).map(addresses),
            subject: read.and_then(Message::subject).map(str::to_owned),
            text,
            command,
            flaws,
        }
    }

    /// The addresses for which the mail was taken.
    pub fn taken_for(&self) -> impl Iterator<Item = String> {
        let is_taken = self.mail.ended == MailEnd::Taken;
        let taken = self.mail.recipients.iter().filter(move |one| is_taken && one.reply == 250);
        taken.map(|one| String::from_utf8_lossy(&one.address.0).into_owned())
    }

    /// Whether it was taken for one of these addresses; letter case is no difference to us.
    #[must_use]
    pub fn is_for(&self, addresses: &[String]) -> bool {
        self.taken_for().any(|taken| addresses.iter().any(|address| address.eq_ignore_ascii_case(&taken)))
    }
}

/// The text that has the data, and the data; plain text goes before HTML.
fn data_of(message: &Message<'_>) -> (String, Command, Vec<Flaw<MailFlaw>>) {
    let mut first = None;
    for text in message.text_bodies().chain(message.html_bodies()).filter_map(text_of) {
        let (command, flaws) = read_mail(&text);
        let has_data = !command.pairs.is_empty();
        let read = (text, command, flaws);
        if has_data {
            return read;
        }
        first.get_or_insert(read);
    }
    first.unwrap_or_default()
}

fn text_of(part: &MessagePart<'_>) -> Option<String> {
    match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        PartType::Html(html) => Some(html_to_text(html)),
        PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_) | PartType::Multipart(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::entry::Party;
    use crate::transcript::{Body, Bytes};

    fn read(header: &str, body: &str) -> MailSeen {
        let message =
            format!("From: LMS <pens@lms.example>\r\nSubject: =?utf-8?q?Re=C3=A7u?=\r\n{header}\r\n{body}");
        let mail = Mail {
            exchange: 1,
            connection: 1,
            transaction: None,
            by: Party::Subject,
            purpose: None,
            helo: Bytes::default(),
            from: Bytes::default(),
            recipients: Vec::new(),
            further: 0,
            dialogue: Bytes::default(),
            message: Body::of(message.into_bytes()),
            ended: MailEnd::Taken,
            flaws: Vec::new(),
            first_byte_us: 0,
            masks: Vec::new(),
        };
        MailSeen::read(1, &mail)
    }

    #[test]
    fn mail_is_read_however_it_is_encoded() {
        let data = "Bonjour,\r\n\r\nerror=0\r\nerror-text=re\u{e7}u\r\n";
        let base64 = "Qm9uam91ciwNCg0KZXJyb3I9MA0KZXJyb3ItdGV4dD1yZcOndQ0K\r\n";
        let quoted = "Bonjour,\r\n\r\nerror=3D0\r\nerror-te=\r\nxt=3Dre=C3=A7u\r\n";
        let utf8 = "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-Transfer-Encoding: ";
        for (encoding, body) in [("8bit", data), ("base64", base64), ("quoted-printable", quoted)] {
            let seen = read(&format!("{utf8}{encoding}\r\n"), body);
            assert_eq!(seen.text, data, "{encoding}");
            assert_eq!(seen.command.value("error-text"), Some("re\u{e7}u"), "{encoding}");
            assert_eq!((&seen.flaws[..], seen.subject.as_deref()), (&[][..], Some("Re\u{e7}u")));
            assert_eq!((seen.from, seen.reply_to), (vec!["pens@lms.example".to_owned()], None));
        }
    }

    #[test]
    fn of_alternatives_the_one_with_the_data_is_read() {
        let kind = "Content-Type: multipart/alternative; boundary=b\r\n";
        let part = |kind: &str, text: &str| format!("--b\r\nContent-Type: text/{kind}\r\n\r\n{text}\r\n");
        let html = part("html", "<p>Hello</p>error=1310<br>client=LMS<br>");
        let both = part("plain", "error=0\r\nclient=LMS") + &html + "--b--\r\n";
        let seen = read(kind, &both);
        assert_eq!((seen.command.value("error"), seen.flaws.len()), (Some("0"), 0));
        let seen = read(kind, &(part("plain", "see the page") + &html + "--b--\r\n"));
        assert_eq!(seen.command.value("error"), Some("1310"));
        assert_eq!(seen.command.value("client"), Some("LMS"));
    }

    #[test]
    fn what_is_no_mail_says_nothing() {
        for bytes in ["", "\0\0\r\n\r\n\0", "From: \r\nSubject\r\n"] {
            let seen = read("", bytes);
            assert!(seen.command.pairs.is_empty(), "{bytes:?}");
        }
    }
}
