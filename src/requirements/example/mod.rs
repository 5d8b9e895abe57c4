//! The examples of the rows, read as evidence and judged.

mod answered;
mod client;
mod clocks;
mod conditions;
mod departed;
mod elements;
mod fetched;
mod ftp;
mod interleaved;
mod judged;
mod mail;
mod neighbours;
mod offered;
mod provoking;
mod received;
mod redirected;
mod stream;
mod target;
mod told;
mod urls;
mod whole;

use super::judge::judge_row;
use super::ledger::Ledger;
use super::seen::RunSeen;
use super::story::{CODE_OK, Story, provoking};
use super::verdict::Outcome;
use super::{Bound, Check, Requirement, Shows, all};
use crate::pens::Element;
use crate::profile::Profile;

#[test]
fn every_row_tells_its_two_examples_apart() {
    for row in all() {
        let (keeps, breaks) = (outcomes(row, row.keeps), outcomes(row, row.breaks));
        let is_kept = |outcome: &Outcome| matches!(outcome, Outcome::Keeps);
        let is_broken = |outcome: &Outcome| matches!(outcome, Outcome::Breaks(_));
        assert!(keeps.iter().any(is_kept) && !keeps.iter().any(is_broken), "{} keeps: {keeps:?}", row.id);
        assert!(breaks.iter().any(is_broken), "{} breaks: {breaks:?}", row.id);
    }
}

#[test]
fn a_broken_answer_breaks_no_other_row() {
    // An answer of RSP's examples that breaks one row must not be blamed by its neighbours.
    for broken in all().filter(|row| matches!(row.check, Check::Response(_)) && !is_story(row.breaks)) {
        let neighbours = all().filter(|row| matches!(row.check, Check::Response(_)) && row.id != broken.id);
        for row in neighbours {
            let also =
                outcomes(row, broken.breaks).iter().any(|outcome| matches!(outcome, Outcome::Breaks(_)));
            let is_expected = row.id == "RSP-015" && !broken.breaks.contains("error=0")
                || (row.id, broken.id) == ("RSP-012", "RSP-007");
            assert!(!also || is_expected, "the example that breaks {} breaks {} too", broken.id, row.id);
        }
    }
}

#[test]
fn silence_passes_nothing() {
    // That a client published is evidence of its own.
    for row in all().filter(|row| row.binds != Bound::Client) {
        for story in ["", "collect\nsilent", "collect\nrefused", "collect\nclosed", "collect"] {
            let said = outcomes(row, story);
            assert!(
                !said.iter().any(|outcome| matches!(outcome, Outcome::Keeps)),
                "{} of {story:?}: {said:?}",
                row.id
            );
        }
    }
}

#[test]
fn a_refusal_without_its_sane_twin_proves_nothing() {
    for row in all() {
        let Check::Provoked(provoked) = row.check else { continue };
        // A retrieval's error can only follow a collect that was accepted: its refusal has its twin in another.
        let told = match provoked.shows {
            Shows::Response | Shows::Receipt => format!("response error={}", provoked.code),
            Shows::Alert => format!("response error=0\ndownload 200\nreceipt error={}", provoked.code),
        };
        let described = row.keeps.lines().find(|line| line.starts_with("profile"));
        let described = described.map_or_else(String::new, |line| format!("{line}\n"));
        let story = format!("{}\n{told}", provoking(row));
        let said = outcomes(row, &format!("{described}{story}"));
        assert!(matches!(said.as_slice(), [Outcome::Inconclusive(..)]), "{}: {said:?}", row.id);
        let with_twin = format!("{described}{CODE_OK}\ntransaction\n{story}");
        assert_eq!(outcomes(row, &with_twin), [Outcome::Keeps], "{}", row.id);
        if provoked.at_hand.len() < Element::ALL.len() {
            // Another element differs as well: the twin is none.
            let other =
                format!("{described}collect vendor-data=another\nresponse error=0\ntransaction\n{story}");
            assert!(matches!(outcomes(row, &other).as_slice(), [Outcome::Inconclusive(..)]), "{}", row.id);
        }
    }
}

/// Stories that a judge may read wrongly, each with what must be said of it.
#[test]
fn stories_are_read_as_they_happened() {
    let fetched = FETCHED;
    // Whoever ends the run while a receipt is awaited does not make the target lose it.
    check("RCT-001", &format!("{fetched}\nwait receipt interrupted"), &["inconclusive"]);
    check("RCT-001", &format!("{fetched}\nwait receipt expired\nwait alert given-up"), &["breaks"]);
    check("RCT-001", &format!("{fetched}\nwait receipt given-up"), &["inconclusive"]);
    check("PKG-001", "collect\nresponse error=0\nhead\nwait receipt interrupted", &["inconclusive"]);
    check("PKG-001", "collect\nresponse error=0\nwait receipt expired", &["inconclusive"]);
    // A HEAD fetches nothing.
    check("RSP-013", "collect\nhead\nresponse error=0", &["keeps"]);
    check("PKG-006", "collect\nhead\nresponse error=1310\nwait quiet met", &["keeps"]);
    // What was fetched before the refusal is no disregard of it.
    check("PKG-006", "collect\ndownload 404\nresponse error=1310\nwait quiet met", &["keeps"]);
    check("PKG-006", "collect\nresponse error=1310", &[]);
    // An answer that broke off is told by RSP-001 alone.
    check("RSP-001", "collect\ncut", &["breaks"]);
    check("RSP-004", "collect\ncut", &[]);
    check("RSP-002", "collect\ncut", &[]);
    // A receipt at the alerts URL is no alert, and an alert at the receipt URL no receipt.
    check("ALR-004", &format!("{fetched}\nreceipt-to-alerts error=0"), &[]);
    check("RCT-001", &format!("{fetched}\nalert-to-receipt error=0\nwait receipt expired"), &["breaks"]);
    // A method that is not understood is told by its own row, whatever answers.
    let post = "collect\nresponse error=0\ntransaction\ncollect method=post\nresponse";
    check("MSG-008", &format!("{post} error=2011"), &["breaks"]);
    check("RSP-015", &format!("{post} error=2011"), &["keeps"]);
    check("MSG-008", &format!("{post} status=501"), &["breaks"]);
    // A refusal for who the sender is may be the operator's fault, unless the sender is known.
    for refusal in ["error=10403", "error=403", "error=401", "error=1420 text=Insufficient%20permission"] {
        check("RSP-015", &format!("collect\nresponse {refusal}"), &["inconclusive"]);
        check(
            "RSP-015",
            &format!("{CODE_OK}\ntransaction\ncollect\nresponse {refusal}"),
            &["keeps", "breaks"],
        );
    }
    check("RSP-015", "collect\nresponse error=1420", &["breaks"]);
    check("RSP-015", "collect\nresponse error=2007", &["breaks"]);
    check("RSP-002", &format!("{post} status=501"), &["keeps"]);
    // Codes in receipts are codes.
    check("RSP-011", &format!("{fetched}\nreceipt error=1431"), &["keeps", "breaks"]);
    check(
        "RCT-006",
        &format!("{fetched}\nreceipt error=0 package-url-expiry=2099-01-01T00:00:00.000Z"),
        &["tolerated"],
    );
    check(
        "RCT-006",
        &format!("{fetched}\nreceipt error=0 package-url-expiry=2099-01-02T00:00:00Z"),
        &["breaks"],
    );
    // Nobody waited, so nobody knows that no alert comes.
    check("ALR-001", &format!("{fetched}\nreceipt error=0"), &[]);
    check("ALR-001", &format!("{fetched}\nreceipt error=0\nwait alert expired"), &["not-applicable"]);
}

/// The same, of packages and callbacks that are served or acknowledged in uncommon ways.
#[test]
fn uncommon_stories_are_read_as_they_happened() {
    let fetched = FETCHED;
    // What came after its wait was over came late.
    check("RCT-001", &format!("{fetched}\nwait receipt expired\nreceipt error=0"), &["advice"]);
    // A staging server that keeps silent is borne with as long as the target likes.
    let silent =
        format!("{CODE_OK}\ntransaction\noffer silent\ncollect provokes=ERR-1310\nresponse error=0\n");
    check("ERR-1310", &format!("{silent}wait receipt expired"), &["advice"]);
    check("ERR-1310", &format!("{silent}receipt error=1310"), &["keeps"]);
    check("ERR-1310", &format!("{silent}receipt error=1301"), &["advice"]);
    check("RCT-001", "offer silent\ncollect provokes=ERR-1310\nresponse error=0\nwait receipt expired", &[]);
    check("ERR-100", &format!("{silent}receipt error=1301"), &[]);
    // Whoever was not told that a receipt was taken may send it again.
    check("RCT-003", &format!("{fetched}\nreceipt error=0 ack=empty\nreceipt error=0"), &["keeps"]);
    // Alerts that came before the acknowledgement say nothing of what follows from it.
    check(
        "RCT-008",
        &format!("{fetched}\nalert error=0\nreceipt error=0 ack=empty\nwait quiet met"),
        &["review"],
    );
    // A resend has a receipt of its own, and its answer does not come late because of what went before.
    let twice =
        format!("{fetched}\nreceipt error=0\ncollect\nresponse error=0\ndownload 200\nreceipt error=0");
    check("RCT-003", &twice, &["keeps"]);
    check("RSP-013", &twice, &["keeps"]);
    // Long values are MSG-011's alone.
    let long = "collect\nresponse error=0\ntransaction\ncollect long\nresponse";
    check("MSG-007", &format!("{long} status=414"), &["keeps"]);
    check("RSP-015", &format!("{long} error=1201"), &["keeps"]);
    check("MSG-011", &format!("{long} error=1201"), &["inconclusive"]);
    // The same collect with another package-url is not the same.
    let other = "collect package-url=http://h/t-2/package/a.zip%3Fv%3D1 order=reversed\nresponse error=2008";
    check("MSG-006", &format!("collect\nresponse error=0\ntransaction\n{other}"), &[]);
    check("PKG-013", &format!("collect\nresponse error=0\ntransaction\n{other}"), &["breaks"]);
    // Escapes of what needs none may be taken back; others may not.
    let escaped = "collect package-url=http://h/t-1/package/a%257Eb%252F.zip\nresponse error=0\ndownload 200";
    check("PKG-007", &format!("{escaped} path=a~b%2F.zip"), &["keeps"]);
    check("PKG-007", &format!("{escaped} path=a~b/.zip"), &["breaks"]);
    // How a HEAD is answered is nobody's matter.
    check("RSP-001", "collect\nresponse error=0\ntransaction\ncollect method=head\nclosed", &["keeps"]);
    // A second question mark is told once.
    let second = "collect receipt=http://h/t-1/receipt%3Fa%3D1\nresponse error=0\ndownload 200\nreceipt error=0 query=second-mark";
    check("MSG-010", second, &["breaks"]);
    check("RCT-004", second, &["keeps"]);
    check("RCT-007", second, &["keeps"]);
}

/// The same, of targets that are built otherwise than most, and of runs that end early.
#[test]
fn stories_of_unusual_targets_are_read_as_they_happened() {
    let fetched = FETCHED;
    // A raw URL in the query of a callback is no host of its path.
    let raw = "GET /t-1/receipt?command=receipt&error=0&package-url=http://h/t-1/package/a.zip";
    check("RCT-007", &format!("{fetched}\nreceipt error=0 target={}", escaped(raw)), &["keeps"]);
    // A tunnel may put something in front.
    let behind = "GET /prefix/t-1/receipt?command=receipt&error=0";
    check("RCT-007", &format!("{fetched}\nreceipt error=0 target={}", escaped(behind)), &["keeps"]);
    let astray = "GET /t-1/receipt/?command=receipt&error=0&package-id=http://penspec.example/Course-t-1";
    check("RCT-007", &format!("{fetched}\nreceipt error=0 target={}", escaped(astray)), &["breaks"]);
    check(
        "RCT-001",
        &format!("{fetched}\nreceipt error=0 target={}\nwait receipt expired", escaped(astray)),
        &[],
    );
    // A GET without a query says nothing.
    let bare = format!("{fetched}\nreceipt error=0 target={}", escaped("GET /t-1/receipt"));
    check("RCT-004", &bare, &[]);
    check("RCT-001", &format!("{bare}\nwait receipt expired"), &["breaks"]);
    // An error that the answer told needs no alert.
    let told = format!("{CODE_OK}\ntransaction\ncollect provokes=ERR-1432\nresponse error=1432");
    check("ALR-003", &told, &["not-applicable"]);
    // An alert that may still come is no alert that is missing.
    let alerts = format!("{fetched}\nreceipt error=0\nalert error=0\ntransaction\ncollect provokes=ERR-1432");
    let taken = format!("{alerts}\nresponse error=0\ndownload 200\nreceipt error=0\nwait quiet met");
    check("ERR-1432", &taken, &["inconclusive"]);
    check("ALR-003", &taken, &["inconclusive"]);
    check("ERR-1432", &format!("{taken}\nwait alert expired"), &["breaks"]);
    // Alerts of what went wrong with a receipt are none for good packages.
    let alarm = "collect provokes=ERR-1500\nresponse error=0\nalert error=1500\ntransaction\n";
    let bad = "collect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=0\nwait alert expired\nwait quiet met";
    check("ERR-1432", &format!("{CODE_OK}\ntransaction\n{alarm}{bad}"), &["not-applicable"]);
    // Who looks at a package before answering may tell what is wrong with the transfer there.
    let uncommon = "transaction\noffer uncommon\ncollect order=reversed\ndownload 302\nresponse error=1301";
    check("RSP-015", &format!("{CODE_OK}\n{uncommon}"), &["keeps"]);
    check("PKG-008", &format!("{CODE_OK}\n{uncommon}"), &["breaks"]);
    check("MSG-006", &format!("{CODE_OK}\n{uncommon}"), &[]);
    // An interrupted run fails nobody.
    let quota = format!("profile quota\n{CODE_OK}\ntransaction\ncollect provokes=ERR-1440\nresponse error=0");
    check(
        "ERR-1440",
        &format!("{quota}\ndownload 200\nreceipt error=0\nwait quiet interrupted"),
        &["inconclusive"],
    );
    let expiry = format!(
        "{CODE_OK}\ntransaction\ncollect package-url-expiry=tomorrow provokes=ERR-1320\nresponse error=0"
    );
    check("ERR-1320", &format!("{expiry}\nwait receipt interrupted"), &["inconclusive"]);
    check("ERR-1320", &format!("{expiry}\nwait receipt expired"), &["tolerated"]);
    // Whoever was given the package has shown the credentials.
    let guarded = "collect package-url-user-id=tk package-url-password=pw\nresponse error=0\ndownload 401\ndownload 200";
    check("PKG-005", &format!("{guarded}\nreceipt error=1301"), &["keeps"]);
    // That the same collect is refused the second time is told once.
    let again = "collect -alerts\nresponse error=0\ndownload 200\nreceipt error=0\ncollect -alerts\nresponse error=10001\nwait receipt expired";
    check("RSP-015", again, &["keeps"]);
    check("MSG-017", again, &["keeps"]);
    check("PKG-012", again, &["breaks"]);
    // The order of a joined query is free.
    let sorted = "GET /t-1/receipt?alpha=1&command=receipt&error=0&partition=a&zulu=2";
    let own = "collect receipt=http://h/t-1/receipt%3Fpartition=a\nresponse error=0\ndownload 200";
    check("MSG-010", &format!("{own}\nreceipt target={}", escaped(sorted)), &["keeps"]);
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('=', "%3D")
}

fn is_story(example: &str) -> bool {
    ["collect", "role"].iter().any(|verb| example.starts_with(verb))
}

/// A collect that was accepted, and its package fetched.
const FETCHED: &str = "collect\nresponse error=0\ndownload 200\nwait download met";

fn check(id: &str, story: &str, expected: &[&str]) {
    let row = super::find(id).expect("the row is there");
    let said: Vec<_> = outcomes(row, story).iter().map(Outcome::key).collect();
    assert_eq!(said, expected, "{id} of\n{story}");
}

fn outcomes(row: &'static Requirement, example: &str) -> Vec<Outcome> {
    let mut said = said_of(&[row], row, example);
    said.pop().expect("a row was asked")
}

/// What each of the rows says of an example of one of them.
fn said_of(rows: &[&'static Requirement], of: &Requirement, example: &str) -> Vec<Vec<Outcome>> {
    let transcript = Story::told(of, example);
    let evidence = transcript.evidence();
    let profile: Profile =
        serde_json::from_value(evidence.header.profile.clone()).expect("a story's profile");
    let ledger = Ledger::of(&evidence);
    let run = RunSeen { evidence: &evidence, profile: &profile, ledger: &ledger };
    let said = rows.iter().map(|row| {
        let outcomes: Vec<Outcome> =
            judge_row(row, &run).outcomes.into_iter().map(|said| said.outcome).collect();
        for outcome in &outcomes {
            shows_what_it_says(row, outcome, example);
        }
        outcomes
    });
    said.collect()
}

/// No finding is without words, and what is blamed is shown.
fn shows_what_it_says(row: &Requirement, outcome: &Outcome, example: &str) {
    let is_told = outcome.finding().is_none_or(|finding| !finding.message.is_empty());
    assert!(is_told, "{} says nothing of\n{example}", row.id);
    if let Outcome::Breaks(finding) | Outcome::Tolerated(finding) = outcome {
        assert!(!finding.evidence.is_empty(), "{} shows nothing of\n{example}", row.id);
    }
}
