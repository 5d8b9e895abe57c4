//! Receipts and alerts of targets: whether they are due, in time, at their URL, and whole.

use super::told::tells;
use super::{FETCHED, check, escaped};

#[test]
fn no_receipt_is_owed_for_what_was_refused() {
    check("RCT-001", "collect\nresponse error=10001\nwait receipt expired", &[]);
    // Whoever fetched before it refused owes none either, but where it only warned of the expiry.
    let expired = "collect package-url-expiry=2005-01-01T00:00:00Z provokes=ERR-1322";
    for (collect, then, said) in [
        ("collect", "download 200\nresponse error=10001", &[][..]),
        (expired, "response error=1322", &[]),
        (expired, "response error=1322\ndownload 200", &["breaks"]),
    ] {
        check("RCT-001", &format!("{collect}\n{then}\nwait receipt expired"), said);
    }
}

#[test]
fn a_receipt_at_another_url_is_the_matter_of_one_row() {
    let at_alerts = format!("{FETCHED}\nreceipt-to-alerts error=0\nwait receipt expired");
    check("RCT-001", &at_alerts, &["breaks"]);
    for row in ["RCT-004", "RCT-005", "RCT-006", "RCT-007"] {
        check(row, &at_alerts, &[]);
    }
    let astray = |command: &str| {
        let line =
            format!("GET /elsewhere?command={command}&error=0&package-id=http://penspec.example/Course-t-1");
        format!("{FETCHED}\nreceipt target={}\nwait receipt expired", escaped(&line))
    };
    check("RCT-001", &astray("receipt"), &[]);
    check("RCT-007", &astray("receipt"), &["breaks"]);
    check("RCT-001", &astray("alert"), &["breaks"]);
    check("RCT-007", &astray("alert"), &[]);
    let alert = format!("{FETCHED}\nalert-to-receipt error=0");
    for row in ["RCT-004", "RCT-005", "RCT-006", "RCT-007"] {
        check(row, &alert, &[]);
    }
}

#[test]
fn what_comes_to_the_alerts_url_is_named() {
    let lost = format!("{FETCHED}\nreceipt-to-alerts error=0\nwait receipt expired");
    tells("RCT-001", &lost, "it came to the alerts URL");
    let alert_alone = format!("{FETCHED}\nalert error=0\nwait receipt expired");
    tells("RCT-001", &alert_alone, "though the target reaches our address");
    // Beside a receipt it is an alert that calls itself one.
    check("ALR-004", &lost, &[]);
    let beside = format!("{FETCHED}\nreceipt error=0\nalert error=0\nreceipt-to-alerts error=0");
    check("ALR-004", &beside, &["keeps", "breaks"]);
    tells("ALR-004", &beside, "its command is \"receipt\"");
}

#[test]
fn a_callback_is_read_as_a_query_wherever_it_goes() {
    let id = "package-id=http://penspec.example/Course-t-1";
    let sent = |query: &str| {
        format!("{FETCHED}\nreceipt target={}", escaped(&format!("GET /elsewhere?{query}&{id}")))
    };
    for command in ["receipt", "alert"] {
        check("MSG-001", &sent(&format!("command={command}&error=0")), &["keeps"]);
    }
    // What does not call itself one, and goes where none is expected, is none.
    check("MSG-001", &sent("error=0"), &[]);
    check("MSG-001", &format!("{FETCHED}\nreceipt error=0 -command"), &["keeps"]);
}

#[test]
fn an_alert_is_not_missed_where_more_came_than_was_served() {
    let good = format!("{FETCHED}\nreceipt error=0\nalert error=0\ntransaction");
    let bad = "collect provokes=ERR-1432\nresponse error=0\ndownload 200\nreceipt error=0";
    for (wait, said) in [("expired", "breaks"), ("crowded", "inconclusive"), ("interrupted", "inconclusive")]
    {
        check("ALR-003", &format!("{good}\n{bad}\nwait alert {wait}"), &[said]);
    }
}

#[test]
fn a_receipt_is_not_missed_where_more_came_than_was_served() {
    let proven = format!("{FETCHED}\nreceipt error=0\ntransaction\n{FETCHED}");
    check("RCT-001", &format!("{proven}\nwait receipt expired"), &["keeps", "breaks"]);
    let crowded = format!("{proven}\nwait receipt crowded");
    check("RCT-001", &crowded, &["keeps", "inconclusive"]);
    tells("RCT-001", &format!("{proven}\nwait receipt interrupted"), "the run ended before a receipt came");
    tells(
        "RCT-001",
        &crowded,
        "cannot be told whether a receipt came: more connections came at once than penspec serves",
    );
}

#[test]
fn a_receipt_is_late_when_its_own_wait_was_over() {
    for (waits, said) in [
        ("wait receipt expired", "advice"),
        ("wait receipt interrupted", "keeps"),
        ("wait download expired", "keeps"),
        ("wait download met", "keeps"),
    ] {
        let story = format!("collect\nresponse error=0\n{waits}\ndownload 200\nreceipt error=0");
        check("RCT-001", &story, &[said]);
    }
    check(
        "RCT-001",
        "collect\nresponse error=0\ndownload 200\nreceipt error=0\nwait receipt met",
        &["keeps"],
    );
    // One whose first byte had come when the wait was over was on its way.
    let expired = "collect\nresponse error=0\ndownload 200\nwait receipt expired";
    for (took, said) in [("took=0", "advice"), ("took=1", "keeps"), ("took=2", "keeps")] {
        check("RCT-001", &format!("{expired}\nreceipt error=0 {took}"), &[said]);
    }
}

#[test]
fn a_receipt_has_its_command_and_a_result_that_can_be_read() {
    let receipt = |words: &str| format!("{FETCHED}\nreceipt {words}");
    check("RCT-004", &receipt("error=0"), &["keeps"]);
    for (words, why) in [
        ("error=0 -command", "it has no command"),
        ("error=0 command=Receipt", "its command is \"Receipt\""),
        ("error=none", "its error \"none\" is no integer from 0 to 65535"),
        ("error=65536", "its error \"65536\" is no integer from 0 to 65535"),
    ] {
        check("RCT-004", &receipt(words), &["breaks"]);
        tells("RCT-004", &receipt(words), why);
    }
}

#[test]
fn a_receipt_that_repeats_nothing_repeats_nothing_wrong() {
    let nothing =
        "-package-type -package-type-version -package-format -package-id -package-url -client error=0";
    check("RCT-006", &format!("{FETCHED}\nreceipt {nothing}"), &[]);
    check("RCT-006", &format!("{FETCHED}\nreceipt {nothing} package-type=scorm-pif"), &["keeps"]);
}

/// What a target does when its receipt was acknowledged in another way than usual shows in its alerts.
#[test]
fn an_acknowledgement_that_is_not_as_usual_is_one_of_a_receipt() {
    let acknowledged = |words: &str, then: &str| {
        format!("collect\nresponse error=0\ndownload 200\nreceipt error=0 {words}\n{then}")
    };
    let quiet = "wait quiet met";
    check("RCT-008", &acknowledged("", quiet), &[]);
    for words in ["ack=empty", "ack=error", "acked=501", "acked=600"] {
        check("RCT-008", &acknowledged(words, quiet), &["review"]);
        for then in ["", "wait alert expired", "wait quiet interrupted", "wait receipt met"] {
            check("RCT-008", &acknowledged(words, then), &["inconclusive"]);
        }
        check("RCT-008", &acknowledged(words, "alert error=0"), &["keeps"]);
        check("RCT-008", &acknowledged(words, "alert error=1500"), &["breaks"]);
        check("RCT-008", &acknowledged(words, "alert error=0\nalert error=1500"), &["breaks"]);
        // Of what it has kept a target may tell more, by codes of its own.
        check("RCT-008", &acknowledged(words, "alert error=10001"), &["breaks"]);
        check("RCT-008", &acknowledged(words, "alert error=0\nalert error=10001"), &["keeps"]);
        // Who was not told that it was taken may send it again.
        check("RCT-003", &acknowledged(words, "receipt error=0"), &["keeps"]);
    }
    for words in ["acked=499", "acked=500"] {
        check("RCT-008", &acknowledged(words, quiet), &[]);
        check("RCT-003", &acknowledged(words, "receipt error=0"), &["breaks"]);
    }
    // What is no receipt is refused for what it is, and to a mail nobody answers.
    check("RCT-008", &acknowledged("-command ack=error", quiet), &[]);
    let mailed =
        "collect receipt=mailto:receipt+t-1@mail.example\nresponse error=0\ndownload 200\nmail error=0";
    for command in ["", "command=receipt"] {
        check("RCT-008", &format!("{mailed} {command}\n{quiet}"), &[]);
    }
}

#[test]
fn a_plus_in_a_body_is_a_space_and_comes_back_as_one() {
    let told = |collect: &str, receipt: &str| {
        format!(
            "collect {collect} client=the%20author\nresponse error=0\nreceipt error=0\nreceipt error=0 {receipt}"
        )
    };
    let plus = "client=the%2Bauthor";
    check("MSG-008", &told("method=post", plus), &["keeps", "breaks"]);
    check("MSG-008", &told("method=post", "client=the%20author"), &["keeps"]);
    // A target may give its own name, whatever stands in that.
    check("MSG-008", &told("method=post", "client=the%2Blms"), &["keeps"]);
    check("MSG-008", &told("method=post", "-client"), &["keeps"]);
    // A query has no + for a space, and its own row.
    check("MSG-008", &told("", plus), &[]);
    // What we repeat to a client is our own matter.
    let ours = "role client\ncollect method=post client=the%20author\nreceipt error=0 client=the%2Bauthor\nanswer error=0";
    check("MSG-008", ours, &[]);
    let compared = "the client came back with a plus for each + of the body, which is a space";
    tells("MSG-008", &told("method=post", plus), compared);
}
