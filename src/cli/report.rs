//! `report`: a stored run in another format.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::test::detail;
use super::{Speech, Stop, say};
use crate::certify::{read_run, write_whole};
use crate::report::{html, json, junit, markdown, text};

/// What `report` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The report directory, or the transcript.jsonl in it.
    path: PathBuf,
    /// How the run is told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How a run is told.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As on a terminal.
    Text,
    /// report.json: everything that is said of a run, for programs.
    Json,
    /// junit.xml: a test case for each requirement.
    Junit,
    /// report.html: one page that opens offline.
    Html,
    /// A summary for a CI job.
    Markdown,
}

pub(super) fn report(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let run = read_run(&options.path)?;
    let told = match options.format {
        Format::Text => text::render(&run, detail(speech)),
        Format::Json => json::render(&run),
        Format::Junit => junit::render(&run),
        Format::Html => html::render(&run),
        Format::Markdown => markdown::render(&run),
    };
    match (&options.out, options.format) {
        (Some(path), Format::Text) => write(path, &anstream::adapter::strip_str(&told).to_string())?,
        (Some(path), Format::Json | Format::Junit | Format::Html | Format::Markdown) => write(path, &told)?,
        (None, Format::Text) => say(&told),
        (None, Format::Json | Format::Junit | Format::Html | Format::Markdown) => print(&told)?,
    }
    Ok(0)
}

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    write_whole(path, text).map_err(|error| {
        Stop::Ours(format!("{}: cannot be written: {error}; choose another file with --out", path.display()))
    })
}

/// Writes to standard output, byte for byte; whoever closed it has read enough.
fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Stop::Ours(format!("standard output: cannot be written: {error}; name a file with --out")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
