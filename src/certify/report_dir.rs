//! The report directory: locked while a run writes to it, its files replaced together and each one whole.

use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Stop;
use crate::report;
use crate::report::rejudged::{Earlier, Rejudged};
use crate::run::Run;
use crate::transcript::Transcript;
use crate::transcript::file::{self, Unreadable};

pub(super) const TRANSCRIPT: &str = "transcript.jsonl";
pub(super) const REPORT: &str = "report.json";
const PAGE: &str = "report.html";
const JUNIT: &str = "junit.xml";
const LOCK: &str = ".lock";

/// A report directory that is ours as long as this value lives.
pub struct ReportDir {
    path: PathBuf,
    _lock: File,
}

impl ReportDir {
    /// Makes the directory if need be and takes it; nothing of an earlier run is touched yet.
    ///
    /// # Errors
    /// When it cannot be written to, or another run has it.
    pub fn take(path: &Path) -> Result<Self, Stop> {
        let shown = path.display();
        let unwritable = |error: &io::Error| {
            Stop::Ours(format!(
                "{shown}: the report cannot be written here: {error}; choose another place with --report-dir"
            ))
        };
        fs::create_dir_all(path).map_err(|error| unwritable(&error))?;
        let lock = File::create(path.join(LOCK)).map_err(|error| unwritable(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let busy = format!(
                    "{shown}: another penspec is writing its report here; wait for it, or choose another place with --report-dir"
                );
                return Err(Stop::Environment(busy));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(&error)),
        }
        tempfile::NamedTempFile::new_in(path).map_err(|error| unwritable(&error))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Takes away what an earlier run left: its reports do not belong to the transcript that begins now.
    pub(super) fn clear(&self) -> Result<(), Stop> {
        for name in [REPORT, PAGE, JUNIT, TRANSCRIPT] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.lost(name, &error)),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Where the transcript is written.
    pub(super) fn transcript(&self) -> PathBuf {
        self.path.join(TRANSCRIPT)
    }

    /// Writes the reports of a run: all of them before the first is in its place, so that a full disk leaves none.
    pub(super) fn write(&self, run: &Run) -> Result<(), Stop> {
        self.write_all(reports(run).into())
    }

    /// Writes a run that was not played here: its transcript and the reports of it.
    pub(crate) fn keep(&self, transcript: &Transcript, run: &Run) -> Result<(), Stop> {
        let transcript = (TRANSCRIPT, file::write(transcript));
        self.write_all(reports(run).into_iter().chain([transcript]).collect())
    }

    fn write_all(&self, files: Vec<(&str, String)>) -> Result<(), Stop> {
        let mut prepared = Vec::new();
        for (name, text) in files {
            prepared
                .push((name, prepare(&self.path, text.as_bytes()).map_err(|error| self.lost(name, &error))?));
        }
        for (name, file) in prepared {
            file.persist(self.path.join(name)).map_err(|error| self.lost(name, &error.error))?;
        }
        Ok(())
    }

    /// The stop for a file that could not be written.
    pub(super) fn lost(&self, name: &str, error: &io::Error) -> Stop {
        let path = self.path.join(name);
        Stop::Ours(format!(
            "{}: cannot be written: {error}; free some space or choose another place with --report-dir",
            path.display()
        ))
    }
}

/// Writes a file whole, or leaves what was there; what is no ordinary file, such as a pipe, is written to as it is.
pub(crate) fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes.as_ref());
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    prepare(directory.unwrap_or(Path::new(".")), bytes.as_ref())?
        .persist(path)
        .map_err(|error| error.error)?;
    Ok(())
}

/// A file beside the one that it is to become.
fn prepare(directory: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.flush()?;
    open_to_readers(temporary.path())?;
    Ok(temporary)
}

/// Temporary files are private; a report is for whoever may read the directory.
#[cfg(unix)]
fn open_to_readers(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The reports that every run leaves behind, by the names of their files.
pub(crate) fn reports(run: &Run) -> [(&'static str, String); 3] {
    [
        (REPORT, report::json::render(run)),
        (PAGE, report::html::render(run)),
        (JUNIT, report::junit::render(run)),
    ]
}

/// Reads the run that a report directory or a transcript file holds.
///
/// # Errors
/// When it is not there, or holds no transcript that can be judged.
pub fn read_run(path: &Path) -> Result<Run, Stop> {
    run_of(&read_transcript(path)?, path)
}

/// Judges a transcript that was read from there.
pub(crate) fn run_of(transcript: &Transcript, path: &Path) -> Result<Run, Stop> {
    Run::of(transcript).map_err(|error| Stop::Usage(format!("{}: {error}", path.display())))
}

/// Reads the transcript that a report directory or a transcript file holds.
///
/// # Errors
/// When it is not there, or is no transcript of ours.
pub(crate) fn read_transcript(path: &Path) -> Result<Transcript, Stop> {
    read_evidence(path).map(|(_, transcript)| transcript)
}

/// Reads the transcript that a report directory or a transcript file holds, and the bytes that it is written in.
///
/// # Errors
/// When it is not there, or is no transcript of ours.
pub(crate) fn read_evidence(path: &Path) -> Result<(Vec<u8>, Transcript), Stop> {
    let path = if path.is_dir() { path.join(TRANSCRIPT) } else { path.to_owned() };
    let shown = path.display();
    let bytes = read_bounded(&path).map_err(|error| {
        Stop::Usage(format!(
            "{shown}: cannot be read: {error}; name a report directory or the transcript.jsonl in it"
        ))
    })?;
    let transcript = parse_transcript(&bytes, &shown)?;
    Ok((bytes, transcript))
}

/// Reads a transcript; `place` is where it lies.
///
/// # Errors
/// When it is no transcript of ours.
pub(crate) fn parse_transcript(bytes: &[u8], place: &impl Display) -> Result<Transcript, Stop> {
    // A cut in the middle of a character is a cut in the middle of a line, and that line is left out.
    file::read(&String::from_utf8_lossy(bytes)).map_err(|error| {
        let cure = match &error {
            Unreadable::Empty | Unreadable::Header(_) => {
                "; name a report directory or the transcript.jsonl in it"
            }
            Unreadable::Line { .. } | Unreadable::Count { .. } | Unreadable::Gap { .. } => {
                "; evidence counts only unaltered: judge the original"
            }
            Unreadable::Version { .. } => "",
        };
        Stop::Usage(format!("{place}: {error}{cure}"))
    })
}

/// Holds the report.json of a report directory against what its evidence says now; `None` where there is none.
pub(crate) fn rejudge(directory: &Path, run: &Run) -> Option<Result<Rejudged, String>> {
    const LONGEST: u64 = 256 * 1024 * 1024;
    let path = directory.join(REPORT);
    if !path.exists() {
        return None;
    }
    let read = read_at_most(&path, LONGEST).map_err(|error| error.to_string());
    let compared = read.and_then(|bytes| {
        let earlier = Earlier::read(&String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())?;
        earlier.compare(run).map_err(|error| error.to_string())
    });
    Some(
        compared.map_err(|error| format!("{}: cannot be held against the evidence: {error}", path.display())),
    )
}

/// Reads a file, but no device and nothing longer than any transcript.
pub(crate) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    read_at_most(path, 1024 * 1024 * 1024)
}

pub(crate) fn read_at_most(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let length = fs::metadata(path).and_then(|found| {
        if found.is_file() { Ok(found.len()) } else { Err(io::Error::other("it is no ordinary file")) }
    })?;
    let too_long =
        || io::Error::other(format!("it is longer than {} MiB, which none of ours is", longest >> 20));
    if length > longest {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest { Err(too_long()) } else { Ok(bytes) }
}
