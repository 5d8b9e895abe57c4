//! Runs judged as a whole: the rows of a role, what was left out of a selection, the paths, and the order of findings.

use crate::profile::Profile;
use crate::requirements::judge::{Judged, Judgement, judge, of_selection, rows_of};
use crate::requirements::ledger::{Ledger, Path};
use crate::requirements::rulings;
use crate::requirements::story::Story;
use crate::requirements::verdict::{RunVerdict, Verdict};
use crate::requirements::{Bound, find};
use crate::transcript::Evidence;
use crate::transcript::entry::Role;

use super::FETCHED;

fn evidence(story: &str) -> Evidence {
    Story::told(find("RCT-001").expect("the row is there"), story).evidence()
}

fn judged(story: &str, selection: &[&str], proves: &[&str]) -> Judgement {
    let mut evidence = evidence(story);
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    (evidence.header.selection, evidence.header.proves) = (owned(selection), owned(proves));
    judge(&evidence, &Profile::default())
}

fn row<'a>(judgement: &'a Judgement, id: &str) -> &'a Judged {
    judgement.rows.iter().find(|judged| judged.row.id == id).expect("the row is judged")
}

#[test]
fn each_role_has_its_rows() {
    let has = |role, binds: Bound| rows_of(role).any(|row| row.binds == binds);
    assert!(
        has(Role::Target, Bound::Target)
            && has(Role::Target, Bound::Both)
            && has(Role::Target, Bound::Sender)
    );
    assert!(
        has(Role::Client, Bound::Client)
            && has(Role::Client, Bound::Both)
            && has(Role::Client, Bound::Responder)
    );
    assert!(!has(Role::Target, Bound::Client) && !has(Role::Client, Bound::Target));
}

#[test]
fn what_a_selection_leaves_out_is_deselected_unless_it_was_seen() {
    let of = |selection: &[&str], proves: &[&str], id: &str| {
        row(&judged("collect\nresponse error=0", selection, proves), id).verdict
    };
    assert_eq!(of(&[], &[], "ALR-004"), Verdict::NotTested);
    assert_eq!(of(&["target/probe"], &["RSP-001"], "ALR-004"), Verdict::Deselected);
    assert_eq!(of(&["target/probe"], &["ALR-004"], "ALR-004"), Verdict::NotTested);
    assert_eq!(of(&["target/probe"], &["ALR-004"], "RSP-001"), Verdict::Pass);
}

#[test]
fn a_selection_never_conforms() {
    let chosen = ["target/probe".to_owned()];
    assert_eq!(of_selection(&[], RunVerdict::Conforms), RunVerdict::Conforms);
    assert_eq!(of_selection(&chosen, RunVerdict::Conforms), RunVerdict::Incomplete);
    assert_eq!(of_selection(&chosen, RunVerdict::DoesNotConform), RunVerdict::DoesNotConform);
}

#[test]
fn two_rows_are_alike_that_say_the_same() {
    let one = judged("collect\nresponse error=0", &[], &[]);
    let cut = judged("collect\ncut", &[], &[]);
    assert_eq!(row(&one, "RSP-001"), row(&one, "RSP-001"));
    assert_ne!(row(&one, "RSP-001"), row(&cut, "RSP-001"));
    assert_ne!(row(&one, "RSP-001"), row(&one, "RSP-002"), "two rows that both pass");
    assert!(format!("{:?}", row(&cut, "RSP-001")).starts_with("RSP-001 Fail"));
}

#[test]
fn the_worst_finding_is_told_first() {
    let unread = "receipt error=0\nalert error=0 -package-id\nwait receipt expired";
    let story = format!("{FETCHED}\n{unread}\nreceipt x=1 error=0\nreceipt error=0 error_text=x -error-text");
    let judgement = judged(&story, &[], &[]);
    let told: Vec<_> = row(&judgement, "MSG-004").findings().map(|(said, _)| said.outcome.key()).collect();
    assert_eq!(told, ["breaks", "tolerated"]);
}

/// The paths over which something came.
fn proven(story: &str) -> String {
    let ledger = Ledger::of(&evidence(story));
    let paths = Path::ALL.into_iter().filter(|path| ledger.is_proven(*path));
    paths.map(Path::key).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_path_is_proven_by_what_comes_over_it() {
    let staged = |scheme: &str, then: &str| {
        let url = format!("{scheme}://h/t-1/package/a.zip");
        format!("staged {url}\ncollect package-url={url}\nresponse error=0\n{then}")
    };
    assert_eq!(proven("collect\nsilent"), "");
    assert_eq!(proven("collect\nresponse error=0"), "command");
    assert_eq!(proven(FETCHED), "command package-http receipt-http");
    assert_eq!(proven(&staged("https", "download 200 path=a.zip")), "command package-https receipt-https");
    assert_eq!(proven(&staged("ftp", "download 226 ftp")), "command package-ftp");
    assert_eq!(proven(&staged("ftps", "download 226 ftps")), "command package-ftps");
    assert_eq!(proven(&staged("ftps", "download 534 ftp")), "command package-ftps");
    let answered = "collect\nresponse error=0";
    assert_eq!(proven(&format!("{answered}\nreceipt error=0")), "command receipt-http");
    assert_eq!(proven(&format!("{answered}\nalert error=0")), "command alerts-http");
    assert_eq!(proven(&format!("{answered}\nreceipt error=0 target=GET%20/t-1/none")), "command");
}

#[test]
fn a_path_is_that_of_the_url_which_the_collect_names() {
    let called_back = |element: &str, url: &str| {
        let line = format!("GET%20/t-1/{element}?command={}&error%3D0", element.trim_end_matches('s'));
        let verb = element.trim_end_matches('s');
        format!("collect {element}={url}\nresponse error=0\n{verb} target={}", line.replace('=', "%3D"))
    };
    assert_eq!(proven(&called_back("receipt", "https://h/t-1/receipt")), "command receipt-https");
    assert_eq!(proven(&called_back("alerts", "HTTPS://h/t-1/alerts")), "command alerts-https");
    assert_eq!(proven(&called_back("receipt", "http://h/t-1/receipt")), "command receipt-http");
    // Who sends by HTTP what was to be mailed shows no way of mail.
    assert_eq!(proven(&called_back("receipt", "mailto:receipt+t-1@mail.example")), "command");
    assert_eq!(proven(&called_back("alerts", "mailto:alerts+t-1@mail.example")), "command");
    let mailed = "collect receipt=mailto:receipt+t-1@mail.example\nresponse error=0\nmail error=0";
    assert_eq!(proven(mailed), "command receipt-mail alerts-mail");
}

#[test]
fn a_ruling_is_found_by_its_number() {
    assert_eq!(rulings::find("R-15").map(|ruling| ruling.id), Some("R-15"));
    assert_eq!(rulings::find("R-999"), None);
}
