//! A transcript for strangers: hosts, addresses and names have stand-ins, the same for the same wherever it stands.
//!
//! Stand-ins are as long as what they stand for, and are written as it was, so that lengths, offsets and escapes stay
//! true. What packages hold stays as it is.

mod known;
mod mail;
mod profile;
mod stand_in;
mod text;

use std::sync::Arc;

use self::known::Known;
use self::text::Replacer;
use super::Transcript;
use super::bytes::{Body, Bytes};
use super::entry::{Entry, Header, Tls, What};
use super::mailed::Mail;
use super::spans::content_of_chunks;

/// What stands where something was the operator's own and is nobody else's business.
const LEFT_OUT: &str = "(left out)";

/// The transcript with stand-ins.
#[must_use]
pub fn share(transcript: &Transcript) -> Transcript {
    let known = Known::of(transcript);
    let sharing = Sharing { replacer: Replacer::of(&known) };
    let entries = transcript.entries.iter().map(|entry| {
        let mut entry = Entry::clone(entry);
        sharing.entry(&mut entry.what);
        Arc::new(entry)
    });
    let entries = entries.collect();
    let mut ending = transcript.ending.clone();
    ending.iter_mut().filter_map(|ending| ending.stopped.as_mut()).for_each(|text| sharing.text(text));
    Transcript { header: sharing.header(&transcript.header), entries, ending }
}

struct Sharing {
    replacer: Replacer,
}

impl Sharing {
    fn header(&self, header: &Header) -> Header {
        let mut shared = header.clone();
        profile::share(&mut shared.profile, &self.replacer);
        shared.profile_file = header.profile_file.as_ref().map(|_| "penspec.yaml".to_owned());
        shared.selection.iter_mut().for_each(|word| self.text(word));
        shared
    }

    fn entry(&self, what: &mut What) {
        match what {
            What::TransactionBegun(begun) => {
                begun.mail_domain.iter_mut().for_each(|domain| self.behind("@", domain));
                let own = [&mut begun.package_id, &mut begun.package_url, &mut begun.package];
                let urls = [&mut begun.receipt_url, &mut begun.alerts_url];
                own.into_iter().chain(urls).chain(&mut begun.target_url).for_each(|text| self.text(text));
            }
            What::ConnectionOpened { peer, tls, .. } => {
                self.behind("://", peer);
                if let Some(tls) = tls {
                    self.tls(tls);
                }
            }
            What::Secured(secured) => self.tls(&mut secured.tls),
            What::ConnectionClosed { how, .. } => self.text(how),
            What::Request(request) => {
                request.url.iter_mut().for_each(|url| self.text(url));
                self.message(&mut request.head, &mut request.body);
            }
            What::Response(response) => self.message(&mut response.head, &mut response.body),
            What::ControlLine(line) => self.replacer.replace(&mut line.line.0),
            What::Transfer(transfer) => {
                self.text(&mut transfer.path);
                transfer.url.iter_mut().for_each(|url| self.text(url));
                transfer.user.iter_mut().for_each(|user| self.behind("user ", user));
                self.body(&mut transfer.body);
            }
            What::Mail(mail) => self.mail(mail),
            What::Triggered(triggered) => {
                self.text(&mut triggered.target_url);
                leave_out(&mut triggered.asked);
                triggered.output = Bytes::default();
            }
            What::Asked(asked) => {
                self.text(&mut asked.question);
                leave_out(&mut asked.note);
            }
            What::NotSent(not_sent) => self.text(&mut not_sent.url),
            What::Expects { expected, received, .. } => {
                for text in [expected, received] {
                    self.text(text);
                }
            }
            What::ScenarioEnded { cut_short, .. } => cut_short.iter_mut().for_each(|text| self.text(text)),
            What::ScenarioBegun { .. }
            | What::StepBegun { .. }
            | What::Provokes { .. }
            | What::WaitBegun { .. }
            | What::WaitEnded { .. } => {}
        }
    }

    fn tls(&self, tls: &mut Tls) {
        tls.server_name.iter_mut().for_each(|name| self.behind("://", name));
        tls.failure.iter_mut().for_each(|failure| self.text(&mut failure.told));
    }

    fn mail(&self, mail: &mut Mail) {
        self.replacer.replace_behind(b"://", &mut mail.helo.0);
        let addresses = mail.recipients.iter_mut().map(|recipient| &mut recipient.address);
        for bytes in addresses.chain([&mut mail.from, &mut mail.dialogue]) {
            self.replacer.replace(&mut bytes.0);
        }
        let message = &mut mail.message.head.0;
        mail::blank_headers(message);
        for mut text in mail::texts(message) {
            self.replacer.replace(&mut text.said);
            text.write(message);
        }
        self.replacer.replace(&mut mail.message.tail.0);
    }

    fn message(&self, head: &mut Bytes, body: &mut Body) {
        text::blank_headers(&mut head.0);
        self.replacer.replace(&mut head.0);
        self.body(body);
    }

    /// A body, unless it is a package: the bytes of that are what a check looks at.
    fn body(&self, body: &mut Body) {
        if body.head.0.starts_with(b"PK\x03\x04") {
            return;
        }
        let places = content_of_chunks(&body.head.0);
        if places.is_empty() {
            self.replacer.replace(&mut body.head.0);
        } else {
            let mut content: Vec<u8> = places.iter().map(|place| body.head.0[*place]).collect();
            self.replacer.replace(&mut content);
            places.iter().zip(content).for_each(|(place, byte)| body.head.0[*place] = byte);
        }
        self.replacer.replace(&mut body.tail.0);
    }

    fn text(&self, text: &mut String) {
        *text = self.replacer.text(text);
    }

    /// A text that stands alone, replaced as it would be behind these words.
    fn behind(&self, words: &str, text: &mut String) {
        *text = self.replacer.behind(words, text);
    }
}

fn leave_out(text: &mut String) {
    if !text.is_empty() {
        LEFT_OUT.clone_into(text);
    }
}
