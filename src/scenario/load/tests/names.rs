//! Names that are names of nothing, and what a collect claims to provoke.

use super::*;
use crate::yaml::Diagnostic;

#[test]
fn names_are_names_of_something() {
    check(
        "steps:\n  - collect: { omit: [alerts, reciept] }\n",
        &[r#"4:31: unknown element "reciept"; did you mean "receipt"?"#],
    );
    check(
        "steps:\n  - collect: { set: { vendor_data: x } }\n",
        &[r#"4:23: unknown element "vendor_data"; did you mean "vendor-data"?"#],
    );
    check(
        "steps: [{ collect: { repeat: [x] } }]\n",
        &[
            r#"3:31: unknown element "x"; there are pens-version, command, package-id, package-url, receipt, alerts and vendor-data"#,
        ],
    );
    check(
        "proves: [MSG-007, MSG-07]\nsteps: [{ collect: {} }]\n",
        &[r#"3:19: unknown requirement "MSG-07"; did you mean "MSG-007"?"#],
    );
    check(
        "steps: [{ collect: { omit: [receipt], provokes: ERR-2012 } }]\n",
        &[r#"3:49: unknown requirement "ERR-2012"; did you mean "ERR-2011"?"#],
    );
    check(
        "steps: [{ stage: { package: scorm12-minmal.zip } }]\n",
        &[r#"3:29: unknown package "scorm12-minmal.zip"; did you mean "scorm12-minimal.zip"?"#],
    );
}

#[test]
fn all_mistakes_of_sense_are_told_in_the_order_of_the_lines() {
    check(
        "steps:\n  - collect: { omit: [reciept] }\n  - stage: { package: x.zip }\n  - expect: {}\nproves: [MSG-7]\n",
        &[
            r#"4:23: unknown element "reciept"; did you mean "receipt"?"#,
            r#"5:23: unknown package "x.zip"; there are course, scorm12-minimal.zip and scorm12-large.zip"#,
            r#"6:5: nothing is expected: give "error", "error-text", "body", "within" or "count""#,
            r#"7:10: unknown requirement "MSG-7"; did you mean "MSG-007"?"#,
        ],
    );
}

#[test]
fn what_a_collect_provokes_is_what_it_carries() {
    let check = |collect: &str, expected: &[&str]| {
        check(&format!("steps: [{{ collect: {{ {collect} }} }}]\n"), expected);
    };
    check("omit: [receipt], provokes: ERR-2011", &[]);
    check("omit: [receipt, pens-version], provokes: [ERR-2011, ERR-2001]", &[]);
    check(
        "omit: [receipt, pens-version], provokes: ERR-2011",
        &["3:63: this collect says that it provokes ERR-2011, but what it carries is ERR-2001 and ERR-2011"],
    );
    check(
        "provokes: ERR-2011",
        &["3:32: this collect says that it provokes ERR-2011, but what it carries is none"],
    );
    check(
        "omit: [receipt]",
        &[r#"3:11: this collect carries ERR-2011 without a word of it: add "provokes""#],
    );
}

#[test]
fn defects_are_checked_as_strictly() {
    let check = |rest: &str, expected: &[&str]| {
        let told = load_defect("a", "a", &format!("{HEAD}{rest}"), &KNOWN).err().map(|told| told.diagnostics);
        let told = told.unwrap_or_default().iter().map(Diagnostic::headline).collect::<Vec<_>>();
        assert_eq!(told, expected, "{rest}");
    };
    check("breaks: [ERR-2011]\nhabits: [{ overlook: [receipt] }]\n", &[]);
    check(
        "breaks: [ERR-2111]\nhabits: [{ overlook: [reciept] }]\n",
        &[
            r#"a:3:10: unknown requirement "ERR-2111"; did you mean "ERR-2011"?"#,
            r#"a:4:23: unknown element "reciept"; did you mean "receipt"?"#,
        ],
    );
    check("breaks: []\nhabits: []\n", &["a:4:1: no habits: a defect has at least one"]);
    check(
        "breaks: []\nhabits: [{ skip: [sleep] }]\n",
        &[r#"a:4:19: unknown act "sleep"; there are answer, fetch, receipt and alerts"#],
    );
    check(
        "breaks: []\nhabits: [{ respond: { when: { without: alert }, echo: vendordata } }]\n",
        &[
            r#"a:4:40: unknown element "alert"; did you mean "alerts"?"#,
            r#"a:4:55: unknown element "vendordata"; did you mean "vendor-data"?"#,
        ],
    );
    check(
        "breaks: []\nhabits: [{ receipt: { omit: [eror], set: { x: y }, to: alert } }]\n",
        &[r#"a:4:56: unknown destination "alert"; did you mean "alerts"?"#],
    );
    check(
        "breaks: []\nhabits: [{ receipt: { omit: [eror], set: { error-txt: y } } }]\n",
        &[
            r#"a:4:30: unknown element "eror"; did you mean "error"?"#,
            r#"a:4:44: unknown element "error-txt"; did you mean "error-text"?"#,
        ],
    );
    check(
        "breaks: []\nhabits: [{ skip: [fetch] }]\ncollateral: [{ requirement: \"XYZ-*\", because: x }]\n",
        &[r#"a:5:29: no requirement is matched by "XYZ-*""#],
    );
    check(
        "breaks: []\nhabits: [{ skip: [fetch] }]\ncollateral: [{ requirement: RCT-01, because: x }]\n",
        &[r#"a:5:29: unknown requirement "RCT-01"; did you mean "RCT-001"?"#],
    );
}

#[test]
fn a_habit_of_the_other_role_is_refused_where_it_stands() {
    let check = |subject: &str, habit: &str, expected: &[&str]| {
        let text = format!("title: A\nsubject: {subject}\nbreaks: []\nhabits:\n  - {habit}\n");
        let told = load_defect("a", "a", &text, &KNOWN).err().map(|told| told.diagnostics);
        let told = told.unwrap_or_default().iter().map(Diagnostic::headline).collect::<Vec<_>>();
        assert_eq!(told, expected, "{subject}: {habit}");
    };
    check("client", "collect: { omit: [receipt] }", &[]);
    check("client", "stage: { in-turn-with: scorm12-large.zip, stays: until-fetched }", &[]);
    check("client", "acknowledge: { only: alerts, when: { after: 1 }, echo: error-text, wrong: [lf] }", &[]);
    check(
        "client",
        "overlook: [receipt]",
        &["a:5:5: overlook: this habit is had only where the subject is a target"],
    );
    check(
        "target",
        "acknowledge: { wrong: [lf] }",
        &["a:5:5: acknowledge: this habit is had only where the subject is a client"],
    );
    check(
        "client",
        "collect: { set: { recipt: x }, omit: [alert] }",
        &[
            r#"a:5:23: unknown element "recipt"; did you mean "receipt"?"#,
            r#"a:5:43: unknown element "alert"; did you mean "alerts"?"#,
        ],
    );
    check(
        "client",
        "stage: { package: scorm12-minmal.zip }",
        &[r#"a:5:23: unknown package "scorm12-minmal.zip"; did you mean "scorm12-minimal.zip"?"#],
    );
}

#[test]
fn a_step_is_about_a_publishing_that_was_asked_for() {
    let check = |steps: &str, expected: &[&str]| {
        let text = format!(
            "title: A\nsubject: client\nsteps:\n  - trigger: {{ as: first, if-none: go-on }}\n  - {steps}\n"
        );
        assert_eq!(headlines(&text), expected, "{steps}");
    };
    for step in ["fetch", "receipt", "alert"] {
        check(&format!("{step}: {{ of: first }}"), &[]);
    }
    check("await: { collect: { of: first } }", &[]);
    check("receipt: { of: frist }", &[r#"5:20: unknown transaction "frist"; did you mean "first"?"#]);
    check("await: { collect: { of: second } }", &[r#"5:29: unknown transaction "second"; there are first"#]);
    // All collects of a case are answered alike, and its silence is one.
    check("respond: { of: first }", &[r#"5:20: unknown transaction "first""#]);
    check("await: { quiet: { of: first } }", &[r#"5:27: unknown transaction "first""#]);
}
