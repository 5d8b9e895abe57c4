//! The mocks as processes that stay up.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harmless::is_harmless;
use crate::peer::{answering, http, silent};
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

/// The same course under the same id, again and again.
#[test]
fn a_mock_client_publishes_at_an_interval() {
    let (desk, peer) = (Desk::new(), answering(http("200 OK", "text/plain", OK)));
    let client = desk.start(&["mock", "client", &peer.url, "--every", "100ms"]);
    let id = |head: String| {
        let from = head.split_once("&package-id=").unwrap().1;
        from.split('&').next().unwrap().to_owned()
    };
    let ids = [id(peer.heard()), id(peer.heard()), id(peer.heard())];
    let expected = "http%3A%2F%2Fpenspec.example%2Fmock%2FCourse-scorm12-minimal.zip";
    assert_eq!(ids, [expected; 3]);
    ends_with_zero("client", client);
    let ended = desk.run(&["mock", "client", &peer.url, "--every", "5ms"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("a target needs some time: 100ms is the shortest"), "{ended:?}");
}

const OK: &str =
    "error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=";

#[test]
fn a_mock_client_is_who_the_profile_says() {
    let (desk, peer) = (Desk::new(), answering(http("200 OK", "text/plain", OK)));
    desk.write("course \u{e9}.zip", "PK the bytes of a course");
    let url = &peer.url;
    desk.write(
        "penspec.yaml",
        format!(
            "target:\n  url: {url}\n  system-user-id: pens\n  headers: {{ X-Api-Key: \"literal:canary-7\" }}\n\
             elements: {{ client: acme, package: \"course \u{e9}.zip\", id-namespace: \"https://acme.example/\" }}\n"
        ),
    );
    let mut client = desk.start(&["mock", "client", "--verbose"]);
    let base = address(&mut client);
    let head = peer.heard();
    for words in [
        "&client=acme&",
        "&system-user-id=pens",
        "\r\nX-Api-Key: canary-7\r\n",
        "&package-id=https%3A%2F%2Facme.example%2Fmock%2FCourse-course--.zip&",
        "%2Fpackage%2Fcourse%2520%25C3%25A9.zip&",
    ] {
        assert!(head.contains(words), "{words} is not in {head}");
    }
    let token = head.split_once("%2Fpackage%2F").unwrap().0.rsplit_once("%2F").unwrap().1;
    let request =
        format!("GET /{token}/package/course%20%C3%A9.zip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = String::from_utf8(ask(&base, request.as_bytes())).unwrap();
    assert!(answer.ends_with("\r\n\r\nPK the bytes of a course"), "{answer}");
    client.line_with("          | *******************\\r\\n");
    // What a flag says wins over the profile.
    desk.write("other.zip", "PK other");
    let other = answering(http("200 OK", "text/plain", OK));
    let ended =
        desk.run(&["mock", "client", &other.url, "--package", "other.zip", "--once", "--for", "100ms"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(other.heard().contains("%2Fpackage%2Fother.zip&"));
    assert!(!ended.stdout.contains("canary"), "{ended:?}");
}

#[test]
fn a_course_that_cannot_be_offered_is_refused_with_its_place() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("a.zip")).unwrap();
    desk.write("empty.zip", "");
    desk.write("course", "PK");
    let huge = std::fs::File::create(desk.path("huge.zip")).unwrap();
    huge.set_len(512 * 1024 * 1024 + 1).unwrap();
    for (file, why) in [
        ("gone.zip", "cannot be read: No such file or directory (os error 2); name the archive of a course"),
        ("a.zip", "is no file; name the archive of a course"),
        ("empty.zip", "is empty; name the archive of a course"),
        ("huge.zip", "is larger than 512 MiB, which is the most that is offered; take a smaller course"),
        ("course", "has no extension, which the URL of a package ends with (6.2.7); call it course.zip"),
    ] {
        desk.write(
            "penspec.yaml",
            format!("target: {{ url: \"http://127.0.0.1:1/\" }}\nelements: {{ package: {file} }}\n"),
        );
        for command in [&["mock", "client"][..], &["test", "target"]] {
            let ended = desk.run(command);
            assert_eq!(ended.status, Some(2), "{ended:?}");
            let said = format!("penspec: penspec.yaml:2:22: {file}: {why}\n");
            assert!(ended.stderr.starts_with(&said), "{said}{}", ended.stderr);
        }
        desk.write("penspec.yaml", "");
        let ended = desk.run(&["mock", "client", "http://127.0.0.1:1/", "--package", file]);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert_eq!(ended.stderr, format!("penspec: --package: {file}: {why}\n"));
    }
    let ended = desk.run(&["mock", "client"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("no target system URL: give the address to publish to"), "{ended:?}");
}

/// The sample transaction stream of a certification offers it; where it lies on this machine is told to nobody.
#[test]
fn a_course_of_ones_own_goes_through_the_sample_stream() {
    let (desk, elsewhere) = (Desk::new(), Desk::new());
    let course = penspec::run::built_in::package("aicc-minimal.zip").unwrap();
    let bytes = match course.payload {
        penspec::wire::http::Payload::Bytes(bytes) => bytes,
        penspec::wire::http::Payload::Repeated { .. } => panic!("a package is bytes"),
    };
    elsewhere.write("mine.zip", &bytes);
    let url = crate::support::start_target(penspec::mock::manners::Manners::default());
    let elements = "elements: { package: mine.zip, package-type: aicc-pkg, package-type-version: \"4.0\" }";
    elsewhere.write("p.yaml", format!("target: {{ url: \"{url}\" }}\n{elements}\n"));
    let profile = elsewhere.path("p.yaml").display().to_string();
    let ended = desk.run(&[
        "test",
        "target",
        "target/sample-stream",
        "--profile",
        &profile,
        "--limit",
        "quiet=300ms",
    ]);
    let run = crate::judged::read_run(&desk);
    let seen = &run.evidence.transactions;
    let offered: Vec<_> = seen.iter().map(|seen| seen.begun.package.as_str()).collect();
    assert_eq!(offered, ["scorm12-minimal.zip", "mine.zip"], "{ended:?}");
    let length = seen[1].whole_download().unwrap().response.as_ref().unwrap().body.length;
    assert_eq!(length, bytes.len() as u64);
    assert_eq!(run.profile.elements.package.as_deref(), Some("mine.zip"));
    let transcript = desk.read("reports/transcript.jsonl");
    let path = elsewhere.path("mine.zip").display().to_string();
    assert!(!transcript.contains(&path), "{transcript}");
}
