//! The examples of the rows told as transcripts.
//!
//! An example is the body of an answer, a whole HTTP answer, or a story: a line for each thing that happens, the
//! first word saying what, `name=value` setting an element (percent-encoded) and `-name` leaving one out.
//! `collect` takes method= order= provokes= accept= and `long`, a vendor-data of 4096 characters; `response` status= error= text= type= disposition=; `download` a
//! status and path=; `receipt` and `alert` by= query= ack= target=, a request line; `offer` says how a package is served, `profile` what is
//! known of the target.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::{Check, Requirement};
use crate::pens::{Code, Command, Element, Encode, Response};
use crate::profile::{Claim, Profile, Reading, Secret, SecurityProbes, Size};
use crate::transcript::entry::{
    Awaited, Ended, Entry, Header, Offer, Party, Purpose, Request, Role, SCHEMA_VERSION, Tool,
    TransactionBegun, WaitEnd, What, Whole,
};
use crate::transcript::{Body, Bytes, Transcript, entry};

/// The sane twin of what provokes an error.
pub(super) const CODE_OK: &str = "collect\nresponse error=0";

/// What happened in an example, told line by line.
pub(super) struct Story {
    profile: Profile,
    entries: Vec<Arc<Entry>>,
    collect: Command,
    transactions: usize,
    exchanges: u64,
}

impl Story {
    /// The transcript of an example of this row.
    pub(super) fn told(row: &Requirement, example: &str) -> Transcript {
        let mut story = Self {
            profile: Profile::default(),
            entries: Vec::new(),
            collect: Command::default(),
            transactions: 0,
            exchanges: 0,
        };
        let is_told = ["collect", "profile", "offer"].iter().any(|verb| example.starts_with(verb));
        let is_answer = example.contains("error") && !is_told;
        if is_answer {
            let before = match row.check {
                Check::Provoked(_) => format!("{CODE_OK}\ntransaction\n{}", provoking(row)),
                Check::Command(_)
                | Check::Response(_)
                | Check::Code(_)
                | Check::Transaction(_)
                | Check::Run(_) => "collect".to_owned(),
            };
            story.tell(&before);
            story.answer(example);
        } else {
            story.tell(example);
        }
        story.transcript()
    }

    fn transcript(self) -> Transcript {
        let header = Header {
            schema_version: SCHEMA_VERSION,
            run_id: "example".to_owned(),
            tool: Tool { name: "penspec".to_owned(), version: "0".to_owned(), catalogue: "0".to_owned() },
            role: Role::Target,
            profile: serde_json::to_value(self.profile).expect("a profile is plain data"),
            selection: Vec::new(),
            proves: Vec::new(),
            partition: None,
            started: String::new(),
        };
        Transcript { header, entries: self.entries, ending: None }
    }

    fn tell(&mut self, lines: &str) {
        for line in lines.lines() {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb {
                "collect" => self.send_collect(rest),
                "transaction" => self.begin(Offer::Whole),
                "offer" => self.offer(rest),
                "profile" => self.describe(rest),
                "response" => self.respond(rest),
                "closed" => self.end_collect(Ended::Closed, Vec::new(), Vec::new()),
                "cut" => {
                    let head =
                        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 90\r\n\r\n".to_vec();
                    self.end_collect(Ended::Cut, head, b"error=20".to_vec());
                }
                "head" => self.look(),
                "receipt-to-alerts" => self.call_back("receipt", Element::Alerts, rest),
                "silent" => self.end_collect(Ended::Silent, Vec::new(), Vec::new()),
                "refused" => self.end_collect(Ended::Refused, Vec::new(), Vec::new()),
                "download" => self.download(rest),
                "receipt" => self.call_back("receipt", Element::Receipt, rest),
                "alert" => self.call_back("alert", Element::Alerts, rest),
                "alert-to-receipt" => self.call_back("alert", Element::Receipt, rest),
                "wait" => self.wait(rest),
                other => panic!("an example says {other:?}"),
            }
        }
    }

    fn id(&self) -> String {
        format!("t-{}", self.transactions)
    }

    fn now(&self) -> u64 {
        self.entries.len() as u64 * 1_000
    }

    fn push(&mut self, what: What) {
        let (number, at_us) = (self.entries.len() as u64 + 1, self.now());
        self.entries.push(Arc::new(Entry { number, at_us, what }));
    }

    fn describe(&mut self, what: &str) {
        let profile = &mut self.profile;
        match what {
            "system-password" => profile.target.system_password = Some(Secret::literal("secret")),
            "password-required" => profile.claims.password_required = Some(Claim::Yes),
            "quota" => profile.claims.quota = Some(Size(1_000)),
            "strict" => profile.reading = Reading::Strict,
            "security-probes" => profile.security_probes = SecurityProbes::On,
            other => panic!("an example describes {other:?}"),
        }
    }

    fn offer(&mut self, how: &str) {
        self.begin(match how {
            "uncommon" => Offer::Uncommon,
            "silent" => Offer::Silent,
            "wrong" => Offer::Wrong,
            other => panic!("an example offers {other:?}"),
        });
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
        self.collect = command;
        self.request(Party::Mock, Some(Purpose::Collect), (&method, &target, &headers), body);
    }

    fn respond(&mut self, rest: &str) {
        let value = |name: &str| {
            let found = rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let status = value("status").unwrap_or_else(|| "200".to_owned());
        let body = value("error").map_or_else(Vec::new, |code| {
            let code = Code(code.parse().expect("an example's error is a number"));
            Response::new(code, &value("text").unwrap_or_else(|| "some text".to_owned())).write()
        });
        let kind = value("type").unwrap_or_else(|| "text/plain".to_owned());
        let disposition = value("disposition")
            .map_or_else(String::new, |value| format!("Content-Disposition: {value}\r\n"));
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{disposition}\r\n");
        self.end_collect(Ended::Complete, head.into_bytes(), body);
    }

    /// An answer given as it stands: with its head, or as a body alone.
    fn answer(&mut self, example: &str) {
        let (head, body) = match example.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/") => (format!("{head}\r\n\r\n"), body),
            _ => ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_owned(), example),
        };
        self.end_collect(Ended::Complete, head.into_bytes(), body.as_bytes().to_vec());
    }

    fn download(&mut self, rest: &str) {
        let (status, path) = rest.split_once(" path=").unwrap_or((rest, ""));
        let given = self.given(Element::PackageUrl);
        let target = if path.is_empty() { given } else { format!("/{}/package/{path}", self.id()) };
        self.request(Party::Subject, None, ("GET", &target, ""), Vec::new());
        let head = format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes();
        let body = if status == "200" { b"a package".to_vec() } else { Vec::new() };
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, body);
    }

    fn look(&mut self) {
        let target = format!("/{}/package/a.zip", self.id());
        self.request(Party::Subject, None, ("HEAD", &target, ""), Vec::new());
        let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, Vec::new());
    }

    /// What a request for a URL of the collect's asks for.
    fn given(&self, element: Element) -> String {
        let url = self.collect.get(element).unwrap_or_default();
        url.strip_prefix("http://h").unwrap_or(url).to_owned()
    }

    fn call_back(&mut self, name: &str, to: Element, rest: &str) {
        let mut command: Command = [("command", name), ("pens-version", "1.0.0")].into_iter().collect();
        for element in ["package-type", "package-type-version", "package-format", "package-id", "package-url"]
        {
            if let Some(value) = self.collect.value(element) {
                command.set(element, value);
            }
        }
        command.set("client", "LMS");
        command.set("error-text", "some text");
        let (mut by, mut query, mut acknowledgement, mut target) = ("get", "kept", "plain", None);
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("by", value)) => by = value,
                Some(("query", value)) => query = value,
                Some(("ack", value)) => acknowledgement = value,
                Some(("target", value)) => target = Some(percent_decode_str(value).decode_utf8_lossy()),
                _ => edit(&mut command, word),
            }
        }
        match target.as_deref().and_then(|line| line.split_once(' ')) {
            Some((method, target)) => self.request(Party::Subject, None, (method, target, ""), Vec::new()),
            None => self.send_callback(&command, &self.given(to), (by, query)),
        }
        let body = match acknowledgement {
            "plain" => Response::new(Code::NO_ERROR, "receipt command received and understood").write(),
            "error" => Response::new(Code::GENERAL, "something went wrong").write(),
            "empty" => Vec::new(),
            other => panic!("an example acknowledges with {other:?}"),
        };
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_vec();
        self.response(Party::Mock, self.exchanges, Ended::Complete, head, body);
    }

    fn send_callback(&mut self, command: &Command, given: &str, (by, query): (&str, &str)) {
        let bare = given.split('?').next().unwrap_or_default();
        let written = text(&command.write_query(Encode::Percent));
        let url = if query == "dropped" { bare } else { given };
        match by {
            "get" => {
                let joint = if url.contains('?') && query == "kept" { '&' } else { '?' };
                let target = format!("{url}{joint}{written}");
                self.request(Party::Subject, None, ("GET", &target, ""), Vec::new());
            }
            "post" => {
                let body = command.write_query(Encode::Form);
                self.request(Party::Subject, None, ("POST", url, ""), body);
            }
            "multipart" => {
                let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
                self.request(Party::Subject, None, ("POST", url, kind), command.write_multipart("b"));
            }
            other => panic!("an example calls back by {other:?}"),
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
            "interrupted" => None,
            other => panic!("an example's wait ends {other:?}"),
        };
        let wait = self.entries.len() as u64;
        self.push(What::WaitBegun { wait, transaction: self.id(), awaits, count: 1, limit_ms: 1_000 });
        if let Some(ended) = ended {
            self.push(What::WaitEnded { wait, ended });
        }
    }

    fn request(
        &mut self,
        by: Party,
        purpose: Option<Purpose>,
        (method, target, headers): (&str, &str, &str),
        body: Vec<u8>,
    ) {
        self.exchanges += 1;
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request = Request {
            exchange: self.exchanges,
            connection: self.exchanges,
            transaction: purpose.map(|_| self.id()),
            by,
            purpose,
            url: purpose.map(|_| "http://lms/pens".to_owned()),
            head: Bytes(format!("{method} {target} HTTP/1.1\r\n{headers}{length}\r\n").into_bytes()),
            body: Body::of(body),
            whole: Whole::Whole,
            first_byte_us: self.now(),
            masks: Vec::new(),
        };
        self.push(What::Request(request));
    }

    /// The answer to the latest collect.
    fn end_collect(&mut self, ended: Ended, head: Vec<u8>, body: Vec<u8>) {
        let latest = self.entries.iter().rev().find_map(|entry| match &entry.what {
            What::Request(request) if request.by == Party::Mock => Some(request.exchange),
            _ => None,
        });
        self.response(Party::Subject, latest.expect("an answer follows a collect"), ended, head, body);
    }

    fn response(&mut self, by: Party, exchange: u64, ended: Ended, head: Vec<u8>, body: Vec<u8>) {
        let at = (!head.is_empty()).then(|| self.now());
        self.push(What::Response(entry::Response {
            exchange,
            by,
            head: Bytes(head),
            body: Body::of(body),
            ended,
            first_byte_us: at,
            last_byte_us: at,
            masks: Vec::new(),
        }));
    }
}

fn edit(command: &mut Command, word: &str) {
    if word == "long" {
        command.set("vendor-data", &"a".repeat(4096));
    } else if let Some(name) = word.strip_prefix('-') {
        command.omit(name);
    } else if let Some((name, value)) = word.split_once('=') {
        command.set(name, &percent_decode_str(value).decode_utf8_lossy());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The collect that provokes the error of a row.
pub(super) fn provoking(row: &Requirement) -> String {
    let missing =
        |element: &Element| element.missing_code().is_some_and(|code| format!("ERR-{code}") == row.id);
    let without = Element::ALL
        .into_iter()
        .find(missing)
        .map_or_else(String::new, |element| format!(" -{}", element.name()));
    format!("collect{without} provokes={}", row.id)
}
