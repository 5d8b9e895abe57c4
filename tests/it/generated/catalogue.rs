//! docs/requirements.md: the catalogue as a page.

use std::fmt::Write;

use penspec::requirements::rulings::{self, RULINGS, Ruling};
use penspec::requirements::{CATALOGUE, Check, FAMILIES, Requirement, all};
use penspec::run::built_in;
use penspec::scenario::defect::Defect;
use penspec::scenario::model::Scenario;
use penspec::transcript::bytes::escape;

use super::{anchor, prose};

const OPENING: &str = "\
This page is generated from the rows in `src/requirements/`; `cargo test` rewrites it when it is stale.
It lists the requirements whose checks run, and nothing else.

**Level**: MUST is the specification's \"shall\", \"required\" or \"obligated\"; SHOULD its \"should\" or \"best practice\";
MAY its \"may\"; INTEROP is not in the specification: it is what real peers trip over, and never a failure.
A broken MUST is a `fail`; a broken SHOULD or INTEROP, a tolerated departure and a remark are a `warning`.

**Examples.** Each row has a piece of evidence that keeps it and one that breaks it; both run as tests. An answer is
shown with its line ends as `\\r` and `\\n`. Anything else is told in lines: `collect` is a collect of the mock client's,
`-name` leaves an element out, `name=value` sets one, `response` is the answer to it, `download`, `receipt` and `alert` are
what the target does then, `transaction` begins the next one; `raw=` goes into a query as it is. A story that begins with
`role client` tells of a client under test: `collect` is its own, `response`, `fetch`, `receipt` and `alert` are the mock target's,
and `answer` is what the client makes of the latest of them.

**Rulings.** Where the specification contradicts itself or says nothing, both readings and the choice stand here under a
number that never changes. A finding that rests on a ruling names it. With `--reading strict` what a ruling tolerates is a
break.
";

/// The page.
pub(super) fn page() -> String {
    let scenarios = built_in::scenarios().unwrap();
    let defects = built_in::defects().unwrap();
    let mut text = format!("# Requirements\n\n{OPENING}\nCatalogue of {CATALOGUE}.\n");
    contents(&mut text, &scenarios, &defects);
    for family in families() {
        let _ = write!(text, "\n## {}\n", heading(family));
        for row in rows_of(family) {
            requirement(&mut text, row, &scenarios, &defects);
        }
    }
    text.push_str("\n## Rulings\n");
    for one in &RULINGS {
        ruling(&mut text, one);
    }
    text
}

fn contents(text: &mut String, scenarios: &[Scenario], defects: &[Defect]) {
    text.push_str("\n| ID | name | level | clause | scenarios | defects |\n|---|---|---|---|---|---|\n");
    for row in all() {
        let _ = writeln!(
            text,
            "| [{}](#{}) | {} | {} | {} | {} | {} |",
            row.id,
            anchor(&title(row)),
            row.name,
            row.level.name(),
            prose(row.clause),
            proving(row, scenarios).len(),
            breaking(row, defects).count(),
        );
    }
}

/// The families that have rows, in the catalogue's order.
fn families() -> Vec<&'static str> {
    let mut families: Vec<&str> = all().map(Requirement::family).collect();
    families.dedup();
    families
}

fn rows_of(family: &str) -> impl Iterator<Item = &'static Requirement> {
    all().filter(move |row| row.family() == family)
}

fn heading(family: &str) -> String {
    let (_, words) = FAMILIES.iter().find(|(name, _)| *name == family).unwrap();
    format!("{family}: {words}")
}

fn title(row: &Requirement) -> String {
    format!("{} {}", row.id, row.name)
}

fn requirement(text: &mut String, row: &Requirement, scenarios: &[Scenario], defects: &[Defect]) {
    let _ = writeln!(text, "\n### {}\n", title(row));
    let _ = writeln!(
        text,
        "{}. Binds: {}. Clause: {}.\n\n{}\n",
        row.level.name(),
        row.binds.name(),
        prose(row.clause),
        prose(row.text)
    );
    if let Check::Provoked(provoked) = row.check {
        let codes: Vec<String> =
            std::iter::once(&provoked.code).chain(provoked.also).map(u16::to_string).collect();
        let _ = writeln!(text, "Accepted: {}.\n", codes.join(" or "));
    }
    let _ = writeln!(text, "Remedy: {}\n", prose(row.remedy));
    for ruling in row.rulings.iter().filter_map(|id| rulings::find(id)) {
        let _ = writeln!(text, "{}\n", readings(ruling));
    }
    let _ = writeln!(text, "Keeps it:\n\n```text\n{}```\n", example(row.keeps));
    let _ = writeln!(text, "Breaks it:\n\n```text\n{}```\n", example(row.breaks));
    let proving = proving(row, scenarios);
    let _ = writeln!(
        text,
        "Scenarios: {}\n",
        if proving.is_empty() { "none".into() } else { proving.join(", ") }
    );
    let killers: Vec<String> = breaking(row, defects)
        .map(|defect| format!("[{}](scenarios.md#shipped-defects) ({})", defect.name, lower(&defect.title)))
        .collect();
    let _ =
        writeln!(text, "Defects: {}", if killers.is_empty() { "none".into() } else { killers.join(", ") });
}

fn readings(ruling: &Ruling) -> String {
    format!(
        "[{}](#{}): {} One reading: {} The other: {} Ruled: {}",
        ruling.id,
        anchor(ruling.id),
        prose(ruling.question),
        prose(ruling.one),
        prose(ruling.other),
        prose(ruling.choice)
    )
}

fn ruling(text: &mut String, ruling: &Ruling) {
    let _ = writeln!(text, "\n### {}\n\n{}\n", ruling.id, prose(ruling.question));
    let _ = writeln!(text, "- One reading: {}", prose(ruling.one));
    let _ = writeln!(text, "- The other: {}", prose(ruling.other));
    let _ = writeln!(text, "- Ruled: {}", prose(ruling.choice));
    let named = all().filter(|row| row.rulings.contains(&ruling.id));
    let named: Vec<String> = named.map(|row| format!("[{}](#{})", row.id, anchor(&title(row)))).collect();
    if !named.is_empty() {
        let _ = writeln!(text, "- Requirements: {}", named.join(", "));
    }
}

/// The scenarios that are there for a row, by their cases where not all of them are.
fn proving(row: &Requirement, scenarios: &[Scenario]) -> Vec<String> {
    let mut links = Vec::new();
    for scenario in scenarios {
        let proves = |ids: &[String]| ids.iter().any(|id| id == row.id);
        let link = |id: &str| format!("[{id}](scenarios.md#{})", anchor(&scenario.id));
        let cases: Vec<_> = scenario.cases().iter().filter(|case| proves(&case.proves)).collect();
        if cases.len() == scenario.cases().len() {
            links.push(link(&scenario.id));
        } else {
            links.extend(cases.into_iter().map(|case| link(&case.id)));
        }
    }
    links
}

fn breaking<'a>(row: &Requirement, defects: &'a [Defect]) -> impl Iterator<Item = &'a Defect> {
    let id = row.id;
    defects.iter().filter(move |defect| defect.breaks.iter().any(|broken| broken == id))
}

/// An example a line a line; the ends of an answer's lines are visible.
fn example(example: &str) -> String {
    if example.starts_with("collect") {
        return format!("{example}\n");
    }
    let mut lines: String =
        example.split_inclusive('\n').map(|line| escape(line.as_bytes()) + "\n").collect();
    if lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    prose(&(first + letters.as_str()))
}
