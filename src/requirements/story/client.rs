//! A client's stories: collects are the subject's, downloads and callbacks ours.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::{Story, edit, raw_of, text, whole_of};
use crate::pens::{Command, Element, Encode};
use crate::transcript::Bytes;
use crate::transcript::entry::{
    Barred, Ended, Entry, NotSent, Offer, Party, Purpose, TransactionBegun, TriggerEnd, Triggered,
    TriggeredBy, What,
};

/// How the subject sends a collect.
struct Sent {
    method: String,
    to: Option<String>,
    host: Option<String>,
    kind: String,
    target_url: String,
    raw: String,
}

impl Story {
    pub(super) fn tell_of_client(&mut self, verb: &str, rest: &str) {
        match verb {
            "collect" => self.take_collect(rest),
            // Each collect of a client's begins one.
            "transaction" => {}
            "response" => {
                let (head, body) = Self::worded(rest);
                let latest = self.latest_of(Party::Subject);
                self.response(Party::Mock, latest, Ended::Complete, head, &body);
            }
            "fetch" => {
                let rest = self.speak_of(rest);
                self.fetch(&rest);
            }
            "receipt" => {
                let rest = self.speak_of(rest);
                self.send_ours("receipt", Element::Receipt, &rest);
            }
            "alert" => {
                let rest = self.speak_of(rest);
                self.send_ours("alert", Element::Alerts, &rest);
            }
            "proves" => self.begin_case(&[rest.to_owned()]),
            "answer" => self.take_answer(rest),
            "led" => self.lead(rest),
            "barred" => self.bar(rest),
            "left" => self.leave(rest),
            other => panic!("an example of a client says {other:?}"),
        }
    }

    fn begin_case(&mut self, proves: &[String]) {
        let (scenario, title) = ("example".to_owned(), String::new());
        self.push(What::ScenarioBegun { scenario, title, proves: proves.to_vec() });
    }

    /// The command that publishes is over or was killed, by now or so many milliseconds later, after it ran so long.
    fn leave(&mut self, rest: &str) {
        let word = |name: &str| {
            let found = rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.map_or(0, |value| value.parse::<u64>().expect("milliseconds"))
        };
        let (later, took_ms) = (word("after"), word("ran"));
        let is_killed = rest.split_whitespace().any(|word| word == "killed");
        if !self.entries.iter().any(|entry| matches!(entry.what, What::ScenarioBegun { .. })) {
            self.begin_case(&[]);
        }
        let (number, at_us) = (self.entries.len() as u64 + 1, self.now() + later * 1_000);
        let what = What::Triggered(Triggered {
            scenario: "example".to_owned(),
            target_url: String::new(),
            by: TriggeredBy::Command,
            asked: String::new(),
            ended: if is_killed { TriggerEnd::Killed } else { TriggerEnd::Done },
            status: (!is_killed).then_some(0),
            output: Bytes::default(),
            took_ms,
        });
        self.entries.push(Arc::new(Entry { number, at_us, what }));
    }

    fn take_collect(&mut self, rest: &str) {
        self.transactions += 1;
        self.spoken_of = self.transactions;
        let mut command: Command = [
            ("pens-version", "1.0.0"),
            ("command", "collect"),
            ("package-type", "scorm-pif"),
            ("package-type-version", "1.2"),
            ("package-format", "zip"),
            ("package-id", "http://author.example/Course-1"),
            ("package-url", "http://author.example/packages/a.zip"),
            ("package-url-expiry", "2099-01-01T00:00:00Z"),
            ("client", "author"),
            ("receipt", "http://author.example/receipt"),
            ("alerts", "http://author.example/alerts"),
        ]
        .into_iter()
        .collect();
        let mut sent = Sent {
            method: "GET".to_owned(),
            to: None,
            host: None,
            kind: "application/x-www-form-urlencoded".to_owned(),
            target_url: "http://target.example/pens".to_owned(),
            raw: String::new(),
        };
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("raw", _)) => sent.raw += &raw_of(&mut command, word).unwrap_or_default(),
                Some(("whole", _)) => {}
                Some(("method", value)) => sent.method = value.to_uppercase(),
                Some(("to", value)) => sent.to = Some(value.to_owned()),
                Some(("host", value)) => sent.host = Some(value.to_owned()),
                Some(("type", value)) => value.clone_into(&mut sent.kind),
                Some(("target-url", value)) => value.clone_into(&mut sent.target_url),
                _ => edit(&mut command, word),
            }
        }
        self.begin_heard(&command, &sent.target_url);
        self.hear(&command, &sent, whole_of(rest));
        self.heard.push(command.clone());
        self.collect = command;
    }

    fn begin_heard(&mut self, command: &Command, target_url: &str) {
        let value = |element| command.get(element).unwrap_or_default().to_owned();
        self.push(What::TransactionBegun(TransactionBegun {
            transaction: self.id(),
            scenario: "example".to_owned(),
            package_id: value(Element::PackageId),
            package_url: value(Element::PackageUrl),
            receipt_url: value(Element::Receipt),
            alerts_url: value(Element::Alerts),
            mail_domain: None,
            target_url: (target_url != "none").then(|| target_url.to_owned()),
            package: String::new(),
            offer: Offer::Whole,
        }));
    }

    fn hear(&mut self, command: &Command, sent: &Sent, whole: Option<String>) {
        let (host, path) = sent
            .target_url
            .split_once("://")
            .map_or(("", "/pens"), |(_, rest)| rest.find('/').map_or((rest, "/"), |at| rest.split_at(at)));
        let host = sent.host.as_deref().unwrap_or(host);
        let path = sent.to.as_deref().unwrap_or(path);
        let written = |encode| text(&command.write_query(encode)) + &sent.raw;
        let (method, target, kind, body) = match sent.method.as_str() {
            "MULTIPART" => {
                ("POST", path.to_owned(), "multipart/form-data; boundary=b", command.write_multipart("b"))
            }
            "POST" => {
                let body = whole.unwrap_or_else(|| written(Encode::Form)).into_bytes();
                ("POST", path.to_owned(), sent.kind.as_str(), body)
            }
            method => {
                let joint = if path.contains('?') { '&' } else { '?' };
                let query = whole.unwrap_or_else(|| written(Encode::Percent));
                // A path that ends with its joint says how the command is to be put to it.
                let joint = if path.ends_with(['?', '&']) { String::new() } else { joint.to_string() };
                (method, format!("{path}{joint}{query}"), "", Vec::new())
            }
        };
        let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        let headers = format!("Host: {host}\r\n{kind}");
        self.request(Party::Subject, (Some(Purpose::Collect), None), (method, &target, &headers), body);
    }

    fn fetch(&mut self, rest: &str) {
        let url = self.collect.get(Element::PackageUrl).unwrap_or_default().to_owned();
        let mut words = rest.split_whitespace();
        let how = words.next().expect("a fetch ends somehow");
        let (mut body, mut headers, mut course, mut files) = (b"a package".to_vec(), "", "course", None);
        let (mut answered, mut endless) = (String::new(), None);
        for word in words {
            match word.split_once('=') {
                Some(("course", value)) => course = value,
                Some(("to", url)) => answered = format!("{answered}Location: {url}\r\n"),
                Some(("wants", scheme)) => {
                    let challenge = percent_decode_str(scheme).decode_utf8_lossy();
                    answered = format!("{answered}WWW-Authenticate: {challenge}\r\n");
                }
                Some(("zip", names)) => files = Some(names),
                Some(("body", value)) => body = percent_decode_str(value).collect(),
                Some(("endless", length)) => endless = length.parse().ok(),
                _ if word == "auth" => headers = "Authorization: Basic dGs6cHc=\r\n",
                _ => panic!("an example fetches {word:?}"),
            }
        }
        let body = files.map_or(body, |names| archive(names, course));
        let purpose = (Some(Purpose::Download), Some(url.as_str()));
        self.request(Party::Mock, purpose, ("GET", "/packages/a.zip", headers), Vec::new());
        let ended = match how {
            "refused" => Ended::Refused,
            "silent" => Ended::Silent,
            "unresolved" => Ended::Unresolved,
            _ => Ended::Complete,
        };
        if ended != Ended::Complete {
            self.end_ours(ended, Vec::new(), &[]);
            return;
        }
        let head = format!("HTTP/1.1 {how} X\r\n{answered}\r\n").into_bytes();
        let body = if how == "200" { body } else { Vec::new() };
        self.end_ours(if endless.is_some() { Ended::TooLong } else { Ended::Complete }, head, &body);
        let latest = self.entries.last_mut().map(Arc::make_mut);
        if let (Some(length), Some(Entry { what: What::Response(response), .. })) = (endless, latest) {
            response.body.length = length;
        }
    }

    fn send_ours(&mut self, name: &str, to: Element, rest: &str) {
        let mut command = self.callback(name);
        let mut by = "get";
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("by", value)) => by = value,
                Some(("order", _)) => command.reverse(),
                _ => edit(&mut command, word),
            }
        }
        let url = self.collect.get(to).unwrap_or_default().to_owned();
        let path = url.strip_prefix("http://author.example").unwrap_or(&url).to_owned();
        let purpose = if name == "alert" { Purpose::Alert } else { Purpose::Receipt };
        let whole = (Some(purpose), Some(url.as_str()));
        match by {
            "get" => {
                let target = format!("{path}?{}", text(&command.write_query(Encode::Percent)));
                self.request(Party::Mock, whole, ("GET", &target, ""), Vec::new());
            }
            "post" => {
                self.request(Party::Mock, whole, ("POST", &path, ""), command.write_query(Encode::Form));
            }
            "multipart" => {
                let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
                self.request(Party::Mock, whole, ("POST", &path, kind), command.write_multipart("b"));
            }
            other => panic!("an example calls back by {other:?}"),
        }
    }

    /// What we sent goes to where a redirect led, by GET and as it stands there.
    fn lead(&mut self, rest: &str) {
        let (name, url) = rest.split_once(' ').expect("a redirect leads a callback to a URL");
        let purpose = if name == "alert" { Purpose::Alert } else { Purpose::Receipt };
        let path = url.strip_prefix("http://author.example").unwrap_or(url);
        self.request(Party::Mock, (Some(purpose), Some(url)), ("GET", path, ""), Vec::new());
    }

    /// What is not sent to where a redirect leads, and why.
    fn bar(&mut self, rest: &str) {
        let (name, why) = rest.split_once(' ').unwrap_or((rest, "host"));
        let purpose = match name {
            "receipt" => Purpose::Receipt,
            "alert" => Purpose::Alert,
            _ => Purpose::Collect,
        };
        let why = match why {
            "host" => Barred::Host,
            "unresolved" => Barred::Unresolved,
            "scheme" => Barred::Scheme,
            _ => Barred::Address,
        };
        let (transaction, url) = (self.id(), "http://elsewhere.example/".to_owned());
        self.push(What::NotSent(NotSent { transaction, purpose, url, why }));
    }

    fn take_answer(&mut self, rest: &str) {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_vec();
        match rest {
            "closed" => self.end_ours(Ended::Closed, Vec::new(), &[]),
            "silent" => self.end_ours(Ended::Silent, Vec::new(), &[]),
            "refused" => self.end_ours(Ended::Refused, Vec::new(), &[]),
            "cut" => self.cut(),
            "empty" => self.end_ours(Ended::Complete, plain, &[]),
            worded => {
                let (head, body) = Self::worded(worded);
                self.end_ours(Ended::Complete, head, &body);
            }
        }
    }
}

/// An archive of these files, stored; a manifest among them names its course.
fn archive(names: &str, course: &str) -> Vec<u8> {
    let (mut bytes, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let word = |number: usize| u32::try_from(number).expect("an example is short").to_le_bytes();
    for name in names.split(',') {
        let content = format!("<manifest identifier=\"{course}\"/>").into_bytes();
        let sum = crc32fast::hash(&content).to_le_bytes();
        let length = [word(content.len()), word(content.len())].concat();
        let name_length = &word(name.len())[..2];
        let start = word(bytes.len());
        let known = [&sum[..], &length, name_length, &[0; 2]].concat();
        bytes.extend(
            [b"PK\x03\x04", &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &known, name.as_bytes(), &content].concat(),
        );
        let entry = [b"PK\x01\x02", &[20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &known, &[0; 10], &start];
        directory.extend([&entry.concat()[..], name.as_bytes()].concat());
        count += 1;
    }
    let (size, at) = (word(directory.len()), word(bytes.len()));
    let count = count.to_le_bytes();
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &at, &[0; 2]].concat());
    bytes
}
