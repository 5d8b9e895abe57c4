//! `client/interleaved`: a client that is made to publish a second time while the first is under way, by tools that can
//! and by tools that cannot.

use std::collections::BTreeSet;

use penspec::requirements::verdict::Verdict;
use penspec::transcript::entry::TriggerEnd;

use crate::clients::{amiss, by_hand, check, cut_short, get, holding, parts, triggers};
use crate::judged::{judge_again, read_run};
use crate::peer::answering;
use crate::process::{Desk, PENSPEC};

const CASE: &str = "client/interleaved";

/// What is said of the row, each sentence once.
fn said(desk: &Desk) -> (Verdict, BTreeSet<String>) {
    let rows = read_run(desk).judgement.rows;
    let judged = rows.into_iter().find(|judged| judged.row.id == "SEQ-002").unwrap();
    let messages = judged.findings().map(|(_, finding)| finding.message.clone()).collect();
    (judged.verdict, messages)
}

#[test]
fn two_commands_publish_at_once() {
    let desk = Desk::new();
    let ended = check(&desk, &[CASE, "--trigger", &holding()]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!((cut_short(&desk), amiss(&desk)), (Vec::new(), vec!["MSG-009 warning".to_owned()]));
    assert_eq!(said(&desk), (Verdict::Pass, BTreeSet::new()));
    let evidence = read_run(&desk).evidence;
    assert_eq!(triggers(&evidence).len(), 2);
    let [first, second] = evidence.transactions.as_slice() else { panic!("{evidence:?}") };
    assert!([first, second].iter().all(|seen| seen.downloads.len() == 1 && seen.callbacks.len() == 2));
    let moment = |entry: usize| first.callbacks[entry].exchange.request.first_byte_us;
    assert!(second.collects[0].request.first_byte_us < moment(0));
    assert!(second.callbacks[0].exchange.request.first_byte_us < moment(1));
    judge_again(&desk);
}

/// The second command ends with a failure at once: the case goes on with the first.
#[test]
fn a_tool_that_refuses_to_publish_twice_at_once_is_not_failed() {
    let desk = Desk::new();
    let once = format!("mkdir busy && exec {PENSPEC} mock client --once --for 20s {{target_url}}");
    let ended = check(&desk, &[CASE, "--trigger", &once]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    assert_eq!(amiss(&desk), ["MSG-009 warning", "SEQ-002 inconclusive"]);
    let why = "a second publishing was asked for while the first was under way, and its collect did not come";
    assert_eq!(said(&desk), (Verdict::Inconclusive, BTreeSet::from([why.to_owned()])));
    let evidence = read_run(&desk).evidence;
    let mut ends: Vec<TriggerEnd> = triggers(&evidence).iter().map(|triggered| triggered.ended).collect();
    assert_eq!((ends.remove(0), ends.len()), (TriggerEnd::Failed, 1));
    let [only] = evidence.transactions.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((only.downloads.len(), only.callbacks.len()), (1, 2));
}

/// A service that leaves the second wish alone is waited for, and the first goes on.
#[test]
fn a_tool_that_publishes_one_after_the_other_is_not_failed() {
    let (desk, client) = (Desk::new(), by_hand());
    let running =
        desk.start(&["test", "client", CASE, "--trigger-url", client.hook_url(), "--limit", "collect=1s"]);
    client.publish(str::to_owned);
    assert!(client.next_address().ends_with("/pens"));
    running.end();
    assert_eq!(cut_short(&desk), Vec::<String>::new());
    assert_eq!(said(&desk).0, Verdict::Inconclusive);
    assert_eq!(read_run(&desk).evidence.transactions[0].callbacks.len(), 2);
}

/// One course, one package-id, one receipt URL: both are taken, and nobody can tell whose they are.
#[test]
fn the_same_course_twice_at_once_proves_nothing() {
    let (desk, client) = (Desk::new(), by_hand());
    let package = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nPK");
    let running = desk.start(&["test", "client", CASE, "--trigger-url", client.hook_url()]);
    for _ in 0..2 {
        let (address, query) = (client.next_address(), client.query(&format!("{}/a.zip", package.url)));
        assert!(get(&address, &format!("{}?{query}", parts(&address).1)).contains("error=0\r\n"));
    }
    let ended = running.end();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let (verdict, messages) = said(&desk);
    assert_eq!((verdict, messages.len()), (Verdict::Inconclusive, 2));
    assert!(messages.iter().all(|said| said.ends_with("so nobody can tell whose it was")), "{messages:?}");
}
