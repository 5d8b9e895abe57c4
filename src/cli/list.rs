//! `list`: what there is.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Stop, note, say};
use crate::requirements;
use crate::run::built_in;
use crate::scenario::library;

/// What `list` is told.
#[derive(Args)]
pub(super) struct Options {
    /// Only these.
    #[arg(value_enum)]
    what: Option<What>,
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

pub(super) fn list(options: &Options) -> Result<u8, Stop> {
    if let Some(directory) = &options.export {
        library::export(directory).map_err(|error| {
            let shown = directory.display();
            Stop::Ours(format!("{shown}: cannot be written: {error}; give --export a new directory"))
        })?;
        note(&format!("written to {}", directory.display()));
        return Ok(0);
    }
    let mut text = String::new();
    let is_wanted = |what| options.what.is_none_or(|wanted| wanted == what);
    if is_wanted(What::Scenarios) {
        let scenarios = built_in::scenarios()?;
        for case in scenarios.iter().flat_map(super::super::scenario::model::Scenario::cases) {
            let _ = writeln!(text, "{:52} {}", case.id, case.title);
        }
    }
    if is_wanted(What::Requirements) {
        for row in requirements::all() {
            let _ = writeln!(text, "{:8} {:7} {:28} {}", row.id, row.level.name(), row.name, row.text);
        }
    }
    if is_wanted(What::Defects) {
        for defect in built_in::defects()? {
            let _ =
                writeln!(text, "{:24} {:40} breaks {}", defect.name, defect.title, defect.breaks.join(" "));
        }
    }
    say(&text);
    Ok(0)
}
