//! The entries that a recorder keeps: all of them, up to a bound or without one, or those that came last.

use std::collections::VecDeque;
use std::sync::Arc;

use super::entry::Entry;
use super::weight::weight;

/// How much is recorded at most: a peer that never stops would else take all memory and the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// So many entries.
    pub entries: usize,
    /// So many bytes of heads and bodies, and of what they become when they are read.
    pub bytes: usize,
}

impl Room {
    /// For a mock that stands for ever: what came last is kept, for whoever waits for it.
    pub const STANDING: Self = Self { entries: 10_000, bytes: 32 * 1024 * 1024 };

    const ENDLESS: Self = Self { entries: usize::MAX, bytes: usize::MAX };
}

/// What becomes of what there is no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beyond {
    /// What comes is not recorded any more.
    IsLeftOut,
    /// What came first is forgotten.
    DropsTheOldest,
}

/// Entries, and how much room there is for them.
pub(super) struct Kept {
    room: Room,
    beyond: Beyond,
    bytes: usize,
    forgotten: usize,
    entries: VecDeque<Arc<Entry>>,
}

impl Kept {
    /// Keeps all.
    pub(super) fn all() -> Self {
        let (room, beyond) = (Room::ENDLESS, Beyond::IsLeftOut);
        Self { room, beyond, bytes: 0, forgotten: 0, entries: VecDeque::new() }
    }

    /// Keeps what came last.
    pub(super) fn latest(room: Room) -> Self {
        Self { room, beyond: Beyond::DropsTheOldest, ..Self::all() }
    }

    /// Keeps so much from now on.
    pub(super) fn bound(&mut self, room: Room) {
        self.room = room;
    }

    /// Whether nothing more is recorded.
    pub(super) fn is_full(&self) -> bool {
        self.beyond == Beyond::IsLeftOut && self.is_used_up()
    }

    /// Takes an entry; it stays however large it is, and those before it go where there is no room for them.
    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += weight(&entry.what);
        self.entries.push_back(Arc::new(entry));
        while self.beyond == Beyond::DropsTheOldest && self.is_used_up() && self.entries.len() > 1 {
            let oldest = self.entries.pop_front();
            self.bytes -= oldest.map_or(0, |entry| weight(&entry.what));
            self.forgotten += 1;
        }
    }

    /// How many entries there have been.
    pub(super) fn length(&self) -> usize {
        self.forgotten + self.entries.len()
    }

    /// How many came before the first that is kept.
    pub(super) fn first(&self) -> usize {
        self.forgotten
    }

    /// The entry before which so many came.
    pub(super) fn entry(&self, place: usize) -> Option<Arc<Entry>> {
        self.entries.get(place.checked_sub(self.forgotten)?).cloned()
    }

    /// Those that are kept.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter()
    }

    fn is_used_up(&self) -> bool {
        self.entries.len() >= self.room.entries || self.bytes >= self.room.bytes
    }
}
