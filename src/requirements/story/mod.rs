//! The examples of the rows told as transcripts.
//!
//! An example is the body of an answer, a whole HTTP answer, or a story: a line for each thing that happens, the
//! first word saying what, `name=value` setting an element (percent-encoded) and `-name` leaving one out. What stands
//! behind `raw=` goes into the query as it is once decoded, in the place of the element that it begins with; what
//! stands behind `whole=` is all of it.
//!
//! - `collect` takes method= order= provokes= accept= and `long`, a vendor-data of 4096 characters; `again` is that of an
//!   earlier transaction once more;
//! - `response` status= error= text= type= disposition= body= date= location=;
//! - `download` a status, path= and body=, or a reply of FTP and `ftp` or `ftps`;
//! - `active` asks an FTP server to connect, `distrust` is of an FTP server's certificate, and `handshake` tells how one with us over TLS ended;
//! - `receipt` and `alert` take by= query= ack= target=, a request line, took= milliseconds from the first byte to the last,
//!   and acked= from there to the answer;
//! - `offer` says how a package is served, `staged` where, `profile` what is known of the subject;
//! - `mail` is a mail of the subject's: to= the names of mailboxes, from= reply-to= subject= text=, `lf`, `cut` and `refused`.
//!
//! A story of a client begins with `role client`. Then each `collect` is the subject's and begins a transaction; it
//! takes method= to= host= type= and target-url= besides. `fetch` is our download: a status or how it ends, zip= with
//! the files of an archive, course= its manifest's identifier, body=, to= where it leads on to, wants= what it asks for, `auth`, endless= how much came of what has no end. `receipt` and `alert`
//! are ours, and each `answer` tells what the subject made of the latest. Of several transactions the latest is meant, or
//! that of the number behind of=. `led` sends a receipt or an alert on to where a redirect leads, `barred` leaves it at that. `proves` begins the case, which is there for a row. With `left` the command that publishes
//! is over, after= milliseconds later than what stands before it, of which it ran ran=.

mod client;
mod mail;
mod target;

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::{Check, Requirement};
use crate::pens::{Code, Command, Element, Response};
use crate::profile::{Claim, Profile, Reading, Secret, SecurityProbes, Size};
use crate::transcript::entry::{
    Ended, Entry, Header, Party, Purpose, Request, Role, SCHEMA_VERSION, Tool, What, Whole,
};
use crate::transcript::{Body, Bytes, Transcript, entry};

/// The sane twin of what provokes an error.
pub(super) const CODE_OK: &str = "collect\nresponse error=0";

/// What happened in an example, told line by line.
pub(super) struct Story {
    role: Role,
    profile: Profile,
    entries: Vec<Arc<Entry>>,
    collect: Command,
    transactions: usize,
    /// The collects, one of each transaction, and the number of the one that is spoken of.
    heard: Vec<Command>,
    spoken_of: usize,
    exchanges: u64,
    /// What has passed besides the steps from one entry to the next.
    passed_us: u64,
}

impl Story {
    /// What passes from one entry to the next.
    const STEP_US: u64 = 1_000;

    /// The transcript of an example of this row.
    pub(super) fn told(row: &Requirement, example: &str) -> Transcript {
        let mut story = Self {
            role: Role::Target,
            profile: Profile::default(),
            entries: Vec::new(),
            collect: Command::default(),
            transactions: 0,
            heard: Vec::new(),
            spoken_of: 0,
            exchanges: 0,
            passed_us: 0,
        };
        let is_story =
            ["collect", "profile", "offer", "role", "staged"].iter().any(|verb| example.starts_with(verb));
        let is_answer = example.contains("error") && !is_story;
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
            role: self.role,
            profile: serde_json::to_value(self.profile).expect("a profile is plain data"),
            selection: Vec::new(),
            proves: Vec::new(),
            profile_file: None,
            partition: None,
            started: "2026-11-22T00:00:00Z".to_owned(),
        };
        Transcript { header, entries: self.entries, ending: None }
    }

    fn tell(&mut self, lines: &str) {
        for line in lines.lines() {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match (verb, self.role) {
                ("role", _) => self.role = if rest == "client" { Role::Client } else { Role::Target },
                ("profile", _) => self.describe(rest),
                (_, Role::Target) => self.tell_of_target(verb, rest),
                (_, Role::Client) => self.tell_of_client(verb, rest),
            }
        }
    }

    /// A receipt or alert as the specification's sample has it, of the latest collect.
    fn callback(&self, name: &str) -> Command {
        let mut command: Command = [("command", name), ("pens-version", "1.0.0")].into_iter().collect();
        for element in ["package-type", "package-type-version", "package-format", "package-id", "package-url"]
        {
            if let Some(value) = self.collect.value(element) {
                command.set(element, value);
            }
        }
        command.set("client", "LMS");
        command.set("error-text", "some text");
        command
    }

    /// Turns to the transaction that the words say they are of, the latest when they do not; the other words.
    fn speak_of(&mut self, rest: &str) -> String {
        let (of, words): (Vec<&str>, Vec<&str>) =
            rest.split_whitespace().partition(|word| word.starts_with("of="));
        let number = of.first().map(|word| word["of=".len()..].parse().expect("a number"));
        self.spoken_of = number.unwrap_or(self.transactions);
        self.collect = self.spoken_of.checked_sub(1).map(|at| self.heard[at].clone()).unwrap_or_default();
        words.join(" ")
    }

    /// An answer that breaks off.
    fn cut(&mut self) {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 90\r\n\r\n".to_vec();
        self.end_ours(Ended::Cut, head, b"error=20");
    }

    fn id(&self) -> String {
        match self.role {
            Role::Target => format!("t-{}", self.transactions),
            Role::Client => format!("t-{}", self.spoken_of),
        }
    }

    fn now(&self) -> u64 {
        self.entries.len() as u64 * Self::STEP_US + self.passed_us
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
            "browser-window" => profile.claims.browser_window = Some(Claim::Yes),
            "mailto" => profile.claims.mailto = Some(Claim::Yes),
            "no-mailto" => profile.claims.mailto = Some(Claim::No),
            "strict" => profile.reading = Reading::Strict,
            "no-https" => profile.claims.https = Some(Claim::No),
            "ftp" => profile.claims.ftp = Some(Claim::Yes),
            "no-ftp" => profile.claims.ftp = Some(Claim::No),
            "ftps" => profile.claims.ftps = Some(Claim::Yes),
            "no-ftps" => profile.claims.ftps = Some(Claim::No),
            "unopened" => profile.claims.opens_package = Some(Claim::No),
            "tunnel" => profile.advertise.http = Some("https://tunnel.example/".to_owned()),
            "proxy" => profile.proxy = Some("http://proxy.example:3128".to_owned()),
            "security-probes" => profile.security_probes = SecurityProbes::On,
            other => panic!("an example describes {other:?}"),
        }
    }

    /// An answer as its words say: head and body.
    fn worded(rest: &str) -> (Vec<u8>, Vec<u8>) {
        let value = |name: &str| {
            let found = rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let status = value("status").unwrap_or_else(|| "200".to_owned());
        let body = value("error").map_or_else(Vec::new, |code| {
            let code = Code(code.parse().expect("an example's error is a number"));
            Response::new(code, &value("text").unwrap_or_else(|| "some text".to_owned())).write()
        });
        let body = value("body").map_or(body, String::into_bytes);
        let kind = value("type").unwrap_or_else(|| "text/plain".to_owned());
        let disposition = value("disposition")
            .map_or_else(String::new, |value| format!("Content-Disposition: {value}\r\n"));
        let location = value("location").map_or_else(String::new, |value| format!("Location: {value}\r\n"));
        let date = value("date").map_or_else(String::new, |value| format!("Date: {value}\r\n"));
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{disposition}{location}{date}\r\n");
        (head.into_bytes(), body)
    }

    /// An answer given as it stands: with its head, or as a body alone.
    fn answer(&mut self, example: &str) {
        let (head, body) = match example.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/") => (format!("{head}\r\n\r\n"), body),
            _ => ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_owned(), example),
        };
        self.end_ours(Ended::Complete, head.into_bytes(), body.as_bytes());
    }

    fn request(
        &mut self,
        by: Party,
        (purpose, url): (Option<Purpose>, Option<&str>),
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
            url: url.map(str::to_owned),
            head: Bytes(format!("{method} {target} HTTP/1.1\r\n{headers}{length}\r\n").into_bytes()),
            body: Body::of(body),
            whole: Whole::Whole,
            first_byte_us: self.now(),
            masks: Vec::new(),
        };
        self.push(What::Request(request));
    }

    /// The answer to our latest request.
    fn end_ours(&mut self, ended: Ended, head: Vec<u8>, body: &[u8]) {
        let latest = self.latest_of(Party::Mock);
        self.response(Party::Subject, latest, ended, head, body);
    }

    /// The latest request of one party.
    fn latest_of(&self, by: Party) -> u64 {
        let latest = self.entries.iter().rev().find_map(|entry| match &entry.what {
            What::Request(request) if request.by == by => Some(request.exchange),
            _ => None,
        });
        latest.expect("an answer follows a request")
    }

    fn response(&mut self, by: Party, exchange: u64, ended: Ended, head: Vec<u8>, body: &[u8]) {
        let at = (!head.is_empty()).then(|| self.now());
        self.push(What::Response(entry::Response {
            exchange,
            by,
            head: Bytes(head),
            body: Body::kept(body),
            ended,
            first_byte_us: at,
            last_byte_us: at,
            masks: Vec::new(),
        }));
    }
}

/// What `raw=` puts into a query; the element that it begins with is left out elsewhere.
fn raw_of(command: &mut Command, word: &str) -> Option<String> {
    let raw = percent_decode_str(word.strip_prefix("raw=")?).decode_utf8_lossy().into_owned();
    let name = raw.split(['=', '&']).next().unwrap_or_default();
    command.omit(name);
    Some(format!("&{raw}"))
}

/// What `whole=` puts in the place of a query.
fn whole_of(rest: &str) -> Option<String> {
    let word = rest.split_whitespace().find_map(|word| word.strip_prefix("whole="))?;
    Some(percent_decode_str(word).decode_utf8_lossy().into_owned())
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
