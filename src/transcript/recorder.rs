//! The recorder: the only state that those who talk share. They append, wait and follow; the file on disk is it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::watch;

use super::Transcript;
use super::entry::{Ending, Entry, Header, Interruption, What};
use super::file;
use super::kept::{Kept, Room};
use super::mask::Masker;

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

struct State {
    kept: Kept,
    file: Option<File>,
    trouble: Option<io::Error>,
    ending: Option<Ending>,
}

impl Recorder {
    /// A recorder that keeps what it is told in memory, until [`Recorder::keep_in`] gives it a file.
    #[must_use]
    pub fn in_memory(header: Header, masker: Masker) -> Self {
        Self::keeping(header, masker, Kept::all())
    }

    /// A recorder for a mock that stands for ever: it keeps what came last, as much as there is room for, and forgets the rest.
    #[must_use]
    pub fn of_the_latest(header: Header, masker: Masker, room: Room) -> Self {
        Self::keeping(header, masker, Kept::latest(room))
    }

    fn keeping(header: Header, masker: Masker, kept: Kept) -> Self {
        let state = State { kept, file: None, trouble: None, ending: None };
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
        text.extend(state.kept.entries().map(|entry| file::line(&**entry)));
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
        self.state().kept.bound(room);
        // The sender lives in the recorder that we hold: the error cannot come.
        let _ = self.0.length.subscribe().wait_for(|_| self.state().kept.is_full()).await;
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
        if state.ending.is_some() || state.kept.is_full() {
            return;
        }
        let number = state.kept.length() as u64 + 1;
        let entry = Entry { number, at_us: self.elapsed_us(), what };
        state.write(&entry);
        state.kept.push(entry);
        let length = state.kept.length();
        drop(state);
        self.0.length.send_replace(length);
    }

    /// Writes the last line.
    pub fn end(&self, interrupted: Option<Interruption>, stopped: Option<String>) {
        let mut state = self.state();
        let entries = state.kept.length() as u64;
        let ending = Ending { entries, duration_ms: self.elapsed_us() / 1000, interrupted, stopped };
        state.write(&ending);
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
        let next = self.state().kept.length();
        Follower { next, ..self.follow() }
    }

    /// Reads the transcript from its beginning, or from the oldest entry that is kept, as it grows.
    #[must_use]
    pub fn follow(&self) -> Follower {
        let next = self.state().kept.first();
        Follower { recorder: self.clone(), next, missed: false, length: self.0.length.subscribe() }
    }

    /// A copy of everything so far that is kept.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let state = self.state();
        Transcript {
            header: self.0.header.clone(),
            entries: state.kept.entries().cloned().collect(),
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

    /// Masks this run's secrets in bytes that may have been cut off at their end, in the middle of one perhaps.
    pub fn mask_beginning(&self, bytes: &mut [u8]) {
        self.0.masker.mask_beginning(bytes);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the entries whole: they are pushed in one step.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, value: &impl Serialize) {
        let Some(file) = &mut self.file else { return };
        // One write for a line: a kill leaves whole lines, but perhaps the last.
        if let Err(error) = file.write_all(file::line(value).as_bytes()) {
            self.trouble.get_or_insert(error);
            self.file = None;
        }
    }
}

/// Reads a transcript as it grows.
pub struct Follower {
    recorder: Recorder,
    next: usize,
    missed: bool,
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

    /// The next entry, if it is there already.
    pub fn ready(&mut self) -> Option<Arc<Entry>> {
        let state = self.recorder.state();
        let first = state.kept.first();
        self.missed |= self.next < first;
        self.next = self.next.max(first);
        let entry = state.kept.entry(self.next)?;
        self.next += 1;
        Some(entry)
    }

    /// Whether entries were forgotten before they were read.
    #[must_use]
    pub fn has_missed(&self) -> bool {
        self.missed
    }
}

#[cfg(test)]
impl Recorder {
    /// A recorder in memory that knows these secrets, with a first line that says nothing.
    pub(crate) fn of_a_test(role: super::entry::Role, secrets: &[String]) -> Self {
        use super::entry::{SCHEMA_VERSION, Tool};
        let header = Header {
            schema_version: SCHEMA_VERSION,
            run_id: "t".to_owned(),
            tool: Tool { name: String::new(), version: String::new(), catalogue: String::new() },
            role,
            profile: serde_json::Value::Null,
            selection: Vec::new(),
            proves: Vec::new(),
            profile_file: None,
            partition: None,
            started: String::new(),
        };
        Self::in_memory(header, Masker::new([1; 32], secrets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::bytes::{Body, Bytes};
    use crate::transcript::entry::{Party, Request, Role, Whole};

    fn recorder() -> Recorder {
        Recorder::of_a_test(Role::Target, &[])
    }

    fn request(body: &str) -> What {
        What::Request(Request {
            exchange: 1,
            connection: 1,
            transaction: None,
            by: Party::Subject,
            purpose: None,
            url: None,
            head: Bytes::default(),
            body: Body::of(body.into()),
            whole: Whole::Whole,
            first_byte_us: 0,
            masks: Vec::new(),
        })
    }

    /// How many of a hundred such requests are recorded where there is this room.
    async fn recorded(room: Room, body: &str) -> usize {
        let recorder = recorder();
        let sender = async {
            for _ in 0..100 {
                recorder.append(request(body));
                tokio::task::yield_now().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = recorder.fill(room) => {}
            () = sender => {}
        }
        let entries = recorder.transcript().entries.len();
        recorder.append(request(body));
        assert_eq!(recorder.transcript().entries.len(), entries, "beyond the room nothing is recorded");
        entries
    }

    #[tokio::test]
    async fn a_recorder_of_the_latest_forgets_the_oldest_and_counts_on() {
        let kept = |room: Room, body: &str| {
            let header = recorder().header().clone();
            let recorder = Recorder::of_the_latest(header, Masker::new([1; 32], &[]), room);
            for _ in 0..100 {
                recorder.append(request(body));
            }
            let entries = recorder.transcript().entries;
            assert_eq!(entries.last().map(|entry| entry.number), Some(100));
            entries.len()
        };
        assert_eq!(kept(Room { entries: 7, bytes: usize::MAX }, "a=b"), 6);
        let small = Room { entries: usize::MAX, bytes: 3000 };
        assert_eq!(kept(small, &"x".repeat(100)), 29);
        assert_eq!(kept(small, &"&".repeat(10)), 4);
        assert_eq!(kept(small, &"&".repeat(1000)), 1, "the last one stays");
    }

    #[tokio::test]
    async fn whoever_reads_too_slowly_is_told_that_entries_are_gone() {
        let header = recorder().header().clone();
        let room = Room { entries: 4, bytes: usize::MAX };
        let recorder = Recorder::of_the_latest(header, Masker::new([1; 32], &[]), room);
        recorder.append(request("a"));
        let (mut quick, mut slow) = (recorder.follow(), recorder.follow());
        for number in 1..9 {
            assert_eq!(quick.next().await.number, number);
            recorder.append(request("a"));
        }
        assert!(!quick.has_missed());
        assert_eq!(slow.next().await.number, 7);
        assert!(slow.has_missed());
        assert_eq!(recorder.follow().next().await.number, 7);
    }

    #[tokio::test]
    async fn a_recorder_tells_when_its_room_is_used_up() {
        let few = Room { entries: 7, bytes: usize::MAX };
        assert_eq!(recorded(few, "a=b").await, 7);
        let small = Room { entries: usize::MAX, bytes: 3000 };
        assert_eq!(recorded(small, &"x".repeat(100)).await, 30);
        assert_eq!(recorded(small, &"&".repeat(10)).await, 5);
        assert_eq!(recorded(small, &"%zz".repeat(10)).await, 5);
        assert_eq!(recorded(small, &"%20".repeat(10)).await, 100);
        assert_eq!(recorded(small, &"\u{e9}".repeat(10)).await, 30);
        assert!(recorded(small, "://a@://b@").await < 50, "what is masked has to be described");
    }
}
