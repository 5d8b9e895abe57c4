//! Packages over FTP and FTPS.

use super::told::{shows, tells};
use super::{CODE_OK, check};

/// Packages over FTP and targets that do or do not fetch by it.
#[test]
fn stories_of_ftp_are_read_as_they_happened() {
    let ftp = "collect provokes=ERR-1304 package-url=ftp://h/t-2/package/a.zip";
    let staged = format!("{CODE_OK}\ntransaction\nstaged ftp://h/t-2/package/a.zip\n{ftp}");
    let refused = format!("{staged}\nresponse error=1304");
    check("PKG-003", &refused, &["keeps"]);
    check("ERR-1304", &refused, &["keeps"]);
    check("ERR-1304", &format!("profile no-ftp\n{refused}"), &["keeps"]);
    check("PKG-003", &format!("profile ftp\n{}", refused.replace(" provokes=ERR-1304", "")), &["breaks"]);
    let fetched = format!("{staged}\nresponse error=0\ndownload 226 ftp\nreceipt error=0");
    check("PKG-003", &fetched, &["keeps"]);
    check("ERR-1304", &fetched, &["keeps"]);
    check("ERR-1304", &format!("profile no-ftp\n{fetched}"), &["not-applicable"]);
    check("RCT-002", &fetched, &["keeps"]);
    // What a target that speaks FTP makes of a package is no matter of the code for those who do not.
    let locked_out =
        format!("{staged}\nresponse error=0\ndownload 530 ftp\nreceipt error=1312\nwait receipt met");
    check("ERR-1304", &locked_out, &["not-applicable"]);
    check("PKG-003", &locked_out, &["breaks"]);
    // Nothing shows whether a target that tells of a failure has tried.
    let unseen = format!("{staged}\nresponse error=0\nreceipt error=1310\nwait receipt met");
    check("ERR-1304", &unseen, &["inconclusive"]);
    check("PKG-003", &unseen, &["inconclusive"]);
    check("ERR-100", &unseen, &[]);
    check("ERR-1304", &format!("profile no-ftp\n{unseen}"), &["breaks"]);
    check("ERR-1304", &format!("profile no-ftp\n{}", unseen.replace("1310", "1301")), &["tolerated"]);
    // Whom we do not connect to is not seen to fetch.
    let active = format!("{staged}\nresponse error=0\nactive\nreceipt error=1301\nwait receipt met");
    check("PKG-003", &active, &["inconclusive"]);
    tells("PKG-003", &active, "have it fetch in passive mode");
    let shown = format!("{fetched}\nwait receipt met\ntransaction\n{}", active.replace("t-2", "t-3"));
    check("ERR-1304", &active, &["inconclusive"]);
    check("ERR-100", &active, &[]);
    check("ERR-1304", &active.replace("1301", "1304"), &["keeps"]);
    check("ERR-1304", &format!("profile no-ftp\n{active}"), &["tolerated"]);
    check("ERR-1304", &shown, &["keeps", "tolerated"]);
    let provoked = active.replace("ERR-1304", "ERR-1312");
    for row in ["ERR-1312", "ERR-100"] {
        check(row, &provoked, if row == "ERR-100" { &[] } else { &["inconclusive"] });
    }
    let passive = format!("{fetched}\nwait receipt met\ntransaction\n{}", provoked.replace("t-2", "t-3"));
    check("ERR-1312", &passive, &["tolerated"]);
    // At an address that leads nowhere both find nothing.
    let nowhere = format!("{CODE_OK}\ntransaction\n{ftp}\nresponse error=0\nreceipt error=1310");
    check("ERR-1304", &nowhere, &["keeps"]);
    check("ERR-1304", &format!("profile no-ftp\n{nowhere}"), &["breaks"]);
    // Silence is no way to say no.
    let silent = format!("{staged}\nresponse error=0\nwait receipt expired");
    check("PKG-003", &silent, &["inconclusive"]);
    check("ERR-1304", &silent, &["inconclusive"]);
    // Another error of a package over FTP is told by those alone who fetch it.
    let missing = staged.replace("ERR-1304", "ERR-1310");
    check("ERR-1310", &format!("{missing}\nresponse error=1304"), &["not-applicable"]);
    check("ERR-1310", &format!("{missing}\nresponse error=0\nreceipt error=1304"), &["not-applicable"]);
    check(
        "ERR-1310",
        &format!("{missing}\nresponse error=0\ndownload 550 ftp\nreceipt error=550"),
        &["keeps"],
    );
    check(
        "ERR-1310",
        &format!("{missing}\nresponse error=0\ndownload 550 ftp\nreceipt error=0"),
        &["breaks"],
    );
    check("ERR-1310", &format!("{missing}\nresponse error=0\nreceipt error=0"), &["not-applicable"]);
}

/// The same over TLS, which adds ways not to meet.
#[test]
fn stories_of_ftps_are_read_as_they_happened() {
    let ftps = "collect provokes=ERR-1306 package-url=ftps://h/t-2/package/a.zip";
    let staged = format!("{CODE_OK}\ntransaction\nstaged ftps://h/t-2/package/a.zip\n{ftps}");
    let refused = format!("{staged}\nresponse error=0\nreceipt error=1306");
    check("PKG-004", &refused, &["keeps"]);
    check("PKG-003", &refused, &[]);
    check("ERR-1306", &format!("profile no-ftps\n{refused}"), &["keeps"]);
    let claimed = format!("profile ftps\n{}", refused.replace(" provokes=ERR-1306", ""));
    check("PKG-004", &claimed, &["breaks"]);
    let fetched = format!("{staged}\nresponse error=0\ndownload 226 ftps\nreceipt error=0");
    check("PKG-004", &fetched, &["keeps"]);
    check("ERR-1306", &fetched, &["keeps"]);
    // In the clear it is asked for in vain, and that is told of once.
    for (reply, over) in [(534, "ftp"), (522, "ftp"), (522, "ftps")] {
        let clear = format!("{staged}\nresponse error=0\ndownload {reply} {over}\nreceipt error=1301");
        check("PKG-004", &clear, &["breaks"]);
        check("ERR-1306", &clear, &["not-applicable"]);
        check("ERR-1310", &clear.replace("ERR-1306", "ERR-1310"), &["not-applicable"]);
    }
    // What nobody trusts nobody fetches: that is no failure of the peer.
    let distrusted = format!("{staged}\ndistrust\nresponse error=0\nreceipt error=1301\nwait receipt met");
    check("PKG-004", &distrusted, &["inconclusive"]);
    check("ERR-1306", &distrusted, &["inconclusive"]);
    check("ERR-1312", &distrusted.replace("ERR-1306", "ERR-1312"), &["inconclusive"]);
    let told = distrusted.replace("error=1301", "error=1306");
    check("PKG-004", &told, &["inconclusive"]);
    check("ERR-1306", &told, &["keeps"]);
    check("PKG-004", &format!("profile no-ftps\n{told}"), &["keeps"]);
    check("PKG-004", &format!("profile ftps\n{}", told.replace(" provokes=ERR-1306", "")), &["inconclusive"]);
    // Of https it says nothing.
    let https =
        "collect package-url=https://h/t-1/package/a.zip\ndistrust\nresponse error=0\nreceipt error=1302";
    check("PKG-002", https, &["breaks"]);
    // A server of plain FTP that wants TLS is a server that fails.
    let wanting = format!("{CODE_OK}\noffer wrong\nstaged ftp://h/t-2/package/a.zip\n{ftps}");
    let wanting = wanting.replace("ERR-1306", "ERR-1301").replace("url=ftps", "url=ftp");
    check(
        "ERR-1301",
        &format!("{wanting}\nresponse error=0\ndownload 522 ftp\nreceipt error=522"),
        &["keeps"],
    );
    check(
        "ERR-1301",
        &format!("{wanting}\nresponse error=0\ndownload 522 ftp\nreceipt error=0"),
        &["breaks"],
    );
    let upgraded = format!("{wanting}\nresponse error=0\ndownload 226 ftps\nreceipt error=0");
    check("ERR-1301", &upgraded, &["not-applicable"]);
}

#[test]
fn what_is_not_on_offer_over_ftp_is_another_rows() {
    let ftp = "collect provokes=ERR-1304 package-url=ftp://h/t-2/package/a.zip";
    let offered = |offer: &str| format!("{CODE_OK}\n{offer}\nstaged ftp://h/t-2/package/a.zip\n{ftp}");
    let staged = offered("transaction");
    check("PKG-003", &format!("{staged}\nresponse error=1304"), &["keeps"]);
    check("PKG-003", &format!("{}\nresponse error=1304", offered("offer wrong")), &[]);
    let other = staged.replace("ERR-1304", "ERR-1320");
    check("PKG-003", &format!("{other}\nresponse error=1304"), &[]);
    let fetched = "response error=0\ndownload 226 ftp\nreceipt error=0";
    check("PKG-003", &format!("profile ftp\n{staged}\n{fetched}"), &["keeps"]);
    check("PKG-003", &format!("profile no-ftp\n{staged}\nresponse error=1310"), &[]);
    check("PKG-003", &format!("profile no-ftp\n{staged}\nresponse error=0\nreceipt error=1301"), &[]);
    check("PKG-003", &format!("profile no-ftp\n{staged}\n{fetched}"), &["keeps"]);
    check("PKG-003", &format!("{staged}\nresponse error=1101"), &[]);
    let missing = staged.replace("ERR-1304", "ERR-1310");
    tells("ERR-1310", &format!("{missing}\nresponse error=1304"), "does not fetch by FTP, and says so");
}

#[test]
fn each_scheme_is_called_by_its_name() {
    for (scheme, name, claim, row, code) in
        [("ftp", "FTP", "claims.ftp", "PKG-003", 1304), ("ftps", "FTPS", "claims.ftps", "PKG-004", 1306)]
    {
        let url = format!("{scheme}://h/t-2/package/a.zip");
        let staged = format!("{CODE_OK}\ntransaction\nstaged {url}\ncollect package-url={url}");
        let refused = format!("profile {scheme}\n{staged}\nresponse error={code}");
        tells(
            row,
            &refused,
            &format!("says {claim}: yes, and a package over {name} was refused with {code}"),
        );
        let provoked = staged.replace("collect package", &format!("collect provokes=ERR-{code} package"));
        let tried = format!("{provoked}\ndownload 550 {scheme}\nresponse error=1310");
        tells(&format!("ERR-{code}"), &tried, &format!("is judged by {row}"));
    }
}

#[test]
fn a_package_over_ftp_is_no_matter_of_http() {
    let url = "ftp://h/t-1/package/a.ZIP";
    let given = "package-url-user-id=tk package-url-password=pw";
    let published = format!("staged {url}\ncollect package-url={url} {given}");
    let locked_out = format!("{published}\nresponse error=0\ndownload 530 ftp\nreceipt error=1312");
    for row in ["PKG-005", "PKG-013"] {
        check(row, &locked_out, &[]);
    }
    check("PKG-001", &locked_out.replace(given, "").replace("ZIP", "zip"), &[]);
    check("PKG-008", &format!("offer uncommon\n{locked_out}"), &[]);
}

#[test]
fn what_is_not_applicable_over_ftp_shows_how_the_package_was_asked_for() {
    let url = "ftp://h/t-1/package/a.zip";
    let staged = format!("staged {url}\ncollect provokes=ERR-1301 package-url={url}");
    let asked = format!("{staged}\nresponse error=0\ndownload 226 ftp\nreceipt error=0");
    tells("ERR-1301", &asked, "fetched to its end all the same");
    shows("ERR-1301", &asked, &[3, 5]);
}

#[test]
fn who_fetched_after_all_trusted_in_the_end() {
    let url = "ftps://h/t-2/package/a.zip";
    let staged = format!("{CODE_OK}\ntransaction\nstaged {url}\ncollect package-url={url}\nresponse error=0");
    let fetched = "distrust\ndownload 226 ftps\nreceipt error=0";
    check("PKG-004", &format!("{staged}\n{fetched}"), &["keeps"]);
}

#[test]
fn a_package_over_ftp_is_missed_where_others_came() {
    for (scheme, row) in [("ftp", "PKG-003"), ("ftps", "PKG-004")] {
        let staged = |transaction: u8| {
            let url = format!("{scheme}://h/t-{transaction}/package/a.zip");
            format!("transaction\nstaged {url}\ncollect package-url={url}\nresponse error=0")
        };
        let fetched = format!("{CODE_OK}\n{}\ndownload 226 {scheme}\nreceipt error=0", staged(2));
        check(row, &format!("{fetched}\n{}\nwait receipt expired", staged(3)), &["keeps", "breaks"]);
        check(row, &format!("{CODE_OK}\n{}\nwait receipt expired", staged(2)), &["inconclusive"]);
    }
}
