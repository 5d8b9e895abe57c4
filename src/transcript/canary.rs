//! Canaries: secrets that are planted so as to be looked for in all that is said and written, in every spelling, whole and by
//! halves.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::bytes::escape;

/// A secret that is looked for, and what it is called where it is found.
#[derive(Debug, Clone, Copy)]
pub struct Canary<'a> {
    /// What it is.
    pub name: &'a str,
    /// The secret.
    pub secret: &'a str,
}

/// How much of a secret stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// All of it.
    Whole,
    /// Its first half.
    FirstHalf,
    /// Its second half.
    SecondHalf,
}

/// A secret that got out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is called.
    pub name: String,
    /// How much of it stands there.
    pub piece: Piece,
    /// How it is written there.
    pub spelling: &'static str,
    /// The bytes before it.
    pub offset: usize,
}

/// What is looked for, by the two bytes that it begins with: a text is gone through once, however much that is.
pub struct Watchman(HashMap<[u8; 2], Vec<Wanted>>, Box<[bool]>);

struct Wanted {
    name: String,
    piece: Piece,
    spelling: &'static str,
    bytes: Vec<u8>,
}

/// What RFC 3986 has not encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Watchman {
    /// Looks for these secrets and their halves.
    #[must_use]
    pub fn of(canaries: &[Canary<'_>]) -> Self {
        let mut wanted: HashMap<[u8; 2], Vec<Wanted>> = HashMap::new();
        let mut begins = vec![false; 1 << 16].into_boxed_slice();
        for Canary { name, secret } in canaries {
            for (piece, text) in pieces(secret) {
                for (spelling, written) in spellings(text) {
                    let bytes = written.into_bytes();
                    let [first, second, ..] = bytes[..] else { continue };
                    let same = wanted.entry([first, second]).or_default();
                    if same.iter().all(|other| other.bytes != bytes) {
                        begins[place(first, second)] = true;
                        same.push(Wanted { name: (*name).to_owned(), piece, spelling, bytes });
                    }
                }
            }
        }
        Self(wanted, begins)
    }

    /// Each secret that stands in a text, with each of its spellings, where it stands first.
    #[must_use]
    pub fn hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut found: Vec<(&Wanted, usize)> = Vec::new();
        for (offset, pair) in text.windows(2).enumerate() {
            if !self.1[place(pair[0], pair[1])] {
                continue;
            }
            for wanted in self.0.get(&[pair[0], pair[1]]).into_iter().flatten() {
                let is_known = found.iter().any(|(other, _)| std::ptr::eq(*other, wanted));
                if text[offset..].starts_with(&wanted.bytes) && !is_known {
                    found.push((wanted, offset));
                }
            }
        }
        let hit = |(Wanted { name, piece, spelling, .. }, offset): (&Wanted, usize)| Hit {
            name: name.clone(),
            piece: *piece,
            spelling,
            offset,
        };
        found.into_iter().map(hit).collect()
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let piece = match self.piece {
            Piece::Whole => "",
            Piece::FirstHalf => "the first half of ",
            Piece::SecondHalf => "the second half of ",
        };
        write!(f, "{piece}{}, {} (at byte {})", self.name, self.spelling, self.offset)
    }
}

fn place(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// A secret, and its halves.
fn pieces(secret: &str) -> [(Piece, &str); 3] {
    let middle = (secret.len() / 2..=secret.len()).find(|at| secret.is_char_boundary(*at));
    let (first, second) = secret.split_at(middle.unwrap_or(0));
    [(Piece::Whole, secret), (Piece::FirstHalf, first), (Piece::SecondHalf, second)]
}

/// The ways in which a text may stand in what peers say and what we write.
#[must_use]
pub fn spellings(text: &str) -> Vec<(&'static str, String)> {
    let usual = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let sparing = utf8_percent_encode(text, UNRESERVED).to_string();
    let recorded = escape(text.as_bytes());
    let mut all = vec![
        ("as it is", text.to_owned()),
        ("percent-encoded in lower case", usual.to_lowercase()),
        ("form-encoded", usual.replace("%20", "+")),
        ("form-encoded sparingly", sparing.replace("%20", "+")),
        ("percent-encoded", usual),
        ("percent-encoded sparingly", sparing),
        ("HTML-escaped", html(text, ["&amp;", "&lt;", "&gt;", "&quot;", "'"])),
        ("HTML-escaped but for >", html(text, ["&amp;", "&lt;", ">", "&quot;", "'"])),
        ("HTML-escaped by numbers", html(text, ["&#38;", "&#60;", "&#62;", "&#34;", "&#39;"])),
        ("HTML-escaped by numbers but for >", html(text, ["&#38;", "&#60;", ">", "&#34;", "&#39;"])),
        ("JSON-escaped", json(text)),
        ("escaped as in a transcript", recorded.clone()),
        ("escaped as in a transcript and in JSON", json(&recorded)),
    ];
    all.extend(in_base64(text));
    all
}

fn html(text: &str, by: [&str; 5]) -> String {
    ['&', '<', '>', '"', '\''].into_iter().zip(by).fold(text.to_owned(), |text, (letter, escaped)| {
        // What stands for `&` has one of its own, and comes first.
        text.replace(letter, escaped)
    })
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// In base64 by itself, and as it stands there behind so many bytes of something else.
fn in_base64(text: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![("in base64", BASE64_STANDARD.encode(text))];
    for (shift, from) in [0, 2, 3].into_iter().enumerate() {
        let encoded = BASE64_STANDARD.encode([&vec![b':'; shift], text.as_bytes()].concat());
        let encoded = encoded.trim_end_matches('=');
        // The letters at both ends depend on what stands beside it.
        let inner = encoded.get(from..encoded.len().saturating_sub(1)).unwrap_or_default();
        all.push(("within base64", inner.to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "pw4&Jr%Nd \u{f6}\"<Gy8+Hs1";

    fn hits(text: &str) -> Vec<Hit> {
        Watchman::of(&[Canary { name: "the password", secret: SECRET }]).hits(text.as_bytes())
    }

    #[test]
    fn a_secret_is_found_in_each_of_its_spellings_whole_and_by_halves() {
        for (piece, text) in pieces(SECRET) {
            for (spelling, written) in spellings(text) {
                let found = hits(&format!("error-text={written}."));
                let is_it = |hit: &Hit| hit.piece == piece && hit.offset == 11;
                assert!(found.iter().any(is_it), "{piece:?} {spelling} {written}: {found:?}");
            }
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_lies_in_base64() {
        for before in 0..7 {
            for behind in 0..4 {
                let text = "x".repeat(before) + SECRET + &"y".repeat(behind);
                let found = hits(&BASE64_STANDARD.encode(text));
                assert!(found.iter().any(|hit| hit.piece == Piece::Whole), "{before} {behind}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_masked_or_a_quarter_is_none() {
        for text in ["", "p", "pw4&Jr", "system-password=***************", "Gy8+Hs"] {
            assert_eq!(hits(text), [], "{text}");
        }
    }

    #[test]
    fn what_was_found_is_told_with_its_spelling_and_without_a_byte_of_it() {
        let found = hits("x=pw4%26Jr%25Nd%20%C3%B6%22%3CGy8%2BHs1");
        let told: Vec<String> = found.iter().map(Hit::to_string).collect();
        assert_eq!(told[0], "the password, percent-encoded (at byte 2)");
        assert_eq!(told[1], "the first half of the password, percent-encoded (at byte 2)");
    }
}
