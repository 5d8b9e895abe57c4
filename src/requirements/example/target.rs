//! Stories of targets that differ in one point from one that is judged otherwise.

use super::told::tells;
use super::{CODE_OK, FETCHED, check, outcomes};
use crate::requirements::find;
use crate::requirements::verdict::Outcome;

#[test]
fn a_refusal_is_excused_by_what_explains_it_alone() {
    // Nothing is wrong with the package, so its transfer is no excuse.
    check("RSP-015", "collect\nresponse error=1310", &["breaks"]);
    check("RSP-015", "collect\nresponse error=1101\ncollect\nresponse error=1101", &["breaks", "breaks"]);
    // An element that nobody knows is MSG-018's matter.
    let unknown = "transaction\ncollect target-system-url=http://lms/\nresponse error=1101";
    check("RSP-015", &format!("{CODE_OK}\n{unknown}"), &["keeps"]);
    tells("RSP-015", "collect\nresponse error=401", "every collect was refused, and 401 may say that");
}

#[test]
fn a_method_is_to_blame_for_the_same_collect_alone() {
    let refused = |words: &str| format!("{CODE_OK}\ntransaction\ncollect {words}\nresponse error=1101");
    check("MSG-008", &refused("method=post"), &["breaks"]);
    check("MSG-008", &refused("method=post client=another"), &[]);
    check("MSG-006", &refused("order=reversed"), &["breaks"]);
    check("MSG-006", &refused("order=reversed client=another"), &[]);
}

#[test]
fn a_null_client_or_expiry_may_be_refused_by_its_own_code() {
    check("RSP-015", "collect client=\nresponse error=2010", &["tolerated"]);
    check("RSP-015", "collect package-url-expiry=\nresponse error=2009", &["tolerated"]);
    check("RSP-015", "collect client=\nresponse error=2009", &["breaks"]);
    check("RSP-015", "collect package-url-expiry=\nresponse error=2010", &["breaks"]);
    check("RSP-015", "collect\nresponse error=2010", &["breaks"]);
    check("RSP-015", "collect\nresponse error=2009", &["breaks"]);
}

#[test]
fn a_connection_that_is_reset_is_no_answer() {
    check("RSP-001", "collect\nreset", &["inconclusive"]);
    check("RSP-001", &format!("{CODE_OK}\ntransaction\ncollect\nreset"), &["keeps", "breaks"]);
}

#[test]
fn alerts_go_where_they_are_asked_for() {
    let received = format!("{FETCHED}\nreceipt error=0\n");
    check("ALR-002", &format!("{received}alert error=0"), &["keeps"]);
    check("ALR-002", &format!("{received}alert-to-receipt error=0"), &["breaks"]);
    let shared = received.replacen("collect", "collect alerts=http://h/t-1/receipt", 1);
    check("ALR-002", &format!("{shared}alert-to-receipt error=0"), &["keeps"]);
}

#[test]
fn a_callback_is_read_by_the_names_that_callbacks_have() {
    check("MSG-004", &format!("{FETCHED}\nreceipt error=0"), &["keeps"]);
    check("MSG-004", &format!("{FETCHED}\nreceipt error=0 x-vendor=1"), &["tolerated"]);
    let misspelt = format!("{FETCHED}\nreceipt error=0 -error-text error_text=x");
    check("MSG-004", &misspelt, &["breaks"]);
    let alert = format!("{FETCHED}\nreceipt error=0\nalert error=0 raw=client=a%20b");
    tells("MSG-001", &alert, "the alert is not written as a URI's query is");
    tells("MSG-001", &format!("{FETCHED}\nreceipt error=0 raw=client=a%20b"), "the receipt is not written");
}

#[test]
fn a_place_is_one_in_a_body() {
    let place = |by: &str| {
        let row = find("MSG-001").unwrap();
        let said = outcomes(row, &format!("{FETCHED}\nreceipt error=0 by={by} raw=client=a%20b"));
        said.iter().find_map(Outcome::finding).and_then(|finding| finding.offset)
    };
    assert_eq!((place("get").is_some(), place("post").is_some()), (false, true));
}

#[test]
fn what_is_long_is_shown_in_part() {
    let unknown = |length: usize| format!("{FETCHED}\nreceipt error=0 {}=1", "x".repeat(length));
    tells("MSG-004", &unknown(200), &format!("\"{}\"", "x".repeat(200)));
    tells("MSG-004", &unknown(201), &format!("\"{}...\"", "x".repeat(200)));
}

#[test]
fn a_strange_answer_has_a_likely_cause() {
    let redirects = [301, 302, 303, 307, 308].map(|status| (status, "the address redirects"));
    let others = [
        (401, "wants HTTP credentials"),
        (407, "wants HTTP credentials"),
        (403, "a CSRF filter"),
        (404, "no receiver answers at this path"),
        (410, "no receiver answers at this path"),
        (500, "its web server failed"),
        (599, "its web server failed"),
        (200, "page for people"),
        (499, "page for people"),
        (600, "page for people"),
    ];
    for (status, words) in redirects.into_iter().chain(others) {
        tells("RSP-002", &format!("collect\nresponse status={status} body=%3Chtml%3E%3C/html%3E"), words);
    }
}
