//! `diff`: two stored runs compared.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::report::{give, give_to_people};
use super::test::detail;
use super::{Speech, Stop};
use crate::certify::read_run;
use crate::report::diff::{compare, html, json, render};

/// What `diff` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The earlier run: its report directory, or the transcript.jsonl in it.
    before: PathBuf,
    /// The later run.
    after: PathBuf,
    /// How the difference is told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How the difference is told.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// As on a terminal.
    Text,
    /// For programs.
    Json,
    /// One page that opens offline.
    Html,
}

pub(super) fn diff(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let Options { before, after, format, out } = options;
    let (earlier, later) = (read_run(before)?, read_run(after)?);
    let diff = compare(&earlier, &later).map_err(|error| {
        Stop::Usage(format!(
            "{} and {}: {error}; name two runs of one role",
            before.display(),
            after.display()
        ))
    })?;
    match format {
        Format::Text => {
            give_to_people(&render(&diff, &earlier, &later, detail(speech)), out.as_deref())?;
        }
        Format::Json => give(&json::render(&diff, &earlier, &later), out.as_deref())?,
        Format::Html => give(&html::render(&diff, &earlier, &later), out.as_deref())?,
    }
    Ok(u8::from(diff.is_regressed()))
}
