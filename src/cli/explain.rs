//! `explain`: one thing in full.

use std::fmt::Write;

use super::{Stop, say};
use crate::pens::element::{PACKAGE_FORMATS, PACKAGE_TYPES, VENDOR_DATA_MAX};
use crate::pens::{Code, Element, VERSION};
use crate::requirements::rulings::{self, RULINGS, Ruling};
use crate::requirements::{Check, Requirement, all, find};
use crate::run::built_in;
use crate::scenario::defect::Defect;
use crate::scenario::library;
use crate::scenario::model::{Case, Scenario, Subject};
use crate::scenario::steps::Step;

pub(super) fn explain(id: &str) -> Result<u8, Stop> {
    let scenarios = built_in::scenarios()?;
    let defects = built_in::defects()?;
    let upper = id.to_uppercase();
    let text = find(&upper)
        .map(|row| requirement(row, &scenarios, &defects))
        .or_else(|| rulings::find(&upper).map(ruling))
        .or_else(|| code(id, &scenarios))
        .or_else(|| scenario(id, &scenarios))
        .or_else(|| Element::meant(id).map(|meant| element(meant, &scenarios)))
        .or_else(|| defects.iter().find(|defect| defect.name == id).map(defect))
        .ok_or_else(|| unknown(id, &scenarios, &defects))?;
    say(&text);
    Ok(0)
}

fn requirement(row: &Requirement, scenarios: &[Scenario], defects: &[Defect]) -> String {
    let mut text = format!(
        "{} {} ({}, binds the {}; {})\n\n{}\n",
        row.id,
        row.name,
        row.level.name(),
        row.binds.name(),
        row.clause,
        row.text
    );
    if let Check::Provoked(provoked) = row.check {
        let codes = std::iter::once(&provoked.code).chain(provoked.also);
        let codes = codes.map(u16::to_string).collect::<Vec<_>>().join(" or ");
        let _ = writeln!(text, "\nAccepted: {codes}");
    }
    let _ = writeln!(text, "\nRemedy: {}", row.remedy);
    for ruling in row.rulings.iter().filter_map(|id| rulings::find(id)) {
        let Ruling { id, question, one, other, choice } = ruling;
        let _ = writeln!(
            text,
            "\n{id} {question}\n  One reading: {one}\n  The other:   {other}\n  Ruled: {choice}"
        );
    }
    let _ = writeln!(text, "\nKeeps it:\n{}", indented(row.keeps));
    let _ = writeln!(text, "\nBreaks it:\n{}", indented(row.breaks));
    let proving =
        scenarios.iter().flat_map(Scenario::cases).filter(|case| case.proves.iter().any(|id| id == row.id));
    list(&mut text, "Scenarios", proving.map(|case| case.id.as_str()));
    for subject in [Subject::Target, Subject::Client] {
        let killers = defects.iter().filter(|defect| defect.subject == subject);
        let killers = killers.filter(|defect| defect.breaks.iter().any(|id| id == row.id));
        let heading = format!("Defects that break it (penspec mock {} --defect NAME)", subject.name());
        list(&mut text, &heading, killers.map(|defect| defect.name.as_str()));
    }
    text
}

fn ruling(ruling: &Ruling) -> String {
    let bound = all().filter(|row| row.rulings.contains(&ruling.id)).map(|row| row.id);
    let mut text = format!(
        "{} {}\n\nOne reading: {}\nThe other:   {}\n\nRuled: {}\n",
        ruling.id, ruling.question, ruling.one, ruling.other, ruling.choice
    );
    list(&mut text, "Requirements", bound);
    text
}

fn code(id: &str, scenarios: &[Scenario]) -> Option<String> {
    let code = Code(id.parse().ok()?);
    let class = format!("{:?}", code.class());
    let mut text = match code.known() {
        Some(row) => format!("{code} {} ({class}, Table 3)\n\n{}\n", row.name, row.description),
        None => format!("{code} is in no row of Table 3 ({class})\n"),
    };
    let row = format!("ERR-{code}");
    list(&mut text, "Requirement", find(&row).map(|row| row.id));
    let proving = scenarios.iter().flat_map(Scenario::cases).filter(|case| case.proves.contains(&row));
    list(&mut text, "Scenarios", proving.map(|case| case.id.as_str()));
    Some(text)
}

fn scenario(id: &str, scenarios: &[Scenario]) -> Option<String> {
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.id == id || scenario.cases().iter().any(|case| case.id == id))?;
    let source = library::built_in().into_iter().find(|source| source.id == scenario.id)?;
    let mut text = format!("{}: {}\n\n{}", scenario.id, scenario.title, source.text);
    list(&mut text, "Cases", scenario.cases().iter().map(|case| case.id.as_str()));
    Some(text)
}

fn element(element: Element, scenarios: &[Scenario]) -> String {
    let due = if element.required() { "required" } else { "optional" };
    let mut text = format!("{} ({due}, {})\n", element.name(), element.clause());
    if let Some(values) = values(element) {
        let _ = writeln!(text, "\n{values}");
    }
    let sample = if element.sample().is_empty() { "(null string)" } else { element.sample() };
    let _ = writeln!(text, "\nSample: {sample}");
    if let Some(code) = element.missing_code() {
        let _ = writeln!(text, "\nMissing or invalid: {code} (penspec explain {code})");
    }
    if element.is_secret() {
        text.push_str("\nIts value is masked in all that is recorded.\n");
    }
    let touches = |case: &&Case| {
        case.steps.iter().any(|step| {
            let Step::Collect(collect) = step else { return false };
            collect.set.contains_key(element.name())
                || collect.omit.iter().chain(&collect.repeat).any(|name| name == element.name())
        })
    };
    let touching = scenarios.iter().flat_map(Scenario::cases).filter(touches);
    list(&mut text, "Scenarios that alter it", touching.map(|case| case.id.as_str()));
    text
}

/// The value space of an element, where it is more than a text or an address.
fn values(element: Element) -> Option<String> {
    Some(match element {
        Element::PensVersion => format!("Value: {VERSION}, the one released version."),
        Element::Command => "Value: collect.".to_owned(),
        Element::PackageType => format!("Values: {}.", PACKAGE_TYPES.join(", ")),
        Element::PackageFormat => {
            format!("Reserved values: {}; others are allowed.", PACKAGE_FORMATS.join(", "))
        }
        Element::PackageUrlExpiry => {
            "Value: ISO 8601, expressed as UTC with a trailing Z, such as 2027-03-01T00:00:00Z.".to_owned()
        }
        Element::VendorData => format!("Value: any text; every target takes {VENDOR_DATA_MAX} characters."),
        Element::PackageTypeVersion
        | Element::PackageId
        | Element::PackageUrl
        | Element::PackageUrlUserId
        | Element::PackageUrlAccount
        | Element::PackageUrlPassword
        | Element::Client
        | Element::SystemUserId
        | Element::SystemPassword
        | Element::Receipt
        | Element::Alerts => return None,
    })
}

fn defect(defect: &Defect) -> String {
    let mut text = format!("{}: {}\n", defect.name, defect.title);
    list(&mut text, "Breaks", defect.breaks.iter().map(String::as_str));
    if !defect.collateral.is_empty() {
        text.push_str("\nCollateral:\n");
        for collateral in &defect.collateral {
            let _ = writeln!(text, "  {} because {}", collateral.requirement, collateral.because);
        }
    }
    if let Some(source) = library::built_in_defects().into_iter().find(|source| source.id == defect.name) {
        let _ = writeln!(text, "\n{}", source.text.trim_end());
    }
    let see = match defect.subject {
        Subject::Target => format!("penspec mock target --defect {}", defect.name),
        Subject::Client => format!("penspec mock client --defect {} URL", defect.name),
    };
    let _ = writeln!(text, "\nSee it: {see}");
    text
}

fn list<'a>(text: &mut String, heading: &str, items: impl IntoIterator<Item = &'a str>) {
    let items: Vec<&str> = items.into_iter().collect();
    if !items.is_empty() {
        let _ = writeln!(text, "\n{heading}:");
        for item in items {
            let _ = writeln!(text, "  {item}");
        }
    }
}

/// An example with its line ends visible.
fn indented(example: &str) -> String {
    let is_message = example.contains("\r\n") || example.contains('=') && !example.starts_with("collect");
    if is_message {
        return format!("  {}", crate::transcript::bytes::escape(example.as_bytes()));
    }
    example.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn unknown(id: &str, scenarios: &[Scenario], defects: &[Defect]) -> Stop {
    let names = all()
        .map(|row| row.id.to_owned())
        .chain(RULINGS.iter().map(|ruling| ruling.id.to_owned()))
        .chain(Element::ALL.iter().map(|element| element.name().to_owned()))
        .chain(scenarios.iter().map(|scenario| scenario.id.clone()))
        .chain(scenarios.iter().flat_map(Scenario::cases).map(|case| case.id.clone()))
        .chain(defects.iter().map(|defect| defect.name.clone()));
    let mut near: Vec<(usize, String)> = names
        .map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &id.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= 3)
        .collect();
    near.sort();
    near.dedup();
    let near: Vec<String> = near.into_iter().take(3).map(|(_, name)| format!("\"{name}\"")).collect();
    let hint = if near.is_empty() {
        "`penspec list` shows everything".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Stop::Usage(format!(
        "there is no requirement, code, ruling, element, scenario or defect \"{id}\"; {hint}"
    ))
}
