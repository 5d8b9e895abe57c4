//! `merge`: the parts of a divided run joined into one report with one verdict.

use std::path::{Path, PathBuf};

use clap::Args;

use super::test::detail;
use super::{Speech, Stop, say};
use crate::certify::{ReportDir, read_transcript, run_of};
use crate::report::text;
use crate::run::join::{Part, join};

/// What `merge` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The report directories of the parts, or the transcripts in them, in any order.
    #[arg(required = true, value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// Where the report of the whole goes.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    report_dir: PathBuf,
}

pub(super) fn merge(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let mut parts = Vec::new();
    for path in &options.parts {
        refuse_own(path, &options.report_dir)?;
        parts.push(Part { place: path.display().to_string(), transcript: read_transcript(path)? });
    }
    let transcript = join(parts).map_err(|error| Stop::Usage(error.to_string()))?;
    let run = run_of(&transcript, &options.report_dir)?;
    ReportDir::take(&options.report_dir)?.keep(&transcript, &run)?;
    say(&text::render(&run, detail(speech)));
    Ok(run.status_of_judging())
}

/// Refuses to write the whole over one of its parts.
fn refuse_own(part: &Path, report_dir: &Path) -> Result<(), Stop> {
    let directory = if part.is_dir() { Some(part) } else { part.parent() };
    let [part, whole] = [directory, Some(report_dir)].map(|path| path?.canonicalize().ok());
    if part.is_none() || part != whole {
        return Ok(());
    }
    Err(Stop::Usage(format!(
        "{}: this part would be overwritten by the whole; choose another place with --report-dir",
        report_dir.display()
    )))
}
