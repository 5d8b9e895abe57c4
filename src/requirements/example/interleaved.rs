//! What a target makes of the sample stream: its own order, two transactions at once, a browser's window.

use super::told::tells;
use super::{CODE_OK, check};

const RECEIPT: &str = "receipt error=0";

#[test]
fn the_stages_of_a_target_stand_in_their_order() {
    let stream = |stages: &str| format!("collect\nresponse error=0\n{stages}");
    check("SEQ-001", &stream("download 200\nreceipt error=0\nalert error=0"), &["keeps"]);
    let early = stream("download 200\nalert error=0\nreceipt error=0");
    check("SEQ-001", &early, &["breaks"]);
    tells("SEQ-001", &early, "an alert came before the receipt");
    // Sent at once, they may arrive in any order.
    for (took, said) in [("took=1", "breaks"), ("took=2", "keeps"), ("took=3", "keeps")] {
        check("SEQ-001", &format!("{early} {took}"), &[said]);
    }
    for stages in ["download 200", "receipt error=0", "download 404\nreceipt error=0"] {
        check("SEQ-001", &stream(stages), &[]);
    }
}

#[test]
fn a_stream_with_something_wrong_on_purpose_is_not_that_of_the_sample() {
    let stages = "response error=0\ndownload 200\nreceipt error=0";
    for begun in ["offer uncommon\ncollect", "collect provokes=ERR-1432", "collect -client provokes=ERR-2010"]
    {
        check("SEQ-001", &format!("{begun}\n{stages}"), &[]);
    }
}

#[test]
fn transactions_are_at_once_where_one_begins_within_the_other() {
    let published = |answer: u16| format!("collect\nresponse error={answer}");
    let other = "package-id=http://penspec.example/Course-t-1";
    let (begun, receipt) = (published(0), format!("{RECEIPT} {other}"));
    check("SEQ-002", &format!("{begun}\n{RECEIPT}"), &[]);
    let two = format!("{begun}\ntransaction\n{begun}");
    check("SEQ-002", &format!("{two}\n{RECEIPT}\n{RECEIPT} of=1"), &["keeps", "keeps"]);
    check("SEQ-002", &format!("{two}\n{RECEIPT}"), &[]);
    // Nothing shows that receipts are kept apart where one of them was there before the other collect came.
    let after = format!("{begun}\n{RECEIPT}\ntransaction\n{begun}\n{RECEIPT}");
    check("SEQ-002", &format!("{after}\nalert error=0 of=1\nalert error=0"), &[]);
    check("SEQ-002", &format!("{after}\nalert error=0 of=1 {}", "package-id=http://h/other"), &["breaks"]);
    // The first was sent again after the other, and its second receipt is for that.
    check("SEQ-002", &format!("{after}\nagain 1\nresponse error=0\n{RECEIPT} of=1"), &[]);
    check(
        "SEQ-002",
        &format!("{after}\nagain 1\nresponse error=0\n{RECEIPT}\n{RECEIPT} of=1"),
        &["keeps", "keeps"],
    );
    check("SEQ-002", &format!("{two}\n{RECEIPT} of=1\nalert error=0 of=1\n{RECEIPT}"), &["keeps", "keeps"]);
    check("SEQ-002", &format!("{begun}\ntransaction\n{begun}\n{receipt}"), &["breaks"]);
    // The first was over, or never begun.
    check("SEQ-002", &format!("{begun}\n{RECEIPT}\ntransaction\n{begun}\n{receipt}"), &[]);
    check("SEQ-002", &format!("{}\ntransaction\n{begun}\n{receipt}", published(2011)), &[]);
}

#[test]
fn a_callback_of_two_at_once_may_write_its_package_in_another_way() {
    let told =
        |id: &str| format!("{CODE_OK}\ntransaction\n{CODE_OK}\n{RECEIPT} of=1\n{RECEIPT} package-id={id}");
    check("SEQ-002", &told("http://PENSPEC.example/Course-t-2"), &["keeps", "keeps"]);
    check("SEQ-002", &told("http://penspec.example/course-t-2"), &["keeps", "breaks"]);
}

#[test]
fn only_an_answer_of_pens_to_a_browser_is_judged_in_its_window() {
    let attached = "disposition=attachment";
    check("SEQ-003", &format!("collect accept=text/html\nresponse error=0 {attached}"), &["breaks"]);
    check("SEQ-003", &format!("collect accept=*/*,image/png\nresponse error=0 {attached}"), &[]);
    check("SEQ-003", &format!("collect accept=text/html\nresponse body=hello {attached}"), &[]);
}
