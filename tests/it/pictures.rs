//! The pictures of report.html: mails whatever became of them, and what belongs to no transaction.

use std::sync::Arc;

use penspec::report::{html, mermaid};
use penspec::run::Run;
use penspec::transcript::entry::{Barred, Mail, MailEnd, NotSent, Party, Purpose, Recipient};
use penspec::transcript::{Body, Bytes, Entry, Transcript, What, file};

use crate::harmless::is_harmless;
use crate::pages::{FAILED, PASSED};
use crate::rendered::NASTY;

const CLIENT: &str = include_str!("../runs/client.jsonl");

/// A mail that the subject handed over, or tried to.
fn mail(ended: MailEnd, mailbox: &str, reply: u16) -> Mail {
    Mail {
        exchange: 900,
        connection: 900,
        transaction: None,
        by: Party::Subject,
        purpose: None,
        helo: Bytes(b"lms.example".to_vec()),
        from: Bytes(b"pens@lms.example".to_vec()),
        recipients: vec![Recipient { address: Bytes(mailbox.as_bytes().to_vec()), reply }],
        further: 0,
        dialogue: Bytes(format!("C: RCPT TO:<{mailbox}>\r\nS: {reply} said\r\n").into_bytes()),
        message: Body::of(b"From: pens@lms.example\r\n\r\ncommand=receipt\r\nerror=0\r\n".to_vec()),
        ended,
        flaws: Vec::new(),
        first_byte_us: 700_000,
        masks: Vec::new(),
    }
}

fn add(transcript: &mut Transcript, what: What) -> u64 {
    let number = transcript.entries.len() as u64 + 1;
    transcript.entries.push(Arc::new(Entry { number, at_us: 800_000, what }));
    transcript.ending.as_mut().unwrap().entries = number;
    number
}

fn page(transcript: &Transcript) -> String {
    html::render(&Run::of(transcript).unwrap())
}

/// A conversation on a page, by what its heading says.
fn talk<'a>(page: &'a str, title: &str) -> &'a str {
    let mut talks =
        page.split("<details class=\"talk\"").skip(1).map(|rest| rest.split("</details>").next().unwrap());
    talks.find(|talk| talk.contains(title)).unwrap_or_else(|| panic!("{title} is not in {page}"))
}

#[test]
fn a_mail_that_did_not_arrive_is_drawn_and_leads_to_its_bytes() {
    for (ended, reply, words, is_missing) in [
        (MailEnd::Refused, 550, "mail refused with 550", false),
        (MailEnd::TooLarge, 250, "mail refused: too long", false),
        (MailEnd::Dropped, 250, "mail broken off", false),
        (MailEnd::Cut, 0, "mail cut off", false),
        (MailEnd::Unreachable, 0, "mail: no server reached", true),
    ] {
        let mut transcript = file::read(PASSED).unwrap();
        let mailed = mail(ended, "receipt+0a1b2c3d-1@127.0.0.1", reply);
        let number = add(&mut transcript, What::Mail(mailed));
        let page = page(&transcript);
        let talk = talk(&page, "transaction 0a1b2c3d-1<");
        let stroke = talk.split(&format!("<a href=\"#entry-{number}\" class=\"")).nth(1).unwrap();
        let stroke = stroke.split("</a>").next().unwrap();
        assert!(stroke.contains(&format!(">{words}<")), "{words} is not in {stroke}");
        assert_eq!(stroke.split("\">").next().unwrap().contains("gone"), is_missing, "{stroke}");
        assert!(talk.contains(">mailboxes</text>"), "{talk}");
        assert!(
            talk.contains(&format!("<section id=\"entry-{number}\">")) && talk.contains("RCPT TO"),
            "{talk}"
        );
        let text = mermaid::render(&Run::of(&transcript).unwrap(), None);
        assert!(text.contains(&format!("  S--xM: {}\n", words.replace(':', " "))), "{text}");
    }
}

#[test]
fn what_would_have_been_mailed_is_shown_where_it_was_not_sent() {
    let mut transcript = file::read(CLIENT).unwrap();
    let transaction = Run::of(&transcript).unwrap().evidence.transactions[0].begun.transaction.clone();
    let not_sent = NotSent {
        transaction: transaction.clone(),
        purpose: Purpose::Receipt,
        url: "mailto:pens@author.example".to_owned(),
        why: Barred::MailServer,
    };
    add(&mut transcript, What::NotSent(not_sent));
    let unsent = Mail {
        transaction: Some(transaction.clone()),
        by: Party::Mock,
        purpose: Some(Purpose::Receipt),
        ..mail(MailEnd::Unsent, "pens@author.example", 0)
    };
    let number = add(&mut transcript, What::Mail(unsent));
    let page = page(&transcript);
    let talk = talk(&page, &format!("transaction {transaction}<"));
    let stroke = talk.split(&format!("<a href=\"#entry-{number}\" class=\"")).nth(1).unwrap();
    assert!(stroke.split("</a>").next().unwrap().contains("the receipt was not sent"), "{stroke}");
    assert_eq!(talk.matches("not sent").count() - 1, 1, "it is told once, and titled once: {talk}");
}

/// A run in which somebody else talked to us too: a request and a mail that belong to no transaction.
fn visited(path: &str, mailbox: &str) -> Transcript {
    let request = "GET /favicon.ico HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n";
    let line = FAILED
        .lines()
        .find(|line| line.contains("\"request\":") && line.contains("\"by\":\"subject\""))
        .unwrap();
    let mut entry: Entry = serde_json::from_str(line).unwrap();
    let What::Request(asked) = &mut entry.what else { panic!("{line}") };
    asked.exchange = 901;
    (asked.purpose, asked.transaction) = (None, None);
    asked.head = Bytes(request.replace("\\r\\n", "\r\n").replace("/favicon.ico", path).into_bytes());
    asked.body = Body::default();
    let mut transcript = file::read(FAILED).unwrap();
    add(&mut transcript, entry.what);
    add(&mut transcript, What::Mail(mail(MailEnd::Refused, mailbox, 550)));
    transcript
}

#[test]
fn what_belongs_to_no_transaction_has_a_picture_of_its_own() {
    assert!(!page(&file::read(FAILED).unwrap()).contains("What belongs to no transaction"));
    let page = page(&visited("/favicon.ico", "somebody@elsewhere.example"));
    insta::assert_snapshot!(talk(&page, "What belongs to no transaction"));
}

#[test]
fn a_flood_is_drawn_up_to_a_bound() {
    let mut transcript = visited("/a", "somebody@elsewhere.example");
    let last = transcript.entries.last().unwrap().what.clone();
    for _ in 0..200 {
        add(&mut transcript, last.clone());
    }
    let page = page(&transcript);
    let talk = talk(&page, "What belongs to no transaction");
    assert_eq!(
        talk.matches("mail refused with 550").count(),
        59,
        "the first arrow is that of the request: {talk}"
    );
    assert_eq!(talk.matches("<section id=\"entry-").count(), 60, "{talk}");
    assert!(talk.contains("<p>and 143 other messages: see transcript.jsonl</p>"), "{talk}");
}

#[test]
fn whatever_a_stranger_says_stays_text() {
    let page = page(&visited(&format!("/{}", NASTY.replace(' ', "")), &format!("{NASTY}@x.example")));
    is_harmless(&page);
    assert!(talk(&page, "What belongs to no transaction").contains("mail refused with 550"));
}
