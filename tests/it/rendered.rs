//! A run in other formats: junit.xml, report.html and Markdown, of whatever a peer may have said.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use penspec::mock::manners::Manners;
use penspec::report::{html, junit, markdown};
use penspec::requirements::judge::Judged;
use penspec::requirements::verdict::Outcome;
use penspec::run::{Run, built_in};
use penspec::transcript::entry::Met;
use penspec::transcript::{Entry, Transcript, What, file};
use roxmltree::{Document, Node};
use sha2::{Digest, Sha256};

use crate::harmless::{is_harmless, runs_no_script};
use crate::judged::{read_run, recorded};
use crate::peer::{serving, silent};
use crate::process::Desk;

pub(crate) fn manners(name: &str) -> Manners {
    built_in::defects().unwrap().into_iter().find(|defect| defect.name == name).unwrap().manners()
}

/// What no page, no XML and no terminal may take for its own.
pub(crate) const NASTY: &str = "</td><script>alert(1)</script>]]>&#0;{{ 7 }}\"'\u{0}\u{1}\u{8}\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{fffe}\u{e9}";

/// A run against a peer that answers every collect with what is nasty, in bytes that are no UTF-8 besides.
pub(crate) fn nasty_run() -> Desk {
    let peer = serving(|stream, _| {
        use std::io::Write;
        let body =
            [b"error=0\nerror-text=".as_slice(), NASTY.as_bytes(), b"\xff\xfe\nversion=", NASTY.as_bytes()];
        let body = body.concat();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/{NASTY}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    });
    let desk = Desk::new();
    let limits = ["--limit", "receipt=300ms", "--limit", "alert=300ms", "--limit", "quiet=300ms"];
    let limits = [&limits[..], &["--limit", "download=300ms"]].concat();
    let ended = desk.run(&[&["test", "target", &peer.url, "target/probe"][..], &limits].concat());
    assert_eq!(ended.status, Some(1), "{ended:?}");
    desk
}

/// The same run as a stranger may have written it down: nasty in every place that is the operator's or ours.
pub(crate) fn strangers(desk: &Desk) -> Run {
    let mut transcript = read(desk);
    transcript.header.profile["subject"]["name"] = NASTY.into();
    transcript.header.profile["target"]["url"] = NASTY.into();
    for field in
        [&mut transcript.header.run_id, &mut transcript.header.started, &mut transcript.header.tool.name]
    {
        NASTY.clone_into(field);
    }
    transcript.header.selection = vec![NASTY.to_owned()];
    for entry in &mut transcript.entries {
        match &mut Arc::make_mut(entry).what {
            What::ScenarioBegun { scenario, title, .. } => {
                [scenario, title].map(|text| NASTY.clone_into(text))
            }
            What::TransactionBegun(begun) => {
                [&mut begun.scenario, &mut begun.package].map(|text| NASTY.clone_into(text))
            }
            What::ScenarioEnded { scenario, cut_short } => {
                *cut_short = Some(NASTY.to_owned());
                [NASTY.clone_into(scenario), ()]
            }
            _ => continue,
        };
    }
    expects(&mut transcript, NASTY, NASTY, Met::Unmet);
    transcript.ending.as_mut().unwrap().stopped = Some(NASTY.to_owned());
    Run::of(&transcript).unwrap()
}

pub(crate) fn read(desk: &Desk) -> Transcript {
    file::read(&desk.read("reports/transcript.jsonl")).unwrap()
}

/// A page without its style and its script, which are the same in every one.
pub(crate) fn markup(page: &str) -> String {
    let without = |page: &str, tag: &str| {
        let (before, rest) = page.split_once(&format!("<{tag}>")).unwrap();
        let (_, behind) = rest.split_once(&format!("</{tag}>")).unwrap();
        format!("{before}{behind}")
    };
    without(&without(page, "style"), "script")
}

/// Puts an expectation of an author's into a transcript.
pub(crate) fn expects(transcript: &mut Transcript, scenario: &str, expected: &str, met: Met) {
    let number = transcript.entries.len() as u64 + 1;
    let what = What::Expects {
        scenario: scenario.to_owned(),
        transaction: String::new(),
        expected: expected.to_owned(),
        received: format!("{expected}\nnot"),
        met,
    };
    transcript.entries.push(Arc::new(Entry { number, at_us: 0, what }));
    transcript.ending.as_mut().unwrap().entries = number;
}

#[test]
fn a_run_leaves_the_reports_that_the_command_gives_again() {
    for (manners, status) in [(Manners::default(), 0), (manners("lf-lines"), 1)] {
        let (desk, ended) = recorded(manners, &["target/probe", "target/errors/*"]);
        assert_eq!(ended, Some(status));
        for (format, name) in [("json", "report.json"), ("html", "report.html"), ("junit", "junit.xml")] {
            let kept = desk.read(&format!("reports/{name}"));
            let told = desk.run(&["report", "reports", "--format", format]);
            assert_eq!((told.status, told.stderr.as_str()), (Some(0), ""), "{format}");
            assert!(told.stdout == kept, "{format} of the command is not {name} of the run");
            let into = ["report", "reports/transcript.jsonl", "--format", format, "--out", name];
            assert_eq!(desk.run(&into).status, Some(0));
            assert!(desk.read(name) == kept, "{format} in a file is not {name} of the run");
        }
        let (text, judged) = (desk.run(&["report", "reports"]), desk.run(&["judge", "reports"]));
        assert_eq!((text.status, judged.status), (Some(0), Some(status)));
        assert_eq!(text.stdout, judged.stdout);
    }
}

#[test]
fn a_new_run_takes_the_reports_of_an_earlier_one_away() {
    let desk = nasty_run();
    let mut running = desk.start(&["test", "target", &silent().url, "--progress", "json-lines"]);
    running.line_with("wait_begun");
    let left: Vec<_> =
        std::fs::read_dir(desk.path("reports")).unwrap().map(|it| it.unwrap().file_name()).collect();
    running.kill();
    let expected = [".lock", "transcript.jsonl"];
    assert!(left.len() == 2 && expected.iter().all(|name| left.iter().any(|it| it == name)), "{left:?}");
}

#[test]
fn junit_has_a_case_for_each_requirement_and_counts_as_the_report_does() {
    for manners in [Manners::default(), manners("lf-lines"), manners("silent-after-failure")] {
        let (desk, _) = recorded(manners, &["target/probe", "target/errors/*"]);
        let (run, text) = (read_run(&desk), desk.read("reports/junit.xml"));
        let document = Document::parse(&text).unwrap();
        let suite = document.root_element().first_element_child().unwrap();
        let cases: Vec<Node> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        assert_eq!(cases.len(), run.judgement.rows.len());
        for (case, judged) in cases.iter().zip(&run.judgement.rows) {
            let row = judged.row;
            assert_eq!(case.attribute("name").unwrap(), format!("{} {}", row.id, row.name));
            assert_eq!(case.attribute("classname").unwrap(), row.id.split('-').next().unwrap());
            let ends = case.children().filter(Node::is_element).map(|node| node.tag_name().name());
            let expected = match judged.verdict.key() {
                "pass" => &[][..],
                "warning" => &["system-out"],
                "fail" => &["failure"],
                "inconclusive" | "review" => &["error"],
                "not-tested" if row.level.name() == "MUST" => &["error"],
                _ => &["skipped"],
            };
            assert_eq!(ends.collect::<Vec<_>>(), expected, "{}", row.id);
        }
        for (count, tag) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
            let there = document.descendants().filter(|node| node.has_tag_name(tag)).count();
            assert_eq!(suite.attribute(count), Some(there.to_string().as_str()), "{count}");
        }
    }
}

#[test]
fn junit_tells_of_a_failure_what_the_terminal_tells() {
    let (desk, _) = recorded(manners("lf-lines"), &["target/probe"]);
    let text = desk.read("reports/junit.xml");
    let document = Document::parse(&text).unwrap();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    for words in [
        "expected: error=0\\r\\n",
        "received: error=0\\n",
        "byte 7",
        "entry 8",
        "again: penspec",
        "remedy: End",
    ] {
        assert!(failure.text().unwrap().contains(words), "{words} is not in {failure:?}");
    }
}

#[test]
fn a_scenario_that_was_cut_short_or_disappointed_its_author_is_a_case_of_junit() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let mut transcript = read(&desk);
    assert!(!junit::render(&Run::of(&transcript).unwrap()).contains("\"scenarios\""));
    let end = transcript.entries.iter_mut().find(|entry| matches!(entry.what, What::ScenarioEnded { .. }));
    if let What::ScenarioEnded { cut_short, .. } = &mut Arc::make_mut(end.unwrap()).what {
        *cut_short = Some("step 2, await: too long".to_owned());
    }
    let message = |transcript: &Transcript, tag: &str| {
        let text = junit::render(&Run::of(transcript).unwrap());
        let document = Document::parse(&text).unwrap();
        let suite = document.root_element().last_element_child().unwrap();
        assert_eq!(suite.attribute("name"), Some("scenarios"));
        let told = suite.descendants().find(|node| node.has_tag_name(tag)).unwrap();
        told.attribute("message").unwrap().to_owned()
    };
    assert_eq!(message(&transcript, "error"), "cut short: step 2, await: too long");
    expects(&mut transcript, "target/probe", "error 0", Met::Unmet);
    assert_eq!(message(&transcript, "failure"), "one expectation is not met");
}

#[test]
fn whatever_a_peer_says_junit_is_xml() {
    let desk = nasty_run();
    let (own, strange) = (desk.read("reports/junit.xml"), junit::render(&strangers(&desk)));
    for text in [own, strange] {
        let document = Document::parse(&text).unwrap();
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        assert!(failure.text().unwrap().contains("</td><script>alert(1)</script>]]>&#0;"), "{failure:?}");
        is_harmless(&text);
        assert!(!text.contains('\u{fffe}'));
    }
}

#[test]
fn whatever_a_peer_says_the_page_runs_no_script_but_its_own() {
    let desk = nasty_run();
    let (own, strange) = (desk.read("reports/report.html"), html::render(&strangers(&desk)));
    for page in [own, strange] {
        assert!(page.contains("&#60;/td&#62;&#60;script&#62;alert(1)"), "{page}");
        runs_no_script(&page);
        is_harmless(&page);
    }
}

#[test]
fn the_page_allows_by_their_hashes_what_it_brings_and_nothing_else() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let page = desk.read("reports/report.html");
    let hash = |tag: &str| {
        let text =
            page.split(&format!("<{tag}>")).nth(1).unwrap().split(&format!("</{tag}>")).next().unwrap();
        STANDARD.encode(Sha256::digest(text))
    };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash("style"),
        hash("script")
    );
    assert!(
        page.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")),
        "{policy}"
    );
}

#[test]
fn the_links_of_the_page_lead_somewhere_and_nowhere_else() {
    let (desk, _) = recorded(manners("answers-last"), &[]);
    for page in [desk.read("reports/report.html"), nasty_run().read("reports/report.html")] {
        let page = markup(&page);
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let links: Vec<&str> =
            page.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(links.iter().any(|link| link.starts_with("#entry-")), "{links:?}");
        for link in links {
            let id = link.strip_prefix('#').unwrap();
            assert_eq!(ids.iter().filter(|there| **there == id).count(), 1, "{link}");
        }
    }
}

#[test]
fn the_page_shows_the_bytes_side_by_side_with_the_wrong_one_marked() {
    let (desk, _) = recorded(manners("lf-lines"), &["target/probe"]);
    let page = desk.read("reports/report.html");
    for words in [
        "<figcaption>expected: the smallest message that is right</figcaption><pre>error=0<i>\\r\\n</i>\nerror-text=",
        "<figcaption>received, at byte 7 of the body</figcaption><pre>error=0<mark>\\n</mark>\nerror-text=",
        "1 MUST broken.</h1>",
        "<a href=\"#RSP-004\">RSP-004</a>",
        "<a href=\"#entry-8\">8</a>",
        "<dt>Reading</dt>",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

#[test]
fn a_ruling_is_told_with_both_readings() {
    let (desk, _) = recorded(manners("status-500"), &[]);
    let page = desk.read("reports/report.html");
    let run = read_run(&desk);
    // What does not apply to one transaction is not told of a row that others decide.
    let rulings = run.judgement.rows.iter().flat_map(Judged::findings);
    let rulings = rulings.filter(|(said, _)| !matches!(said.outcome, Outcome::NotApplicable(_)));
    let rulings: Vec<&str> = rulings.filter_map(|(_, finding)| finding.ruling).collect();
    assert!(!rulings.is_empty());
    for id in rulings {
        let ruling = penspec::requirements::rulings::find(id).unwrap();
        assert!(page.contains(&format!("<article id=\"{id}\">")), "{id}");
        assert!(page.contains(&format!("<a href=\"#{id}\">{id}</a>: ")), "{id}");
        let readings = [("One reading", ruling.one), ("The other", ruling.other), ("Ruled", ruling.choice)];
        for (label, reading) in readings {
            let reading = reading.replace('"', "&#34;");
            assert!(page.contains(&format!("<dt>{label}</dt><dd>{reading}</dd>")), "{reading}");
        }
    }
}

#[test]
fn whatever_a_peer_says_markdown_holds_it_as_code() {
    let desk = nasty_run();
    let (own, strange) = (
        desk.run(&["report", "reports", "--format", "markdown"]).stdout,
        markdown::render(&strangers(&desk)),
    );
    for text in [own, strange] {
        for line in text.lines().filter(|line| line.contains("alert(1)")) {
            let outside: String = line.split('`').step_by(2).collect();
            assert!(!outside.contains("alert(1)"), "{line}");
        }
        assert!(text.contains("### Failed"), "{text}");
        is_harmless(&text);
    }
}

#[test]
fn the_markdown_of_a_failed_run() {
    let (desk, _) = recorded(manners("lf-lines"), &["target/probe"]);
    let url = desk.report()["subject"]["url"].as_str().unwrap().to_owned();
    let text = desk.run(&["report", "reports", "--format", "markdown"]).stdout;
    insta::assert_snapshot!(text.replace(&url, "http://127.0.0.1:PORT/pens"));
}

#[test]
fn many_failures_of_one_cause_are_told_once_in_every_format() {
    let (desk, _) = recorded(manners("lf-lines"), &[]);
    for format in ["text", "junit", "html", "markdown"] {
        let told = desk.run(&["report", "reports", "--format", format]).stdout;
        let times = told.matches("ends with LF alone, CR LF is required (3 of 3 lines) (").count();
        // In junit.xml the first message of a failure stands in an attribute besides, on the page in a ticket.
        assert_eq!(times, if ["junit", "html"].contains(&format) { 2 } else { 1 }, "{format}: {told}");
    }
}

#[test]
fn what_cannot_be_told_is_refused() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    for (arguments, status, words) in [
        (&["report", "missing"][..], 2, "penspec: missing: cannot be read: "),
        (&["report", "reports", "--format", "pdf"], 2, "error: invalid value 'pdf'"),
        (&["report", "reports", "--out", "missing/a.txt"], 5, "penspec: missing/a.txt: cannot be written: "),
        (&["report", "reports", "--out", "reports"], 5, "penspec: reports: cannot be written: "),
    ] {
        let ended = desk.run(arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(status), ""), "{arguments:?}");
        assert!(ended.stderr.starts_with(words), "{}", ended.stderr);
    }
}
