//! How many mails the sink takes in a second, each over a connection of its own.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use penspec::wire::Numbers;
use penspec::wire::smtp::{Admission, Event, Limits, Sink};

/// aiosmtpd takes 576 on this kind of machine.
const PROMISED: f64 = 2000.0;
const MAILS: usize = 10_000;
const SENDERS: usize = 4;

fn main() {
    let taken = Arc::new(AtomicUsize::new(0));
    let address = listening(Arc::clone(&taken));
    (0..100).for_each(|_| send(address));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| (0..MAILS / SENDERS).for_each(|_| send(address)));
        }
    });
    let took = began.elapsed();
    assert_eq!(taken.load(Ordering::Relaxed), MAILS + 100, "every mail is taken");
    let count = u32::try_from(MAILS).unwrap();
    let rate = f64::from(count) / took.as_secs_f64();
    println!("{MAILS} mails from {SENDERS} senders in {took:.2?}: {rate:.0} a second; promised {PROMISED}");
    assert!(rate >= PROMISED, "missed");
}

/// A sink on one thread, as runs have it.
fn listening(taken: Arc<AtomicUsize>) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sink = Sink::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Numbers::shared()).await.unwrap();
            sender.send(sink.local_addr()).unwrap();
            let observe = move |event| {
                if let Event::Mail(_) = event {
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            };
            let _serving = sink.serve(Box::new(|_| Admission::Taken), observe, None, Limits::default());
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

/// Hands over a receipt, waiting for every reply.
fn send(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let message = format!("Subject: Receipt\r\n\r\nerror=0\r\npens-data={}\r\n.\r\n", "x".repeat(900));
    let said = [
        "EHLO lms\r\n",
        "MAIL FROM:<a@b.example>\r\n",
        "RCPT TO:<c@d.example>\r\n",
        "DATA\r\n",
        &message,
        "QUIT\r\n",
    ];
    heard(&mut replies);
    for line in said {
        stream.write_all(line.as_bytes()).unwrap();
        heard(&mut replies);
    }
}

/// Takes a reply with all its lines.
fn heard(replies: &mut impl BufRead) {
    let mut line = String::new();
    while line.get(3..4) != Some(" ") {
        line.clear();
        assert!(replies.read_line(&mut line).unwrap() > 0, "the sink has hung up");
    }
}
