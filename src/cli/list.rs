//! `list`: what there is, all of it or what one requirement is about.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Stop, note, say};
use crate::requirements::Requirement;
use crate::run::built_in;
use crate::run::choice;
use crate::scenario::defect::Defect;
use crate::scenario::library;
use crate::scenario::model::{Case, Scenario};

/// What `list` is told.
#[derive(Args)]
pub(super) struct Options {
    /// Only these.
    #[arg(value_enum)]
    what: Option<What>,
    /// Only what these requirements are about, by id or glob: the scenarios that are there for them, the defects that
    /// break them.
    #[arg(long, value_name = "ID")]
    requirement: Vec<String>,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the built-in scenarios, packages and defects into a directory.
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What can be played.
    Scenarios,
    /// What is judged.
    Requirements,
    /// What a mock can be made to do wrong.
    Defects,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An id a line, what it is about below it.
    Text,
    /// One JSON object.
    Json,
}

/// What is listed.
struct Listed<'a> {
    cases: Vec<&'a Case>,
    rows: Vec<&'static Requirement>,
    defects: Vec<&'a Defect>,
}

pub(super) fn list(options: &Options) -> Result<u8, Stop> {
    if let Some(directory) = &options.export {
        return export(directory);
    }
    let (scenarios, defects) = (built_in::scenarios()?, built_in::defects()?);
    let listed = Listed::of(options, &scenarios, &defects)?;
    say(&match options.format {
        Format::Text => listed.text(options.what),
        Format::Json => format!("{:#}\n", listed.json(options.what)),
    });
    Ok(0)
}

fn export(directory: &Path) -> Result<u8, Stop> {
    library::export(directory).map_err(|error| {
        let shown = directory.display();
        Stop::Ours(format!("{shown}: cannot be written: {error}; give --export a new directory"))
    })?;
    note(&format!("written to {}", directory.display()));
    Ok(0)
}

impl<'a> Listed<'a> {
    fn of(options: &Options, scenarios: &'a [Scenario], defects: &'a [Defect]) -> Result<Self, Stop> {
        let rows =
            choice::rows_named(&options.requirement).map_err(|error| Stop::Usage(error.to_string()))?;
        let is_about = |ids: &[String]| {
            options.requirement.is_empty() || ids.iter().any(|id| rows.iter().any(|row| row.id == id))
        };
        let cases =
            scenarios.iter().flat_map(Scenario::cases).filter(|case| is_about(&case.proves)).collect();
        let defects = defects.iter().filter(|defect| is_about(&defect.breaks)).collect();
        Ok(Self { cases, rows, defects })
    }

    fn text(&self, what: Option<What>) -> String {
        let mut text = String::new();
        let is_wanted = |one| what.is_none_or(|wanted| wanted == one);
        if is_wanted(What::Scenarios) {
            for case in &self.cases {
                tell(&mut text, &case.id, &case.title);
            }
        }
        if is_wanted(What::Requirements) {
            for row in &self.rows {
                tell(&mut text, &format!("{} {} ({})", row.id, row.name, row.level.name()), row.text);
            }
        }
        if is_wanted(What::Defects) {
            for defect in &self.defects {
                let breaks = if defect.breaks.is_empty() {
                    String::new()
                } else {
                    format!(" (breaks {})", defect.breaks.join(" "))
                };
                let about = format!("{}: {}{breaks}", defect.subject.name(), defect.title);
                tell(&mut text, &defect.name, &about);
            }
        }
        text
    }

    fn json(&self, what: Option<What>) -> Value {
        let scenarios = self
            .cases
            .iter()
            .map(|case| json!({ "id": case.id, "title": case.title, "proves": case.proves }));
        let requirements = self.rows.iter().map(|row| {
            json!({
                "id": row.id, "name": row.name, "level": row.level.key(), "clause": row.clause, "text": row.text,
                "rulings": row.rulings,
            })
        });
        let defects = self
            .defects
            .iter()
            .map(|one| json!({ "id": one.name, "title": one.title, "subject": one.subject.name(), "breaks": one.breaks }));
        let mut all = json!({
            "scenarios": scenarios.collect::<Value>(),
            "requirements": requirements.collect::<Value>(),
            "defects": defects.collect::<Value>(),
        });
        if let (Some(what), Some(lists)) = (what, all.as_object_mut()) {
            lists.retain(|key, _| key == what.key());
        }
        all
    }
}

impl What {
    fn key(self) -> &'static str {
        match self {
            Self::Scenarios => "scenarios",
            Self::Requirements => "requirements",
            Self::Defects => "defects",
        }
    }
}

/// A line for the id, and below it what it is about, within 80 columns.
fn tell(text: &mut String, head: &str, about: &str) {
    const WIDTH: usize = 80;
    const INDENT: &str = "    ";
    let _ = writeln!(text, "{head}");
    let mut line = INDENT.to_owned();
    for word in about.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            INDENT.clone_into(&mut line);
        }
        line.push_str(word);
        line.push(' ');
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
