//! Stories of targets and the package of a collect: whether they fetch it, over what, and when they leave it alone.

use super::told::tells;
use super::{CODE_OK, FETCHED, check};

const WAITED: &str = "wait receipt expired";

/// A collect with a package at this URL of the transaction.
fn staged(transaction: u8, scheme: &str, words: &str) -> String {
    let url = format!("{scheme}://h/t-{transaction}/package/a.zip");
    format!("staged {url}\ncollect package-url={url} {words}")
}

#[test]
fn a_package_that_another_row_is_about_is_not_this_ones() {
    let fetched = "response error=0\ndownload 200";
    check("PKG-001", &format!("collect\n{fetched}"), &["keeps"]);
    for other in [
        "collect provokes=ERR-1432",
        "collect package-url-user-id=tk package-url-password=pw",
        "offer uncommon\ncollect",
        "collect package-url=http://h/t-1/package/a.ZIP",
        "collect package-url=http://h/t-1/package/a%2520b.zip",
    ] {
        check("PKG-001", &format!("{other}\n{fetched}"), &[]);
    }
    check("PKG-001", &format!("collect\nresponse error=2001\n{WAITED}"), &[]);
    let by_ftp = staged(1, "ftp", "");
    check("PKG-001", &format!("{by_ftp}\nresponse error=0\ndownload 226 ftp"), &[]);
    // Behind a tunnel that ends TLS every package is one over https.
    let secure = staged(1, "https", "");
    check("PKG-001", &format!("{secure}\n{fetched} path=a.zip"), &["keeps"]);
    let beside =
        |scheme: &str| format!("{secure}\n{fetched} path=a.zip\ntransaction\n{}", staged(2, scheme, ""));
    check("PKG-001", &format!("{}\nresponse error=2001", beside("http")), &[]);
    for scheme in ["https", "ftp", "ftps"] {
        check("PKG-001", &format!("{}\nresponse error=2001", beside(scheme)), &["keeps"]);
    }
}

#[test]
fn a_package_over_https_is_fetched_or_its_lack_explained() {
    let fetched = "response error=0\ndownload 200 path=a.zip";
    check("PKG-002", &format!("{}\n{fetched}", staged(1, "https", "")), &["keeps"]);
    for other in [
        staged(1, "https", "provokes=ERR-1432"),
        staged(1, "https", "package-url-user-id=tk"),
        format!("offer uncommon\n{}", staged(1, "https", "")),
        staged(1, "https", "").replace("a.zip", "a.ZIP"),
        staged(1, "http", ""),
    ] {
        check("PKG-002", &format!("{other}\n{}", fetched.replace("path=a.zip", "")), &[]);
    }
    // Neither a refusal nor an error that anything may bring about says that https is not fetched.
    let secure = staged(1, "https", "");
    check("PKG-002", &format!("{secure}\nresponse error=2001"), &[]);
    let failed = format!("{secure}\nresponse error=0\nreceipt error=1301\nwait receipt met");
    check("PKG-002", &failed, &["inconclusive"]);
    check("PKG-002", &failed.replace("1301", "1302"), &["breaks"]);
    check("PKG-002", &format!("{secure}\nresponse error=1302"), &["breaks"]);
}

#[test]
fn who_does_not_trust_us_is_not_at_fault() {
    let met = |how: &str| format!("{}\nresponse error=0\nhandshake {how}\n{WAITED}", staged(1, "https", ""));
    for (how, words) in [
        ("refused", "does not take the certificate (as told)"),
        ("cut", "left within the handshake"),
        ("left", "left without a word once it had seen the certificate"),
        ("not-tls", "a handshake failed, so nothing came by https: as told"),
    ] {
        check("PKG-002", &met(how), &["inconclusive"]);
        tells("PKG-002", &met(how), words);
    }
    // Whoever asked for something over TLS trusts us.
    check("PKG-002", &met("taken\nhead"), &["breaks"]);
    let provoked = staged(2, "https", "provokes=ERR-1310");
    let refused = format!("{CODE_OK}\ntransaction\n{provoked}\nresponse error=0\nhandshake refused");
    check("ERR-1310", &format!("{refused}\nreceipt error=1301"), &["inconclusive"]);
}

#[test]
fn another_error_of_a_package_over_https_is_told_by_those_who_fetch_it() {
    let answered = |scheme: &str, row: &str, answer: &str| {
        let provoked = staged(2, scheme, &format!("provokes={row}"));
        format!("{CODE_OK}\ntransaction\n{provoked}\n{answer}")
    };
    check("ERR-1310", &answered("https", "ERR-1310", "response error=1302"), &["not-applicable"]);
    check(
        "ERR-1310",
        &answered("https", "ERR-1310", "response error=0\nreceipt error=1302"),
        &["not-applicable"],
    );
    check("ERR-1310", &answered("http", "ERR-1310", "response error=1302"), &["breaks"]);
    check("ERR-1302", &answered("https", "ERR-1302", "response error=1302"), &["keeps"]);
    // Nothing shows that a target which tells of another failure has reached us.
    let vague = "response error=0\nreceipt error=1301";
    check("ERR-1312", &answered("https", "ERR-1312", vague), &["inconclusive"]);
    check("ERR-1432", &answered("https", "ERR-1432", vague), &["inconclusive"]);
    check("ERR-1432", &answered("http", "ERR-1432", vague), &["breaks"]);
    check("ERR-1312", &answered("https", "ERR-1312", "response error=0\nreceipt error=1312"), &["keeps"]);
    let reached = format!("{}\nresponse error=0\ndownload 200", staged(1, "https", ""));
    check("ERR-1432", &answered("https", "ERR-1432", vague).replacen(CODE_OK, &reached, 1), &["breaks"]);
    let came = "response error=0\ndownload 200\nreceipt error=1301";
    check("ERR-1432", &answered("https", "ERR-1432", came), &["breaks"]);
}

#[test]
fn a_type_that_a_target_need_not_take_may_be_refused_in_its_receipt() {
    let of_type = |kind: &str, code: u16| {
        let collect = format!("collect package-type={kind}\nresponse error=0\nreceipt error={code}");
        format!("{FETCHED}\ntransaction\n{collect}\n{WAITED}")
    };
    check("PKG-001", &of_type("aicc-pkg", 1430), &["keeps", "not-applicable"]);
    check("PKG-001", &of_type("aicc-pkg", 1310), &["keeps", "breaks"]);
    check("PKG-001", &of_type("scorm-pif", 1430), &["keeps", "breaks"]);
}

#[test]
fn credentials_are_asked_for_where_they_are_due() {
    check("PKG-005", FETCHED, &[]);
    let guarded = "collect package-url-user-id=tk package-url-password=pw";
    let fetched = "response error=0\ndownload 401\ndownload 200";
    check("PKG-005", &format!("{guarded}\n{fetched}"), &["keeps"]);
    check("PKG-005", &format!("{guarded} provokes=ERR-1312\n{fetched}"), &[]);
}

#[test]
fn a_method_that_is_refused_says_nothing_of_a_url() {
    let uncommon = "collect package-url=http://h/t-1/package/a.ZIP";
    check("PKG-013", &format!("{uncommon}\nresponse error=0\ndownload 200"), &["keeps"]);
    check("PKG-013", &format!("{uncommon}\nresponse error=2008"), &["breaks"]);
    check("PKG-013", &format!("{uncommon}\nresponse status=405 error=2008"), &[]);
    check("PKG-013", &format!("{uncommon}\ncut"), &[]);
}

#[test]
fn a_package_that_is_never_asked_for_is_missed_where_others_came() {
    let again = format!("{FETCHED}\ntransaction\ncollect\nresponse error=0");
    check("PKG-001", &format!("{again}\n{WAITED}"), &["keeps", "breaks"]);
    check("PKG-001", &format!("{again}\nwait receipt given-up"), &["keeps", "inconclusive"]);
    check("PKG-001", &format!("{again}\nwait receipt interrupted"), &["keeps", "inconclusive"]);
    check("PKG-001", &format!("{again}\nwait receipt crowded"), &["keeps", "inconclusive"]);
    check("PKG-001", &format!("collect\nresponse error=0\n{WAITED}"), &["inconclusive"]);
}

#[test]
fn a_refused_collect_is_watched_to_the_end() {
    let refused = "collect\nresponse error=1431";
    check("PKG-006", &format!("{refused}\nwait quiet met"), &["keeps"]);
    for awaited in ["receipt", "download"] {
        check("PKG-006", &format!("{refused}\nwait {awaited} expired"), &["keeps"]);
        check("PKG-006", &format!("{refused}\nwait {awaited} interrupted"), &[]);
    }
    check("PKG-006", &format!("{refused}\nwait quiet crowded"), &[]);
    check("PKG-006", &format!("{refused}\nreceipt error=0\nwait quiet met"), &["breaks"]);
    check("PKG-006", &format!("{refused}\nreceipt error=1431\nwait quiet met"), &["keeps"]);
    // What began when the refusal had just been sent was on its way.
    check("PKG-006", &format!("{refused}\nreceipt error=0 took=1\nwait quiet met"), &["keeps"]);
    check("PKG-006", &format!("{refused}\ndownload 200\nwait quiet met"), &["breaks"]);
}
