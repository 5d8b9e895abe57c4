//! The tokeniser of queries and urlencoded bodies: splits, decodes, and notes every flaw on the way (A.1).

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode;

use super::command::Pair;
use super::element::{Element, is_known_name};
use super::flaw::{CommandFlaw, Flaw};

/// Where the bytes come from: a `+` and a `?` mean other things in a body.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Syntax {
    Query,
    Form,
}

/// Reads all pairs of a query or an urlencoded body; the flaws are in the order of their places.
pub(super) fn read(bytes: &[u8], syntax: Syntax) -> (Vec<Pair>, Vec<Flaw<CommandFlaw>>) {
    let mut flaws = Vec::new();
    let mut pairs: Vec<Pair> = Vec::new();
    if bytes.is_empty() {
        return (pairs, flaws);
    }
    for span in split(bytes, syntax, &mut flaws) {
        if span.is_empty() {
            flaws.push(Flaw::new(CommandFlaw::EmptyElement, span.start.min(bytes.len() - 1), 1));
            continue;
        }
        let pair = read_pair(bytes, span, syntax, &mut flaws);
        if pairs.last().is_some_and(|before| belongs_to(before, &pair)) {
            flaws.push(Flaw::new(CommandFlaw::RawAmpersand, pair.offset - 1, 1));
        }
        pairs.push(pair);
    }
    flaws.sort_by_key(|flaw| flaw.offset);
    (pairs, flaws)
}

/// The spans between separators: `&`, and what stands in its place by mistake.
fn split(bytes: &[u8], syntax: Syntax, flaws: &mut Vec<Flaw<CommandFlaw>>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut named = false;
    for (at, byte) in bytes.iter().enumerate() {
        let flaw = match byte {
            b'&' => None,
            b';' if name_at(&bytes[at + 1..]).is_some() => Some(CommandFlaw::Semicolon),
            b'?' if syntax == Syntax::Query && !named && name_at(&bytes[at + 1..]).is_some() => {
                if name_at(&bytes[start..at]).is_some() {
                    continue;
                }
                Some(CommandFlaw::SecondQuery)
            }
            _ => continue,
        };
        flaws.extend(flaw.map(|kind| Flaw::new(kind, at, 1)));
        named = named || name_at(&bytes[start..at]).is_some();
        if !(flaw == Some(CommandFlaw::SecondQuery) && at == 0) {
            spans.push(start..at);
        }
        start = at + 1;
    }
    spans.push(start..bytes.len());
    spans
}

/// The name that the bytes start with, if it is one that separators are recognised by. `version` is not: it may
/// well be a parameter of the URL in a value.
fn name_at(bytes: &[u8]) -> Option<&str> {
    const LONGEST: usize = 20;
    let head = &bytes[..bytes.len().min(LONGEST + 1)];
    let end = head.iter().position(|byte| *byte == b'=')?;
    let name = std::str::from_utf8(&head[..end]).ok()?;
    (is_known_name(name) && name != "version").then_some(name)
}

fn read_pair(bytes: &[u8], span: Range<usize>, syntax: Syntax, flaws: &mut Vec<Flaw<CommandFlaw>>) -> Pair {
    let start = span.start;
    let element = &bytes[span];
    let equals = element.iter().position(|byte| *byte == b'=');
    let name_end = equals.unwrap_or(element.len());
    let (name, raw) = (&element[..name_end], &element[(name_end + 1).min(element.len())..]);
    match equals {
        None => flaws.push(Flaw::new(CommandFlaw::NoEquals, start, element.len())),
        Some(0) => flaws.push(Flaw::new(CommandFlaw::NoName, start, 1)),
        Some(_) => {}
    }
    let value_at = start + name_end + 1;
    let scanned = [(name, start), (raw, value_at)].map(|(part, at)| {
        scan(part, at, syntax, flaws);
        decode(&spaced(part), at, part.len(), flaws)
    });
    let [name, value] = scanned;
    let mut pair = Pair { name, value, plus: None, raw: raw.to_vec(), bare: equals.is_none(), offset: start };
    if syntax == Syntax::Query {
        pair.plus = pair.as_plus();
    }
    pair
}

fn spaced(part: &[u8]) -> Cow<'_, [u8]> {
    if part.contains(&b'+') {
        part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    } else {
        part.into()
    }
}

fn decode(part: &[u8], at: usize, len: usize, flaws: &mut Vec<Flaw<CommandFlaw>>) -> String {
    let decoded: Cow<'_, [u8]> = percent_decode(part).into();
    match String::from_utf8_lossy(&decoded) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => {
            flaws.push(Flaw::new(CommandFlaw::InvalidUtf8, at, len));
            text
        }
    }
}

/// Notes every byte that may not stand where it stands, a run of one kind as one flaw.
fn scan(part: &[u8], offset: usize, syntax: Syntax, flaws: &mut Vec<Flaw<CommandFlaw>>) {
    let mut at = 0;
    while at < part.len() {
        let here = judge(part, at, syntax);
        let mut len = 1;
        if let Some(kind) = here {
            while at + len < part.len()
                && judge(part, at + len, syntax).is_some_and(|next| same_run(kind, next))
            {
                len += 1;
            }
            flaws.push(Flaw::new(kind, offset + at, len));
        }
        at += len;
    }
}

fn same_run(first: CommandFlaw, next: CommandFlaw) -> bool {
    use CommandFlaw::{BadEscape, Illegal, RawReserved};
    first != BadEscape
        && (first == next
            || matches!((first, next), (Illegal(_), Illegal(_)) | (RawReserved(_), RawReserved(_))))
}

fn judge(part: &[u8], at: usize, syntax: Syntax) -> Option<CommandFlaw> {
    match part[at] {
        b'%' => {
            let digits = part.get(at + 1..at + 3);
            let escape = digits.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
            (!escape).then_some(CommandFlaw::BadEscape)
        }
        b'+' => (syntax == Syntax::Query).then_some(CommandFlaw::Plus),
        b'#' => Some(CommandFlaw::RawFragment),
        // RFC 2396, 2.3: letters, digits and marks.
        letter if letter.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&letter) => None,
        reserved if b":/?@,$=;".contains(&reserved) => Some(CommandFlaw::RawReserved(reserved)),
        bracket @ (b'[' | b']') if rounds_ipv6(part, at) => Some(CommandFlaw::RawReserved(bracket)),
        other => Some(CommandFlaw::Illegal(other)),
    }
}

/// Whether a bracket is one of the two round an IPv6 host, as RFC 2732 adds them to RFC 2396.
fn rounds_ipv6(part: &[u8], at: usize) -> bool {
    const LONGEST: usize = 45;
    let inside = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    if part[at] == b'[' {
        let after = &part[at + 1..part.len().min(at + 2 + LONGEST)];
        let end = after.iter().position(|byte| !inside(byte));
        return part[..at].ends_with(b"//") && end.is_some_and(|end| end > 1 && after[end] == b']');
    }
    let before = &part[at.saturating_sub(1 + LONGEST)..at];
    before.iter().rposition(|byte| !inside(byte)).is_some_and(|open| {
        let open = at - before.len() + open;
        part[open] == b'[' && at > open + 2 && part[..open].ends_with(b"//")
    })
}

/// Whether a pair looks like the rest of the URL in the value before it.
fn belongs_to(before: &Pair, pair: &Pair) -> bool {
    Element::named(&before.name).is_some() && before.raw.contains(&b'?') && !is_known_name(&pair.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CommandFlaw::{
        BadEscape, EmptyElement, Illegal, InvalidUtf8, NoEquals, NoName, Plus, RawAmpersand, RawFragment,
        RawReserved, SecondQuery, Semicolon,
    };

    type Found = (CommandFlaw, usize, usize);

    fn check(input: &[u8], expected: (&[(&str, &str)], &[Found])) {
        let (pairs, flaws) = read(input, Syntax::Query);
        let shown = String::from_utf8_lossy(input);
        let pairs: Vec<_> = pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect();
        assert_eq!(pairs, expected.0, "{shown}");
        let flaws: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.offset, flaw.len)).collect();
        assert_eq!(flaws, expected.1, "{shown}");
    }

    #[test]
    fn a_separator_is_known_by_the_name_behind_it() {
        let name = "package-url-password";
        let both = &[("client", "a"), (name, "b")];
        check(b"client=a;package-url-password=b", (both, &[(Semicolon, 8, 1)]));
        // Once a name stands there, a question mark is a part of what follows.
        check(
            b"client=a&x=1?command=c",
            (
                &[("client", "a"), ("x", "1?command=c")],
                &[(RawReserved(b'?'), 12, 1), (RawReserved(b'='), 20, 1)],
            ),
        );
    }

    #[test]
    fn brackets_stand_round_a_host_of_ipv6_alone() {
        let brackets = |host: &str| {
            let query = format!("a=http://{host}/");
            let flaws = read(query.as_bytes(), Syntax::Query).1;
            flaws.iter().filter(|flaw| matches!(flaw.kind, Illegal(b'[' | b']'))).count()
        };
        let of_length = |length: usize| format!("[{}]", &":1".repeat(30)[..length]);
        assert_eq!([brackets("[::]"), brackets("[:]"), brackets("[]")], [0, 2, 1]);
        assert_eq!([brackets("[::1"), brackets("::1]"), brackets("h[::1]"), brackets("[::g]")], [1, 1, 2, 2]);
        assert_eq!([45, 46, 47].map(|length| brackets(&of_length(length))), [0, 2, 2]);
    }

    #[test]
    fn a_clean_query_has_no_flaws() {
        check(b"", (&[], &[]));
        check(b"a=", (&[("a", "")], &[]));
        check(b"a=1&b=%41%2b~!*'()", (&[("a", "1"), ("b", "A+~!*'()")], &[]));
        check(
            b"package-id=http%3A%2F%2Fmyurl.com%3A2631e419-1573-4720-b4c6-8701f960dccc&package-url-expiry=2005-07-22T06%3A51%3A29Z",
            (
                &[
                    ("package-id", "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc"),
                    ("package-url-expiry", "2005-07-22T06:51:29Z"),
                ],
                &[],
            ),
        );
    }

    #[test]
    fn elements_that_are_no_pairs_are_noted() {
        check(b"garbage", (&[("garbage", "")], &[(NoEquals, 0, 7)]));
        check(b"a=1&&b=2&", (&[("a", "1"), ("b", "2")], &[(EmptyElement, 4, 1), (EmptyElement, 8, 1)]));
        check(b"&a=1", (&[("a", "1")], &[(EmptyElement, 0, 1)]));
        check(b"&", (&[], &[(EmptyElement, 0, 1), (EmptyElement, 0, 1)]));
        check(b"=1", (&[("", "1")], &[(NoName, 0, 1)]));
    }

    #[test]
    fn bytes_that_no_uri_may_have_are_noted_in_runs() {
        check(b"a=b  c", (&[("a", "b  c")], &[(Illegal(b' '), 3, 2)]));
        check(b"a=\"<x>\0", (&[("a", "\"<x>\0")], &[(Illegal(b'"'), 2, 2), (Illegal(b'>'), 5, 2)]));
        check("a=é".as_bytes(), (&[("a", "é")], &[(Illegal(0xc3), 2, 2)]));
        check(b"a=\xe9", (&[("a", "\u{fffd}")], &[(Illegal(0xe9), 2, 1), (InvalidUtf8, 2, 1)]));
        check(b"a b=1", (&[("a b", "1")], &[(Illegal(b' '), 1, 1)]));
        check(b"a={|}\\^`[]", (&[("a", "{|}\\^`[]")], &[(Illegal(b'{'), 2, 8)]));
    }

    #[test]
    fn escapes_are_checked_and_broken_ones_kept() {
        check(b"a=%zz%4", (&[("a", "%zz%4")], &[(BadEscape, 2, 1), (BadEscape, 5, 1)]));
        check(b"a=%%", (&[("a", "%%")], &[(BadEscape, 2, 1), (BadEscape, 3, 1)]));
        check(b"a=%E9", (&[("a", "\u{fffd}")], &[(InvalidUtf8, 2, 3)]));
        check(b"a=%00", (&[("a", "\0")], &[]));
    }

    #[test]
    fn raw_reserved_characters_are_noted() {
        check(b"a=http://h", (&[("a", "http://h")], &[(RawReserved(b':'), 6, 3)]));
        check(
            b"a=x@y,z=$;",
            (
                &[("a", "x@y,z=$;")],
                &[(RawReserved(b'@'), 3, 1), (RawReserved(b','), 5, 1), (RawReserved(b'='), 7, 3)],
            ),
        );
        check(b"a=b#c&d=1", (&[("a", "b#c"), ("d", "1")], &[(RawFragment, 3, 1)]));
        check(b"a=b++c", (&[("a", "b  c")], &[(Plus, 3, 2)]));
    }

    #[test]
    fn brackets_may_stand_round_an_ipv6_host_only() {
        check(
            b"a=//[::1]:80",
            (&[("a", "//[::1]:80")], &[(RawReserved(b'/'), 2, 5), (RawReserved(b']'), 8, 2)]),
        );
        check(
            b"a=x[::1]",
            (&[("a", "x[::1]")], &[(Illegal(b'['), 3, 1), (RawReserved(b':'), 4, 2), (Illegal(b']'), 7, 1)]),
        );
        check(b"a=//[]", (&[("a", "//[]")], &[(RawReserved(b'/'), 2, 2), (Illegal(b'['), 4, 2)]));
    }

    #[test]
    fn a_semicolon_separates_before_an_elements_name_only() {
        check(b"client=a;receipt=b", (&[("client", "a"), ("receipt", "b")], &[(Semicolon, 8, 1)]));
        check(
            b"client=a;b=c;version=1",
            (
                &[("client", "a;b=c;version=1")],
                &[
                    (RawReserved(b';'), 8, 1),
                    (RawReserved(b'='), 10, 1),
                    (RawReserved(b';'), 12, 1),
                    (RawReserved(b'='), 20, 1),
                ],
            ),
        );
    }

    #[test]
    fn a_second_question_mark_starts_the_command() {
        check(
            b"partition=staging1?command=collect",
            (&[("partition", "staging1"), ("command", "collect")], &[(SecondQuery, 18, 1)]),
        );
        check(b"?command=collect", (&[("command", "collect")], &[(SecondQuery, 0, 1)]));
        check(
            b"receipt=x?client=1&error=0",
            (
                &[("receipt", "x?client=1"), ("error", "0")],
                &[(RawReserved(b'?'), 9, 1), (RawReserved(b'='), 16, 1)],
            ),
        );
    }

    #[test]
    fn an_ampersand_of_a_url_in_a_value_is_noticed() {
        check(
            b"package-url=h?x=1&y=2&client=c",
            (
                &[("package-url", "h?x=1"), ("y", "2"), ("client", "c")],
                &[(RawReserved(b'?'), 13, 1), (RawReserved(b'='), 15, 1), (RawAmpersand, 17, 1)],
            ),
        );
        check(
            b"package-url=h%3Fx%3D1&target-system-url=t",
            (&[("package-url", "h?x=1"), ("target-system-url", "t")], &[]),
        );
    }

    #[test]
    fn a_body_has_spaces_for_plusses_and_no_second_query() {
        let (pairs, flaws) = read(b"a=b+c&d=x%2By", Syntax::Form);
        assert_eq!((pairs[0].value.as_str(), pairs[1].value.as_str(), flaws.len()), ("b c", "x+y", 0));
        let (pairs, flaws) = read(b"x=y?command=collect", Syntax::Form);
        assert_eq!((pairs.len(), flaws[0].kind), (1, RawReserved(b'?')));
    }

    #[test]
    fn pairs_know_where_they_start() {
        let (pairs, _) = read(b"a=1&&b=2", Syntax::Query);
        assert_eq!(pairs.iter().map(|pair| pair.offset).collect::<Vec<_>>(), [0, 5]);
    }

    #[test]
    fn hostile_queries_are_read_in_linear_time() {
        let hostile = [b"a=1&".repeat(10_000), b";client=".repeat(20_000), b"?command=".repeat(20_000)];
        let bytes = [b"\0".repeat(100_000), b"[".repeat(100_000), b"]".repeat(100_000), b"%".repeat(100_000)];
        let long =
            [b"a".repeat(1_000_000), b"a=//[::::::::".repeat(20_000), b"package-url=?&".repeat(10_000)];
        for query in hostile.iter().chain(&bytes).chain(&long) {
            let (pairs, flaws) = read(query, Syntax::Query);
            assert!(pairs.len() <= query.len() && flaws.len() <= 2 * query.len());
        }
    }
}
