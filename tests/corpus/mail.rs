//! Mail: the dialogue in which it is handed over, and what it says.

use std::sync::{Arc, Mutex};

use penspec::pens::read_mail;
use penspec::transcript::entry::{Mail, MailEnd, Party};
use penspec::transcript::{Body, Bytes, MailSeen};
use penspec::wire::smtp::{self, Admission, Ended, Event, Limits, serve_stream};

use super::memory;

/// A message: its places lie within its text, and its text says what the message says.
pub(super) fn message(bytes: &[u8]) {
    let seen = MailSeen::read(1, &mail_of(bytes));
    assert!(seen.flaws.iter().all(|flaw| flaw.offset + flaw.len <= seen.text.len()), "{seen:?}");
    assert_eq!((&seen.command, &seen.flaws), (&read_mail(&seen.text).0, &read_mail(&seen.text).1));
    assert!(seen.command.pairs.len() <= seen.text.len());
    let text = String::from_utf8_lossy(bytes);
    let (command, flaws) = read_mail(&text);
    assert!(command.pairs.len() <= text.len());
    assert!(flaws.iter().all(|flaw| flaw.offset + flaw.len <= text.len()), "{flaws:?}");
}

fn mail_of(bytes: &[u8]) -> Mail {
    Mail {
        exchange: 1,
        connection: 1,
        transaction: None,
        by: Party::Subject,
        purpose: None,
        helo: Bytes::default(),
        from: Bytes::default(),
        recipients: Vec::new(),
        further: 0,
        dialogue: Bytes::default(),
        message: Body::of(bytes.to_vec()),
        ended: MailEnd::Taken,
        flaws: Vec::new(),
        first_byte_us: 0,
        masks: Vec::new(),
    }
}

/// A dialogue: every reply is one, every mail is bounded, and the pieces it came in leave no trace.
pub(super) fn dialogue(bytes: &[u8]) {
    let whole = heard(bytes, bytes.len());
    let size = usize::from(bytes.last().copied().unwrap_or_default() % 16) + 1;
    assert_eq!(heard(bytes, size), whole, "in pieces of {size}");
}

fn heard(bytes: &[u8], size: usize) -> Vec<smtp::Mail> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let admit = |address: &str| match address {
        "late@penspec.example" => Admission::OnPurpose(451),
        "gone@penspec.example" => Admission::OnPurpose(421),
        _ if address.ends_with("@penspec.example") => Admission::Taken,
        _ => Admission::Foreign,
    };
    let observe = {
        let events = Arc::clone(&events);
        move |event| events.lock().unwrap().push(event)
    };
    let limits =
        Limits { message: 4096, endless: 16 * 1024, recipients: 8, idle_commands: 50, ..Limits::default() };
    let replies = memory::hear(bytes, size, |stream| serve_stream(stream, Box::new(admit), observe, limits));
    let is_reply =
        |line: &[u8]| line.len() > 5 && line[..3].iter().all(u8::is_ascii_digit) && line.ends_with(b"\r\n");
    let mut lines = replies.split_inclusive(|byte| *byte == b'\n');
    assert!(lines.all(is_reply), "{}", replies.escape_ascii());
    let events = std::mem::take(&mut *events.lock().unwrap());
    let [Event::Opened { .. }, middle @ .., Event::Closed { .. }] = &events[..] else {
        panic!("a connection is opened first and closed last: {events:?}");
    };
    middle.iter().map(|event| as_said(event, bytes.len())).collect()
}

/// The mail of an event, without the time at which it came.
fn as_said(event: &Event, length: usize) -> smtp::Mail {
    let Event::Mail(mail) = event else { panic!("{event:?} between the beginning and the end") };
    assert!(mail.message.length <= length as u64 && mail.dialogue.len() < 20 * 1024);
    assert!(mail.recipients.len() <= 8);
    let is_taken = mail.recipients.iter().any(|recipient| recipient.reply == 250);
    assert!(mail.ended != Ended::Taken || is_taken, "{mail:?}");
    smtp::Mail { began: *BEGAN, ..(**mail).clone() }
}

/// One moment for all.
static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
