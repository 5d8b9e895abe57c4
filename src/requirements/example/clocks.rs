//! Stories of two clocks that show another time: nobody is blamed for the one that may be ours.

use super::check;
use super::told::tells;

/// After the year in which the packages of examples expire, and before it.
const LATE: &str = "date=Fri,%2001%20Jan%202100%2000:00:00%20GMT";
const EARLY: &str = "date=Sun,%2022%20Nov%202026%2000:00:00%20GMT";

#[test]
fn a_package_that_has_expired_by_their_clock_alone_is_no_failure() {
    let refused = |date: &str| format!("collect\nresponse error=1322 {date}");
    let both = |date: &str| format!("collect\nresponse error=0\ntransaction\n{}", refused(date));
    check("RSP-015", &refused(LATE), &["inconclusive"]);
    check("RSP-015", &both(LATE), &["keeps", "inconclusive"]);
    tells("RSP-015", &refused(LATE), "by our clock, 2026-11-22T00:00:00Z, its own 2100-01-01T00:00:00Z");
    // Who does not tell the time may have another one, unless it took another collect.
    check("RSP-015", &refused(""), &["inconclusive"]);
    check("RSP-015", &both(""), &["keeps", "breaks"]);
    // One that expires later, or at no time that could be read, shows nothing of this one's.
    for other in ["package-url-expiry=2199-01-01T00:00:00Z", "-package-url-expiry"] {
        let later = format!("collect {other}\nresponse error=0\ntransaction\n{}", refused(""));
        check("RSP-015", &later, &["keeps", "inconclusive"]);
    }
    // By its own clock the package stays.
    check("RSP-015", &refused(EARLY), &["breaks"]);
    check("RSP-015", &both(EARLY), &["keeps", "breaks"]);
    // No clock has anything to do with another code.
    check("RSP-015", &refused(LATE).replace("1322", "1320"), &["breaks"]);
}

#[test]
fn an_expiry_takes_the_place_of_no_other_error() {
    let twin = "collect\nresponse error=0\ntransaction";
    let provoked = |words: &str, then: &str| format!("{twin}\ncollect {words}\n{then}");
    let absent = "-client provokes=ERR-2010";
    check("ERR-2010", &provoked(absent, &format!("response error=1322 {LATE}")), &["inconclusive"]);
    check("ERR-2010", &provoked(absent, &format!("response error=1322 {EARLY}")), &["breaks"]);
    let passed = "package-url-expiry=2005-01-01T00:00:00Z provokes=ERR-1322";
    check("ERR-1322", &provoked(passed, &format!("response error=1322 {LATE}")), &["keeps"]);
    check("MSG-018", &provoked("color=blue", &format!("response error=1322 {LATE}")), &[]);
    check("MSG-018", &provoked("color=blue", &format!("response error=1322 {EARLY}")), &["breaks"]);
    let order = |date: &str| format!("{twin}\ncollect order=reversed\nresponse error=1322 {date}");
    check("MSG-006", &order(LATE), &[]);
    check("MSG-006", &order(EARLY), &["breaks"]);
    let long = |date: &str| {
        format!(
            "collect long\nresponse error=1322 {date}\ntransaction\ncollect long method=post\nresponse error=1322 {date}"
        )
    };
    check("MSG-011", &long(LATE), &[]);
    check("MSG-011", &long(EARLY), &["breaks"]);
    let uncommon = |date: &str| format!("offer uncommon\ncollect\nresponse error=1322 {date}");
    check("PKG-008", &uncommon(LATE), &["inconclusive"]);
    check("PKG-008", &uncommon(EARLY), &["breaks"]);
    let told = |date: &str| format!("offer uncommon\ncollect\nresponse error=0 {date}\nreceipt error=1322");
    check("PKG-008", &told(LATE), &["inconclusive"]);
    check("PKG-008", &told(EARLY), &["breaks"]);
    let queried = "collect package-url=http://h/t-1/package/a.zip%3Fv%3D1\nresponse error=1322";
    check("PKG-013", &format!("{queried} {LATE}"), &["inconclusive"]);
    check("PKG-013", &format!("{queried} {EARLY}"), &["breaks"]);
}
