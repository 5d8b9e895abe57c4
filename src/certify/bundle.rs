//! The evidence bundle: one archive with a transcript, the reports of it, and the SHA-256 of each file.
//!
//! What is read of a bundle is bounded, and nothing of it is ever written to disk.

use std::io::{Cursor, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::report_dir::{REPORT, TRANSCRIPT, reports};
use crate::report::rejudged::Earlier;
use crate::run::{Run, this_tool};
use crate::transcript::bytes::{document, hex, visible};
use crate::transcript::entry::{Role, Tool};

/// The version of the format of bundles.
const BUNDLE_VERSION: u32 = 1;
const KIND: &str = "penspec-evidence-bundle";
const MANIFEST: &str = "manifest.json";
/// What a bundle holds, in this order, and nothing else.
pub(crate) const FILES: [&str; 5] = [MANIFEST, TRANSCRIPT, REPORT, "report.html", "junit.xml"];
/// So many bytes are unpacked, of all files together.
const LONGEST: u64 = 512 * 1024 * 1024;
/// An archive that is longer is none of ours.
pub(crate) const LONGEST_ARCHIVE: u64 = 256 * 1024 * 1024;

/// The first file of a bundle: what it holds, and who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`KIND`].
    kind: String,
    /// [`BUNDLE_VERSION`].
    schema_version: u32,
    /// The program that made the bundle and judged the transcript for it.
    pub(crate) tool: Tool,
    run_id: String,
    role: Role,
    verdict: String,
    exit_status: u8,
    /// Whether hosts, addresses and names have stand-ins.
    pub(crate) shared: Shared,
    /// The other files.
    files: Vec<Listed>,
}

/// Whether hosts, addresses and names have stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shared {
    /// They have.
    StandIns,
    /// All is as it was recorded.
    AsRecorded,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) length: u64,
    pub(crate) sha256: String,
}

/// A bundle that was read.
pub(crate) struct Bundle {
    pub(crate) manifest: Manifest,
    files: Vec<(String, Vec<u8>)>,
}

/// Why a file is no bundle that can be verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoBundle {
    #[error("it is no archive, or one that was cut off: {0}; ask for the bundle anew")]
    Archive(#[from] ZipError),
    #[error("{file} in it cannot be unpacked: {error}; ask for the bundle anew")]
    Damaged { file: String, error: std::io::Error },
    #[error(
        "it has bytes that its directory does not tell of; ask for the bundle that `penspec bundle` wrote"
    )]
    Hidden,
    #[error("it holds a file {0}, which no bundle does; nothing of it was unpacked")]
    Stranger(String),
    #[error("it holds no {0}, so it is no bundle of penspec, or not all of one; ask for the bundle anew")]
    Lacks(&'static str),
    #[error("{0} in it is longer than any of ours; nothing more of it was unpacked")]
    TooLong(String),
    #[error("its manifest.json cannot be read: {0}; ask for the bundle that `penspec bundle` wrote")]
    Manifest(String),
    #[error(
        "it is of version {0}, this penspec reads version {BUNDLE_VERSION}; verify it with the penspec that made it"
    )]
    Version(u32),
}

/// Makes the bundle of a transcript, which is given as it lies in its file: the same evidence makes the same bytes.
pub(crate) fn pack(transcript: &[u8], run: &Run, shared: Shared) -> Result<Vec<u8>, ZipError> {
    let reports = reports(run).into_iter().map(|(name, text)| (name, text.into_bytes()));
    let files: Vec<_> = std::iter::once((TRANSCRIPT, transcript.to_vec())).chain(reports).collect();
    let manifest = Manifest {
        kind: KIND.to_owned(),
        schema_version: BUNDLE_VERSION,
        tool: this_tool(),
        run_id: run.header.run_id.clone(),
        role: run.header.role,
        verdict: run.judgement.verdict.key().to_owned(),
        exit_status: run.exit_status,
        shared,
        files: files.iter().map(|(name, bytes)| Listed::of(name, bytes)).collect(),
    };
    let manifest = document(&manifest);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in std::iter::once((MANIFEST, manifest.into_bytes())).chain(files) {
        archive.start_file(name, options)?;
        archive.write_all(&bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

impl Bundle {
    /// Reads a bundle, all of it in memory.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NoBundle> {
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        refuse_hidden(bytes, &archive)?;
        for name in archive.file_names() {
            let name = name?;
            if !FILES.contains(&name.as_ref()) {
                return Err(NoBundle::Stranger(visible(&name)));
            }
        }
        let mut files = Vec::new();
        let mut room = LONGEST;
        for name in FILES {
            let read = read_file(&mut archive, name, room)?;
            room -= read.len() as u64;
            files.push((name.to_owned(), read));
        }
        let (_, manifest) = files.remove(0);
        Ok(Self { manifest: Manifest::read(&manifest)?, files })
    }

    /// A file, as it was unpacked.
    pub(crate) fn file(&self, name: &str) -> &[u8] {
        let file = self.files.iter().find(|(found, _)| found == name);
        file.map(|(_, bytes)| bytes.as_slice()).unwrap_or_default()
    }

    /// What speaks against the bundle, with the run that its transcript tells: nothing where the hashes are right and
    /// the verdicts follow.
    pub(crate) fn objections(&self, run: &Run) -> Vec<String> {
        let manifest = &self.manifest;
        let altered = self.altered().map(|name| {
            format!("{name} is not what manifest.json says: one of them was altered; ask for the original")
        });
        let mut objections: Vec<String> = altered.collect();
        if (&manifest.run_id, manifest.role) != (&run.header.run_id, run.header.role) {
            objections.push("manifest.json is of another run than the transcript".to_owned());
        }
        let verdict = run.judgement.verdict.key();
        if (manifest.verdict.as_str(), manifest.exit_status) != (verdict, run.exit_status) {
            objections.push(format!(
                "manifest.json says {} with status {}, the evidence says {} with status {}",
                visible(&manifest.verdict),
                manifest.exit_status,
                verdict,
                run.exit_status
            ));
        }
        let report = String::from_utf8_lossy(self.file(REPORT));
        match Earlier::read(&report).and_then(|earlier| earlier.compare(run)) {
            Ok(rejudged) if rejudged.follows() => {}
            Ok(rejudged) => objections.push(rejudged.render().trim_end().to_owned()),
            Err(error) => objections.push(format!("{REPORT} cannot be held against the evidence: {error}")),
        }
        if self.is_of_this_tool() {
            objections.extend(self.rendered_otherwise(run));
        }
        objections
    }

    /// Whether the same penspec made it, so that its reports can be made again byte for byte.
    pub(crate) fn is_of_this_tool(&self) -> bool {
        self.manifest.tool == this_tool()
    }

    /// The files that are not what the manifest says.
    fn altered(&self) -> impl Iterator<Item = &str> {
        let listed = |name: &str| self.manifest.files.iter().find(|listed| listed.name == name);
        let is_altered =
            move |(name, bytes): &&(String, Vec<u8>)| listed(name) != Some(&Listed::of(name, bytes));
        self.files.iter().filter(is_altered).map(|(name, _)| name.as_str())
    }

    fn rendered_otherwise(&self, run: &Run) -> impl Iterator<Item = String> {
        let other = reports(run).into_iter().filter(|(name, text)| self.file(name) != text.as_bytes());
        other.map(|(name, _)| format!("{name} is not the report that this penspec makes of the transcript"))
    }
}

/// Refuses what stands before, behind or between what the directory of the archive tells of.
fn refuse_hidden(bytes: &[u8], archive: &ZipArchive<Cursor<&[u8]>>) -> Result<(), NoBundle> {
    const END: usize = 22;
    let end = bytes.len().checked_sub(END).map(|at| &bytes[at..]).unwrap_or_default();
    let told = end.get(10..12).map(|count| usize::from(u16::from_le_bytes([count[0], count[1]])));
    let is_end = end.starts_with(b"PK\x05\x06") && end.ends_with(&[0, 0]);
    if is_end && told == Some(archive.len()) && archive.offset() == 0 {
        Ok(())
    } else {
        Err(NoBundle::Hidden)
    }
}

fn read_file(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &'static str,
    room: u64,
) -> Result<Vec<u8>, NoBundle> {
    let file = match archive.by_name(name) {
        Err(ZipError::FileNotFound) => return Err(NoBundle::Lacks(name)),
        found => found?,
    };
    if file.size() > room {
        return Err(NoBundle::TooLong(name.to_owned()));
    }
    let mut bytes = Vec::new();
    let read = file.take(room + 1).read_to_end(&mut bytes);
    read.map_err(|error| NoBundle::Damaged { file: name.to_owned(), error })?;
    if bytes.len() as u64 > room { Err(NoBundle::TooLong(name.to_owned())) } else { Ok(bytes) }
}

impl Manifest {
    fn read(bytes: &[u8]) -> Result<Self, NoBundle> {
        #[derive(Deserialize)]
        struct Version {
            kind: String,
            schema_version: u32,
        }
        let unreadable = |error: serde_json::Error| NoBundle::Manifest(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(unreadable)?;
        if version.kind != KIND {
            return Err(NoBundle::Manifest(format!("it is of another kind, {}", visible(&version.kind))));
        }
        if version.schema_version != BUNDLE_VERSION {
            return Err(NoBundle::Version(version.schema_version));
        }
        serde_json::from_slice(bytes).map_err(unreadable)
    }
}

impl Listed {
    fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), length: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}
