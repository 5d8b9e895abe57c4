//! Why a value does not fit its type: serde's errors, with a place and the words that were known.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::mistake::Mistake;
use super::node::{Place, quoted};

/// Why a value is not taken. The place is filled in on the way out, by the innermost value that knows one.
#[derive(Debug)]
pub(super) struct Refusal {
    place: Option<Place>,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    UnknownKey { word: String, known: &'static [&'static str] },
    UnknownWord { word: String, known: &'static [&'static str], noun: String },
    Other(String),
}

impl Refusal {
    pub(super) fn at(self, place: Place) -> Self {
        Self { place: self.place.or(Some(place)), ..self }
    }

    /// A word of this enum is what was not known.
    pub(super) fn about(mut self, of: &Words) -> Self {
        if let Reason::UnknownWord { noun, .. } = &mut self.reason
            && noun.is_empty()
        {
            noun.clone_from(&of.one);
        }
        self
    }

    pub(super) fn told(self) -> Mistake {
        let place = self.place.unwrap_or(Place { start: 0, end: 0 });
        match self.reason {
            Reason::UnknownKey { word, known } => {
                let message = format!("unknown key {}", quoted(&word));
                Mistake::unknown(place, message, &word, known.iter().copied())
            }
            Reason::UnknownWord { word, known, noun } => {
                let message = format!("unknown {noun} {}", quoted(&word));
                Mistake::unknown(place, message, &word, known.iter().copied())
            }
            Reason::Other(message) => Mistake::new(place, message),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.reason)
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: Display>(message: T) -> Self {
        Self { place: None, reason: Reason::Other(message.to_string()) }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("this is not {expected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{unexpected} does not fit: expected {expected}"))
    }

    fn unknown_field(word: &str, known: &'static [&'static str]) -> Self {
        Self { place: None, reason: Reason::UnknownKey { word: word.to_owned(), known } }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self {
            place: None,
            reason: Reason::UnknownWord { word: word.to_owned(), known, noun: String::new() },
        }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::custom(format_args!("missing key \"{name}\""))
    }
}

/// How messages call an enum's values and the thing that has one of them.
pub(super) struct Words {
    pub(super) whole: &'static str,
    pub(super) one: String,
}

impl Words {
    pub(super) fn of(name: &'static str) -> Self {
        match name {
            "Step" => Self { whole: "a step has", one: "verb".into() },
            "Await" => Self { whole: "an await has", one: "event".into() },
            "Habit" => Self { whole: "an item of habits has", one: "habit".into() },
            "Wrong" => Self { whole: "an item of wrong has", one: "wrongness".into() },
            other => Self { whole: "a value has", one: in_words(other) },
        }
    }
}

/// The name of a type as words: `SecurityProbes` is `security probes`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
