//! Peers that send without end or measure, and the most memory that penspec takes while it bears with them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use penspec::pens::{Code, Command, Element, Encode, Response};

use crate::peak::{peak_kib, peak_until_the_end};
use crate::support::{MockTarget, penspec};

/// What a peer does, and the peak of the process that it does it to, in KiB.
pub(crate) struct Flood {
    pub(crate) name: &'static str,
    pub(crate) peak: fn() -> Option<u64>,
}

pub(crate) const FLOODS: [Flood; 12] = [
    Flood {
        name: "test target: every answer is bytes that are no UTF-8, without end",
        peak: endless_answers,
    },
    Flood { name: "test target: every answer has a million headers and more", peak: headers_in_answers },
    Flood { name: "test target: interim answers without end", peak: interim_answers },
    Flood { name: "test target: ten thousand receipts of 64 kB that are no UTF-8", peak: receipts },
    Flood { name: "test client: a collect of bytes that are no UTF-8, without end", peak: endless_collect },
    Flood { name: "test client: a collect with a million headers", peak: headers_in_a_collect },
    Flood { name: "test client: ten thousand collects of 64 kB that are no UTF-8", peak: collects },
    Flood { name: "test client: interim answers without end to its receipt", peak: interim_acknowledgement },
    Flood { name: "mock target: a collect of bytes that are no UTF-8, without end", peak: endless_to_mock },
    Flood { name: "mock target: ten thousand collects of 64 kB that are no UTF-8", peak: collects_to_mock },
    Flood {
        name: "mock target: a thousand collects at once, with heads and bodies of 64 kB that do not end",
        peak: unfinished_to_mock,
    },
    Flood {
        name: "mock target: a hundred packages and acknowledgements without end",
        peak: endless_for_mock,
    },
];

const SENDERS: usize = 8;
const EACH: usize = 1250;
const UNFINISHED: usize = 1000;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

fn endless_answers() -> Option<u64> {
    run_against(move |stream, _| without_end(stream, &format!("{OK}{CHUNKED}"), &chunk()))
}

fn headers_in_answers() -> Option<u64> {
    run_against(move |stream, _| without_end(stream, OK, &b"a:\r\n".repeat(10_000)))
}

fn interim_answers() -> Option<u64> {
    run_against(move |stream, _| without_end(stream, "", &interim()))
}

fn receipts() -> Option<u64> {
    run_against(|stream, request| {
        let body = Response::new(Code::NO_ERROR, "taken").write();
        answer(stream, &body);
        let query = request.head.split([' ', '?']).nth(2).unwrap_or_default();
        if let Some(receipt) = Command::read_query(query.as_bytes()).0.get(Element::Receipt) {
            many_to(receipt);
        }
    })
}

/// The whole suite against a target that treats each request like this.
fn run_against(serve: impl Fn(&mut TcpStream, &Request) + Send + Sync + 'static) -> Option<u64> {
    let url = serving(serve);
    run(&["test", "target", &url, "--keep-going", "--limit", "response=5s", "--limit", "quiet=1s"])
}

fn endless_collect() -> Option<u64> {
    run_asking(endless_to)
}

fn headers_in_a_collect() -> Option<u64> {
    run_asking(|address| {
        let Some(mut stream) = connect(address) else { return };
        let head = format!("GET {} HTTP/1.1\r\nHost: x\r\n", parts(address).1);
        without_end(&mut stream, &head, &b"a:\r\n".repeat(10_000));
    })
}

fn collects() -> Option<u64> {
    run_asking(many_to)
}

fn interim_acknowledgement() -> Option<u64> {
    let own = serving(|stream, request| {
        if request.head.contains("/a.zip") {
            return answer(stream, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        }
        without_end(stream, "", &interim());
    });
    run_asking(move |address| collect(address, &own, 1))
}

/// A sample stream with a client that does this once it knows where to publish to.
fn run_asking(publish: impl Fn(&str) + Send + Sync + 'static) -> Option<u64> {
    let url = serving(move |stream, request| {
        answer(stream, b"");
        publish(&request.body);
    });
    run(&["test", "client", "client/sample-stream", "--trigger-url", &url, "--limit", "collect=15s"])
}

fn endless_to_mock() -> Option<u64> {
    with_mock(endless_to)
}

fn collects_to_mock() -> Option<u64> {
    with_mock(many_to)
}

/// As many connections as are served at once, but for some that the process needs for itself, each with almost as much as is
/// kept of a head and a body.
fn unfinished_to_mock() -> Option<u64> {
    with_mock(|address| {
        let (path, filling) = (parts(address).1, "x".repeat(60_000));
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nX: {filling}\r\nContent-Length: 64000\r\n\r\n");
        let request = [head.as_bytes(), &vec![b'a'; 63_000]].concat();
        let begun = (0..UNFINISHED).filter_map(|_| {
            let mut stream = connect(address)?;
            stream.write_all(&request).ok()?;
            Some(stream)
        });
        let open: Vec<TcpStream> = begun.collect();
        assert_eq!(open.len(), UNFINISHED);
        // Whoever comes after them is answered: all before was read.
        collect(address, &serving(|stream, _| answer(stream, b"")), 1);
    })
}

fn endless_for_mock() -> Option<u64> {
    with_mock(|address| {
        let own = serving(|stream, request| {
            if request.head.contains("/a.zip") {
                let _ = stream.write_all(format!("{OK}\r\n").as_bytes());
                // No length: the package is what comes until the connection ends.
                let piece = vec![0xff; 64_000];
                (0..1000).for_each(|_| drop(stream.write_all(&piece)));
            } else {
                without_end(stream, "", &interim());
            }
        });
        (0..100).for_each(|number| collect(address, &own, number));
    })
}

fn with_mock(flood: impl Fn(&str)) -> Option<u64> {
    let mock = MockTarget::start();
    flood(&mock.url);
    peak_kib(mock.child.id())
}

/// Runs penspec to its end, whatever it says of its peer.
fn run(arguments: &[&str]) -> Option<u64> {
    let reports = tempfile::tempdir().unwrap();
    let mut command = penspec();
    command.args(arguments).arg("--report-dir").arg(reports.path());
    peak_until_the_end(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

struct Request {
    head: String,
    body: String,
}

/// Listens until this process ends, and hands over each request.
fn serving(serve: impl Fn(&mut TcpStream, &Request) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/pens", listener.local_addr().unwrap());
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let serve = Arc::clone(&serve);
            thread::spawn(move || {
                let request = read(&mut stream);
                serve(&mut stream, &request);
                let _ = stream.shutdown(Shutdown::Write);
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            });
        }
    });
    url
}

fn read(stream: &mut TcpStream) -> Request {
    let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let lower = head.to_ascii_lowercase();
        let length =
            lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        let is_whole = text.contains("\r\n\r\n") && body.len() >= length.unwrap_or(0);
        match if is_whole { Ok(0) } else { stream.read(&mut piece) } {
            Ok(length @ 1..) => seen.extend_from_slice(&piece[..length]),
            Ok(0) | Err(_) => return Request { head: head.to_owned(), body: body.to_owned() },
        }
    }
}

fn answer(stream: &mut TcpStream, body: &[u8]) {
    let head = format!("{OK}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let _ = stream.shutdown(Shutdown::Write);
}

/// Says something, and something else again and again, until nobody listens.
fn without_end(stream: &mut TcpStream, first: &str, again: &[u8]) {
    let mut said = stream.write_all(first.as_bytes());
    while said.is_ok() {
        said = stream.write_all(again);
    }
}

fn chunk() -> Vec<u8> {
    [&b"fa00\r\n"[..], &vec![0xff; 64_000], b"\r\n"].concat()
}

fn interim() -> Vec<u8> {
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1000)
}

fn endless_to(address: &str) {
    let Some(mut stream) = connect(address) else { return };
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n{CHUNKED}", parts(address).1);
    without_end(&mut stream, &head, &chunk());
}

/// Ten thousand messages of 64 kB of bytes that are no UTF-8, over a connection each, until nobody listens.
fn many_to(address: &str) {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 64000\r\nConnection: close\r\n\r\n",
        parts(address).1
    );
    let request = [head.as_bytes(), &vec![0xff; 64_000]].concat();
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| (0..EACH).all(|_| say(address, &request)));
        }
    });
}

/// A collect whose package and callback URLs are ours.
fn collect(address: &str, own: &str, number: usize) {
    let (id, package) = (format!("http://floods.example/{number}"), format!("{own}/a.zip"));
    let elements = [
        ("pens-version", "1.0.0"),
        ("command", "collect"),
        ("package-type", "scorm-pif"),
        ("package-type-version", "1.2"),
        ("package-format", "zip"),
        ("package-id", &id),
        ("package-url", &package),
        ("package-url-expiry", "2099-01-01T00:00:00Z"),
        ("client", "floods"),
        ("receipt", own),
        ("alerts", own),
    ];
    let command: Command = elements.into_iter().collect();
    let query = String::from_utf8(command.write_query(Encode::Percent)).unwrap();
    let path = parts(address).1;
    say(address, format!("GET {path}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
}

/// Says something over a connection of its own and hears the answer out; whether anybody was there.
fn say(address: &str, request: &[u8]) -> bool {
    let Some(mut stream) = connect(address) else { return false };
    let _ = stream.write_all(request);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
    true
}

fn connect(address: &str) -> Option<TcpStream> {
    TcpStream::connect(parts(address).0).ok()
}

/// The host and port of a URL, and the rest of it.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.trim().strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}
