//! Says receipts and alerts by mail: writes them as the note of A.1 recommends, and hands them over to a mail server.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials as Login;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::mail_manners::{Header, MailData, MailManners, Recipients};
use super::mailroom::port_of;
use super::reach::Reach;
use super::stage::Credentials;
use crate::pens::{Command, Element, Encode, mailto};
use crate::profile;
use crate::transcript::entry::{Barred, Mail, MailEnd, NotSent, Party, Purpose, Recipient, What};
use crate::transcript::{Body, Bytes, Recorder};
use crate::wire::Numbers;

/// How long a mail server may take to take a mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a mock hands its mail over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mailing {
    /// Nowhere: it does not mail.
    #[default]
    Nowhere,
    /// At the port of this machine that the domain of a mailbox names: the tour.
    Loopback,
    /// At a mail server.
    Server(MailServer),
}

impl Mailing {
    /// As a profile describes it.
    #[must_use]
    pub fn of(mail: &profile::Mail) -> Self {
        let Some(server) = &mail.server else { return Self::Nowhere };
        let known = mail.user.as_ref().zip(mail.password.as_ref());
        Self::Server(MailServer {
            host: server.host.clone(),
            port: server.port,
            credentials: known.map(|(user, password)| Credentials {
                user: user.clone(),
                password: password.reveal().to_owned(),
                account: None,
            }),
            from: mail.from.clone(),
        })
    }
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who it knows us as.
    pub credentials: Option<Credentials>,
    /// The address that mails come from, and that answers go to.
    pub from: String,
}

/// Who mails, and what it records of it.
#[derive(Clone, Copy)]
pub(super) struct Mailer<'a> {
    pub(super) recorder: &'a Recorder,
    pub(super) numbers: &'a Numbers,
    pub(super) mailing: &'a Mailing,
    pub(super) reach: &'a Reach,
    pub(super) manners: MailManners,
}

/// A receipt or an alert to be mailed.
pub(super) struct Letter<'a> {
    /// The `mailto:` URL.
    pub(super) url: &'a str,
    pub(super) command: &'a Command,
    pub(super) transaction: &'a str,
    pub(super) purpose: Purpose,
}

/// Whether a mail was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Posted {
    Taken,
    Failed,
}

impl Mailer<'_> {
    /// Mails to every address of the URL, and records each mail.
    pub(super) async fn post(&self, letter: &Letter<'_>) -> Posted {
        let addresses = mailto(letter.url).unwrap_or_default();
        let groups: Vec<Vec<String>> = match self.manners.recipients {
            Recipients::All => vec![addresses],
            Recipients::Each => addresses.into_iter().map(|address| vec![address]).collect(),
            Recipients::First => vec![addresses.into_iter().take(1).collect()],
        };
        let mut posted = Posted::Failed;
        for to in groups.iter().filter(|to| !to.is_empty()) {
            posted = self.post_one(letter, to).await;
        }
        posted
    }

    async fn post_one(&self, letter: &Letter<'_>, to: &[String]) -> Posted {
        let began_us = self.recorder.elapsed_us();
        let from = match self.mailing {
            Mailing::Server(server) => server.from.clone(),
            Mailing::Nowhere | Mailing::Loopback => "pens@lms.example".to_owned(),
        };
        // What cannot be written for its addresses cannot be mailed either.
        let Some((envelope, message)) = self.written(letter, &from, to) else {
            self.bar(letter, Barred::Address);
            return Posted::Failed;
        };
        let handed_over = match self.route(to) {
            Err(why) => {
                self.bar(letter, why);
                HandedOver { ended: MailEnd::Unsent, reply: 0, said: String::new() }
            }
            Ok(transport) => HandedOver::of(transport.send_raw(&envelope, &message).await),
        };
        let posted = if handed_over.ended == MailEnd::Taken { Posted::Taken } else { Posted::Failed };
        let recipient = |address: &String| Recipient {
            address: Bytes(address.clone().into_bytes()),
            reply: handed_over.reply,
        };
        self.recorder.append(What::Mail(Mail {
            exchange: self.numbers.next_exchange(),
            connection: 0,
            transaction: Some(letter.transaction.to_owned()),
            by: Party::Mock,
            purpose: Some(letter.purpose),
            helo: Bytes(b"penspec".to_vec()),
            from: Bytes(from.into_bytes()),
            recipients: to.iter().map(recipient).collect(),
            further: 0,
            dialogue: Bytes(handed_over.said.into_bytes()),
            message: Body::kept(&message),
            ended: handed_over.ended,
            flaws: Vec::new(),
            first_byte_us: began_us,
            masks: Vec::new(),
        }));
        posted
    }

    fn bar(&self, letter: &Letter<'_>, why: Barred) {
        self.recorder.append(What::NotSent(NotSent {
            transaction: letter.transaction.to_owned(),
            purpose: letter.purpose,
            url: self.recorder.mask_text(letter.url),
            why,
        }));
    }

    /// The server that takes mail for these addresses.
    fn route(&self, to: &[String]) -> Result<AsyncSmtpTransport<Tokio1Executor>, Barred> {
        let domain = |address: &String| address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        let transport = match self.mailing {
            Mailing::Nowhere => return Err(Barred::MailServer),
            Mailing::Loopback => {
                let ports: Option<Vec<u16>> = to.iter().map(|address| port_of(&domain(address))).collect();
                let port = ports.and_then(|ports| ports.first().copied()).ok_or(Barred::Unresolved)?;
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port)
            }
            Mailing::Server(server) => {
                // A collect must not make us mail to whomever it likes.
                if !to.iter().all(|address| self.reach.allowed.contains(&domain(address))) {
                    return Err(Barred::Host);
                }
                let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str());
                let login = server.credentials.clone().map(|known| Login::new(known.user, known.password));
                let builder = builder.port(server.port);
                login.map_or(builder.clone(), |login| builder.credentials(login))
            }
        };
        let own = ClientId::Domain("penspec".to_owned());
        Ok(transport.hello_name(own).timeout(Some(PATIENCE)).build())
    }

    /// The mail: who it is from and for, what it is about, and the data behind a word to whoever reads it.
    fn written(
        &self,
        letter: &Letter<'_>,
        from: &str,
        to: &[String],
    ) -> Option<(lettre::address::Envelope, Vec<u8>)> {
        let from: Address = from.parse().ok()?;
        let sender = Mailbox::new(Some("penspec mock target".to_owned()), from.clone());
        let mut builder = Message::builder().from(sender);
        if self.manners.header == Header::Whole {
            builder = builder.reply_to(Mailbox::new(None, from)).subject(subject(letter));
        }
        for address in to {
            builder = builder.to(Mailbox::new(None, address.parse().ok()?));
        }
        let message = builder.header(ContentType::TEXT_PLAIN).body(self.text(letter.command)).ok()?;
        Some((message.envelope().clone(), message.formatted()))
    }

    fn text(&self, command: &Command) -> String {
        const WORDS: &str = "This mail was written by the mock target of penspec.\r\n\r\n";
        let line = |name: &str, value: &str| format!("{name}={}\r\n", value.replace(['\r', '\n'], " "));
        let lines = command.pairs.iter().map(|pair| line(&pair.name, &pair.value));
        match self.manners.data {
            MailData::Lines => WORDS.to_owned() + &lines.collect::<String>(),
            MailData::Left => WORDS.to_owned(),
            MailData::Query => {
                WORDS.to_owned() + &String::from_utf8_lossy(&command.write_query(Encode::Percent))
            }
            MailData::Response => {
                let value = |name| command.value(name).unwrap_or_default();
                line("error", value("error"))
                    + &line("error-text", value("error-text"))
                    + "version=1.0.0\r\npens-data=\r\n"
            }
        }
    }
}

/// What became of a mail.
struct HandedOver {
    ended: MailEnd,
    reply: u16,
    said: String,
}

impl HandedOver {
    fn of(
        result: Result<lettre::transport::smtp::response::Response, lettre::transport::smtp::Error>,
    ) -> Self {
        match result {
            Ok(response) => {
                let reply = response.code().into();
                Self { ended: MailEnd::Taken, reply, said: format!("S: {reply}\r\n") }
            }
            Err(error) => {
                let reply = error.status().map_or(0, u16::from);
                let ended = if reply == 0 { MailEnd::Unreachable } else { MailEnd::Refused };
                Self { ended, reply, said: format!("S: {error}\r\n") }
            }
        }
    }
}

/// What a mail is about, in words for a person.
fn subject(letter: &Letter<'_>) -> String {
    let what = match letter.purpose {
        Purpose::Alert => "Alert",
        Purpose::Receipt | Purpose::Collect | Purpose::Download => "Receipt",
    };
    let id = letter.command.get(Element::PackageId).unwrap_or_default();
    let id: String = id.chars().filter(|letter| !letter.is_control()).take(100).collect();
    format!("{what} for the package {id}")
}
