//! What is judged though somebody else wrote it: transcripts, evidence at hand, and the directories of packages.

use std::collections::BTreeSet;

use penspec::profile::Profile;
use penspec::report::{ctrf, github, har, html, json, junit, markdown, mermaid, tap, text};
use penspec::requirements::Level;
use penspec::requirements::archive::{Archive, course_of};
use penspec::requirements::verdict::{RunVerdict, Verdict};
use penspec::run::Run;
use penspec::transcript::bytes::steers;
use penspec::transcript::entry::{Role, Tool};
use penspec::transcript::mask::Masker;
use penspec::transcript::{Body, Bytes, Entry, Header, Recorder, Transcript, at_hand, file};

/// A transcript as it stands, and its legible entries put in order: no run conforms that is not complete, none does
/// without its last line, and reports of it can be read.
pub(super) fn transcript(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(transcript) = file::read(text) {
        let mut again = file::line(&transcript.header);
        again.extend(transcript.entries.iter().map(|entry| file::line(&**entry)));
        again.extend(transcript.ending.iter().map(file::line));
        assert_eq!(file::read(&again).as_ref(), Ok(&transcript));
        judged(&transcript, bytes.len());
    }
    judged(&in_order(text), bytes.len());
}

/// The entries among the lines, numbered anew, so that a line that was doubled, lost or moved does not end the reading.
fn in_order(text: &str) -> Transcript {
    let first = text.lines().next().unwrap_or_default();
    let header = serde_json::from_str(first).unwrap_or_else(|_| header(Role::Target));
    let entries = text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
    let entries = (1..).zip(entries).map(|(number, entry)| Entry { number, ..entry }.into()).collect();
    let ending = text.lines().next_back().and_then(|line| serde_json::from_str(line).ok());
    Transcript { header, entries, ending }
}

fn header(role: Role) -> Header {
    Header {
        schema_version: 1,
        run_id: "0a1b2c3d".to_owned(),
        tool: Tool { name: "penspec".to_owned(), version: String::new(), catalogue: String::new() },
        role,
        profile: serde_json::to_value(Profile::default()).unwrap(),
        selection: Vec::new(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: "2030-01-01T00:00:00.000Z".to_owned(),
    }
}

fn judged(transcript: &Transcript, length: usize) {
    let Ok(run) = Run::of(transcript) else { return };
    rendered(&run, length);
    if run.judgement.verdict == RunVerdict::Conforms {
        conforms(&run);
    }
    let cut = Transcript { ending: None, ..transcript.clone() };
    let run = Run::of(&cut).unwrap();
    assert_ne!(run.judgement.verdict, RunVerdict::Conforms, "cut off before its last line");
    assert_ne!(run.exit_status, 0, "cut off before its last line");
}

/// What a run that conforms has to be.
fn conforms(run: &Run) {
    assert!(run.ending.interrupted.is_none() && run.header.partition.is_none());
    assert!(run.header.selection.is_empty());
    let must = || run.judgement.rows.iter().filter(|judged| judged.row.level == Level::Must);
    let is_judged = |verdict| matches!(verdict, Verdict::Pass | Verdict::Warning | Verdict::NotApplicable);
    assert!(must().all(|judged| is_judged(judged.verdict)));
    assert!(must().any(|judged| judged.verdict == Verdict::Pass));
}

/// Tells a run in the formats of one kind, each input in those of its length, for all of them take long.
fn rendered(run: &Run, length: usize) {
    match length % 4 {
        0 => {
            for document in [json::render(run), ctrf::render(run), har::render(run)] {
                let read: Result<serde_json::Value, _> = serde_json::from_str(&document);
                assert!(read.is_ok(), "{read:?}: {document}");
                harmless(&document);
            }
        }
        1 => {
            let junit = junit::render(run);
            let read = roxmltree::Document::parse(&junit);
            assert!(read.is_ok(), "{read:?}: {junit}");
            harmless(&junit);
        }
        2 => {
            let page = html::render(run);
            harmless(&page);
            assert_eq!(page.matches("<script").count(), SCRIPTS, "{page}");
        }
        _ => {
            let plain =
                [markdown::render(run), tap::render(run), github::render(run), mermaid::render(run, None)];
            for document in &plain {
                harmless(document);
            }
            // Colours are the terminal's: everything else in them is not.
            harmless(&text::render(run, text::Detail::Everything).replace('\x1b', ""));
        }
    }
}

/// How many scripts report.html has of its own.
const SCRIPTS: usize = 1;

fn harmless(document: &str) {
    let steers = document.chars().find(|letter| !matches!(letter, '\n' | '\t') && steers(*letter));
    assert!(steers.is_none(), "{steers:?}: {document}");
}

/// A message, a HAR or a URL: it is judged, and never conforms, for it is no run.
pub(super) fn at_hand(bytes: &[u8]) {
    let length = bytes.len();
    let mut found: Vec<_> = at_hand::read(bytes).into_iter().collect();
    found.extend(
        std::str::from_utf8(bytes).ok().and_then(|url| at_hand::of_url(url).ok()).map(|one| vec![one]),
    );
    for pieces in found {
        for role in [Role::Target, Role::Client] {
            let header = Header { selection: vec![at_hand::CASE.to_owned()], ..header(role) };
            let recorder = Recorder::in_memory(header, Masker::new([7; 32], &[]));
            let done = at_hand::record(&recorder, &pieces);
            recorder.end(None, None);
            let run = Run::of(&recorder.transcript()).unwrap();
            assert_ne!(run.judgement.verdict, RunVerdict::Conforms);
            assert!(done.is_ok() || run.exit_status == 3, "nothing was recorded: {}", run.exit_status);
            rendered(&run, length);
        }
    }
}

/// The bytes of a package, kept whole and kept by their end.
pub(super) fn archive(bytes: &[u8]) {
    const ENTRY: usize = 46;
    let whole = Archive::read(bytes, &Body::of(bytes.to_vec()));
    let end = Body {
        length: bytes.len() as u64 + 70_000,
        head: Bytes::default(),
        tail: Bytes(bytes.to_vec()),
        sha256: Some("0".repeat(64)),
    };
    let part = Archive::read(&[], &end);
    for archive in [&whole, &part] {
        assert!(archive.files().len() <= bytes.len() / ENTRY, "{archive:?}");
    }
    assert!(!matches!(part, Archive::None), "of an end alone nothing proves that it is no archive");
    assert!(course_of(bytes, &whole).is_none_or(|course| course.len() <= 256 * 1024 * 3));
    if let (Archive::Whole(all), Archive::Whole(kept)) = (&whole, &part) {
        let names = |files: &[_]| -> BTreeSet<_> { files.iter().cloned().collect() };
        assert_eq!(names(all), names(kept));
    }
}
