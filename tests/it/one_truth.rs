//! One truth: a run says the same in every format and by its exit status, and neither the order of its cases, nor how many are
//! played at once, nor the kind of address changes a verdict.

use std::net::Ipv6Addr;
use std::num::NonZeroUsize;
use std::time::Duration;

use penspec::profile::MaxInFlight;
use penspec::report::text::Detail;
use penspec::report::{ctrf, html, json, junit, markdown, tap, text};
use penspec::requirements::Level;
use penspec::requirements::verdict::Verdict;
use penspec::run::{Run, built_in, tour};
use penspec::transcript::file;
use roxmltree::Document;
use serde_json::Value;

use crate::process::Desk;
use crate::rendered::markup;
use crate::support;

const STORED: [(&str, &str); 6] = [
    ("failed", include_str!("../runs/failed.jsonl")),
    ("passed", include_str!("../runs/passed.jsonl")),
    ("unreachable", include_str!("../runs/unreachable.jsonl")),
    ("without-receipt", include_str!("../runs/without-receipt.jsonl")),
    ("sample", include_str!("../../reports/sample/transcript.jsonl")),
    ("cut off", ""),
];

/// The stored runs, one of them cut off in its middle.
fn stored() -> impl Iterator<Item = (&'static str, String, Run)> {
    STORED.iter().map(|(name, text)| {
        let text = if text.is_empty() {
            let whole = STORED[0].1;
            whole[..whole.len() / 2].to_owned()
        } else {
            (*text).to_owned()
        };
        let run = Run::of(&file::read(&text).unwrap()).unwrap();
        (*name, text, run)
    })
}

/// Each row with its verdict, in the order of the catalogue.
type Rows = Vec<(String, String)>;

fn judged(run: &Run) -> Rows {
    let rows = run.judgement.rows.iter();
    rows.map(|judged| (judged.row.id.to_owned(), judged.verdict.key().to_owned())).collect()
}

fn in_json(run: &Run) -> Rows {
    let report: Value = serde_json::from_str(&json::render(run)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = report["requirements"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["id"]), text(&row["verdict"]))).collect()
}

/// The table of all rows at the end of the page.
fn in_html(run: &Run) -> Rows {
    let page = markup(&html::render(run));
    let rows = page.split("<tr id=\"row-").skip(1);
    let cell = |row: &str| {
        let id = row.split('"').next().unwrap().to_owned();
        let verdict = row.split("data-v=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let shown = row.split("</tr>").next().unwrap();
        assert!(shown.contains(&format!(">{verdict}</td>")), "{shown}");
        (id, verdict)
    };
    rows.map(cell).collect()
}

fn in_ctrf(run: &Run) -> Rows {
    let report: Value = serde_json::from_str(&ctrf::render(run)).unwrap();
    let tests = report["results"]["tests"].as_array().unwrap();
    let id = |test: &Value| test["name"].as_str().unwrap().split(' ').next().unwrap().to_owned();
    tests.iter().map(|test| (id(test), test["rawStatus"].as_str().unwrap().to_owned())).collect()
}

/// What the text says of each row: a paragraph for what was said something of, else its name in a list behind its verdict.
fn in_text(run: &Run) -> Rows {
    let told = plainly(run);
    let mut rows = Rows::new();
    for line in told.lines().filter(|line| !line.starts_with(' ')) {
        let mut words = line.split(' ');
        let verdict = words.next().unwrap_or_default().to_lowercase();
        let ids = words.take_while(|word| is_id(word));
        rows.extend(ids.map(|id| (id.to_owned(), verdict.clone())));
    }
    rows.sort();
    rows
}

/// The text without its colours.
fn plainly(run: &Run) -> String {
    let mut coloured = text::render(run, Detail::Everything).into_bytes();
    anstream::adapter::strip_bytes(&std::mem::take(&mut coloured)).for_each(|piece| coloured.extend(piece));
    String::from_utf8(coloured).unwrap()
}

fn is_id(word: &str) -> bool {
    let letters = word.split('-').next().unwrap();
    word.contains('-') && letters.len() == 3 && letters.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What `JUnit` and TAP know: whether a row is good, bad, open or left out.
fn coarse(verdict: Verdict, level: Level) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::Warning => "good",
        Verdict::Fail => "bad",
        Verdict::Inconclusive | Verdict::Review => "open",
        Verdict::NotTested if level == Level::Must => "open",
        Verdict::NotTested | Verdict::NotApplicable | Verdict::Deselected => "left out",
    }
}

fn coarsely(run: &Run) -> Rows {
    let rows = run.judgement.rows.iter();
    rows.map(|judged| (judged.row.id.to_owned(), coarse(judged.verdict, judged.row.level).to_owned()))
        .collect()
}

fn in_junit(run: &Run) -> Rows {
    let text = junit::render(run);
    let document = Document::parse(&text).unwrap();
    let suite = document.root_element().first_element_child().unwrap();
    let cases = suite.children().filter(|node| node.has_tag_name("testcase"));
    cases
        .map(|case| {
            let has = |tag: &str| case.children().any(|node| node.has_tag_name(tag));
            let kinds = [("failure", "bad"), ("error", "open"), ("skipped", "left out")];
            let kind = kinds.iter().find(|(tag, _)| has(tag)).map_or("good", |(_, kind)| kind);
            let id = case.attribute("name").unwrap().split(' ').next().unwrap();
            (id.to_owned(), kind.to_owned())
        })
        .collect()
}

/// TAP tells what is bad and what is open alike.
fn in_tap(run: &Run) -> Rows {
    let text = tap::render(run);
    let points = text.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok "));
    points
        .map(|line| {
            let id = line.split(" - ").nth(1).unwrap().split(' ').next().unwrap();
            let kind = match (line.starts_with("ok "), line.contains("# SKIP")) {
                (true, false) => "good",
                (true, true) => "left out",
                (false, _) => "not ok",
            };
            (id.to_owned(), kind.to_owned())
        })
        .collect()
}

#[test]
fn every_format_tells_the_verdict_of_every_row() {
    for (name, _, run) in stored() {
        let rows = judged(&run);
        assert_eq!(in_json(&run), rows, "{name}: report.json");
        assert_eq!(in_html(&run), rows, "{name}: report.html");
        assert_eq!(in_ctrf(&run), rows, "{name}: CTRF");
        let mut sorted = rows.clone();
        sorted.sort();
        assert_eq!(in_text(&run), sorted, "{name}: text");
        let coarse = coarsely(&run);
        assert_eq!(in_junit(&run), coarse, "{name}: JUnit");
        let not_ok = |(id, kind): (String, String)| {
            let kind = if ["bad", "open"].contains(&&*kind) { "not ok".to_owned() } else { kind };
            (id, kind)
        };
        assert_eq!(in_tap(&run), coarse.into_iter().map(not_ok).collect::<Rows>(), "{name}: TAP");
    }
}

/// How many rows of a level have a verdict.
fn count(run: &Run, level: Level, verdict: Verdict) -> usize {
    let rows = run.judgement.rows.iter();
    rows.filter(|judged| judged.row.level == level && judged.verdict == verdict).count()
}

const VERDICTS: [Verdict; 8] = [
    Verdict::Pass,
    Verdict::Warning,
    Verdict::Fail,
    Verdict::Inconclusive,
    Verdict::Review,
    Verdict::NotTested,
    Verdict::NotApplicable,
    Verdict::Deselected,
];

#[test]
fn every_format_counts_alike() {
    for (name, _, run) in stored() {
        let report: Value = serde_json::from_str(&json::render(&run)).unwrap();
        let (told, table) = (plainly(&run), markdown::render(&run));
        for level in [Level::Must, Level::Should, Level::May, Level::Interop] {
            let starts = |line: &&str| line.starts_with(&format!("{} ", level.name()));
            let in_text = told.lines().rev().find(starts).unwrap_or_default();
            let row = format!("| {} |", level.name());
            let columns =
                table.lines().find(|line| line.starts_with("| | ")).unwrap().split('|').map(str::trim);
            let cells = table.lines().find(|line| line.starts_with(&row)).unwrap().split('|').map(str::trim);
            let cells: Vec<(&str, &str)> = columns.zip(cells).collect();
            for verdict in VERDICTS {
                let (count, key) = (count(&run, level, verdict), verdict.key());
                let counted = &report["counts"][level.name().to_lowercase()][key.replace('-', "_")];
                assert_eq!(counted, count, "{name}: report.json, {} {key}", level.name());
                let words = format!(" {count} {key}");
                assert_eq!(in_text.contains(&words), count > 0, "{name}: {words} in {in_text}");
                let cell = cells.iter().find(|(column, _)| *column == key).map_or("0", |(_, cell)| cell);
                assert_eq!(cell, count.to_string(), "{name}: Markdown, {} {key}", level.name());
            }
        }
    }
}

#[test]
fn the_exit_status_is_that_of_the_report() {
    for (name, text, run) in stored() {
        let desk = Desk::new();
        desk.write("transcript.jsonl", &text);
        let judged = desk.run(&["judge", "transcript.jsonl"]);
        assert_eq!(judged.status, Some(run.status_of_judging().into()), "{name}: {judged:?}");
        let report: Value = serde_json::from_str(&json::render(&run)).unwrap();
        assert_eq!(report["exit_status"], run.exit_status, "{name}");
        assert_eq!(report["verdict"], run.judgement.verdict.key(), "{name}");
    }
}

/// How a run is played.
#[derive(Debug, Clone, Copy)]
enum Way {
    Usual,
    OneByOneBackwards,
    ByIpv6,
}

/// The table of a whole run against a target with the manners of a defect, or of the tour.
fn table(defect: Option<&str>, way: Way) -> (String, Rows) {
    let mut manners = tour::manners();
    let defects = built_in::defects().unwrap();
    if let Some(name) = defect {
        defects.iter().find(|defect| defect.name == name).unwrap().spoil(&mut manners);
    }
    // On a busy machine, too, everything comes within its limit.
    manners.patience = Duration::from_secs(3);
    let mut profile = support::hasty(tour::profile(&support::start_patient_target(manners)));
    let (limits, long) = (&mut profile.limits, Duration::from_secs(10));
    (limits.response, limits.download, limits.receipt, limits.alert) = (long, long, long, long);
    let mut cases = support::cases(&["target/**"]);
    let mut at = support::V4;
    match way {
        Way::Usual => profile.max_in_flight = MaxInFlight(NonZeroUsize::new(8).unwrap()),
        Way::OneByOneBackwards => {
            profile.max_in_flight = MaxInFlight(NonZeroUsize::MIN);
            cases.reverse();
        }
        Way::ByIpv6 => at = Ipv6Addr::LOCALHOST.into(),
    }
    let run = Run::of(&support::certify_at(at, profile, cases, &[])).unwrap();
    (run.judgement.verdict.key().to_owned(), judged(&run))
}

#[test]
fn neither_order_nor_number_nor_address_changes_a_verdict() {
    std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let defects = [[None, Some("lf-lines")], [Some("receipt-twice"), Some("status-500")]];
    std::thread::scope(|scope| {
        for pair in defects {
            scope.spawn(move || pair.into_iter().for_each(is_the_same_each_way));
        }
    });
}

fn is_the_same_each_way(defect: Option<&str>) {
    let usual = table(defect, Way::Usual);
    for way in [Way::OneByOneBackwards, Way::ByIpv6] {
        let mut other = table(defect, way);
        if let Way::OneByOneBackwards = way {
            // Only whoever sends something late has two transactions at once there.
            let alone = other.1.iter_mut().find(|(row, _)| row == "SEQ-002").unwrap();
            assert!(["not-tested", "pass"].contains(&alone.1.as_str()), "{defect:?}: {alone:?}");
            "pass".clone_into(&mut alone.1);
        }
        let differ: Vec<_> = usual.1.iter().zip(&other.1).filter(|(usual, other)| usual != other).collect();
        assert!(differ.is_empty() && usual.0 == other.0, "{defect:?} {way:?}: {differ:?}");
    }
}
