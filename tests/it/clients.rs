//! `test client`: clients that are made to publish, by command and by web hook, and whatever else comes to a mock target.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use penspec::requirements::Level;
use penspec::requirements::verdict::{RunVerdict, Verdict};
use penspec::run::{Run, built_in};
use penspec::scenario::model::{Scenario, Subject};
use penspec::transcript::entry::{Barred, Purpose, TriggerEnd, Triggered, TriggeredBy, What};
use penspec::transcript::{Evidence, Exchange, Transaction};

use crate::harmless::is_harmless;
use crate::judged::{judge_again, read_run};
use crate::peer::{Peer, answering, free_port, http, serving};
use crate::process::{Desk, Ended, PENSPEC};
use crate::rendered::markup;

/// A mock client that stays up beside the run: its package is fetched once more at the end.
fn standing() -> String {
    format!("{PENSPEC} mock client --once --for 20s {{target_url}} >/dev/null 2>&1 &")
}

/// One that holds the trigger until it has ended.
pub(crate) fn holding() -> String {
    format!("exec {PENSPEC} mock client --once --for 20s {{target_url}}")
}

pub(crate) fn check(desk: &Desk, arguments: &[&str]) -> Ended {
    let quick = ["--limit", "quiet=200ms", "--limit", "collect=20s"];
    desk.run(&[&["test", "client"], arguments, &quick].concat())
}

pub(crate) fn triggers(evidence: &Evidence) -> Vec<&Triggered> {
    evidence.scenarios.iter().flat_map(|seen| &seen.triggers).collect()
}

/// The rows that are not as they should be, each with its verdict.
pub(crate) fn amiss(desk: &Desk) -> Vec<String> {
    let good = ["pass", "not-applicable", "not-tested", "deselected"];
    let report = desk.report();
    let rows = report["requirements"].as_array().unwrap();
    let told = rows.iter().map(|row| (row["id"].as_str().unwrap(), row["verdict"].as_str().unwrap()));
    let amiss = told.filter(|(_, verdict)| !good.contains(verdict));
    amiss.map(|(id, verdict)| format!("{id} {verdict}")).collect()
}

/// The reasons for which cases were cut short.
pub(crate) fn cut_short(desk: &Desk) -> Vec<String> {
    let evidence = read_run(desk).evidence;
    evidence.scenarios.into_iter().filter_map(|seen| seen.cut_short).collect()
}

#[test]
fn a_command_makes_a_conforming_client_publish() {
    let desk = Desk::new();
    desk.write("said.yaml", "client/fatal-answer: yes\nclient/own-code-answer: yes, it says why\n");
    let ended = check(&desk, &["--trigger", &standing(), "--answers", "said.yaml"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    judge_again(&desk);
    let run = read_run(&desk);
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    assert_eq!(run.unmet(), 0);
    let failed = desk.report()["requirements"].as_array().unwrap().clone();
    let failed: Vec<_> = failed.into_iter().filter(|row| row["verdict"] == "fail").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let transactions = &run.evidence.transactions;
    assert_eq!(transactions.len(), triggers(&run.evidence).len());
    let stream = transactions.iter().find(|seen| seen.begun.scenario == "client/sample-stream").unwrap();
    assert_eq!((stream.downloads.len(), stream.callbacks.len()), (1, 3));
    let late = transactions.iter().find(|seen| seen.begun.scenario == "client/chunked-answer").unwrap();
    assert_eq!((late.downloads.len(), late.callbacks.len()), (3, 4));
    assert!(
        stream.begun.target_url.as_ref().unwrap().ends_with(&format!("/{}/pens", stream.begun.transaction))
    );
    let alerts = transactions.iter().find(|seen| seen.begun.scenario == "client/many-alerts").unwrap();
    assert_eq!(alerts.callbacks.len(), 7);
    assert!(
        triggers(&run.evidence).iter().all(|seen| seen.by == TriggeredBy::Command && seen.status == Some(0))
    );
}

#[test]
fn a_question_that_nobody_answers_stays_in_review() {
    let desk = Desk::new();
    let ended = check(&desk, &["client/fatal-answer", "--trigger", &holding()]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("REVIEW client/fatal-answer"), "{}", ended.stdout);
    let scenarios = desk.report()["scenarios"].clone();
    assert_eq!(scenarios[0]["verdict"], "review");
    // What is said of a case that is not played does no harm, and one that there is not is a slip.
    let said = "client/fatal-answer: no, it says published\nclient/own-code-answer: yes\n";
    let again = ["--failed", "--trigger", &holding(), "--answers", "said.yaml"];
    desk.write("said.yaml", format!("{said}client/fatal-answers: yes\n"));
    let ended = check(&desk, &again);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    let slip =
        r#"said.yaml:3:1: there is no case "client/fatal-answers"; did you mean "client/fatal-answer"?"#;
    assert!(ended.stderr.contains(slip), "{}", ended.stderr);
    desk.write("said.yaml", said);
    let ended = check(&desk, &again);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("received  no: it says published"), "{}", ended.stdout);
}

/// A web hook that starts a mock client for the address in the body of the POST.
fn hook() -> Peer {
    serving(|stream, head| {
        let target_url = body(stream, head);
        let mut client = Command::new(PENSPEC);
        client.args(["mock", "client", "--once", "--for", "20s", &target_url]);
        let mut client = client.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        stream.write_all(http("202 Accepted", "text/plain", "queued").as_bytes()).unwrap();
        client.wait().unwrap();
    })
}

/// The body of a request of which this much has been read.
fn body(stream: &mut TcpStream, head: &str) -> String {
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = head.split_once("\r\n\r\n").unwrap().1.as_bytes().to_vec();
    let mut rest = vec![0; length.unwrap_or(0_usize) - body.len()];
    stream.read_exact(&mut rest).unwrap();
    body.append(&mut rest);
    String::from_utf8(body).unwrap()
}

#[test]
fn a_web_hook_makes_a_client_publish() {
    let (desk, hook) = (Desk::new(), hook());
    let ended = check(&desk, &["client/receipt-*", "--trigger-url", &hook.url]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    let evidence = read_run(&desk).evidence;
    for triggered in triggers(&evidence) {
        assert_eq!((triggered.by, triggered.status), (TriggeredBy::Url, Some(202)));
        assert_eq!(triggered.output.0, b"queued");
    }
    assert_eq!(evidence.transactions.len(), 6);
}

#[test]
fn a_fixed_address_takes_the_collects_one_by_one() {
    let desk = Desk::new();
    let arguments = ["client/receipt-error", "--fixed-address", "--trigger", &holding()];
    let ended = check(&desk, &arguments);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    let evidence = read_run(&desk).evidence;
    let given: Vec<_> = evidence.transactions.iter().map(|seen| seen.begun.target_url.clone()).collect();
    assert_eq!(given.len(), 3);
    assert!(
        given.iter().all(|url| url.as_ref().unwrap().ends_with("/pens") && *url == given[0]),
        "{given:?}"
    );
    let cases: Vec<_> = evidence.transactions.iter().map(|seen| seen.begun.scenario.as_str()).collect();
    let expected = ["unreachable", "credentials", "own"].map(|case| format!("client/receipt-error/{case}"));
    assert_eq!(cases, expected);
}

#[test]
fn a_client_that_never_publishes_is_not_waited_for_again() {
    let desk = Desk::new();
    let ended = check(&desk, &["--trigger", "true", "--limit", "collect=300ms"]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let reasons = cut_short(&desk);
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(reason.contains("await: no collect came to http://127.0.0.1:"), "{reason}");
    let stopped = read_run(&desk).ending.stopped.unwrap();
    assert!(
        stopped.starts_with("no collect came for the first case, so 20 cases were not played"),
        "{stopped}"
    );
    judge_again(&desk);
}

/// The one case that is played ends early, for this reason, and nothing is said against the client.
fn is_the_environments_fault(means: &[&str], reason: &str) {
    let desk = Desk::new();
    let ended = check(&desk, &[&["client/sample-stream"], means].concat());
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let reasons = cut_short(&desk);
    assert!(reasons.len() == 1 && reasons[0].contains(reason), "{reasons:?}");
    let evidence = read_run(&desk).evidence;
    assert_eq!(triggers(&evidence)[0].ended, TriggerEnd::Failed);
    assert_eq!(desk.report()["counts"]["must"]["fail"], 0);
}

#[test]
fn a_failing_trigger_is_never_the_clients_fault() {
    let command = "echo one; echo two >&2; exit 7";
    is_the_environments_fault(&["--trigger", command], "the trigger command ended with status 7");
    is_the_environments_fault(&["--trigger", "no-such-program-of-anybody"], "status 127");
    let refusing = answering(http("503 Service Unavailable", "text/plain", "no worker"));
    let reason = "the trigger URL answered with HTTP 503, and said last: no worker";
    is_the_environments_fault(&["--trigger-url", &refusing.url], reason);
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    is_the_environments_fault(&["--trigger-url", &nobody], "gave no answer");
}

/// The tool loses its patience with the late answer and says that it failed: its collect has come all the same.
#[test]
fn a_trigger_that_fails_after_its_collect_cuts_nothing_short() {
    let desk = Desk::new();
    let hook = serving(|stream, head| {
        let address = body(stream, head);
        let mut collect = connect(&address);
        let target = parts(&address).1;
        let query = "command=collect&pens-version=1.0.0&package-url=http://127.0.0.1:1/course.zip";
        let host = parts(&address).0;
        let head = format!("GET {target}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        collect.write_all(head.as_bytes()).unwrap();
        collect.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        assert!(collect.read(&mut [0]).is_err(), "the answer was not late");
        stream.write_all(http("500 Internal Server Error", "text/plain", "").as_bytes()).unwrap();
    });
    let ended = check(&desk, &["client/late-answer", "--trigger-url", &hook.url]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    let missing = [3, 4, 5, 6, 9, 10, 12, 15].map(|number| format!("ELM-{number:03} fail"));
    let others = ["MSG-003 warning", "MSG-009 warning", "PKG-009 fail"].map(str::to_owned);
    assert_eq!(amiss(&desk), [&others[..2], &missing[..], &others[2..]].concat());
    let evidence = read_run(&desk).evidence;
    assert_eq!(evidence.transactions.len(), 1);
    assert_eq!(triggers(&evidence)[0].ended, TriggerEnd::Failed);
}

#[test]
fn without_anybody_to_publish_nothing_is_begun() {
    let desk = Desk::new();
    let ended = check(&desk, &[]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("give --trigger CMD or --trigger-url URL"), "{}", ended.stderr);
    assert!(!desk.path("reports").exists());
    let ended = check(&desk, &["--trigger-url", "https://tool.example/publish"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("called by plain http alone"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_its_trigger_too() {
    let desk = Desk::new();
    // The client is a child of the shell, which waits for it.
    let command = format!("{PENSPEC} mock client --once --for 60s {{target_url}}; true");
    let arguments =
        ["test", "client", "client/late-answer", "--progress", "json-lines", "--trigger", &command];
    let mut running = desk.start(&arguments);
    running.line_with("\"transaction_begun\"");
    running.signal(rustix::process::Signal::INT);
    let ended = running.end();
    assert_eq!(ended.status, Some(130), "{ended:?}");
    assert_eq!(desk.report()["interrupted"], true);
    judge_again(&desk);
    let evidence = read_run(&desk).evidence;
    let package_url = evidence.transactions[0].begun.package_url.clone();
    let authority = package_url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    while TcpStream::connect(&authority).is_ok() {}
}

/// A hook that hands each address on, and a client of the test's own for which a receipt URL is answered.
pub(crate) struct ByHand {
    hook: Peer,
    given: Receiver<String>,
    receipts: Peer,
}

pub(crate) fn by_hand() -> ByHand {
    let (sender, given) = channel();
    let hook = serving(move |stream, head| {
        sender.send(body(stream, head)).unwrap();
        stream.write_all(http("200 OK", "text/plain", "").as_bytes()).unwrap();
    });
    let said =
        "error=0\r\nerror-text=receipt command received and understood\r\nversion=1.0.0\r\npens-data=\r\n";
    ByHand { hook, given, receipts: answering(http("200 OK", "text/plain", said)) }
}

impl ByHand {
    pub(crate) fn hook_url(&self) -> &str {
        &self.hook.url
    }

    /// Waits for the head of the next receipt or alert.
    pub(crate) fn called_back(&self) -> String {
        self.receipts.heard()
    }

    /// Publishes to the next address: the collect that is as it should be, altered, whose package nobody has.
    pub(crate) fn publish(&self, alter: impl Fn(&str) -> String) {
        let address = self.next_address();
        let query = alter(&self.query("http://127.0.0.1:1/course.zip"));
        assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=0\r\n"));
    }

    pub(crate) fn next_address(&self) -> String {
        self.given.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    /// The query of a collect that is as it should be, whose package lies at this URL.
    pub(crate) fn query(&self, package_url: &str) -> String {
        let receipts = &self.receipts.url;
        format!(
            "pens-version=1.0.0&command=collect&package-type=scorm-pif&package-type-version=1.2&package-format=zip\
             &package-id=http://author.example/1&package-url={package_url}&package-url-expiry=2099-01-01T00:00:00Z\
             &client=by-hand&receipt={receipts}&alerts={receipts}"
        )
    }
}

/// Host and path of a URL.
pub(crate) fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap())
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(parts(url).0).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends a request to the host of a URL and gives the answer.
pub(crate) fn say(url: &str, request: &[u8]) -> String {
    let mut stream = connect(url);
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn get(url: &str, target: &str) -> String {
    say(
        url,
        format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", parts(url).0).as_bytes(),
    )
}

/// A POST of this body to a URL, with these headers besides.
fn post(url: &str, headers: &str, body: &str) -> String {
    let (host, path) = parts(url);
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    say(url, (head + body).as_bytes())
}

/// Everything but a collect that may come to an address.
fn send_whatever(address: &str) {
    let path = parts(address).1;
    assert!(get(address, "/").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(get(address, "/favicon.ico").starts_with("HTTP/1.1 404 "));
    assert!(get(address, path).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(get(address, "/nobody-1/pens?command=collect").starts_with("HTTP/1.1 404 "));
    let mut broken = connect(address);
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\na=b");
    broken.write_all(head.as_bytes()).unwrap();
    broken.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    broken.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let huge = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    assert!(say(address, &[huge.as_bytes(), &vec![b'a'; 100_000_000]].concat()).starts_with("HTTP/1.1 413 "));
}

#[test]
fn whatever_strangers_send_the_run_goes_on() {
    let (desk, client) = (Desk::new(), by_hand());
    let cases = ["client/receipt-error/own", "client/receipt-error/unreachable"];
    let arguments = [&["test", "client"], &cases[..], &["--trigger-url", &client.hook.url]].concat();
    let running = desk.start(&arguments);
    let first = client.next_address();
    send_whatever(&first);
    let path = parts(&first).1;
    // A client that never reads its answer, with a thousand elements besides.
    let more: String = (0..1000).map(|number| format!("&x{number}=y")).collect::<Vec<_>>().concat();
    let query = client.query("http://127.0.0.1:1/course.zip") + &more;
    let mut deaf = connect(&first);
    deaf.write_all(format!("GET {path}?{query} HTTP/1.1\r\nHost: {}\r\n\r\n", parts(&first).0).as_bytes())
        .unwrap();
    let second = client.next_address();
    assert!(get(&first, &format!("{path}?{query}")).starts_with("HTTP/1.1 410 "));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let collect = client.query("http://127.0.0.1:1/course.zip");
    assert!(post(&second, form, &collect).contains("\r\n\r\nerror=0\r\n"));
    let ended = running.end();
    drop(deaf);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    let expected = ["MSG-003 warning", "MSG-004 warning", "MSG-009 warning", "PKG-009 fail"];
    assert_eq!(amiss(&desk), expected);
    let unknown = "the element \"x0\" is none of the specification's";
    assert!(ended.stdout.contains(unknown), "{}", ended.stdout);
    let evidence = read_run(&desk).evidence;
    assert_eq!(evidence.transactions.len(), 2);
    assert!(evidence.transactions.iter().all(|seen| seen.collects.len() == 1 && seen.callbacks.len() == 1));
    is_told_everywhere(
        &desk,
        &ended,
        &[
            "GET / is no collect for a case: it was answered with HTTP 200".to_owned(),
            "GET /favicon.ico is no collect for a case: it was answered with HTTP 404".to_owned(),
            format!("GET {path} is no collect for a case: it was answered with HTTP 200"),
            "GET /nobody-1/pens?command=collect is no collect for a case: it was answered with HTTP 404"
                .to_owned(),
            format!("POST {path} broke off before its end: it was answered with HTTP 400"),
            format!("POST {path} is longer than a collect may be here: it was answered with HTTP 413"),
            format!(
                "GET {}... came when the case of this address was over: it was answered with HTTP 410",
                &format!("{path}?{query}")[..120]
            ),
        ],
    );
    judge_again(&desk);
}

/// What happened beside the cases stands in every report, in its order, each with its entry.
fn is_told_everywhere(desk: &Desk, ended: &Ended, asides: &[String]) {
    let told = desk.report()["asides"].as_array().unwrap().clone();
    let messages: Vec<_> = told.iter().map(|aside| aside["message"].as_str().unwrap()).collect();
    assert_eq!(messages, asides);
    let markdown = desk.run(&["report", "reports", "--format", "markdown"]).stdout;
    let page = desk.read("reports/report.html");
    for aside in &told {
        let (message, entry) = (aside["message"].as_str().unwrap(), &aside["entry"]);
        assert!(ended.stdout.contains(&format!("aside  {message} (entry {entry})\n")), "{}", ended.stdout);
        assert!(markdown.contains(&format!("{message} (entry {entry})")), "{markdown}");
        let escaped = message.replace('&', "&#38;");
        let linked = format!("<li>{escaped} (entry <a href=\"#entry-{entry}\">{entry}</a>)</li>");
        assert!(page.contains(&linked), "{linked} is not in {page}");
        assert!(page.contains(&format!("<section id=\"entry-{entry}\">")), "{entry}");
    }
}

/// A flood of what is no collect is counted, and what it says is never markup.
#[test]
fn a_flood_of_strangers_is_counted() {
    let (desk, client) = (Desk::new(), by_hand());
    let running = desk.start(&["test", "client", "client/receipt-twice", "--trigger-url", &client.hook.url]);
    let address = client.next_address();
    for number in 0..25 {
        get(&address, &format!("/<script>alert({number})</script>?\u{1b}[2J"));
    }
    let query = client.query("http://127.0.0.1:1/course.zip");
    assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=0\r\n"));
    let ended = running.end();
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("aside  and 5 other requests that are no collect\n"), "{}", ended.stdout);
    is_harmless(&ended.stdout);
    let told = desk.report()["asides"].as_array().unwrap().clone();
    assert_eq!(told.len(), 21);
    assert_eq!(told[20], serde_json::json!({ "message": "and 5 other requests that are no collect" }));
    let page = desk.read("reports/report.html");
    assert!(page.contains("alert(0)") && !markup(&page).contains("<script"), "{page}");
    let markdown = desk.run(&["report", "reports", "--format", "markdown"]).stdout;
    for line in markdown.lines().filter(|line| line.contains("alert(")) {
        assert!(!line.split('`').step_by(2).any(|outside| outside.contains("alert(")), "{line}");
    }
}

/// Whoever knows the token of an address means it: that it is written otherwise is the client's failure, and nothing is missed.
#[test]
fn a_collect_to_an_address_written_otherwise_is_judged() {
    let cases =
        ["client/receipt-error/own", "client/receipt-error/unreachable", "client/receipt-error/credentials"];
    let (desk, client) = (Desk::new(), by_hand());
    let arguments = [&["test", "client"], &cases[..], &["--trigger-url", &client.hook.url]].concat();
    let running = desk.start(&arguments);
    let query = client.query("http://127.0.0.1:1/course.zip");
    let otherwise: [fn(&str) -> String; 3] =
        [str::to_uppercase, |path| path.replace("/pens", "/./pens"), |path| path.replace("/pens", "")];
    for otherwise in otherwise {
        let address = client.next_address();
        let answer = get(&address, &format!("{}?{query}", otherwise(parts(&address).1)));
        assert!(answer.contains("error=0\r\n"), "{answer}");
    }
    let ended = running.end();
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    let row = desk.report()["requirements"].as_array().unwrap().clone();
    let row = row.iter().find(|row| row["id"] == "MSG-016").unwrap().clone();
    assert_eq!(
        (row["verdict"].as_str(), row["findings"].as_array().map(Vec::len)),
        (Some("fail"), Some(3)),
        "{row}"
    );
}

/// A collect may stand behind as many requests of its length as are read at once, which never end.
#[test]
fn a_collect_that_found_no_room_is_not_missed() {
    const AT_ONCE: usize = 128;
    let (desk, client) = (Desk::new(), by_hand());
    let limits = ["--limit", "collect=2s"];
    let running = desk.start(
        &[&["test", "client", "client/sample-stream", "--trigger-url", &client.hook.url], &limits[..]]
            .concat(),
    );
    let address = client.next_address();
    let unfinished = format!("POST / HTTP/1.1\r\nContent-Length: 60001\r\n\r\n{}", "x".repeat(60_000));
    let mut lines: Vec<TcpStream> = (0..=AT_ONCE).map(|_| connect(&address)).collect();
    for line in &mut lines {
        line.write_all(unfinished.as_bytes()).unwrap();
    }
    let ended = running.end();
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let reasons = cut_short(&desk);
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(
        reason.contains("within 2s that could be heard: more came at once than penspec serves"),
        "{reason}"
    );
    assert_eq!(amiss(&desk).iter().filter(|row| !row.ends_with(" inconclusive")).count(), 0);
    judge_again(&desk);
}

/// Whatever its body is called, a POST is read as it can be; what it is called is judged.
#[test]
fn a_post_of_any_content_type_is_read() {
    let (desk, client) = (Desk::new(), by_hand());
    let running = desk.start(&["test", "client", "client/receipt-error", "--trigger-url", &client.hook.url]);
    let query = client.query("http://127.0.0.1:1/course.zip");
    let parts: Vec<String> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    let bodies = [
        ("", query.clone()),
        ("Content-Type: application/json\r\n", query),
        ("Content-Type: multipart/form-data; boundary=b\r\n", parts.concat() + "--b--\r\n"),
    ];
    for (headers, body) in bodies {
        let answer = post(&client.next_address(), headers, &body);
        assert!(answer.contains("\r\n\r\nerror=0\r\n"), "{headers}: {answer}");
    }
    let ended = running.end();
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    assert_eq!(amiss(&desk), ["MSG-003 fail", "MSG-009 warning", "PKG-009 fail"]);
    for said in [
        "the body was sent without a Content-Type: not every target reads it as a form [client/receipt-error/unreachable]",
        "the body was sent as application/json: not every target reads it as a form [client/receipt-error/credentials]",
        "the collect came as multipart/form-data: A.1 binds it to a URI [client/receipt-error/own]",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
}

#[test]
fn a_collect_sends_us_to_no_third_host() {
    let (desk, client) = (Desk::new(), by_hand());
    let running = desk.start(&["test", "client", "client/sample-stream", "--trigger-url", &client.hook.url]);
    let address = client.next_address();
    let query = client.query("http://192.0.2.1/course.zip");
    assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=0\r\n"));
    let ended = running.end();
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert_eq!(amiss(&desk), ["MSG-003 warning", "MSG-009 warning", "PKG-009 inconclusive"]);
    let said = "aside  the package was not fetched from http://192.0.2.1/course.zip: the host is neither this machine nor \
                the sender's own address; --allow-host HOST allows it (entry ";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
    let cure = "perhaps   only loopback and the address that the collect came from are opened; --allow-host allows others\n";
    assert!(ended.stdout.contains(cure), "{}", ended.stdout);
    let run = read_run(&desk);
    let [transaction] = run.evidence.transactions.as_slice() else { panic!("several transactions") };
    assert!(transaction.downloads.is_empty());
    assert_eq!(transaction.callbacks.len(), 3);
    let barred: Vec<_> = transaction.not_sent.iter().map(|(_, seen)| (seen.purpose, seen.why)).collect();
    assert_eq!(barred, [(Purpose::Download, Barred::Host)]);
}

#[test]
fn a_redirect_leads_to_no_third_host_either() {
    let (desk, client) = (Desk::new(), by_hand());
    let moved =
        answering("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/course.zip\r\nContent-Length: 0\r\n\r\n");
    let running = desk.start(&["test", "client", "client/late-answer", "--trigger-url", &client.hook.url]);
    let address = client.next_address();
    let query = client.query(&moved.url);
    assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=0\r\n"));
    let ended = running.end();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    // The address of the package has no file name, and the client takes whatever alert comes.
    let expected = ["MSG-003 warning", "MSG-009 warning", "ELM-007 warning", "CBK-003 warning"];
    assert_eq!(amiss(&desk), expected);
    let said = "aside  the package was not fetched from http://192.0.2.1/course.zip: the host is neither";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
    let run = read_run(&desk);
    assert_eq!(run.evidence.transactions[0].downloads.len(), 1);
    assert_eq!(run.evidence.transactions[0].not_sent[0].1.url, "http://192.0.2.1/course.zip");
}

/// A client by hand whose receipt URL is another one, of this peer.
fn publish_with_receipts_at(moved: &Peer) -> (Desk, Ended) {
    let (desk, client) = (Desk::new(), by_hand());
    let arguments = ["test", "client", "client/receipt-twice", "--trigger-url", &client.hook.url];
    let running = desk.start(&arguments);
    client.publish(|query| {
        query.replace(&format!("receipt={}", client.receipts.url), &format!("receipt={}", moved.url))
    });
    (desk, running.end())
}

#[test]
fn a_receipt_is_sent_on_to_where_its_answer_leads() {
    let said = "error=0\r\nerror-text=taken\r\nversion=1.0.0\r\npens-data=\r\n";
    let moved = serving(move |stream, head| {
        let there = head.split_whitespace().nth(1).unwrap().replacen("/pens", "/there", 1);
        let answer = if head.contains(" /there") {
            http("200 OK", "text/plain", said)
        } else {
            format!("HTTP/1.1 308 Permanent Redirect\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n")
        };
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (desk, ended) = publish_with_receipts_at(&moved);
    let expected = ["MSG-003 warning", "MSG-009 warning", "RSP-010 warning", "PKG-009 fail"];
    assert_eq!(amiss(&desk), expected, "{ended:?}");
    let told = "the answer was reached only by a redirect with HTTP status 308";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    let urls = |run: &Run| {
        let callbacks = &run.evidence.transactions[0].callbacks;
        callbacks.iter().map(|callback| callback.exchange.url.clone().unwrap()).collect::<Vec<_>>()
    };
    let there = moved.url.replace("/pens", "/there");
    let sent = urls(&read_run(&desk));
    assert_eq!(sent.len(), 4);
    assert!(sent[0] == moved.url && sent[1].starts_with(&there), "{sent:?}");
}

#[test]
fn a_receipt_is_sent_on_to_no_third_host() {
    let moved =
        answering("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/there\r\nContent-Length: 0\r\n\r\n");
    let (desk, ended) = publish_with_receipts_at(&moved);
    assert!(amiss(&desk).contains(&"RSP-001 inconclusive".to_owned()), "{ended:?}");
    assert_eq!(ended.status, Some(1), "the package is still not there: {ended:?}");
    let said =
        "aside  the receipt was not sent to http://192.0.2.1/there: the host is neither this machine nor";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
    // An answer of PENS counts, whatever status it comes with.
    let whole = "error=0\r\nerror-text=taken\r\nversion=1.0.0\r\npens-data=";
    let length = whole.len();
    let said = answering(format!(
        "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{whole}"
    ));
    let (desk, ended) = publish_with_receipts_at(&said);
    let expected = ["MSG-003 warning", "MSG-009 warning", "RSP-010 warning", "PKG-009 fail"];
    assert_eq!(amiss(&desk), expected, "{ended:?}");
    assert_eq!(read_run(&desk).evidence.transactions[0].callbacks.len(), 2);
    // Whoever leads back to where the receipt came from leads nowhere, and is not followed for ever.
    let round = serving(|stream, head| {
        let place = if head.contains(" /pens") { "/round" } else { "/pens" };
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (desk, ended) = publish_with_receipts_at(&round);
    assert!(amiss(&desk).contains(&"RSP-002 fail".to_owned()), "{ended:?}");
    assert_eq!(read_run(&desk).evidence.transactions[0].callbacks.len(), 4);
}

#[test]
fn a_collect_with_faults_is_refused_and_nothing_follows() {
    let (desk, client) = (Desk::new(), by_hand());
    let running = desk.start(&["test", "client", "client/receipt-twice", "--trigger-url", &client.hook.url]);
    let address = client.next_address();
    let query = client.query("http://127.0.0.1:1/course.zip").replace("&client=by-hand", "");
    assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=2010\r\n"));
    assert_eq!(running.end().status, Some(1));
    assert_eq!(amiss(&desk), ["MSG-003 warning", "MSG-009 warning", "ELM-010 fail", "ELM-015 fail"]);
    let reasons = cut_short(&desk);
    assert!(
        reasons.len() == 1 && reasons[0].contains("the collect was refused with error 2010"),
        "{reasons:?}"
    );
}

#[test]
fn a_dry_run_says_how_often_a_client_would_publish() {
    let desk = Desk::new();
    let ended = desk.run(&["test", "client", "--dry-run"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("5 cases would ask for 5 publishings\nnothing was asked for"),
        "{}",
        ended.stdout
    );
    let ended = desk.run(&["test", "client", "--dry-run", "--trigger", "true"]);
    assert!(ended.stdout.contains("21 cases would ask for 23 publishings"), "{}", ended.stdout);
    let ended = desk.run(&["test", "client", "--dry-run", "--trigger", "true", "--thorough"]);
    assert!(ended.stdout.contains("77 cases would ask for 79 publishings"), "{}", ended.stdout);
    // By its id without the flag, and by hand not even with it.
    let ended = desk.run(&["test", "client", "client/codes/answer/1420", "--dry-run", "--trigger", "true"]);
    assert!(ended.stdout.contains("1 case would ask for 1 publishing\n"), "{}", ended.stdout);
    let ended = desk.run(&["test", "client", "--dry-run", "--thorough"]);
    assert!(ended.stdout.contains("5 cases would ask for 5 publishings"), "{}", ended.stdout);
}

#[test]
fn a_mock_client_can_end_by_itself() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target"]);
    let line = target.line_with("listening on ");
    let ended = desk.run(&["mock", "client", "--once", line.trim_end().rsplit(' ').next().unwrap()]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("alert     GET /"), "{}", ended.stdout);
}

#[test]
fn what_a_trigger_says_is_evidence() {
    let desk = Desk::new();
    let command = format!("echo publishing to $PENSPEC_TARGET_URL; {}", holding());
    let ended = check(&desk, &["client/receipt-error/own", "--trigger", &command]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let run = read_run(&desk);
    let transcript = desk.read("reports/transcript.jsonl");
    assert!(transcript.lines().any(|line| line.contains("\"triggered\"")), "{transcript}");
    let triggered = triggers(&run.evidence)[0];
    let said = String::from_utf8(triggered.output.0.clone()).unwrap();
    assert!(said.starts_with(&format!("publishing to {}\n", triggered.target_url)), "{said}");
}

/// Steps that belong to the other kind of subject are refused where they stand.
#[test]
fn a_step_for_the_other_kind_of_subject_is_refused() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    desk.write(
        "mine/mixed.yaml",
        "title: Mixed\nsubject: client\nsteps:\n  - trigger: {}\n  - collect: {}\n  - await: { receipt: {} }\n",
    );
    let ended = desk.run(&["test", "client", "--trigger", "true", "--scenarios", "mine"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("mine/mixed.yaml:5:5"), "{}", ended.stderr);
    assert!(ended.stderr.contains("this step stands only where the subject is a target"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("this event is awaited only where the subject is a target"),
        "{}",
        ended.stderr
    );
}

/// The kinds of entry that a client's run alone has are told by the schema of the transcript.
#[test]
fn the_schema_of_a_transcript_knows_what_a_client_brings() {
    let printed = Desk::new().run(&["schema", "--of", "transcript"]).stdout;
    for kind in ["\"triggered\"", "\"asked\"", "\"not_sent\""] {
        assert!(printed.contains(kind), "{kind}");
    }
}

/// With the credentials of the collect, without them, and with them again when all is over.
#[test]
fn a_guarded_package_is_asked_for_in_every_way() {
    let transcript = crate::support::attend(&["client/sample-stream", "client/chunked-answer"]);
    let evidence = transcript.evidence();
    let statuses = |seen: &Transaction| seen.downloads.iter().map(Exchange::status).collect::<Vec<_>>();
    let [stream, late] = evidence.transactions.as_slice() else { panic!("not two transactions") };
    assert_eq!(statuses(stream), [Some(200), Some(401)]);
    assert_eq!(statuses(late), [Some(200), Some(200), Some(200)]);
    // Nothing but the end of the run comes after it.
    let last = transcript.entries.iter().rposition(|entry| matches!(entry.what, What::Request(_)));
    let ended = transcript.entries.iter().rposition(|entry| matches!(entry.what, What::ScenarioEnded { .. }));
    assert!(last > ended, "{last:?}, {ended:?}");
}

/// Each code of Table 3 is a case of an answer, of a warning or of both, and one of a receipt.
#[test]
fn a_thorough_run_tries_every_code_both_ways() {
    let ids: Vec<String> = penspec::run::built_in::scenarios()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario.cases().iter().map(|case| case.id.clone()))
        .collect();
    for row in &penspec::pens::code::TABLE {
        let is_case = |kind: &str| ids.contains(&format!("client/codes/{kind}/{}", row.code));
        assert!(is_case("answer") || is_case("warning"), "no answer with {}", row.code);
        assert!(is_case("receipt"), "no receipt with {}", row.code);
    }
    let evidence = crate::support::attend(&["client/codes/*"]).evidence();
    assert!(evidence.scenarios.iter().all(|seen| seen.cut_short.is_none()));
    let answered = |id: &str| evidence.transactions.iter().find(|seen| seen.begun.scenario == id).unwrap();
    let text = "error-text=PENS version not supported\r\n";
    let body = answered("client/codes/answer/1420").collects[0].payload().unwrap();
    assert!(String::from_utf8_lossy(&body).contains(text), "{}", String::from_utf8_lossy(&body));
    assert_eq!(answered("client/codes/warning/1322").callbacks.len(), 2);
    let receipt = &answered("client/codes/receipt/2007").callbacks[0];
    assert_eq!(receipt.command.value("error"), Some("2007"));
}

/// The first line names the version, and no header says what the end of the connection says.
#[test]
fn an_answer_may_end_with_its_connection() {
    let transcript = crate::support::attend(&["client/closed-connection"]);
    let evidence = transcript.evidence();
    let heads = evidence
        .transactions
        .iter()
        .map(|seen| String::from_utf8(seen.collects[0].response.as_ref().unwrap().head.clone()).unwrap());
    assert_eq!(
        heads.collect::<Vec<_>>(),
        [
            "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 86\r\n\r\n",
        ]
    );
    assert!(evidence.transactions.iter().all(|seen| seen.callbacks.len() == 1));
}

/// What a person is asked for, and no more, is enough to say of a client that it conforms.
#[test]
fn five_publishings_show_every_must() {
    let scenarios = built_in::scenarios().unwrap();
    let cases = scenarios.iter().flat_map(Scenario::cases);
    let by_hand = cases.filter(|case| case.subject == Subject::Client && case.needs.is_empty());
    let ids: Vec<&str> = by_hand.map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), 5, "{ids:?}");
    let run = Run::of(&crate::support::attend(&ids)).unwrap();
    for judged in run.judgement.rows.iter().filter(|judged| judged.row.level == Level::Must) {
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:?}");
    }
    assert_eq!(run.judgement.verdict, RunVerdict::Conforms);
}
