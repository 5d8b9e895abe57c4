//! The recorder: the only state that those who talk share. They append, wait and follow; the file on disk is it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::Transcript;
use super::bytes::{Body, Bytes};
use super::entry::{Ending, Entry, Header, Interruption, What};
use super::file;
use super::mask::{Mask, Masker};

/// Appends entries, in memory and line by line to a file; clones share one transcript.
#[derive(Clone)]
pub struct Recorder(Arc<Shared>);

struct Shared {
    header: Header,
    began: Instant,
    masker: Masker,
    state: Mutex<State>,
    length: watch::Sender<usize>,
    waits: AtomicU64,
}

/// How much is recorded at most: a peer that never stops would else take all memory and the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// So many entries.
    pub entries: usize,
    /// So many bytes of heads and bodies, and of what they become when they are read.
    pub bytes: usize,
}

/// What a line of a head or an element of a command takes besides its bytes when it is read.
const PIECE: usize = 64;

/// What becomes of what is beyond the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beyond {
    /// It is not recorded.
    Lost,
    /// What came first is forgotten for it.
    Kept,
}

struct State {
    room: Room,
    beyond: Beyond,
    bytes: usize,
    /// How many entries were forgotten: those that came before the others.
    forgotten: usize,
    entries: VecDeque<Arc<Entry>>,
    file: Option<File>,
    trouble: Option<io::Error>,
    ending: Option<Ending>,
}

impl Recorder {
    /// A recorder that keeps what it is told in memory, until [`Recorder::keep_in`] gives it a file.
    #[must_use]
    pub fn in_memory(header: Header, masker: Masker) -> Self {
        let state = State {
            room: Room { entries: usize::MAX, bytes: usize::MAX },
            beyond: Beyond::Lost,
            bytes: 0,
            forgotten: 0,
            entries: VecDeque::new(),
            file: None,
            trouble: None,
            ending: None,
        };
        Self(Arc::new(Shared {
            header,
            began: Instant::now(),
            masker,
            state: Mutex::new(state),
            length: watch::Sender::new(0),
            waits: AtomicU64::new(0),
        }))
    }

    /// Writes what there is to a new file at `path`, and from now on each entry as it comes.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn keep_in(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let mut text = file::line(&self.0.header);
        text.extend(state.entries.iter().map(|entry| file::line(&**entry)));
        let mut file = File::create(path)?;
        file.write_all(text.as_bytes())?;
        state.file = Some(file);
        Ok(())
    }

    /// The first line.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.0.header
    }

    /// Bounds what is recorded and ends when the room is used up; what comes after that is not recorded.
    ///
    /// Whoever runs what is recorded has to end then: of what was not recorded nothing can be said.
    pub async fn fill(&self, room: Room) {
        self.state().room = room;
        // The sender lives in the recorder that we hold: the error cannot come.
        let _ = self.0.length.subscribe().wait_for(|_| self.state().is_full()).await;
    }

    /// Forgets what came first when the room is used up: for who stands for days and is looked at as it goes.
    pub fn forget_beyond(&self, room: Room) {
        let mut state = self.state();
        (state.room, state.beyond) = (room, Beyond::Kept);
    }

    /// Records what happened, secrets masked. After the ending, or beyond the room, nothing is recorded.
    pub fn append(&self, mut what: What) {
        match &mut what {
            What::Request(request) => {
                request.masks = self.0.masker.mask(&mut request.head.0, &mut request.body);
            }
            What::Response(response) => {
                response.masks = self.0.masker.mask(&mut response.head.0, &mut response.body);
            }
            What::ControlLine(line) => line.masks = self.0.masker.mask_control_line(&mut line.line.0),
            What::Mail(mail) => mail.masks = self.0.masker.mask(&mut mail.dialogue.0, &mut mail.message),
            _ => {}
        }
        let mut state = self.state();
        if state.ending.is_some() || state.is_full() {
            return;
        }
        let number = state.length() as u64 + 1;
        let entry = Entry { number, at_us: self.elapsed_us(), what };
        state.write(&file::line(&entry));
        state.keep(entry);
        let length = state.length();
        drop(state);
        self.0.length.send_replace(length);
    }

    /// Writes the last line.
    pub fn end(&self, interrupted: Option<Interruption>, stopped: Option<String>) {
        let mut state = self.state();
        let entries = state.length() as u64;
        let ending = Ending { entries, duration_ms: self.elapsed_us() / 1000, interrupted, stopped };
        state.write(&file::line(&ending));
        state.ending = Some(ending);
    }

    /// The first entry, from the transcript's beginning, that `is_it` accepts: waits for it if need be.
    ///
    /// Never ends by itself: put a time limit round it.
    pub async fn wait_until<T>(&self, mut is_it: impl FnMut(&Entry) -> Option<T>) -> T {
        let mut follower = self.follow();
        loop {
            if let Some(found) = is_it(&*follower.next().await) {
                return found;
            }
        }
    }

    /// Reads the transcript from here on, as it grows.
    #[must_use]
    pub fn follow_from_here(&self) -> Follower {
        Follower { next: self.state().length(), ..self.follow() }
    }

    /// Reads the transcript from its beginning, as it grows.
    #[must_use]
    pub fn follow(&self) -> Follower {
        Follower { recorder: self.clone(), next: 0, length: self.0.length.subscribe() }
    }

    /// A copy of everything so far that is not forgotten.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let state = self.state();
        Transcript {
            header: self.0.header.clone(),
            entries: state.entries.iter().cloned().collect(),
            ending: state.ending.clone(),
        }
    }

    /// The first error met in writing the file; what came after it is in memory alone.
    #[must_use]
    pub fn take_trouble(&self) -> Option<io::Error> {
        self.state().trouble.take()
    }

    /// A number for a wait, from 1.
    #[must_use]
    pub fn next_wait(&self) -> u64 {
        self.0.waits.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Microseconds since the recorder was made.
    #[must_use]
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// A moment in microseconds since the recorder was made.
    #[must_use]
    pub fn moment_us(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.0.began).as_micros()).unwrap_or(u64::MAX)
    }

    /// The text with this run's secrets masked.
    #[must_use]
    pub fn mask_text(&self, text: &str) -> String {
        self.0.masker.mask_text(text)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the entries whole: they are pushed in one step.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an entry takes: many short pieces take far more than their bytes.
#[must_use]
pub fn weight(what: &What) -> usize {
    let of = |head: &Bytes, body: &Body, masks: &[Mask]| {
        let masks = masks.iter().map(|mask| size_of::<Mask>() + PIECE * (1 + mask.flaws.len()));
        [head, &body.head, &body.tail].map(|bytes| weight_of(&bytes.0)).iter().sum::<usize>()
            + masks.sum::<usize>()
    };
    match what {
        What::Request(request) => of(&request.head, &request.body, &request.masks),
        What::Response(response) => of(&response.head, &response.body, &response.masks),
        What::ControlLine(line) => of(&line.line, &Body::default(), &line.masks),
        What::Transfer(transfer) => transfer.path.len() + of(&Bytes::default(), &transfer.body, &[]),
        What::Mail(mail) => {
            let envelope: usize = mail.recipients.iter().map(|one| PIECE + one.address.0.len()).sum();
            of(&mail.dialogue, &mail.message, &mail.masks) + envelope
        }
        What::ScenarioBegun { .. }
        | What::StepBegun { .. }
        | What::ScenarioEnded { .. }
        | What::TransactionBegun(_)
        | What::Provokes { .. }
        | What::ConnectionOpened { .. }
        | What::Secured(_)
        | What::ConnectionClosed { .. }
        | What::WaitBegun { .. }
        | What::WaitEnded { .. }
        | What::Triggered(_)
        | What::Asked(_)
        | What::NotSent(_)
        | What::Expects { .. } => 0,
    }
}

fn weight_of(bytes: &[u8]) -> usize {
    /// What a byte that is no UTF-8 is read as takes, and what it is kept as besides.
    const FOREIGN: usize = 4;
    let pieces = bytes.iter().filter(|byte| matches!(byte, b'&' | b'\n')).count();
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    bytes.len() + FOREIGN * foreign + PIECE * (pieces + bad_escapes(bytes))
}

/// How often a `%` stands without two hexadecimal digits: each is told.
fn bad_escapes(bytes: &[u8]) -> usize {
    let is_bad =
        |at: &usize| bytes.get(at + 1..at + 3).is_none_or(|digits| !digits.iter().all(u8::is_ascii_hexdigit));
    memchr::memchr_iter(b'%', bytes).filter(is_bad).count()
}

impl State {
    /// How many entries there were.
    fn length(&self) -> usize {
        self.forgotten + self.entries.len()
    }

    fn is_full(&self) -> bool {
        self.beyond == Beyond::Lost && self.fills(self.room)
    }

    fn fills(&self, room: Room) -> bool {
        self.entries.len() >= room.entries || self.bytes >= room.bytes
    }

    fn keep(&mut self, entry: Entry) {
        while self.beyond == Beyond::Kept
            && self.fills(self.room)
            && let Some(first) = self.entries.pop_front()
        {
            self.bytes -= weight(&first.what);
            self.forgotten += 1;
        }
        self.bytes += weight(&entry.what);
        self.entries.push_back(Arc::new(entry));
    }

    fn write(&mut self, line: &str) {
        let Some(file) = &mut self.file else { return };
        // One write for a line: a kill leaves whole lines, but perhaps the last.
        if let Err(error) = file.write_all(line.as_bytes()) {
            self.trouble.get_or_insert(error);
            self.file = None;
        }
    }
}

/// Reads a transcript as it grows.
pub struct Follower {
    recorder: Recorder,
    next: usize,
    length: watch::Receiver<usize>,
}

impl Follower {
    /// The next entry; waits for it.
    pub async fn next(&mut self) -> Arc<Entry> {
        loop {
            if let Some(entry) = self.ready() {
                return entry;
            }
            let next = self.next;
            // The sender lives in the recorder that we hold: the error cannot come.
            let _ = self.length.wait_for(|length| *length > next).await;
        }
    }

    /// The next entry, if it is there already; what was forgotten is passed over.
    pub fn ready(&mut self) -> Option<Arc<Entry>> {
        let state = self.recorder.state();
        let next = self.next.max(state.forgotten);
        let entry = state.entries.get(next - state.forgotten).cloned()?;
        drop(state);
        self.next = next + 1;
        Some(entry)
    }
}

#[cfg(test)]
mod tests;
