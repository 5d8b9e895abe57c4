//! `report`: a stored run in another format.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::test::detail;
use super::{Speech, Stop, say};
use crate::certify::{read_evidence, run_of, write_whole};
use crate::report::text::Detail;
use crate::report::{
    badge, ctrf, github, har, html, in_toto, json, junit, markdown, mermaid, statement, tap, text,
};
use crate::run::Run;

/// What `report` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The report directory, or the transcript.jsonl in it.
    path: PathBuf,
    /// How the run is told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With --format mermaid: the case whose transactions are drawn; all of them when left out.
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
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
    /// TAP 14: a test point for each requirement.
    Tap,
    /// CTRF: JSON for dashboards.
    Ctrf,
    /// Annotations for a job of GitHub Actions.
    Github,
    /// HAR 1.2: what went over HTTP, for the developer tools of a browser.
    Har,
    /// A sequence diagram in Mermaid's notation.
    Mermaid,
    /// A conformance statement of one page, as Markdown.
    StatementMd,
    /// The same as a page that opens offline.
    StatementHtml,
    /// An in-toto statement with the predicate test-result.
    InToto,
    /// The verdict as a small SVG.
    Badge,
}

pub(super) fn report(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let (bytes, transcript) = read_evidence(&options.path)?;
    let run = run_of(&transcript, &options.path)?;
    let told = options.format.tell(&run, &bytes, (detail(speech), options.scenario.as_deref()));
    match options.format {
        Format::Text => give_to_people(&told, options.out.as_deref())?,
        Format::Json
        | Format::Junit
        | Format::Html
        | Format::Markdown
        | Format::Tap
        | Format::Ctrf
        | Format::Github
        | Format::Har
        | Format::Mermaid
        | Format::StatementMd
        | Format::StatementHtml
        | Format::InToto
        | Format::Badge => give(&told, options.out.as_deref())?,
    }
    Ok(0)
}

impl Format {
    fn tell(self, run: &Run, transcript: &[u8], (detail, scenario): (Detail, Option<&str>)) -> String {
        let evidence = || json::sha256(transcript);
        match self {
            Self::Text => text::render(run, detail),
            Self::Json => json::render(run),
            Self::Junit => junit::render(run),
            Self::Html => html::render(run),
            Self::Markdown => markdown::render(run),
            Self::Tap => tap::render(run),
            Self::Ctrf => ctrf::render(run),
            Self::Github => github::render(run),
            Self::Har => har::render(run),
            Self::Mermaid => mermaid::render(run, scenario),
            Self::StatementMd => statement::markdown::render(run, &evidence()),
            Self::StatementHtml => statement::html::render(run, &evidence()),
            Self::InToto => in_toto::render(run, &evidence()),
            Self::Badge => badge::render(run),
        }
    }
}

/// A run in every format, each with its name.
pub(super) fn every_format(run: &Run, transcript: &[u8]) -> Vec<(String, String)> {
    let named = |format: &Format| format.to_possible_value().map(|value| value.get_name().to_owned());
    let told = |format: Format| format.tell(run, transcript, (Detail::Everything, None));
    Format::value_variants().iter().map(|format| (named(format).unwrap_or_default(), told(*format))).collect()
}

/// Prints a text with colours, or writes it without them to a file.
pub(super) fn give_to_people(text: &str, out: Option<&Path>) -> Result<(), Stop> {
    let Some(path) = out else {
        say(text);
        return Ok(());
    };
    write(path, &anstream::adapter::strip_str(text).to_string())
}

/// Prints a text byte for byte, or writes it to a file.
pub(super) fn give(text: &str, out: Option<&Path>) -> Result<(), Stop> {
    match out {
        Some(path) => write(path, text),
        None => print(text),
    }
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
