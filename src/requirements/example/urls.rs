//! Stories of URLs with a query of their own, and of requests that go where they should or elsewhere.

use super::told::tells;
use super::{FETCHED, check, escaped, outcomes};
use crate::requirements::find;
use crate::requirements::verdict::{Finding, Outcome};

/// A collect whose URL of this name has a query, its package fetched.
fn with_own_query(name: &str, query: &str) -> String {
    let url = format!("http://h/t-1/{name}?{query}");
    FETCHED.replacen("collect", &format!("collect {name}={}", escaped(&url)), 1)
}

fn received(id: &str, story: &str) -> Option<String> {
    let said = outcomes(find(id).expect("the row is there"), story);
    said.iter().find_map(Outcome::finding).and_then(|Finding { received, .. }| received.clone())
}

#[test]
fn a_query_that_is_lost_is_told_once() {
    let receipt = with_own_query("receipt", "a=1");
    check("MSG-010", &format!("{receipt}\nreceipt error=0 query=dropped"), &["breaks"]);
    // A POST to the receipt URL is RCT-007's matter; one to the alerts URL has no other row.
    let by_post = format!("{receipt}\nreceipt error=0 by=post query=dropped");
    check("MSG-010", &by_post, &[]);
    check("RCT-007", &by_post, &["breaks"]);
    let alert = format!("{}\nreceipt error=0\nalert error=0", with_own_query("alerts", "a=1"));
    check("MSG-010", &alert, &["keeps"]);
    check("MSG-010", &format!("{alert} by=post query=dropped"), &["breaks"]);
}

#[test]
fn a_query_is_kept_wherever_it_stands() {
    let asked = |own: &str, query: &str| {
        let line = format!("GET /t-1/receipt?{query}");
        format!("{}\nreceipt error=0 target={}", with_own_query("receipt", own), escaped(&line))
    };
    for query in ["a=1&command=receipt&error=0", "command=receipt&error=0&a=1", "a=1"] {
        check("MSG-010", &asked("a=1", query), &["keeps"]);
    }
    check("MSG-010", &asked("a=1&b=2", "b=2&command=receipt&error=0&a=1"), &["keeps"]);
    tells("MSG-010", &asked("a=1", "a=1?command=receipt&error=0"), "second question mark");
    // What begins as the query does is another.
    tells("MSG-010", &asked("a=1", "a=12&command=receipt&error=0"), "was lost");
    tells("MSG-010", &asked("a=1&b=2", "a=1&command=receipt&error=0"), "was lost");
}

#[test]
fn a_command_in_the_query_of_a_post_is_no_query_of_the_url() {
    let line = escaped("POST /t-1/receipt?command=receipt&error=0");
    check("RCT-007", &format!("{FETCHED}\nreceipt error=0 target={line}"), &["keeps"]);
}

#[test]
fn of_a_callback_that_went_astray_is_shown_where_it_went() {
    let astray = |method: &str| {
        let line = format!(
            "{method} /t-1/receipt/?command=receipt&error=0&package-id=http://penspec.example/Course-t-1"
        );
        format!("{FETCHED}\nreceipt error=0 target={}", escaped(&line))
    };
    assert_eq!(received("RCT-007", &astray("GET")).as_deref(), Some("/t-1/receipt/"));
}

#[test]
fn a_collect_goes_to_the_host_of_its_url() {
    let sent = |words: &str| format!("role client\ncollect {words}\nresponse error=0");
    check("MSG-016", &sent(""), &["keeps"]);
    check("MSG-016", &sent("host=other.example"), &["breaks"]);
    // A request line with a whole URL says the host, and the header says it a second time.
    check("MSG-016", &sent("to=http://target.example/pens host=other.example"), &["keeps"]);
    check("MSG-016", &sent("to=http://other.example/pens"), &["breaks"]);
    // A URL in the query is no host.
    check("MSG-016", &sent("raw=package-url%3Dhttp://author.example/a.zip"), &["keeps"]);
}
