//! Callbacks that are made to do harm: two requests in one, paths that lead out, and what is nasty in any field. What
//! `hostile` tries is not repeated.

use penspec::pens::{Command, Element, Encode};
use penspec::scenario::library::package;

use crate::harmless::end_soundly;
use crate::hostile::{COURSE, Given, PROBE, STREAM, departs_only_in, evidence, get, post, start, target};
use crate::process::Desk;
use crate::rendered::NASTY;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// The error of a receipt that hides in another message and is never to be taken for one.
const HIDDEN: &str = "1310";

/// A run against a target that sends these requests in its second transaction, each over a connection of its own; the
/// first line of each answer is given to `look`.
fn run_with(
    desk: &Desk,
    requests: impl Fn(&Given) -> Vec<Vec<u8>> + Send + Sync + 'static,
    look: impl Fn(&[u8], &str, &[u8]) + Send + Sync + 'static,
) -> Option<i32> {
    let peer = target(move |given| {
        if given.is_of(STREAM) {
            for request in requests(given) {
                let answer = given.line().ask(&request);
                look(&request, &answer.head, &answer.body);
            }
        }
    });
    end_soundly(desk, start(desk, &peer, &[PROBE, STREAM])).status
}

/// How the receipts of the second transaction told of the package.
fn errors(desk: &Desk) -> Vec<String> {
    let evidence = evidence(desk);
    let receipts = evidence.transactions[1].receipts();
    receipts.map(|receipt| receipt.command.value("error").unwrap_or_default().to_owned()).collect()
}

/// A receipt that nobody is to hear of.
fn hidden(given: &Given) -> Vec<u8> {
    let mut command = given.callback("receipt");
    command.set("error", HIDDEN);
    // What is said of a package counts for its transaction, wherever it is sent.
    command.omit("package-id");
    given.request(Element::Receipt, &command).into_bytes()
}

/// Requests in whose bodies another one hides, for a reader that takes their lengths otherwise than its neighbour.
fn two_in_one(given: &Given) -> Vec<Vec<u8>> {
    // To an address that was given to nobody, so that what hides is all that could be heard.
    let (path, hidden) = ("/nowhere", hidden(given));
    let length = hidden.len();
    let ended = [b"0\r\n\r\n", &hidden[..]].concat();
    let with = |headers: &str, body: &[u8]| {
        [format!("POST {path} HTTP/1.1\r\nHost: penspec\r\n{FORM}{headers}\r\n").as_bytes(), body].concat()
    };
    let long = ended.len();
    vec![
        with(&format!("Content-Length: {long}\r\nTransfer-Encoding: chunked\r\n"), &ended),
        with(&format!("Transfer-Encoding: chunked\r\nContent-Length: {long}\r\n"), &ended),
        with(&format!("Content-Length: {long}\r\nTransfer-Encoding : chunked\r\n"), &ended),
        with(&format!("Content-Length: {long}\r\nTransfer-Encoding: xchunked\r\n"), &ended),
        with(&format!("Content-Length: {long}\r\nTransfer-Encoding: chunked, identity\r\n"), &ended),
        with(&format!("Content-Length: {long}\nTransfer-Encoding: chunked\n"), &ended),
        with(&format!("Content-Length: {long}\r\nX: y\r\n Transfer-Encoding: chunked\r\n"), &ended),
        with(&format!("Content-Length: 0\r\nContent-Length: {length}\r\n"), &hidden),
        with(&format!("Content-Length: {length}\r\nContent-Length: 0\r\n"), &hidden),
        with(&format!("Content-Length: 0, {length}\r\n"), &hidden),
        with("Content-Length: +0\r\n", &hidden),
        with("Content-Length: 0x0\r\n", &hidden),
        with("Content-Length: -1\r\n", &hidden),
        with("Content-Length: 18446744073709551616\r\n", &hidden),
        with("Transfer-Encoding: chunked\r\n", &[b"10000000000000000\r\n", &hidden[..]].concat()),
        with("Transfer-Encoding: chunked\r\n", &[b"0;\n\r\n0\r\n\r\n", &hidden[..]].concat()),
        [get(path).replace("\r\n\r\n", &format!("\r\nContent-Length: {length}\r\n\r\n")).as_bytes(), &hidden]
            .concat(),
        post(path, "text/plain", &hidden),
    ]
}

#[test]
fn a_receipt_that_hides_in_another_message_is_not_heard() {
    let desk = Desk::new();
    let status = run_with(&desk, two_in_one, |request, head, _| {
        let code = head.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404"].contains(&code), "{head:?} to {}", request.escape_ascii());
    });
    departs_only_in(&desk, &[PROBE, STREAM], &[]);
    assert_eq!(status, Some(0));
    assert_eq!(errors(&desk), ["0"]);
    assert_eq!(evidence(&desk).strays.len(), 18);
    let asides = desk.report()["asides"].to_string();
    for why in ["both Content-Length and Transfer-Encoding are given", "two Content-Lengths differ"] {
        let said = format!("can be read in two ways, and is read in one: {why} (RFC 9112, 6.3)");
        assert!(asides.contains(&said), "{asides}");
    }
    departs_only_in(&desk, &[PROBE, STREAM], &[]);
}

/// Paths that would lead out of what is offered, if anybody followed them.
fn leading_out(given: &Given) -> Vec<Vec<u8>> {
    let package = given.path(Element::PackageUrl);
    let token = package.split('/').nth(1).unwrap();
    let out =
        ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "..%c0%af", "....//"];
    let steps = out.iter().flat_map(|step| {
        let up = step.repeat(8);
        [
            format!("/{token}/package/{up}etc/passwd"),
            format!("/{up}etc/passwd"),
            format!("{package}/{up}etc/passwd"),
        ]
    });
    let others = [
        "/etc/passwd".to_owned(),
        "//etc/passwd".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("/{token}/package//etc/passwd"),
        format!("/{token}/package/etc/passwd%00.zip"),
        "http://192.0.2.1/etc/passwd".to_owned(),
        "192.0.2.1:80".to_owned(),
    ];
    let paths: Vec<String> = steps.chain(others).collect();
    let asked = |method: &str| {
        paths.iter().map(|path| get(path).replacen("GET", method, 1).into_bytes()).collect::<Vec<_>>()
    };
    [asked("GET"), asked("CONNECT"), asked("HEAD")].concat()
}

#[test]
fn no_path_leads_out_of_what_is_offered() {
    let desk = Desk::new();
    let status = run_with(&desk, leading_out, |request, head, body| {
        let code = head.split(' ').nth(1).unwrap_or_default();
        let is_package = code == "200" && (body.is_empty() || body == package(COURSE).unwrap());
        let is_refused = ["400", "404", "405"].contains(&code) && !body.starts_with(b"root:");
        assert!(is_package || is_refused, "{head:?} to {}", request.escape_ascii());
    });
    // What lies below the address of a package is answered with the package, so that the wrong URL is told.
    departs_only_in(&desk, &[PROBE, STREAM], &[("PKG-007", "fail")]);
    assert_eq!(status, Some(1));
}

/// A receipt for each element that is nasty in that one: escaped, and as it stands.
fn nasty_in_an_element(given: &Given) -> Vec<Vec<u8>> {
    let nasty = [NASTY.as_bytes(), b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"].concat();
    let escaped = nasty.iter().map(|byte| percent_encoding::percent_encode_byte(*byte)).collect::<String>();
    let raw: Vec<u8> = nasty.iter().copied().filter(|byte| !b" \r\n&".contains(byte)).collect();
    let names = given.callback("receipt");
    let names =
        names.pairs.into_iter().map(|pair| pair.name).chain(["vendor-data".to_owned(), NASTY.to_owned()]);
    names.flat_map(|name| [escaped.as_bytes(), &raw].map(|value| with_element(given, &name, value))).collect()
}

fn with_element(given: &Given, name: &str, value: &[u8]) -> Vec<u8> {
    let mut command = given.callback("receipt");
    command.set(name, "HERE");
    let request = given.request(Element::Receipt, &command);
    let (before, behind) = request.split_once("HERE").unwrap();
    [before.as_bytes(), value, behind.as_bytes()].concat()
}

#[test]
fn a_receipt_that_is_nasty_in_an_element_is_shown_harmlessly() {
    let desk = Desk::new();
    let status = run_with(&desk, nasty_in_an_element, |request, head, _| {
        assert!(head.starts_with("HTTP/1.1 200 "), "{head:?} to {}", request.escape_ascii());
    });
    assert_eq!(status, Some(1));
    departs_only_in(
        &desk,
        &[PROBE, STREAM],
        &[
            ("MSG-001", "fail"),
            ("MSG-003", "fail"),
            ("MSG-004", "warning"),
            ("RCT-003", "warning"),
            ("RCT-004", "fail"),
            ("RCT-006", "fail"),
        ],
    );
}

/// A receipt for each place of a request that is no element.
fn nasty_beside_elements(given: &Given) -> Vec<Vec<u8>> {
    let nasty: Vec<u8> =
        [NASTY.as_bytes(), b"\xff\xfe"].concat().into_iter().filter(|byte| *byte != b' ').collect();
    let request = given.request(Element::Receipt, &given.callback("receipt"));
    let replaced = |from: &str, before: &str, behind: &str| {
        let (head, rest) = request.split_once(from).unwrap();
        [head.as_bytes(), before.as_bytes(), &nasty, behind.as_bytes(), rest.as_bytes()].concat()
    };
    vec![
        replaced("GET", "", ""),
        replaced("HTTP/1.1", "", ""),
        replaced("HTTP/1.1", "HTTP/1.1", ""),
        replaced("Host: penspec", "Host: ", ""),
        replaced("Host: penspec", "", ": x"),
        replaced("Host: penspec", "Host: x\r\nUser-Agent: ", ""),
        replaced("Host: penspec", "Host: x\r\nAuthorization: ", ""),
        replaced("Host: penspec", "Host: x\r\nCookie: ", ""),
        nasty.clone(),
    ]
}

#[test]
fn a_request_that_is_nasty_beside_its_elements_is_shown_harmlessly() {
    let desk = Desk::new();
    let status = run_with(&desk, nasty_beside_elements, |request, head, _| {
        let code = head.split(' ').nth(1).unwrap_or_default();
        assert!(["200", "400", "501", "505"].contains(&code), "{head:?} to {}", request.escape_ascii());
    });
    assert_eq!(status, Some(1));
    departs_only_in(
        &desk,
        &[PROBE, STREAM],
        &[("MSG-001", "fail"), ("MSG-002", "fail"), ("MSG-003", "fail"), ("RCT-003", "warning")],
    );
}

/// Callbacks that are nothing but nesting, or pieces without number.
fn deep(given: &Given) -> Vec<Vec<u8>> {
    let path = given.path(Element::Receipt);
    let part = |name: &str| format!("--{name}\r\nContent-Type: multipart/mixed; boundary={name}x\r\n\r\n");
    let boundaries: Vec<String> = (1..600).map(|depth| format!("b{}", "x".repeat(depth % 60))).collect();
    let nested: String = boundaries.iter().map(|boundary| part(boundary)).collect();
    let query = String::from_utf8(Command::default().write_query(Encode::Percent)).unwrap();
    vec![
        post(path, "multipart/form-data; boundary=bx", nested.as_bytes()),
        post(path, "application/x-www-form-urlencoded", "a[".repeat(30_000).as_bytes()),
        post(path, "application/json", "[".repeat(60_000).as_bytes()),
        post(path, "text/xml", XML_BOMB.as_bytes()),
        get(&format!("{path}?{query}{}", "%25".repeat(15_000))).into_bytes(),
    ]
}

/// Ten entities of ten of the one before (CWE-776).
pub(crate) const XML_BOMB: &str = "<?xml version=\"1.0\"?><!DOCTYPE manifest [<!ENTITY a0 \"ha\"><!ENTITY f SYSTEM \"file:///etc/passwd\">\
    <!ENTITY a1 \"&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;\"><!ENTITY a2 \"&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;\">\
    <!ENTITY a3 \"&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;\"><!ENTITY a4 \"&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;\">\
    <!ENTITY a5 \"&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;\"><!ENTITY a6 \"&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;\">\
    <!ENTITY a7 \"&a6;&a6;&a6;&a6;&a6;&a6;&a6;&a6;&a6;&a6;\"><!ENTITY a8 \"&a7;&a7;&a7;&a7;&a7;&a7;&a7;&a7;&a7;&a7;\">\
    <!ENTITY a9 \"&a8;&a8;&a8;&a8;&a8;&a8;&a8;&a8;&a8;&a8;\">]><manifest identifier=\"&a9;&f;\">&a9;&f;</manifest>";

#[test]
fn a_callback_of_nothing_but_depth_is_taken_without_harm() {
    let desk = Desk::new();
    let status = run_with(&desk, deep, |request, head, _| {
        let code = head.split(' ').nth(1).unwrap_or_default();
        assert!(["200", "400", "431"].contains(&code), "{head:?} to {}", request[..200].escape_ascii());
    });
    assert_eq!(status, Some(1));
    departs_only_in(
        &desk,
        &[PROBE, STREAM],
        &[
            ("MSG-001", "fail"),
            ("MSG-002", "fail"),
            ("MSG-003", "fail"),
            ("MSG-004", "warning"),
            ("MSG-014", "warning"),
            ("RCT-003", "warning"),
            ("RCT-004", "fail"),
            ("RCT-005", "warning"),
        ],
    );
}
