//! A command as it came or is to be sent: names and values in order, duplicates and nonsense included (A.1).
//!
//! Reading never fails, and what is wrong can be written as well as what is right; typed access is a view on the list
//! of pairs.

use std::collections::HashMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::element::Element;
use super::flaw::{CommandFlaw, Flaw};
use super::{multipart, query};

/// A message: `query = message element * ("&" message element)` (A.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The elements in the order they came.
    pub pairs: Vec<Pair>,
}

/// One `name=value` of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The name, decoded.
    pub name: String,
    /// The value, decoded; a `+` was read as a space, what is not UTF-8 as U+FFFD.
    pub value: String,
    /// The value with each `+` of a query kept as a plus, where that differs: either may match.
    pub plus: Option<String>,
    /// The value's bytes as they came, or as `Encode::Raw` is to write them.
    pub raw: Vec<u8>,
    /// Whether there is no `=`: a mere word.
    pub bare: bool,
    /// Where the pair starts in what was read; 0 when it was not read.
    pub offset: usize,
}

/// How values are written into a query or an urlencoded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encode {
    /// Everything but RFC 3986's unreserved characters as `%XX`.
    Percent,
    /// As HTML forms do it: a space as `+`.
    Form,
    /// Names and raw bytes as they are, right or wrong.
    Raw,
}

impl Pair {
    /// A pair to be sent; its raw bytes are the value, not encoded.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self { raw: value.clone().into_bytes(), name, value, ..Self::default() }
    }

    /// A word without `=`; the empty one makes `&&`.
    #[must_use]
    pub fn bare(word: impl Into<String>) -> Self {
        Self { name: word.into(), bare: true, ..Self::default() }
    }

    /// The value with a `+` of the query kept as a plus.
    #[must_use]
    pub fn literal(&self) -> &str {
        self.plus.as_deref().unwrap_or(&self.value)
    }

    /// The value with each `+` kept as a plus, in a query or a body that it was read from; none where there is no `+`.
    #[must_use]
    pub fn as_plus(&self) -> Option<String> {
        self.raw.contains(&b'+').then(|| percent_decode(&self.raw).decode_utf8_lossy().into_owned())
    }

    /// The readings of the value: one, or two where a query had a `+` in it.
    pub fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.value.as_str()).chain(self.plus.as_deref())
    }

    /// Whether either reading is this value.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.readings().any(|reading| reading == value)
    }
}

impl Command {
    /// Reads the query of a request target (A.1).
    #[must_use]
    pub fn read_query(bytes: &[u8]) -> (Self, Vec<Flaw<CommandFlaw>>) {
        let (pairs, flaws) = query::read(bytes, query::Syntax::Query);
        (Self { pairs }, flaws)
    }

    /// Reads an `application/x-www-form-urlencoded` body: as a query, but a `+` is a space.
    #[must_use]
    pub fn read_form(bytes: &[u8]) -> (Self, Vec<Flaw<CommandFlaw>>) {
        let (pairs, flaws) = query::read(bytes, query::Syntax::Form);
        (Self { pairs }, flaws)
    }

    /// Reads a `multipart/form-data` body, which callbacks may come as (5.1, R-04).
    #[must_use]
    pub fn read_multipart(content_type: &str, body: &[u8]) -> (Self, Vec<Flaw<CommandFlaw>>) {
        let (pairs, flaws) = multipart::read(content_type, body);
        (Self { pairs }, flaws)
    }

    /// The value of an element, the first where it stands more than once.
    #[must_use]
    pub fn get(&self, element: Element) -> Option<&str> {
        self.value(element.name())
    }

    /// The value of this name, an element's or another such as `error`, the first where there are more.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pair(name).map(|pair| pair.value.as_str())
    }

    /// The first pair of this name.
    #[must_use]
    pub fn pair(&self, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.name == name && !pair.bare)
    }

    /// Every pair of this name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(move |pair| pair.name == name && !pair.bare)
    }

    /// Writes a query or an urlencoded body; what `Percent` and `Form` write is read back without a flaw, as long
    /// as every pair has a name and none is bare.
    #[must_use]
    pub fn write_query(&self, encode: Encode) -> Vec<u8> {
        let mut out = Vec::new();
        for (n, pair) in self.pairs.iter().enumerate() {
            if n > 0 {
                out.push(b'&');
            }
            encode.write(pair.name.as_bytes(), &mut out);
            if pair.bare {
                continue;
            }
            out.push(b'=');
            match encode {
                Encode::Percent | Encode::Form => encode.write(pair.value.as_bytes(), &mut out),
                Encode::Raw => out.extend_from_slice(&pair.raw),
            }
        }
        out
    }

    /// Writes a `multipart/form-data` body; the caller sees to it that no value has the boundary in it.
    #[must_use]
    pub fn write_multipart(&self, boundary: &str) -> Vec<u8> {
        multipart::write(&self.pairs, boundary)
    }

    /// Gives the first pair of this name another value, in its place; without one, adds it at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        self.put(Pair::new(name, value));
    }

    /// As [`set`](Self::set), with bytes that `Encode::Raw` writes as they are and the others encode.
    pub fn set_raw(&mut self, name: &str, raw: &[u8]) {
        self.put(Pair { raw: raw.to_vec(), ..Pair::new(name, String::from_utf8_lossy(raw)) });
    }

    /// Gives every pair the raw bytes of its value in this encoding: what [`set_raw`](Self::set_raw) then makes wrong
    /// goes out by `Encode::Raw` among what is right.
    pub fn encode(&mut self, encode: Encode) {
        for pair in &mut self.pairs {
            pair.raw.clear();
            encode.write(pair.value.as_bytes(), &mut pair.raw);
        }
    }

    /// Takes every pair of this name out.
    pub fn omit(&mut self, name: &str) {
        self.pairs.retain(|pair| pair.name != name);
    }

    /// Adds a pair at the end, whether or not the name is there already.
    pub fn repeat(&mut self, name: &str, value: &str) {
        self.pairs.push(Pair::new(name, value));
    }

    /// Puts the pairs of these names first, in this order; the others follow as they stood.
    pub fn reorder(&mut self, names: &[&str]) {
        let rank: HashMap<&str, usize> =
            names.iter().rev().zip((0..names.len()).rev()).map(|(n, r)| (*n, r)).collect();
        self.pairs.sort_by_key(|pair| rank.get(pair.name.as_str()).copied().unwrap_or(names.len()));
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.pairs.reverse();
    }

    /// Shuffles the order; the same seed gives the same order.
    pub fn shuffle(&mut self, seed: u64) {
        let mut state = seed;
        for last in (1..self.pairs.len()).rev() {
            let other = split_mix(&mut state) % (last as u64 + 1);
            self.pairs.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }

    fn put(&mut self, new: Pair) {
        match self.pairs.iter_mut().find(|pair| pair.name == new.name) {
            Some(pair) => *pair = new,
            None => self.pairs.push(new),
        }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Command {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().map(|(name, value)| Pair::new(name, value)).collect() }
    }
}

impl Encode {
    fn write(self, bytes: &[u8], out: &mut Vec<u8>) {
        const PERCENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        const FORM: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');
        let encoded = |set| percent_encode(bytes, set).flat_map(str::bytes);
        match self {
            Self::Percent => out.extend(encoded(PERCENT)),
            Self::Form => out.extend(encoded(FORM).map(|byte| if byte == b' ' { b'+' } else { byte })),
            Self::Raw => out.extend_from_slice(bytes),
        }
    }
}

/// The next number of the `SplitMix64` sequence.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(command: &Command) -> Vec<(String, String)> {
        command.pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect()
    }

    fn names(command: &Command) -> String {
        command.pairs.iter().map(|pair| pair.name.as_str()).collect()
    }

    fn check(input: &[(&str, &str)], expected: [&str; 3]) {
        let command: Command = input.iter().copied().collect();
        let written = [Encode::Percent, Encode::Form, Encode::Raw].map(|encode| command.write_query(encode));
        assert_eq!(written.map(|bytes| String::from_utf8(bytes).unwrap()), expected);
    }

    #[test]
    fn a_query_is_written_in_three_ways() {
        check(
            &[("a", "1 +~*"), ("b", "é")],
            ["a=1%20%2B~%2A&b=%C3%A9", "a=1+%2B%7E*&b=%C3%A9", "a=1 +~*&b=é"],
        );
        check(
            &[("package-id", "http://h:1")],
            ["package-id=http%3A%2F%2Fh%3A1", "package-id=http%3A%2F%2Fh%3A1", "package-id=http://h:1"],
        );
        check(&[], ["", "", ""]);
    }

    #[test]
    fn bare_words_and_empty_elements_can_be_sent() {
        let pairs = vec![Pair::bare("garbage"), Pair::bare(""), Pair::new("", "x"), Pair::bare("")];
        assert_eq!(Command { pairs }.write_query(Encode::Percent), b"garbage&&=x&");
    }

    #[test]
    fn raw_bytes_are_written_as_they_are() {
        let mut command = Command::default();
        command.set_raw("package-url", b"http://h/\xff\0 &x");
        assert_eq!(command.write_query(Encode::Raw), b"package-url=http://h/\xff\0 &x");
        let (read, _) = Command::read_query(b"a=%zz+%41&b=\xe9");
        assert_eq!(read.write_query(Encode::Raw), b"a=%zz+%41&b=\xe9");
    }

    #[test]
    fn one_wrong_value_can_be_sent_among_right_ones() {
        let mut command: Command = [("package-id", "http://h/1"), ("client", "a b")].into_iter().collect();
        command.encode(Encode::Percent);
        command.set_raw("client", b"a b");
        assert_eq!(command.write_query(Encode::Raw), b"package-id=http%3A%2F%2Fh%2F1&client=a b");
    }

    #[test]
    fn the_first_of_several_values_is_got() {
        let command: Command = [("client", "a"), ("error", "0"), ("client", "b")].into_iter().collect();
        assert_eq!(command.get(Element::Client), Some("a"));
        assert_eq!(command.all("client").map(|pair| pair.value.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(command.value("error"), Some("0"));
        assert_eq!(command.get(Element::Receipt), None);
    }

    #[test]
    fn the_sample_receipt_is_read_without_flaws() {
        let sample = b"command=receipt&pens-version=1.0.0&package-type=scorm-pif&package-type-version=1.2\
            &package-format=zip&package-id=http%3A%2F%2Fmyurl.com%3A994646572378864600-1085069139609\
            &package-url=http%3A%2F%2Fauthor.com%2Fpackages%2F1085069139609.zip\
            &package-url-expiry=2005-05-20T16%3A05%3A39Z&client=LMS\
            &error=0&error-text=package%20sucessfully%20collected";
        let (command, flaws) = Command::read_query(sample);
        assert_eq!((command.pairs.len(), flaws), (11, vec![]));
        assert_eq!(command.get(Element::PackageUrlExpiry), Some("2005-05-20T16:05:39Z"));
        assert_eq!(command.value("error-text"), Some("package sucessfully collected"));
    }

    #[test]
    fn either_reading_of_a_plus_matches() {
        let (command, _) = Command::read_query(b"client=a+b%2Bc");
        let pair = command.pair("client").unwrap();
        assert_eq!((pair.value.as_str(), pair.literal()), ("a b+c", "a+b+c"));
        assert!(pair.matches("a b+c") && pair.matches("a+b+c") && !pair.matches("a b c"));
        let (form, _) = Command::read_form(b"client=a+b");
        assert_eq!(form.pairs[0].literal(), "a b");
    }

    #[test]
    fn the_list_is_edited_in_place() {
        let mut command: Command = ["a", "b", "c", "d"].map(|name| (name, "")).into_iter().collect();
        command.set("b", "2");
        command.set("e", "5");
        assert_eq!((names(&command), command.value("b")), ("abcde".into(), Some("2")));
        command.repeat("a", "again");
        assert_eq!(names(&command), "abcdea");
        command.reorder(&["d", "a"]);
        assert_eq!(names(&command), "daabce");
        command.omit("a");
        command.reverse();
        assert_eq!(names(&command), "ecbd");
    }

    #[test]
    fn the_same_seed_shuffles_the_same_way() {
        let sample: Command = Element::ALL.map(|e| (e.name(), e.sample())).into_iter().collect();
        let shuffled = |seed| {
            let mut command = sample.clone();
            command.shuffle(seed);
            command
        };
        assert_eq!(shuffled(7), shuffled(7));
        assert_ne!(shuffled(7), shuffled(8));
        assert_ne!(shuffled(7), sample);
        // A run that somebody has the seed of can be played again by any later version.
        let mut letters: Command =
            ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, "")).into_iter().collect();
        letters.shuffle(u64::MAX / 3);
        assert_eq!(names(&letters), "debcafg");
        let mut sorted = shuffled(7);
        sorted.reorder(&Element::ALL.map(Element::name));
        assert_eq!(sorted, sample);
    }

    #[test]
    fn a_form_in_parts_is_read_back() {
        let command: Command = [("error", "0"), ("error-text", "a & b")].into_iter().collect();
        let (read, flaws) =
            Command::read_multipart("multipart/form-data; boundary=x", &command.write_multipart("x"));
        assert_eq!((list(&read), flaws), (list(&command), vec![]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(pairs in prop::collection::vec((".+", ".*"), 0..8)) {
            let command: Command = pairs.clone().into_iter().collect();
            let (read, flaws) = Command::read_query(&command.write_query(Encode::Percent));
            prop_assert_eq!((list(&read), flaws), (pairs.clone(), vec![]));
            let (read, flaws) = Command::read_form(&command.write_query(Encode::Form));
            prop_assert_eq!((list(&read), flaws), (pairs, vec![]));
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (command, _) = Command::read_query(&bytes);
            let _ = Command::read_form(&bytes);
            prop_assert!(command.pairs.len() <= bytes.len());
        }
    }
}
