//! Escaped bytes cut into pieces for a page: escapes set off, lines broken where the peer broke them, one byte marked.

use crate::transcript::bytes::visible;

/// Some bytes that are shown alike.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) look: Look,
    pub(super) text: String,
}

/// How bytes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As they are.
    Plain,
    /// As an escape.
    Escape,
    /// As the byte in question.
    Mark,
}

impl Piece {
    /// How many bytes of a page it takes, nearly: markup around it, and letters that are escaped.
    pub(super) fn cost(&self) -> usize {
        let markup = match self.look {
            Look::Plain => 0,
            Look::Escape => "<i></i>".len(),
            Look::Mark => "<mark></mark>".len(),
        };
        let escaped = self.text.matches(['<', '>', '&', '"', '\'']).count() * "&#60".len();
        self.text.len() + markup + escaped
    }
}

/// Cuts escaped ASCII; a byte counts as one whatever its escape. The byte behind the last can be marked too.
pub(super) fn cut(escaped: &str, marked: Option<usize>) -> Vec<Piece> {
    let shown = visible(escaped);
    let (mut pieces, mut rest, mut place) = (Vec::new(), shown.as_str(), 0);
    while !rest.is_empty() {
        let (byte, behind) = rest.split_at(width(rest));
        let look = match byte {
            _ if marked == Some(place) => Look::Mark,
            byte if byte.len() > 1 && byte.starts_with('\\') => Look::Escape,
            _ => Look::Plain,
        };
        push(&mut pieces, look, byte);
        if byte == "\\n" && !behind.is_empty() {
            push(&mut pieces, Look::Plain, "\n");
        }
        (rest, place) = (behind, place + 1);
    }
    if marked == Some(place) {
        push(&mut pieces, Look::Mark, "(the end)");
    }
    pieces
}

/// How many letters stand for the first byte.
fn width(text: &str) -> usize {
    let letters = match text.as_bytes() {
        [b'\\', b'x', ..] => 4,
        [b'\\', _, ..] => 2,
        _ => 1,
    };
    text.char_indices().nth(letters).map_or(text.len(), |(end, _)| end)
}

fn push(pieces: &mut Vec<Piece>, look: Look, text: &str) {
    match pieces.last_mut() {
        Some(last) if last.look == look => last.text.push_str(text),
        Some(_) | None => pieces.push(Piece { look, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(escaped: &str, marked: Option<usize>, expected: &[(Look, &str)]) {
        let pieces: Vec<(Look, String)> =
            cut(escaped, marked).into_iter().map(|piece| (piece.look, piece.text)).collect();
        let expected: Vec<(Look, String)> =
            expected.iter().map(|(look, text)| (*look, (*text).to_owned())).collect();
        assert_eq!(pieces, expected, "{escaped}");
    }

    #[test]
    fn lines_break_where_the_peer_broke_them() {
        check(
            "a\\r\\nb\\n",
            None,
            &[(Look::Plain, "a"), (Look::Escape, "\\r\\n"), (Look::Plain, "\nb"), (Look::Escape, "\\n")],
        );
        check("a\\\\n", None, &[(Look::Plain, "a"), (Look::Escape, "\\\\"), (Look::Plain, "n")]);
    }

    #[test]
    fn the_byte_in_question_is_marked() {
        let escape = (Look::Escape, "\\xEF");
        check("\\xEFab", Some(1), &[escape, (Look::Mark, "a"), (Look::Plain, "b")]);
        check("\\xEFab", Some(0), &[(Look::Mark, "\\xEF"), (Look::Plain, "ab")]);
        check("ab", Some(2), &[(Look::Plain, "ab"), (Look::Mark, "(the end)")]);
        check("ab", Some(7), &[(Look::Plain, "ab")]);
        check("", None, &[]);
    }

    #[test]
    fn a_text_that_is_no_escaped_ascii_is_shown_all_the_same() {
        check("\\", None, &[(Look::Plain, "\\")]);
        check("\\x\u{e9}\u{202e}", None, &[(Look::Escape, "\\x\u{e9}\\"), (Look::Plain, "u{202e}")]);
    }
}
