//! The examples of the rows, read as evidence and judged.
//!
//! An example is the body of an answer, a whole HTTP answer, or a story: a line for each thing that happens, the
//! first word saying what, `name=value` setting an element (percent-encoded) and `-name` leaving one out.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::judge::judge_row;
use super::ledger::Ledger;
use super::seen::RunSeen;
use super::verdict::Outcome;
use super::{Check, Requirement, Shows, all};
use crate::pens::{Code, Command, Element, Encode, Response};
use crate::profile::Profile;
use crate::transcript::entry::{
    Awaited, Ended, Entry, Header, Offer, Party, Purpose, Request, Role, SCHEMA_VERSION, Tool,
    TransactionBegun, WaitEnd, What, Whole,
};
use crate::transcript::{Body, Bytes, Transcript, entry};

const CODE_OK: &str = "collect\nresponse error=0";

/// What happened in an example, told line by line.
struct Story {
    entries: Vec<Arc<Entry>>,
    collect: Command,
    transactions: usize,
    exchanges: u64,
}

#[test]
fn every_row_tells_its_two_examples_apart() {
    for row in all() {
        let (keeps, breaks) = (outcomes(row, row.keeps), outcomes(row, row.breaks));
        let is_kept = |outcome: &Outcome| matches!(outcome, Outcome::Keeps);
        let is_broken = |outcome: &Outcome| matches!(outcome, Outcome::Breaks(_));
        assert!(keeps.iter().any(is_kept) && !keeps.iter().any(is_broken), "{} keeps: {keeps:?}", row.id);
        assert!(breaks.iter().any(is_broken), "{} breaks: {breaks:?}", row.id);
    }
}

#[test]
fn a_broken_answer_breaks_no_other_row() {
    // An answer of RSP's examples that breaks one row must not be blamed by its neighbours.
    for broken in
        all().filter(|row| matches!(row.check, Check::Response(_)) && !row.breaks.starts_with("collect"))
    {
        for row in all().filter(|row| matches!(row.check, Check::Response(_)) && row.id != broken.id) {
            let also =
                outcomes(row, broken.breaks).iter().any(|outcome| matches!(outcome, Outcome::Breaks(_)));
            let is_expected = row.id == "RSP-015" && !broken.breaks.contains("error=0")
                || (row.id, broken.id) == ("RSP-012", "RSP-007");
            assert!(!also || is_expected, "the example that breaks {} breaks {} too", broken.id, row.id);
        }
    }
}

#[test]
fn silence_passes_nothing() {
    for row in all() {
        for story in ["", "collect\nsilent", "collect\nrefused", "collect\nclosed", "collect"] {
            let said = outcomes(row, story);
            assert!(
                !said.iter().any(|outcome| matches!(outcome, Outcome::Keeps)),
                "{} of {story:?}: {said:?}",
                row.id
            );
        }
    }
}

#[test]
fn a_refusal_without_its_sane_twin_proves_nothing() {
    for row in all() {
        let Check::Provoked(provoked) = row.check else { continue };
        // A retrieval's error can only follow a collect that was accepted: its refusal has its twin in another.
        let told = match provoked.shows {
            Shows::Response | Shows::Receipt => format!("response error={}", provoked.code),
            Shows::Alert => format!("response error=0\ndownload 200\nreceipt error={}", provoked.code),
        };
        let story = format!("{}\n{told}", provoking(row));
        let said = outcomes(row, &story);
        assert!(matches!(said.as_slice(), [Outcome::Inconclusive(..)]), "{}: {said:?}", row.id);
        let with_twin = format!("{CODE_OK}\ntransaction\n{story}");
        assert_eq!(outcomes(row, &with_twin), [Outcome::Keeps], "{}", row.id);
        if provoked.at_hand.len() < Element::ALL.len() {
            // Another element differs as well: the twin is none.
            let other = format!("collect vendor-data=another\nresponse error=0\ntransaction\n{story}");
            assert!(matches!(outcomes(row, &other).as_slice(), [Outcome::Inconclusive(..)]), "{}", row.id);
        }
    }
}

/// Stories that a judge may read wrongly, each with what must be said of it.
#[test]
fn stories_are_read_as_they_happened() {
    let check = |id: &str, story: &str, expected: &[&str]| {
        let row = super::find(id).expect("the row is there");
        let said: Vec<_> = outcomes(row, story).iter().map(Outcome::key).collect();
        assert_eq!(said, expected, "{id} of\n{story}");
    };
    let fetched = "collect\nresponse error=0\ndownload 200\nwait download met";
    // Whoever ends the run while a receipt is awaited does not make the target lose it.
    check("RCT-001", &format!("{fetched}\nwait receipt interrupted"), &["inconclusive"]);
    check("RCT-001", &format!("{fetched}\nwait receipt expired\nwait alert given-up"), &["breaks"]);
    check("RCT-001", &format!("{fetched}\nwait receipt given-up"), &["inconclusive"]);
    check("PKG-001", "collect\nresponse error=0\nhead\nwait receipt interrupted", &["inconclusive"]);
    check("PKG-001", "collect\nresponse error=0\nwait receipt expired", &["inconclusive"]);
    // A HEAD fetches nothing.
    check("RSP-013", "collect\nhead\nresponse error=0", &["keeps"]);
    check("PKG-006", "collect\nhead\nresponse error=1310\nwait quiet met", &["keeps"]);
    // What was fetched before the refusal is no disregard of it.
    check("PKG-006", "collect\ndownload 404\nresponse error=1310\nwait quiet met", &["keeps"]);
    check("PKG-006", "collect\nresponse error=1310", &[]);
    // An answer that broke off is told by RSP-001 alone.
    check("RSP-001", "collect\ncut", &["breaks"]);
    check("RSP-004", "collect\ncut", &[]);
    check("RSP-002", "collect\ncut", &[]);
    // A receipt at the alerts URL is no alert, and an alert at the receipt URL no receipt.
    check("ALR-004", &format!("{fetched}\nreceipt-to-alerts error=0"), &[]);
    check("RCT-001", &format!("{fetched}\nalert-to-receipt error=0\nwait receipt expired"), &["breaks"]);
    // A method that is not understood is told by its own row, whatever answers.
    let post = "collect\nresponse error=0\ntransaction\ncollect method=post\nresponse";
    check("MSG-008", &format!("{post} error=2011"), &["breaks"]);
    check("RSP-015", &format!("{post} error=2011"), &["keeps"]);
    check("MSG-008", &format!("{post} status=501"), &["breaks"]);
    check("RSP-002", &format!("{post} status=501"), &["keeps"]);
    // Codes in receipts are codes.
    check("RSP-011", &format!("{fetched}\nreceipt error=1431"), &["keeps", "breaks"]);
    check(
        "RCT-006",
        &format!("{fetched}\nreceipt error=0 package-url-expiry=2099-01-01T00:00:00.000Z"),
        &["tolerated"],
    );
    check(
        "RCT-006",
        &format!("{fetched}\nreceipt error=0 package-url-expiry=2099-01-02T00:00:00Z"),
        &["breaks"],
    );
    // Nobody waited, so nobody knows that no alert comes.
    check("ALR-001", &format!("{fetched}\nreceipt error=0"), &[]);
    check("ALR-001", &format!("{fetched}\nreceipt error=0\nwait alert expired"), &["not-applicable"]);
}

fn outcomes(row: &'static Requirement, example: &str) -> Vec<Outcome> {
    let transcript = Story::told(row, example);
    let evidence = transcript.evidence();
    let (profile, ledger) = (Profile::default(), Ledger::of(&evidence));
    let run = RunSeen { evidence: &evidence, profile: &profile, ledger: &ledger };
    judge_row(row, &run).outcomes.into_iter().map(|said| said.outcome).collect()
}

fn provoking(row: &Requirement) -> String {
    let missing =
        |element: &Element| element.missing_code().is_some_and(|code| format!("ERR-{code}") == row.id);
    let without = Element::ALL
        .into_iter()
        .find(missing)
        .map_or_else(String::new, |element| format!(" -{}", element.name()));
    format!("collect{without} provokes={}", row.id)
}

impl Story {
    fn told(row: &Requirement, example: &str) -> Transcript {
        let mut story =
            Self { entries: Vec::new(), collect: Command::default(), transactions: 0, exchanges: 0 };
        let is_answer = example.contains("error") && !example.starts_with("collect");
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
            profile: serde_json::to_value(Profile::default()).expect("a profile is plain data"),
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
                "transaction" => self.begin(),
                "response" => self.respond(rest),
                "closed" => self.end_collect(Ended::Closed, Vec::new(), Vec::new()),
                "cut" => {
                    let head =
                        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 90\r\n\r\n".to_vec();
                    self.end_collect(Ended::Cut, head, b"error=20".to_vec());
                }
                "head" => {
                    let target = format!("/{}/package/a.zip", self.id());
                    self.request(Party::Subject, None, "HEAD", &target, Vec::new());
                    self.response(
                        Party::Mock,
                        self.exchanges,
                        Ended::Complete,
                        b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
                        Vec::new(),
                    );
                }
                "receipt-to-alerts" => self.call_back("receipt", "alerts", rest),
                "silent" => self.end_collect(Ended::Silent, Vec::new(), Vec::new()),
                "refused" => self.end_collect(Ended::Refused, Vec::new(), Vec::new()),
                "download" => self.download(rest),
                "receipt" => self.call_back("receipt", "receipt", rest),
                "alert" => self.call_back("alert", "alerts", rest),
                "alert-to-receipt" => self.call_back("alert", "receipt", rest),
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

    fn begin(&mut self) {
        self.transactions += 1;
        let id = self.id();
        self.push(What::TransactionBegun(TransactionBegun {
            scenario: "example".to_owned(),
            package_id: format!("http://penspec.example/Course-{id}"),
            package_url: format!("http://h/{id}/package/a.zip"),
            receipt_url: format!("http://h/{id}/receipt"),
            alerts_url: format!("http://h/{id}/alerts"),
            package: "a.zip".to_owned(),
            offer: Offer::Whole,
            transaction: id,
        }));
    }

    fn send_collect(&mut self, rest: &str) {
        if self.transactions == 0 {
            self.begin();
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
        let (mut method, mut provokes) = ("GET".to_owned(), Vec::new());
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                Some(("method", value)) => method = value.to_uppercase(),
                Some(("order", _)) => command.reverse(),
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
        self.request(Party::Mock, Some(Purpose::Collect), &method, &target, body);
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
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n\r\n");
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
        let target = format!("/{}/package/a.zip", self.id());
        self.request(Party::Subject, None, "GET", &target, Vec::new());
        self.response(
            Party::Mock,
            self.exchanges,
            Ended::Complete,
            format!("HTTP/1.1 {rest} X\r\n\r\n").into_bytes(),
            Vec::new(),
        );
    }

    fn call_back(&mut self, name: &str, url: &str, rest: &str) {
        let mut command: Command = [("command", name), ("pens-version", "1.0.0")].into_iter().collect();
        for element in ["package-type", "package-type-version", "package-format", "package-id", "package-url"]
        {
            if let Some(value) = self.collect.value(element) {
                command.set(element, value);
            }
        }
        command.set("client", "LMS");
        command.set("error-text", "some text");
        for word in rest.split_whitespace() {
            edit(&mut command, word);
        }
        let target = format!("/{}/{url}?{}", self.id(), text(&command.write_query(Encode::Percent)));
        self.request(Party::Subject, None, "GET", &target, Vec::new());
        self.response(
            Party::Mock,
            self.exchanges,
            Ended::Complete,
            b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            Vec::new(),
        );
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

    fn request(&mut self, by: Party, purpose: Option<Purpose>, method: &str, target: &str, body: Vec<u8>) {
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
            head: Bytes(format!("{method} {target} HTTP/1.1\r\n{length}\r\n").into_bytes()),
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
    if let Some(name) = word.strip_prefix('-') {
        command.omit(name);
    } else if let Some((name, value)) = word.split_once('=') {
        command.set(name, &percent_decode_str(value).decode_utf8_lossy());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
