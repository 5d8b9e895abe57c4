//! report.html of stored runs: what stands in it, how large it gets, and that it tells all three readers their part.

use std::collections::HashSet;
use std::sync::Arc;

use penspec::report::html;
use penspec::requirements::judge::Said;
use penspec::requirements::verdict::{Finding, Outcome, Verdict};
use penspec::run::Run;
use penspec::transcript::bytes::{Body, Bytes};
use penspec::transcript::{Entry, Party, Transcript, What, file};
use serde_json::Value;

use crate::harmless::is_harmless;
use crate::rendered::{NASTY, markup};

pub(crate) const PASSED: &str = include_str!("../runs/passed.jsonl");
pub(crate) const FAILED: &str = include_str!("../runs/failed.jsonl");
pub(crate) const UNREACHABLE: &str = include_str!("../runs/unreachable.jsonl");
pub(crate) const WITHOUT_RECEIPT: &str = include_str!("../runs/without-receipt.jsonl");
const SAMPLE: &str = include_str!("../../reports/sample/transcript.jsonl");

fn page(text: &str) -> String {
    html::render(&Run::of(&file::read(text).unwrap()).unwrap())
}

/// The page but for what is the same in most runs: style, script and their hashes, the rows that were not judged and
/// the table of rows.
fn told(page: &str) -> String {
    let page = cut(&markup(page), "<meta http-equiv", "<meta name");
    let page = cut(&page, "<h3 id=\"not-tested\">", "</section>");
    cut(&page, "<table>\n<caption>Every requirement", "</section>")
}

fn cut(page: &str, from: &str, to: &str) -> String {
    let (before, rest) = page.split_once(from).unwrap();
    let (_, behind) = rest.split_once(to).unwrap();
    format!("{before}{to}{behind}").replace(&format!("{to}{to}"), to)
}

/// What follows a word, up to another.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap_or_else(|| panic!("{from} is not in {text}")).1.split(to).next().unwrap()
}

#[test]
fn the_page_of_a_run_that_passed() {
    insta::assert_snapshot!(told(&page(PASSED)));
}

#[test]
fn the_page_of_a_run_that_failed() {
    insta::assert_snapshot!(told(&page(FAILED)));
}

#[test]
fn the_page_of_a_run_that_reached_nobody() {
    insta::assert_snapshot!(told(&page(UNREACHABLE)));
}

/// The run that failed, of a peer that puts what is nasty wherever it can.
pub(crate) fn nasty() -> Run {
    let mut transcript = file::read(FAILED).unwrap();
    transcript.header.profile["subject"]["name"] = NASTY.into();
    for entry in &mut transcript.entries {
        match &mut Arc::make_mut(entry).what {
            What::Response(response) if response.by == Party::Subject => {
                response.body =
                    Body::of([b"error=0\nerror-text=", NASTY.as_bytes(), b"\xff\nversion="].concat());
            }
            What::Request(request) if request.by == Party::Subject => {
                let head = String::from_utf8_lossy(&request.head.0).replace("command=", &format!("{NASTY}="));
                request.head = Bytes(head.into_bytes());
            }
            What::TransactionBegun(begun) => NASTY.clone_into(&mut begun.package),
            _ => {}
        }
    }
    Run::of(&transcript).unwrap()
}

#[test]
fn the_page_of_hostile_strings() {
    let page = html::render(&nasty());
    is_harmless(&page);
    insta::assert_snapshot!(told(&page));
}

#[test]
fn what_never_came_is_dashed_and_says_how_long_it_was_waited_for() {
    let page = page(WITHOUT_RECEIPT);
    let stroke = between(&page, " gone\">", "</a>");
    assert!(
        stroke.contains("stage 5") && stroke.contains("the receipt never came, waited 1.0 s"),
        "{stroke}"
    );
    assert!(stroke.contains("d=\"M600 "), "it would have come from the target: {stroke}");
    assert!(page.contains("1.0 s later"), "the pause is told");
}

#[test]
fn a_record_that_was_cut_off_is_told_as_far_as_it_goes() {
    let begun: Vec<&str> = FAILED.lines().take_while(|line| !line.contains("\"response\":{")).collect();
    let page = page(&(begun.join("\n") + "\n"));
    assert!(between(&page, " gone\">", "</").contains("stage 3"), "{page}");
    assert!(page.contains(">no answer: the record stops here"), "{page}");
    assert!(!between(&page, "<h1 ", "</h1>").contains("conforms to"), "{page}");
}

#[test]
fn no_two_parts_of_a_page_have_one_id() {
    let page = markup(&html::render(&Run::of(&repeated(2)).unwrap()));
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let apart: HashSet<&&str> = ids.iter().collect();
    assert!(ids.len() > 1000 && apart.len() == ids.len(), "{} ids, {} apart", ids.len(), apart.len());
}

#[test]
fn a_receipt_that_should_have_come_by_mail_has_a_lane() {
    assert!(!page(WITHOUT_RECEIPT).contains(">mailboxes</text>"));
    let given = "receipt=http%3A%2F%2F127.0.0.1%3A40081%2F0a1b2c3d-1%2Freceipt";
    assert!(WITHOUT_RECEIPT.contains(given));
    let page = page(&WITHOUT_RECEIPT.replace(given, "receipt=mailto%3Apens%40author.example"));
    assert!(page.contains(">mailboxes</text>"), "{page}");
    assert!(between(&page, " gone\">", "</a>").contains("d=\"M600 "), "{page}");
}

#[test]
fn the_stages_of_the_sample_stream_are_marked_once_each() {
    let page = page(SAMPLE);
    let talk = between(&page, "</b> target/sample-stream, transaction", "</svg>");
    for stage in 1..=12 {
        // The fourth is the fetching: its request and its answer.
        let times = talk.matches(&format!(">stage {stage}<")).count();
        assert_eq!(times, if stage == 4 { 2 } else { 1 }, "stage {stage} in {talk}");
    }
}

#[test]
fn a_finding_has_what_a_developer_needs_and_as_markdown_too() {
    let page = page(FAILED);
    let finding = between(&page, "<div class=\"finding\" id=\"finding-1\">", "</div>\n</article>");
    for words in [
        "<dt>scenario</dt><dd>target/probe (<a href=\"#talk-1\">the conversation</a>)</dd>",
        "<dt>again</dt><dd><code>penspec test target &#39;http://127.0.0.1:40080/pens&#39; target/probe</code>",
        "<dt>the request</dt><dd><code>curl --globoff --path-as-is --include &#39;http://127.0.0.1:40080/pens?pens-version=1.0.0&#38;",
        "<code>penspec mock target --defect lf-lines</code><br>The lines of every answer end with LF alone",
        "data-copies=\"ticket-1\"",
        "<pre id=\"ticket-1\">### fail: RSP-004 crlf (MUST, A.1.2)\n",
        "Received, at byte 7 of the body:\n\n```text\nerror=0\\n\n",
        "- Remedy: End the lines",
        "- Run 0a1b2c3d of ",
    ] {
        assert!(finding.contains(words), "{words} is not in {finding}");
    }
}

/// Has a row say in a case that it is broken.
fn breaks(run: &mut Run, id: &str, verdict: Verdict, case: &str) {
    let judged = run.judgement.rows.iter_mut().find(|judged| judged.row.id == id).unwrap();
    let outcome = Outcome::Breaks(Finding::new("it is broken"));
    judged.verdict = verdict;
    judged.outcomes.push(Said { scenario: Some(case.to_owned()), transaction: None, outcome });
}

#[test]
fn what_does_most_damage_is_mended_first() {
    let mut run = Run::of(&file::read(PASSED).unwrap()).unwrap();
    for (id, proves) in [("a", "ERR-1101"), ("b", "RSP-010"), ("c", "RSP-010")] {
        let mut seen = run.evidence.scenarios[0].clone();
        (seen.id, seen.proves) = (id.to_owned(), vec![proves.to_owned()]);
        run.evidence.scenarios.push(seen);
    }
    let open = run.judgement.rows.iter_mut().find(|judged| judged.row.id == "ERR-1101").unwrap();
    open.verdict = Verdict::NotTested;
    breaks(&mut run, "RSP-013", Verdict::Warning, "a");
    breaks(&mut run, "RSP-006", Verdict::Warning, "b");
    breaks(&mut run, "RSP-003", Verdict::Fail, "b");
    breaks(&mut run, "RSP-005", Verdict::Fail, "b");
    breaks(&mut run, "RSP-005", Verdict::Fail, "c");
    breaks(&mut run, "RSP-009", Verdict::Fail, "a");
    let page = html::render(&run);
    let steps = between(&page, "<ol class=\"first\">", "</ol>").split("<li>").skip(1);
    let told: Vec<_> = steps
        .map(|step| (between(step, "href=\"#", "\""), between(step, "\"reason\">", "</span>")))
        .collect();
    let hides = "MUST; seen in 1 of 4 cases; in them one other requirement could not be judged";
    assert_eq!(
        told,
        [
            ("RSP-009", hides),
            ("RSP-005", "MUST; seen in 2 of 4 cases"),
            ("RSP-003", "MUST; seen in 1 of 4 cases"),
            ("RSP-006", "SHOULD; seen in 1 of 4 cases"),
            ("RSP-013", hides.replace("MUST", "INTEROP").as_str()),
        ]
    );
}

#[test]
fn what_is_to_be_mended_is_told_with_its_reason() {
    let page = page(SAMPLE);
    let first = between(&page, "<ol class=\"first\">", "</ol>");
    assert!(
        first.contains("<b class=\"fail\">fail</b> <a href=\"#RSP-004\">RSP-004</a> crlf: End"),
        "{first}"
    );
    assert!(first.contains("MUST; seen in "), "{first}");
    let open = between(&self::page(UNREACHABLE), "<ol class=\"first\">", "</ol>").to_owned();
    assert!(open.contains("one requirement could not be judged (unreachable): "), "{open}");
    assert!(self::page(PASSED).contains("<p>Nothing that was judged is to be mended.</p>"));
}

#[test]
fn what_a_buyer_asks_stands_before_all_tables() {
    let page = page(SAMPLE);
    let run = between(&page, "<h1 ", "<table>");
    for words in
        ["does not conform to PENS 1.0.0: 1 MUST broken.", "<dt>Role</dt><dd>target</dd>", "<dt>Reading</dt>"]
    {
        assert!(run.contains(words), "{words} is not in {run}");
    }
    for words in [
        "<dt>Began</dt>",
        "<dt>Tool</dt>",
        "<dt>Catalogue</dt>",
        "not-applicable</dt>",
        "not looked at quota",
    ] {
        assert!(run.contains(words), "{words} is not in {run}");
    }
}

#[test]
fn five_hundred_transactions_stay_under_five_megabytes() {
    let copies = 5;
    let page = html::render(&Run::of(&repeated(copies)).unwrap());
    let talks = page.matches("<details class=\"talk\"").count();
    assert!(talks >= 500, "{talks} transactions");
    assert!(page.len() < 5_000_000, "{} bytes for {talks} transactions", page.len());
    let open = page.matches("\" open>").count();
    assert!((1..=12).contains(&open), "{open} stand open, the others are folded");
}

/// The sample as if it had been played several times.
fn repeated(copies: u64) -> Transcript {
    let sample = file::read(SAMPLE).unwrap();
    let mut all = Transcript { entries: Vec::new(), ..sample.clone() };
    let count = sample.entries.len() as u64;
    for copy in 0..copies {
        for entry in &sample.entries {
            let text = serde_json::to_string(&**entry).unwrap();
            let text = text.replace("0a1b2c3d-", &format!("0a1b2c{copy}d-"));
            let mut value: Value = serde_json::from_str(&text).unwrap();
            shift(&mut value, "number", copy * count);
            shift(&mut value, "at_us", copy * 1_000_000);
            for key in ["exchange", "wait", "connection"] {
                shift(&mut value, key, copy * 100_000);
            }
            let entry: Entry = serde_json::from_value(value).unwrap();
            all.entries.push(Arc::new(entry));
        }
    }
    all.ending.as_mut().unwrap().entries = copies * count;
    all
}

/// Adds to every number that stands under a key.
fn shift(value: &mut Value, key: &str, by: u64) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_u64().filter(|_| name == key) {
                    Some(number) => *field = (number + by).into(),
                    None => shift(field, key, by),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shift(value, key, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
