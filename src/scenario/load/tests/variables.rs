//! Cases and their variables.

use super::*;
use crate::scenario::steps::r#await::Await;
use crate::scenario::wrong::Wrong;

#[test]
fn a_variable_is_defined_and_used() {
    let steps = "steps:\n  - collect: { omit: [\"${case}\"], set: { vendor-data: \"a ${text}\" } }\n";
    let cases = |rows: &str| format!("cases:\n{rows}{steps}");
    check(&cases("  - { case: alerts, text: x }\n"), &[]);
    check(
        &cases("  - { case: alerts, txt: x }\n"),
        &[
            r#"4:21: unused variable "txt": no step has ${txt}"#,
            r#"6:55: undefined variable "text"; did you mean "txt"?"#,
        ],
    );
    check(
        &cases("  - { case: alerts, text: x }\n  - { case: command }\n"),
        &[r#"5:5: case "command" does not define variable "text""#],
    );
    check(
        steps,
        &[
            r#"4:23: undefined variable "case": there are no cases"#,
            r#"4:55: undefined variable "text": there are no cases"#,
        ],
    );
    check(
        &cases("  - { case: alert, text: x }\n"),
        &[r#"4:13: unknown element "alert"; did you mean "alerts"?"#],
    );
    check(
        &cases("  - { case: alerts, text: [x] }\n"),
        &[r#"6:55: variable "text" is no text: it cannot stand within one"#],
    );
    check(
        "steps: [{ collect: { raw: \"${a b}\" } }]\n",
        &[
            r#"3:27: no name of a variable behind "${": write a variable as ${name}, the two characters themselves as $${"#,
        ],
    );
    check("steps: [{ collect: { raw: \"a$${b}\" } }]\n", &[]);
    check(
        "cases: [{ case: a, in: x }]\nsteps: [{ collect: { omit: [\"${in}\"] } }]\n",
        &[
            r#"3:24: unknown element "x"; there are pens-version, command, package-id, package-url, receipt, alerts and vendor-data"#,
        ],
    );
}

#[test]
fn a_title_alone_does_not_use_a_variable() {
    assert_eq!(
        headlines(
            "title: ${what}\nsubject: target\ncases: [{ case: a, what: x }]\nsteps: [{ collect: {} }]\n"
        ),
        [r#"3:20: unused variable "what": no step has ${what}"#]
    );
}

#[test]
fn cases_are_a_list_of_different_names() {
    let check = |cases: &str, expected: &[&str]| {
        check(&format!("cases: {cases}\nsteps: [{{ collect: {{}} }}]\n"), expected);
    };
    check("[{ case: get }, { case: get }]", &[r#"3:32: duplicate case "get""#]);
    check("[]", &["3:8: no cases: leave the key out, or give one"]);
    check("x", &[r#"3:8: expected a list of cases, found the text "x""#]);
    check("[x]", &[r#"3:9: expected a case, such as { case: name }, found the text "x""#]);
    check("[{ name: x }]", &[r#"3:9: missing key "case""#]);
    let name = r#"3:17: bad name of a case: a case is named with letters, digits, "-", "_" and ".", a letter or digit first"#;
    for bad in ["a/b", "../x", "\"\"", "\"a b\"", "é"] {
        check(&format!("[{{ case: {bad} }}]"), &[name]);
    }
    check("[{ case: [a] }]", &["3:17: expected a text, found a list"]);
    check("[{ case: }]", &["3:15: expected a text, found nothing"]);
}

#[test]
fn a_variable_can_be_a_number_or_a_list() {
    let text = "title: \"${case}: ${n}\"\nsubject: target\ncases: [{ case: a, n: 2, w: [lf, { cut: 9 }] }, { case: b, n: \"3\", w: [] }]\nsteps:\n  \
        - stage: { package: scorm12-large.zip, wrong: \"${w}\" }\n  - await: { alert: { count: \"${n}\" } }\n";
    let scenario = load("a", "a", text, &KNOWN).unwrap();
    let [one, two] = scenario.cases() else { panic!() };
    assert_eq!((&*one.title, &*two.title), ("a: 2", "b: 3"));
    let Step::Stage(stage) = &one.steps[0] else { panic!() };
    assert_eq!(stage.wrong, [Wrong::Lf, Wrong::Cut(9)]);
    let Step::Await(Await::Alert(event)) = &two.steps[1] else { panic!() };
    assert_eq!(event.count.map(u32::from), Some(3));
}
