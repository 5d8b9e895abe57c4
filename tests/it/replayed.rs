//! The corpora of the fuzz targets, replayed: what was found once, and what is worth beginning with, is read again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::corpus::{TARGETS, check};

/// What one input may take; the longest takes a small part of a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// All corpora together, in bytes.
const ROOM: u64 = 300_000;

fn corpora() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz")
}

#[test]
fn every_corpus_is_read_again_in_time() {
    for target in &TARGETS {
        let mut files: Vec<_> =
            fs::read_dir(corpora().join(target.name)).unwrap().map(Result::unwrap).collect();
        files.sort_by_key(fs::DirEntry::file_name);
        assert!(!files.is_empty(), "fixtures/fuzz/{} is empty", target.name);
        for file in files {
            // Shown when it fails.
            println!("{}", file.path().display());
            let began = Instant::now();
            check(target.name, &fs::read(file.path()).unwrap());
            assert!(began.elapsed() < PATIENCE, "took {:?}", began.elapsed());
        }
    }
}

#[test]
fn corpora_are_small_and_have_a_target_each() {
    let directories = fs::read_dir(corpora()).unwrap().map(Result::unwrap);
    let found: Vec<_> = directories.map(|one| (one.file_name().into_string().unwrap(), one.path())).collect();
    let names: BTreeSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, TARGETS.iter().map(|target| target.name).collect());
    let files = found.iter().flat_map(|(_, path)| fs::read_dir(path).unwrap());
    let size: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(size <= ROOM, "the corpora have {size} bytes together");
}

#[test]
fn every_target_can_be_fuzzed() {
    let fuzz = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for target in &TARGETS {
        let path = format!("fuzz_targets/{}.rs", target.name);
        assert!(manifest.contains(&format!("path = \"{path}\"")), "fuzz/Cargo.toml has no {path}");
        let text = fs::read_to_string(fuzz.join(path)).unwrap();
        assert!(text.contains(&format!("check(\"{}\", bytes)", target.name)), "{text}");
    }
}
