//! Receipts and alerts by mail.

use super::check;
use super::told::tells;

const TO: &str = "receipt=mailto:receipt+t-1@mail.example";
const FETCHED: &str = "response error=0\ndownload 200";

fn story(rest: &str) -> String {
    format!("collect {TO}\n{FETCHED}\n{rest}")
}

/// The five sub-points: sender, answers to, subject, form, data.
fn check_points(mail: &str, expected: &[&str]) {
    check("MSG-012", &story(&format!("mail error=0 {mail}")), expected);
}

#[test]
fn each_point_of_a_mail_is_judged_by_itself() {
    let keeps = "keeps";
    check_points("", &[keeps; 5]);
    check_points("from=none", &["breaks", keeps, keeps, keeps, keeps]);
    check_points("from=root", &["breaks", keeps, keeps, keeps, keeps]);
    check_points("reply-to=none", &[keeps, "advice", keeps, keeps, keeps]);
    check_points("reply-to=nobody", &[keeps, "breaks", keeps, keeps, keeps]);
    check_points("subject=none", &[keeps, keeps, "breaks", keeps, keeps]);
    check_points("subject==?utf-8?z?a?=", &[keeps, keeps, "breaks", keeps, keeps]);
    check_points("subject=a%EF%BF%BDb", &[keeps, keeps, "breaks", keeps, keeps]);
    check_points("subject=Is%20it%20=?%20yes", &[keeps; 5]);
    check_points("subject====", &[keeps, keeps, "breaks", keeps, keeps]);
    check_points("lf", &[keeps, keeps, keeps, "breaks", keeps, "advice"]);
    check_points("text=That%20is%20it:%20", &[keeps, keeps, keeps, "breaks", keeps]);
    check_points("-client -error-text", &[keeps, keeps, keeps, keeps, "breaks"]);
    check_points("error=none", &[keeps, keeps, keeps, keeps, "breaks"]);
    check_points("package-id=http://other/", &[keeps, keeps, keeps, keeps, "breaks"]);
}

#[test]
fn a_mail_is_judged_by_its_own_rows_and_its_error() {
    let mailed = story("mail error=0");
    for row in ["RCT-003", "RCT-004", "RCT-005", "RCT-006", "RCT-007", "MSG-001", "MSG-014", "ALR-001"] {
        check(row, &mailed, &[]);
    }
    check("RSP-011", &story("mail error=1431"), &["keeps", "breaks"]);
    check("RCT-002", &format!("collect {TO}\nresponse error=0\nmail error=0\ndownload 200"), &["breaks"]);
    let lost = format!(
        "collect\nresponse error=0\ntransaction\ncollect provokes=ERR-1310 {}",
        TO.replace("t-1", "t-2")
    );
    check("ERR-1310", &format!("{lost}\nresponse error=0\ndownload 404\nmail error=1310"), &["keeps"]);
    check("ERR-1310", &format!("{lost}\nresponse error=0\ndownload 404\nmail error=0"), &["breaks"]);
}

#[test]
fn every_address_is_served_or_the_collect_refused() {
    let waited = "wait receipt expired";
    check("MSG-013", &story("mail error=0"), &["keeps"]);
    let both = "collect receipt=MAILTO:receipt+t-1@mail.example,copy+t-1@mail.example?subject=x";
    check("MSG-013", &format!("{both}\n{FETCHED}\nmail error=0\nmail to=copy error=0"), &["keeps"]);
    check("MSG-013", &format!("{both}\n{FETCHED}\nmail to=COPY,RECEIPT error=0"), &["keeps"]);
    check("MSG-013", &format!("{both}\n{FETCHED}\nmail error=0\n{waited}"), &["breaks"]);
    check("MSG-013", &format!("{both}\n{FETCHED}\nmail error=0"), &["inconclusive"]);
    // Where mail never came, its way may be barred.
    check("MSG-013", &story(waited), &["inconclusive"]);
    let proven = format!("{}\ntransaction\ncollect {}", story("mail error=0"), TO.replace("t-1", "t-2"));
    check("MSG-013", &format!("{proven}\n{FETCHED}\n{waited}"), &["keeps", "breaks"]);
    check("MSG-013", &format!("{proven}\n{FETCHED}"), &["keeps", "inconclusive"]);
    check("MSG-013", &story(&format!("mail cut error=0\n{waited}")), &["breaks"]);
    check("MSG-013", &format!("profile no-mailto\n{}", story(waited)), &["breaks"]);
    // A refusal is borne, but not where the profile claims mail.
    let refused = format!("collect {TO}\nresponse error=1510");
    for (profile, said, points) in [
        ("", "tolerated", &["not-applicable"][..]),
        ("profile no-mailto\n", "keeps", &["not-applicable"]),
        ("profile mailto\n", "breaks", &[]),
    ] {
        check("MSG-013", &format!("{profile}{refused}"), &[said]);
        check("MSG-012", &format!("{profile}{refused}"), points);
        check("RSP-015", &format!("{profile}{refused}"), &[]);
    }
    check("MSG-013", &format!("collect {TO}\nresponse error=2011"), &[]);
    check("RSP-015", &format!("collect {TO}\nresponse error=2011"), &["breaks"]);
}

#[test]
fn alerts_by_mail_are_due_from_who_sends_alerts() {
    let waited = "wait alert expired";
    let asked = format!("collect alerts=mailto:alerts+t-1@mail.example\n{FETCHED}\nreceipt error=0");
    check("MSG-013", &format!("{asked}\nmail to=alerts error=0"), &["keeps"]);
    check("MSG-013", &format!("{asked}\n{waited}"), &["not-applicable"]);
    let refused = "collect alerts=mailto:alerts+t-1@mail.example\nresponse error=1520";
    check("MSG-013", refused, &["tolerated"]);
    let later = format!("collect alerts=mailto:alerts+t-1@mail.example\n{FETCHED}\nreceipt error=1520");
    check("MSG-013", &later, &["tolerated"]);
    let again = "transaction\ncollect alerts=mailto:alerts+t-2@mail.example";
    let ignored = format!("{asked}\nmail to=alerts error=0\n{again}\n{FETCHED}\nreceipt error=0\n{waited}");
    check("MSG-013", &ignored, &["keeps", "breaks"]);
}

#[test]
fn an_error_of_a_package_is_not_sought_where_mail_is_refused() {
    let provoked = format!("collect provokes=ERR-1310 {}", TO.replace("t-1", "t-2"));
    let refused =
        |code: u16| format!("collect\nresponse error=0\ntransaction\n{provoked}\nresponse error={code}");
    check("ERR-1310", &refused(2011), &["inconclusive"]);
    check("ERR-1310", &refused(10099), &["inconclusive"]);
    check("ERR-1310", &refused(1310), &["keeps"]);
    let by_http = refused(2011).replace("receipt=mailto:receipt+t-2@mail.example", "");
    check("ERR-1310", &by_http, &["breaks"]);
    let taken = format!("{}\ntransaction\n{}", story("mail error=0"), refused(2011).replace("t-2", "t-3"));
    check("ERR-1310", &taken, &["breaks"]);
}

#[test]
fn what_is_wrong_with_a_mail_is_told_once() {
    tells("MSG-012", &story("mail error=0 lf"), "in lines of name=value: line that does not end with CR LF");
    tells("MSG-013", &story("mail cut error=0"), "came to nothing: the connection ended within it");
}

#[test]
fn a_mail_that_may_still_come_is_not_missed() {
    let both = "collect receipt=mailto:receipt+t-1@mail.example,copy+t-1@mail.example";
    for (wait, said) in [
        ("receipt expired", "breaks"),
        ("quiet met", "breaks"),
        ("receipt not-due", "breaks"),
        ("receipt interrupted", "inconclusive"),
        ("quiet interrupted", "inconclusive"),
        ("receipt crowded", "inconclusive"),
        ("download met", "inconclusive"),
        ("alert expired", "inconclusive"),
    ] {
        check("MSG-013", &format!("{both}\n{FETCHED}\nmail error=0\nwait {wait}"), &[said]);
    }
    // Whoever gives a wait up makes nobody's mail late, and a mail that was refused has shown no way.
    let proven = format!("{}\ntransaction\ncollect {}", story("mail error=0"), TO.replace("t-1", "t-2"));
    let given_up = format!("{proven}\n{FETCHED}\nwait receipt given-up");
    check("MSG-013", &given_up, &["keeps", "inconclusive"]);
    check("MSG-013", &story("mail refused error=0\nwait receipt expired"), &["inconclusive"]);
}

#[test]
fn only_mail_that_is_due_is_waited_for() {
    let waited = "wait receipt expired";
    check("MSG-013", &format!("offer silent\ncollect {TO}\nresponse error=0\n{waited}"), &[]);
    let in_error = format!("collect {TO} package-type=none provokes=ERR-1431");
    check("MSG-013", &format!("{in_error}\nresponse error=0\n{waited}"), &[]);
    let no_receipt_url = format!("collect {TO} provokes=ERR-1500");
    check("MSG-013", &format!("{no_receipt_url}\n{FETCHED}\n{waited}"), &[]);
    check("MSG-013", &format!("collect receipt=mailto:a%40elsewhere.example\n{FETCHED}\n{waited}"), &[]);
    // A package that is not there is told by mail as well.
    let lost = format!("collect {TO} provokes=ERR-1310\nresponse error=0\ndownload 404");
    check("MSG-013", &format!("{lost}\nmail error=1310"), &["keeps"]);
}

#[test]
fn an_error_that_no_mail_tells_is_the_matter_of_the_mails_row() {
    let twin = "collect\nresponse error=0\ntransaction";
    let lost = format!("{twin}\ncollect provokes=ERR-1310 {}", TO.replace("t-1", "t-2"));
    let untold = format!("{lost}\nresponse error=0\ndownload 404\nwait receipt expired");
    check("ERR-1310", &untold, &["not-applicable"]);
}
