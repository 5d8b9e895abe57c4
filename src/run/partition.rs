//! One of several parts that a run is divided into.

use std::fmt;
use std::str::FromStr;

use crate::scenario::model::Case;

/// One of several parts of a run, written `2/4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    part: usize,
    of: usize,
}

/// The text names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write K/N with K from 1 to N, such as 2/4")]
pub struct PartitionError;

impl Partition {
    /// Which part, from 1.
    pub(super) fn part(self) -> usize {
        self.part
    }

    /// How many parts there are.
    pub(super) fn of_how_many(self) -> usize {
        self.of
    }

    /// The cases of this part: in the order of their ids, every N-th.
    pub(super) fn of(self, mut cases: Vec<Case>) -> Vec<Case> {
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        let places = cases.into_iter().enumerate();
        places.filter(|(place, _)| place % self.of == self.part - 1).map(|(_, case)| case).collect()
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let (part, of) = text.split_once('/').ok_or(PartitionError)?;
        let (part, of) = (part.parse().map_err(|_| PartitionError)?, of.parse().map_err(|_| PartitionError)?);
        if (1..=of).contains(&part) { Ok(Self { part, of }) } else { Err(PartitionError) }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_some() {
        for (text, is_part) in [
            ("1/1", true),
            ("2/4", true),
            ("0/4", false),
            ("5/4", false),
            ("1", false),
            ("1/0", false),
            ("-1/2", false),
        ] {
            assert_eq!(text.parse::<Partition>().is_ok(), is_part, "{text}");
        }
    }
}
