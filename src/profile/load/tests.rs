//! Each mistake that a profile can have, and what is told of it.

use super::*;

const SURROUNDINGS: Surroundings<'static> = Surroundings {
    vault: Vault {
        variable: &|name| match name {
            "LMS_PASSWORD" => Some("hunter2-canary".to_owned()),
            "WORD" => Some("error".to_owned()),
            "HOST" => Some("lms.example".to_owned()),
            _ => None,
        },
        file: &|_| Err("no such file".to_owned()),
    },
    requirement_ids: &["RSP-004", "RSP-006"],
    is_common: &|text| "error-text".contains(text),
    course: &|file| if file == "gone.zip" { Err("gone.zip is not there".to_owned()) } else { Ok(()) },
    proxy: &|text| if text.contains(' ') { Err(format!("bad address {text:?}")) } else { Ok(()) },
    advertised: &|_, text| if text.contains(' ') { Err(format!("bad address {text:?}")) } else { Ok(()) },
};

/// The example of the format, without what this version has not.
const WHOLE: &str = r#"
subject: { name: Acme LMS, version: "9.2" }
target:
  url: http://lms.example/pens?partition=staging1
  system-user-id: pens
  system-password: ${env:LMS_PASSWORD}
  headers: { X-Api-Key: "Bearer ${env:LMS_PASSWORD}", X-Tenant: "literal:7" }
elements: { client: penspec, package-type: scorm-pif, package-type-version: "1.2", package-format: zip, package: my-course.zip, id-namespace: "https://author.example/" }
claims:
  https: yes
  ftp: no
  package-types: [scorm-pif, aicc-pkg]
  quota: 2 GiB
listen: { http: "localhost:8080", https: off, smtp: 127.0.0.1:0, ftp: off }
advertise: { http: http://harness.example:8080 }
limits: { receipt: 60s, quiet: 500ms }
max-in-flight: 1
reading: strict
security-probes: off
keep-going: yes
progress: plain
report-dir: out
selection: { scenarios: [target/errors/*], requirements: [RSP-004], levels: [must], directory: mine, built-in: no }
accept:
  - { requirement: RSP-006, scenario: "*", reason: ticket 4711, until: 2027-03-01 }
"#;

/// The first line of each message, and that none shows what stands in the open.
fn check(text: &str, expected: &[&str]) {
    let told = match load("p.yaml", text, SURROUNDINGS) {
        Ok(_) => Vec::new(),
        Err(mistakes) => {
            assert!(!mistakes.to_string().contains("hunter2"), "{mistakes}");
            mistakes
                .diagnostics
                .iter()
                .map(|one| one.headline().trim_start_matches("p.yaml:").to_owned())
                .collect()
        }
    };
    assert_eq!(told, expected, "{text}");
}

#[test]
fn a_whole_profile_is_taken() {
    let loaded = load("p.yaml", WHOLE, SURROUNDINGS).unwrap();
    let profile = loaded.profile;
    assert_eq!(profile.target.system_password.unwrap().reveal(), "hunter2-canary");
    assert_eq!(profile.target.headers["X-Api-Key"].reveal(), "Bearer hunter2-canary");
    assert_eq!(profile.listen.http.to_string(), "127.0.0.1:8080");
    assert_eq!(profile.limits.receipt.as_secs(), 60);
    assert_eq!(profile.accept[0].until.to_string(), "2027-03-01");
    let canary = "hunter2-canary";
    assert_eq!(loaded.hidden, [canary, canary, canary, "Bearer hunter2-canary", "X-Tenant: 7"]);
}

#[test]
fn a_secret_that_stands_in_every_message_is_masked_in_its_own_place_alone() {
    let target = "url: http://lms.example/, system-password: \"${env:WORD}\", headers: { X-A: \"${env:WORD}\", X-B: \"${env:HOST}\" }";
    let loaded = load("p.yaml", &format!("target: {{ {target} }}"), SURROUNDINGS).unwrap();
    assert_eq!(loaded.hidden, ["X-A: error", "X-B: lms.example"]);
}

#[test]
fn a_profile_that_says_nothing_is_the_default() {
    for text in ["", "# nothing\n", "{}", "\u{feff}# nothing"] {
        assert_eq!(load("p.yaml", text, SURROUNDINGS), Ok(Loaded::default()), "{text:?}");
    }
}

#[test]
fn a_course_that_cannot_be_offered_has_its_place() {
    check("elements: { package: a.zip }", &[]);
    check("elements: { package: gone.zip }", &["1:22: gone.zip is not there"]);
}

#[test]
fn unknown_keys_and_words_are_told_with_what_was_meant() {
    check("targett: {}", &[r#"1:1: unknown key "targett"; did you mean "target"?"#]);
    check("target: { ulr: x }", &[r#"1:11: unknown key "ulr"; did you mean "url"?"#]);
    check("claims: { alerts: true }", &[r#"1:19: unknown claim "true"; there are yes and no"#]);
    check("security-probes: maybe", &[r#"1:18: unknown security probes "maybe"; there are on and off"#]);
    check("reading: strickt", &[r#"1:10: unknown reading "strickt"; did you mean "strict"?"#]);
    check("max-in-flight: 0", &["1:16: integer `0` does not fit: expected a nonzero usize"]);
    check(
        "limits: { receipt: 60 }",
        &[
            r#"1:20: bad duration "60": write a whole number and a unit without a space, such as 500ms, 3s or 5m"#,
        ],
    );
    check(
        "claims: { quota: 2 }",
        &[
            r#"1:18: bad size "2": write a whole number and a unit, such as 64 KiB, 100 MB or 2 GiB (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)"#,
        ],
    );
    check(
        "listen: { http: 8080 }",
        &[
            "1:17: write an IP address of this machine and a port, such as 127.0.0.1:8080; port 0 takes any free one",
        ],
    );
    check("advertise: { http: a b }", &[r#"1:20: bad address "a b""#]);
    check("advertise: { https: a b }", &[r#"1:21: bad address "a b""#]);
    check("a: [", &["1:4: unclosed bracket '['"]);
}

#[test]
fn what_cannot_be_is_refused_and_never_ignored() {
    check("tls: { trust: a.pem, insecure-skip-verify: no }", &[]);
    check("proxy: http://x", &[]);
    check("proxy: a b", &[r#"1:8: bad address "a b""#]);
    check("trigger: { command: make }", &[]);
    check(
        "listen: { ftp-passive: 2-1 }",
        &["1:24: write the first and the last port with a hyphen between them, such as 50000-50020"],
    );
    check("advertise: { mail-domain: \"a b\" }", &["1:27: bad address \"a b\""]);
    check("mail: { from: \"a b\" }", &["1:15: bad address \"a b\""]);
    check("mail: { user: pens }", &["1:7: a user and a password of the mail server go together"]);
    check("mail: { server: smtp.example }", &["1:17: write a host and a port, such as smtp.example:25"]);
    check("listen: { https: 127.0.0.1:8443 }", &[]);
    check(
        "listen: { https: 8443 }",
        &[
            "1:18: write an IP address of this machine and a port, such as 127.0.0.1:8080, or off; port 0 takes any free one",
        ],
    );
    check(
        "listen: { http: off }",
        &["1:17: HTTP cannot be off: packages are offered over it, and receipts and alerts come by it"],
    );
}

#[test]
fn a_secret_in_the_open_is_refused_and_not_shown() {
    let open = "a secret stands here in the open; write ${env:NAME} and set that variable, or ${file:PATH}, or literal: before it when everybody may know it";
    check("target: { system-password: hunter2 }", &[&format!("1:28: {open}")]);
    check("target:\n  headers: { X-Key: hunter2 }", &[&format!("2:21: {open}")]);
    check(
        "target: { headers: hunter2 }",
        &["1:20: expected a map of keys and values, found the text \"****\""],
    );
    check("target: { system-password: \"hunter2, ulr: x }", &["1:28: unclosed quote"]);
    check(
        "target: { system-password: \"literal:hunter2\", ulr: x }",
        &[r#"1:47: unknown key "ulr"; did you mean "url"?"#],
    );
}

#[test]
fn a_reference_that_leads_nowhere_names_itself_and_its_place() {
    check(
        "target: { system-password: \"${env:ABSENT}\" }",
        &["1:28: the environment variable ABSENT is not set; set it before penspec is started"],
    );
    check("target: { system-password: \"${file:key}\" }", &["1:28: key: cannot be read: no such file"]);
    check(
        "subject: { name: \"${env:ABSENT}\" }",
        &["1:18: only system-password, headers and mail.password take references"],
    );
}

#[test]
fn headers_are_headers() {
    let bad = r#"1:22: bad header "X Key": letters, digits and hyphens, without a colon"#;
    check("target: { headers: { X Key: \"literal:abcd\" } }", &[bad]);
    let ours = r#"1:22: the header "Host" is not yours to give: it says how a message is laid out"#;
    check("target: { headers: { Host: \"literal:abcd\" } }", &[ours]);
    let control = r#"1:22: the value of "X-Key" has a control character in it"#;
    check("target: { headers: { X-Key: \"literal:a\\r\\nb\" } }", &[control]);
}

#[test]
fn an_accepted_failure_has_all_four_keys() {
    let accept = |rest: &str| format!("accept:\n  - {{ {rest} }}");
    check(&accept("requirement: RSP-006, scenario: \"*\", reason: x"), &[r#"2:5: missing key "until""#]);
    check(
        &accept("requirement: RSP-07, scenario: \"*\", reason: x, until: 2027-03-01"),
        &[r#"2:20: unknown requirement "RSP-07"; did you mean "RSP-004"?"#],
    );
    check(
        &accept("requirement: RSP-006, scenario: \"*\", reason: \"\", until: 2027-03-01"),
        &["2:52: an accepted failure needs a reason"],
    );
    check(
        &accept("requirement: RSP-006, scenario: \"*\", reason: x, until: soon"),
        &[r#"2:62: bad date "soon": write year, month and day, such as 2027-03-01"#],
    );
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    check(&"#".repeat(LONGEST + 1), &["1:1: the file is too long: 256 KiB at most"]);
}
