//! Each mistake that a file can have, and what is told of it.

mod hostile;
mod names;
mod variables;

use super::*;
use crate::scenario::steps::Step;

const KNOWN: Known<'static> = Known {
    requirement_ids: &[
        "ERR-100", "ERR-2001", "ERR-2011", "MSG-006", "MSG-007", "PKG-006", "RCT-001", "RSP-001",
    ],
    package_names: &["scorm12-minimal.zip", "scorm12-large.zip"],
    element_names: &[
        "pens-version",
        "command",
        "package-id",
        "package-url",
        "receipt",
        "alerts",
        "vendor-data",
    ],
    faults,
};

/// A fake of `pens::fault`: an element left out is a fault, and there are two such elements.
fn faults(collect: &Collect) -> Vec<String> {
    let row = |name: &String| match name.as_str() {
        "pens-version" => Some("ERR-2001".to_owned()),
        "receipt" => Some("ERR-2011".to_owned()),
        _ => None,
    };
    collect.omit.iter().filter_map(row).collect()
}

const HEAD: &str = "title: t\nsubject: target\n";

/// The headlines of a scenario's mistakes, without the name of the file.
fn headlines(text: &str) -> Vec<String> {
    match load("a", "a", text, &KNOWN) {
        Ok(_) => Vec::new(),
        Err(mistakes) => {
            assert!(!mistakes.diagnostics.is_empty());
            mistakes.diagnostics.iter().map(|d| d.headline().trim_start_matches("a:").to_owned()).collect()
        }
    }
}

/// Line 3 and what follows are given; the title and the subject stand above.
fn check(rest: &str, expected: &[&str]) {
    assert_eq!(headlines(&format!("{HEAD}{rest}")), expected, "{rest}");
}

#[test]
fn a_step_stands_where_its_subject_is() {
    check(
        "steps: [{ trigger: {} }]\n",
        &["3:11: trigger: this step stands only where the subject is a client"],
    );
    check(
        "steps: [{ await: { collect: {} } }]\n",
        &["3:11: await: this event is awaited only where the subject is a client"],
    );
    let deep = "steps: [{ repeat: { times: 2, steps: [{ repeat: { times: 2, steps: [{ repeat: { times: 2, steps: \
                [{ repeat: { times: 2, steps: [{ pause: 1s }] } }] } }] } }] } }]\n";
    check(deep, &["3:11: repetitions stand too deeply in each other: three are the most"]);
    check("steps: [{ repeat: { times: 3, steps: [{ pause: 1s }] } }]\n", &[]);
}

#[test]
fn keys_and_verbs_are_known() {
    check(
        "steps:\n  - collect: { omitt: [receipt] }\n",
        &[r#"4:16: unknown key "omitt"; did you mean "omit"?"#],
    );
    check("stepps: []\n", &[r#"3:1: unknown key "stepps"; did you mean "steps"?"#]);
    check("steps: [{ colect: {} }]\n", &[r#"3:11: unknown verb "colect"; did you mean "collect"?"#]);
    check(
        "steps: [{ dance: {} }]\n",
        &[
            "3:11: unknown verb \"dance\"; there are stage, collect, trigger, respond, fetch, receipt, alert, ask, await, \
           expect, pause and repeat",
        ],
    );
    check(
        "steps:\n  - collect: {}\n    pause: 1s\n",
        &[r#"5:5: a step has exactly one verb, here are 2: "collect" and "pause""#],
    );
    check("steps: [{}]\n", &["3:9: a step has exactly one verb, here is none"]);
    check("steps: [collect]\n", &[r#"3:9: "collect" needs a value: { collect: ... }"#]);
    check("steps: [[]]\n", &["3:9: expected one verb, found a list"]);
    check("steps: [{ collect: }]\n", &["3:18: expected a map of keys and values, found nothing"]);
    check(
        "steps: [{ collect: {}}, { collect: {order: shufled}}]\n",
        &[r#"3:44: unknown order "shufled"; did you mean "shuffled"?"#],
    );
}

#[test]
fn keys_stand_once() {
    check("subject: client\nsteps: []\n", &[r#"3:1: duplicate key "subject""#]);
    check("steps: [{ collect: { set: { client: a, client: b } } }]\n", &[r#"3:40: duplicate key "client""#]);
    check(
        "cases: [{ case: alerts }]\nsteps: [{ collect: { set: { alerts: a, \"${case}\": b } } }]\n",
        &[r#"4:40: duplicate key "alerts""#],
    );
}

#[test]
fn a_scenario_has_what_it_needs() {
    check("steps: []\n", &["3:1: no steps: a scenario has at least one"]);
    check("proves: []\n", &[r#"1:1: missing key "steps""#]);
    assert_eq!(headlines(""), ["1:1: expected a map of keys and values, found nothing"]);
    assert_eq!(headlines("# nothing\n"), ["2:1: expected a map of keys and values, found nothing"]);
    assert_eq!(headlines("[]"), ["1:1: expected a map of keys and values, found a list"]);
    assert_eq!(headlines("subject: target\nsteps: []"), [r#"1:1: missing key "title""#]);
    assert_eq!(
        headlines("title: t\nsubject: lms\nsteps: []"),
        [r#"2:10: unknown subject "lms"; there are target and client"#]
    );
    check("steps: [{ stage: {} }]\n", &[r#"3:18: missing key "package""#]);
}

#[test]
fn an_await_waits_for_one_event() {
    check("steps: [{ await: { receipt: { within: 5m, count: 2 } } }]\n", &[]);
    check("steps: [{ await: {} }]\n", &["3:18: an await has exactly one event, here is none"]);
    check(
        "steps: [{ await: { receipt: {}, alert: {} } }]\n",
        &[r#"3:33: an await has exactly one event, here are 2: "receipt" and "alert""#],
    );
    check(
        "steps: [{ await: { reciept: {} } }]\n",
        &[r#"3:20: unknown event "reciept"; did you mean "receipt"?"#],
    );
    check("steps: [{ await: quiet }]\n", &[r#"3:18: "quiet" needs a value: { quiet: ... }"#]);
    check(
        "steps: [{ await: { alert: { count: 0 } } }]\n",
        &["3:36: integer `0` does not fit: expected a nonzero u32"],
    );
}

#[test]
fn values_have_the_type_that_is_wanted() {
    let bad = |text: &str| {
        format!(
            "bad duration {text:?}: write a whole number and a unit without a space, such as 500ms, 3s or 5m"
        )
    };
    check("steps: [{ pause: 3 }]\n", &[&format!("3:18: {}", bad("3"))]);
    check("steps: [{ pause: 3 seconds }]\n", &[&format!("3:18: {}", bad("3 seconds"))]);
    check("steps: [{ await: { quiet: { within: soon } } }]\n", &[&format!("3:37: {}", bad("soon"))]);
    check("steps: [{ pause: [3s] }]\n", &["3:18: expected a text, found a list"]);
    check("steps: {}\n", &["3:8: expected a list, found a map"]);
    check(
        "steps: [{ collect: { omit: receipt } }]\n",
        &[r#"3:28: expected a list, found the text "receipt""#],
    );
    check("steps: [{ collect: { raw: } }]\n", &["3:25: expected a text, found nothing"]);
    check("steps: [{ collect: { raw: ~ } }]\n", &["3:27: expected a text, found nothing"]);
    check(
        "steps: [{ await: { alert: { count: two } } }]\n",
        &[r#"3:36: expected a whole number, found the text "two""#],
    );
    check(
        "steps: [{ await: { alert: { count: \"2\" } } }]\n",
        &[r#"3:36: expected a whole number, found the text "2""#],
    );
    for number in ["-1", "02", "0x2", "1.0", "1_0", "true"] {
        check(
            &format!("steps: [{{ await: {{ alert: {{ count: {number} }} }} }}]\n"),
            &[&format!("3:36: expected a whole number, found {number}")],
        );
    }
    check(
        "steps: [{ expect: { error: late } }]\n",
        &[r#"3:28: bad error code "late": write its digits, such as 2001"#],
    );
    check(
        "steps: [{ expect: { error: [0, -1] } }]\n",
        &[r#"3:32: bad error code "-1": write its digits, such as 2001"#],
    );
    check("steps: [{ expect: { error: {} } }]\n", &["3:28: this is not one value or a list of them"]);
    let stage =
        |wrong: &str| format!("steps: [{{ stage: {{ package: scorm12-large.zip, wrong: [{wrong}] }} }}]\n");
    check(&stage("{ status: 99 }"), &["3:66: bad HTTP status 99: three digits, from 100 to 999"]);
    check(&stage("{ status: 70000 }"), &["3:66: bad HTTP status 70000: three digits, from 100 to 999"]);
    check(&stage("{ lf: {} }"), &[r#"3:58: "lf" takes no value: write the word alone"#]);
    check(
        &stage("{ cut: 1, hang: 2 }"),
        &[r#"3:66: an item of wrong has exactly one wrongness, here are 2: "cut" and "hang""#],
    );
    check(&stage("bomb"), &[r#"3:56: unknown wrongness "bomb"; did you mean "bom"?"#]);
}

#[test]
fn texts_are_kept_as_they_are_written() {
    let text = "title: no\nsubject: target\ncases: [{ case: no, v: 1.0 }, { case: 010, v: yes }]\nsteps:\n  \
        - collect: { set: { vendor-data: 1.10, alerts: on, command: \"true\", package-id: \"${v}\" }, raw: \"${case}\" }\n";
    let scenario = load("a", "a", text, &KNOWN).unwrap();
    assert_eq!(scenario.title, "no");
    let ids: Vec<&str> = scenario.cases().iter().map(|case| &*case.id).collect();
    assert_eq!(ids, ["a/no", "a/010"]);
    let Step::Collect(collect) = &scenario.cases()[0].steps[0] else { panic!() };
    let values: Vec<&str> = collect.set.values().map(String::as_str).collect();
    assert_eq!(values, ["on", "true", "1.0", "1.10"]);
    assert_eq!(collect.raw.as_deref(), Some("no"));
}

#[test]
fn a_syntax_error_has_its_place() {
    check("steps: [", &["3:8: unclosed bracket '['"]);
    check("steps: a: b\n", &["3:9: mapping values are not allowed in this context"]);
    check("steps: 'x\n", &["4:1: invalid indentation in multiline quoted scalar"]);
    check("steps: *x\n", &["3:8: an alias of an anchor that is not there"]);
    check("steps: !foo []\n", &["3:13: unsupported tag `!foo`"]);
    check("---\n", &["3:4: a second document begins: one is wanted"]);
    check("a: \u{1b}[31m\n", &["3:4: unexpected character: `\\u{1b}'"]);
    check("? [a]\n: 1\n", &["3:3: expected string scalar"]);
    check("a: &a [*a]\n", &["3:8: an alias within its own anchor"]);
}

#[test]
fn a_mark_or_other_line_ends_move_no_place() {
    let text = format!("\u{feff}{HEAD}steps: [{{ colect: {{}} }}]\n").replace('\n', "\r\n");
    assert_eq!(headlines(&text), [r#"3:11: unknown verb "colect"; did you mean "collect"?"#]);
    assert_eq!(
        headlines("title: [é, é]\nsubject: target\nsteps: []"),
        ["1:8: expected a text, found a list"]
    );
    assert_eq!(
        headlines("{ title: é, é: x }"),
        [r#"1:13: unknown key "é"; there are title, subject, proves, needs, cases and steps"#]
    );
}

#[test]
fn an_id_fits_into_addresses_and_reports() {
    let told = |id: &str| load("a", id, "title: t\nsubject: target\nsteps: [{ collect: {} }]", &KNOWN).err();
    assert!(told("target/errors/missing-element").is_none());
    for bad in ["", "a//b", "../b", "a b", "é", "a/", "a\u{7}"] {
        let headline = told(bad).unwrap().diagnostics[0].headline();
        assert!(headline.starts_with("a:1:1: bad id "), "{headline}");
    }
}
