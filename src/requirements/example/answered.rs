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
    tells("RSP-010", "collect\nresponse status=500 error=1301", "came with HTTP status 500");
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
