//! A target of the tests' own, which says exactly the bytes that it is told to say.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// It listens until the process ends.
pub(crate) struct Peer {
    pub(crate) url: String,
    address: SocketAddr,
    heads: Receiver<Vec<u8>>,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Whether nobody has connected: connects itself, last, and is the only one.
    pub(crate) fn was_left_alone(&self) -> bool {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(b"OPTIONS * HTTP/1.1\r\n\r\n").unwrap();
        while !self.heard().starts_with("OPTIONS * ") {}
        self.connections.load(Ordering::SeqCst) == 1
    }

    /// The head of the next request that has come, if any has.
    pub(crate) fn heard_so_far(&self) -> Option<Vec<u8>> {
        self.heads.try_recv().ok()
    }

    /// Waits for the head of the next request.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8(self.heads.recv_timeout(PATIENCE).unwrap()).unwrap()
    }
}

/// A peer that gives every request the same answer and closes.
pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Peer {
    let answer = answer.into();
    serving(move |stream, _| drop(stream.write_all(&answer)))
}

/// A peer that reads every request and says nothing, until the other side closes.
pub(crate) fn silent() -> Peer {
    serving(|stream, _| drop(stream.read(&mut [0])))
}

/// A peer that hands each request's stream and head to `serve`, and closes when that returns.
pub(crate) fn serving(serve: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Peer {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/pens");
    let (sender, heads) = channel();
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, serve) = (Arc::clone(&connections), Arc::new(serve));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let (mut stream, sender, serve) = (stream.unwrap(), sender.clone(), Arc::clone(&serve));
            std::thread::spawn(move || {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let head = read_head(&mut stream);
                let _ = sender.send(head.clone());
                serve(&mut stream, &String::from_utf8_lossy(&head));
                close(&mut stream);
            });
        }
    });
    Peer { url, address, heads, connections }
}

/// An HTTP answer with this body and its true length.
pub(crate) fn http(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => head.extend_from_slice(&piece[..length]),
        }
    }
    head
}

/// Closes so that what was said arrives: what is still unread would turn the close into a reset.
fn close(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = std::io::copy(stream, &mut std::io::sink());
}

/// A port that was free a moment ago, of those that the system gives to nobody by itself.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 10_000).unwrap();
    let ports = (0..10_000).map(|_| 15_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000);
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().unwrap()
}
