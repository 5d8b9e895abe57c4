//! Receipts and alerts whose answer leads elsewhere: the answer there counts.

use super::check;
use super::client::ACCEPTED;
use super::told::{explains_nothing, shows, tells};

const THERE: &str = "http://author.example/there?command=receipt";
const MOVED: &str = "answer status=302 location=/there";

fn led(then: &str) -> String {
    format!("{ACCEPTED}\nreceipt error=0\n{MOVED}\nled receipt {THERE}\n{then}")
}

#[test]
fn the_answer_that_a_redirect_leads_to_is_judged() {
    let there = led("answer error=0");
    for row in ["RSP-001", "RSP-002", "RSP-004", "RSP-015", "MSG-007", "CBK-001"] {
        check(row, &there, &["keeps"]);
    }
    check("RSP-010", &there, &["breaks"]);
    tells("RSP-010", &there, "was reached only by a redirect with HTTP status 302");
    // Each redirect on the way leads on.
    let far = led(&format!("{MOVED}\nled receipt http://author.example/far\nanswer error=0"));
    check("RSP-002", &far, &["keeps"]);
    check("RSP-010", &far, &["breaks"]);
    // What is wrong there is wrong, and whatever nobody follows is no answer.
    check("RSP-002", &led("answer empty"), &["breaks"]);
    check("RSP-001", &led("answer closed"), &["breaks"]);
    check("RSP-001", &led("answer refused"), &["inconclusive"]);
    check("RSP-002", &led(MOVED), &["breaks"]);
    check("RSP-002", &format!("{ACCEPTED}\nreceipt error=0\n{MOVED}"), &["breaks"]);
}

#[test]
fn a_callback_that_is_sent_anew_is_led_by_no_redirect() {
    let again = format!("{ACCEPTED}\nreceipt error=0\n{MOVED}\nreceipt error=0\nanswer error=0");
    check("RSP-002", &again, &["breaks", "keeps"]);
    check("RSP-010", &again, &["keeps"]);
    // Nor one to another address, or after another answer.
    let alert = format!("{ACCEPTED}\nreceipt error=0\n{MOVED}\nled alert {THERE}\nanswer error=0");
    check("RSP-002", &alert, &["breaks", "keeps"]);
    let taken = format!("{ACCEPTED}\nreceipt error=0\nanswer error=0\nled receipt {THERE}\nanswer error=0");
    check("RSP-010", &taken, &["keeps", "keeps"]);
    // Where nobody followed any further, the next one begins at the beginning.
    let later = format!("{}\nreceipt error=0\nanswer error=0", led(MOVED));
    check("RSP-010", &later, &["keeps"]);
    check("RSP-002", &later, &["breaks", "keeps"]);
}

#[test]
fn a_redirect_makes_get_of_post_and_the_method_that_was_sent_is_blamed() {
    let by_get = "receipt error=0\nanswer error=0";
    let posted = format!(
        "{ACCEPTED}\n{by_get}\nreceipt error=0 by=post\n{MOVED}\nled receipt {THERE}\nanswer error=2011"
    );
    check("MSG-008", &posted, &["breaks"]);
    check("MSG-007", &posted, &["keeps"]);
    check("RSP-015", &posted, &["keeps"]);
    check("MSG-008", &posted.replace("error=2011", "error=0"), &["keeps"]);
}

#[test]
fn an_answer_that_leads_to_a_host_that_nobody_allowed_is_not_known() {
    let moved = format!("{ACCEPTED}\nreceipt error=0\n{MOVED}");
    let alert = moved.replace("receipt", "alert");
    for (story, name) in [(&moved, "receipt"), (&alert, "alert")] {
        let barred = format!("{story}\nbarred {name}");
        check("RSP-001", &barred, &["inconclusive"]);
        tells("RSP-001", &barred, &format!("the answer to the {name} leads to another host"));
        tells("RSP-001", &barred, "--allow-host");
        shows("RSP-001", &barred, &[5, 6]);
        // Nothing else is said of an answer that is not known.
        for row in ["RSP-002", "RSP-006", "RSP-010", "CBK-001", "CBK-002", "MSG-007", "ERR-102"] {
            check(row, &barred, &[]);
        }
    }
    let unknown = format!("{moved}\nbarred receipt unresolved");
    tells("RSP-001", &unknown, "leads to a host whose name is not known here");
    explains_nothing("RSP-001", &unknown);
    // A place of no such kind, of the other callback, or of another answer, excuses nothing.
    for then in ["barred receipt scheme", "barred receipt address", "barred alert", "barred collect"] {
        check("RSP-002", &format!("{moved}\n{then}"), &["breaks"]);
    }
    for (one, other) in [("302", "404"), (" location=/there", "")] {
        check("RSP-002", &format!("{}\nbarred receipt", moved.replace(one, other)), &["breaks"]);
    }
    check("RSP-002", &moved.replace(ACCEPTED, &format!("{ACCEPTED}\nbarred receipt")), &["breaks"]);
    let earlier =
        format!("{ACCEPTED}\nreceipt error=0\nanswer status=304\nreceipt error=0\n{MOVED}\nbarred receipt");
    check("RSP-002", &earlier, &["breaks"]);
}

#[test]
fn what_went_in_several_parts_stays_with_its_row() {
    let parts = format!("{ACCEPTED}\nreceipt error=0 by=multipart\n{MOVED}\nled receipt {THERE}");
    for answer in ["answer empty", "answer error=2007"] {
        for row in ["RSP-002", "RSP-015", "CBK-001", "MSG-007"] {
            check(row, &format!("{parts}\n{answer}"), &[]);
        }
        check("MSG-014", &format!("{parts}\n{answer}"), &["breaks"]);
    }
    check("MSG-014", &format!("{parts}\nanswer error=0"), &["keeps"]);
}
