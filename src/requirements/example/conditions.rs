//! Rows that cannot arise with a subject, as its profile or its collects have it.

use super::check;
use super::told::tells;

#[test]
fn what_the_profile_says_decides_what_can_arise() {
    for (id, profile, why) in [
        ("RSP-016", "", "does not say that a password is required"),
        ("ERR-103", "", "gives no system-password"),
        ("ERR-1304", "profile ftp\n", "says that packages are fetched by FTP"),
        ("ERR-1306", "profile ftps\n", "says that packages are fetched by FTPS"),
        ("ERR-1440", "", "names no quota"),
        ("ERR-1432", "profile unopened\n", "says that packages are stored unopened"),
        ("ALR-003", "profile unopened\n", "says that packages are stored unopened"),
        ("PKG-014", "", "does not turn security probes on"),
    ] {
        tells(id, &format!("{profile}collect\nresponse error=0"), why);
    }
    for (id, profile) in [
        ("RSP-016", "password-required"),
        ("ERR-103", "system-password"),
        ("ERR-1304", "no-ftp"),
        ("ERR-1306", "no-ftps"),
        ("ERR-1440", "quota"),
        ("ERR-1432", "ftp"),
        ("PKG-014", "security-probes"),
    ] {
        check(id, &format!("profile {profile}\ncollect\nresponse error=0"), &[]);
    }
}

#[test]
fn what_a_proxy_may_have_written_is_nobodys_fault() {
    let story = "collect\nresponse error=0\ndownload 200\nreceipt error=0";
    for id in ["MSG-001", "RSP-006"] {
        check(id, story, &["keeps"]);
    }
    for (id, profile) in
        [("MSG-001", "tunnel"), ("RSP-006", "proxy"), ("RSP-010", "proxy"), ("SEQ-003", "proxy")]
    {
        let why = "seen through a proxy, which may have written this anew";
        tells(id, &format!("profile {profile}\n{story}"), why);
    }
    check("RSP-006", &format!("profile tunnel\n{story}"), &["keeps"]);
    check("MSG-001", &format!("profile proxy\n{story}"), &["keeps"]);
    check("RSP-001", &format!("profile proxy\n{story}"), &["keeps"]);
}

#[test]
fn a_client_is_excused_by_mail_alone() {
    let mail = "role client\ncollect receipt=mailto:a%40b.c alerts=mailto:a%40b.c";
    check("ELM-012", mail, &["keeps"]);
    check("CBK-001", mail, &["not-applicable"]);
    check("CBK-001", &mail.replacen("mailto:a%40b.c", "https://author.example/receipt", 1), &[]);
    check("CBK-001", &mail.replacen("mailto:a%40b.c", "HTTP://author.example/receipt", 1), &[]);
}
