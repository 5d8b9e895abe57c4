//! The text of a mail that is a receipt or an alert: free text, then a line for each `name=value` (A.1 note).
//!
//! Reading never fails; where the data lies and how it is written is noted, and it is read all the same.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::command::{Command, Pair};
use super::element::is_known_name;
use super::flaw::Flaw;

/// A departure of a mail's text from what the note of A.1 recommends, in alphabetical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailFlaw {
    /// A value that is URL-encoded.
    Encoded,
    /// A value that goes on in the next line.
    Folded,
    /// A line of the data, or the free text before it, that does not end with CR LF.
    LineEnd,
    /// A name in another letter case, with `_` for `-`, or with white space round it.
    NameForm,
    /// Several elements in one line, joined by `&`.
    Query,
    /// Free text in the line in which the data begins.
    SameLine,
    /// A `:` between name and value.
    Separator,
}

impl fmt::Display for MailFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encoded => "URL-encoded value",
            Self::Folded => "value that goes on in the next line",
            Self::LineEnd => "line that does not end with CR LF",
            Self::NameForm => "name that is not written as in the specification",
            Self::Query => "elements joined by `&` in one line",
            Self::SameLine => "free text in the line of the data",
            Self::Separator => "`:` instead of `=`",
        })
    }
}

/// How names and values are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Equals,
    Colon,
}

impl Sign {
    fn byte(self) -> char {
        match self {
            Self::Equals => '=',
            Self::Colon => ':',
        }
    }
}

/// Reads the data in the text of a mail, whatever stands round it.
#[must_use]
pub fn read_mail(text: &str) -> (Command, Vec<Flaw<MailFlaw>>) {
    let read = Reading::of(text, Sign::Equals);
    if !read.pairs.is_empty() {
        return read.finish();
    }
    // A colon stands in free text as well: it counts only where nothing better is there.
    let read = Reading::of(text, Sign::Colon);
    let tells = read.pairs.iter().any(|pair| pair.name == "error");
    if tells { read.finish() } else { Reading::default().finish() }
}

#[derive(Default)]
struct Reading {
    pairs: Vec<Pair>,
    flaws: Vec<Flaw<MailFlaw>>,
}

impl Reading {
    fn of(text: &str, sign: Sign) -> Self {
        let mut reading = Self::default();
        let (mut offset, mut before, mut is_open) = (0, None, false);
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            let is_data = reading.take(content, offset, sign, is_open);
            // The line before the first of the data parts it from the free text.
            if let (true, false, Some((at, end))) = (is_data, is_open, before) {
                reading.look_at_end(at, end);
            }
            if is_data {
                reading.look_at_end(offset, line);
            }
            is_open = is_data;
            before = (!content.trim().is_empty()).then_some((offset, line)).or(before);
            offset += line.len();
        }
        reading
    }

    /// Takes a line, when it is one of the data.
    fn take(&mut self, line: &str, offset: usize, sign: Sign, is_open: bool) -> bool {
        if let Some(pairs) = query_of(line) {
            self.note(MailFlaw::Query, offset, line.len());
            self.pairs.extend(pairs.into_iter().map(|pair| Pair { offset, ..pair }));
            return true;
        }
        if let Some((name, value)) = pair_of(line, sign) {
            self.add(name, value, offset, line.len());
            if sign == Sign::Colon {
                self.note(MailFlaw::Separator, offset, line.len());
            }
            return true;
        }
        let folded = line.strip_prefix([' ', '\t']).map(str::trim).filter(|rest| is_open && !rest.is_empty());
        if let (Some(rest), Some(last)) = (folded, self.pairs.last_mut()) {
            last.value.push_str(rest);
            self.note(MailFlaw::Folded, offset, line.len());
            return true;
        }
        // Text may stand before the data in its line; between lines of the data it is no part of it.
        let first = (self.pairs.is_empty() && sign == Sign::Equals).then(|| within(line)).flatten();
        if let Some((at, name, value)) = first {
            self.add(name, value, offset + at, line.len() - at);
            self.note(MailFlaw::SameLine, offset, at);
            return true;
        }
        false
    }

    fn add(&mut self, name: &str, value: &str, offset: usize, len: usize) {
        let plain = spelled(name);
        if plain != name {
            self.note(MailFlaw::NameForm, offset, name.len());
        }
        let value = value.trim();
        if is_encoded(value) {
            self.note(MailFlaw::Encoded, offset, len);
        }
        self.pairs.push(Pair { offset, ..Pair::new(plain, value) });
    }

    fn look_at_end(&mut self, offset: usize, line: &str) {
        // The last line of a part may have its end taken by what follows the part.
        if line.ends_with('\n') && !line.ends_with("\r\n") {
            self.note(MailFlaw::LineEnd, offset, line.len());
        }
    }

    fn note(&mut self, kind: MailFlaw, offset: usize, len: usize) {
        self.flaws.push(Flaw::new(kind, offset, len));
    }

    fn finish(self) -> (Command, Vec<Flaw<MailFlaw>>) {
        (Command { pairs: self.pairs }, self.flaws)
    }
}

/// The name as the specification writes it, when it is one.
fn spelled(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('_', "-")
}

/// A line that begins with the name of an element.
fn pair_of(line: &str, sign: Sign) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(sign.byte())?;
    is_known_name(&spelled(name)).then_some((name, value))
}

/// Elements joined as in a query: two at least.
fn query_of(line: &str) -> Option<Vec<Pair>> {
    pair_of(line, Sign::Equals)?;
    let pairs = Command::read_query(line.trim().as_bytes()).0.pairs;
    let known = pairs.iter().filter(|pair| !pair.bare && is_known_name(&pair.name)).count();
    (known > 1).then_some(pairs)
}

/// An element behind free text in the same line.
fn within(line: &str) -> Option<(usize, &str, &str)> {
    /// No name is longer.
    const LONGEST: usize = 32;
    let mut found = line.match_indices('=').filter_map(|(equals, _)| {
        let least = equals.saturating_sub(LONGEST);
        let space = line.as_bytes()[least..equals].iter().rposition(u8::is_ascii_whitespace)?;
        let at = least + space + 1;
        is_known_name(&line[at..equals]).then(|| (at, &line[at..equals], &line[equals + 1..]))
    });
    found.next()
}

/// Whether decoding makes a URL of a value that is none.
fn is_encoded(value: &str) -> bool {
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    !value.contains("://") && decoded.contains("://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(&str, &str)], flaws: &[MailFlaw]) {
        let (command, found) = read_mail(text);
        let pairs: Vec<_> =
            command.pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect();
        assert_eq!(pairs, expected, "{text:?}");
        assert_eq!(found.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), flaws, "{text:?}");
    }

    #[test]
    fn the_data_follows_the_free_text_line_by_line() {
        let both = &[("error", "0"), ("client", "a = b")][..];
        check("error=0\r\nclient=a = b\r\n", both, &[]);
        check("Dear author,\r\nthat is it.\r\n\r\nerror=0\r\nclient=a = b\r\n\r\nBye\r\n", both, &[]);
        check("That is it.\r\nerror=0\r\nclient=a = b", both, &[]);
        check("no data = here\r\nsee: there", &[], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn data_that_is_written_otherwise_is_read_and_named() {
        let error = &[("error", "0")][..];
        check("Hello\nerror=0\n", error, &[MailFlaw::LineEnd, MailFlaw::LineEnd]);
        check("ERROR = 0\r\n", error, &[MailFlaw::NameForm]);
        check("error: 0\r\n", error, &[MailFlaw::Separator]);
        check("Result: error=0\r\n", error, &[MailFlaw::SameLine]);
        check("Client: we\r\n", &[], &[]);
        check("error=0&client=a%20b\r\n", &[("error", "0"), ("client", "a b")], &[MailFlaw::Query]);
        check("package-id=http://a/\r\n b\r\n", &[("package-id", "http://a/b")], &[MailFlaw::Folded]);
        check(
            "package_id=http%3A%2F%2Fa\r\n",
            &[("package-id", "http%3A%2F%2Fa")],
            &[MailFlaw::NameForm, MailFlaw::Encoded],
        );
    }

    #[test]
    fn what_is_no_data_stays_free_text() {
        let error = &[("error", "0")][..];
        check("error=0\r\n\r\n b\r\n", error, &[]);
        check("error=0\r\n   \r\n", error, &[]);
        check("error=0\r\nsee client=x\r\n", error, &[]);
        check("error=0&x=1\r\n", &[("error", "0&x=1")], &[]);
        check("Result: client=we\r\n", &[("client", "we")], &[MailFlaw::SameLine]);
    }

    #[test]
    fn pairs_and_flaws_have_their_places() {
        let places = |text: &str| {
            let (command, flaws) = read_mail(text);
            let pairs: Vec<_> = command.pairs.iter().map(|pair| pair.offset).collect();
            (pairs, flaws.iter().map(|flaw| (flaw.offset, flaw.len)).collect::<Vec<_>>())
        };
        assert_eq!(places("Hello\r\n\r\nerror=0\r\nCLIENT=we\r\n"), (vec![9, 18], vec![(18, 6)]));
        assert_eq!(places("Hello\r\n\r\nerror=0&client=we\r\n"), (vec![9, 9], vec![(9, 17)]));
        let within = "See package-id=http%3A%2F%2Fa\r\n";
        assert_eq!(places(within), (vec![4], vec![(4, 25), (0, 4)]));
        let message = read_mail(within).1[1].to_string();
        assert_eq!(message, "free text in the line of the data at byte 0");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let (command, flaws) = read_mail(&text);
            prop_assert!(command.pairs.len() <= text.len() && flaws.len() <= 4 * text.len());
        }

        #[test]
        fn what_is_written_in_lines_is_read_back(value in "[a-z][a-z =:]{0,20}[a-z]") {
            let (command, flaws) = read_mail(&format!("Hello\r\n\r\nerror-text={value}\r\nerror=0\r\n"));
            prop_assert_eq!(command.value("error-text"), Some(value.as_str()));
            prop_assert!(flaws.is_empty());
        }
    }
}
