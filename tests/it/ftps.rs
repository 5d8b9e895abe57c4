//! Packages over FTPS from end to end: who claims what, who trusts whom, and what the transcript keeps of it.

use std::io::{Read, Write};
use std::net::TcpStream;

use penspec::profile::{Claim, Port, Profile};
use penspec::requirements::Verdict::{self, NotApplicable, Pass};
use penspec::run::Run;
use penspec::transcript::Transcript;
use penspec::transcript::entry::{FailureKind, FtpScheme, Party, Secured, SecuredLink, What};

use crate::ftp::{play, verdict};
use crate::https::{row, start_doubting_target, test};
use crate::process::Desk;

const FTPS: [&str; 1] = ["target/ftps/**"];

/// The FTPS scenarios against a target that is as this profile claims.
fn played(describe: impl Fn(&mut Profile)) -> (Transcript, Run) {
    play(&FTPS, describe)
}

fn handshakes(transcript: &Transcript) -> Vec<Secured> {
    let secured = |what: &What| match what {
        What::Secured(secured) => Some(secured.clone()),
        _ => None,
    };
    transcript.entries.iter().filter_map(|entry| secured(&entry.what)).collect()
}

#[test]
fn a_claim_decides_what_is_expected_of_a_target() {
    let check = |claim: Option<Claim>, expected: [Verdict; 3], cases: usize| {
        let (_, run) = played(|profile| profile.claims.ftps = claim);
        let judged = ["PKG-004", "ERR-1306", "RSP-015"].map(|id| verdict(&run, id));
        assert_eq!((judged, run.evidence.scenarios.len()), (expected, cases), "{claim:?}");
        assert!(run.judgement.rows.iter().all(|judged| judged.verdict != Verdict::Fail), "{claim:?}");
    };
    check(None, [Pass, Pass, Pass], 9);
    check(Some(Claim::Yes), [Pass, NotApplicable, Pass], 9);
    // Of a target without FTPS nothing is asked but that it says so.
    check(Some(Claim::No), [Pass, Pass, Pass], 2);
}

#[test]
fn nothing_is_offered_over_ftps_where_https_is_off() {
    let (transcript, run) = played(|profile| profile.listen.https = Port::Off);
    assert_eq!(run.evidence.scenarios.len(), 1, "the probe alone");
    assert_eq!((handshakes(&transcript).len(), verdict(&run, "PKG-004")), (0, Verdict::Deselected));
    let desk = Desk::new();
    let ended = desk.run(&["test", "target", "http://127.0.0.1:1/pens", "--https-listen", "off", FTPS[0]]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("https may not be off"), "{}", ended.stderr);
}

#[test]
fn the_handshakes_of_both_connections_are_kept_and_no_secret_is() {
    let (transcript, run) = played(|_| ());
    let handshakes = handshakes(&transcript);
    for link in [SecuredLink::Control, SecuredLink::Data] {
        let is_whole = |one: &&Secured| one.link == link && one.tls.failure.is_none();
        let found = handshakes.iter().find(is_whole).unwrap();
        assert_eq!((found.by, found.tls.version.as_deref()), (Party::Subject, Some("TLSv1.3")));
    }
    let text: String =
        transcript.entries.iter().map(|entry| serde_json::to_string(&**entry).unwrap()).collect();
    assert!(text.contains("ftps-member") && text.contains("PASS ****") && text.contains("ACCT ****"));
    // Collects carry both, encoded; what is said to the server stands there as it is.
    assert!(!text.contains("the password") && !text.contains("ACCT department"), "{text}");
    let given = run.evidence.transactions.iter().filter_map(|seen| seen.whole_download());
    let over: Vec<_> = given.filter(|download| download.is_by_ftp()).collect();
    assert!(over.len() >= 4 && over.iter().all(|download| download.tls.is_some()));
    let clear = transcript
        .entries
        .iter()
        .any(|entry| matches!(&entry.what, What::Transfer(transfer) if transfer.over == FtpScheme::Ftp));
    assert!(!clear, "whoever knows how asks for nothing in the clear");
}

#[test]
fn a_run_over_ftps_is_judged_again_from_its_file() {
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

#[test]
fn a_target_that_does_not_trust_us_is_told_the_cure_and_does_not_fail() {
    let desk = Desk::new();
    let url = start_doubting_target();
    let ended = test(&desk, &url, &FTPS);
    assert!(ended.stdout.contains("penspec ca --out"), "{}", ended.stdout);
    let report = desk.report();
    let failed = report["requirements"].as_array().unwrap().iter().filter(|row| row["verdict"] == "fail");
    assert_eq!(failed.count(), 0, "{ended:?}");
    let row = row(&desk, "PKG-004");
    assert_eq!((&row["verdict"], &row["cause"]), (&"inconclusive".into(), &"tls-trust".into()), "{row}");
    let distrusted = desk.read("reports/transcript.jsonl");
    assert!(distrusted.contains("certificate-refused"), "{distrusted}");
}

#[test]
fn a_target_that_claims_ftps_and_does_not_trust_us_is_inconclusive() {
    let desk = Desk::new();
    desk.write("penspec.yaml", "claims: { ftps: yes }\n");
    let ended = test(&desk, &start_doubting_target(), &["target/ftps/whole", "target/ftps/account"]);
    let row = row(&desk, "PKG-004");
    let judged = (&row["verdict"], &row["cause"]);
    assert_eq!(judged, (&"inconclusive".into(), &"tls-trust".into()), "{ended:?}");
    assert!(row.to_string().contains("penspec ca --out"), "{row}");
}

/// What the one port of FTP makes of whoever says this, with FTPS on offer: what it answers, and what is recorded.
fn said_to_a_port(bytes: &[u8]) -> (Vec<u8>, Transcript) {
    crate::ftp::offered_over_tls(|url| {
        let authority = url.strip_prefix("ftps://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(authority).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        said
    })
}

#[test]
fn whoever_speaks_something_else_to_the_port_of_ftps_is_recorded() {
    let (said, transcript) = said_to_a_port(b"USER anonymous\r\nPASS x\r\nRETR /t/package/a.zip\r\nQUIT\r\n");
    assert!(said.starts_with(b"220 ") && handshakes(&transcript).is_empty(), "plain FTP is answered as such");
    let (_, transcript) = said_to_a_port(b"\x16\x03\x01\x02\x00\x01\x00");
    let [cut] = &handshakes(&transcript)[..] else { panic!("one handshake began") };
    assert_eq!(cut.tls.failure.as_ref().unwrap().kind, FailureKind::Cut);
    let (_, transcript) = said_to_a_port(b"AUTH TLS\r\n\x16\x03\x01\xFF\xFF");
    assert_eq!(handshakes(&transcript).len(), 1, "what comes with AUTH was said in the clear");
    let (_, transcript) = said_to_a_port(b"USER x\r\n\x16\x03\x01\x00\x05hello\n");
    let [late] = &handshakes(&transcript)[..] else { panic!("TLS began") };
    assert!(late.tls.failure.as_ref().unwrap().told.contains("AUTH TLS"));
}
