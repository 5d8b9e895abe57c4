//! One SMTP connection: commands and replies, and the mails that come of them (RFC 5321).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, MAIL_BODY_8BITMIME, MailFrom, Request};

use super::data::{Data, Heard};
use super::dialogue::Dialogue;
use super::event::{Ended, Event, Flaw, How, Mail, Recipient};
use super::lines::{Line, Lines};
use super::link::Link;
use super::listen::{Admission, Host};
use crate::wire::excerpt::Excerpt;

/// The first line that we say.
const GREETING: &str = "220 penspec takes mail for its own mailboxes and passes none on\r\n";

/// A connection and what was said on it.
pub(super) struct Session<'h> {
    link: Link,
    lines: Lines,
    host: &'h Host,
    ends: (u64, SocketAddr),
    dialogue: Dialogue,
    helo: Vec<u8>,
    envelope: Option<Envelope>,
    data: Option<Data>,
    /// Commands since the last mail.
    commands: usize,
    /// What was wrong with commands before the mail that they belong to.
    flaws: Vec<Flaw>,
}

/// A mail before its message.
struct Envelope {
    from: Vec<u8>,
    recipients: Vec<Recipient>,
    further: u64,
    body: Body,
    began: Instant,
}

/// What a sender announced of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    SevenBit,
    EightBit,
}

impl<'h> Session<'h> {
    pub(super) fn new(link: Link, ends: (u64, SocketAddr), host: &'h Host) -> Self {
        Self {
            link,
            lines: Lines::default(),
            host,
            ends,
            dialogue: Dialogue::default(),
            helo: Vec::new(),
            envelope: None,
            data: None,
            commands: 0,
            flaws: Vec::new(),
        }
    }

    /// Talks until the connection ends.
    pub(super) async fn converse(&mut self) -> How {
        match self.talk().await {
            Ok(()) => How::Ours,
            Err(how) => how,
        }
    }

    /// Tells of a mail that was left in the middle, and lets the last reply arrive.
    pub(super) async fn close(&mut self, how: How) {
        if let Some(data) = &mut self.data {
            data.take(self.lines.rest());
            self.hand_over(Ended::Cut);
        }
        self.abandon();
        if how == How::Ours {
            self.link.linger().await;
        }
    }

    async fn talk(&mut self) -> Result<(), How> {
        self.reply(GREETING).await?;
        loop {
            let line = self.lines.next(&mut self.link, self.host.limits.idle).await?;
            self.commands += 1;
            if self.commands > self.host.limits.idle_commands {
                self.flaw(Flaw::Command);
                self.reply("421 4.7.0 too many commands without a mail\r\n").await?;
                return Ok(());
            }
            match line {
                Line::TooLong(beginning) => {
                    self.dialogue.command(&beginning);
                    self.flaw(Flaw::Command);
                    self.reply("500 5.5.2 the line is too long\r\n").await?;
                }
                Line::Whole(line) => {
                    if self.obey(&line).await? == Then::End {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Does what a command asks for.
    async fn obey(&mut self, line: &[u8]) -> Result<Then, How> {
        self.look_at(line);
        // What ends with LF alone is read all the same; the parser wants its end.
        let ended = [line.trim_ascii_end(), b"\r\n"].concat();
        let read = Request::parse(&mut ended.iter());
        match shown_of_auth(line) {
            Some(shown) => self.dialogue.secret(line, shown),
            None => self.dialogue.command(line),
        }
        let Ok(request) = read else {
            self.flaw(Flaw::Command);
            self.reply("500 5.5.2 no command that is understood here\r\n").await?;
            return Ok(Then::GoOn);
        };
        match request {
            Request::Ehlo { host } => self.greet(host.as_ref(), Extended::Yes).await?,
            Request::Helo { host } => self.greet(host.as_ref(), Extended::No).await?,
            Request::Mail { from } => self.begin(from).await?,
            Request::Rcpt { to } => return self.add(&to.address).await,
            Request::Data => self.take().await?,
            Request::Auth { mechanism, initial_response } => {
                let answers = match mechanism {
                    AUTH_PLAIN => 1,
                    AUTH_LOGIN => 2,
                    _ => {
                        self.reply("504 5.5.4 PLAIN or LOGIN\r\n").await?;
                        return Ok(Then::GoOn);
                    }
                };
                self.let_in(answers - usize::from(!initial_response.is_empty())).await?;
            }
            Request::StartTls => self.secure().await?,
            Request::Rset => {
                self.abandon();
                self.reply("250 2.0.0 forgotten\r\n").await?;
            }
            Request::Noop { .. } => self.reply("250 2.0.0 nothing done\r\n").await?,
            Request::Help { .. } => self.reply("214 2.0.0 a mail sink of penspec: RFC 5321\r\n").await?,
            Request::Vrfy { .. } => self.reply("252 2.0.0 send it, and see\r\n").await?,
            Request::Quit => {
                self.abandon();
                self.reply("221 2.0.0 closing\r\n").await?;
                return Ok(Then::End);
            }
            Request::Lhlo { .. }
            | Request::Bdat { .. }
            | Request::Expn { .. }
            | Request::Etrn { .. }
            | Request::Atrn { .. }
            | Request::Burl { .. } => self.reply("502 5.5.1 not offered here\r\n").await?,
        }
        Ok(Then::GoOn)
    }

    fn look_at(&mut self, line: &[u8]) {
        if !line.ends_with(b"\r\n") {
            self.flaw(Flaw::BareLf);
        }
        if line.contains(&0) {
            self.flaw(Flaw::Nul);
        }
    }

    async fn greet(&mut self, name: &str, extended: Extended) -> Result<(), How> {
        self.abandon();
        self.helo = name.as_bytes().to_vec();
        let size = self.host.limits.message;
        let secure =
            if self.host.identity.is_some() && self.link.is_plain() { "250-STARTTLS\r\n" } else { "" };
        match extended {
            Extended::No => self.reply("250 penspec\r\n").await,
            Extended::Yes => {
                let offers = format!(
                    "250-penspec\r\n250-PIPELINING\r\n250-8BITMIME\r\n{secure}250-AUTH PLAIN LOGIN\r\n250 SIZE {size}\r\n"
                );
                self.reply(&offers).await
            }
        }
    }

    async fn begin(&mut self, from: MailFrom<Cow<'_, str>>) -> Result<(), How> {
        if self.helo.is_empty() || self.envelope.is_some() {
            self.flaw(Flaw::Command);
            return self.reply("503 5.5.1 out of turn: EHLO, then one mail at a time\r\n").await;
        }
        if from.size as u64 > self.host.limits.message {
            return self.reply("552 5.3.4 larger than is taken here\r\n").await;
        }
        let is_eight = from.flags & MAIL_BODY_8BITMIME != 0;
        self.envelope = Some(Envelope {
            from: from.address.as_bytes().to_vec(),
            recipients: Vec::new(),
            further: 0,
            body: if is_eight { Body::EightBit } else { Body::SevenBit },
            began: Instant::now(),
        });
        self.reply("250 2.1.0 go on\r\n").await
    }

    async fn add(&mut self, address: &str) -> Result<Then, How> {
        let Some(envelope) = &mut self.envelope else {
            self.flaw(Flaw::Command);
            self.reply("503 5.5.1 out of turn: MAIL comes first\r\n").await?;
            return Ok(Then::GoOn);
        };
        if envelope.recipients.len() >= self.host.limits.recipients {
            envelope.further += 1;
            self.reply("452 4.5.3 too many recipients\r\n").await?;
            return Ok(Then::GoOn);
        }
        let admission = (self.host.admit)(address);
        let (reply, words) = match admission {
            Admission::Taken => (250, "2.1.5 a mailbox of ours"),
            Admission::Foreign => (550, "5.1.1 no mailbox of ours, and nothing is passed on"),
            Admission::OnPurpose(reply) => (reply, "refused on purpose"),
        };
        envelope.recipients.push(Recipient { address: address.as_bytes().to_vec(), reply });
        self.reply(&format!("{reply} {words}\r\n")).await?;
        Ok(if reply == 421 { Then::End } else { Then::GoOn })
    }

    /// Takes a message up to its dot.
    async fn take(&mut self) -> Result<(), How> {
        let is_taken = |recipient: &Recipient| recipient.reply == 250;
        let Some(envelope) = &self.envelope else {
            self.flaw(Flaw::Command);
            return self.reply("503 5.5.1 out of turn: MAIL and RCPT come first\r\n").await;
        };
        if !envelope.recipients.iter().any(is_taken) {
            return self.reply("554 5.5.1 no valid recipients\r\n").await;
        }
        self.reply("354 end with a dot\r\n").await?;
        self.data = Some(Data::default());
        while let Some(data) = &mut self.data {
            let piece = self.lines.piece(&mut self.link, self.host.limits.idle).await?;
            if data.take(piece) == Heard::Dot {
                break;
            }
            if data.length() > self.host.limits.endless {
                self.dialogue.reply(b"421 4.3.4 a message without end\r\n");
                self.hand_over(Ended::TooLarge);
                self.say("421 4.3.4 a message without end\r\n").await?;
                return Err(How::Ours);
            }
        }
        let is_large = self.data.as_ref().is_some_and(|data| data.length() > self.host.limits.message);
        let (ended, reply) = if is_large {
            (Ended::TooLarge, "552 5.3.4 larger than is taken here\r\n")
        } else {
            (Ended::Taken, "250 2.0.0 taken\r\n")
        };
        self.dialogue.reply(reply.as_bytes());
        self.hand_over(ended);
        self.say(reply).await
    }

    /// Anybody is let in, whatever the credentials: so many answers are taken, masked and forgotten.
    async fn let_in(&mut self, answers: usize) -> Result<(), How> {
        for _ in 0..answers {
            self.reply("334 VXNlcm5hbWU6\r\n").await?;
            match self.lines.next(&mut self.link, self.host.limits.idle).await? {
                Line::Whole(line) | Line::TooLong(line) => self.dialogue.secret(&line, 0),
            }
        }
        self.reply("235 2.7.0 let in\r\n").await
    }

    async fn secure(&mut self) -> Result<(), How> {
        let Some(identity) = self.host.identity.as_ref().filter(|_| self.link.is_plain()) else {
            return self.reply("502 5.5.1 not offered here\r\n").await;
        };
        self.abandon();
        self.reply("220 2.0.0 begin\r\n").await?;
        self.lines.forget();
        self.helo.clear();
        let facts = self.link.secure(identity, self.host.limits.idle).await;
        let is_secured = facts.failure.is_none();
        (self.host.observe)(Event::Secured { connection: self.ends.0, facts });
        if is_secured { Ok(()) } else { Err(How::Tls) }
    }

    /// A mail that comes to nothing is told all the same, once it has recipients.
    fn abandon(&mut self) {
        let Some(envelope) = &self.envelope else { return };
        let is_taken = envelope.recipients.iter().any(|recipient| recipient.reply == 250);
        if envelope.recipients.is_empty() {
            self.envelope = None;
        } else {
            self.hand_over(if is_taken { Ended::Dropped } else { Ended::Refused });
        }
    }

    fn hand_over(&mut self, ended: Ended) {
        let Some(envelope) = self.envelope.take() else { return };
        let (message, found) = self.data.take().map_or_else(|| (Excerpt::of(b""), Vec::new()), Data::finish);
        let mut flaws = std::mem::take(&mut self.flaws);
        let is_announced = |flaw: &Flaw| *flaw == Flaw::EightBit && envelope.body == Body::EightBit;
        flaws.extend(found.into_iter().filter(|flaw| !is_announced(flaw)));
        // Which of two in one line is met first depends on the parts that the line came in.
        flaws.sort_unstable();
        flaws.dedup();
        self.commands = 0;
        (self.host.observe)(Event::Mail(Arc::new(Mail {
            exchange: self.host.numbers.next_exchange(),
            connection: self.ends.0,
            peer: self.ends.1,
            helo: self.helo.clone(),
            from: envelope.from,
            recipients: envelope.recipients,
            further: envelope.further,
            dialogue: self.dialogue.take(),
            message,
            ended,
            flaws,
            began: envelope.began,
        })));
    }

    fn flaw(&mut self, flaw: Flaw) {
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }

    async fn reply(&mut self, reply: &str) -> Result<(), How> {
        self.dialogue.reply(reply.as_bytes());
        self.say(reply).await
    }

    /// Says what stands in the dialogue already.
    async fn say(&mut self, reply: &str) -> Result<(), How> {
        self.link.write(reply.as_bytes(), self.host.limits.idle).await
    }
}

/// How much of an AUTH command is no secret: its name and that of the mechanism.
fn shown_of_auth(line: &[u8]) -> Option<usize> {
    let is_auth = line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"AUTH "));
    let mechanism = line.iter().skip(5).position(|byte| *byte == b' ').map_or(line.len(), |at| 5 + at + 1);
    is_auth.then_some(mechanism)
}

/// Whether a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

/// Whether the sender knows extensions (EHLO).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extended {
    Yes,
    No,
}
