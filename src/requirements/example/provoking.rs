//! Collects that carry an error on purpose, and what a target may make of it.

use super::told::{rests_on, tells};
use super::{CODE_OK, check};

/// A collect that is in error, behind the same without it.
fn provoked(words: &str, then: &str) -> String {
    format!("{CODE_OK}\ntransaction\ncollect {words}\n{then}")
}

/// The same of a target that alerts for good packages.
fn of_one_that_alerts(words: &str, then: &str) -> String {
    let good = "download 200\nreceipt error=0\nalert error=0";
    provoked(words, then).replacen(CODE_OK, &format!("{CODE_OK}\n{good}"), 1)
}

#[test]
fn the_code_of_another_fault_breaks_its_row_alone() {
    let other = provoked("-receipt provokes=ERR-2011", "response error=2010");
    check("ERR-2011", &other, &["breaks"]);
    for row in ["ERR-100", "ERR-101"] {
        check(row, &other, &[]);
    }
    // One fault has no highest number.
    check("ERR-101", &provoked("-receipt provokes=ERR-2011", "response error=2011"), &[]);
    let both = |code: u16| {
        let words = "-pens-version -receipt provokes=ERR-2001 provokes=ERR-2011";
        provoked(words, &format!("response error={code}"))
    };
    for (code, specific, highest) in [
        (2011, &["keeps"][..], &["keeps"][..]),
        (2001, &["keeps"], &["breaks"]),
        (2005, &["breaks"], &[]),
        (1201, &["breaks"], &[]),
    ] {
        check("ERR-100", &both(code), specific);
        check("ERR-101", &both(code), highest);
    }
    tells("ERR-100", &both(2005), "2005 is the code of none of the faults");
    tells("ERR-100", &both(1201), "1201 is of the right class but too general");
}

#[test]
fn which_codes_will_do_depends_on_what_is_wrong_with_the_value() {
    for (words, row, code, said) in [
        ("pens-version=abc", "ERR-2001", 1420, "keeps"),
        ("-pens-version", "ERR-2001", 1420, "breaks"),
        ("package-url=a.zip", "ERR-2008", 1310, "keeps"),
        ("-package-url", "ERR-2008", 1310, "breaks"),
        ("receipt=nowhere", "ERR-2011", 1510, "keeps"),
        ("-receipt", "ERR-2011", 1510, "breaks"),
    ] {
        check(row, &provoked(&format!("{words} provokes={row}"), &format!("response error={code}")), &[said]);
    }
}

#[test]
fn who_denies_https_has_a_code_for_it() {
    let told = |words: &str, code: u16| {
        let story = provoked(words, &format!("response error=0\ndownload 404\nreceipt error={code}"));
        [format!("profile no-https\n{story}"), story]
    };
    let secure = "package-url=https://h/a.zip provokes=ERR-1302";
    for (words, row, code, of_deniers, of_others) in [
        (secure, "ERR-1302", 1302, "keeps", "keeps"),
        (secure, "ERR-1302", 1301, "tolerated", "keeps"),
        (secure, "ERR-1302", 1310, "breaks", "keeps"),
        ("provokes=ERR-1310", "ERR-1310", 404, "keeps", "keeps"),
    ] {
        let [of_denier, of_other] = told(words, code);
        check(row, &of_denier, &[of_deniers]);
        check(row, &of_other, &[of_others]);
    }
}

#[test]
fn what_is_accepted_in_error_is_tolerated_by_the_rulings_alone() {
    let accepted = |words: &str, row: &str| provoked(&format!("{words} provokes={row}"), "response error=0");
    for (words, row, ruling) in [
        ("receipt=", "ERR-2011", Some("R-12")),
        ("package-id=", "ERR-2007", Some("R-12")),
        ("package-id=course-1", "ERR-2007", Some("R-13")),
        ("-package-id", "ERR-2007", None),
        ("receipt=nowhere", "ERR-2011", None),
        ("-receipt", "ERR-2011", None),
    ] {
        let story = accepted(words, row);
        check(row, &story, &[ruling.map_or("breaks", |_| "tolerated")]);
        rests_on(row, &story, ruling);
    }
}

#[test]
fn a_refusal_is_proven_by_the_same_collect_alone() {
    let refused = provoked("-receipt provokes=ERR-2011", "response error=2011");
    check("ERR-2011", &refused, &["keeps"]);
    let of_another = refused.replacen("collect", "collect client=another", 1);
    check("ERR-2011", &of_another, &["inconclusive"]);
}

#[test]
fn an_error_that_may_come_later_is_waited_for() {
    let late = "package-url-expiry=tomorrow provokes=ERR-1320";
    let accepted = |then: &str| provoked(late, &format!("response error=0\n{then}"));
    check("ERR-1320", &accepted("download 200\nwait download met"), &["inconclusive"]);
    for then in ["wait receipt expired", "wait quiet met", "receipt error=0"] {
        check("ERR-1320", &accepted(then), &["tolerated"]);
    }
    check("ERR-1320", &accepted("receipt error=1320"), &["keeps"]);
}

#[test]
fn an_error_that_only_a_receipt_tells_is_not_judged_without_one() {
    let failed = |words: &str, then: &str| {
        provoked(
            &format!("{words} provokes=ERR-1301"),
            &format!("response error=0\ndownload 500\n{then}wait receipt expired"),
        )
    };
    check("ERR-1301", &failed("", ""), &["inconclusive"]);
    tells("ERR-1301", &failed("", ""), "no receipt came that could tell the error");
    let mail = "receipt=mailto:receipt+t-2@mail.example";
    check("ERR-1301", &failed(mail, ""), &["not-applicable"]);
    tells("ERR-1301", &failed(mail, ""), "no mail came that could tell the error");
    check("ERR-1301", &failed(mail, "mail error=1301\n"), &["keeps"]);
}

const BAD: &str = "provokes=ERR-1432";
const QUIET: &str = "wait receipt expired\nwait alert expired\nwait quiet met";

/// What nobody could take for an archive, and an archive that lacks a file.
const NOTHING: &str = "body=";
const PAGE: &str = "body=%20%3Chtml%3E";
const ARCHIVE: &str = "body=PK%05%06";

#[test]
fn a_package_that_cannot_be_opened_is_told_by_who_sends_alerts() {
    let taken = |body: &str| format!("response error=0\ndownload 200 {body}\nreceipt error=0\n{QUIET}");
    for row in ["ERR-1432", "ALR-003"] {
        check(row, &provoked(BAD, &taken("")), &["not-applicable"]);
        check(row, &of_one_that_alerts(BAD, &taken("")), &["breaks"]);
    }
    // Nothing, or a page, is a retrieval that failed; what an archive holds is outside PENS.
    for (body, of_others) in [(NOTHING, "advice"), (PAGE, "advice"), (ARCHIVE, "not-applicable")] {
        let (other, alerting) = (provoked(BAD, &taken(body)), of_one_that_alerts(BAD, &taken(body)));
        for (story, said) in [(other, of_others), (alerting, "advice")] {
            check("ERR-1432", &story, &[said]);
            check("ALR-003", &story, &["not-applicable"]);
        }
    }
    let lacking = of_one_that_alerts(BAD, &taken(ARCHIVE));
    tells("ERR-1432", &lacking, "taken though a part is missing");
}

#[test]
fn a_page_in_the_place_of_a_package_is_told_as_a_retrieval_that_failed() {
    let told = |body: &str, code: u16| {
        let then = format!("response error=0\ndownload 200 {body}\nreceipt error={code}\n{QUIET}");
        provoked(BAD, &then)
    };
    for code in [1301, 1310, 1432] {
        for body in [NOTHING, PAGE] {
            check("ERR-1432", &told(body, code), &["keeps"]);
        }
    }
    for body in ["", ARCHIVE] {
        check("ERR-1432", &told(body, 1310), &["breaks"]);
    }
    // No alert need follow the receipt that ends it.
    let taken = format!("response error=0\ndownload 200 {PAGE}\nreceipt error=0");
    check("ERR-1432", &of_one_that_alerts(BAD, &taken), &["advice"]);
    check("ERR-1432", &of_one_that_alerts(BAD, &taken.replace(PAGE, "")), &["inconclusive"]);
}

#[test]
fn an_error_that_an_alert_may_tell_needs_no_receipt_where_alerts_are_sent() {
    let silent = |body: &str| format!("response error=0\ndownload 200 {body}\n{QUIET}");
    check("ERR-1432", &provoked(BAD, &silent("")), &["inconclusive"]);
    check("ERR-1432", &of_one_that_alerts(BAD, &silent("")), &["breaks"]);
    for body in [NOTHING, PAGE] {
        check("ERR-1432", &provoked(BAD, &silent(body)), &["inconclusive"]);
        check("ERR-1432", &of_one_that_alerts(BAD, &silent(body)), &["inconclusive"]);
    }
    let large = "provokes=ERR-1440";
    let quota = |story: String| format!("profile quota\n{story}");
    check("ERR-1440", &quota(provoked(large, &silent(""))), &["inconclusive"]);
    check("ERR-1440", &quota(of_one_that_alerts(large, &silent(""))), &["breaks"]);
}

#[test]
fn a_code_in_words_is_told_by_the_row_about_its_field_alone() {
    let bad = "-receipt provokes=ERR-2011";
    let answered = |error: &str| {
        provoked(
            bad,
            &format!("response body=error={error}%0D%0Aerror-text=no%0D%0Aversion=1.0.0%0D%0Apens-data="),
        )
    };
    let worded = answered("2011%20(missing)");
    check("RSP-007", &worded, &["keeps", "breaks"]);
    for row in ["ERR-2011", "ERR-100"] {
        check(row, &worded, &["inconclusive"]);
        tells(row, &worded, "error is \"2011 (missing)\" in the answer, no integer");
    }
    for almost in ["%2B2011", "2011%20", "2011.0"] {
        check("ERR-2011", &answered(almost), &["inconclusive"]);
    }
    // An answer that has no code at all refuses without one.
    for empty in [
        answered(""),
        answered("%20"),
        answered("70000"),
        answered("-1"),
        provoked(bad, "response body=hello"),
    ] {
        check("ERR-2011", &empty, &["breaks"]);
    }
    let failed = |receipt: &str| {
        provoked("provokes=ERR-1310", &format!("response error=0\ndownload 404\nreceipt error={receipt}"))
    };
    check("ERR-1310", &failed("1310%20(404)"), &["inconclusive"]);
    tells("ERR-1310", &failed("1310%20(404)"), "error is \"1310 (404)\" in the receipt");
    check("ERR-1310", &failed("0"), &["breaks"]);
    check("ERR-1310", &failed("?\nalert error=1310"), &["inconclusive"]);
    // One that may tell and does is enough, and a receipt tells nothing of what only an answer may.
    let alarmed = |error: &str| {
        of_one_that_alerts(
            BAD,
            &format!("response error=0\ndownload 200\nreceipt error=no\nalert error={error}"),
        )
    };
    check("ERR-1432", &alarmed("1432"), &["keeps"]);
    check("ERR-1432", &alarmed("0"), &["inconclusive"]);
    tells(
        "ERR-1432",
        &alarmed("0")
            .replace("receipt error=no\n", "receipt error=0\n")
            .replace("alert error=0", "alert error=no"),
        "in the alert",
    );
    check("ERR-2011", &provoked(bad, "response error=0\nreceipt error=no"), &["breaks"]);
}

#[test]
fn an_underlying_code_tells_what_became_of_a_receipt() {
    let alarm = |row: &str, code: u16| {
        let then = format!("response error=0\ndownload 200\nalert error={code}\n{QUIET}");
        provoked(&format!("provokes={row}"), &then)
    };
    for code in [111, 404, 1500] {
        check("ERR-1500", &alarm("ERR-1500", code), &["keeps"]);
    }
    check("ERR-1500", &alarm("ERR-1500", 2011), &["breaks"]);
    // What a target alerts of every package tells no error of this one.
    check("ERR-1500", &alarm("ERR-1500", 10001), &["tolerated"]);
    let usual = "collect\nresponse error=0\ndownload 200\nreceipt error=0\nalert error=10001\ntransaction\n"
        .to_owned();
    let again = usual + &alarm("ERR-1500", 10001);
    check("ERR-1500", &again, &["not-applicable"]);
    // An alert is one by its URL or by its name.
    for alert in ["alert error=10001 -command", "alert-to-receipt error=10001"] {
        check("ERR-1500", &again.replacen("alert error=10001", alert, 2), &["not-applicable"]);
    }
    check("ERR-1432", &alarm("ERR-1432", 404), &["breaks"]);
}

#[test]
fn what_is_not_seen_to_be_due_is_most_specific_nowhere() {
    let silent = "offer silent\ncollect provokes=ERR-1310\nresponse error=0\nreceipt error=1301";
    check("ERR-100", &format!("{CODE_OK}\n{silent}"), &[]);
    // Mail was refused, and the error could not be told.
    let mail = "receipt=mailto:receipt+t-2@mail.example provokes=ERR-1310";
    check("ERR-100", &provoked(mail, "response error=1510"), &[]);
    check("ERR-1310", &provoked(mail, "response error=1510"), &["not-applicable"]);
}
