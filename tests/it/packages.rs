//! The packages of fixtures/packages, as a reader of archives finds them.

use std::io::{Cursor, Read as _};

use penspec::scenario::library::{package, package_names};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// What each package is known by: a file that its format has to have.
const GOOD: [(&str, &str); 8] = [
    ("aicc-minimal.zip", "course.crs"),
    ("applet.jar", "META-INF/MANIFEST.MF"),
    ("odd-names.zip", "imsmanifest.xml"),
    ("qti-minimal.zip", "imsmanifest.xml"),
    ("scorm12-minimal.zip", "imsmanifest.xml"),
    ("scorm2004-minimal.zip", "imsmanifest.xml"),
    ("web.war", "WEB-INF/web.xml"),
    ("zip64.zip", "imsmanifest.xml"),
];

/// Those that are bad on purpose, and whether they are archives all the same.
const BAD: [(&str, bool); 4] =
    [("cut-short.zip", false), ("no-manifest.zip", true), ("no-zip.zip", false), ("page.zip", false)];

type Archive = ZipArchive<Cursor<&'static [u8]>>;

fn open(name: &str) -> Result<Archive, ZipError> {
    ZipArchive::new(Cursor::new(package(name).unwrap()))
}

#[test]
fn every_package_is_good_or_bad_on_purpose() {
    let mut known: Vec<&str> = GOOD.iter().map(|(name, _)| *name).collect();
    known.extend(BAD.iter().map(|(name, _)| *name));
    known.sort_unstable();
    assert_eq!(known, package_names());
}

#[test]
fn a_good_package_is_opened_and_has_its_manifest() {
    for (name, manifest) in GOOD {
        let archive = open(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(archive.index_for_name(manifest).is_some(), "{name} has no {manifest}");
    }
}

/// The first ones are deflated, which the reader that penspec is built with does not undo.
#[test]
fn what_is_stored_in_a_package_is_whole() {
    for (name, _) in GOOD.iter().filter(|(name, _)| *name != "scorm12-minimal.zip") {
        let mut archive = open(name).unwrap();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            assert_eq!(file.compression(), CompressionMethod::Stored, "{name}");
            // A sum that does not fit the bytes is an error at their end.
            let length = file.read_to_end(&mut Vec::new()).unwrap();
            assert!(length > 0, "{name}: {:?} is empty", file.name());
        }
    }
}

#[test]
fn a_bad_package_is_bad() {
    for (name, is_archive) in BAD {
        let archive = open(name).ok();
        assert_eq!(archive.is_some(), is_archive, "{name}");
        assert!(archive.is_none_or(|archive| archive.index_for_name("imsmanifest.xml").is_none()), "{name}");
    }
}

#[test]
fn the_end_of_the_zip64_package_says_nothing_without_its_record() {
    let bytes = package("zip64.zip").unwrap();
    let end = &bytes[bytes.len() - 22..];
    assert!(end.starts_with(b"PK\x05\x06"));
    assert_eq!(end[8..20], [0xff; 12]);
    assert_eq!(&bytes[bytes.len() - 42..][..4], b"PK\x06\x07");
}

#[test]
fn odd_names_stay_within_the_directory_that_they_are_unpacked_in() {
    let mut archive = open("odd-names.zip").unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        assert!(file.enclosed_name().is_some(), "{:?}", file.name());
    }
    for odd in ["two words.html", "\u{dc}bung/\u{65e5}\u{672c}\u{8a9e}.html", "UPPER.HTML"] {
        assert!(names.iter().any(|name| name == odd), "{odd}");
    }
    assert!(names.iter().any(|name| name.len() > 200));
}
