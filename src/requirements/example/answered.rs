//! Answers to commands: their lines, their status, and what comes back in them.

use super::told::tells;
use super::{CODE_OK, check};

const PLAIN: &str = "error=0\r\nerror-text=fine\r\nversion=1.0.0\r\npens-data=";

fn answered(body: &str) -> String {
    let body = percent_encoding::utf8_percent_encode(body, percent_encoding::NON_ALPHANUMERIC);
    format!("collect\nresponse body={body}")
}

#[test]
fn a_line_more_is_told_by_one_row_and_the_end_of_lines_by_another() {
    check("RSP-002", &answered(PLAIN), &["keeps"]);
    let more = answered(&PLAIN.replace("version", "vendor=1\r\nversion"));
    check("RSP-002", &more, &["advice"]);
    let by_lf = answered(&PLAIN.replace("\r\n", "\n"));
    for row in ["RSP-002", "RSP-009"] {
        check(row, &by_lf, &["keeps"]);
    }
    check("RSP-004", &by_lf, &["breaks"]);
    check("RSP-009", &answered(&format!("{PLAIN}\r\n<b>Warning</b>")), &["advice"]);
}

#[test]
fn an_answer_that_is_none_is_told_as_what_it_is() {
    for (answer, words) in [
        ("", "HTTP status 200, an empty body instead of the four fields"),
        ("status=500", "HTTP status 500, an empty body instead of the four fields"),
        ("body=hello", "HTTP status 200, a body without any of the four fields"),
    ] {
        tells("RSP-002", &format!("collect\nresponse {answer}"), words);
    }
}

#[test]
fn the_status_of_each_answer_on_the_way_counts() {
    let redirected = "collect\nresponse status=302\ncollect\nresponse error=0";
    check("RSP-010", CODE_OK, &["keeps"]);
    check("RSP-010", redirected, &["breaks"]);
    tells("RSP-010", redirected, "was reached only by a redirect with HTTP status 302");
    for status in [302, 500] {
        let said = format!("came with HTTP status {status}");
        tells("RSP-010", &format!("collect\nresponse status={status} error=1301"), &said);
    }
    // What was answered before and led nowhere is no redirect.
    check("RSP-010", "collect\nresponse status=500 error=0\ncollect\nresponse error=0", &["breaks", "keeps"]);
    // How we answered its collect says nothing of how a client answers.
    let ours = "role client\ncollect\nresponse status=500 error=0\nreceipt error=0\nanswer";
    check("RSP-010", &format!("{ours} error=0"), &["keeps"]);
    check("RSP-010", &format!("{ours} status=500 error=0"), &["breaks"]);
}

#[test]
fn a_value_that_comes_back_within_pens_data_breaks_no_line() {
    let echoed = |body: &str| answered(body).replacen("collect", "collect vendor-data=a%0D%0Ab", 1);
    check("RSP-014", &echoed(&format!("{PLAIN}a\r\nb")), &["keeps"]);
    check("RSP-014", &echoed(&PLAIN.replace("fine", "a\r\nb")), &["breaks"]);
}

#[test]
fn an_answer_that_is_too_long_to_be_kept_is_judged_by_what_is() {
    let long = "long ".repeat(20_000);
    let texted = answered(&PLAIN.replace("fine", &long));
    check("RSP-002", &texted, &["inconclusive"]);
    tells("RSP-002", &texted, "has 100047 bytes, and the 4096 that are kept end before pens-data=");
    for row in ["RSP-003", "RSP-004", "RSP-007", "RSP-009", "RSP-015"] {
        check(row, &texted, &["keeps"]);
    }
    for row in ["RSP-005", "RSP-008", "RSP-014"] {
        check(row, &texted.replacen("collect", "collect vendor-data=a%0Ab", 1), &[]);
    }
    check("RSP-002", &answered(&format!("error={}", "0".repeat(70_000))), &["inconclusive"]);
    // What is wrong in the part that is kept is wrong in the whole.
    check("RSP-002", &answered(&PLAIN.replace("error=0", "Error=0").replace("fine", &long)), &["breaks"]);
    let named = PLAIN.replace("error-text", "Error-Text").replace("fine", &long);
    tells("RSP-002", &answered(&named), "the answer has `error-text=` in another letter case");
    check("RSP-004", &answered(&PLAIN.replace("0\r\n", "0\n").replace("fine", &long)), &["breaks"]);
    check("RSP-009", &answered(&format!("\n{}", PLAIN.replace("fine", &long))), &["breaks"]);
    check("RSP-002", &answered(&format!("{PLAIN}{long}")), &["keeps"]);
    check("RSP-002", &answered(&long), &["breaks"]);
    let late = answered(&format!("{}{PLAIN}", "<b>Notice</b> ".repeat(6_000)));
    check("RSP-009", &late, &["breaks"]);
    tells("RSP-009", &late, "more than 4096 bytes stand before the first field");
    check("RSP-002", &late, &["inconclusive"]);
    check("RSP-009", &answered(&long), &[]);
}

#[test]
fn a_code_that_was_not_kept_is_not_missing() {
    let long = "long ".repeat(20_000);
    let moved = format!("version=1.0.0\r\nerror-text={long}\r\nerror=2011\r\npens-data=");
    let body = percent_encoding::utf8_percent_encode(&moved, percent_encoding::NON_ALPHANUMERIC);
    let refused = format!("{CODE_OK}\ntransaction\ncollect -receipt provokes=ERR-2011\nresponse body={body}");
    check("ERR-2011", &refused, &["inconclusive"]);
    tells("ERR-2011", &refused, "none is in what is kept of so long an answer");
    let told = |row: &str, receipt: &str| {
        let story = format!("role client\ncollect\nresponse error=0\nreceipt {receipt}\nanswer body={body}");
        check(row, &story, &["inconclusive"]);
        tells(row, &story, "is not in what is kept of so long a one");
    };
    told("CBK-001", "error=0");
    told("MSG-014", "error=0 by=multipart");
    told("CBK-003", "error=0 package-id=http://nobody.example/1");
    told("ERR-102", "error=10007");
    let stream =
        format!("role client\ncollect\nresponse error=0\nfetch 200\nreceipt error=0\nanswer body={body}");
    check("SEQ-001", &stream, &[]);
    check("SEQ-001", &stream.replace(&format!("{body}"), "error"), &["breaks"]);
}
