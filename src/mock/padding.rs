//! A package grown to any size below 4 GiB: still an archive with the same files, and never held.

use crc32fast::Hasher;

use super::stage::Package;
use crate::wire::http::Payload;

/// The entry that makes a package larger: zeros, stored.
pub const PADDING: &str = "penspec-padding.bin";

/// The lengths of the fixed parts of an archive's headers, and of its end (APPNOTE 4.3.7, 4.3.12, 4.3.16).
const LOCAL: usize = 30;
const CENTRAL: usize = 46;
const END: usize = 22;
/// Where in a header of the central directory the place of its file stands.
const OFFSET: usize = 42;

/// What both headers of the padding say first: readers of version 1.0 will do, no flags, stored, as of 27 June 2005.
const STORED: [u8; 10] = [10, 0, 0, 0, 0, 0, 0, 0, 0xDB, 0x32];

/// Why a package cannot be grown to a size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PaddingError {
    /// It is no archive whose list of files can be found and moved.
    #[error("{0} cannot be padded: it is no plain zip archive")]
    NoArchive(String),
    /// The package and the headers of the padding take more.
    #[error("{name} cannot be padded to {size} bytes; give a size of {least} at least")]
    TooSmall {
        /// The package's file name.
        name: String,
        /// The size that was asked for.
        size: u64,
        /// The smallest size that can be had.
        least: u64,
    },
    /// An archive of 4 GiB is written otherwise.
    #[error("{name} cannot be padded to {size} bytes; give a size below 4 GiB")]
    TooLarge {
        /// The package's file name.
        name: String,
        /// The size that was asked for.
        size: u64,
    },
}

/// An archive taken apart at its seams.
struct Parts<'a> {
    /// The files, each behind its own header.
    files: &'a [u8],
    /// The headers of the central directory.
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
        let Ok(total) = u32::try_from(size) else {
            return Err(PaddingError::TooLarge { name: self.name, size });
        };
        let parts = match &self.payload {
            Payload::Bytes(bytes) => Parts::of(bytes),
            Payload::Repeated { .. } => None,
        };
        let Some(parts) = parts else { return Err(PaddingError::NoArchive(self.name)) };
        let least = self.payload.length() + (LOCAL + CENTRAL + 2 * PADDING.len()) as u64;
        let zeros = u32::try_from(least).ok().and_then(|least| total.checked_sub(least));
        let Some(zeros) = zeros else { return Err(PaddingError::TooSmall { name: self.name, size, least }) };
        let sums = sums(zeros);
        let moved = LOCAL + PADDING.len() + zeros as usize;
        let payload = Payload::Repeated {
            first: local_header(sums),
            fill: Vec::new(),
            length: size,
            last: parts.behind(moved, sums),
        };
        Ok(Self { payload, ..self })
    }
}

impl<'a> Parts<'a> {
    /// `None` when this is no archive, one that needs zip64, or one in front of which something else stands.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let last = bytes.len().checked_sub(END)?;
        let earliest = last.saturating_sub(usize::from(u16::MAX));
        let end = (earliest..=last).rev().find(|at| is_end(&bytes[*at..]))?;
        let (count, length, start) =
            (short(bytes, end + 10)?, long(bytes, end + 12)?, long(bytes, end + 16)?);
        if start.checked_add(length)? != end {
            return None;
        }
        let mut directory = Vec::new();
        let mut rest = &bytes[start..end];
        while !rest.is_empty() {
            let (header, behind) = rest.split_at_checked(header_length(rest, start)?)?;
            directory.push(header);
            rest = behind;
        }
        let is_plain = directory.len() == count && count < usize::from(u16::MAX) - 1;
        is_plain.then_some(Self { files: &bytes[..start], directory, comment: &bytes[end + END..] })
    }

    /// All that stands behind the zeros when the files are moved by so many bytes.
    fn behind(&self, moved: usize, sums: [[u8; 4]; 3]) -> Vec<u8> {
        let mut directory = Vec::new();
        for header in &self.directory {
            let offset = long(header, OFFSET).unwrap_or_default() + moved;
            directory.extend_from_slice(&header[..OFFSET]);
            directory.extend_from_slice(&four(offset));
            directory.extend_from_slice(&header[CENTRAL..]);
        }
        directory.extend_from_slice(&central_header(sums));
        let count = two(self.directory.len() + 1);
        let end = [b"PK\x05\x06", &[0; 4][..], &count, &count];
        let place = [four(directory.len()), four(moved + self.files.len())];
        [self.files, &directory, &end.concat(), &place.concat(), &two(self.comment.len()), self.comment]
            .concat()
    }
}

/// Whether an archive's end stands here, and nothing but its comment behind it.
fn is_end(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x05\x06")
        && short(bytes, END - 2).is_some_and(|length| length == bytes.len() - END)
}

/// The length of the header of the central directory that stands here, when its file stands before the directory.
fn header_length(bytes: &[u8], start: usize) -> Option<usize> {
    let is_header = bytes.starts_with(b"PK\x01\x02") && long(bytes, OFFSET)? < start;
    is_header.then_some(CENTRAL + short(bytes, 28)? + short(bytes, 30)? + short(bytes, 32)?)
}

/// What the padding's headers say of it: its CRC-32, and its length packed and unpacked.
fn sums(zeros: u32) -> [[u8; 4]; 3] {
    [crc_of_zeros(zeros).to_le_bytes(), zeros.to_le_bytes(), zeros.to_le_bytes()]
}

/// The CRC-32 of so many zeros, by doubling.
fn crc_of_zeros(count: u32) -> u32 {
    let (mut all, mut run) = (Hasher::new(), Hasher::new());
    run.update(&[0]);
    for bit in 0..u32::BITS {
        if (count >> bit) & 1 == 1 {
            all.combine(&run);
        }
        let twin = run.clone();
        run.combine(&twin);
    }
    all.finalize()
}

fn local_header(sums: [[u8; 4]; 3]) -> Vec<u8> {
    let name = PADDING.as_bytes();
    [b"PK\x03\x04", &STORED[..], &sums.concat(), &two(name.len()), &[0; 2], name].concat()
}

/// It names the padding as a plain file that all may read, at the archive's beginning.
fn central_header(sums: [[u8; 4]; 3]) -> Vec<u8> {
    const MADE_ON_UNIX: [u8; 2] = [10, 3];
    const MODE: [u8; 4] = (0o100_644_u32 << 16).to_le_bytes();
    let name = PADDING.as_bytes();
    let about = [&two(name.len())[..], &[0; 8], &MODE, &[0; 4]].concat();
    [b"PK\x01\x02", &MADE_ON_UNIX[..], &STORED, &sums.concat(), &about, name].concat()
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|two| usize::from(u16::from_le_bytes(*two)))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// A number that is known to fit.
fn two(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// A number that is known to fit.
fn four(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use zip::ZipArchive;

    use super::*;

    const COURSE: &[u8] = include_bytes!("../../fixtures/packages/scorm2004-minimal.zip");

    fn package(bytes: &[u8]) -> Package {
        Package { name: "course.zip".to_owned(), payload: bytes.to_vec().into() }
    }

    fn padded(bytes: &[u8], size: u64) -> Vec<u8> {
        let padded = package(bytes).padded_to(size).unwrap();
        assert_eq!((padded.name.as_str(), padded.payload.length()), ("course.zip", size));
        let (mut pieces, mut all) = (padded.payload.pieces(u64::MAX), Vec::new());
        while let Some(piece) = pieces.lend() {
            all.extend_from_slice(piece);
        }
        assert_eq!(all.len() as u64, size);
        all
    }

    /// The names and contents of the files of an archive, each held against its sum.
    fn files(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let read = |index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        };
        (0..archive_length(bytes)).map(read).collect()
    }

    fn archive_length(bytes: &[u8]) -> usize {
        ZipArchive::new(Cursor::new(bytes)).unwrap().len()
    }

    #[test]
    fn a_padded_package_has_its_files_and_one_of_zeros() {
        let least = COURSE.len() + 114;
        for size in [least, least + 1, 65_536, 1_000_000] {
            let mut expected = files(COURSE);
            expected.push((PADDING.to_owned(), vec![0; size - least]));
            assert_eq!(files(&padded(COURSE, size as u64)), expected, "{size} bytes");
        }
    }

    #[test]
    fn a_comment_is_kept_though_it_looks_like_an_end() {
        let mut commented = COURSE.to_vec();
        let at = commented.len() - 2;
        commented.splice(at.., *b"\x05\0PK\x05\x06!");
        let padded = padded(&commented, 10_000);
        assert!(padded.ends_with(b"\x05\0PK\x05\x06!"));
        assert_eq!(files(&padded).len(), 3);
    }

    #[test]
    fn a_size_that_cannot_be_had_is_refused_with_one_that_can() {
        let least = COURSE.len() as u64 + 114;
        for size in [0, COURSE.len() as u64, least - 1] {
            let refused = package(COURSE).padded_to(size).unwrap_err();
            assert_eq!(refused, PaddingError::TooSmall { name: "course.zip".to_owned(), size, least });
        }
        let size = 1 << 32;
        let refused = package(COURSE).padded_to(size).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "course.zip cannot be padded to 4294967296 bytes; give a size below 4 GiB"
        );
        let largest = package(COURSE).padded_to(size - 1).unwrap();
        assert_eq!(largest.payload.length(), size - 1);
        let again = largest.padded_to(size - 1).unwrap_err();
        assert_eq!(again, PaddingError::NoArchive("course.zip".to_owned()));
    }

    #[test]
    fn what_is_no_plain_archive_is_refused() {
        let zip64 = include_bytes!("../../fixtures/packages/zip64.zip");
        let cut = include_bytes!("../../fixtures/packages/cut-short.zip");
        let behind_something = [b"MZ", COURSE].concat();
        for bytes in [&b""[..], b"This is not an archive.", cut, zip64, &behind_something] {
            let refused = package(bytes).padded_to(1_000_000).unwrap_err();
            assert_eq!(refused.to_string(), "course.zip cannot be padded: it is no plain zip archive");
        }
    }

    #[test]
    fn the_sum_of_zeros_is_that_of_zeros() {
        for count in [0_u32, 1, 2, 3, 255, 65_537] {
            assert_eq!(crc_of_zeros(count), crc32fast::hash(&vec![0; count as usize]), "{count} zeros");
        }
    }
}
