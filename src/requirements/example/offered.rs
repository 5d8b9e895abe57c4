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
