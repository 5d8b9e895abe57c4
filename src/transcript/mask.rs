//! Secrets are masked before they are recorded: in place, at the same length, equality kept by a keyed hash.

use hmac::{Hmac, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::bytes::{Body, hex};
use crate::pens::{Command, Element};

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
        let mut masks = self.mask_part(Part::Head, head);
        masks.extend(self.mask_part(Part::Body, &mut body.head.0));
        masks.extend(self.mask_part(Part::Tail, &mut body.tail.0));
        masks
    }

    /// The text with the secrets in it masked.
    #[must_use]
    pub fn mask_text(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.mask_part(Part::Body, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn mask_part(&self, part: Part, bytes: &mut [u8]) -> Vec<Mask> {
        let mut spans = secret_elements(bytes, part);
        spans.extend(form_parts(bytes));
        spans.extend(authorizations(bytes));
        spans.extend(user_infos(bytes));
        spans.extend(self.known.iter().flat_map(|known| occurrences(bytes, known)));
        let masks = merge(spans)
            .into_iter()
            .map(|(start, end)| self.describe(part, bytes, start, end))
            .collect::<Vec<_>>();
        for mask in &masks {
            bytes[mask.offset..mask.offset + mask.length].fill(b'*');
        }
        masks
    }

    fn describe(&self, part: Part, bytes: &[u8], start: usize, end: usize) -> Mask {
        let secret = &bytes[start..end];
        let (_, flaws) = Command::read_query(&[b"x=", secret].concat());
        let flaws = flaws.iter().map(ToString::to_string).collect();
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

type Span = (usize, usize);

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form = encoded.replace("%20", "+");
    [secret.to_owned(), encoded.to_lowercase(), encoded, form].into_iter().map(String::into_bytes).collect()
}

/// `system-password=...` up to the next `&`, the end of the line, or the space before `HTTP/`.
fn secret_elements(bytes: &[u8], part: Part) -> Vec<Span> {
    let secrets = Element::ALL.iter().filter(|element| element.is_secret());
    let mut spans = Vec::new();
    for element in secrets {
        let key = format!("{}=", element.name());
        for (_, start) in occurrences_folded(bytes, key.as_bytes()) {
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

fn last_space(bytes: &[u8], start: usize, end: usize) -> usize {
    bytes[start..end].iter().rposition(|byte| *byte == b' ').map_or(end, |space| start + space)
}

/// The parts of a multipart body whose name is that of a secret element.
fn form_parts(bytes: &[u8]) -> Vec<Span> {
    let secrets = Element::ALL.iter().filter(|element| element.is_secret());
    let names = secrets
        .flat_map(|element| occurrences_folded(bytes, format!("name=\"{}\"", element.name()).as_bytes()));
    names
        .filter_map(|(_, end)| {
            let (_, start) = *occurrences(&bytes[end..], b"\r\n\r\n").first()?;
            let start = end + start;
            let length =
                occurrences(&bytes[start..], b"\r\n--").first().map_or(bytes.len() - start, |span| span.0);
            Some((start, start + length))
        })
        .collect()
}

/// The credentials of `Authorization` and `Proxy-Authorization`, behind the name of the scheme.
fn authorizations(bytes: &[u8]) -> Vec<Span> {
    occurrences_folded(bytes, b"authorization:")
        .into_iter()
        .map(|(_, start)| {
            let end = bytes[start..]
                .iter()
                .position(|byte| matches!(byte, b'\r' | b'\n'))
                .map_or(bytes.len(), |length| start + length);
            let value = start + bytes[start..end].iter().take_while(|byte| **byte == b' ').count();
            let scheme = bytes[value..end]
                .iter()
                .position(|byte| *byte == b' ')
                .map_or(value, |space| value + space + 1);
            (scheme, end)
        })
        .collect()
}

/// What stands between `://` and `@` in a URL, raw or percent-encoded.
fn user_infos(bytes: &[u8]) -> Vec<Span> {
    let ends_authority = |byte: &u8| {
        matches!(byte, b'/' | b'?' | b'&' | b'"' | b'<' | b'>' | b'\'') || byte.is_ascii_whitespace()
    };
    let mut spans = Vec::new();
    for (open, close) in [(&b"://"[..], &b"@"[..]), (b"%3a%2f%2f", b"%40")] {
        for (_, start) in occurrences_folded(bytes, open) {
            let end =
                bytes[start..].iter().position(ends_authority).map_or(bytes.len(), |length| start + length);
            let authority = bytes[start..end].to_ascii_lowercase();
            let path = occurrences(&authority, b"%2f").first().map_or(authority.len(), |span| span.0);
            if let Some((at, _)) = occurrences(&authority[..path], close).last() {
                spans.push((start, start + at));
            }
        }
    }
    spans
}

fn occurrences_folded(bytes: &[u8], needle: &[u8]) -> Vec<Span> {
    occurrences(&bytes.to_ascii_lowercase(), needle)
}

fn occurrences(bytes: &[u8], needle: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], needle) {
        spans.push((from + at, from + at + needle.len()));
        from += at + needle.len();
    }
    spans
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The spans in order, without empty ones, those that touch joined.
fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
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
            "error-text=you said hunter%20two, or hunter+two",
            "error-text=you said ************, or **********",
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
    fn equal_secrets_have_equal_digests_however_they_are_written() {
        let masker = Masker::new([7; 32], &[]);
        let digest =
            |text: &str| masker.mask(&mut text.as_bytes().to_vec(), &mut Body::default())[0].digest.clone();
        assert_eq!(digest("system-password=a%62c"), digest("package-url-password=abc"));
        assert_ne!(digest("system-password=abd"), digest("package-url-password=abc"));
        let mut bytes = b"system-password=a b".to_vec();
        assert!(!masker.mask_part(Part::Body, &mut bytes)[0].flaws.is_empty());
    }
}
