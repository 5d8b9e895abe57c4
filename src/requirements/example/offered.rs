//! Stories of packages that clients offer: where they lie, where they lead on to, and whether they are one.

use super::client::ACCEPTED;
use super::told::tells;
use super::{check, outcomes};
use crate::requirements::find;
use crate::requirements::verdict::Outcome;

#[test]
fn a_redirect_is_followed_so_far() {
    let led = "fetch 302 to=http://author.example/b.zip";
    check("PKG-009", &format!("{ACCEPTED}\n{led}\nfetch 200"), &["keeps"]);
    check("PKG-009", &format!("{ACCEPTED}\n{led}\nfetch 404"), &["breaks"]);
    check("PKG-009", &format!("{ACCEPTED}\nfetch 302"), &["breaks"]);
    // A Location is a redirect's with a status of one alone.
    check("PKG-009", &format!("{ACCEPTED}\nfetch 200 to=http://author.example/b.zip"), &["keeps"]);
    let times = |count: usize| format!("{ACCEPTED}{}", format!("\n{led}").repeat(count));
    check("PKG-009", &times(5), &[]);
    check("PKG-009", &times(6), &["breaks"]);
    tells("PKG-009", &times(7), "its server leads on, 7 times in a row");
}

#[test]
fn a_server_that_takes_no_basic_credentials_is_one_that_we_cannot_speak_to() {
    let guarded = "role client\ncollect package-url-user-id=tk package-url-password=pw\nresponse error=0";
    let fetched = |words: &str| format!("{guarded}\nfetch 401 {words}");
    let digest = "wants=Digest%20realm=%22basic,%20basic%22,qop=%22auth%22";
    for other in [digest, "wants=Bearer", "wants=Negotiate wants=NTLM"] {
        check("PKG-009", &fetched(&format!("auth {other}")), &["inconclusive"]);
    }
    tells("PKG-009", &fetched(&format!("auth {digest}")), "its server takes no Basic credentials");
    for basic in [
        "wants=Basic%20realm=%22a%22",
        "wants=basic",
        "wants=Digest%20a=%22b%22,%20Basic%20realm=%22a%22",
        "",
    ] {
        check("PKG-009", &fetched(&format!("auth {basic}")), &["breaks"]);
    }
    check("PKG-009", &fetched(&format!("auth {digest} wants=Basic")), &["breaks"]);
    check("PKG-009", &format!("{ACCEPTED}\nfetch 401 {digest}"), &["breaks"]);
    check("PKG-009", &fetched(&format!("auth {digest}")).replace("401", "403"), &["breaks"]);
}

#[test]
fn nothing_or_a_page_is_no_package() {
    const PAGE: &str = "body=%0A%3C!DOCTYPE%20html%3E";
    let offered =
        |words: &str, body: &str| format!("role client\ncollect {words}\nresponse error=0\nfetch 200 {body}");
    let long = format!("{PAGE}{}", "%3Cp%3E".repeat(30_000));
    for (body, words) in [
        ("body=", "cannot be fetched: what came is empty; likely the package was not written yet"),
        (PAGE, "cannot be fetched: what came is a page and no archive; likely package-url leads to a login"),
        (long.as_str(), "what came is a page"),
        ("body=%EF%BB%BF%3Chtml%3E", "what came is a page"),
        ("body=%FF%FE%3C%00h%00", "what came is a page"),
        ("body=%FE%FF%00%3C%00h", "what came is a page"),
    ] {
        for format in ["", "package-format=jar", "package-format=war"] {
            check("PKG-009", &offered(format, body), &["breaks"]);
            tells("PKG-009", &offered(format, body), words);
            check("PKG-010", &offered(format, body), &[]);
        }
        // Whether a page is what a format without an archive promises, nobody can say.
        for format in ["url", "xml", ""] {
            check("PKG-009", &offered(&format!("package-format={format}"), body), &["keeps"]);
        }
    }
    // What is no archive and no page either is there, and is not what it is called.
    check("PKG-009", &offered("", "body=PK"), &["keeps"]);
    check("PKG-010", &offered("", "body=PK"), &["breaks"]);
    check("PKG-009", &offered("", "zip=%3Ca.html,imsmanifest.xml"), &["keeps"]);
    // A login in the place of what is guarded gives it to nobody, and one page is not one package.
    let guarded = "package-url-user-id=tk package-url-password=pw";
    check("PKG-009", &format!("{}\nfetch 200 auth", offered(guarded, PAGE)), &["keeps"]);
    check("PKG-009", &format!("{}\nfetch 200 auth", offered(guarded, "body=PK")), &["keeps", "advice"]);
    let twice = format!(
        "{}\ncollect package-id=http://author.example/2\nresponse error=0\nfetch 200 {PAGE}",
        offered("", PAGE)
    );
    check("PKG-011", &twice, &[]);
    check("PKG-011", &twice.replace(PAGE, "body=PK"), &["breaks"]);
    check("PKG-016", &format!("{}\nfetch 200 {PAGE}", offered("", "body=PK")), &["breaks"]);
}

#[test]
fn a_package_that_is_longer_than_anybody_reads_here_may_be_one() {
    const GIBIBYTE: u64 = 1 << 30;
    let endless = |status: u16, length: u64| format!("{ACCEPTED}\nfetch {status} endless={length}");
    check("PKG-009", &endless(200, GIBIBYTE + 1), &["inconclusive"]);
    tells("PKG-009", &endless(200, GIBIBYTE + 1), "it is larger than penspec fetches");
    check("PKG-010", &endless(200, GIBIBYTE + 1), &[]);
    check("PKG-009", &endless(150, GIBIBYTE + 1), &["inconclusive"]);
    // What is longer than an answer may be, for all that little of it is a package.
    for (status, length) in [(200, GIBIBYTE), (200, 0), (404, GIBIBYTE + 1)] {
        check("PKG-009", &endless(status, length), &["breaks"]);
        tells("PKG-009", &endless(status, length), "its answer does not come to an end");
    }
}

#[test]
fn a_package_that_was_not_asked_for_is_told_once_and_only_where_it_could_be() {
    let published = |url: &str| format!("role client\ncollect package-url={url}\nresponse error=0");
    for scheme in ["http", "HTTPS", "ftp", "ftps"] {
        check("PKG-009", &published(&format!("{scheme}://author.example/a.zip")), &["inconclusive"]);
    }
    check("PKG-009", &published("file:///a.zip"), &[]);
    check("PKG-009", "role client\ncollect -package-url\nresponse error=0", &[]);
    check("PKG-009", &format!("{ACCEPTED}\nfetch 200\ncollect\nresponse error=0"), &["keeps"]);
}

#[test]
fn one_package_at_least_is_offered_by_http() {
    let published = |url: &str| format!("role client\ncollect package-url={url}");
    for (url, said) in [
        ("http://author.example/a.zip", "keeps"),
        ("HTTPS://author.example/a.zip", "keeps"),
        ("ftp://author.example/a.zip", "inconclusive"),
        ("FTPS://author.example/a.zip", "inconclusive"),
        ("file:///a.zip", "breaks"),
        ("a.zip", "breaks"),
    ] {
        check("PKG-015", &published(url), &[said]);
    }
    // What is wrong with such a URL another row tells.
    for url in ["http:///a.zip", "HTTPS://author.example/a%20b.zip"] {
        check("PKG-015", &published(url), &[]);
    }
}

#[test]
fn a_package_is_the_same_by_its_bytes_or_by_its_files() {
    let twice = |one: &str, other: &str| {
        let again = "collect package-id=http://author.example/2\nresponse error=0";
        format!("{ACCEPTED}\nfetch 200 {one}\n{again}\nfetch 200 {other}")
    };
    for (one, other, said) in [
        ("body=x", "body=x", &["breaks"][..]),
        ("body=x", "body=y", &[]),
        ("body=x", "zip=a.html", &[]),
        ("zip=a.html,b.html", "zip=b.html,a.html", &["breaks"]),
        ("zip=a.html", "zip=a.html,b.html", &[]),
    ] {
        check("PKG-011", &twice(one, other), said);
    }
}

#[test]
fn a_package_stays_until_its_receipt() {
    check("PKG-016", &format!("{ACCEPTED}\nfetch 200\nfetch 404\nreceipt error=0"), &["breaks"]);
    check("PKG-016", &format!("{ACCEPTED}\nfetch 200\nreceipt error=0\nfetch 404"), &[]);
}

#[test]
fn a_package_that_left_with_its_command_has_a_cure() {
    let ended = "the trigger command had ended";
    tells("PKG-009", &format!("{ACCEPTED}\nleft\nfetch refused"), ended);
    tells("PKG-016", &format!("{ACCEPTED}\nfetch 200\nleft\nfetch refused"), ended);
    tells("PKG-016", &format!("{ACCEPTED}\nfetch 200\nleft\nfetch refused"), "the package went with it");
    // Whose command we have ended is not at fault.
    check("PKG-009", &format!("{ACCEPTED}\nleft killed\nfetch refused"), &["inconclusive"]);
    tells(
        "PKG-009",
        &format!("{ACCEPTED}\nleft killed\nfetch refused"),
        "penspec had ended the trigger command",
    );
    tells(
        "PKG-016",
        &format!("{ACCEPTED}\nfetch 200\nleft killed\nfetch refused"),
        "that outlives the command",
    );
    let there = outcomes(find("PKG-009").unwrap(), &format!("{ACCEPTED}\nfetch refused\nleft after=5000"));
    assert!(there.iter().filter_map(Outcome::finding).all(|finding| finding.cause.is_none()));
}
