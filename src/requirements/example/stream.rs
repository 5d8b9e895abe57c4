//! Stories of clients and the sample stream: its stages one after the other, and two publishings at once.

use super::check;
use super::told::tells;

const FETCHED: &str = "role client\ncollect\nresponse error=0\nfetch 200";
const RECEIPT: &str = "receipt error=0\nanswer error=0";
const LEFT: &str = "nobody was there to answer the receipt: the command that publishes had ended";
const ALERT: &str = "alert error=0\nanswer error=0";

#[test]
fn a_client_does_its_stages() {
    let stages = |words: &str, then: &[&str]| {
        let begun = FETCHED.replacen("collect", &format!("collect {words}"), 1);
        format!("{begun}\n{}", then.join("\n"))
    };
    check("SEQ-001", &stages("", &[RECEIPT, ALERT, ALERT]), &["keeps"]);
    check("SEQ-001", &stages("-alerts", &[RECEIPT]), &["keeps"]);
    check("SEQ-001", &stages("receipt=mailto:a%40b.c", &[ALERT]), &["keeps"]);
    for answer in ["error=2007", "empty", "status=500"] {
        let refused = |said: &str| format!("{said} error=0\nanswer {answer}");
        check("SEQ-001", &stages("", &[&refused("receipt")]), &["breaks"]);
        check("SEQ-001", &stages("", &[RECEIPT, ALERT, &refused("alert")]), &["breaks"]);
    }
    // What never came has a row of its own.
    check("SEQ-001", &stages("", &["receipt error=0\nanswer silent"]), &["inconclusive"]);
    check("SEQ-001", &stages("", &[RECEIPT, "alert error=0\nanswer closed"]), &["inconclusive"]);
    let silent = stages("", &["receipt error=0\nanswer silent"]);
    tells("SEQ-001", &silent, "the receipt got no answer, so what would follow was not seen");
    let refused = "receipt error=0\nanswer refused";
    tells("SEQ-001", &stages("", &[refused]), "the receipt got no answer");
    tells("SEQ-001", &stages("", &["left", refused]), LEFT);
    // The package came after its collect.
    let late = FETCHED.replace("fetch 200", "fetch 404\nfetch 200");
    check("SEQ-001", &format!("{late}\n{RECEIPT}\n{ALERT}"), &["breaks"]);
    let guarded = stages("package-url-user-id=tk package-url-password=pw", &[RECEIPT, ALERT]);
    check("SEQ-001", &guarded.replace("fetch 200", "fetch 401\nfetch 200 auth"), &["keeps"]);
}

#[test]
fn a_stream_that_was_not_played_to_its_end_is_not_kept() {
    for then in [
        "",
        RECEIPT,
        "receipt error=1310\nanswer error=0\nalert error=0\nanswer error=0",
        "receipt error=0 package-id=http://nobody.example/1\nanswer error=2007",
        "receipt error=0\nanswer status=405",
        "receipt error=0 by=multipart\nanswer empty",
        "alert error=0\nanswer error=0\nreceipt error=0\nanswer error=0",
    ] {
        check("SEQ-001", &format!("{FETCHED}\n{then}"), &[]);
    }
    let whole = format!("{FETCHED}\n{RECEIPT}\n{ALERT}");
    check("SEQ-001", &whole, &["keeps"]);
    for (without, with) in [
        ("fetch 200\n", ""),
        ("fetch 200", "fetch 404"),
        ("fetch 200", "fetch 200 body=%3Chtml%3E"),
        ("response error=0", "response error=1322"),
    ] {
        check("SEQ-001", &whole.replace(without, with), &[]);
    }
    let mail = "role client\ncollect receipt=mailto:a%40b.c alerts=mailto:a%40b.c";
    for id in ["SEQ-001", "SEQ-002"] {
        check(id, mail, &["not-applicable"]);
    }
}

/// Two collects, each fetched, before anything else is said.
fn together(second: &str) -> String {
    let published = |words: &str| format!("collect {words}\nresponse error=0");
    let first = published("receipt=http://author.example/receipt/1");
    format!("role client\n{first}\n{}\nfetch 200 of=1\nfetch 200 of=2", published(second))
}

const OWN_URL: &str = "receipt=http://author.example/receipt/2";

#[test]
fn two_publishings_at_once_are_not_mixed_up() {
    let both = |second: &str, one: &str, other: &str| {
        let said = |of: u8, answer: &str| format!("receipt error=0 of={of}\nanswer {answer}");
        format!("{}\n{}\n{}", together(second), said(1, one), said(2, other))
    };
    let own_id = "package-id=http://author.example/Course-2 receipt=http://author.example/receipt/1";
    let alike = "receipt=http://author.example/receipt/1";
    for second in [OWN_URL, own_id] {
        check("SEQ-002", &both(second, "error=0", "error=0"), &["keeps", "keeps"]);
        check("SEQ-002", &both(second, "error=2007", "error=0"), &["breaks", "keeps"]);
        check("SEQ-002", &both(second, "error=0", "empty"), &["keeps", "breaks"]);
        check("SEQ-002", &both(second, "error=0", "silent"), &["keeps", "inconclusive"]);
    }
    let asked = both(alike, "error=0", "error=0").replacen("role client", "role client\nproves SEQ-002", 1);
    check("SEQ-002", &asked, &["inconclusive", "inconclusive"]);
    // Where one publishing was asked for, its collect was sent again.
    check("SEQ-002", &both(alike, "error=0", "error=0"), &[]);
    // Who takes none does not mix them up.
    check("SEQ-002", &both(OWN_URL, "error=2007", "error=2007"), &["inconclusive", "inconclusive"]);
    let lost = both(OWN_URL, "error=0", "error=0").replace("fetch 200 of=1", "fetch 404 of=1");
    check("SEQ-002", &lost, &["keeps", "breaks", "keeps"]);
    tells("SEQ-002", &lost, "of two publishings at once one has lost its package");
    for nothing in ["fetch 404", "fetch 200 body="] {
        let never_there =
            lost.replace("fetch 404", nothing).replace("fetch 200 of", &format!("{nothing} of"));
        check("SEQ-002", &never_there, &["keeps", "inconclusive", "keeps", "inconclusive"]);
    }
}

#[test]
fn a_command_that_has_ended_mixes_nothing_up() {
    let unanswered = |left: &str| {
        let taken = "receipt error=0 of=1\nanswer error=0";
        format!("{}\n{taken}\n{left}receipt error=0 of=2\nanswer refused", together(OWN_URL))
    };
    for left in ["", "left\n"] {
        check("SEQ-002", &unanswered(left), &["keeps", "inconclusive"]);
    }
    tells("SEQ-002", &unanswered(""), "the receipt for one of two publishings at once got no answer");
    tells("SEQ-002", &unanswered("left\n"), LEFT);
}

#[test]
fn publishings_that_never_met_are_not_judged() {
    let one = "collect\nresponse error=0\nfetch 200\nreceipt error=0\nanswer error=0";
    let in_turn = format!("{one}\n{one}");
    check("SEQ-002", &format!("role client\n{one}"), &[]);
    check("SEQ-002", &format!("role client\n{in_turn}"), &[]);
    check("SEQ-002", &format!("role client\nproves SEQ-002\n{in_turn}"), &["inconclusive"]);
    check("SEQ-002", &format!("role client\nproves SEQ-002\n{one}"), &["inconclusive"]);
    let asked = |published: &str| format!("role client\nproves SEQ-002\n{published}");
    tells("SEQ-002", &asked(one), "while the first was under way, and its collect did not come");
    tells("SEQ-002", &asked(&in_turn), "were never both under way");
    check("SEQ-002", "role client\nproves SEQ-002", &[]);
    let refused = "collect\nresponse error=2001\ncollect\nresponse error=2001";
    check("SEQ-002", &format!("role client\nproves SEQ-002\n{refused}"), &["inconclusive"]);
}
