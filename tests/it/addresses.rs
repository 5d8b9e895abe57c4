//! Listening and being told about are two things: tunnels, prefixes, IPv6, and what is said when nothing comes back.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream};

use penspec::pens::{Code, Command, Element, Encode, Response};
use penspec::transcript::{Evidence, file};

use crate::peer::{Peer, free_port, http, serving};
use crate::process::{Desk, Ended};

/// What a tunnel does with the prefix of its address.
#[derive(Clone, Copy)]
enum Prefix {
    Kept,
    Stripped,
}

const PREFIX: &str = "/tunnel/7";

fn evidence(desk: &Desk) -> Evidence {
    file::read(&desk.read("reports/transcript.jsonl")).unwrap().evidence()
}

fn accept(stream: &mut TcpStream) {
    let body = Response::new(Code::NO_ERROR, "collect command received and understood").write();
    let answer = http("200 OK", "text/plain", str::from_utf8(&body).unwrap());
    stream.write_all(answer.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}

fn ask(listener: &str, path: &str) {
    // The run may be over: the probe does not wait for its alerts.
    let Ok(mut stream) = TcpStream::connect(listener) else { return };
    let request = format!("GET {path} HTTP/1.1\r\nHost: tunnel.example\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 200 "),
        "{path}: {}",
        String::from_utf8_lossy(&answer)
    );
}

/// A target that conforms and knows penspec by `base` alone; what it sends there is passed on to `listener`, as a tunnel
/// passes it on that ends TLS.
fn behind_a_tunnel(base: &'static str, listener: String, prefix: Prefix) -> Peer {
    serving(move |stream, head| {
        let query = head.split([' ', '?']).nth(2).unwrap();
        let collect = Command::read_query(query.as_bytes()).0;
        let path = |element: Element| {
            let path = collect.get(element).unwrap().strip_prefix(base).unwrap();
            match prefix {
                Prefix::Kept => format!("{PREFIX}{path}"),
                Prefix::Stripped => path.to_owned(),
            }
        };
        accept(stream);
        ask(&listener, &path(Element::PackageUrl));
        let alert = ("alert", Element::Alerts);
        for (name, to) in [("receipt", Element::Receipt), alert, alert] {
            let mut callback: Command =
                [("command", name), ("pens-version", "1.0.0"), ("error", "0"), ("error-text", "good")]
                    .into_iter()
                    .collect();
            for element in Element::ECHOED {
                if let Some(value) = collect.get(element) {
                    callback.set(element.name(), value);
                }
            }
            callback.set("client", "addresses.rs");
            let query = String::from_utf8(callback.write_query(Encode::Percent)).unwrap();
            ask(&listener, &format!("{}?{query}", path(to)));
        }
    })
}

fn through_a_tunnel(advertise: &str, base: &'static str, prefix: Prefix) -> (Desk, Ended) {
    let listener = format!("127.0.0.1:{}", free_port());
    let peer = behind_a_tunnel(base, listener.clone(), prefix);
    let desk = Desk::new();
    let told =
        ["--listen", &listener, "--advertise", advertise, "--limit", "receipt=20s", "--limit", "quiet=300ms"];
    let ended = desk.run(&[&["test", "target", &peer.url, "target/sample-stream"], &told[..]].concat());
    (desk, ended)
}

/// Package, receipt and alerts have the advertised base, and what comes back is this transaction's.
fn is_attributed(desk: &Desk, ended: &Ended, base: &str) {
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let evidence = evidence(desk);
    let streams = evidence.transactions.iter().filter(|one| one.begun.scenario == "target/sample-stream");
    for transaction in streams {
        let begun = &transaction.begun;
        for url in [&begun.package_url, &begun.receipt_url, &begun.alerts_url] {
            assert!(url.starts_with(&format!("{base}/{}/", begun.transaction)), "{url}");
        }
        assert!(transaction.whole_download().is_some());
        assert_eq!(transaction.receipts().count(), 1);
        assert!(transaction.callbacks.len() == 3);
    }
    assert!(evidence.strays.is_empty(), "{:?}", evidence.strays);
}

#[test]
fn a_prefix_that_the_tunnel_strips_is_attributed() {
    const BASE: &str = "http://harness.example:8080/tunnel/7";
    let (desk, ended) = through_a_tunnel(BASE, BASE, Prefix::Stripped);
    is_attributed(&desk, &ended, BASE);
}

#[test]
fn a_prefix_that_the_tunnel_keeps_is_attributed() {
    const BASE: &str = "http://harness.example:8080/tunnel/7";
    let (desk, ended) = through_a_tunnel("http=harness.example:8080/tunnel/7/", BASE, Prefix::Kept);
    is_attributed(&desk, &ended, BASE);
}

#[test]
fn a_tunnel_may_end_tls_before_a_plain_listener() {
    const BASE: &str = "https://tunnel.example/tunnel/7";
    for advertise in ["http=https://tunnel.example/tunnel/7", "https=https://tunnel.example/tunnel/7"] {
        let (desk, ended) = through_a_tunnel(advertise, BASE, Prefix::Stripped);
        is_attributed(&desk, &ended, BASE);
    }
}

#[test]
fn the_profile_has_the_tunnel_too() {
    const BASE: &str = "https://tunnel.example";
    let listener = format!("127.0.0.1:{}", free_port());
    let peer = behind_a_tunnel(BASE, listener.clone(), Prefix::Stripped);
    let desk = Desk::new();
    let profile = format!(
        "target: {{ url: {} }}\nlisten: {{ http: {listener} }}\nadvertise: {{ http: {BASE} }}\n",
        peer.url
    );
    desk.write("penspec.yaml", profile);
    let ended = desk.run(&["test", "target", "target/sample-stream", "--limit", "quiet=300ms"]);
    is_attributed(&desk, &ended, BASE);
}

#[test]
fn addresses_may_be_ipv6() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return no_ipv6_is_said();
    }
    let (desk, peers) = (Desk::new(), Desk::new());
    let mut mock = peers.start(&["mock", "target", "--listen", "[::1]:0"]);
    let url = mock.line_with("listening on").rsplit(' ').next().unwrap().trim().to_owned();
    assert!(url.starts_with("http://[::1]:"), "{url}");
    let limits = ["--limit", "receipt=20s", "--limit", "quiet=300ms"];
    let ended = desk.run(
        &[&["test", "target", &url, "target/sample-stream", "--listen", "[::1]:0"], &limits[..]].concat(),
    );
    assert_eq!(ended.status, Some(0), "{ended:?}");
    for transaction in evidence(&desk).transactions {
        assert!(
            transaction.begun.package_url.starts_with("http://[::1]:"),
            "{}",
            transaction.begun.package_url
        );
        assert!(transaction.whole_download().is_some());
        assert_eq!(transaction.receipts().count(), 1);
    }
}

/// Where the machine has no IPv6, listening on it is refused in words.
fn no_ipv6_is_said() {
    let ended = Desk::new().run(&["mock", "target", "--listen", "[::1]:0"]);
    assert_eq!(ended.status, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("[::1]:0: cannot listen here"), "{ended:?}");
}

#[test]
fn a_loopback_address_has_many_spellings() {
    for advertise in [
        "http://[::1]:8080",
        "http://lms.localhost:8080",
        "https=https://localhost/x",
        "[::ffff:127.0.0.1]:80",
    ] {
        let ended = Desk::new().run(&["test", "target", "http://192.0.2.1/pens", "--advertise", advertise]);
        assert_eq!(ended.status, Some(4), "{advertise}: {ended:?}");
        assert!(ended.stderr.contains("192.0.2.1 is another machine"), "{ended:?}");
    }
}

#[test]
fn when_nothing_comes_back_the_report_asks_why() {
    let peer = serving(|stream, _| accept(stream));
    let desk = Desk::new();
    let limits = ["--limit", "download=300ms", "--limit", "receipt=300ms", "--limit", "quiet=300ms"];
    let ended = desk.run(&[&["test", "target", &peer.url, "target/probe"], &limits[..]].concat());
    assert_eq!(ended.status, Some(3), "{ended:?}");
    for question in [
        "? Is the address that penspec gives out (--advertise) one that the target can connect to?",
        "? Does a firewall, a container or a tunnel stand between the two?",
        "? Can the target resolve the name in that address?",
        "? Does the target refuse private or loopback addresses?",
    ] {
        assert!(ended.stdout.contains(question), "{question}: {}", ended.stdout);
        assert!(desk.read("reports/junit.xml").contains(question), "{question}");
    }
    let paths = desk.report()["paths"].clone();
    let state = |path: &str| {
        let paths = paths.as_array().unwrap();
        paths.iter().find(|one| one["path"] == path).unwrap()["state"].clone()
    };
    assert_eq!((state("command"), state("package-http")), ("proven".into(), "unproven".into()));
}
