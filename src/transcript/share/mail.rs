//! The texts of a mail: its header, and its bodies in whatever coding, to be read and to be replaced in place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

/// A text within a message.
pub(super) struct Text {
    /// Where its bytes stand, as they are written.
    places: Vec<usize>,
    coding: Coding,
    /// What it says.
    pub(super) said: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// As it stands, but for the line breaks that quoted-printable puts in.
    Plain,
    Base64,
}

/// The texts of a message: all of it without soft line breaks, then each part in base64.
pub(super) fn texts(message: &[u8]) -> Vec<Text> {
    let places = without_soft_breaks(message);
    let said = places.iter().map(|place| message[*place]).collect();
    let mut texts = vec![Text { places, coding: Coding::Plain, said }];
    let folded = message.to_ascii_lowercase();
    for at in memmem::find_iter(&folded, b"base64") {
        texts.extend(part_in_base64(message, at));
    }
    texts
}

impl Text {
    /// Writes what it says now over what it said: as long as before.
    pub(super) fn write(&self, message: &mut [u8]) {
        let written = match self.coding {
            Coding::Plain => self.said.clone(),
            Coding::Base64 => STANDARD.encode(&self.said).into_bytes(),
        };
        for (place, byte) in self.places.iter().zip(written) {
            message[*place] = byte;
        }
    }
}

fn without_soft_breaks(message: &[u8]) -> Vec<usize> {
    let mut places = Vec::with_capacity(message.len());
    let mut at = 0;
    while at < message.len() {
        let rest = &message[at..];
        let skipped =
            [&b"=\r\n"[..], b"=\n"].into_iter().find(|soft| rest.starts_with(soft)).map_or(0, <[u8]>::len);
        if skipped == 0 {
            places.push(at);
        }
        at += skipped.max(1);
    }
    places
}

/// The part whose header says base64 there: what follows the next blank line, up to the boundary.
fn part_in_base64(message: &[u8], header: usize) -> Option<Text> {
    let rest = &message[header..];
    let blanks = [&b"\r\n\r\n"[..], b"\n\n"];
    let blank =
        blanks.into_iter().filter_map(|blank| Some(memmem::find(rest, blank)? + blank.len())).min()?;
    let start = header + blank;
    let end = memmem::find(&message[start..], b"\n--").map_or(message.len(), |length| start + length);
    let is_letter = |at: &usize| message[*at].is_ascii_alphanumeric() || b"+/=".contains(&message[*at]);
    let mut places: Vec<usize> = (start..end).filter(is_letter).collect();
    // Of a message that was not kept whole the last letters may be missing.
    places.truncate(places.len() / 4 * 4);
    let letters: Vec<u8> = places.iter().map(|place| message[*place]).collect();
    let said = STANDARD.decode(letters).ok()?;
    Some(Text { places, coding: Coding::Base64, said })
}

/// The addresses in a text, wherever an `@` stands.
pub(super) fn addresses(text: &[u8]) -> Vec<&[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_+".contains(byte);
    let found = memchr::memchr_iter(b'@', text).map(|at| {
        let before = text[..at].iter().rev().take_while(|byte| is_part(byte)).count();
        let behind = text[at + 1..].iter().take_while(|byte| is_part(byte)).count();
        &text[at - before..at + 1 + behind]
    });
    found.collect()
}

/// Headers of a mail that a check or a reader of a report has a use for.
const KEPT: &[&str] = &[
    "cc",
    "content-disposition",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "mime-version",
    "reply-to",
    "sender",
    "subject",
    "to",
];

/// Blanks the headers that nothing rests on, and the names that people have beside their addresses.
pub(super) fn blank_headers(message: &mut [u8]) {
    let blanks = [&b"\r\n\r\n"[..], b"\n\n"].into_iter().filter_map(|blank| memmem::find(message, blank));
    let end = blanks.min().unwrap_or(message.len());
    super::text::blank(&mut message[..end], KEPT);
    for line in message[..end].split_mut(|byte| *byte == b'\n') {
        let Some(angle) = line.iter().position(|byte| *byte == b'<') else { continue };
        let name = line.iter().position(|byte| *byte == b':').filter(|colon| *colon < angle);
        let start = name.map_or(0, |colon| colon + 1);
        line[start..angle].iter_mut().filter(|byte| super::text::tells(**byte)).for_each(|byte| *byte = b'x');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_and_written_in_its_coding() {
        for message in [
            "Subject: x\r\n\r\nhttp://lms.ac=\r\nme.com/ and more\r\n",
            "Content-Transfer-Encoding: Base64\r\n\r\naHR0cDovL2xtcy5hY21lLmNv\r\nbS8gYW5kIG1vcmU=\r\n",
        ] {
            let mut message = message.as_bytes().to_vec();
            let mut texts = texts(&message);
            let text = texts.last_mut().unwrap();
            let at = memmem::find(&text.said, b"lms.acme.com").unwrap();
            text.said[at..at + 12].copy_from_slice(b"xxx.xxxx.xxa");
            text.write(&mut message);
            let again = super::texts(&message);
            let said = String::from_utf8_lossy(&again.last().unwrap().said).into_owned();
            assert!(said.contains("http://xxx.xxxx.xxa/ and more"), "{said}");
        }
    }

    #[test]
    fn names_and_traces_are_blanked_and_addresses_stay() {
        let mut message =
            b"Received: from mx7\r\n\tby mx8\r\nFrom: Ann B <ann@h.test>\r\nSubject: a < b\r\n\r\nX: y <z>"
                .to_vec();
        blank_headers(&mut message);
        let expected =
            "Received: xxxx xxx\r\n\txx xxx\r\nFrom: xxx x <ann@h.test>\r\nSubject: x < b\r\n\r\nX: y <z>";
        assert_eq!(String::from_utf8_lossy(&message), expected);
    }
}
