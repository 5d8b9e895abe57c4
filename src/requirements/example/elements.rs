//! Collects of a client whose elements are wrong, uncommon or left out.

use super::check;
use super::client::{COLLECT, check_collect};
use super::told::{explains_nothing, tells};

#[test]
fn every_required_element_is_missed_by_its_own_row() {
    let elements = crate::pens::Element::all_required();
    let rows = ["01", "02", "03", "04", "05", "06", "07", "09", "10", "12"];
    for (element, number) in elements.zip(rows) {
        check_collect(&format!("ELM-0{number}"), &format!("-{}", element.name()), &["breaks"]);
        check_collect("ELM-015", &format!("-{}", element.name()), &["breaks"]);
        check_collect(&format!("ELM-0{number}"), "whole=garbage", &["breaks"]);
    }
}

#[test]
fn words_outside_the_vocabularies_are_told() {
    for (id, words) in [
        ("ELM-001", "pens-version=1.0"),
        ("ELM-001", "pens-version=2.0.0"),
        ("ELM-002", "command=delete"),
        ("ELM-002", "command=Revise"),
        ("ELM-002", "command=publish"),
        ("ELM-003", "package-type=SCORM-PIF"),
        ("ELM-004", "package-type-version="),
    ] {
        check_collect(id, words, &["breaks"]);
    }
    check_collect("ELM-003", "package-type=ims-qti", &["tolerated"]);
    check_collect("ELM-003", "package-type=aicc-au", &["tolerated"]);
    check_collect("ELM-003", "package-type=lms-qti", &["keeps"]);
    check_collect("ELM-004", "package-type-version=2004%203rd%20Edition", &["keeps"]);
    check_collect("ELM-004", "package-type-version=3", &["advice"]);
    check_collect("ELM-004", "package-type=aicc-pkg package-type-version=4.0", &["keeps"]);
    check_collect("ELM-005", "package-format=war", &["keeps"]);
    check_collect("ELM-005", "package-format=rar", &["advice"]);
    check_collect("ELM-010", "client=", &["advice"]);
    check_collect("ELM-010", "command=delete -client", &["breaks"]);
    check_collect("ELM-015", "client=", &["keeps"]);
    check_collect("ELM-014", "", &["not-applicable"]);
    check_collect("ELM-014", "long", &["keeps"]);
    check_collect("ELM-014", &format!("vendor-data={}", "a".repeat(5000)), &["advice"]);
    check_collect("ELM-014", "vendor-data=", &["keeps"]);
}

#[test]
fn addresses_and_ids_are_judged_by_their_form() {
    let sample = "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc";
    check_collect("ELM-006", &format!("package-id={sample}"), &["keeps"]);
    check_collect("ELM-006", "package-id=course-1", &["breaks"]);
    let split = |to: &str| format!("{COLLECT} method=post -package-id to=/pens?{to}=http://author.example/1");
    tells("ELM-006", &split("package-id"), "package-id is missing; likely it stands in the query of the URL");
    explains_nothing("ELM-006", &split("package"));
    explains_nothing("ELM-006", &split("package-id").replace("/pens?", "/"));
    // What is there and wrong is not missing.
    explains_nothing("ELM-006", &split("package-id").replace(" -package-id", " package-id=course-1"));
    explains_nothing("ELM-006", &format!("{COLLECT} -package-id to=/pens?vendor-data=a"));
    check("ELM-006", &split("package"), &["breaks"]);
    check_collect("ELM-006", "package-id=urn:uuid:2631e419-1573-4720-b4c6-8701f960dccc", &["tolerated"]);
    check_collect("ELM-006", "package-id=ftp://author.example/course-1", &["keeps"]);
    check_collect("ELM-006", "package-id=product://author.example/course-1", &["keeps"]);
    check_collect("ELM-006", "package-id=urn:isbn:0451450523", &["breaks"]);
    for bare in
        ["http://author.example", "https://author.example/", "http://author.example:8080//", "http://a:"]
    {
        check_collect("ELM-006", &format!("package-id={bare}"), &["advice"]);
    }
    for named in [
        "http://author.example/7",
        "http://author.example/?7",
        "http://author.example:8080/7",
        "http://a:x7/",
    ] {
        check_collect("ELM-006", &format!("package-id={named}"), &["keeps"]);
    }
    for (url, said) in [
        ("https://author.example/a.ZIP%3Fx%3D1", "keeps"),
        ("ftp://author.example/a.zip", "keeps"),
        ("http://author.example/download", "tolerated"),
        ("/packages/a.zip", "breaks"),
        ("file:///c:/a.zip", "breaks"),
        ("http://127.0.0.1/a.zip", "advice"),
        ("http://192.168.1.7/a.zip", "advice"),
        ("http://authoring/a.zip", "advice"),
        ("http://localhost./a.zip", "advice"),
        ("http://tool.localhost/a.zip", "advice"),
        ("http://172.16.0.1/a.zip", "advice"),
        ("http://172.32.0.1/a.zip", "keeps"),
        ("http://169.254.1.1/a.zip", "advice"),
        ("http://%5B::1%5D/a.zip", "advice"),
        ("http://%5B2001:db8::1%5D/a.zip", "keeps"),
        ("http://%5Bfd00::1%5D/a.zip", "advice"),
    ] {
        check_collect("ELM-007", &format!("package-url={url}"), &[said]);
    }
    // Who publishes to a neighbour may offer a neighbour's package.
    let beside = "target-url=http://10.0.0.7/pens package-url=http://10.0.0.8/a.zip";
    check_collect("ELM-007", beside, &["keeps"]);
    check_collect("ELM-007", "target-url=none package-url=http://localhost/a.zip", &["keeps"]);
    check_collect("ELM-008", "", &["not-applicable"]);
    check_collect("ELM-008", "package-url-password=%26%3D%2B%20%25 package-url-user-id=tk%40x", &["keeps"]);
    check_collect("ELM-008", "package-url-password=secret", &["advice"]);
    check_collect("ELM-008", "package-url-user-id= package-url-account= package-url-password=", &["keeps"]);
    check_collect("ELM-011", "system-user-id=tk system-password=secret", &["advice"]);
    let over_tls = "target-url=https://target.example/pens system-password=secret";
    check_collect("ELM-011", over_tls, &["keeps"]);
}

#[test]
fn receipt_and_alerts_are_urls() {
    for (url, said) in [
        ("mailto:name%40domain.com", "keeps"),
        ("mailto:a%40b.c%2Cd%40e.f", "keeps"),
        ("mailto:nobody", "breaks"),
        ("http://author.example/pens.php%3Fcourse%3D7", "keeps"),
        ("http:/author.com", "breaks"),
        ("/receipt", "breaks"),
        ("ftp://author.example/receipt", "advice"),
    ] {
        check_collect("ELM-012", &format!("receipt={url}"), &[said]);
        check_collect("ELM-013", &format!("alerts={url}"), &[said]);
    }
    check_collect("ELM-012", "receipt=", &["breaks"]);
    check_collect("ELM-013", "alerts=", &["tolerated"]);
    check_collect("ELM-013", "-alerts", &["not-applicable"]);
}

#[test]
fn an_expiry_is_a_moment_in_utc() {
    for (expiry, said) in [
        ("2099-01-01T00:00:00Z", "keeps"),
        ("2099-01-01T00:00:00.5Z", "keeps"),
        ("", "advice"),
        ("20990101T000000Z", "advice"),
        // The run began on 22 November 2026.
        ("2026-11-21T23:59:59Z", "advice"),
        ("2099-01-01T00:00:00", "breaks"),
        ("2099-01-01T00:00:00%2B00:00", "breaks"),
        ("2099-01-01", "breaks"),
        ("2099-02-30T00:00:00Z", "breaks"),
        ("tomorrow", "breaks"),
    ] {
        check_collect("ELM-009", &format!("package-url-expiry={expiry}"), &[said]);
    }
    let passed = format!("{COLLECT} package-url-expiry=2026-11-21T23:59:59Z");
    tells("ELM-009", &passed, "has passed by our clock, 2026-11-22T00:00:00Z: set it if it is wrong");
}
