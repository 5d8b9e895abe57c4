//! Stories of what a target has to take as it is: long values, few and many elements, odd methods, a resend.

use super::{CODE_OK, check};

const TWIN: &str = "collect\nresponse error=0\ntransaction";
const REFUSED: &str = "response error=1201";

#[test]
fn a_long_value_gets_through_by_one_method_at_least() {
    let long = |method: &str, answer: &str| format!("collect long method={method}\nresponse {answer}");
    let (get, post) = (long("get", "error=1201"), long("post", "error=0"));
    check("MSG-011", &format!("{get}\ntransaction\n{}", long("post", "error=1101")), &["breaks"]);
    check("MSG-011", &get, &["inconclusive"]);
    // A HEAD is no attempt by the other method.
    check("MSG-011", &format!("{}\ntransaction\n{get}", long("head", "status=414")), &["inconclusive"]);
    check("MSG-011", &format!("{get}\ntransaction\n{post}"), &["keeps"]);
    // One that is understood otherwise is better understood with long values, too.
    let both = format!("transaction\n{get}\ntransaction\n{post}");
    check("MSG-011", &format!("{CODE_OK}\n{both}"), &["keeps", "advice"]);
    check("MSG-011", &format!("collect\n{REFUSED}\n{both}"), &["keeps"]);
    check("MSG-011", &format!("collect method=post\nresponse error=0\n{both}"), &["keeps"]);
    check("MSG-011", &format!("{}\n{both}", long("get", "error=0")), &["keeps", "keeps"]);
}

#[test]
fn an_answer_to_a_long_value_is_judged_where_it_is_one() {
    check("RSP-004", "collect long\nresponse error=0", &["keeps"]);
    check("RSP-002", "collect long\nresponse status=500 body=%3Chtml%3E", &[]);
    check("RSP-002", "collect\nresponse status=500 body=%3Chtml%3E", &["breaks"]);
    check("RSP-004", "collect provokes=RSP-016\nresponse body=%3Cform%3E", &[]);
    check("RSP-004", "collect method=head\nresponse error=0", &[]);
    check("RSP-004", "collect\nresponse status=405 error=0", &[]);
}

#[test]
fn a_head_is_watched_until_nothing_comes() {
    let head = "collect method=head\nresponse status=200";
    check("MSG-015", &format!("{head}\nwait quiet met"), &["keeps"]);
    check("MSG-015", &format!("{head}\nwait quiet interrupted"), &[]);
    check("MSG-015", &format!("{head}\nwait receipt expired"), &[]);
}

#[test]
fn the_two_sets_of_elements_are_taken() {
    check("MSG-017", "collect\nresponse error=0", &[]);
    check("MSG-017", "collect -alerts\nresponse error=0", &["keeps"]);
    check("MSG-017", "collect -alerts system-user-id=x\nresponse error=0", &["keeps"]);
    for spoilt in ["client=", "package-url-expiry=", "color=blue", "-client"] {
        check("MSG-017", &format!("collect -alerts {spoilt}\nresponse error=0"), &[]);
    }
    // What else may be refused is another row's, and what is not proven to be taken is none's.
    check("MSG-017", &format!("{TWIN}\ncollect -alerts\n{REFUSED}"), &["breaks"]);
    check("MSG-017", &format!("{TWIN}\ncollect -alerts provokes=ERR-1431\n{REFUSED}"), &[]);
    check("MSG-017", &format!("{TWIN}\ncollect -alerts method=head\nresponse status=200"), &[]);
    check("MSG-017", &format!("{TWIN}\ncollect -alerts\nresponse status=405 error=2011"), &[]);
    let refused = format!("collect\n{REFUSED}\ntransaction\ncollect -alerts\n{REFUSED}");
    check("MSG-017", &refused, &["inconclusive"]);
    let by_post = format!("collect method=post\nresponse error=0\ntransaction\ncollect -alerts\n{REFUSED}");
    check("MSG-017", &by_post, &["inconclusive"]);
    let provoked =
        format!("collect provokes=ERR-1431\nresponse error=0\ntransaction\ncollect -alerts\n{REFUSED}");
    check("MSG-017", &provoked, &["inconclusive"]);
}

#[test]
fn a_resend_is_one_of_a_valid_collect() {
    let twice = |collect: &str, answer: &str| {
        format!("{collect}\n{answer}\n{collect}\n{answer}\nwait receipt expired")
    };
    check("PKG-012", "collect\nresponse error=0\nwait receipt expired", &[]);
    check("PKG-012", &twice("collect", "response error=0"), &["inconclusive"]);
    check("PKG-012", &twice("collect", "response error=0\ndownload 200"), &["breaks"]);
    // Two receipts for the first prove nothing of the second, nor does a wait that was over before it.
    let first = "collect\nresponse error=0\ndownload 200\nreceipt error=0";
    let second = "collect\nresponse error=0";
    check("PKG-012", &format!("{first}\nreceipt error=0\n{second}\nwait receipt met"), &["inconclusive"]);
    check("PKG-012", &format!("{first}\nwait receipt met\n{second}"), &["inconclusive"]);
    check("PKG-012", &format!("{first}\nwait receipt expired\n{second}"), &["inconclusive"]);
    for then in ["wait receipt expired", "wait receipt given-up", "wait receipt met\nwait download expired"] {
        check("PKG-012", &format!("{first}\nreceipt error=0\n{second}\n{then}"), &["breaks"]);
    }
    check("PKG-012", &twice("collect provokes=ERR-1431", "response error=0"), &[]);
    check("PKG-012", &twice("collect method=head", "response error=0"), &[]);
}

#[test]
fn the_same_in_another_order_has_an_earlier_twin() {
    let then =
        |collect: &str, other: &str| format!("{collect}\nresponse error=0\ntransaction\n{other}\n{REFUSED}");
    let reversed = "collect order=reversed";
    check("MSG-006", &then("collect", reversed), &["breaks"]);
    check("MSG-006", &then("collect", "collect"), &[]);
    check("MSG-006", &then("collect", "collect client=other order=reversed"), &[]);
    check("MSG-006", &then("collect method=post", reversed), &[]);
    check("MSG-006", &then("collect provokes=ERR-1432", reversed), &[]);
    for address in
        ["package-id=http://penspec.example/other", "package-url=http://h/b.zip", "receipt=http://h/r"]
    {
        check("MSG-006", &then(&format!("collect {address}"), reversed), &[]);
    }
    check("MSG-006", &then("offer uncommon\ncollect", reversed), &[]);
}

#[test]
fn a_method_is_to_blame_where_it_alone_differs() {
    let by_post = |answer: &str| format!("{TWIN}\ncollect method=post\nresponse {answer}");
    check("MSG-008", &by_post("error=1101"), &["breaks"]);
    check("MSG-008", &by_post("error=1322 date=Fri,%2001%20Jan%202100%2000:00:00%20GMT"), &[]);
    check("MSG-008", &format!("{TWIN}\ncollect method=post client=other\nresponse error=1101"), &[]);
}

#[test]
fn what_follows_from_a_collect_in_error_is_its_own_rows() {
    let in_error = "collect provokes=ERR-1431\nresponse error=0\nwait receipt expired";
    for id in ["RCT-001", "SEQ-001", "PKG-012", "MSG-007"] {
        check(id, in_error, &[]);
    }
}
