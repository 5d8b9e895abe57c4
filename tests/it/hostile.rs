//! Targets that misuse what they are given: addresses, the staging area, the receipt URL. Nothing crashes, grows without
//! bound or is judged by what it does not show.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::time::{Duration, Instant};

use penspec::pens::{Code, Command, Element, Encode, Response};
use penspec::scenario::library::package;
use penspec::transcript::Evidence;
use penspec::transcript::file;

use crate::harmless::{LIMIT_KIB, with_peak};
use crate::judged::judge_again;
use crate::peer::{Peer, http, serving};
use crate::process::{Desk, Ended, Running};

pub(crate) const PROBE: &str = "target/probe";
pub(crate) const STREAM: &str = "target/sample-stream";
pub(crate) const COURSE: &str = "scorm12-minimal.zip";

/// Longer than any answer here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a collect gives out.
pub(crate) struct Given(Command);

impl Given {
    pub(crate) fn of(head: &str) -> Self {
        let query = head.split([' ', '?']).nth(2).unwrap();
        Self(Command::read_query(query.as_bytes()).0)
    }

    pub(crate) fn get(&self, element: Element) -> &str {
        self.0.get(element).unwrap()
    }

    /// The host and port of one of its URLs, and the rest of it.
    fn address(&self, element: Element) -> (&str, &str) {
        let url = self.get(element).strip_prefix("http://").unwrap();
        url.split_at(url.find('/').unwrap())
    }

    pub(crate) fn line(&self) -> Line {
        Line::to(self.address(Element::Receipt).0)
    }

    pub(crate) fn path(&self, element: Element) -> &str {
        self.address(element).1
    }

    /// A callback as the specification's sample prints it.
    pub(crate) fn callback(&self, name: &str) -> Command {
        let mut command: Command =
            [("command", name), ("pens-version", "1.0.0"), ("error", "0"), ("error-text", "good")]
                .into_iter()
                .collect();
        for element in Element::ECHOED {
            if let Some(value) = self.0.get(element) {
                command.set(element.name(), value);
            }
        }
        command.set("client", "hostile.rs");
        command
    }

    /// The request that sends a command to the path of an element.
    pub(crate) fn request(&self, to: Element, command: &Command) -> String {
        let query = String::from_utf8(command.write_query(Encode::Percent)).unwrap();
        get(&format!("{}?{query}", self.path(to)))
    }

    pub(crate) fn fetch(&self) -> Answer {
        self.line().ask(get(self.path(Element::PackageUrl)))
    }

    pub(crate) fn send_receipt(&self) {
        self.send("receipt", Element::Receipt);
    }

    fn send(&self, name: &str, to: Element) {
        let answer = self.line().ask(self.request(to, &self.callback(name)));
        assert_eq!(answer.status(), 200, "{answer:?}");
    }

    /// Whether nobody listens any more.
    fn is_over(&self) -> bool {
        TcpStream::connect(self.address(Element::Receipt).0).is_err()
    }

    pub(crate) fn is_of(&self, case: &str) -> bool {
        self.get(Element::PackageId).contains(case)
    }
}

pub(crate) fn get(path: &str) -> String {
    asking("GET", path, "")
}

pub(crate) fn asking(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: penspec\r\n{headers}\r\n")
}

pub(crate) fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = asking("POST", path, &format!("Content-Type: {content_type}\r\nContent-Length: {length}\r\n"));
    [head.as_bytes(), body].concat()
}

/// A connection to penspec.
pub(crate) struct Line(BufReader<TcpStream>);

/// An answer; without a head when the connection was closed instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Line {
    pub(crate) fn to(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request, as much of it as is taken, and reads the answer.
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        let request = request.as_ref();
        let _ = self.0.get_mut().write_all(request);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if self.0.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                head.clear();
                break;
            }
        }
        let mut answer = Answer { head: String::from_utf8(head).unwrap(), body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if !request.starts_with(b"HEAD ") {
            answer.body.resize(length, 0);
            if self.0.read_exact(&mut answer.body).is_err() {
                answer.head.clear();
            }
        }
        answer
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Says that the collect was taken, and waits until that was heard.
pub(crate) fn accept(stream: &mut TcpStream) {
    let body = Response::new(Code::NO_ERROR, "collect command received and understood").write();
    let answer = http("200 OK", "text/plain", str::from_utf8(&body).unwrap());
    stream.write_all(answer.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}

/// A target that conforms, but for what `mischief` does between the package and its receipt.
pub(crate) fn target(mischief: impl Fn(&Given) + Send + Sync + 'static) -> Peer {
    serving(move |stream, head| {
        let given = Given::of(head);
        accept(stream);
        assert_eq!(given.fetch().status(), 200);
        mischief(&given);
        if given.is_over() {
            return;
        }
        given.send_receipt();
        // The probe does not wait for alerts: its run may be over before them.
        if given.is_of(STREAM) {
            given.send("alert", Element::Alerts);
            given.send("alert", Element::Alerts);
        }
    })
}

/// A run that plays its cases one after the other.
pub(crate) fn start(desk: &Desk, peer: &Peer, cases: &[&str]) -> Running {
    let mut arguments = vec!["test", "target", &peer.url, "--max-in-flight", "1"];
    for limit in ["download=1s", "receipt=30s", "quiet=300ms"] {
        arguments.extend(["--limit", limit]);
    }
    desk.start(&[&arguments, cases].concat())
}

pub(crate) fn run(desk: &Desk, peer: &Peer, cases: &[&str]) -> Ended {
    start(desk, peer, cases).end()
}

/// The verdict of each requirement.
pub(crate) fn verdicts(desk: &Desk) -> BTreeMap<String, String> {
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["verdict"].as_str().unwrap().to_owned()))
        .collect()
}

/// What a target without mischief gets.
fn plain_verdicts(cases: &[&str]) -> BTreeMap<String, String> {
    let desk = Desk::new();
    let ended = run(&desk, &target(|_| ()), cases);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    verdicts(&desk)
}

pub(crate) fn evidence(desk: &Desk) -> Evidence {
    file::read(&desk.read("reports/transcript.jsonl")).unwrap().evidence()
}

/// The verdicts are those of a target without mischief but for these. Whether two transactions met, SEQ-002's matter,
/// is a question of time.
pub(crate) fn departs_only_in(desk: &Desk, cases: &[&str], departures: &[(&str, &str)]) {
    let plain = plain_verdicts(cases);
    let departed: Vec<(String, String)> = verdicts(desk)
        .into_iter()
        .filter(|(id, verdict)| plain.get(id) != Some(verdict) && id != "SEQ-002")
        .collect();
    let departed: Vec<(&str, &str)> =
        departed.iter().map(|(id, verdict)| (id.as_str(), verdict.as_str())).collect();
    assert_eq!(departed, departures);
}

#[test]
fn callbacks_to_addresses_never_given_out_change_no_verdict() {
    const STRAYS: usize = 9;
    let peer = target(|given| {
        let token = given.path(Element::Receipt).split('/').nth(1).unwrap();
        let run = token.split('-').next().unwrap();
        let mut command = given.callback("receipt");
        command.set("package-id", "http://elsewhere.example/course");
        command.set("error", "1310");
        let query = String::from_utf8(command.write_query(Encode::Percent)).unwrap();
        let paths = [
            "/".to_owned(),
            "*".to_owned(),
            "/receipt".to_owned(),
            format!("/{token}"),
            format!("/{token}/receipts"),
            format!("/{token}/receipt/more"),
            format!("/{run}-999/receipt"),
            format!("/{run}-999/package/{COURSE}"),
            format!("/..%2f{token}%00/receipt"),
        ];
        assert_eq!(paths.len(), STRAYS);
        for path in paths {
            let answer = given.line().ask(get(&format!("{path}?{query}")));
            assert_eq!(answer.status(), 404, "{path}: {answer:?}");
        }
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    departs_only_in(&desk, &[PROBE], &[]);
    assert_eq!(evidence(&desk).strays.len(), STRAYS);
    judge_again(&desk);
}

/// A target that sends the receipt of its second transaction to its first, whose case is over.
fn receipts_to_the_first(alter: impl Fn(&mut Command, &Given) + Send + Sync + 'static) -> Peer {
    let first = std::sync::Mutex::new(None);
    target(move |given| {
        let mut first = first.lock().unwrap();
        let Some(first) = &*first else {
            *first = Some(Given(given.0.clone()));
            return;
        };
        let mut receipt = first.callback("receipt");
        alter(&mut receipt, given);
        assert_eq!(given.line().ask(first.request(Element::Receipt, &receipt)).status(), 200);
    })
}

#[test]
fn a_second_receipt_to_an_ended_transaction_is_that_transactions() {
    let (desk, peer) = (Desk::new(), receipts_to_the_first(|_, _| ()));
    let ended = run(&desk, &peer, &[PROBE, STREAM]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    departs_only_in(&desk, &[PROBE, STREAM], &[("RCT-003", "warning")]);
    let evidence = evidence(&desk);
    let over = evidence.scenarios.iter().find(|scenario| scenario.id == PROBE).unwrap().ended_us.unwrap();
    let probe = evidence.transactions.iter().find(|transaction| transaction.begun.scenario == PROBE).unwrap();
    let late = probe.receipts().nth(1).unwrap();
    assert!(late.exchange.request.first_byte_us > over);
}

#[test]
fn a_receipt_is_attributed_by_its_url_though_its_package_is_anothers() {
    let peer = receipts_to_the_first(|receipt, given| {
        receipt.set("package-id", given.get(Element::PackageId));
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE, STREAM]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    departs_only_in(&desk, &[PROBE, STREAM], &[("RCT-003", "warning"), ("RCT-006", "fail")]);
    for transaction in evidence(&desk).transactions {
        let due = if transaction.begun.scenario == PROBE { 2 } else { 1 };
        assert_eq!(transaction.receipts().count(), due, "{}", transaction.begun.scenario);
    }
    judge_again(&desk);
}

#[test]
fn ten_thousand_receipts_are_one_warning() {
    const CONNECTIONS: usize = 8;
    const EACH: usize = 1250;
    let peer = target(|given| {
        let connections = if given.is_of(STREAM) { CONNECTIONS } else { 0 };
        std::thread::scope(|scope| {
            for _ in 0..connections {
                scope.spawn(|| {
                    let mut line = given.line();
                    let request = given.request(Element::Receipt, &given.callback("receipt"));
                    for _ in 0..EACH {
                        assert_eq!(line.ask(&request).status(), 200);
                    }
                });
            }
        });
    });
    let desk = Desk::new();
    let began = Instant::now();
    let (ended, peak) = with_peak(start(&desk, &peer, &[PROBE, STREAM]));
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    departs_only_in(&desk, &[PROBE, STREAM], &[("RCT-003", "warning")]);
    assert!(peak.is_none_or(|kib| kib < LIMIT_KIB), "{peak:?} KiB");
    let counts: Vec<usize> =
        evidence(&desk).transactions.iter().map(|transaction| transaction.receipts().count()).collect();
    assert_eq!(counts, [1, CONNECTIONS * EACH + 1]);
    names_few_entries(&desk, &ended);
}

/// What people and CI systems read names the first pieces of evidence and counts the others.
fn names_few_entries(desk: &Desk, ended: &Ended) {
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap().iter();
    let findings = rows.flat_map(|row| row["findings"].as_array().unwrap());
    let longest = findings.map(|finding| finding["evidence"].as_array().unwrap().len()).max();
    assert!(longest.is_some_and(|longest| longest > 10_000), "{longest:?}");
    let others = format!("and {} others", longest.unwrap() - 20);
    for text in [&ended.stdout, &desk.read("reports/junit.xml"), &desk.read("reports/report.html")] {
        assert!(text.contains(&others), "{others}: {text}");
        assert!(text.len() < 512 * 1024, "{}", text.len());
    }
}

/// A run against a target that says the same request again and again in its second transaction.
fn floods(request: impl Fn(&Given) -> Vec<u8> + Send + Sync + 'static) -> (Desk, Ended) {
    let peer = target(move |given| {
        if given.is_of(STREAM) {
            let (mut line, request) = (given.line(), request(given));
            while line.ask(&request).status() != 0 {}
        }
    });
    let desk = Desk::new();
    let (ended, peak) = with_peak(start(&desk, &peer, &[PROBE, STREAM]));
    assert!(peak.is_none_or(|kib| kib < LIMIT_KIB), "{peak:?} KiB");
    let transcript = desk.read("reports/transcript.jsonl");
    assert!(transcript.ends_with("\"interrupted\":\"full\",\"stopped\":null}\n"));
    assert!(transcript.len() < 80 << 20);
    assert!(ended.stdout.contains("sent without end, so the run was stopped"), "{}", ended.stderr);
    (desk, ended)
}

/// The same with a request that breaks nothing in itself.
fn sends_without_end(request: impl Fn(&Given) -> Vec<u8> + Send + Sync + 'static) -> Desk {
    let (desk, ended) = floods(request);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert_eq!(desk.report()["verdict"], "incomplete");
    assert!(ended.stdout.contains("the last entries of transcript.jsonl show what was sent"), "{ended:?}");
    desk
}

#[test]
fn whoever_sends_without_end_ends_the_run_and_is_not_judged_by_what_is_missing() {
    let desk = sends_without_end(|_| post("/nowhere", "text/plain", &b"x".repeat(60_000)));
    let verdicts = verdicts(&desk);
    assert_eq!((&*verdicts["PKG-001"], &*verdicts["RCT-001"]), ("pass", "inconclusive"));
    assert!(verdicts.values().all(|verdict| verdict != "fail" && verdict != "warning"), "{verdicts:?}");
}

#[test]
fn receipts_of_many_small_pieces_end_the_run_sooner() {
    let desk = sends_without_end(|given| {
        let query = given.callback("receipt").write_query(Encode::Percent);
        let body = [&query[..], &b"&a=".repeat(20_000)].concat();
        post(given.path(Element::Receipt), "application/x-www-form-urlencoded", &body)
    });
    let verdicts = verdicts(&desk);
    let worse: Vec<_> =
        verdicts.iter().filter(|(_, verdict)| *verdict == "fail" || *verdict == "warning").collect();
    let warning = "warning".to_owned();
    assert_eq!(worse, [(&"MSG-004".to_owned(), &warning), (&"RCT-003".to_owned(), &warning)]);
    assert!(desk.read("reports/transcript.jsonl").len() < 4 << 20);
    judge_again(&desk);
}

#[test]
fn a_receipt_that_found_no_room_among_the_unfinished_is_not_missed() {
    // As many requests of that length as are read at once.
    const UNFINISHED: usize = 128;
    let long = |given: &Given| {
        let command = given.callback("receipt").write_query(Encode::Percent);
        let body = [&command[..], b"&extension=", &b"x".repeat(60_000)].concat();
        post(given.path(Element::Receipt), "application/x-www-form-urlencoded", &body)
    };
    let peer = target(move |given| {
        if given.is_of(STREAM) {
            let request = long(given);
            let lines: Vec<Line> = (0..UNFINISHED).map(|_| given.line()).collect();
            for line in &lines {
                line.0.get_ref().write_all(&request[..request.len() - 1]).unwrap();
            }
            assert_eq!(given.line().ask(&request).status(), 0, "nobody had time for it");
        }
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE, STREAM, "--limit", "receipt=3s"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let verdicts = verdicts(&desk);
    assert_eq!(verdicts["RCT-001"], "inconclusive");
    assert!(verdicts.values().all(|verdict| verdict != "fail" && verdict != "warning"), "{verdicts:?}");
    assert!(ended.stdout.contains("more connections came at once than penspec serves"), "{}", ended.stdout);
    judge_again(&desk);
}

#[test]
fn a_package_that_is_fetched_a_thousand_times_is_the_same_each_time() {
    let peer = target(|given| {
        let mut line = given.line();
        for _ in 0..500 {
            let again = line.ask(get(given.path(Element::PackageUrl)));
            assert_eq!((again.status(), &again.body[..]), (200, package(COURSE).unwrap()));
            assert_eq!(given.fetch().body, again.body);
        }
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    departs_only_in(&desk, &[PROBE], &[]);
    let evidence = evidence(&desk);
    assert_eq!(evidence.transactions[0].fetches().count(), 1001);
}

/// Requests to the staging area that fetch nothing.
fn other_methods(path: &str) -> Vec<Vec<u8>> {
    let bare =
        ["HEAD", "OPTIONS", "DELETE", "TRACE", "get"].map(|method| asking(method, path, "").into_bytes());
    let with_body = ["PUT", "POST", "PATCH"]
        .map(|method| [asking(method, path, "Content-Length: 4\r\n").as_bytes(), b"body"].concat());
    [bare.to_vec(), with_body.to_vec()].concat()
}

#[test]
fn nothing_but_a_get_fetches_a_package() {
    let peer = serving(|stream, head| {
        let given = Given::of(head);
        accept(stream);
        let length = package(COURSE).unwrap().len().to_string();
        // Over one connection: a body behind the head of a HEAD would be taken for the next answer.
        let mut line = given.line();
        for request in other_methods(given.path(Element::PackageUrl)) {
            let answer = line.ask(&request);
            if request.starts_with(b"HEAD") {
                assert_eq!((answer.status(), answer.header("content-length")), (200, Some(&*length)));
            } else {
                assert_eq!((answer.status(), answer.header("allow")), (405, Some("GET, HEAD")), "{answer:?}");
            }
        }
        // Without this, nothing would show that the target reaches our address.
        given.send_receipt();
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(verdicts(&desk)["PKG-001"], "fail");
    let transaction = &evidence(&desk).transactions[0];
    assert_eq!((transaction.downloads.len(), transaction.fetches().count()), (8, 0));
    assert!(transaction.whole_download().is_none());
}

/// Requests for parts of the package, and one with a body.
fn odd_gets(path: &str) -> Vec<Vec<u8>> {
    let ranges = ["bytes=0-99", "bytes=-5\r\nIf-Range: \"x\"", "bytes=9999999-", "x"]
        .map(|range| asking("GET", path, &format!("Range: {range}\r\n")).into_bytes());
    let with_body = [asking("GET", path, "Content-Length: 4\r\n").as_bytes(), b"body"].concat();
    [ranges.to_vec(), vec![with_body]].concat()
}

#[test]
fn whoever_asks_for_a_part_is_given_the_whole() {
    let peer = target(|given| {
        let mut line = given.line();
        for request in odd_gets(given.path(Element::PackageUrl)) {
            let answer = line.ask(&request);
            assert_eq!((answer.status(), &answer.body[..]), (200, package(COURSE).unwrap()), "{request:?}");
        }
    });
    let desk = Desk::new();
    let ended = run(&desk, &peer, &[PROBE]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    departs_only_in(&desk, &[PROBE], &[]);
}

/// Requests to the receipt URL, and the statuses that each may be answered with; 0 stands for a connection closed.
fn odd_receipts(given: &Given) -> Vec<(Vec<u8>, Range<u16>)> {
    let path = given.path(Element::Receipt);
    let form = "application/x-www-form-urlencoded";
    let query = given.callback("receipt").write_query(Encode::Percent);
    let long = [&query[..], b"&vendor-data=", &b"x".repeat(1_000_000)].concat();
    let part = b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n".repeat(10_000);
    let chunked = |body: &str| {
        let headers = format!("Content-Type: {form}\r\nTransfer-Encoding: chunked\r\n");
        format!("{}{body}", asking("POST", path, &headers)).into_bytes()
    };
    vec![
        (post(path, form, &long), 200..201),
        (post(path, form, &[&query[..], b"&\0\0=\0"].concat()), 200..201),
        (post(path, form, &[&query[..], b"&\xff\xfe=\xc3\x28"].concat()), 200..201),
        (post(path, form, &[&query[..], b"&a=%"].concat()), 200..201),
        (post(path, form, &b"&".repeat(1_000_000)), 200..201),
        (post(path, "multipart/form-data; boundary=b", &[&part[..], b"--b--\r\n"].concat()), 200..201),
        (post(path, "multipart/form-data; boundary=", b"--"), 200..201),
        (asking("GET", path, &format!("X: {}\r\n", "x".repeat(100_000))).into_bytes(), 400..500),
        (asking("GET", path, &"X: y\r\n".repeat(10_000)).into_bytes(), 400..500),
        (chunked("3\r\nabcdefg\r\n0\r\n\r\n"), 200..500),
        (chunked("ffffffffffffffffff\r\nabc\r\n"), 200..500),
        (chunked("-1\r\nabc\r\n0\r\n\r\n"), 200..500),
        (asking("POST", path, "Content-Length: 99999999999\r\n").into_bytes(), 413..414),
    ]
}

#[test]
fn a_receipt_may_have_any_body_and_the_next_one_is_heard() {
    let peer = target(|given| {
        if !given.is_of(STREAM) {
            return;
        }
        for (request, statuses) in odd_receipts(given) {
            let answer = given.line().ask(&request);
            let shown = request[..request.len().min(200)].escape_ascii();
            assert!(statuses.contains(&answer.status()), "{answer:?} to {shown}");
            given.send_receipt();
        }
    });
    let desk = Desk::new();
    let (ended, peak) = with_peak(start(&desk, &peer, &[PROBE, STREAM]));
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(peak.is_none_or(|kib| kib < LIMIT_KIB), "{peak:?} KiB");
    assert!(desk.read("reports/transcript.jsonl").len() < 2 << 20);
    // Three have no command in them: one of ampersands, two whose multipart names nothing. Three have bytes that no URI
    // may have, or a raw percent sign, behind names that the specification has not.
    let (broken, remarked) = (["MSG-001", "MSG-002", "MSG-003"], ["MSG-004", "MSG-014", "RCT-003"]);
    let departures = broken.map(|id| (id, "fail")).into_iter().chain(remarked.map(|id| (id, "warning")));
    let rest = [("RCT-004", "fail"), ("RCT-005", "warning")];
    departs_only_in(&desk, &[PROBE, STREAM], &departures.chain(rest).collect::<Vec<_>>());
    judge_again(&desk);
}
