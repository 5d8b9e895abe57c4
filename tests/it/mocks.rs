//! The mocks as processes that stay up.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::answers::is_harmless;
use crate::peer::silent;
use crate::process::{Desk, Running};

/// The address in a mock's first line.
pub(crate) fn address(running: &mut Running) -> String {
    let line = running.line_with("listening on ");
    line.trim_end().rsplit(' ').next().unwrap().to_owned()
}

/// Says these bytes to a mock target and gives what it answers.
fn ask(url: &str, request: &[u8]) -> Vec<u8> {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn the_mock_client_and_the_mock_target_understand_each_other() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target"]);
    let url = address(&mut target);
    let mut client = desk.start(&["mock", "client", &url]);
    assert!(address(&mut client).starts_with("http://127.0.0.1:"));
    client.lines_with(&["collect   GET /pens?", "/package/", "/receipt?", "/alerts?"]);
    target.lines_with(&["GET /pens?", "download  GET /", "receipt   GET /", "alert     GET /"]);
    // Whoever is stopped first takes no alert any more.
    for (name, running) in [("target", target), ("client", client)] {
        ends_with_zero(name, running);
    }
}

#[cfg(unix)]
fn ends_with_zero(name: &str, running: Running) {
    running.signal(rustix::process::Signal::INT);
    let ended = running.end();
    assert_eq!(ended.status, Some(0), "{name}: {ended:?}");
    // It sends its collects by GET, as a browser does.
    let mut broken =
        ended.stdout.lines().filter(|line| line.contains("breaks ") && !line.contains("MSG-009"));
    assert_eq!(broken.next(), None, "{name}: {}", ended.stdout);
}

#[cfg(not(unix))]
fn ends_with_zero(_: &str, _: Running) {}

#[test]
fn the_defect_of_a_mock_target_is_on_the_wire() {
    let request = b"GET /pens?command=collect HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let desk = Desk::new();
    let mut right = desk.start(&["mock", "target"]);
    let answer = String::from_utf8(ask(&address(&mut right), request)).unwrap();
    assert!(answer.contains("\r\n\r\nerror=2011\r\nerror-text="), "{answer:?}");
    let mut wrong = desk.start(&["mock", "target", "--defect", "lf-lines"]);
    let answer = String::from_utf8(ask(&address(&mut wrong), request)).unwrap();
    assert!(answer.contains("\r\n\r\nerror=2011\nerror-text="), "{answer:?}");
}

#[test]
fn what_a_stranger_sends_to_a_mock_target_steers_no_terminal() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--color", "always"]);
    let url = address(&mut target);
    let nasty = "\x1b[2J\u{9b}31m\u{202e}\x07";
    let request = format!(
        "GET /pens?{nasty}={nasty}&command=collect&package-id=%1B%5B2J HTTP/1.1\r\nX: {nasty}\r\nConnection: close\r\n\r\n"
    );
    assert!(!ask(&url, request.as_bytes()).is_empty());
    ask(&url, format!("{nasty}\r\n\r\n").as_bytes());
    target.line_with("GET /pens");
    target.line_with("->");
    let (stdout, stderr) = target.so_far();
    is_harmless(stdout);
    is_harmless(stderr);
}

#[test]
fn a_mock_client_says_what_is_amiss_in_an_answer() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target", "--defect", "lf-lines"]);
    let url = address(&mut target);
    let mut client = desk.start(&["mock", "client", &url]);
    let line = client.line_with("RSP-004");
    assert!(line.contains("breaks RSP-004 crlf: the line of error ends with LF alone"), "{line}");
}

#[test]
fn the_defect_of_a_mock_client_is_on_the_wire() {
    let desk = Desk::new();
    let mut target = desk.start(&["mock", "target"]);
    let url = address(&mut target);
    let publish = |name: &str| desk.run(&["mock", "client", "--once", "--defect", name, &url]);
    let ended = publish("client/lf-acknowledgements");
    assert_eq!(ended.status, Some(0), "{ended:?}");
    target.lines_with(&["receipt   GET /", "breaks RSP-004"]);
    assert_eq!(publish("client/second-alert-unanswered").status, Some(0));
    target.lines_with(&["alert     GET /", "breaks RSP-001"]);
    // What a target makes of a client that errs is no fault of the target's.
    let ended = publish("client/one-slash-alerts");
    assert!(ended.stdout.contains("collect   POST /pens"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("breaks"), "{}", ended.stdout);
}

#[test]
fn a_mock_has_the_defects_of_its_own_role_alone() {
    let desk = Desk::new();
    let ended = desk.run(&["mock", "client", "--defect", "lf-lines", "http://127.0.0.1:9/pens"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    let said = "the defect \"lf-lines\" is one of a mock target; give it to `penspec mock target`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let ended = desk.run(&["mock", "target", "--defect", "client/lf-acknowledgements"]);
    assert!(ended.stderr.contains("is one of a mock client; give it to `penspec mock client`"), "{ended:?}");
    let ended = desk.run(&["mock", "client", "--defect", "client/lf-acknowledgement", "http://127.0.0.1:9/"]);
    assert!(ended.stderr.contains("did you mean \"client/lf-acknowledgements\"?"), "{ended:?}");
}

#[test]
fn a_mock_client_of_a_silent_target_can_be_stopped() {
    let (desk, peer) = (Desk::new(), silent());
    let client = desk.start(&["mock", "client", &peer.url]);
    assert!(peer.heard().starts_with("GET /pens?"));
    ends_with_zero("client", client);
}

#[test]
fn a_mock_says_as_much_as_it_is_told_to() {
    let request = b"GET /pens?command=collect HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let desk = Desk::new();
    let mut verbose = desk.start(&["mock", "target", "--verbose"]);
    ask(&address(&mut verbose), request);
    verbose.lines_with(&["          | Host: x\\r\\n", "          | error=2011\\r\\n"]);
    let mut quiet = desk.start(&["mock", "target", "--quiet", "--defect", "lf-lines"]);
    let url = address(&mut quiet);
    let mut client = desk.start(&["mock", "client", "--quiet", &url]);
    client.line_with("breaks RSP-004");
    let (said, _) = client.so_far();
    assert!(!said.contains("GET /pens"), "{said}");
}

#[test]
fn a_mock_target_plays_the_lms_of_a_profile_and_a_wrong_password_is_refused_by_it() {
    let desk = Desk::new();
    desk.write(
        "lms.yaml",
        "target: { url: \"http://lms.example/pens\", system-user-id: pens, system-password: \"literal:right word\" }\n",
    );
    let mut lms = desk.start(&["mock", "target", "--profile", "lms.yaml"]);
    let url = address(&mut lms);
    let haste = "limits: { receipt: 1s, alert: 1s, quiet: 300ms }\n";
    for (word, status) in [("right word", 0), ("wrong word", 3)] {
        let profile = format!(
            "target: {{ url: \"{url}\", system-user-id: pens, system-password: \"literal:{word}\" }}\n{haste}"
        );
        desk.write("mine.yaml", profile);
        let ended = desk.run(&["test", "target", "--profile", "mine.yaml", "target/sample-stream"]);
        assert_eq!(ended.status, Some(status), "{word}: {ended:?}");
        assert_eq!(ended.stdout.contains("system-password"), status != 0, "{word}: {ended:?}");
    }
}
