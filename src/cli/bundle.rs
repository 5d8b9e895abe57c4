//! `bundle`: a run as one archive of evidence, as it was recorded or with stand-ins for what names its operator.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Speech, Stop, note, say};
use crate::certify::bundle::{Shared, pack};
use crate::certify::{read_evidence, rejudge, run_of, write_whole};
use crate::run::Run;
use crate::transcript::{Transcript, file, share};

/// What `bundle` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The report directory, or the transcript.jsonl in it.
    path: PathBuf,
    /// The archive.
    #[arg(long, value_name = "FILE", default_value = "evidence.zip")]
    out: PathBuf,
    /// Give hosts, addresses and names stand-ins, in the transcript and in the reports of it.
    #[arg(long)]
    share: bool,
}

pub(super) fn bundle(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let (bytes, transcript) = read_evidence(&options.path)?;
    let run = run_of(&transcript, &options.path)?;
    tell_changes(&options.path, &run);
    let (bytes, run, shared) = if options.share {
        let (bytes, run) = with_stand_ins(&transcript, &run, &options.path)?;
        (bytes, run, Shared::StandIns)
    } else {
        (bytes, run, Shared::AsRecorded)
    };
    let packed = pack(&bytes, &run, shared).map_err(|error| Stop::Ours(error.to_string()))?;
    let out = options.out.display();
    write_whole(&options.out, packed).map_err(|error| {
        Stop::Ours(format!("{out}: cannot be written: {error}; choose another file with --out"))
    })?;
    if !speech.quiet {
        say(&format!("{out}: transcript, reports and manifest; `penspec verify {out}` checks it\n"));
    }
    Ok(0)
}

/// Reports are made anew from the evidence: one that said something else is not passed on in silence.
fn tell_changes(path: &Path, run: &Run) {
    let changes = match rejudge(path, run) {
        None => return,
        Some(Ok(rejudged)) => rejudged.render(),
        Some(Err(why)) => super::visible(&why),
    };
    if !changes.is_empty() {
        note(&format!("{}\nthe bundle has reports that are made of the evidence anew", changes.trim_end()));
    }
}

/// The transcript with stand-ins: the verdicts have to be the same.
fn with_stand_ins(transcript: &Transcript, run: &Run, path: &Path) -> Result<(Vec<u8>, Run), Stop> {
    let shared = share::share(transcript);
    let told = run_of(&shared, path)?;
    let rows = run.judgement.rows.iter().zip(&told.judgement.rows);
    let other = rows.filter(|(was, is)| was.verdict != is.verdict).map(|(was, _)| was.row.id);
    let other: Vec<&str> = other.collect();
    if !other.is_empty() || run.exit_status != told.exit_status {
        return Err(Stop::Ours(format!(
            "{}: with stand-ins the verdicts would be others ({}); leave --share out, and please report it",
            path.display(),
            other.join(", ")
        )));
    }
    Ok((file::write(&shared).into_bytes(), told))
}
