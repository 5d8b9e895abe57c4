//! What is wrong with a file: gathered with places while it is read, told as diagnostics at the end.

use std::collections::BTreeSet;
use std::fmt;

use super::diagnostic::Diagnostic;
use super::node::Place;

/// So many mistakes of one file are told; the rest are counted.
const TOLD: usize = 50;

/// All that is wrong with a file, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    /// The first of them.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more there are.
    pub untold: usize,
}

/// One thing that is wrong at a place.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

impl Mistake {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), suggestion: None }
    }

    /// With the nearest of the known words for a suggestion; with all of them when none is near and they are few.
    pub(crate) fn unknown<'w, I>(place: Place, message: String, word: &str, known: I) -> Self
    where
        I: IntoIterator<Item = &'w str>,
    {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(word, &known) {
            Some(near) => Self { place, message, suggestion: Some(near.to_owned()) },
            None if known.is_empty() || known.len() > 12 => Self::new(place, message),
            None => Self::new(place, format!("{message}; there are {}", listed(&known))),
        }
    }
}

impl Mistakes {
    /// Sorted by place, one for each: a second one at the same place is a consequence of the first.
    pub(crate) fn tell(name: &str, text: &str, mut found: Vec<Mistake>) -> Self {
        let mut seen = BTreeSet::new();
        found.retain(|mistake| seen.insert(mistake.place));
        found.sort_by_key(|mistake| mistake.place);
        let told = |mistake: &Mistake| {
            let place = (mistake.place.start, mistake.place.end);
            Diagnostic::new(name, text, place, &mistake.message).suggesting(mistake.suggestion.as_deref())
        };
        let diagnostics = found.iter().take(TOLD).map(told).collect();
        Self { diagnostics, untold: found.len().saturating_sub(TOLD) }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(f, "{gap}{diagnostic}")?;
        }
        match self.untold {
            0 => Ok(()),
            untold => write!(f, "\nand {untold} more"),
        }
    }
}

/// The known word that the written one is a slip of, if any is near enough.
fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    if word.len() > 200 {
        return None;
    }
    let folded = word.to_lowercase();
    let near = |candidate: &&'w str| {
        let distance = strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
        let longest = folded.chars().count().max(candidate.chars().count());
        (distance <= (longest / 3).clamp(1, 4)).then_some((distance, *candidate))
    };
    known.iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}
