//! The sink, spoken to byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::*;
use crate::wire::numbers::Numbers;
use crate::wire::serving::Serving;
use crate::wire::tls::{self, Authority, FailureKind, Identity, Trust};

struct Listening {
    serving: Serving,
    events: mpsc::UnboundedReceiver<Event>,
}

async fn listening(limits: Limits, identity: Option<Identity>) -> Listening {
    let sink = Sink::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Numbers::shared()).await.unwrap();
    let (sender, events) = mpsc::unbounded_channel();
    let admit = |address: &str| match address {
        "late@penspec.example" => Admission::OnPurpose(451),
        "gone@penspec.example" => Admission::OnPurpose(421),
        _ if address.ends_with("@penspec.example") => Admission::Taken,
        _ => Admission::Foreign,
    };
    let serving = sink.serve(Box::new(admit), move |event| drop(sender.send(event)), identity, limits);
    Listening { serving, events }
}

impl Listening {
    /// Says all of it at once and gives back what is replied up to the end.
    async fn hear(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.serving.local_addr()).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        let mut replies = Vec::new();
        let say = async {
            // A sink that has had enough closes: what cannot be said any more is not missed.
            let _ = writing.write_all(bytes).await;
            let _ = writing.shutdown().await;
        };
        let ((), read) = tokio::join!(say, reading.read_to_end(&mut replies));
        drop(read);
        String::from_utf8_lossy(&replies).into_owned()
    }

    async fn mail(&mut self) -> Arc<Mail> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
            if let Event::Mail(mail) = next.expect("a mail comes").expect("the sink lives") {
                return mail;
            }
        }
    }

    /// The codes of the replies, and the mail that came of it.
    async fn codes(&mut self, bytes: &[u8]) -> (Vec<String>, Arc<Mail>) {
        let replies = self.hear(bytes).await;
        let codes = replies.lines().filter(|line| line.get(3..4) == Some(" "));
        (codes.map(|line| line[..3].to_owned()).collect(), self.mail().await)
    }
}

const HELLO: &str =
    "EHLO lms.example\r\nMAIL FROM:<lms@lms.example>\r\nRCPT TO:<a@penspec.example>\r\nDATA\r\n";

fn said(message: &str) -> Vec<u8> {
    format!("{HELLO}{message}\r\n.\r\nQUIT\r\n").into_bytes()
}

#[tokio::test]
async fn a_mail_is_taken_with_its_bytes_as_they_are() {
    let mut sink = listening(Limits::default(), None).await;
    let (codes, mail) = sink.codes(&said("Subject: x\r\n\r\n..dot\r\nerror=0\r\n  end  ")).await;
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(mail.message.whole(), Some(&b"Subject: x\r\n\r\n.dot\r\nerror=0\r\n  end  \r\n"[..]));
    assert_eq!((mail.ended, &mail.flaws[..], &mail.helo[..]), (Ended::Taken, &[][..], &b"lms.example"[..]));
    assert_eq!(mail.from, b"lms@lms.example");
    let dialogue = String::from_utf8_lossy(&mail.dialogue).into_owned();
    assert!(dialogue.contains("C: RCPT TO:<a@penspec.example>\r\nS: 250 2.1.5"), "{dialogue}");
    assert!(dialogue.ends_with("S: 250 2.0.0 taken\r\n"), "{dialogue}");
}

#[tokio::test]
async fn nothing_is_passed_on() {
    let mut sink = listening(Limits::default(), None).await;
    let others = "RCPT TO:<victim@elsewhere.example>\r\nRCPT TO:<late@penspec.example>\r\nDATA\r\n";
    let text = format!("EHLO x\r\nMAIL FROM:<a@b.c>\r\n{others}QUIT\r\n");
    let (codes, mail) = sink.codes(text.as_bytes()).await;
    assert_eq!(codes, ["220", "250", "250", "550", "451", "554", "221"]);
    assert_eq!(mail.ended, Ended::Refused);
    assert_eq!(mail.recipients.iter().map(|recipient| recipient.reply).collect::<Vec<_>>(), [550, 451]);
    let (codes, mail) = sink.codes(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<gone@penspec.example>\r\n").await;
    assert_eq!((codes.last().map(String::as_str), mail.ended), (Some("421"), Ended::Refused));
}

#[tokio::test]
async fn credentials_are_let_in_and_masked() {
    let mut sink = listening(Limits::default(), None).await;
    for (auth, secret) in [
        ("AUTH PLAIN AGxtcwBzZWNyZXQ=\r\n", "AGxtcwBzZWNyZXQ="),
        ("auth plain\r\nAGxtcwBzZWNyZXQ=\r\n", "AGxtcwBzZWNyZXQ="),
        ("AUTH LOGIN\r\nbG1z\r\nc2VjcmV0\r\n", "c2VjcmV0"),
        ("AUTH UNHEARD-OF c2VjcmV0\r\n", "c2VjcmV0"),
    ] {
        let text = HELLO.replace("MAIL", &format!("{auth}MAIL")) + "x\r\n.\r\nQUIT\r\n";
        let (codes, mail) = sink.codes(text.as_bytes()).await;
        assert_eq!(codes.last().map(String::as_str), Some("221"), "{auth}");
        let dialogue = String::from_utf8_lossy(&mail.dialogue).into_owned();
        assert!(!dialogue.contains(secret), "{dialogue}");
        assert!(dialogue.contains(&"*".repeat(secret.len())), "{dialogue}");
    }
}

#[tokio::test]
async fn hostile_senders_are_bounded_and_named() {
    let mut sink = listening(Limits { message: 100_000, endless: 400_000, ..Limits::default() }, None).await;
    let large = "x".repeat(200) + "\r\n";
    let (codes, mail) = sink.codes(&said(&large.repeat(1000))).await;
    assert_eq!((codes[5].as_str(), mail.ended), ("552", Ended::TooLarge));
    assert!(mail.message.head.len() < 10_000, "a long message is kept by its ends");
    let (codes, mail) = sink.codes(&said(&"X-Header: endless\r\n".repeat(100_000))).await;
    assert_eq!((codes.last().map(String::as_str), mail.ended), (Some("421"), Ended::TooLarge));
    let (_, mail) = sink.codes(&said(&"one line ".repeat(10_000))).await;
    assert_eq!(mail.flaws, [Flaw::LongLine]);
    let (_, mail) = sink.codes(&said("a\0b\r\n\u{e9}")).await;
    assert_eq!((mail.ended, &mail.flaws[..]), (Ended::Taken, &[Flaw::Nul, Flaw::EightBit][..]));
    let bare = String::from_utf8(said("Subject: x\r\n\r\nerror=0")).unwrap().replace("\r\n", "\n");
    let (codes, mail) = sink.codes(bare.as_bytes()).await;
    assert_eq!(codes.last().map(String::as_str), Some("221"));
    assert_eq!((mail.ended, &mail.flaws[..]), (Ended::Taken, &[Flaw::BareLf][..]));
    let many = "RCPT TO:<a@penspec.example>\r\n".repeat(10_000);
    let (codes, mail) = sink.codes(HELLO.replace("DATA\r\n", &many).as_bytes()).await;
    assert_eq!(codes.last().map(String::as_str), Some("421"));
    assert_eq!((mail.recipients.len(), mail.ended), (100, Ended::Dropped));
    assert!(mail.further > 800 && mail.dialogue.len() < 20_000, "{}", mail.further);
}

#[tokio::test]
async fn what_is_no_command_ends_neither_sink_nor_mail() {
    let mut sink = listening(Limits::default(), None).await;
    let noise =
        ["\0\0\r\n", "MAIL FROM\r\n", "DATA\r\n", "RCPT TO:<x@y.z>\r\n", &("A".repeat(9000) + "\r\n")];
    let (codes, mail) = sink.codes(&[noise.concat().as_bytes(), &said("x")[..]].concat()).await;
    assert_eq!(codes[1..6], ["500", "500", "503", "503", "500"]);
    assert_eq!((mail.ended, &mail.flaws[..]), (Ended::Taken, &[Flaw::Nul, Flaw::Command][..]));
    let replies = sink.hear("NOOP\r\n".repeat(20_000).as_bytes()).await;
    assert!(replies.contains("421 4.7.0") && replies.len() < 100_000);
    let (_, mail) = sink.codes(format!("{HELLO}Subject: cut\r\n\r\nerror=").as_bytes()).await;
    assert_eq!((mail.ended, mail.message.length), (Ended::Cut, 22));
}

#[tokio::test]
async fn what_was_said_before_a_connection_was_secured_does_not_count() {
    let (mut sink, trust) = secured().await;
    let mut stream = TcpStream::connect(sink.serving.local_addr()).await.unwrap();
    stream.write_all(b"EHLO x\r\nSTARTTLS\r\nMAIL FROM:<smuggled@x.y>\r\n").await.unwrap();
    let replies = until(&mut stream, "220 2.0.0 begin\r\n").await;
    assert!(replies.contains("250-STARTTLS"));
    let (mut stream, _, _) = tls::connect(stream, "127.0.0.1", &trust, Duration::from_secs(5)).await.unwrap();
    stream.write_all(&said("x")).await.unwrap();
    stream.flush().await.unwrap();
    assert!(!until(&mut stream, "221 ").await.contains("STARTTLS"), "once is enough");
    let mail = sink.mail().await;
    assert_eq!((mail.from.as_slice(), mail.ended), (&b"lms@lms.example"[..], Ended::Taken));
}

#[tokio::test]
async fn whoever_does_not_trust_the_sink_is_shown() {
    let (mut sink, _) = secured().await;
    let mut stream = TcpStream::connect(sink.serving.local_addr()).await.unwrap();
    stream.write_all(b"EHLO x\r\nSTARTTLS\r\n").await.unwrap();
    until(&mut stream, "220 2.0.0 begin\r\n").await;
    assert!(tls::connect(stream, "127.0.0.1", &Trust::default(), Duration::from_secs(5)).await.is_err());
    loop {
        if let Event::Secured { facts, .. } = sink.events.recv().await.unwrap() {
            assert_eq!(facts.failure.unwrap().kind, FailureKind::CertificateRefused);
            break;
        }
    }
}

/// A sink that has a certificate, and who trusts it.
async fn secured() -> (Listening, Trust) {
    let own = Authority::make(Utc::now()).unwrap();
    let identity = own.issue(&["127.0.0.1".to_owned()], Utc::now()).unwrap();
    let trust = Trust::default().and(own.certificate().as_bytes()).unwrap();
    (listening(Limits::default(), Some(identity)).await, trust)
}

/// What is heard up to this.
async fn until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let (mut heard, mut replies) = (vec![0; 4096], String::new());
    while !replies.contains(end) {
        let length = stream.read(&mut heard).await.unwrap();
        assert!(length > 0, "{replies}");
        replies += &String::from_utf8_lossy(&heard[..length]);
    }
    replies
}

#[tokio::test]
async fn a_line_is_too_long_also_when_all_of_it_comes_at_once() {
    let sink = listening(Limits::default(), None).await;
    for (length, reply) in [(4096, "250"), (4097, "500")] {
        let replies = sink.hear(format!("{:<length$}\nQUIT\r\n", "NOOP").as_bytes()).await;
        assert_eq!(replies.lines().nth(1).map(|line| &line[..3]), Some(reply), "{length}: {replies}");
    }
}

#[tokio::test]
async fn a_sink_that_stops_ends_its_connections() {
    let sink = listening(Limits::default(), None).await;
    let mut stream = TcpStream::connect(sink.serving.local_addr()).await.unwrap();
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).await.unwrap();
    sink.serving.shutdown().await;
    assert!(stream.read_to_end(&mut Vec::new()).await.is_ok());
}
