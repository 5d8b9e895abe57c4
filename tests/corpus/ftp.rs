//! FTP: the dialogue of a client with our server, and of a server with our client.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use penspec::wire::Numbers;
use penspec::wire::ftp::{
    Address, Admission, Asked, Channel, Errand, Event, FetchLimits, Found, House, Limits, Login, Offered,
    Passive, Security, Side, fetch, serve_stream,
};
use penspec::wire::http::Reply;
use penspec::wire::tls::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::memory;

/// The longest that our client waits for anything: the other side is this process.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client's lines: every line is replied to as RFC 959 has it, and no path leads out of what is on offer.
pub(super) fn server(bytes: &[u8]) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let house = house(Arc::clone(&events));
    let replies = memory::hear(bytes, bytes.len(), |stream| async move {
        serve_stream(Box::new(stream), &house).await;
    });
    let is_reply = |line: &[u8]| line.ends_with(b"\r\n") && (line.starts_with(b" ") || code_of(line));
    assert!(replies.split_inclusive(|byte| *byte == b'\n').all(is_reply), "{}", replies.escape_ascii());
    let events = events.lock().unwrap();
    let [Event::Opened { .. }, middle @ .., Event::Closed { .. }] = &events[..] else {
        panic!("a connection is opened first and closed last: {events:?}");
    };
    middle.iter().for_each(in_bounds);
}

fn code_of(line: &[u8]) -> bool {
    line.len() > 5 && line[..3].iter().all(u8::is_ascii_digit) && b" -".contains(&line[3])
}

fn in_bounds(event: &Event) {
    match event {
        Event::Line { line, .. } => assert!(line.len() <= 8 * 1024, "{}", line.len()),
        Event::Transfer(transfer) => {
            if let Asked::File(path) = &transfer.asked {
                assert!(path.starts_with(b"/") && path.len() <= 4096, "{transfer:?}");
                let climbs = path.split(|byte| *byte == b'/').any(|segment| segment == b"..");
                assert!(!climbs, "{transfer:?}");
            }
        }
        // Who begins with TLS is told of, and gets none.
        Event::Secured { facts, .. } => assert!(facts.failure.is_some(), "{facts:?}"),
        Event::Opened { .. } | Event::Closed { .. } => panic!("{event:?}"),
    }
}

fn house(events: Arc<Mutex<Vec<Event>>>) -> House {
    let admit = |login: &Login, _| match (login.user.as_str(), login.account.as_deref()) {
        ("anonymous", _) | ("tk", Some("a")) => Admission::Granted,
        ("tk", _) => Admission::AccountNeeded,
        ("tls", _) => Admission::TlsNeeded,
        (_, _) => Admission::Refused,
    };
    let offered = Offered::of(&Reply::with_body(200, "application/zip", "PK\x05\x06"));
    let find = move |_: &Login, _, path: &str| match path {
        "/a.zip" | "/t/a.zip" => Found::File(offered.clone()),
        "/busy.zip" => Found::File(Offered { refusal: Some(450), ..offered.clone() }),
        "/guarded.zip" => Found::Guarded,
        "/tls.zip" => Found::TlsNeeded,
        _ => Found::Missing,
    };
    House {
        admit: Box::new(admit),
        find: Box::new(find),
        observe: Box::new(move |event| events.lock().unwrap().push(event)),
        limits: Limits { lines: 100, ..Limits::default() },
        passive: Passive::default(),
        security: Security::Plain,
        numbers: Numbers::shared(),
    }
}

/// A server's lines, and behind the first NUL the file: our client takes no more than it was given, says one line at a
/// time, and connects nowhere else.
pub(super) fn client(bytes: &[u8]) {
    let cut = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (dialogue, file) = (&bytes[..cut], bytes.get(cut + 1..).unwrap_or_default());
    memory::real(async {
        let (control, data) = tokio::join!(listener(), listener());
        let port = data.local_addr().unwrap().port();
        let replies = with_port(dialogue, port);
        let url = format!("ftp://{}/d/a.zip", control.local_addr().unwrap());
        let mut lines = Vec::new();
        let mut observe = |event| lines.push(event);
        let errand = Errand { address: Address::of(&url).unwrap(), login: login(), data: Channel::Clear };
        let numbers = Numbers::shared();
        let trust = Trust::default();
        let limits = FetchLimits {
            connect: PATIENCE,
            greeting: PATIENCE,
            reply: PATIENCE,
            total: PATIENCE,
            most: 64 * 1024,
        };
        let fetching = fetch(&numbers, &errand, (&limits, &trust), &mut observe);
        let transfer = tokio::select! {
            transfer = fetching => transfer,
            () = say(&control, &replies) => unreachable!("a server goes on listening"),
            () = say(&data, file) => unreachable!("a server goes on listening"),
        };
        assert!(transfer.body.length <= file.len() as u64, "{transfer:?}");
        assert!(transfer.reply.is_none_or(|code| (100..1000).contains(&code)), "{transfer:?}");
        heard(&lines, &replies);
    });
}

async fn listener() -> TcpListener {
    TcpListener::bind((IpAddr::from([127, 0, 0, 1]), 0)).await.unwrap()
}

/// The reply with the port is ours, so that no corpus sends us to a port of others.
fn with_port(dialogue: &[u8], port: u16) -> Vec<u8> {
    let extended = format!("229 here (|||{port}|)\r\n");
    let [high, low] = port.to_be_bytes();
    let passive = format!("227 here (127,0,0,1,{high},{low})\r\n");
    let mut replies = Vec::new();
    let mut rest = dialogue;
    while let [first, behind @ ..] = rest {
        let (reply, left) = match rest.get(..3) {
            Some(b"229") => (extended.as_bytes(), &rest[3..]),
            Some(b"227") => (passive.as_bytes(), &rest[3..]),
            _ => (std::slice::from_ref(first), behind),
        };
        replies.extend_from_slice(reply);
        rest = left;
    }
    replies
}

fn login() -> Login {
    Login { user: "tk".to_owned(), password: Some("p".to_owned()), account: Some("a".to_owned()) }
}

/// Says these bytes to whoever connects, and that there are no more.
async fn say(listener: &TcpListener, bytes: &[u8]) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}

fn heard(lines: &[Event], replies: &[u8]) {
    let mut from_server = Vec::new();
    for event in lines {
        let Event::Line { by, line, .. } = event else { panic!("{event:?} in the clear") };
        match by {
            Side::Server => from_server.extend_from_slice(line),
            Side::Client => {
                let text = line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("{}", line.escape_ascii()));
                assert!(!text.iter().any(|byte| matches!(byte, b'\r' | b'\n')), "{}", line.escape_ascii());
            }
        }
    }
    assert!(replies.starts_with(&from_server), "{}", from_server.escape_ascii());
}
