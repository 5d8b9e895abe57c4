//! The lenient reader of responses: finds the four fields in whatever surrounds them (A.1.2).

use super::flaw::{Flaw, Prefix, ResponseFlaw};
use super::lines::{Line, line_name, name_at, next_line};
use super::response::{Field, FieldName, LineEnd, Response};

type Flaws = Vec<Flaw<ResponseFlaw>>;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads a body into prefix and lines; lines keep their bytes, so that they can be written as they came.
pub(super) fn read(body: &[u8]) -> (Response, Flaws) {
    let mut flaws = Vec::new();
    let Some(first) = first_field(body) else {
        flaws.push(Flaw::new(ResponseFlaw::NoField, 0, body.len()));
        return (Response { prefix: body.to_vec(), fields: Vec::new() }, flaws);
    };
    if first > 0 {
        flaws.push(Flaw::new(ResponseFlaw::Before(prefix_kind(&body[..first])), 0, first));
    }
    let mut fields: Vec<Field> = Vec::new();
    let mut seen = Seen::default();
    let mut at = first;
    while at < body.len() {
        let (field, next) = read_line(body, at, seen);
        judge_line(&field, next - at, &mut seen, &mut flaws);
        fields.push(field);
        at = next;
    }
    for name in FieldName::ALL.into_iter().filter(|name| !seen.has(*name)) {
        flaws.push(Flaw::new(ResponseFlaw::Missing(name), body.len(), 0));
    }
    flaws.sort_by_key(|flaw| flaw.offset);
    (Response { prefix: body[..first].to_vec(), fields }, flaws)
}

/// Which of the four fields were met.
#[derive(Clone, Copy, Default)]
struct Seen([bool; 4]);

impl Seen {
    fn has(self, name: FieldName) -> bool {
        self.0[name as usize]
    }

    /// Whether a field that follows this one in the table was met; `pens-data` has a flaw of its own.
    fn has_later(self, name: FieldName) -> bool {
        FieldName::ALL.into_iter().any(|later| later > name && later < FieldName::PensData && self.has(later))
    }
}

/// Where the first field's name stands: at the start of a line or behind an HTML tag.
fn first_field(body: &[u8]) -> Option<usize> {
    let mut fresh = true;
    for (at, byte) in body.iter().enumerate() {
        if fresh && name_at(&body[at..]).is_some() {
            return Some(at);
        }
        let blank = matches!(byte, b' ' | b'\t') || BOM.contains(byte);
        fresh = matches!(byte, b'\n' | b'\r' | b'>') || (fresh && blank);
    }
    None
}

fn prefix_kind(prefix: &[u8]) -> Prefix {
    let (rest, blank) = match prefix.strip_prefix(BOM) {
        Some(rest) => (rest, Prefix::Bom),
        None => (prefix, Prefix::Blank),
    };
    if rest.trim_ascii().is_empty() { blank } else { Prefix::Other }
}

/// The line at a place, and the place of the next one.
fn read_line(body: &[u8], at: usize, seen: Seen) -> (Field, usize) {
    let line = if line_name(&body[at..]) == Some(FieldName::PensData) {
        pens_data_line(body, at, seen)
    } else {
        next_line(body, at)
    };
    let content = &body[at..line.content_end];
    let equals = content.iter().position(|byte| *byte == b'=').filter(|equals| *equals > 0);
    let name = equals.and_then(|equals| std::str::from_utf8(&content[..equals]).ok());
    let value = name.map_or(content, |name| &content[name.len() + 1..]);
    let field =
        Field { name: name.unwrap_or_default().to_owned(), value: value.to_vec(), end: line.end, offset: at };
    (field, line.next)
}

/// The line of `pens-data`: up to the end of the buffer, or up to the first line that is a field not met before.
fn pens_data_line(body: &[u8], start: usize, seen: Seen) -> Line {
    let wanted =
        |at| line_name(&body[at..]).is_some_and(|name| name != FieldName::PensData && !seen.has(name));
    let all_met = FieldName::ALL.into_iter().all(|name| name == FieldName::PensData || seen.has(name));
    let mut at = start;
    while !all_met && at < body.len() {
        let line = next_line(body, at);
        if line.next < body.len() && wanted(line.next) {
            return line;
        }
        at = line.next;
    }
    whole_rest(body, start)
}

/// The rest of the buffer as one line; the line end that most receivers send after an empty value is taken for one.
fn whole_rest(body: &[u8], start: usize) -> Line {
    let first = next_line(body, start);
    let content = &body[start..first.content_end];
    let empty = content.iter().position(|byte| *byte == b'=') == Some(content.len() - 1);
    if empty && first.next == body.len() && first.end != LineEnd::Br {
        return first;
    }
    Line { content_end: body.len(), end: LineEnd::None, next: body.len() }
}

fn judge_line(field: &Field, len: usize, seen: &mut Seen, flaws: &mut Flaws) {
    let mut note = |kind, offset, len| flaws.push(Flaw::new(kind, offset, len));
    let Some(name) = field.known() else {
        note(ResponseFlaw::UnknownLine, field.offset, len);
        return;
    };
    let written = field.name.trim_ascii();
    if written.len() < field.name.len() {
        note(ResponseFlaw::NameSpace(name), field.offset, field.name.len());
    }
    if written != name.as_str() {
        note(ResponseFlaw::NameCase(name), field.offset, field.name.len());
    }
    if seen.has(name) {
        note(ResponseFlaw::Repeated(name), field.offset, len);
    } else if name != FieldName::PensData && seen.has(FieldName::PensData) {
        note(ResponseFlaw::PensDataNotLast, field.offset, field.name.len());
    } else if seen.has_later(name) {
        note(ResponseFlaw::OutOfOrder(name), field.offset, field.name.len());
    }
    seen.0[name as usize] = true;
    let value_at = field.offset + field.name.len() + 1;
    if name == FieldName::PensData {
        judge_pens_data(field, value_at, flaws);
    } else if field.end != LineEnd::CrLf {
        let end_at = value_at + field.value.len();
        flaws.push(Flaw::new(ResponseFlaw::LineEnd(field.end), end_at, field.offset + len - end_at));
    }
}

fn judge_pens_data(field: &Field, value_at: usize, flaws: &mut Flaws) {
    let Some(line) = field.value.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return };
    let (first, rest) = field.value.split_at(line);
    if first.trim_ascii().is_empty() && !rest.trim_ascii().is_empty() {
        let blank = rest.len() - rest.trim_ascii_start().len();
        flaws.push(Flaw::new(ResponseFlaw::AfterPensData, value_at + line + blank, rest.len() - blank));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::code::Code;
    use super::*;
    use FieldName::{Error, ErrorText, PensData, Version};
    use ResponseFlaw as F;

    type Read<'a> = (&'a [(&'a str, &'a str)], &'a [(ResponseFlaw, usize)]);

    fn check(input: &[u8], expected: Read) {
        let (response, flaws) = read(input);
        let shown = String::from_utf8_lossy(input);
        let fields: Vec<_> = response
            .fields
            .iter()
            .map(|field| (field.name.as_str(), std::str::from_utf8(&field.value).unwrap()))
            .collect();
        assert_eq!(fields, expected.0, "{shown}");
        let flaws: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.offset)).collect();
        assert_eq!(flaws, expected.1, "{shown}");
    }

    const PLAIN: &[(&str, &str)] =
        &[("error", "0"), ("error-text", "ok"), ("version", "1.0.0"), ("pens-data", "")];
    const BODY: &[u8] = b"error=0\r\nerror-text=ok\r\nversion=1.0.0\r\npens-data=";

    #[test]
    fn a_well_formed_response_has_no_flaws() {
        check(BODY, (PLAIN, &[]));
        check(&[BODY, b"\r\n"].concat(), (PLAIN, &[]));
        check(&[BODY, b"\n"].concat(), (PLAIN, &[]));
        let (response, flaws) = read(&[BODY, b"a\r\nerror=1\r\n"].concat());
        assert_eq!((response.pens_data(), flaws), (Some(b"a\r\nerror=1\r\n".as_slice()), vec![]));
        let (response, _) = read(&[BODY, b"a=\r\n"].concat());
        assert_eq!(response.pens_data(), Some(b"a=\r\n".as_slice()));
        let (response, flaws) = read(&[BODY, b" \r\n\r\n"].concat());
        assert_eq!((response.pens_data(), flaws), (Some(b"".as_slice()), vec![]));
    }

    #[test]
    fn what_stands_before_is_kept_and_named() {
        for (prefix, kind) in [
            (b"\xef\xbb\xbf".as_slice(), Prefix::Bom),
            (b"\xef\xbb\xbf\r\n", Prefix::Bom),
            (b"\r\n\r\n", Prefix::Blank),
            (b"  ", Prefix::Blank),
            (b"<html><body>", Prefix::Other),
            (
                b"<br />\n<b>Notice</b>: error=1 version=2 in <b>x.php</b> on line <b>3</b><br />\n",
                Prefix::Other,
            ),
        ] {
            let body = [prefix, BODY].concat();
            check(&body, (PLAIN, &[(F::Before(kind), 0)]));
            assert_eq!(read(&body).0.prefix, prefix);
        }
    }

    #[test]
    fn a_body_without_a_field_has_none() {
        for body in
            [b"".as_slice(), b"OK", b"<html>404</html>", b"\xff\xfee\0r\0r\0o\0r\0=\0", b"error: 0", b"error"]
        {
            check(body, (&[], &[(F::NoField, 0)]));
            assert_eq!(read(body).0.write(), body);
        }
    }

    #[test]
    fn lines_may_end_in_any_way() {
        let lf = (F::LineEnd(LineEnd::Lf), F::LineEnd(LineEnd::Lf));
        check(b"error=0\nerror-text=ok\r\nversion=1.0.0\npens-data=", (PLAIN, &[(lf.0, 7), (lf.1, 36)]));
        let cr = F::LineEnd(LineEnd::Cr);
        check(b"error=0\rerror-text=ok\rversion=1.0.0\rpens-data=", (PLAIN, &[(cr, 7), (cr, 21), (cr, 35)]));
        let br = F::LineEnd(LineEnd::Br);
        check(
            b"error=0<br>error-text=ok<BR/>\r\nversion=1.0.0<br />\npens-data=",
            (PLAIN, &[(br, 7), (br, 24), (br, 44)]),
        );
        check(
            b"error=0",
            (
                &[("error", "0")],
                &[
                    (F::LineEnd(LineEnd::None), 7),
                    (F::Missing(ErrorText), 7),
                    (F::Missing(Version), 7),
                    (F::Missing(PensData), 7),
                ],
            ),
        );
    }

    #[test]
    fn names_in_another_spelling_are_read_and_noted() {
        check(
            b"Error=0\r\n error-text =ok\r\nversion=1.0.0\r\nPENS-DATA=",
            (
                &[("Error", "0"), (" error-text ", "ok"), ("version", "1.0.0"), ("PENS-DATA", "")],
                &[(F::NameCase(Error), 0), (F::NameSpace(ErrorText), 9), (F::NameCase(PensData), 41)],
            ),
        );
    }

    #[test]
    fn pens_data_in_front_leaves_the_other_fields_readable() {
        check(
            b"pens-data=\r\nerror=0\r\nerror-text=ok\r\nversion=1.0.0\r\n",
            (
                &[("pens-data", ""), ("error", "0"), ("error-text", "ok"), ("version", "1.0.0")],
                &[(F::PensDataNotLast, 12), (F::PensDataNotLast, 21), (F::PensDataNotLast, 36)],
            ),
        );
        check(
            b"error=0\r\nerror-text=ok\r\npens-data=a\r\nb\r\nversion=1.0.0\r\n",
            (
                &[("error", "0"), ("error-text", "ok"), ("pens-data", "a\r\nb"), ("version", "1.0.0")],
                &[(F::PensDataNotLast, 40)],
            ),
        );
    }

    #[test]
    fn order_repetition_and_unknown_lines_are_noted() {
        check(
            b"error-text=ok\r\nerror=0\r\nversion=1.0.0\r\npens-data=",
            (
                &[("error-text", "ok"), ("error", "0"), ("version", "1.0.0"), ("pens-data", "")],
                &[(F::OutOfOrder(Error), 15)],
            ),
        );
        check(
            b"error=0\r\nerror=1\r\nx=y\r\n\r\nhello\r\nerror-text=\r\nversion=\r\npens-data=",
            (
                &[
                    ("error", "0"),
                    ("error", "1"),
                    ("x", "y"),
                    ("", ""),
                    ("", "hello"),
                    ("error-text", ""),
                    ("version", ""),
                    ("pens-data", ""),
                ],
                &[(F::Repeated(Error), 9), (F::UnknownLine, 18), (F::UnknownLine, 23), (F::UnknownLine, 25)],
            ),
        );
    }

    #[test]
    fn bytes_after_an_empty_pens_data_are_noted() {
        let warning = b"\r\n\r\n<b>Warning</b>: x";
        let (response, flaws) = read(&[BODY, warning].concat());
        assert_eq!(flaws, [Flaw::new(F::AfterPensData, BODY.len() + 4, 17)]);
        assert_eq!(response.pens_data(), Some(warning.as_slice()));
    }

    #[test]
    fn flaws_are_as_long_as_what_is_wrong() {
        let (_, flaws) = read(b"error=0\r\nhello\r\nerror-text=ok\nversion=1.0.0\r\npens-data=");
        assert_eq!(flaws, [Flaw::new(F::UnknownLine, 9, 7), Flaw::new(F::LineEnd(LineEnd::Lf), 29, 1)]);
        let (_, flaws) = read(&[BODY, b" \r\n\r\nx"].concat());
        assert_eq!(flaws, [Flaw::new(F::AfterPensData, BODY.len() + 5, 1)]);
    }

    #[test]
    fn pens_data_ends_before_a_field_that_was_not_met() {
        check(
            b"error=0\r\npens-data=a\r\nerror=5\r\nversion=1.0.0\r\n",
            (
                &[("error", "0"), ("pens-data", "a\r\nerror=5"), ("version", "1.0.0")],
                &[(F::PensDataNotLast, 31), (F::Missing(ErrorText), 46)],
            ),
        );
        check(
            b"pens-data=\r\nerror=0\r\npens-data=\r\nversion=1\r\n",
            (
                &[("pens-data", ""), ("error", "0"), ("pens-data", ""), ("version", "1")],
                &[
                    (F::PensDataNotLast, 12),
                    (F::Repeated(PensData), 21),
                    (F::PensDataNotLast, 33),
                    (F::Missing(ErrorText), 44),
                ],
            ),
        );
    }

    #[test]
    fn hostile_bodies_are_read_in_linear_time() {
        let lines = [
            &b"error=1\n"[..],
            b"pens-data=\n",
            b"<br>",
            b"\r",
            b"error",
            b"<",
            b"            ",
            b"x=\xff\0\n",
        ];
        for body in lines.map(|line| line.repeat(20_000)) {
            assert_eq!(read(&body).0.write(), body);
            let body = [b"error=0\r\npens-data=", body.as_slice()].concat();
            let _ = read(&body);
        }
    }

    proptest! {
        #[test]
        fn a_well_formed_response_is_written_and_read_back(code: u16, text in "[^\r\n<]*", data: Vec<u8>) {
            let mut response = Response::new(Code(code), &text);
            response.fields[3].value.clone_from(&data);
            let written = response.write();
            let (read, _) = Response::read(&written);
            prop_assert_eq!(read.code(), Some(Code(code)));
            prop_assert_eq!(read.error_text().unwrap(), text);
            prop_assert_eq!(read.write(), written);
        }

        #[test]
        fn what_is_read_is_written_as_it_came(body in "((?i:error|error-text|version|pens-data)=|[a-c =:/\r\n]|\r\n)*") {
            let (response, _) = Response::read(body.as_bytes());
            prop_assert_eq!(response.write(), body.as_bytes());
        }

        #[test]
        fn any_bytes_can_be_read(body: Vec<u8>) {
            let (response, _) = Response::read(&body);
            let _ = response.code();
        }
    }
}
