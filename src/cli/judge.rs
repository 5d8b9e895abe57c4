//! `judge`: stored evidence, judged again: a run, or a message that somebody has at hand.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::test::detail;
use super::{Speech, Stop, note, say};
use crate::certify::{header, random, read_run, rejudge};
use crate::profile::Profile;
use crate::report::text;
use crate::run::Run;
use crate::transcript::Recorder;
use crate::transcript::at_hand::{self, NoEvidence, Piece};
use crate::transcript::entry::Role;
use crate::transcript::mask::Masker;

/// What `judge` is told.
#[derive(Args)]
pub(super) struct Options {
    /// A report directory or the transcript.jsonl in it; a URL with its query in quotes; a file with a raw HTTP request or
    /// response, or a HAR.
    path: String,
    /// Whose messages are judged, where that is not a run; who sent them when left out, or who gave an answer alone.
    #[arg(long, value_enum)]
    role: Option<RoleName>,
}

/// A role, as it is written.
#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// The LMS.
    Target,
    /// The authoring tool.
    Client,
}

pub(super) fn judge(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let run = match at_hand(&options.path)? {
        Some(pieces) => run_of(&pieces, options)?,
        None => read_run(Path::new(&options.path))?,
    };
    say(&text::render(&run, detail(speech)));
    tell_changes(Path::new(&options.path), &run);
    Ok(run.status_of_judging())
}

/// Tells which verdicts are others than in the report that lies beside the transcript.
fn tell_changes(directory: &Path, run: &Run) {
    match rejudge(directory, run) {
        None => {}
        Some(Ok(rejudged)) => say(&rejudged.render()),
        Some(Err(why)) => note(&format!(
            "{}; `penspec report DIR --format json` gives the report that the evidence has now",
            super::visible(&why)
        )),
    }
}

/// The messages that are meant; `None` where a run is.
fn at_hand(path: &str) -> Result<Option<Vec<Piece>>, Stop> {
    let cannot = |error: NoEvidence| Stop::Usage(format!("{path}: {error}"));
    if !Path::new(path).exists() && path.contains("://") {
        return Ok(Some(vec![at_hand::of_url(path).map_err(cannot)?]));
    }
    if !Path::new(path).is_file() {
        return Ok(None);
    }
    let bytes = crate::certify::read_bounded(Path::new(path)).map_err(|error| {
        Stop::Usage(format!(
            "{path}: cannot be read: {error}; name a report directory, a transcript or a message"
        ))
    })?;
    if is_transcript(&bytes) { Ok(None) } else { at_hand::read(&bytes).map(Some).map_err(cannot) }
}

/// Whether the first line is, or was, the header of a transcript: a cut or altered one is told of as such.
fn is_transcript(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.windows(16).any(|window| window == b"\"schema_version\"")
}

/// The messages as a run of which nothing else was asked.
fn run_of(pieces: &[Piece], options: &Options) -> Result<Run, Stop> {
    let role = match options.role {
        Some(RoleName::Target) => Role::Target,
        Some(RoleName::Client) => Role::Client,
        None => at_hand::likely_role(pieces),
    };
    let mut profile = Profile::default();
    // The query of a URL may have a password in it: what is in front of it names the message as well.
    options.path.split('?').next().unwrap_or_default().clone_into(&mut profile.subject.name);
    let header = header(role, &profile, &[at_hand::CASE.to_owned()])?;
    let recorder = Recorder::in_memory(header, Masker::new(random()?, &[]));
    at_hand::record(&recorder, pieces).map_err(|error| Stop::Usage(format!("{}: {error}", options.path)))?;
    recorder.end(None, None);
    Run::of(&recorder.transcript()).map_err(|error| Stop::Ours(error.to_string()))
}
