//! A target's stories: collects are ours, downloads and callbacks the subject's.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::{Story, edit, raw_of, text};
use crate::pens::{Code, Command, Element, Encode, Response};
use crate::transcript::entry::{
    Awaited, ControlLine, Ended, Failure, FailureKind, FtpAsked, FtpScheme, Offer, Party, Purpose, Secured,
    SecuredLink, Tls, TransactionBegun, Transfer, WaitEnd, What,
};
use crate::transcript::{Body, Bytes};

impl Story {
    pub(super) fn tell_of_target(&mut self, verb: &str, rest: &str) {
        match verb {
            "collect" => self.send_collect(rest),
            "again" => self.send_again(rest.parse().expect("a number")),
            "transaction" => self.begin(Offer::Whole),
            "offer" => self.offer(rest),
            "staged" => self.stage_at(rest),
            "response" => {
                let (head, body) = Self::worded(rest);
                self.end_ours(Ended::Complete, head, &body);
            }
            "closed" => self.end_ours(Ended::Closed, Vec::new(), &[]),
            "reset" => self.end_ours(Ended::Reset, Vec::new(), &[]),
            "cut" => self.cut(),
            "active" => self.ask_for_a_connection(),
            "distrust" => self.distrust(),
            "handshake" => self.shake_hands(rest),
            "head" => self.ask_for_head(),
            "receipt-to-alerts" => self.call_back("receipt", Element::Alerts, rest),
            "silent" => self.end_ours(Ended::Silent, Vec::new(), &[]),
            "refused" => self.end_ours(Ended::Refused, Vec::new(), &[]),
            "download" => self.download(rest),
            "receipt" => self.call_back("receipt", Element::Receipt, rest),
            "alert" => self.call_back("alert", Element::Alerts, rest),
            "alert-to-receipt" => self.call_back("alert", Element::Receipt, rest),
            "mail" => self.send_mail(rest),
            "wait" => self.wait(rest),
            other => panic!("an example says {other:?}"),
        }
    }

    fn ask_for_head(&mut self) {
        let target = format!("/{}/package/a.zip", self.id());
        self.request(Party::Subject, (None, None), ("HEAD", &target, ""), Vec::new());
        let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, &[]);
    }

    /// The subject does not take the certificate of the FTP server.
    fn distrust(&mut self) {
        let failure = Failure { kind: FailureKind::CertificateRefused, told: "alert UnknownCA".to_owned() };
        self.push(What::Secured(Secured {
            connection: self.exchanges + 1,
            by: Party::Subject,
            link: SecuredLink::Control,
            tls: Tls { failure: Some(failure), ..Tls::default() },
        }));
    }

    /// The subject connects to us by TLS; what it asks for next it asks for there where it takes the certificate.
    fn shake_hands(&mut self, how: &str) {
        let kind = match how {
            "taken" | "left" => None,
            "refused" => Some(FailureKind::CertificateRefused),
            "cut" => Some(FailureKind::Cut),
            "not-tls" => Some(FailureKind::NotTls),
            other => panic!("a handshake of an example is {other:?}"),
        };
        let next = if how == "taken" { self.exchanges + 1 } else { 1_000 + self.exchanges };
        let failure = kind.map(|kind| Failure { kind, told: "as told".to_owned() });
        self.push(What::ConnectionOpened {
            connection: next,
            by: Party::Subject,
            peer: "127.0.0.1:50000".to_owned(),
            tls: Some(Tls { failure, ..Tls::default() }),
        });
    }

    fn offer(&mut self, how: &str) {
        self.begin(match how {
            "uncommon" => Offer::Uncommon,
            "silent" => Offer::Silent,
            "wrong" => Offer::Wrong,
            other => panic!("an example offers {other:?}"),
        });
    }

    /// The package of the latest transaction lies at this URL.
    fn stage_at(&mut self, url: &str) {
        if self.transactions == 0 {
            self.begin(Offer::Whole);
        }
        let begun = self.entries.iter_mut().rev().find_map(|entry| match &mut Arc::make_mut(entry).what {
            What::TransactionBegun(begun) => Some(begun),
            _ => None,
        });
        begun.expect("a transaction has begun").package_url = url.to_owned();
    }

    fn begin(&mut self, offer: Offer) {
        self.transactions += 1;
        let id = self.id();
        self.push(What::TransactionBegun(TransactionBegun {
            scenario: "example".to_owned(),
            package_id: format!("http://penspec.example/Course-{id}"),
            package_url: format!("http://h/{id}/package/a.zip"),
            receipt_url: format!("http://h/{id}/receipt"),
            alerts_url: format!("http://h/{id}/alerts"),
            mail_domain: Some(super::mail::DOMAIN.to_owned()),
            target_url: None,
            package: "a.zip".to_owned(),
            offer,
            transaction: id,
        }));
    }

    fn send_collect(&mut self, rest: &str) {
        if self.transactions == 0 {
            self.begin(Offer::Whole);
        }
        let id = self.id();
        let mut command: Command = [
            ("pens-version", "1.0.0".to_owned()),
            ("command", "collect".to_owned()),
            ("package-type", "scorm-pif".to_owned()),
            ("package-type-version", "1.2".to_owned()),
            ("package-format", "zip".to_owned()),
            ("package-id", format!("http://penspec.example/Course-{id}")),
            ("package-url", format!("http://h/{id}/package/a.zip")),
            ("package-url-expiry", "2099-01-01T00:00:00Z".to_owned()),
            ("client", "penspec".to_owned()),
            ("receipt", format!("http://h/{id}/receipt")),
            ("alerts", format!("http://h/{id}/alerts")),
        ]
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
        let (mut method, mut provokes, mut headers) = ("GET".to_owned(), Vec::new(), String::new());
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("method", value)) => method = value.to_uppercase(),
                Some(("order", _)) => command.reverse(),
                Some(("accept", value)) => headers = format!("Accept: {value}\r\n"),
                Some(("provokes", row)) => provokes.push(row.to_owned()),
                _ => edit(&mut command, word),
            }
        }
        if !provokes.is_empty() {
            self.push(What::Provokes { transaction: id, requirements: provokes });
        }
        let (target, body) = match method.as_str() {
            "POST" => ("/pens".to_owned(), command.write_query(Encode::Form)),
            _ => (format!("/pens?{}", text(&command.write_query(Encode::Percent))), Vec::new()),
        };
        self.heard.resize(self.heard.len().max(self.transactions), Command::default());
        self.heard[self.transactions - 1] = command.clone();
        self.collect = command;
        self.request(
            Party::Mock,
            (Some(Purpose::Collect), Some("http://lms/pens")),
            (&method, &target, &headers),
            body,
        );
    }

    /// The plain collect of this transaction once more.
    fn send_again(&mut self, number: usize) {
        let latest = std::mem::replace(&mut self.transactions, number);
        self.send_collect("");
        self.transactions = latest;
    }

    fn download(&mut self, rest: &str) {
        for (suffix, over) in [(" ftp", FtpScheme::Ftp), (" ftps", FtpScheme::Ftps)] {
            if let Some(reply) = rest.strip_suffix(suffix) {
                return self.transfer(reply.parse().expect("a reply is a number"), over);
            }
        }
        let rest = &self.speak_of(rest);
        let mut words = rest.split_whitespace();
        let status = words.next().expect("a download has a status");
        let mut target = self.given(Element::PackageUrl);
        let mut body = if status == "200" { b"a package".to_vec() } else { Vec::new() };
        for word in words {
            match word.split_once('=') {
                Some(("path", path)) => target = format!("/{}/package/{path}", self.id()),
                Some(("body", bytes)) => body = percent_decode_str(bytes).collect(),
                _ => panic!("an example downloads {word:?}"),
            }
        }
        self.request(Party::Subject, (None, None), ("GET", &target, ""), Vec::new());
        let head = format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes();
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, &body);
    }

    /// The package asked for over FTP; 332, 530 and 534 are replies to a login.
    fn transfer(&mut self, reply: u16, over: FtpScheme) {
        self.exchanges += 1;
        let now = self.now();
        let asked = if matches!(reply, 332 | 530 | 534) { FtpAsked::Login } else { FtpAsked::File };
        let body = if reply == 226 { b"a package".to_vec() } else { Vec::new() };
        self.push(What::Transfer(Transfer {
            exchange: self.exchanges,
            connection: self.exchanges,
            transaction: Some(self.id()),
            by: Party::Subject,
            over,
            asked,
            path: format!("/{}/package/a.zip", self.id()),
            user: None,
            url: None,
            reply: Some(reply),
            body: Body::of(body),
            ended: Ended::Complete,
            asked_us: now,
            first_byte_us: None,
            last_byte_us: now,
        }));
    }

    /// What a request for a URL of the collect's asks for.
    fn given(&self, element: Element) -> String {
        let url = self.collect.get(element).unwrap_or_default();
        url.strip_prefix("http://h").unwrap_or(url).to_owned()
    }

    fn call_back(&mut self, name: &str, to: Element, rest: &str) {
        let rest = &self.speak_of(rest);
        let mut command = self.callback(name);
        let (mut by, mut query, mut acknowledgement) = ("get", "kept", "plain");
        let (mut raw, mut target) = (String::new(), None);
        let (mut took_us, mut acknowledged_us) = (0, Self::STEP_US);
        let microseconds = |value: &str| value.parse::<u64>().expect("milliseconds") * 1_000;
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("raw", _)) => raw += &raw_of(&mut command, word).unwrap_or_default(),
                Some(("by", value)) => by = value,
                Some(("query", value)) => query = value,
                Some(("ack", value)) => acknowledgement = value,
                Some(("acked", value)) => acknowledged_us = microseconds(value),
                Some(("took", value)) => took_us = microseconds(value),
                Some(("target", value)) => target = Some(percent_decode_str(value).decode_utf8_lossy()),
                _ => edit(&mut command, word),
            }
        }
        match target.as_deref().and_then(|line| line.split_once(' ')) {
            Some((method, target)) => {
                self.request(Party::Subject, (None, None), (method, target, ""), Vec::new());
            }
            None => self.send_callback((&command, &raw), &self.given(to), (by, query)),
        }
        self.begin_earlier(took_us);
        self.passed_us += acknowledged_us - Self::STEP_US;
        let body = match acknowledgement {
            "plain" => Response::new(Code::NO_ERROR, "receipt command received and understood").write(),
            "error" => Response::new(Code::GENERAL, "something went wrong").write(),
            "empty" => Vec::new(),
            other => panic!("an example acknowledges with {other:?}"),
        };
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_vec();
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, &body);
    }

    fn send_callback(&mut self, (command, raw): (&Command, &str), given: &str, (by, query): (&str, &str)) {
        let bare = given.split('?').next().unwrap_or_default();
        let written = text(&command.write_query(Encode::Percent)) + raw;
        let url = if query == "dropped" { bare } else { given };
        match by {
            "get" => {
                let joint = if url.contains('?') && query == "kept" { '&' } else { '?' };
                let target = format!("{url}{joint}{written}");
                self.request(Party::Subject, (None, None), ("GET", &target, ""), Vec::new());
            }
            "post" => {
                let body = [&command.write_query(Encode::Form), raw.as_bytes()].concat();
                self.request(Party::Subject, (None, None), ("POST", url, ""), body);
            }
            "multipart" => {
                let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
                self.request(Party::Subject, (None, None), ("POST", url, kind), command.write_multipart("b"));
            }
            other => panic!("an example calls back by {other:?}"),
        }
    }

    /// The subject would have our FTP server connect to it.
    fn ask_for_a_connection(&mut self) {
        let line = Bytes(b"PORT 127,0,0,1,4,1\r\n".to_vec());
        self.push(What::ControlLine(ControlLine {
            connection: 7,
            by: Party::Subject,
            line,
            masks: Vec::new(),
        }));
    }

    /// The latest request began so much before it was there.
    fn begin_earlier(&mut self, took_us: u64) {
        let latest = self.entries.last_mut().map(Arc::make_mut);
        if let Some(What::Request(request)) = latest.map(|entry| &mut entry.what) {
            request.first_byte_us -= took_us;
        }
    }

    fn wait(&mut self, rest: &str) {
        let (awaits, ended) = rest.split_once(' ').expect("a wait has an event and an end");
        let awaits = match awaits {
            "download" => Awaited::Download,
            "receipt" => Awaited::Receipt,
            "alert" => Awaited::Alert,
            "quiet" => Awaited::Quiet,
            other => panic!("an example waits for {other:?}"),
        };
        let ended = match ended {
            "met" => Some(WaitEnd::Met),
            "expired" => Some(WaitEnd::Expired),
            "given-up" => Some(WaitEnd::GivenUp),
            "crowded" => Some(WaitEnd::Crowded),
            "not-due" => Some(WaitEnd::NotDue),
            "interrupted" => None,
            other => panic!("an example's wait ends {other:?}"),
        };
        let wait = self.entries.len() as u64;
        self.push(What::WaitBegun { wait, transaction: self.id(), awaits, count: 1, limit_ms: 1_000 });
        if let Some(ended) = ended {
            self.push(What::WaitEnded { wait, ended });
        }
    }
}
