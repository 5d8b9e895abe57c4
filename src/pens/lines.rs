//! The lines of a response, by whatever ends them, and the names they start with.

use super::response::{FieldName, LineEnd};

/// The place of a line in a body.
pub(super) struct Line {
    /// Where its line end starts.
    pub content_end: usize,
    pub end: LineEnd,
    /// Where the next line starts.
    pub next: usize,
}

/// The line that starts here.
pub(super) fn next_line(body: &[u8], start: usize) -> Line {
    let line = |content_end, end, len| Line { content_end, end, next: content_end + len };
    for at in start..body.len() {
        match body[at] {
            b'\r' if body.get(at + 1) == Some(&b'\n') => return line(at, LineEnd::CrLf, 2),
            b'\r' => return line(at, LineEnd::Cr, 1),
            b'\n' => return line(at, LineEnd::Lf, 1),
            b'<' => {
                if let Some(len) = line_break(&body[at..]) {
                    return line(at, LineEnd::Br, len);
                }
            }
            _ => {}
        }
    }
    line(body.len(), LineEnd::None, 0)
}

/// The length of a `<br>` that ends a line: only one with a field, or nothing, behind it does.
fn line_break(bytes: &[u8]) -> Option<usize> {
    const LONGEST: usize = 8;
    let head = &bytes[..bytes.len().min(LONGEST)];
    let close = head.iter().position(|byte| *byte == b'>')?;
    let tag = head[1..close].trim_ascii_end();
    let tag = tag.strip_suffix(b"/").unwrap_or(tag).trim_ascii_end();
    let rest = &bytes[close + 1..];
    let newline = [b"\r\n".as_slice(), b"\n", b"\r"].into_iter().find(|end| rest.starts_with(end));
    let newline = newline.map_or(0, <[u8]>::len);
    let ends = rest.len() == newline || line_name(&rest[newline..]).is_some();
    (tag.eq_ignore_ascii_case(b"br") && ends).then_some(close + 1 + newline)
}

/// The field whose name, and an `=` behind it, the bytes start with.
pub(super) fn name_at(bytes: &[u8]) -> Option<FieldName> {
    const LONGEST: usize = 32;
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let equals = bytes.iter().take(LONGEST).position(|byte| *byte == b'=')?;
    FieldName::meant(&bytes[..equals])
}

/// The same where a line may be indented.
pub(super) fn line_name(line: &[u8]) -> Option<FieldName> {
    const INDENT: usize = 32;
    let indent = line.iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    name_at(&line[indent..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: (&[u8], LineEnd, usize)) {
        let line = next_line(input, 0);
        assert_eq!((&input[..line.content_end], line.end, line.next), expected);
    }

    #[test]
    fn a_line_ends_with_whatever_comes_first() {
        check(b"a\r\nb", (b"a", LineEnd::CrLf, 3));
        check(b"a\rb\n", (b"a", LineEnd::Cr, 2));
        check(b"a\nb", (b"a", LineEnd::Lf, 2));
        check(b"a", (b"a", LineEnd::None, 1));
        check(b"", (b"", LineEnd::None, 0));
    }

    #[test]
    fn a_break_ends_a_line_before_a_field_or_the_end_only() {
        check(b"a<br>error=0", (b"a", LineEnd::Br, 5));
        check(b"a<BR />\r\nVersion=1", (b"a", LineEnd::Br, 9));
        check(b"a<br/>", (b"a", LineEnd::Br, 6));
        check(b"a<br>b<i>\r\n", (b"a<br>b<i>", LineEnd::CrLf, 11));
        check(b"a<", (b"a<", LineEnd::None, 2));
    }
}
