//! Secrets are masked before they are recorded: in place, at the same length, equality kept by a keyed hash.

use std::collections::BTreeSet;

use hmac::{Hmac, Mac};
use percent_encoding::percent_decode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::bytes::{Body, hex};
use super::ftp::given_in_dialogue;
use super::spans::{
    Span, View, begun_at_the_end, content_of_chunks, ended_at_the_start, find, merge, occurrences,
    occurrences_folded, views,
};
use crate::pens::{Command, CommandFlaw, Element};

/// Where a secret stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// In which part of the message.
    pub part: Part,
    /// Its first byte, counted from the beginning of the part.
    pub offset: usize,
    /// How many bytes were masked.
    pub length: usize,
    /// Equal for equal secrets of one run; its key is gone with the run.
    pub digest: String,
    /// What was wrong with the way in which the secret was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<String>,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The head.
    Head,
    /// The body's beginning, or all of it.
    Body,
    /// The end of a long body.
    Tail,
}

/// Masks secrets with a key that lives as long as the run.
pub struct Masker {
    key: [u8; 32],
    known: Vec<Vec<u8>>,
}

impl Masker {
    /// A masker with a key of 32 random bytes and the secrets that the profile names.
    #[must_use]
    pub fn new(key: [u8; 32], secrets: &[String]) -> Self {
        // Shorter ones would hide half of the transcript and protect nothing.
        let known =
            secrets.iter().filter(|secret| secret.len() >= 4).flat_map(|secret| spellings(secret)).collect();
        Self { key, known }
    }

    /// Masks the secrets in a message and says where they stood.
    pub fn mask(&self, head: &mut [u8], body: &mut Body) -> Vec<Mask> {
        let is_cut = body.whole().is_none();
        let mut masks = self.mask_part(Part::Head, head);
        masks.extend(self.mask_part(Part::Body, &mut body.head.0));
        masks.extend(self.mask_part(Part::Tail, &mut body.tail.0));
        if is_cut {
            masks.extend(self.mask_at_cuts(body));
        }
        masks
    }

    /// Masks the secrets in bytes that may have been cut off at their end, in the middle of one perhaps.
    pub fn mask_beginning(&self, bytes: &mut [u8]) {
        self.mask_part(Part::Body, bytes);
        let begun = self.torn(bytes, begun_at_the_end);
        self.hide(Part::Body, bytes, begun);
    }

    /// Masks what is left of secrets in the middle of which a long body was cut.
    fn mask_at_cuts(&self, body: &mut Body) -> Vec<Mask> {
        let (head, tail) = (&mut body.head.0, &mut body.tail.0);
        let (begun, ended) = (self.torn(head, begun_at_the_end), self.torn(tail, ended_at_the_start));
        [self.hide(Part::Body, head, begun), self.hide(Part::Tail, tail, ended)].concat()
    }

    /// Where a part of a secret stands at an end of bytes, as `find` looks for it.
    fn torn(&self, bytes: &[u8], find: fn(&[u8], &[u8]) -> Option<Span>) -> Vec<Span> {
        let found = |view: View| {
            let spans = self.known.iter().filter_map(|known| find(&view.bytes, known)).collect();
            view.places(spans)
        };
        views(bytes).into_iter().flat_map(found).collect()
    }

    /// Masks the secrets in a line of an FTP dialogue: what PASS and ACCT give, and those that the profile names.
    pub fn mask_control_line(&self, line: &mut [u8]) -> Vec<Mask> {
        let spans = self.spans(Part::Head, line).into_iter().chain(given_in_dialogue(line)).collect();
        self.hide(Part::Head, line, spans)
    }

    /// The text with the secrets in it masked.
    #[must_use]
    pub fn mask_text(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.mask_part(Part::Body, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn mask_part(&self, part: Part, bytes: &mut [u8]) -> Vec<Mask> {
        let mut spans = self.spans(part, bytes);
        if part == Part::Body {
            spans.extend(self.spans_between_chunks(bytes));
        }
        self.hide(part, bytes, spans)
    }

    fn hide(&self, part: Part, bytes: &mut [u8], spans: Vec<Span>) -> Vec<Mask> {
        let spans = merge(spans).into_iter();
        let masks = spans.map(|(start, end)| self.describe(part, bytes, start, end)).collect::<Vec<_>>();
        for mask in &masks {
            bytes[mask.offset..mask.offset + mask.length].fill(b'*');
        }
        masks
    }

    fn spans(&self, part: Part, bytes: &[u8]) -> Vec<Span> {
        let mut spans = secret_elements(bytes, part);
        spans.extend(form_parts(bytes));
        spans.extend(authorizations(bytes));
        spans.extend(user_infos(bytes));
        for view in views(bytes) {
            spans.extend(self.known.iter().flat_map(|known| view.places(occurrences(&view.bytes, known))));
        }
        spans
    }

    /// The secrets of a chunked body, which a chunk's size may stand in the middle of.
    fn spans_between_chunks(&self, bytes: &[u8]) -> Vec<Span> {
        let places = content_of_chunks(bytes);
        let content: Vec<u8> = places.iter().map(|place| bytes[*place]).collect();
        let spans = merge(self.spans(Part::Body, &content)).into_iter();
        spans.flat_map(|(start, end)| places[start..end].iter().map(|place| (*place, place + 1))).collect()
    }

    fn describe(&self, part: Part, bytes: &[u8], start: usize, end: usize) -> Mask {
        let secret = &bytes[start..end];
        let (_, flaws) = Command::read_query(&[b"x=", secret].concat());
        let flaws = flaws.iter().map(|flaw| said_of_a_secret(flaw.kind)).collect();
        Mask { part, offset: start, length: end - start, digest: self.digest(secret), flaws }
    }

    fn digest(&self, secret: &[u8]) -> String {
        let decoded: Vec<u8> = percent_decode(secret).collect();
        // HMAC takes a key of any length: the error cannot come.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.key) else { return String::new() };
        mac.update(&decoded);
        hex(&mac.finalize().into_bytes()[..8])
    }
}

/// What is wrong with the way in which a secret was written, without a byte of it and without the place.
fn said_of_a_secret(flaw: CommandFlaw) -> String {
    match flaw {
        CommandFlaw::Illegal(_) => "a byte that no URI may have".to_owned(),
        CommandFlaw::RawReserved(_) => "a reserved character that is not escaped".to_owned(),
        CommandFlaw::BadEscape
        | CommandFlaw::BoundaryMissing
        | CommandFlaw::EmptyElement
        | CommandFlaw::InvalidUtf8
        | CommandFlaw::NoEquals
        | CommandFlaw::NoName
        | CommandFlaw::Plus
        | CommandFlaw::RawAmpersand
        | CommandFlaw::RawFragment
        | CommandFlaw::SecondQuery
        | CommandFlaw::Semicolon
        | CommandFlaw::Unclosed => flaw.to_string(),
    }
}

/// A secret as it stands in text of some kind; what is percent-encoded is decoded before it is looked for.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let html = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")];
    let in_html = html.iter().fold(secret.to_owned(), |text, (plain, escaped)| text.replace(plain, escaped));
    let in_json = serde_json::Value::from(secret).to_string();
    let in_json = in_json.trim_matches('"').to_owned();
    let spellings = [secret.to_owned(), secret.to_lowercase(), in_html, in_json];
    BTreeSet::from(spellings).into_iter().map(String::into_bytes).collect()
}

/// `system-password=...` up to the next `&`, the end of the line, or the space before `HTTP/`; the name in any
/// letter case, its hyphens perhaps written `_` or escaped.
fn secret_elements(bytes: &[u8], part: Part) -> Vec<Span> {
    let mut spans = Vec::new();
    let folded = bytes.to_ascii_lowercase();
    for key in secret_names().flat_map(|name| ["-", "_", "%2d"].map(|hyphen| name.replace('-', hyphen) + "="))
    {
        for (_, start) in occurrences(&folded, key.as_bytes()) {
            let line = bytes[start..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let line_end = line.map_or(bytes.len(), |length| start + length);
            let pair = bytes[start..line_end].iter().position(|byte| *byte == b'&');
            let end = match (pair, part) {
                (Some(length), _) => start + length,
                (None, Part::Head) => last_space(bytes, start, line_end),
                (None, Part::Body | Part::Tail) => line_end,
            };
            spans.push((start, end));
        }
    }
    spans
}

fn secret_names() -> impl Iterator<Item = &'static str> {
    // What ACCT says is masked in the dialogue (RFC 959), and so is what the collect gives for it.
    let is_secret = |element: &Element| element.is_secret() || *element == Element::PackageUrlAccount;
    Element::ALL.into_iter().filter(is_secret).map(Element::name)
}

fn last_space(bytes: &[u8], start: usize, end: usize) -> usize {
    bytes[start..end].iter().rposition(|byte| *byte == b' ').map_or(end, |space| start + space)
}

/// The parts of a multipart body whose name is that of a secret element, in quotes or not.
fn form_parts(bytes: &[u8]) -> Vec<Span> {
    let folded = bytes.to_ascii_lowercase();
    let names = secret_names().flat_map(|name| [format!("name=\"{name}\""), format!("name={name}")]);
    let found = names.flat_map(|name| occurrences(&folded, name.as_bytes()));
    found
        .filter_map(|(_, end)| {
            let rest = &bytes[end..];
            let blank = [&b"\r\n\r\n"[..], b"\n\n"]
                .into_iter()
                .filter_map(|blank| Some(find(rest, blank)? + blank.len()));
            let start = end + blank.min()?;
            let end = find(&bytes[start..], b"\n--").map_or(bytes.len(), |length| start + length);
            Some((start, end - usize::from(bytes[start..end].ends_with(b"\r"))))
        })
        .collect()
}

/// The credentials of `Authorization` and `Proxy-Authorization`, behind the name of the scheme; folded lines too.
fn authorizations(bytes: &[u8]) -> Vec<Span> {
    let named = occurrences_folded(bytes, b"authorization").into_iter();
    named
        .filter_map(|(_, name_end)| {
            let blanks = bytes[name_end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let colon = name_end + blanks;
            (bytes.get(colon) == Some(&b':')).then_some(())?;
            let end = header_end(bytes, colon + 1);
            let value = colon
                + 1
                + bytes[colon + 1..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let scheme = bytes[value..end]
                .iter()
                .position(u8::is_ascii_whitespace)
                .map_or(value, |space| value + space + 1);
            Some((scheme, end))
        })
        .collect()
}

/// Where a header ends that may go on in folded lines.
fn header_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(at) = bytes[end..].iter().position(|byte| *byte == b'\n') {
        let next = end + at + 1;
        if !matches!(bytes.get(next), Some(b' ' | b'\t')) {
            return next - if bytes[..next].ends_with(b"\r\n") { 2 } else { 1 };
        }
        end = next;
    }
    bytes.len()
}

/// What stands between `://` and `@` in a URL, raw or percent-encoded.
fn user_infos(bytes: &[u8]) -> Vec<Span> {
    /// No authority is longer; what is, is no URL.
    const LONGEST: usize = 1024;
    let ends_authority = |byte: &u8| {
        matches!(byte, b'/' | b'?' | b'&' | b'"' | b'<' | b'>' | b'\'') || byte.is_ascii_whitespace()
    };
    let mut spans = Vec::new();
    for (open, close) in [(&b"://"[..], &b"@"[..]), (b"%3a%2f%2f", b"%40")] {
        for (_, start) in occurrences_folded(bytes, open) {
            let most = &bytes[start..bytes.len().min(start + LONGEST)];
            let length = most.iter().position(ends_authority).unwrap_or(most.len());
            let authority = most[..length].to_ascii_lowercase();
            let path = find(&authority, b"%2f").unwrap_or(authority.len());
            if let Some((at, _)) = occurrences(&authority[..path], close).last() {
                spans.push((start, start + at));
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: &str) {
        let masker = Masker::new([7; 32], &["hunter two".to_owned()]);
        let mut bytes = head.as_bytes().to_vec();
        masker.mask(&mut bytes, &mut Body::default());
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn secrets_are_masked_in_place_and_at_the_same_length() {
        check(
            "GET /p?system-password=a%20b&client=x HTTP/1.1\r\n",
            "GET /p?system-password=*****&client=x HTTP/1.1\r\n",
        );
        check(
            "GET /p?client=x&Package-URL-Password=a b HTTP/1.1\r\n",
            "GET /p?client=x&Package-URL-Password=*** HTTP/1.1\r\n",
        );
        check("Authorization: Basic dGs6cHc=\r\nHost: x\r\n", "Authorization: Basic ********\r\nHost: x\r\n");
        check("package-url=http://tk:pw@h/p.zip", "package-url=http://*****@h/p.zip");
        check("package-url=http%3A%2F%2Ftk%3Apw%40h%2Fp.zip", "package-url=http%3A%2F%2F*******%40h%2Fp.zip");
        check(
            "error-text=you said hunter%20two, or hunter+two, h%75nter%2520two",
            "error-text=you said ************, or **********, ****************",
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "GET /p?system-password=&client=x HTTP/1.1\r\n",
            "mailto%3Aname%40domain.com",
            "http://h/p@q",
            "http%3A%2F%2Fh%2Fp%40q",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_form_part_is_masked() {
        check(
            "--b\r\nContent-Disposition: form-data; name=\"system-password\"\r\n\r\nsecret\r\n--b--\r\n",
            "--b\r\nContent-Disposition: form-data; name=\"system-password\"\r\n\r\n******\r\n--b--\r\n",
        );
    }

    #[test]
    fn a_form_part_without_quotes_or_carriage_returns_is_masked() {
        check(
            "--b\nContent-Disposition: form-data; name=package-url-password\n\nsecret\n--b--\n",
            "--b\nContent-Disposition: form-data; name=package-url-password\n\n******\n--b--\n",
        );
    }

    #[test]
    fn a_chunk_size_in_the_middle_of_a_secret_hides_nothing() {
        let mut body = Body::of(b"10\r\nsystem-password=\r\n3\r\nabc\r\n4\r\ndef&\r\n0\r\n\r\n".to_vec());
        Masker::new([7; 32], &[]).mask(&mut [], &mut body);
        assert_eq!(body.head.0, b"10\r\nsystem-password=\r\n3\r\n***\r\n4\r\n***&\r\n0\r\n\r\n");
    }

    #[test]
    fn equal_secrets_have_equal_digests_however_they_are_written() {
        let masker = Masker::new([7; 32], &[]);
        let digest =
            |text: &str| masker.mask(&mut text.as_bytes().to_vec(), &mut Body::default())[0].digest.clone();
        assert_eq!(digest("system-password=a%62c"), digest("package-url-password=abc"));
        assert_ne!(digest("system-password=abd"), digest("package-url-password=abc"));
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_told_without_a_byte_of_it() {
        let mut bytes = b"system-password=a^b?c%zz".to_vec();
        let masks = Masker::new([7; 32], &[]).mask_part(Part::Body, &mut bytes);
        let expected = [
            "a byte that no URI may have",
            "a reserved character that is not escaped",
            "`%` without two hexadecimal digits",
        ];
        assert_eq!(masks[0].flaws, expected);
    }
}
