//! A transcript to and from JSON lines.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Transcript;
use super::entry::{Ending, Entry, Header, SCHEMA_VERSION};
use crate::visible::visible_json;

/// Why a text is no transcript.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no line at all.
    #[error("the transcript is empty")]
    Empty,
    /// The first line is no header.
    #[error("line 1 is not the first line of a penspec transcript: {0}")]
    Header(String),
    /// It was written by another major version.
    #[error(
        "the transcript has schema version {found}, this penspec reads version {SCHEMA_VERSION}; judge it with the penspec that recorded it"
    )]
    Version {
        /// The version that it names.
        found: u32,
    },
    /// A line in the middle is damaged.
    #[error("line {line} is damaged: {why}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What the reader said.
        why: String,
    },
    /// Entries are missing before the last line.
    #[error("line {line} ends a transcript of {expected} entries, but {found} stand before it")]
    Count {
        /// The line's number, from 1.
        line: usize,
        /// How many entries there were.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// Entries are missing or out of order.
    #[error(
        "line {line} holds entry {found} where entry {expected} is due: lines are missing or out of order"
    )]
    Gap {
        /// The line's number, from 1.
        line: usize,
        /// The number that it should have.
        expected: u64,
        /// The number that it has.
        found: u64,
    },
}

/// A value as one line.
///
/// All our types can be written as JSON: their keys are strings and they hold no foreign serializers.
#[must_use]
pub fn line(value: &impl Serialize) -> String {
    visible_json(serde_json::to_string(value).unwrap_or_default() + "\n")
}

/// A whole transcript as text; without a last line when it was cut off.
#[must_use]
pub fn write(transcript: &Transcript) -> String {
    let mut text = line(&transcript.header);
    text.extend(transcript.entries.iter().map(|entry| line(&**entry)));
    text.extend(transcript.ending.iter().map(line));
    text
}

/// Reads a transcript; a last line that was cut in the middle is left out, as the kill that cut it left no more.
///
/// # Errors
/// When the text is no transcript, or one that was tampered with.
pub fn read(text: &str) -> Result<Transcript, Unreadable> {
    let mut lines = text.split_inclusive('\n').enumerate();
    let (_, first) = lines.next().ok_or(Unreadable::Empty)?;
    let header = read_header(first)?;
    let mut transcript = Transcript { header, entries: Vec::new(), ending: None };
    for (index, line) in lines {
        if !line.ends_with('\n') {
            break;
        }
        read_line(&mut transcript, index + 1, line)?;
    }
    Ok(transcript)
}

fn read_header(line: &str) -> Result<Header, Unreadable> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let version: Version = parse(line).map_err(Unreadable::Header)?;
    if version.schema_version != SCHEMA_VERSION {
        return Err(Unreadable::Version { found: version.schema_version });
    }
    parse(line).map_err(Unreadable::Header)
}

fn read_line(transcript: &mut Transcript, number: usize, line: &str) -> Result<(), Unreadable> {
    let damaged = |why: String| Unreadable::Line { line: number, why };
    if transcript.ending.is_some() {
        return Err(damaged("there is more behind the last line".to_owned()));
    }
    if let Ok(ending) = parse::<Ending>(line) {
        let found = transcript.entries.len() as u64;
        if ending.entries != found {
            return Err(Unreadable::Count { line: number, expected: ending.entries, found });
        }
        transcript.ending = Some(ending);
        return Ok(());
    }
    let entry: Entry = parse(line).map_err(damaged)?;
    let expected = transcript.entries.len() as u64 + 1;
    if entry.number != expected {
        return Err(Unreadable::Gap { line: number, expected, found: entry.number });
    }
    transcript.entries.push(Arc::new(entry));
    Ok(())
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}
