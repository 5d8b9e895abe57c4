//! Stories of clients that a judge may read wrongly, each with what must be said of it.

use super::{check, outcomes};
use crate::requirements::judge::rows_of;
use crate::requirements::verdict::Outcome;
use crate::requirements::{Check, all};
use crate::transcript::entry::Role;

pub(super) const COLLECT: &str = "role client\ncollect";
pub(super) const ACCEPTED: &str = "role client\ncollect\nresponse error=0";

/// What is said of a collect that differs from a plain one by these words.
pub(super) fn check_collect(id: &str, words: &str, expected: &[&str]) {
    check(id, &format!("{COLLECT} {words}"), expected);
}

#[test]
fn a_plain_collect_is_blamed_for_nothing() {
    let story = format!(
        "{COLLECT} method=post\nresponse error=0\nfetch 200 zip=imsmanifest.xml\nreceipt error=0\nanswer error=0\nalert error=0\nanswer error=0"
    );
    for row in rows_of(Role::Client) {
        for outcome in outcomes(row, &story) {
            assert!(matches!(outcome, Outcome::Keeps | Outcome::NotApplicable(_)), "{}: {outcome:?}", row.id);
        }
    }
}

#[test]
fn an_example_of_an_element_breaks_its_own_row_and_what_follows_from_it() {
    for broken in all().filter(|row| row.id.starts_with("ELM-")) {
        for row in all().filter(|row| row.id.starts_with("ELM-") && row.id != broken.id) {
            let is_broken =
                outcomes(row, broken.breaks).iter().any(|outcome| matches!(outcome, Outcome::Breaks(_)));
            // Whatever is missing is missing from the ten as well.
            let follows = (row.id == "ELM-015" && broken.breaks.contains(" -"))
                || (broken.id, row.id) == ("ELM-015", "ELM-010");
            assert!(!is_broken || follows, "the example that breaks {} breaks {} too", broken.id, row.id);
        }
    }
}

#[test]
fn bytes_are_judged_as_they_stand() {
    check_collect("MSG-001", "raw=vendor-data=a%7Eb", &["keeps"]);
    for illegal in ["%20", "%22", "%3C", "%5E", "%60", "%7B", "%7C", "%5C", "%C3%A9", "%25zz", "%25", "%01"] {
        check_collect("MSG-001", &format!("raw=vendor-data=a{illegal}b"), &["breaks"]);
        check_collect("MSG-001", &format!("method=post raw=vendor-data=a{illegal}b"), &["breaks"]);
    }
    check_collect("MSG-001", "raw=package-url=http://[::1]/a.zip", &["keeps"]);
    check_collect("MSG-001", "raw=vendor-data=[::1]", &["breaks"]);
    // A query that is no list at all.
    check_collect("MSG-002", "whole=garbage", &["breaks"]);
    check_collect("MSG-002", "whole=%26%26", &["breaks"]);
    check_collect("MSG-002", "raw=client=a%26%26vendor-data=b", &["breaks"]);
    check_collect("MSG-002", "raw=client=a;vendor-data=b", &["breaks"]);
    check_collect("MSG-002", "raw=vendor-data=a;b=c", &["keeps"]);
    // A GET without a query is no message.
    check_collect("ELM-001", "whole=", &[]);
    check_collect("MSG-002", "whole=", &[]);
}

#[test]
fn values_are_encoded_once() {
    // What does not conflict with its purpose may stand raw.
    check_collect("MSG-003", "raw=package-url=http://author.example/a.zip?x=1", &["tolerated"]);
    check_collect("MSG-003", "raw=client=a%2Bb", &["tolerated"]);
    check_collect("MSG-003", "method=post raw=client=a%2Bb", &["keeps"]);
    for changed in ["%23", "%25", "%20"] {
        check_collect("MSG-003", &format!("raw=vendor-data=a{changed}b"), &["breaks"]);
    }
    check_collect("MSG-003", "method=multipart", &["breaks"]);
    check_collect("MSG-001", "method=multipart", &["not-applicable"]);
    // An address that is one only once it is decoded again; an escape of its own proves nothing.
    check_collect("MSG-003", "package-url=http%253A%252F%252Fauthor.example%252Fa.zip", &["breaks"]);
    check_collect("MSG-003", "package-url=http://author.example/a%2520b.zip", &["keeps"]);
    check_collect("MSG-003", "package-url=http://author.example/a.zip%3Fsignature%3Da%25252Fb", &["keeps"]);
    let twice = "package-id=urn%253Auuid%253A2631e419-1573-4720-b4c6-8701f960dccc";
    check_collect("MSG-003", twice, &["breaks"]);
    check_collect("MSG-003", "package-id=http%253A%252F%252Fmyurl.com%253A2631e419-1573", &["breaks"]);
    check_collect("MSG-003", "receipt=mailto%253Aname%2540domain.com", &["breaks"]);
    // The rest of a value behind a raw ampersand is told once.
    let ampersand = "raw=package-url=http://author.example/a.zip?x=1%26y=2";
    check_collect("MSG-003", ampersand, &["breaks"]);
    check_collect("MSG-004", ampersand, &["keeps"]);
    check_collect("MSG-002", "raw=package-url=http://author.example/a.zip?x=1%26y", &["keeps"]);
}

#[test]
fn names_are_those_of_the_specification() {
    check_collect("MSG-004", "target-system-url=http://lms/pens", &["tolerated"]);
    for misspelt in ["Client", "package_id", "PENS-VERSION"] {
        check_collect("MSG-004", &format!("raw={misspelt}=x"), &["breaks"]);
    }
    check_collect("MSG-004", "error=0", &["tolerated"]);
    check_collect("MSG-004", "raw=client=a%26garbage", &["keeps"]);
    check_collect("MSG-005", "raw=client=author%26client=author", &["tolerated"]);
    check_collect("MSG-005", "raw=client=author%26client=other", &["breaks"]);
    check_collect("MSG-005", "raw=x=1%26x=2", &["keeps"]);
    // In another order it is the same command.
    check_collect("MSG-004", "order=reversed", &["tolerated"]);
}

#[test]
fn a_collect_goes_where_it_is_told_to() {
    check_collect("MSG-009", "", &["breaks"]);
    check("MSG-009", "role client\nprofile browser-window\ncollect", &["not-applicable"]);
    check_collect("MSG-009", "method=post type=application/json", &["advice"]);
    let in_the_url = "method=post type=application/json whole= to=/pens?pens-version=1.0.0&command=collect";
    check_collect("MSG-009", in_the_url, &["keeps"]);
    check_collect("MSG-009", "method=post type=application/x-www-form-urlencoded;charset=utf-8", &["keeps"]);
    check_collect("MSG-016", "target-url=none", &["not-applicable"]);
    check_collect("MSG-016", "target-url=http://target.example:8080/Pens/", &["keeps"]);
    check_collect("MSG-016", "target-url=http://target.example:8080/Pens/ to=/Pens", &["breaks"]);
    check_collect("MSG-016", "target-url=http://target.example:8080/Pens/ to=/pens/", &["breaks"]);
    check_collect("MSG-016", "target-url=http://target.example:8080/p host=target.example", &["breaks"]);
    check_collect("MSG-016", "target-url=http://target.example:80/p host=TARGET.example", &["keeps"]);
    check_collect("MSG-016", "target-url=https://target.example/p host=target.example:443", &["keeps"]);
    check_collect("MSG-016", "target-url=http://target.example", &["keeps"]);
    // What a tunnel puts in front is a path of its own.
    check_collect("MSG-016", "target-url=http://target.example/run/pens to=/tunnel/run/pens", &["keeps"]);
    check_collect("MSG-016", "target-url=http://target.example/run/pens to=//run/pens", &["breaks"]);
    check_collect("MSG-016", "target-url=http://target.example/run/pens to=/run", &["breaks"]);
    // A target system URL with a query of its own keeps it, and its pairs are no elements.
    let own = "target-url=http://target.example/pens?partition=staging%201";
    check_collect("MSG-010", own, &["keeps"]);
    for id in ["MSG-001", "MSG-002", "MSG-003", "MSG-004", "MSG-005", "MSG-016"] {
        check_collect(id, own, &["keeps"]);
    }
    check_collect("MSG-010", &format!("{own} method=post"), &["keeps"]);
    check_collect("MSG-010", &format!("{own} method=post to=/pens"), &["breaks"]);
    check_collect("MSG-010", &format!("{own} to=/pens"), &["breaks"]);
    // A second question mark is told once.
    let second = format!("{own} to=/pens?partition=staging%201?");
    check_collect("MSG-010", &second, &["breaks"]);
    for id in ["MSG-001", "MSG-002", "MSG-003", "MSG-004", "MSG-005", "MSG-016", "ELM-001", "ELM-015"] {
        check_collect(id, &second, &["keeps"]);
    }
    check_collect("MSG-010", "", &[]);
}

#[test]
fn a_package_is_there_and_stays() {
    let fetched = |how: &str| format!("{ACCEPTED}\n{how}");
    check("PKG-009", &fetched("fetch 401"), &["breaks"]);
    check("PKG-009", &fetched("fetch refused"), &["breaks"]);
    check("PKG-009", &fetched("fetch silent"), &["inconclusive"]);
    check("PKG-009", &fetched("fetch unresolved"), &["inconclusive"]);
    // Gone at once, and there again: it was not there when the collect came.
    check("PKG-009", &fetched("fetch 404\nfetch 200"), &["breaks"]);
    check("PKG-009", ACCEPTED, &["inconclusive"]);
    check("PKG-009", "role client\ncollect\nresponse error=2011", &[]);
    let known = "role client\ncollect package-url-user-id=tk package-url-password=pw\nresponse error=0";
    check("PKG-009", &format!("{known}\nfetch 401\nfetch 200 auth"), &["keeps"]);
    check("PKG-009", &format!("{known}\nfetch 200 auth\nfetch 200"), &["keeps", "advice"]);
    check("PKG-009", &format!("{known}\nfetch 401 auth"), &["breaks"]);
    check("PKG-016", &fetched("fetch 404\nfetch 404"), &[]);
    check("PKG-016", &fetched("fetch 200"), &[]);
    // Once a receipt said 0, the client may clean up.
    check("PKG-016", &fetched("fetch 200\nreceipt error=0\nanswer error=0\nfetch 404"), &[]);
    check("PKG-016", &fetched("fetch 200\nreceipt error=1301\nanswer error=0\nfetch 404"), &["breaks"]);
    let expired = "role client\ncollect package-url-expiry=2026-11-22T00:00:00Z\nresponse error=0";
    check("PKG-016", &format!("{expired}\nfetch 200\nfetch 404"), &[]);
    check("PKG-015", "role client\ncollect package-url=ftp://author.example/a.zip", &["inconclusive"]);
    let mixed = "role client\ncollect package-url=ftp://author.example/a.zip\ncollect";
    check("PKG-015", mixed, &["keeps"]);
}

#[test]
fn a_package_is_what_it_is_called() {
    let offered = |words: &str, zip: &str| format!("{COLLECT} {words}\nresponse error=0\nfetch 200 {zip}");
    check("PKG-010", &offered("", "body=no%20archive"), &["breaks"]);
    check("PKG-010", &offered("package-format=war", "zip=imsmanifest.xml,a.html"), &["keeps"]);
    check("PKG-010", &offered("package-format=xml", "body=x"), &["not-applicable"]);
    check("PKG-010", &offered("package-type=aicc-pkg", "zip=a.crs,a.des,a.au"), &["keeps"]);
    check("PKG-010", &offered("package-type=aicc-pkg", "zip=A.CRS,A.CST"), &["keeps"]);
    check("PKG-010", &offered("package-type=aicc-pkg", "zip=a.crs"), &["breaks"]);
    check("PKG-010", &offered("package-type=lms-qti", "zip=imsmanifest.xml"), &["keeps"]);
    check("PKG-010", &offered("", "zip=course/imsmanifest.xml"), &["breaks"]);
    // One id is one course's, and one course has one id.
    let twice = |one: &str, other: &str, id: &str| {
        format!("{ACCEPTED}\nfetch 200 {one}\ncollect {id}\nresponse error=0\nfetch 200 {other}")
    };
    let (first, second) = ("zip=imsmanifest.xml course=a", "zip=imsmanifest.xml course=b");
    check("ELM-006", &twice(first, second, ""), &["keeps", "breaks"]);
    check("ELM-006", &twice(first, first, ""), &["keeps", "keeps"]);
    check("PKG-011", &twice(first, first, ""), &["keeps"]);
    check("PKG-011", &twice(first, second, ""), &[]);
    check("PKG-011", &twice(first, first, "package-id=http://author.example/2"), &["breaks"]);
}

#[test]
fn acknowledgements_are_judged_as_answers() {
    let answered = |answer: &str| format!("{ACCEPTED}\nreceipt error=0\nanswer {answer}");
    let body = |text: &str| format!("status=200 body={text}");
    let lf = body("error=0%0Aerror-text=%0Aversion=1.0.0%0Apens-data=");
    let encoded = body("error=0%0D%0Aerror-text=well%2520taken%0D%0Aversion=1.0.0%0D%0Apens-data=");
    let word = body("error=OK%0D%0Aerror-text=%0D%0Aversion=1.0.0%0D%0Apens-data=");
    let three = body("error=0%0D%0Aerror-text=%0D%0Aversion=1.0.0%0D%0A");
    let html = "status=200 type=text/html body=%3Chtml%3E";
    check("RSP-004", &answered(&lf), &["breaks"]);
    check("RSP-005", &answered(&encoded), &["breaks"]);
    for (text, said) in [
        ("well+taken", "breaks"),
        ("C%252B%252B:taken", "keeps"),
        ("C%2B%2Btaken", "keeps"),
        ("well,%2520C%2B%2B", "breaks"),
        ("a%2Bb:c", "keeps"),
    ] {
        let plain = body(&format!("error=0%0D%0Aerror-text={text}%0D%0Aversion=1.0.0%0D%0Apens-data="));
        check("RSP-005", &answered(&plain), &[said]);
    }
    check("RSP-007", &answered(&word), &["breaks"]);
    check("CBK-001", &answered(&word), &["breaks"]);
    check("RSP-002", &answered(&three), &["breaks"]);
    check("CBK-001", &answered(&three), &["keeps"]);
    check("RSP-002", &answered(html), &["breaks"]);
    check("RSP-006", &answered(html), &["breaks"]);
    check("RSP-010", &answered("status=500 error=0"), &["breaks"]);
    check("RSP-011", &answered("error=1431"), &["breaks"]);
    check("RSP-013", &answered("error=0"), &["keeps"]);
    check("RSP-013", &answered("silent"), &["inconclusive"]);
    check("RSP-015", &answered("error=0"), &["keeps"]);
    check("RSP-015", &answered("error=2007"), &["breaks"]);
    // What no one answers is RSP-001's matter alone.
    let silent = format!("{ACCEPTED}\nalert error=0\nanswer error=0\nalert error=0\nanswer closed");
    check("RSP-001", &silent, &["keeps", "breaks"]);
    check("CBK-002", &silent, &["keeps"]);
    check("RSP-001", &answered("refused"), &["inconclusive"]);
    // Where the package was, the receipt can be: then it is not the network that closes.
    check("RSP-001", &answered("closed"), &["inconclusive"]);
    check("RSP-001", &answered("closed").replace("receipt", "fetch 200\nreceipt"), &["breaks"]);
    check("CBK-001", &answered("refused"), &[]);
    for row in rows_of(Role::Client).filter(|row| matches!(row.check, Check::Response(_) | Check::Code(_))) {
        check(row.id, &answered("silent"), &[]);
    }
}

#[test]
fn receipts_in_error_are_taken() {
    let told = |error: &str, answer: &str| format!("{ACCEPTED}\nreceipt error={error}\nanswer {answer}");
    check("ERR-102", &told("1310", "error=0"), &["keeps"]);
    check("ERR-102", &told("1310", "error=1310"), &["tolerated"]);
    check("RSP-015", &told("1310", "error=1310"), &[]);
    check("ERR-102", &told("0", "error=0"), &[]);
    // A package that was never offered is CBK-003's matter.
    let unknown = format!("{ACCEPTED}\nreceipt error=0 package-id=http://nobody.example/1\nanswer");
    check("RSP-015", &format!("{unknown} error=2007"), &[]);
    check("CBK-001", &format!("{unknown} error=2007"), &["keeps"]);
    check("CBK-003", &format!("{unknown} empty"), &["breaks"]);
    check("CBK-003", &told("0", "error=0"), &[]);
}

#[test]
fn methods_and_parts_have_rows_of_their_own() {
    let both = |answer: &str| {
        format!("{ACCEPTED}\nreceipt error=0\nanswer error=0\nreceipt error=0 by=post\nanswer {answer}")
    };
    check("MSG-007", &both("error=0"), &["keeps"]);
    check("MSG-008", &both("error=0"), &["keeps"]);
    for answer in ["status=405", "status=404", "empty", "error=1101"] {
        check("MSG-008", &both(answer), &["breaks"]);
        check("RSP-002", &both(answer).replace("error=1101", "status=404"), &["keeps"]);
        check("CBK-001", &both(answer).replace("error=1101", "status=404"), &["keeps"]);
        check("RSP-015", &both(answer), &["keeps"]);
    }
    check("RSP-013", &both("status=405"), &["keeps"]);
    // An address that takes POST alone is tolerated, once it has been seen to.
    for (then, expected) in [
        ("alert error=0 by=post\nanswer error=0", "inconclusive"),
        ("receipt error=0 by=post\nanswer error=0", "tolerated"),
        ("receipt error=0 by=post\nanswer status=405", "breaks"),
    ] {
        let story = format!("{ACCEPTED}\nreceipt error=0\nanswer status=405\n{then}");
        check("MSG-007", &story, &[expected]);
    }
    // An answer to a multipart callback is judged by one row alone.
    let parts = |answer: &str| {
        format!("{ACCEPTED}\nreceipt error=0\nanswer error=0\nreceipt error=0 by=multipart\nanswer {answer}")
    };
    check("MSG-014", &parts("error=0"), &["keeps"]);
    for answer in ["empty", "status=415", "error=2007", "closed"] {
        check("MSG-014", &parts(answer), &["breaks"]);
        for id in ["RSP-001", "RSP-002", "RSP-015", "CBK-001"] {
            check(id, &parts(answer), &["keeps"]);
        }
    }
    check("MSG-014", ACCEPTED, &[]);
    let reversed = format!("{ACCEPTED}\nreceipt error=0\nanswer error=0\nreceipt error=0 order=reversed");
    check("MSG-006", &format!("{reversed}\nanswer error=0"), &["keeps"]);
    check("MSG-006", &format!("{reversed}\nanswer error=1101"), &["breaks"]);
}

#[test]
fn a_method_is_to_blame_where_all_else_is_alike() {
    let answered = |first: &str, second: &str| format!("{ACCEPTED}\nreceipt {first}\nreceipt {second}");
    // A receipt in error may be taken where one of success is not.
    let in_error = answered("error=1310\nanswer error=0", "error=0 by=post\nanswer error=1101");
    check("MSG-008", &in_error, &[]);
    check("MSG-008", &answered("error=0\nanswer error=0", "error=0 by=post\nanswer silent"), &[]);
    check("MSG-008", &in_error.replace("1310", "0"), &["breaks"]);
    // What has the same order, another method, another error or another element is not the same in another order.
    for other in ["", "order=reversed by=post", "order=reversed error=1310", "order=reversed vendor-data=x"] {
        let twice = answered("error=0\nanswer error=0", &format!("error=0 {other}\nanswer error=1101"));
        check("MSG-006", &twice, &[]);
    }
}

#[test]
fn a_client_that_takes_mail_need_not_answer() {
    let mail = format!("{COLLECT} receipt=mailto:a%40b.c alerts=mailto:a%40b.c");
    for id in
        ["CBK-001", "CBK-002", "CBK-003", "ERR-102", "MSG-006", "MSG-007", "MSG-008", "MSG-014", "RSP-001"]
    {
        check(id, &mail, &["not-applicable"]);
    }
    let alerts_by_mail = format!("{COLLECT} alerts=mailto:a%40b.c\nreceipt error=0\nanswer error=0");
    check("CBK-001", &alerts_by_mail, &["keeps"]);
    check("CBK-002", &alerts_by_mail, &["not-applicable"]);
    check("CBK-002", &format!("{COLLECT} -alerts"), &["not-applicable"]);
    check("RSP-001", &alerts_by_mail, &["keeps"]);
    // An address that is none is no excuse.
    check("CBK-001", &format!("{COLLECT} receipt=/receipt"), &[]);
    check("CBK-001", &format!("{COLLECT} receipt="), &[]);
}
