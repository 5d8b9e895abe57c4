//! Texts in which known values are found however they are written, and replaced in the same notation.

use memchr::memmem;

use super::known::{Known, Place, Value};

/// Replaces the values that are known.
pub(super) struct Replacer {
    /// The longest first: a value may lie within another.
    values: Vec<Value>,
}

/// A byte as it is written: itself, `%41`, or `%2541`.
#[derive(Clone, Copy)]
struct Unit {
    byte: u8,
    at: usize,
    notation: Notation,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Plain,
    Escaped,
    EscapedTwice,
}

impl Notation {
    fn length(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Escaped => 3,
            Self::EscapedTwice => 5,
        }
    }
}

impl Replacer {
    pub(super) fn of(known: &Known) -> Self {
        let mut values = known.values.clone();
        values.sort_by_key(|value| std::cmp::Reverse(value.bytes.len()));
        Self { values }
    }

    /// Replaces what is known, in place.
    pub(super) fn replace(&self, bytes: &mut [u8]) {
        self.replace_behind(b"", bytes);
    }

    pub(super) fn text(&self, text: &str) -> String {
        self.behind("", text)
    }

    /// A text that stands alone, replaced as it would be behind these words.
    pub(super) fn behind(&self, words: &str, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.replace_behind(words.as_bytes(), &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The same with bytes.
    pub(super) fn replace_behind(&self, words: &[u8], bytes: &mut [u8]) {
        let units = units(bytes);
        let folded: Vec<u8> =
            words.iter().copied().chain(units.iter().map(|unit| unit.byte.to_ascii_lowercase())).collect();
        let mut is_taken = vec![false; folded.len()];
        for value in &self.values {
            for start in memmem::find_iter(&folded, &value.bytes) {
                let end = start + value.bytes.len();
                let stands = start >= words.len() && value.stands(&folded, start);
                if !stands || is_taken[start..end].contains(&true) {
                    continue;
                }
                is_taken[start..end].fill(true);
                let written = &units[start - words.len()..end - words.len()];
                for (unit, byte) in written.iter().zip(&value.stand_in) {
                    unit.write(*byte, bytes);
                }
            }
        }
    }
}

impl Value {
    /// Whether the value is meant where it was found.
    fn stands(&self, text: &[u8], start: usize) -> bool {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let ends = !text.get(start + self.bytes.len()).is_some_and(is_word);
        let before = &text[..start];
        ends && match &self.place {
            Place::Anywhere => !before.last().is_some_and(is_word),
            Place::Behind(words) => words.iter().any(|words| before.ends_with(words)),
        }
    }
}

impl Unit {
    /// Writes another byte in its place: a letter in the case of the one that stood there.
    fn write(self, byte: u8, bytes: &mut [u8]) {
        let byte = if self.byte.is_ascii_uppercase() { byte.to_ascii_uppercase() } else { byte };
        let end = self.at + self.notation.length();
        match self.notation {
            Notation::Plain => bytes[self.at] = byte,
            Notation::Escaped | Notation::EscapedTwice if byte == self.byte => {}
            Notation::Escaped | Notation::EscapedTwice => {
                let is_upper = bytes[end - 2..end].iter().any(u8::is_ascii_uppercase);
                let digits = if is_upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
                bytes[end - 2..end].copy_from_slice(digits.as_bytes());
            }
        }
    }
}

/// The bytes that a text stands for, with their notations.
fn units(bytes: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let twice =
            rest.strip_prefix(b"%25").and_then(hexadecimal).map(|byte| (byte, Notation::EscapedTwice));
        let once = || rest.strip_prefix(b"%").and_then(hexadecimal).map(|byte| (byte, Notation::Escaped));
        let (byte, notation) = twice.or_else(once).unwrap_or((rest[0], Notation::Plain));
        units.push(Unit { byte, at, notation });
        at += notation.length();
    }
    units
}

fn hexadecimal(bytes: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(..2)?).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// The bytes that a text stands for, in lower case.
pub(super) fn plain(bytes: &[u8]) -> Vec<u8> {
    units(bytes).iter().map(|unit| unit.byte.to_ascii_lowercase()).collect()
}

/// Headers that a check or a reader of a report has a use for; what any other says is blanked.
const KEPT: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-ranges",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "expect",
    "expires",
    "host",
    "keep-alive",
    "last-modified",
    "location",
    "mime-version",
    "pragma",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "retry-after",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "x-powered-by",
];

/// The header of which one word counts: whether Basic credentials are asked for.
const CHALLENGE: &str = "www-authenticate";

/// Blanks the values of headers that nothing rests on: cookies, traces, the names of proxies and nodes.
pub(super) fn blank_headers(head: &mut [u8]) {
    // The first line is none.
    let start = head.iter().position(|byte| *byte == b'\n').map_or(head.len(), |at| at + 1);
    blank(&mut head[start..], KEPT);
}

/// Blanks the values of all headers but these.
pub(super) fn blank(headers: &mut [u8], kept: &[&str]) {
    let (mut is_blanked, mut is_challenge) = (false, false);
    for line in headers.split_mut(|byte| *byte == b'\n') {
        // A line that begins with a blank goes on with the header above it.
        let value = match line.iter().position(|byte| *byte == b':') {
            _ if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) => 0,
            Some(colon) => {
                let name = String::from_utf8_lossy(&line[..colon]).trim().to_ascii_lowercase();
                is_blanked = !kept.contains(&name.as_str());
                is_challenge = name == CHALLENGE;
                colon + 1
            }
            None => continue,
        };
        if is_blanked {
            let words = line[value..].split_mut(|byte| !tells(*byte));
            let is_kept = |word: &[u8]| is_challenge && word.eq_ignore_ascii_case(b"Basic");
            words.filter(|word| !is_kept(word)).for_each(|word| word.fill(b'x'));
        }
    }
}

/// Whether a byte may tell something: a letter, a digit, or a byte of one in another script.
pub(super) fn tells(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: Place, text: &str, expected: &str) {
        let value = Value { bytes: b"lms.acme.com".to_vec(), stand_in: b"xxx.xxxx.xxa".to_vec(), place };
        assert_eq!(Replacer { values: vec![value] }.text(text), expected);
    }

    #[test]
    fn a_value_is_found_in_every_notation() {
        let anywhere = |text, expected| check(Place::Anywhere, text, expected);
        anywhere("http://LMS.acme.com/x", "http://XXX.xxxx.xxa/x"); // the stand-in, its case kept: no mark
        anywhere("a=http%3A%2F%2Flms.acme.com%2Fx", "a=http%3A%2F%2Fxxx.xxxx.xxa%2Fx");
        anywhere("%6C%6d%73.acme%2Ecom", "%78%78%78.xxxx%2Exxa");
        anywhere("%256Cms%252Eacme.com", "%2578xx%252Exxxx.xxa");
        anywhere("my-lms.acme.com lms.acme.com2", "my-lms.acme.com lms.acme.com2");
        anywhere("%zz%2lms%", "%zz%2lms%");
    }

    #[test]
    fn a_value_that_means_something_in_one_place_alone_stays_in_others() {
        let place = || Place::Behind(vec![b"://".to_vec()]);
        check(place(), "http://lms.acme.com:80 lms.acme.com", "http://xxx.xxxx.xxa:80 lms.acme.com");
    }

    #[test]
    fn headers_that_nothing_rests_on_are_blanked() {
        let mut head = b"GET /a:b HTTP/1.1\r\nHost: lms\r\nCookie: id=7a; b\r\n\tmore\r\nServer: nginx\r\n\
              WWW-Authenticate: Digest realm=\"acme\", basic\r\nBasic: basic\r\n\r\n"
            .to_vec();
        blank_headers(&mut head);
        let expected = "GET /a:b HTTP/1.1\r\nHost: lms\r\nCookie: xx=xx; x\r\n\txxxx\r\nServer: nginx\r\n\
             WWW-Authenticate: xxxxxx xxxxx=\"xxxx\", basic\r\nBasic: xxxxx\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&head), expected);
    }
}
