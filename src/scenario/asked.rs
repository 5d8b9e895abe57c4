//! The publishings that a case has asked for, in order: each is about the collect of its place among those that come.

use super::operator::Publishing;
use super::steps::trigger::IfNone;

/// All of a case.
#[derive(Debug, Default)]
pub(super) struct AllAsked(Vec<Asked>);

/// One of them.
#[derive(Debug)]
pub(super) struct Asked {
    name: Option<String>,
    if_none: IfNone,
    /// Whether its collect was waited for in vain, and the case went on.
    stands: Stands,
    /// The attempt, until it is over.
    publishing: Option<Publishing>,
}

/// How it stands with the collect of a publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It has come, or is still to come.
    Due,
    /// It was waited for in vain, and the case went on.
    GivenUp,
}

impl Asked {
    /// An attempt that has begun.
    pub(super) fn new(name: Option<&str>, if_none: IfNone, publishing: Publishing) -> Self {
        let name = name.map(str::to_owned);
        Self { name, if_none, stands: Stands::Due, publishing: Some(publishing) }
    }
}

impl AllAsked {
    /// Adds the one that was asked for last.
    pub(super) fn push(&mut self, asked: Asked) {
        self.0.push(asked);
    }

    /// The place of the last one with this name; without a name, that of the last of all.
    pub(super) fn place(&self, of: Option<&str>) -> Option<usize> {
        match of {
            Some(name) => self.0.iter().rposition(|asked| asked.name.as_deref() == Some(name)),
            None => self.0.len().checked_sub(1),
        }
    }

    /// Whether the collect at this place was given up.
    pub(super) fn is_given_up(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|asked| asked.stands == Stands::GivenUp)
    }

    /// Gives the collect at this place up, where its case may go on without it; whether that is so.
    pub(super) fn give_up(&mut self, place: usize) -> bool {
        let Some(asked) = self.0.get_mut(place).filter(|asked| asked.if_none == IfNone::GoOn) else {
            return false;
        };
        asked.stands = Stands::GivenUp;
        true
    }

    /// Takes the attempt at this place, to wait on it.
    pub(super) fn take(&mut self, place: usize) -> Option<Publishing> {
        self.0.get_mut(place)?.publishing.take()
    }

    /// Puts it back.
    pub(super) fn put_back(&mut self, place: usize, publishing: Publishing) {
        if let Some(asked) = self.0.get_mut(place) {
            asked.publishing = Some(publishing);
        }
    }

    /// Ends those without a name, one of which is as much as a case can tell apart.
    pub(super) async fn end_nameless(&mut self) {
        for asked in self.0.iter_mut().filter(|asked| asked.name.is_none()) {
            if let Some(publishing) = asked.publishing.take() {
                publishing.end().await;
            }
        }
    }

    /// Ends all, beside each other.
    pub(super) async fn end(&mut self) {
        let mut going: Vec<Publishing> =
            self.0.iter_mut().filter_map(|asked| asked.publishing.take()).collect();
        going.iter_mut().for_each(Publishing::let_go);
        for publishing in going {
            publishing.end().await;
        }
    }
}
