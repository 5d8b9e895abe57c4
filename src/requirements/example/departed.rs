//! Stories of clients that are commands, and end before everything has been said to them.

use super::check;
use super::client::ACCEPTED;

/// Nobody answers: a fault of the client's while its command runs, and once it has ended nobody's.
#[test]
fn a_command_that_has_ended_answers_nothing() {
    let proven = format!("{ACCEPTED}\nreceipt error=0\nanswer error=0\nalert error=0\nanswer error=0");
    for nobody in ["closed", "refused"] {
        let alert = format!("alert error=0\nanswer {nobody}");
        for left in ["left\n", "left after=200\n"] {
            check("RSP-001", &format!("{proven}\n{left}{alert}"), &["keeps", "keeps", "inconclusive"]);
        }
        check("RSP-001", &format!("{proven}\n{alert}\nleft"), &["keeps", "keeps", "inconclusive"]);
        check("CBK-002", &format!("{proven}\nleft\n{alert}"), &["keeps"]);
        check(
            "SEQ-001",
            &format!("{proven}\nleft\n{alert}").replacen("receipt", "fetch 200\nreceipt", 1),
            &["inconclusive"],
        );
    }
    let closed = format!("{proven}\nalert error=0\nanswer closed");
    check("RSP-001", &closed, &["keeps", "keeps", "breaks"]);
    check("RSP-001", &format!("{closed}\nleft after=5000"), &["keeps", "keeps", "breaks"]);
    // Whoever answers badly is still there.
    check("RSP-001", &format!("{proven}\nleft\nalert error=0\nanswer cut"), &["keeps", "keeps", "breaks"]);
    let parts = format!("{proven}\nleft\nreceipt error=0 by=multipart\nanswer closed");
    check("MSG-014", &parts, &["inconclusive"]);
}

/// A package that goes with its command is not seen to stay; one that is never there is missing for every target.
#[test]
fn a_command_that_has_ended_offers_nothing() {
    let fetched = format!("{ACCEPTED}\nfetch 200");
    check("PKG-016", &format!("{fetched}\nleft\nfetch refused"), &["inconclusive"]);
    check("PKG-016", &format!("{fetched}\nleft\nfetch 404"), &["breaks"]);
    check("PKG-016", &format!("{fetched}\nfetch refused\nleft after=5000"), &["breaks"]);
    check("PKG-009", &format!("{ACCEPTED}\nleft\nfetch refused"), &["breaks"]);
}

/// Of two commands at once the one that has ended is not blamed because the other still runs.
#[test]
fn each_of_two_commands_is_gone_when_it_has_ended() {
    let both = "role client\ncollect\nresponse error=0\ncollect\nresponse error=0";
    let proven = format!("{both}\nreceipt error=0\nanswer error=0\nalert error=0\nanswer error=0");
    let alert = "alert of=1 error=0\nanswer closed";
    let second = "left after=5000 ran=5012";
    let ended = format!("{proven}\nleft ran=50\n{alert}\n{second}");
    check("RSP-001", &ended, &["inconclusive", "keeps", "keeps"]);
    check("RSP-001", &format!("{proven}\n{alert}\n{second}"), &["breaks", "keeps", "keeps"]);
}
