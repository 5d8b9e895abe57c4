//! Files that nobody writes by accident: none of them makes the loader panic, hang or steer a terminal.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// The first headline, and that it came soon; the bound is wide because test machines are slow.
fn headline(text: &str) -> String {
    let started = Instant::now();
    let mistakes = load("a", "a", text, &KNOWN).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(mistakes.to_string().len() < 100_000);
    mistakes.diagnostics[0].headline()
}

#[test]
fn no_file_steers_the_terminal() {
    for text in [
        "\"\\e[2Jx\": 1",
        "title: t\nsubject: \"\\e[2J\"",
        "a: \u{9b}2J",
        "\u{1b}",
        "\"\\u202e\": 1",
        "title: [\u{202e}]",
    ] {
        let told = load("a\u{7}", "a", text, &KNOWN).unwrap_err().to_string();
        assert!(told.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{told:?}");
    }
}

#[test]
fn a_long_file_is_refused_unread() {
    let started = Instant::now();
    assert_eq!(headline(&"[".repeat(10_000_000)), "a:1:1: the file is too long: 256 KiB at most");
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn deep_values_are_refused() {
    let too_much = "too much: values lie too deep, or aliases multiply them";
    assert_eq!(headline(&"[".repeat(5000)), "a:1:33: recursion limit exceeded");
    assert_eq!(headline(&"- ".repeat(5000)), format!("a:1:65: {too_much}"));
    let nested: Vec<String> = (0..300).map(|depth| format!("{}a:", " ".repeat(depth))).collect();
    assert_eq!(headline(&nested.join("\n")), format!("a:33:33: {too_much}"));
}

#[test]
fn aliases_do_not_multiply() {
    let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x]".to_owned()];
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push(format!("a{level}: &a{level} [{aliases}]"));
    }
    let refused = headline(&bomb.join("\n"));
    assert!(refused.ends_with("too much: values lie too deep, or aliases multiply them"), "{refused}");
}

#[test]
fn variables_do_not_multiply() {
    let long = "x, ".repeat(5000);
    let uses = "  - collect: { omit: \"${long}\" }\n".repeat(2000);
    let bomb = format!("title: t\nsubject: target\ncases: [{{ case: a, long: [{long}] }}]\nsteps:\n{uses}");
    let too_much = "too much: with the values of their variables the cases are over 8 MiB together";
    assert_eq!(headline(&bomb), format!("a:1:1: {too_much}"));
    let cases: Vec<String> = (0..4000).map(|case| format!("  - {{ case: a{case} }}\n")).collect();
    let cases = cases.concat();
    let uses = "  - collect: { raw: \"${case}\" }\n".repeat(2000);
    let bomb = format!("title: t\nsubject: target\ncases:\n{cases}steps:\n{uses}");
    assert_eq!(headline(&bomb), format!("a:1:1: {too_much}"));
}

#[test]
fn of_many_mistakes_the_first_are_told() {
    let steps = "  - stage: { package: x }\n".repeat(4000);
    let mistakes =
        load("a", "a", &format!("title: t\nsubject: target\nsteps:\n{steps}"), &KNOWN).unwrap_err();
    assert_eq!((mistakes.diagnostics.len(), mistakes.untold), (50, 3950));
    assert!(mistakes.to_string().ends_with("\nand 3950 more"));
}

/// Words and signs that together come near to a scenario.
fn fragments() -> impl Strategy<Value = String> {
    let words = [
        "title", "subject", "target", "proves", "cases", "case", "steps", "collect", "await", "stage",
        "wrong", "omit", "provokes", "receipt", "${case}", "${", "}", "$${", "{", "[", "]", ",", ": ", "- ",
        "\n", "\n  ", "\"", "'", "&a", "*a", "<<", "!x", "|", ">", "#", "~", "1", "é", "\t", "\r\n",
        "\u{feff}", "? ", "---\n", "\u{1b}", "%",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..60).prop_map(|words| words.concat())
}

fn never_panics(text: &str) {
    for told in
        [load("a", "a", text, &KNOWN).err(), load_defect("a", "a", text, &KNOWN).err()].into_iter().flatten()
    {
        assert!(told.to_string().chars().all(|letter| letter == '\n' || !letter.is_control()), "{told:?}");
        assert!(!told.diagnostics.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        never_panics(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        never_panics(&text);
    }

    #[test]
    fn nothing_near_a_scenario_makes_it_panic(text in fragments()) {
        never_panics(&text);
        never_panics(&format!("title: t\nsubject: target\nsteps:\n  - {text}"));
        never_panics(&format!("title: t\nsubject: target\ncases:\n  - {text}\nsteps: [{{ collect: {{ omit: ['${{case}}'] }} }}]"));
    }
}
