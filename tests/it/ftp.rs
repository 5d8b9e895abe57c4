//! Packages over FTP from end to end: targets that do and do not fetch by it, what the transcript keeps, and rude guests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use penspec::mock::client::{Client, Offering};
use penspec::mock::listening::{Callbacks, FtpPlace, Listening, Place, Transport};
use penspec::mock::manners::Manners;
use penspec::mock::stage::{Credentials, Staged, Stays, TlsUse};
use penspec::profile::{Claim, Port, Profile};
use penspec::requirements::Verdict::{self, NotApplicable, Pass};
use penspec::run::{Run, tour};
use penspec::transcript::Transcript;
use penspec::transcript::entry::{FtpAsked, Offer, Party, Role, What};
use penspec::wire::http::Reply;

use crate::peer::free_port;
use crate::support::{cases, certify, hasty, in_memory, runtime, start_target};

const FTP: [&str; 1] = ["target/ftp/**"];

/// The FTP scenarios against a target that is as this profile claims.
fn played(describe: impl Fn(&mut Profile)) -> (Transcript, Run) {
    play(&FTP, describe)
}

/// These scenarios against such a target.
pub(crate) fn play(scenarios: &[&str], describe: impl Fn(&mut Profile)) -> (Transcript, Run) {
    let described = |url: &str| {
        let mut profile = tour::profile(url);
        describe(&mut profile);
        profile
    };
    let manners = Manners { patience: Duration::from_secs(2), ..Manners::of(&described("")) };
    let mut profile = hasty(described(&start_target(manners)));
    profile.limits.receipt = Duration::from_secs(5);
    let transcript = certify(profile, cases(scenarios), scenarios);
    let run = Run::of(&transcript).unwrap();
    (transcript, run)
}

pub(crate) fn verdict(run: &Run, id: &str) -> Verdict {
    run.judgement.rows.iter().find(|judged| judged.row.id == id).unwrap().verdict
}

#[test]
fn a_claim_decides_what_is_expected_of_a_target() {
    let check = |claim: Option<Claim>, expected: [Verdict; 3], cases: usize| {
        let (_, run) = played(|profile| profile.claims.ftp = claim);
        let judged = ["PKG-003", "ERR-1304", "RSP-015"].map(|id| verdict(&run, id));
        assert_eq!((judged, run.evidence.scenarios.len()), (expected, cases), "{claim:?}");
        assert!(run.judgement.rows.iter().all(|judged| judged.verdict != Verdict::Fail), "{claim:?}");
    };
    check(None, [Pass, Pass, Pass], 13);
    check(Some(Claim::Yes), [Pass, NotApplicable, Pass], 13);
    // Of a target without FTP nothing is asked but that it says so.
    check(Some(Claim::No), [Pass, Pass, Pass], 2);
}

#[test]
fn nothing_is_offered_over_ftp_where_it_is_off() {
    let (transcript, run) = played(|profile| profile.listen.ftp = Port::Off);
    assert_eq!(run.evidence.scenarios.len(), 1, "the probe alone");
    assert!(!transcript.entries.iter().any(|entry| matches!(entry.what, What::ControlLine(_))));
    assert_eq!(verdict(&run, "PKG-003"), Verdict::Deselected);
}

#[test]
fn the_dialogue_is_kept_without_its_secrets() {
    let (transcript, run) = played(|_| ());
    let said: Vec<(Party, String)> = transcript
        .entries
        .iter()
        .filter_map(|entry| match &entry.what {
            What::ControlLine(line) => Some((line.by, String::from_utf8(line.line.0.clone()).unwrap())),
            _ => None,
        })
        .collect();
    let says =
        |by: Party, text: &str| assert!(said.contains(&(by, text.to_owned())), "{text:?} of {said:#?}");
    says(Party::Subject, "USER ftp-member\r\n");
    says(Party::Subject, "PASS ************\r\n");
    says(Party::Subject, "ACCT ************\r\n");
    says(Party::Mock, "332 go on with ACCT\r\n");
    assert!(!said.iter().any(|(_, line)| line.contains("the password") || line.contains("department 7")));
    let given: Vec<_> = run.evidence.transactions.iter().filter_map(|seen| seen.whole_download()).collect();
    assert!(given.iter().filter(|download| download.is_by_ftp()).count() >= 4);
    let refused = transcript.entries.iter().find_map(|entry| match &entry.what {
        What::Transfer(transfer) if transfer.asked == FtpAsked::Login => Some(transfer),
        _ => None,
    });
    let refused = refused.unwrap();
    assert_eq!(refused.reply, Some(530));
    assert!(refused.transaction.is_some(), "the user tells whose package it was");
}

#[test]
fn a_run_over_ftp_is_judged_again_from_its_file() {
    let (transcript, run) = played(|_| ());
    let mut text = serde_json::to_string(&transcript.header).unwrap() + "\n";
    for entry in &transcript.entries {
        text += &(serde_json::to_string(&**entry).unwrap() + "\n");
    }
    let read = penspec::transcript::file::read(&text).unwrap();
    assert_eq!(read.entries, transcript.entries);
    let again = Run::of(&read).unwrap();
    for (first, second) in run.judgement.rows.iter().zip(&again.judgement.rows) {
        assert_eq!((first.row.id, first.verdict), (second.row.id, second.verdict));
    }
}

/// Offers a package over FTP, alone, and has somebody talk to its server.
fn offered<T>(
    listening: Listening,
    guard: Option<Credentials>,
    talk: impl FnOnce(&str) -> T,
) -> (T, Transcript) {
    offered_over(Transport::Ftp, listening, guard, talk)
}

/// The same over FTPS, at any port of this machine.
pub(crate) fn offered_over_tls<T>(talk: impl FnOnce(&str) -> T) -> (T, Transcript) {
    offered_over(Transport::Ftps, crate::support::listening(), None, talk)
}

fn offered_over<T>(
    over: Transport,
    listening: Listening,
    guard: Option<Credentials>,
    talk: impl FnOnce(&str) -> T,
) -> (T, Transcript) {
    let recorder = in_memory(Role::Target, &Profile::default(), &[]);
    let (sender, receiver) = std::sync::mpsc::channel();
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let served = recorder.clone();
    let serving = std::thread::spawn(move || {
        runtime().block_on(async {
            let client = Client::start(served, &listening).await.unwrap();
            let reply = Reply::with_body(200, "application/zip", "PK course");
            let staged =
                Staged { reply, guard, moved: None, stays: Stays::default(), tls: TlsUse::default() };
            let (name, offer) = ("a.zip".to_owned(), Offer::Whole);
            let callbacks = Callbacks::Http;
            let (package, path) = (name.clone(), name);
            let offering = Offering { scenario: "it", package, path, staged, offer, over, callbacks };
            sender.send(client.begin(&Profile::default(), offering).unwrap().package_url).unwrap();
            let _ = stopping.await;
        });
    });
    let talked = talk(&receiver.recv().unwrap());
    stop.send(()).unwrap();
    serving.join().unwrap();
    (talked, recorder.transcript())
}

/// Says these lines to the server of a URL and gives all that it answers.
fn tell(url: &str, lines: &[u8]) -> String {
    let authority = url.strip_prefix("ftp://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.write_all(lines).unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    String::from_utf8(said).unwrap()
}

#[test]
fn nobody_is_sent_elsewhere_or_given_a_file_of_ours() {
    let (said, transcript) = offered(Listening::default(), None, |url| {
        let bounce = b"USER anonymous\r\nPASS x\r\nPORT 127,0,0,1,0,22\r\nEPRT |1|127.0.0.1|22|\r\n";
        let rest = b"RETR /etc/passwd\r\nRETR ../../../../../etc/passwd\r\nSTOR a.zip\r\nQUIT\r\n";
        tell(url, &[&bounce[..], rest].concat())
    });
    let codes: Vec<&str> = said.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "331", "230", "500", "500", "550", "550", "550", "221"]);
    let strays = transcript.evidence().strays;
    assert_eq!(strays.len(), 2, "what was asked for and belongs to nobody");
    assert!(strays.iter().all(|stray| stray.status() == Some(550)));
}

#[test]
fn passive_ports_and_their_address_are_those_that_peers_are_told() {
    let free = free_port();
    let anywhere = Listening::default().http.at;
    let told = Some("ftp://192.0.2.7:2121".to_owned());
    let ftp =
        FtpPlace { control: Place { at: anywhere, told: None }, passive: Some(free..=free), identity: None };
    let alike = FtpPlace { control: Place { at: anywhere, told }, ..ftp.clone() };
    let (said, _) = offered(Listening { ftp: Some(ftp), ..Listening::default() }, None, |url| {
        tell(url, b"USER ftp\r\nPASS x\r\nPASV\r\nEPSV\r\nQUIT\r\n")
    });
    let [high, low] = free.to_be_bytes();
    assert!(said.contains(&format!("(127,0,0,1,{high},{low})")), "{said}");
    assert!(said.contains(&format!("(|||{free}|)")), "{said}");
    let (url, _) = offered(Listening { ftp: Some(alike), ..Listening::default() }, None, str::to_owned);
    assert!(url.starts_with("ftp://192.0.2.7:2121/"), "{url}");
}

#[test]
fn floods_and_nonsense_are_taken_without_harm() {
    let (_, transcript) = offered(Listening::default(), None, |url| {
        let flood = b"NOOP\r\n".repeat(20_000);
        let said = tell(url, &flood);
        assert!(said.matches("200 ").count() <= 1000, "{}", said.len());
        assert!(tell(url, "A".repeat(100_000).as_bytes()).contains("421 "));
        tell(url, b"\0\0\xFF\xFB\x01\xFF\n\n\nGET / HTTP/1.1\r\nQUIT\r\n");
        assert!(tell(url, b"USER x\nPASS y\nQUIT\n").contains("530 "));
        tell(url, b"USER anonymous\r\nPASS x\r\nQUIT\r\n")
    });
    assert!(transcript.entries.len() < 4_000, "{}", transcript.entries.len());
}
