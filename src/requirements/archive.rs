//! What lies in a package, from its bytes: the directory of the archive, read as far as it was kept.
//!
//! Nothing is unpacked but a manifest, and of that no more than a few kilobytes.

use crate::transcript::Body;

// What the records of an archive begin with (APPNOTE 4.3.7, 4.3.12, 4.3.14, 4.3.16).
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// What can be said of bytes that should be an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Archive {
    /// It has these files, and no others.
    Whole(Vec<File>),
    /// It has these files; the rest of its directory was not kept.
    Part(Vec<File>),
    /// It cannot be opened.
    None,
    /// Too little was kept to tell.
    Unknown,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its path; bytes that are not UTF-8 replaced.
    pub name: String,
    /// The checksum of its content.
    pub crc: u32,
    method: u16,
    packed: usize,
    at: usize,
}

impl Archive {
    /// Reads the directory of an archive: of all its bytes, or of the end that was kept of a long one.
    #[must_use]
    pub fn read(payload: &[u8], body: &Body) -> Self {
        match body.whole() {
            Some(_) => Self::of_whole(payload),
            None => Self::of_end(&body.tail.0),
        }
    }

    fn of_whole(bytes: &[u8]) -> Self {
        directory(bytes).and_then(entries).map_or(Self::None, Self::Whole)
    }

    /// Of the end alone nothing proves that it is no archive: the transfer may have left marks in it.
    fn of_end(bytes: &[u8]) -> Self {
        let Some(end) = last(bytes, END) else { return Self::Unknown };
        if let Some(files) = directory(bytes).and_then(entries)
            && number(bytes, end + 10, 2).is_some_and(|count| count == files.len() || count == 0xFFFF)
        {
            return Self::Whole(files);
        }
        let first = bytes[..end].windows(ENTRY.len()).position(|window| window == ENTRY);
        Self::Part(first.and_then(|first| entries(&bytes[first..end])).unwrap_or_default())
    }

    /// The files that are known to be in it.
    #[must_use]
    pub fn files(&self) -> &[File] {
        match self {
            Self::Whole(files) | Self::Part(files) => files,
            Self::None | Self::Unknown => &[],
        }
    }
}

/// The central directory; `None` where there is none, or where it begins before these bytes.
fn directory(bytes: &[u8]) -> Option<&[u8]> {
    const IN_ZIP64: usize = 0xFFFF_FFFF;
    let end = last(bytes, END)?;
    let size = number(bytes, end + 12, 4)?;
    let (end, size) = match last(&bytes[..end], END_64) {
        Some(end_64) if size == IN_ZIP64 => (end_64, number(bytes, end_64 + 40, 8)?),
        Some(end_64) if size <= end_64 && bytes[end_64 - size..].starts_with(ENTRY) => (end_64, size),
        Some(_) | None => (end, size),
    };
    Some(&bytes[end.checked_sub(size)?..end])
}

fn last(bytes: &[u8], signature: &[u8]) -> Option<usize> {
    bytes.windows(signature.len()).rposition(|window| window == signature)
}

/// The entries of a directory; `None` where it is none.
fn entries(mut directory: &[u8]) -> Option<Vec<File>> {
    let mut files = Vec::new();
    while directory.starts_with(ENTRY) {
        let name = number(directory, 28, 2)?;
        let length = 46 + name + number(directory, 30, 2)? + number(directory, 32, 2)?;
        files.push(File {
            name: String::from_utf8_lossy(directory.get(46..46 + name)?).into_owned(),
            crc: u32::try_from(number(directory, 16, 4)?).ok()?,
            method: u16::try_from(number(directory, 10, 2)?).ok()?,
            packed: number(directory, 20, 4)?,
            at: number(directory, 42, 4)?,
        });
        directory = directory.get(length..)?;
    }
    (!files.is_empty() || directory.is_empty()).then_some(files)
}

/// The identifier of the manifest in an archive that was kept whole: that of the course.
#[must_use]
pub fn course_of(payload: &[u8], archive: &Archive) -> Option<String> {
    const LONGEST: usize = 256 * 1024;
    let Archive::Whole(files) = archive else { return None };
    let file = files.iter().find(|file| file.name == "imsmanifest.xml")?;
    let local = payload.get(file.at..).filter(|local| local.starts_with(LOCAL))?;
    let start = 30 + number(local, 26, 2)? + number(local, 28, 2)?;
    let packed = local.get(start..start.checked_add(file.packed)?)?;
    let manifest = match file.method {
        0 => packed.to_vec(),
        8 => miniz_oxide::inflate::decompress_to_vec_with_limit(packed, LONGEST).ok()?,
        _ => return None,
    };
    identifier(&String::from_utf8_lossy(&manifest))
}

/// The attribute `identifier` of the element `manifest`.
fn identifier(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<manifest")?;
    let tag = rest.split('>').next()?;
    let (before, value) = tag.split_once("identifier")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let is_attribute = before.ends_with(char::is_whitespace);
    is_attribute.then(|| value[1..].split(quote).next().map(str::to_owned)).flatten()
}

/// A number in little endian.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = bytes.get(at..at + length)?;
    Some(digits.iter().rev().fold(0, |number, digit| number * 256 + usize::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Bytes;

    fn read(bytes: &[u8]) -> Archive {
        Archive::read(bytes, &Body::of(bytes.to_vec()))
    }

    /// What is left of a body that was too long to be kept.
    fn end(bytes: &[u8]) -> Archive {
        let body = Body { sha256: Some(String::new()), tail: Bytes(bytes.to_vec()), ..Body::default() };
        Archive::read(b"", &body)
    }

    fn names(archive: &Archive) -> Vec<&str> {
        archive.files().iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn the_directory_of_an_archive_is_read() {
        let check = |bytes: &[u8], has: &str| {
            let archive = read(bytes);
            assert!(matches!(archive, Archive::Whole(_)), "{has}");
            assert!(names(&archive).contains(&has), "{has} in {:?}", names(&archive));
        };
        check(include_bytes!("../../fixtures/packages/scorm12-minimal.zip"), "imsmanifest.xml");
        check(include_bytes!("../../fixtures/packages/zip64.zip"), "imsmanifest.xml");
        check(include_bytes!("../../fixtures/packages/no-manifest.zip"), "index.html");
    }

    #[test]
    fn what_is_no_archive_has_no_files() {
        let cut = include_bytes!("../../fixtures/packages/cut-short.zip");
        for bytes in [&cut[..], b"", b"<html>", b"PK\x05\x06", &[END, &[0xFF; 18]].concat()] {
            assert!(matches!(read(bytes), Archive::None));
        }
    }

    /// The entry of a file in a directory, with so many bytes more and a comment of so many.
    fn entry(name: &str, more: u8, comment: u8) -> Vec<u8> {
        let numbers =
            [&[0; 24][..], &[u8::try_from(name.len()).unwrap(), 0, more, 0, comment, 0], &[0; 12]].concat();
        [ENTRY, &numbers, name.as_bytes(), &vec![1; (more + comment).into()]].concat()
    }

    /// What ends a directory of this size and number of files.
    fn ended(directory: &[u8], count: u8) -> Vec<u8> {
        let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
        [directory, END, &[0; 4], &[count, 0, count, 0], &size, &[0; 6]].concat()
    }

    #[test]
    fn each_entry_is_as_long_as_it_says() {
        let directory = [entry("a", 3, 0), entry("b", 0, 5), entry("c", 0, 0)].concat();
        assert_eq!(names(&read(&ended(&directory, 3))), ["a", "b", "c"]);
        // What follows the last entry may be a signature.
        assert_eq!(names(&read(&ended(&[&directory[..], b"PK\x05\x05\0\0"].concat(), 3))), ["a", "b", "c"]);
        assert!(matches!(read(&ended(b"", 0)), Archive::Whole(files) if files.is_empty()));
        assert!(matches!(read(&ended(b"none", 0)), Archive::None));
    }

    #[test]
    fn the_end_of_zip64_may_stand_behind_the_directory() {
        let (directory, end_64) = (entry("a", 0, 0), [END_64, &[0; 52]].concat());
        let end = ended(&directory, 1)[directory.len()..].to_vec();
        let archive = [&[0; 9][..], &directory, &end_64, &end].concat();
        assert_eq!(names(&read(&archive)), ["a"]);
        // Its mark may stand in a file as well, and its place may be no directory's.
        let marked = [&end_64[..], &directory, &end].concat();
        assert_eq!(names(&read(&marked)), ["a"]);
        let behind = [&vec![0; 100][..], &end_64, &directory, &end].concat();
        assert_eq!(names(&read(&behind)), ["a"]);
        let zip64 = include_bytes!("../../fixtures/packages/zip64.zip");
        let small = include_bytes!("../../fixtures/packages/scorm12-minimal.zip");
        assert_eq!(read(zip64).files().len(), read(small).files().len());
    }

    #[test]
    fn of_an_end_the_count_says_whether_it_is_whole() {
        let directory = [entry("a", 0, 0), entry("b", 0, 0)].concat();
        assert!(matches!(end(&ended(&directory, 2)), Archive::Whole(_)));
        assert!(matches!(end(&ended(&directory, 3)), Archive::Part(files) if files.len() == 2));
        let mut many = ended(&directory, 0xFF);
        let at = directory.len() + 11;
        many[at] = 0xFF;
        assert!(matches!(end(&many), Archive::Whole(files) if files.len() == 2));
    }

    #[test]
    fn of_a_long_archive_the_end_is_read() {
        let small = include_bytes!("../../fixtures/packages/scorm12-minimal.zip");
        assert_eq!(names(&end(small)), names(&read(small)));
        assert_eq!(names(&end(&[&vec![0; 1000][..], small].concat())), names(&read(small)));
        let directory = small.windows(4).position(|window| window == ENTRY).unwrap();
        assert!(matches!(end(&small[directory..]), Archive::Whole(files) if files.len() == 2));
        assert!(matches!(end(&small[directory + 1..]), Archive::Part(files) if files.len() == 1));
        assert!(matches!(end(&small[small.len() - 22..]), Archive::Part(files) if files.is_empty()));
        assert!(matches!(end(b""), Archive::Unknown));
    }

    #[test]
    fn a_course_is_known_by_the_identifier_of_its_manifest() {
        let bytes = include_bytes!("../../fixtures/packages/scorm12-minimal.zip");
        assert_eq!(course_of(bytes, &read(bytes)).as_deref(), Some("penspec.scorm12.minimal"));
        let long = format!("<manifest identifier=\"long\">{}", "x".repeat(100_000));
        let packed = miniz_oxide::deflate::compress_to_vec(long.as_bytes(), 6);
        let name = "imsmanifest.xml";
        let local = [
            LOCAL,
            &[0; 22],
            &[u8::try_from(name.len()).unwrap(), 0, 2, 0],
            name.as_bytes(),
            &[1; 2],
            &packed,
        ]
        .concat();
        let file = File { name: name.to_owned(), crc: 0, method: 8, packed: packed.len(), at: 1 };
        let payload = [b"x", &local[..]].concat();
        assert_eq!(course_of(&payload, &Archive::Whole(vec![file])).as_deref(), Some("long"));
        let check = |text: &str, expected| assert_eq!(identifier(text).as_deref(), expected, "{text}");
        check("<?xml?><manifest version='1' identifier = 'a b'>", Some("a b"));
        check("<manifest xmlns:identifier=\"x\">", None);
        check("<manifest><item identifier=\"x\"/>", None);
        check("<manifest identifier=", None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            let bytes = [&bytes[..], END, &bytes].concat();
            let archive = read(&bytes);
            let _ = course_of(&bytes, &archive);
            let _ = end(&bytes);
        }
    }
}
