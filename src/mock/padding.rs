//! A package grown to any size below 4 GiB: still an archive with the same files, and never held.

use crc32fast::Hasher;

use super::stage::Package;
use crate::wire::http::Payload;

/// The entry that makes a package larger: zeros, stored.
pub const PADDING: &str = "penspec-padding.bin";

/// What an archive ends with, when nothing is said behind it (APPNOTE 4.3.16).
const END: usize = 22;
const LOCAL_HEADER: usize = 30;
const CENTRAL_HEADER: usize = 46;
const LONGEST_COMMENT: usize = 0xFFFF;

/// Bits and bytes in a header that are the same wherever it stands: version 1.0 is needed, nothing is flagged, the
/// content is stored, as of 27 June 2005, 0:00.
const STORED: [u8; 10] = [10, 0, 0, 0, 0, 0, 0, 0, 0xDB, 0x32];

/// Why a package cannot be grown to a size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PaddingError {
    /// It is no archive whose list of files can be found.
    #[error("{0} is no zip archive that files can be added to")]
    NoArchive(String),
    /// The package and the padding's own headers take more.
    #[error("{name} is not smaller than {size} bytes; with padding it has {least} at least")]
    TooSmall {
        /// The package's file name.
        name: String,
        /// The size that was asked for.
        size: u64,
        /// The smallest size that can be had.
        least: u64,
    },
    /// An archive of 4 GiB is written otherwise.
    #[error("{size} bytes are too many for a package; {most} is the most", most = u32::MAX)]
    TooLarge {
        /// The size that was asked for.
        size: u64,
    },
}

/// An archive taken apart at its seams.
struct Parts<'a> {
    /// The files, each behind its header.
    files: &'a [u8],
    /// The headers that make up the central directory.
    directory: Vec<&'a [u8]>,
    /// What is said behind the end.
    comment: &'a [u8],
}

impl Package {
    /// The package with one more file, [`PADDING`], so that it has exactly this many bytes.
    ///
    /// # Errors
    /// When the package is no plain archive, or the size is none that it can have.
    pub fn padded_to(self, size: u64) -> Result<Self, PaddingError> {
        let total = u32::try_from(size).map_err(|_| PaddingError::TooLarge { size })?;
        let parts = match &self.payload {
            Payload::Bytes(bytes) => Parts::of(bytes),
            Payload::Repeated { .. } => None,
        };
        let parts = parts.ok_or_else(|| PaddingError::NoArchive(self.name.clone()))?;
        let least = self.payload.length() + (LOCAL_HEADER + CENTRAL_HEADER + 2 * PADDING.len()) as u64;
        let Some(zeros) = size.checked_sub(least).and_then(|zeros| u32::try_from(zeros).ok()) else {
            return Err(PaddingError::TooSmall { name: self.name, size, least });
        };
        let first = local_header(zeros);
        let last = parts.behind(zeros, total);
        let payload = Payload::Repeated { first, fill: Vec::new(), length: size, last };
        Ok(Self { payload, ..self })
    }
}

impl<'a> Parts<'a> {
    /// `None` when this is no archive, one that needs zip64, or one that begins with something else.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let earliest = bytes.len().saturating_sub(END + LONGEST_COMMENT);
        let end = (earliest..=bytes.len().checked_sub(END)?).rev().find(|at| ends_at(bytes, *at))?;
        let (length, start) = (usize_at(bytes, end + 12)?, usize_at(bytes, end + 16)?);
        if start.checked_add(length)? != end {
            return None;
        }
        let mut directory = Vec::new();
        let mut rest = &bytes[start..end];
        while !rest.is_empty() {
            let (header, behind) = split_header(rest)?;
            directory.push(header);
            rest = behind;
        }
        let is_whole = directory.len() == usize::from(u16_at(bytes, end + 10)?) && directory.len() < 0xFFFE;
        is_whole.then_some(Self { files: &bytes[..start], directory, comment: &bytes[end + END..] })
    }

    /// All that stands behind the zeros of an archive of `total` bytes.
    fn behind(&self, zeros: u32, total: u32) -> Vec<u8> {
        let moved = u32::try_from(LOCAL_HEADER + PADDING.len()).unwrap_or(u32::MAX) + zeros;
        let mut last = self.files.to_vec();
        let begun = last.len();
        for header in &self.directory {
            let at = last.len() + 42;
            last.extend_from_slice(header);
            let offset = u32_at(&last, at).unwrap_or_default() + moved;
            last[at..at + 4].copy_from_slice(&offset.to_le_bytes());
        }
        last.extend_from_slice(&central_header(zeros));
        let length = last.len() - begun;
        last
    }
}
