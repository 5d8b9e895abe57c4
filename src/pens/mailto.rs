//! `mailto:` URLs, which receipt and alerts may have, and the addresses in them (RFC 2368, RFC 2822).

use percent_encoding::percent_decode_str;

use super::uri::{UriFlaw, absolute_url};

/// The addresses of a `mailto:` URL, decoded, in order: one or more, separated by commas, as they are or encoded (RFC 2368,
/// 2, where `addr1%2C%20addr2` is two; RFC 2822, 3.4).
///
/// # Errors
/// What is wrong with the URL, or which address is not valid.
pub fn mailto(value: &str) -> Result<Vec<String>, UriFlaw> {
    let url = absolute_url(value)?;
    if !url.has_scheme("mailto") {
        return Err(UriFlaw::Scheme(url.scheme.to_owned()));
    }
    if value[url.scheme.len() + 1..].starts_with("//") {
        return Err(UriFlaw::SlashedMailto);
    }
    let mut lists: Vec<&str> =
        url.query.into_iter().flat_map(|query| query.split('&').filter_map(to)).collect();
    if lists.is_empty() || !url.path.is_empty() {
        lists.insert(0, url.path);
    }
    let parts = lists.into_iter().flat_map(|list| list.split(','));
    let addresses = parts.flat_map(addresses).enumerate();
    addresses.map(|(n, address)| address.ok_or(UriFlaw::Address(n + 1))).collect()
}

/// Whether a URL is one that is mailed to, in whatever letter case its scheme is written.
#[must_use]
pub fn is_mailto(url: &str) -> bool {
    url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
}

/// The addresses of a `to` header, which are recipients like those of the path (RFC 2368, 2).
fn to(header: &str) -> Option<&str> {
    header.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("to")).map(|(_, list)| list)
}

/// What stands between two commas of the URL: the addresses in it, once it is decoded.
fn addresses(part: &str) -> Vec<Option<String>> {
    match percent_decode_str(part).decode_utf8() {
        Ok(decoded) => between_commas(&decoded).into_iter().map(address).collect(),
        Err(_) => vec![None],
    }
}

/// The text between commas that stand in no quoted string.
fn between_commas(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let separates = |letter: char| {
        let separates = letter == ',' && !quoted;
        quoted ^= letter == '"' && !escaped;
        escaped = quoted && letter == '\\' && !escaped;
        separates
    };
    text.split(separates).collect()
}

/// One address; the `addr-spec` alone where a name stands before it.
fn address(mailbox: &str) -> Option<String> {
    let mailbox = mailbox.trim();
    let spec = match mailbox.strip_suffix('>') {
        Some(named) => named.rsplit_once('<')?.1,
        None => mailbox,
    };
    let (local, domain) = spec.rsplit_once('@')?;
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let domain_ok = literal.map_or_else(|| is_dot_atom(domain), |text| text.bytes().all(is_literal_text));
    ((is_dot_atom(local) || is_quoted(local)) && domain_ok).then(|| spec.to_owned())
}

/// Whether a text is an address as it stands (RFC 2822, 3.4.1).
#[must_use]
pub fn is_address(text: &str) -> bool {
    !text.contains('%') && address(text).as_deref() == Some(text)
}

/// RFC 2822, 3.2.4.
fn is_dot_atom(text: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

/// RFC 2822, 3.2.5.
fn is_quoted(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut escaped = false;
    let clean = inside.bytes().all(|byte| {
        let plain = escaped || byte != b'"';
        escaped = !escaped && byte == b'\\';
        plain && (byte == b' ' || byte.is_ascii_graphic())
    });
    clean && !escaped
}

fn is_literal_text(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'[' | b']' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &Result<Vec<&str>, UriFlaw>) {
        let found = mailto(input);
        let found =
            found.as_ref().map(|list| list.iter().map(String::as_str).collect()).map_err(Clone::clone);
        assert_eq!(&found, expected, "{input:?}");
    }

    #[test]
    fn a_mailto_url_has_one_or_more_addresses() {
        for (value, addresses) in [
            ("mailto:name@domain.com", &["name@domain.com"][..]),
            ("MAILTO:a@b.c,d@e.f", &["a@b.c", "d@e.f"]),
            ("mailto:a%2Bb@c.d?subject=x,y", &["a+b@c.d"]),
            ("mailto:?to=a@b.c,d@e.f", &["a@b.c", "d@e.f"]),
            ("mailto:a@b.c?cc=x@y.z&To=d@e.f", &["a@b.c", "d@e.f"]),
            ("mailto:%22a%2Cb%22@c.d", &["\"a,b\"@c.d"]),
            ("mailto:a@b.c%2C%20d@e.f", &["a@b.c", "d@e.f"]),
            ("mailto:?to=a@b.c%2C%20d@e.f", &["a@b.c", "d@e.f"]),
            ("mailto:%22a%5C%22%2C%22@c.d%2c%22%5C%5C%22@e.f", &[r#""a\","@c.d"#, r#""\\"@e.f"#]),
            ("mailto:Joe%20%3Ca@b.c%3E", &["a@b.c"]),
            ("mailto:a@localhost,%20b@%5B127.0.0.1%5D", &["a@localhost", "b@[127.0.0.1]"]),
        ] {
            check(value, &Ok(addresses.to_vec()));
        }
    }

    #[test]
    fn an_address_is_one_as_it_stands() {
        for address in ["a@b.c", "a+b@c.d", r#""a b"@c.d"#, r#""a\"b"@c.d"#, "a@[127.0.0.1]"] {
            assert!(is_address(address), "{address}");
        }
        for other in ["", "a", "a%40b.c", "a%2Bb@c.d", "Joe <a@b.c>", " a@b.c", "a..b@c.d", "a@b.c,d@e.f"] {
            assert!(!is_address(other), "{other}");
        }
        for other in
            [r#""a"b"@c.d"#, r#""a\"@c.d"#, "\"a\u{1}\"@c.d", "a@[12]7]", "a@[1\\2]", "a@[1 2]", "a@[1"]
        {
            assert!(!is_address(other), "{other}");
        }
    }

    #[test]
    fn a_mailto_url_is_known_by_its_scheme() {
        assert!(is_mailto("mailto:") && is_mailto("MailTo:a@b.c"));
        assert!(!is_mailto("mail") && !is_mailto("http://mailto:80/"));
    }

    #[test]
    fn what_is_no_mailto_url_is_told_apart() {
        for (value, flaw) in [
            ("mailto:", UriFlaw::Address(1)),
            ("mailto:name", UriFlaw::Address(1)),
            ("mailto:a@b.c,", UriFlaw::Address(2)),
            ("mailto:a@b.c;d@e.f", UriFlaw::Address(1)),
            ("mailto:a..b@c.d", UriFlaw::Address(1)),
            ("mailto:a@b@c.d", UriFlaw::Address(1)),
            ("mailto:%E9@c.d", UriFlaw::Address(1)),
            ("mailto:%22a@c.d", UriFlaw::Address(1)),
            ("mailto:a@b.c, d@e.f", UriFlaw::Syntax(13)),
            ("mailto://a@b.c", UriFlaw::SlashedMailto),
            ("http://a@b.c", UriFlaw::Scheme("http".into())),
            ("a@b.c", UriFlaw::Relative),
        ] {
            check(value, &Err(flaw));
        }
    }

    #[test]
    fn hostile_lists_are_read_in_linear_time() {
        assert!(mailto(&format!("mailto:{}", "a,".repeat(100_000))).is_err());
        assert!(mailto(&format!("mailto:{}", "%22".repeat(100_000))).is_err());
        let many = format!("mailto:{}a@b", "a@b,".repeat(10_000));
        assert_eq!(mailto(&many).map(|list| list.len()), Ok(10_001));
    }
}
