//! URLs and URIs as the values of 6.2 need them: judged as they stand, never repaired.

use fluent_uri::UriRef;
use fluent_uri::component::Authority;
use fluent_uri::pct_enc::EStr;
use thiserror::Error;

/// Why a value is not the URL or URI that its element asks for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriFlaw {
    /// A `mailto:` address that RFC 2822 does not have; which of them, counted from 1.
    #[error("address {0} is not valid")]
    Address(usize),
    /// The null string.
    #[error("it is empty")]
    Empty,
    /// A fragment, which belongs to a reference and not to a URI (RFC 2396, 4.1).
    #[error("it has a fragment")]
    Fragment,
    /// A host is needed after `//` and is not there, as in `http:/author.com`.
    #[error("it has no host")]
    NoHost,
    /// A port above 65535.
    #[error("its port is above 65535")]
    Port,
    /// No scheme at all: a relative reference or a mere word.
    #[error("it is not absolute: it has no scheme")]
    Relative,
    /// A scheme that the element does not know.
    #[error("its scheme is `{0}`")]
    Scheme(String),
    /// `mailto://`, which has a host where addresses belong.
    #[error("`mailto:` is followed by `//`")]
    SlashedMailto,
    /// A byte that may not stand where it stands; its place in the value.
    #[error("it is no URI from byte {0} on")]
    Syntax(usize),
}

/// An absolute URL in its parts, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// The scheme, in the letter case it came in.
    pub scheme: &'a str,
    /// User information before the host.
    pub userinfo: Option<&'a str>,
    /// The host, an IPv6 address with its brackets.
    pub host: Option<&'a str>,
    /// The port; `None` where there is none or it is empty.
    pub port: Option<u16>,
    /// The path, escapes and all.
    pub path: &'a str,
    /// The query, without its `?`.
    pub query: Option<&'a str>,
    /// The fragment, without its `#`.
    pub fragment: Option<&'a str>,
}

impl Url<'_> {
    /// Whether the scheme is this one, in any letter case.
    #[must_use]
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

/// Splits an absolute URL (RFC 3986's grammar; the transfer schemes need a host, and ports end at 65535).
///
/// # Errors
/// What is wrong with it, if it is none.
pub fn absolute_url(value: &str) -> Result<Url<'_>, UriFlaw> {
    if value.is_empty() {
        return Err(UriFlaw::Empty);
    }
    let uri = UriRef::parse(value).map_err(|error| match scheme_end(value) {
        None => UriFlaw::Relative,
        Some(_) => UriFlaw::Syntax(error.index()),
    })?;
    let scheme = uri.scheme().ok_or(UriFlaw::Relative)?.as_str();
    let authority = uri.authority();
    let host = authority.as_ref().map(Authority::host).filter(|host| !host.is_empty());
    if host.is_none() && is_transfer_scheme(scheme) {
        return Err(UriFlaw::NoHost);
    }
    let port = authority.as_ref().map(Authority::port_to_u16).transpose();
    let port = port.map_err(|_| UriFlaw::Port)?.flatten();
    Ok(Url {
        scheme,
        userinfo: authority.as_ref().and_then(Authority::userinfo).map(EStr::as_str),
        host,
        port,
        path: uri.path().as_str(),
        query: uri.query().map(EStr::as_str),
        fragment: uri.fragment().map(EStr::as_str),
    })
}

/// A package-url (6.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageUrl<'a> {
    /// Its parts.
    pub url: Url<'a>,
    /// The last segment of the path; empty where the path ends with a slash.
    pub file_name: &'a str,
    /// What follows the last full stop of the file name; its absence is tolerated.
    pub extension: Option<&'a str>,
}

/// Splits a package-url: `http`, `https`, `ftp` or `ftps`, with the file name last in the path (6.2.7, 5; R-11).
///
/// # Errors
/// What is wrong with it; a missing file name or extension is not.
pub fn package_url(value: &str) -> Result<PackageUrl<'_>, UriFlaw> {
    let url = absolute_url(value)?;
    if !is_transfer_scheme(url.scheme) {
        return Err(UriFlaw::Scheme(url.scheme.to_owned()));
    }
    let last = url.path.rsplit('/').next().unwrap_or_default();
    let file_name = last.split(';').next().unwrap_or_default();
    let extension =
        file_name.rsplit_once('.').filter(|(stem, extension)| !stem.is_empty() && !extension.is_empty());
    Ok(PackageUrl { url, file_name, extension: extension.map(|(_, extension)| extension) })
}

/// Where a package-id takes its namespace from (6.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The URL of a product or service, as the specification asks for.
    Url,
    /// `urn:uuid:`, tolerated.
    UrnUuid,
    /// Some other URI.
    Other,
}

/// A package-id (6.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageId<'a> {
    /// The scheme, in the letter case it came in.
    pub scheme: &'a str,
    /// The kind of its namespace.
    pub namespace: Namespace,
}

/// Judges a package-id as an absolute URI by RFC 2396, whose authority may be a registered name (3.2.1): later
/// grammars refuse the specification's own sample.
///
/// # Errors
/// What is wrong with it, if it is none.
pub fn package_id(value: &str) -> Result<PackageId<'_>, UriFlaw> {
    if value.is_empty() {
        return Err(UriFlaw::Empty);
    }
    let end = scheme_end(value).ok_or(UriFlaw::Relative)?;
    let (scheme, rest) = (&value[..end], &value[end + 1..]);
    let authority = authority_2396(rest);
    check_2396(value, end + 1, authority)?;
    let lower = scheme.to_ascii_lowercase();
    let namespace = match lower.as_str() {
        "http" | "https" | "ftp" | "ftps" if authority.is_none_or(str::is_empty) => {
            return Err(UriFlaw::NoHost);
        }
        "http" | "https" | "ftp" | "ftps" => Namespace::Url,
        "urn" if is_uuid_urn(rest) => Namespace::UrnUuid,
        _ => Namespace::Other,
    };
    Ok(PackageId { scheme, namespace })
}

fn authority_2396(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix("//")?;
    after.split(['/', '?', '#']).next()
}

/// Checks the characters behind the scheme: RFC 2396's `uric`, with `[` and `]` round an IPv6 host (RFC 2732).
fn check_2396(value: &str, start: usize, authority: Option<&str>) -> Result<(), UriFlaw> {
    let bytes = value.as_bytes();
    if start == bytes.len() {
        return Err(UriFlaw::Syntax(start));
    }
    let host = authority.filter(|name| name.starts_with('[')).and_then(|name| name.find(']'));
    let brackets = host.map(|close| [start + 2, start + 2 + close]);
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        let legal = match byte {
            b'#' => return Err(UriFlaw::Fragment),
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)),
            b'[' | b']' => brackets.is_some_and(|pair| pair.contains(&at)),
            other => other.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,".contains(other),
        };
        if !legal {
            return Err(UriFlaw::Syntax(at));
        }
    }
    Ok(())
}

fn is_uuid_urn(rest: &str) -> bool {
    let Some((head, uuid)) = rest.split_at_checked(5) else { return false };
    let shape: String = uuid.chars().map(|c| if c.is_ascii_hexdigit() { 'h' } else { c }).take(40).collect();
    head.eq_ignore_ascii_case("uuid:") && shape == "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
}

/// Where the `:` of the scheme stands, if the value starts with one (RFC 2396, 3.1).
fn scheme_end(value: &str) -> Option<usize> {
    let colon = value.find(':')?;
    let scheme = &value.as_bytes()[..colon];
    let rest = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    (scheme.first()?.is_ascii_alphabetic() && scheme.iter().all(rest)).then_some(colon)
}

/// Whether packages are fetched by this scheme (5).
fn is_transfer_scheme(scheme: &str) -> bool {
    ["http", "https", "ftp", "ftps"].into_iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Judge = fn(&str) -> Option<UriFlaw>;

    fn check(input: (Judge, &str), expected: &UriFlaw) {
        assert_eq!(input.0(input.1).as_ref(), Some(expected), "{:?}", input.1);
    }

    #[test]
    fn an_absolute_url_is_split_and_not_repaired() {
        let parts = Url {
            scheme: "HTTP",
            userinfo: Some("u:p"),
            host: Some("Author.com"),
            port: Some(8080),
            path: "/a/../%7Eb",
            query: Some("x=1"),
            fragment: None,
        };
        assert_eq!(absolute_url("HTTP://u:p@Author.com:8080/a/../%7Eb?x=1"), Ok(parts));
        assert_eq!(absolute_url("http://[::1]/").map(|url| url.host), Ok(Some("[::1]")));
        assert_eq!(absolute_url("http://h:").map(|url| url.port), Ok(None));
    }

    #[test]
    fn what_is_no_absolute_url_is_told_apart() {
        for (value, flaw) in [
            ("", UriFlaw::Empty),
            ("/pens.cgi", UriFlaw::Relative),
            ("//author.com/pens", UriFlaw::Relative),
            ("author.com/pens", UriFlaw::Relative),
            ("name@domain.com", UriFlaw::Relative),
            ("not a url", UriFlaw::Relative),
            ("http:/author.com", UriFlaw::NoHost),
            ("http://", UriFlaw::NoHost),
            ("https://:80/x", UriFlaw::NoHost),
            ("http:author.com", UriFlaw::NoHost),
            ("http://h:99999/", UriFlaw::Port),
            ("http://h/a b", UriFlaw::Syntax(10)),
            ("http://h/\u{e9}", UriFlaw::Syntax(9)),
            ("http://h/%zz", UriFlaw::Syntax(9)),
            ("http://h/\0", UriFlaw::Syntax(9)),
            ("C:\\courses\\a.zip", UriFlaw::Syntax(2)),
        ] {
            check((|value| absolute_url(value).err(), value), &flaw);
        }
    }

    #[test]
    fn a_package_url_has_one_of_four_schemes_and_a_file_name() {
        for (value, name, extension) in [
            ("http://myauthoringtool/mycontentpackage.zip", "mycontentpackage.zip", Some("zip")),
            ("FTPS://h/a/B.ZIP", "B.ZIP", Some("ZIP")),
            ("https://h/a.zip?sig=%2F.x/y", "a.zip", Some("zip")),
            ("ftp://u:p@h/a.zip;type=i", "a.zip", Some("zip")),
            ("http://h/download", "download", None),
            ("http://h/", "", None),
            ("http://h/.zip", ".zip", None),
            ("http://h.example.com", "", None),
        ] {
            let url = package_url(value).unwrap();
            assert_eq!((url.file_name, url.extension), (name, extension), "{value}");
        }
        check((|value| package_url(value).err(), "file:///a.zip"), &UriFlaw::Scheme("file".into()));
        check((|value| package_url(value).err(), "C:/a.zip"), &UriFlaw::Scheme("C".into()));
        check((|value| package_url(value).err(), "packages/a.zip"), &UriFlaw::Relative);
    }

    #[test]
    fn a_package_id_is_a_uri_by_rfc_2396() {
        for (value, namespace) in [
            ("http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc", Namespace::Url),
            ("http://www.author.com:994646572378864600-1085069139609", Namespace::Url),
            ("HTTPS://h/id?x=1", Namespace::Url),
            ("http://[::1]:8080/x", Namespace::Url),
            ("urn:uuid:2631e419-1573-4720-b4c6-8701f960dccc", Namespace::UrnUuid),
            ("URN:UUID:2631E419-1573-4720-B4C6-8701F960DCCC", Namespace::UrnUuid),
            ("urn:isbn:0451450523", Namespace::Other),
            ("tag:author.com,2005:1", Namespace::Other),
        ] {
            assert_eq!(package_id(value).map(|id| id.namespace), Ok(namespace), "{value}");
        }
    }

    #[test]
    fn what_is_no_package_id_is_told_apart() {
        for (value, flaw) in [
            ("", UriFlaw::Empty),
            ("2631e419-1573-4720-b4c6-8701f960dccc", UriFlaw::Relative),
            ("{2631e419-1573-4720-b4c6-8701f960dccc}", UriFlaw::Relative),
            ("my course", UriFlaw::Relative),
            ("//myurl.com/1", UriFlaw::Relative),
            ("1x:2", UriFlaw::Relative),
            ("http:", UriFlaw::Syntax(5)),
            ("http:1", UriFlaw::NoHost),
            ("http:///1", UriFlaw::NoHost),
            ("http://h/a b", UriFlaw::Syntax(10)),
            ("http://h/[1]", UriFlaw::Syntax(9)),
            ("http://h/%4", UriFlaw::Syntax(9)),
            ("http://h/#1", UriFlaw::Fragment),
        ] {
            check((|value| package_id(value).err(), value), &flaw);
        }
    }

    #[test]
    fn hostile_values_are_judged_in_linear_time() {
        for value in ["a".repeat(1_000_000), "\0".repeat(100_000), "/".repeat(100_000)] {
            let judged = [absolute_url(&value).err(), package_id(&value).err(), package_url(&value).err()];
            assert_eq!(judged, [const { Some(UriFlaw::Relative) }; 3]);
        }
    }

    #[test]
    fn brackets_of_a_package_id_stand_round_its_host_alone() {
        assert!(package_id("http://[::1]/course-1").is_ok());
        assert_eq!(package_id("http://[::1]/a[1"), Err(UriFlaw::Syntax(14)));
        assert_eq!(package_id("http://[::1]/a]1"), Err(UriFlaw::Syntax(14)));
        assert_eq!(package_id("http://h[::1]/"), Err(UriFlaw::Syntax(8)));
    }

    #[test]
    fn an_escape_in_a_package_id_has_two_digits() {
        assert!(package_id("http://h/%4Fx").is_ok());
        for wrong in
            ["http://h/%", "http://h/%4", "http://h/%4g", "http://h/%g4", "http://h/a%%41", "http://h/%1%4F"]
        {
            assert_eq!(package_id(wrong).err(), wrong.find('%').map(UriFlaw::Syntax), "{wrong}");
        }
    }

    #[test]
    fn the_namespace_of_a_urn_is_uuid_or_another() {
        let namespace = |value: &str| package_id(value).map(|id| id.namespace);
        let uuid = "2631e419-1573-4720-b4c6-8701f960dccc";
        assert_eq!(namespace(&format!("urn:uuid:{uuid}")), Ok(Namespace::UrnUuid));
        assert_eq!(namespace(&format!("urn:UUID:{uuid}")), Ok(Namespace::UrnUuid));
        for other in [format!("urn:other:{uuid}"), format!("urn:guid:{uuid}"), format!("urn:uuid:{uuid}0")] {
            assert_eq!(namespace(&other), Ok(Namespace::Other), "{other}");
        }
    }
}
