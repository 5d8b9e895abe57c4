//! Parts of a divided run joined: one transcript that is judged by itself, as if one part had been played after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::PROBE;
use super::choice::PARTITION;
use super::partition::Partition;
use crate::transcript::bytes::{hex, visible};
use crate::transcript::entry::{Entry, Header, Interruption, What};
use crate::transcript::{Ending, Transcript};

/// A part of a divided run, and where it lies.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it lies, as messages name it.
    pub place: String,
    /// What was recorded.
    pub transcript: Transcript,
}

/// Why parts cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotJoin {
    /// There is nothing to join.
    #[error("there is no part to join; name the report directories that `--partition K/N` wrote")]
    Nothing,
    /// A run that was not divided, or is joined already.
    #[error(
        "{place}: this is no part of a divided run; name report directories that `--partition K/N` wrote"
    )]
    NoPart {
        /// Where it lies.
        place: String,
    },
    /// Two parts are not of one run.
    #[error("{one} and {other}: the {what} differs, {said} and {instead}; join parts of one run alone")]
    Differ {
        /// What differs.
        what: String,
        /// Where one lies.
        one: String,
        /// What it says.
        said: String,
        /// Where the other lies.
        other: String,
        /// What that says.
        instead: String,
    },
    /// A part is there twice.
    #[error("{one} and {other}: both are part {partition}; leave one of them out")]
    Doubled {
        /// Where one lies.
        one: String,
        /// Where the other lies.
        other: String,
        /// Which part.
        partition: String,
    },
    /// What only one part can have is in two of them.
    #[error(
        "{one} and {other}: both have {what}, as only one part can; join parts of one run and one suite, each once"
    )]
    Shared {
        /// The run, the case or the transaction.
        what: String,
        /// Where one lies.
        one: String,
        /// Where the other lies.
        other: String,
    },
}

/// Joins the parts of one run; where parts are missing the whole says so, and never conforms.
///
/// # Errors
/// When the parts are not of one run, or one of them is there twice.
pub fn join(parts: Vec<Part>) -> Result<Transcript, CannotJoin> {
    let numbered = parts.into_iter().map(|part| Ok((partition_of(&part)?, part)));
    let mut parts: Vec<Numbered> = numbered.collect::<Result<_, _>>()?;
    parts.sort_by_key(|(partition, _)| partition.part());
    let Some((first, others)) = parts.split_first() else { return Err(CannotJoin::Nothing) };
    for other in others {
        refuse_another_run(first, other)?;
    }
    for pair in parts.windows(2) {
        refuse_doubled(&pair[0], &pair[1])?;
    }
    refuse_shared(&parts)?;
    let entries = entries_of(&parts);
    let ending = ending_of(&parts, entries.len());
    Ok(Transcript { header: header_of(first, &parts), entries, ending: Some(ending) })
}

type Numbered = (Partition, Part);

fn partition_of(part: &Part) -> Result<Partition, CannotJoin> {
    let partition = part.transcript.header.partition.as_deref().and_then(|text| text.parse().ok());
    partition.ok_or_else(|| CannotJoin::NoPart { place: part.place.clone() })
}

/// Refuses a part of another subject, suite, role, reading or profile, and names the first thing that differs.
fn refuse_another_run(one: &Numbered, other: &Numbered) -> Result<(), CannotJoin> {
    let told = told_of(one).into_iter().zip(told_of(other));
    let told = told.map(|((what, said), (_, instead))| (what.to_owned(), said, instead));
    let [ours, theirs] = [one, other].map(|(_, part)| &part.transcript.header.profile);
    let keys = [ours, theirs].into_iter().filter_map(Value::as_object).flat_map(|keys| keys.keys());
    let value = |profile: &Value, key: &str| profile.get(key).map_or("nothing".to_owned(), Value::to_string);
    let keys = keys.map(|key| (format!("profile's {}", visible(key)), value(ours, key), value(theirs, key)));
    match told.chain(keys).find(|(_, said, instead)| said != instead) {
        None => Ok(()),
        Some((what, said, instead)) => Err(CannotJoin::Differ {
            what,
            one: one.1.place.clone(),
            said: visible(&said),
            other: other.1.place.clone(),
            instead: visible(&instead),
        }),
    }
}

/// What the parts of one run have in common, by the words for it.
fn told_of((partition, part): &Numbered) -> [(&'static str, String); 7] {
    let header = &part.transcript.header;
    let text = |pointer: &str| header.profile.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let subject = [text("/subject/name"), text("/subject/version"), text("/target/url")];
    let subject: Vec<&str> = subject.into_iter().filter(|told| !told.is_empty()).collect();
    [
        ("role", header.role.name().to_owned()),
        ("tool", format!("{} {}", header.tool.name, header.tool.version)),
        ("catalogue", header.tool.catalogue.clone()),
        ("subject", subject.join(" ")),
        ("reading", text("/reading").to_owned()),
        ("number of parts", partition.of_how_many().to_string()),
        ("selection", told_selection(header)),
    ]
}

fn told_selection(header: &Header) -> String {
    let words = selection_of(header);
    if words.is_empty() { "everything".to_owned() } else { words.join(" ") }
}

/// What was asked for besides the part.
fn selection_of(header: &Header) -> Vec<String> {
    header.selection.iter().filter(|word| !word.starts_with(PARTITION)).cloned().collect()
}

fn refuse_doubled(one: &Numbered, other: &Numbered) -> Result<(), CannotJoin> {
    if one.0 != other.0 {
        return Ok(());
    }
    let (one, other, partition) = (one.1.place.clone(), other.1.place.clone(), one.0.to_string());
    Err(CannotJoin::Doubled { one, other, partition })
}

/// Parts share the probe and nothing else: what more is in two of them was not divided by one suite.
fn refuse_shared(parts: &[Numbered]) -> Result<(), CannotJoin> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (_, part) in parts {
        for what in own(&part.transcript) {
            match seen.insert(what.clone(), &part.place) {
                Some(one) if one != part.place => {
                    return Err(CannotJoin::Shared { what, one: one.to_owned(), other: part.place.clone() });
                }
                Some(_) | None => {}
            }
        }
    }
    Ok(())
}

/// What no other part can have.
fn own(transcript: &Transcript) -> impl Iterator<Item = String> {
    let run = format!("the run {}", visible(&transcript.header.run_id));
    let cases = transcript.entries.iter().filter_map(|entry| match &entry.what {
        What::ScenarioBegun { scenario, .. } if scenario != PROBE => Some(("case", scenario)),
        What::TransactionBegun(begun) => Some(("transaction", &begun.transaction)),
        _ => None,
    });
    std::iter::once(run).chain(cases.map(|(word, id)| format!("the {word} {}", visible(id))))
}

/// The first line of the whole: that of the first part, without what made it a part.
fn header_of((partition, first): &Numbered, parts: &[Numbered]) -> Header {
    let headers = || parts.iter().map(|(_, part)| &part.transcript.header);
    let selection = selection_of(&first.transcript.header);
    let mut proves: Vec<String> = Vec::new();
    for id in headers().flat_map(|header| &header.proves).filter(|_| !selection.is_empty()) {
        if !proves.contains(id) {
            proves.push(id.clone());
        }
    }
    let there: Vec<String> = parts.iter().map(|(partition, _)| partition.part().to_string()).collect();
    let of = partition.of_how_many();
    Header {
        run_id: run_id(headers().map(|header| header.run_id.as_str())),
        selection,
        proves,
        partition: (parts.len() < of).then(|| format!("{}/{of}", there.join(","))),
        // All are in UTC and written alike: the least text is the earliest.
        started: headers().map(|header| header.started.clone()).min().unwrap_or_default(),
        ..first.transcript.header.clone()
    }
}

/// The same parts make the same id.
fn run_id<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    ids.for_each(|id| hash.update(format!("{id}\n")));
    hex(&hash.finalize()[..4])
}

fn entries_of(parts: &[Numbered]) -> Vec<Arc<Entry>> {
    let mut entries: Vec<Arc<Entry>> = Vec::new();
    let mut shift = Shift::default();
    for (_, part) in parts {
        let mut reached = shift;
        for entry in &part.transcript.entries {
            let mut entry = Entry::clone(entry);
            entry.number = entries.len() as u64 + 1;
            shift.apply(&mut entry, &mut reached);
            entries.push(Arc::new(entry));
        }
        let took_us = super::ending_of(&part.transcript).duration_ms.saturating_mul(1000);
        reached.at_us = reached.at_us.max(shift.at_us.saturating_add(took_us));
        shift = reached;
    }
    entries
}

/// How far the clock and the numbers of the parts before have come.
#[derive(Debug, Clone, Copy, Default)]
struct Shift {
    at_us: u64,
    connection: u64,
    exchange: u64,
    wait: u64,
}

impl Shift {
    /// Moves an entry behind those of the parts before, and notes how far that comes.
    fn apply(&self, entry: &mut Entry, reached: &mut Self) {
        let time = |at_us: &mut u64| *at_us = at_us.saturating_add(self.at_us);
        time(&mut entry.at_us);
        reached.at_us = reached.at_us.max(entry.at_us);
        let connection = |number: &mut u64, reached: &mut Self| {
            advance(number, self.connection, &mut reached.connection);
        };
        let exchange = |number: &mut u64, reached: &mut Self| {
            advance(number, self.exchange, &mut reached.exchange);
        };
        match &mut entry.what {
            What::ConnectionOpened { connection: number, .. }
            | What::ConnectionClosed { connection: number, .. } => connection(number, reached),
            What::Request(request) => {
                connection(&mut request.connection, reached);
                exchange(&mut request.exchange, reached);
                time(&mut request.first_byte_us);
            }
            What::Response(response) => {
                exchange(&mut response.exchange, reached);
                response.first_byte_us.iter_mut().chain(&mut response.last_byte_us).for_each(time);
            }
            What::Secured(secured) => connection(&mut secured.connection, reached),
            What::ControlLine(line) => connection(&mut line.connection, reached),
            What::Transfer(transfer) => {
                connection(&mut transfer.connection, reached);
                exchange(&mut transfer.exchange, reached);
                time(&mut transfer.asked_us);
                transfer.first_byte_us.iter_mut().for_each(time);
                time(&mut transfer.last_byte_us);
            }
            What::Mail(mail) => {
                // A mail of ours has no connection that was listened for.
                if mail.connection > 0 {
                    connection(&mut mail.connection, reached);
                }
                exchange(&mut mail.exchange, reached);
                time(&mut mail.first_byte_us);
            }
            What::WaitBegun { wait, .. } | What::WaitEnded { wait, .. } => {
                advance(wait, self.wait, &mut reached.wait);
            }
            What::ScenarioBegun { .. }
            | What::StepBegun { .. }
            | What::ScenarioEnded { .. }
            | What::TransactionBegun(_)
            | What::Provokes { .. }
            | What::Triggered(_)
            | What::Asked(_)
            | What::NotSent(_)
            | What::Expects { .. } => {}
        }
    }
}

fn advance(number: &mut u64, by: u64, reached: &mut u64) {
    *number = number.saturating_add(by);
    *reached = (*reached).max(*number);
}

/// The last line of the whole: what stopped a part stopped the whole, and so does a part that is not there.
fn ending_of(parts: &[Numbered], entries: usize) -> Ending {
    let endings: Vec<Ending> = parts.iter().map(|(_, part)| super::ending_of(&part.transcript)).collect();
    let missing = missing(parts);
    let interrupted = endings.iter().find_map(|ending| ending.interrupted);
    let stopped = endings.iter().filter_map(|ending| ending.stopped.clone()).chain(missing.clone());
    let stopped: Vec<String> = stopped.collect();
    Ending {
        entries: entries as u64,
        duration_ms: endings.iter().fold(0, |sum, ending| sum.saturating_add(ending.duration_ms)),
        interrupted: interrupted.or(missing.map(|_| Interruption::PartsMissing)),
        stopped: (!stopped.is_empty()).then(|| stopped.join("; ")),
    }
}

/// Which parts are not there, when some are not.
fn missing(parts: &[Numbered]) -> Option<String> {
    /// So many are named.
    const NAMED: usize = 20;
    let of = parts.first()?.0.of_how_many();
    let is_there = |number: &usize| parts.iter().any(|(partition, _)| partition.part() == *number);
    let named: Vec<String> = (1..=of)
        .filter(|number| !is_there(number))
        .take(NAMED)
        .map(|number| format!("{number}/{of}"))
        .collect();
    match of - parts.len() {
        0 => None,
        1 => Some(format!("part {} is missing", named.join(""))),
        count if count > NAMED => {
            Some(format!("parts {} and {} others are missing", named.join(", "), count - NAMED))
        }
        _ => Some(format!("parts {} are missing", named.join(", "))),
    }
}
