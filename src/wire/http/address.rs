//! An absolute http or https address, split as given; nothing is repaired.

use thiserror::Error;

/// Where to connect and what to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The scheme in lower case.
    pub scheme: String,
    /// What stood before `@`, as given.
    pub userinfo: Option<String>,
    /// The host as given, an IPv6 address without its brackets.
    pub host: String,
    /// The port given, or the scheme's own.
    pub port: u16,
    /// Host and port as given, without userinfo: the value of a Host header.
    pub authority: String,
    /// Path and query as given; `/` stands for an empty path; a fragment is dropped.
    pub target: Vec<u8>,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// There is nothing.
    #[error("the address is empty")]
    Empty,
    /// It does not start with a scheme and `//`.
    #[error("`{0}` is not an absolute address; it must start with http:// or https://")]
    Relative(String),
    /// Its scheme is not spoken here.
    #[error("the scheme `{0}` is not supported here; use http or https")]
    Scheme(String),
    /// It holds a control character.
    #[error("the address holds a control character at byte {0}")]
    Control(usize),
    /// It names no host.
    #[error("`{0}` names no host")]
    NoHost(String),
    /// Its host cannot be one.
    #[error("`{0}` is not a host")]
    Host(String),
    /// Its port is not a number from 1 to 65535.
    #[error("`{0}` is not a port; use a number from 1 to 65535")]
    Port(String),
}

impl Address {
    /// Splits an absolute http or https address.
    ///
    /// # Errors
    /// When it is empty, relative, of another scheme, or its host or port cannot be connected to.
    pub fn of(url: &str) -> Result<Self, AddressError> {
        if url.is_empty() {
            return Err(AddressError::Empty);
        }
        if let Some(at) = url.bytes().position(|byte| byte.is_ascii_control()) {
            return Err(AddressError::Control(at));
        }
        let (scheme, rest) = split_scheme(url)?;
        let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (userinfo, authority) = match authority.rsplit_once('@') {
            Some((userinfo, authority)) => (Some(userinfo.to_owned()), authority),
            None => (None, authority),
        };
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(AddressError::NoHost(url.to_owned()));
        }
        let port = read_port(port, if scheme == "https" { 443 } else { 80 })?;
        Ok(Self {
            scheme,
            userinfo,
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            target: read_target(target),
        })
    }
}

impl Address {
    /// Whether TLS is spoken there.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// The host by the name that was given, also where it has been looked up since: what a certificate must be for.
    #[must_use]
    pub fn name(&self) -> &str {
        split_port(&self.authority).map_or(self.host.as_str(), |(name, _)| name)
    }
}

fn split_scheme(url: &str) -> Result<(String, &str), AddressError> {
    let relative = || AddressError::Relative(url.to_owned());
    let (scheme, rest) = url.split_once(':').ok_or_else(relative)?;
    let first = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    if !first || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
        return Err(relative());
    }
    let scheme = scheme.to_ascii_lowercase();
    match (scheme.as_str(), rest.strip_prefix("//")) {
        ("http" | "https", Some(rest)) => Ok((scheme, rest)),
        ("http" | "https", None) => Err(relative()),
        (_, _) => Err(AddressError::Scheme(scheme)),
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    let bad = || AddressError::Host(authority.to_owned());
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(bad)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => Ok((host, None)),
            None => Err(bad()),
            Some(port) => Ok((host, Some(port))),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if host.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}', '[', ']']) {
        return Err(bad());
    }
    Ok((host, port))
}

/// An empty port (`http://host:/`) is the scheme's own, as RFC 3986 has it.
fn read_port(port: Option<&str>, usual: u16) -> Result<u16, AddressError> {
    let Some(digits) = port.filter(|digits| !digits.is_empty()) else { return Ok(usual) };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| plain && *number != 0);
    number.ok_or_else(|| AddressError::Port(digits.to_owned()))
}

fn read_target(target: &str) -> Vec<u8> {
    let target = target.split('#').next().unwrap_or_default();
    if target.starts_with('/') { target.into() } else { format!("/{target}").into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, host: &str, port: u16, target: &str) {
        let address = Address::of(url).unwrap();
        let read = (address.host.as_str(), address.port, std::str::from_utf8(&address.target).unwrap());
        assert_eq!(read, (host, port, target), "{url}");
    }

    #[test]
    fn an_address_is_split_as_given() {
        check("http://a.example", "a.example", 80, "/");
        check("HTTP://A.example:8080/x//y/../z?q=%zz a", "A.example", 8080, "/x//y/../z?q=%zz a");
        check("http://a?x=1#f", "a", 80, "/?x=1");
        check("http://a/é\"b\\c#d", "a", 80, "/é\"b\\c");
        check("http://[::1]:8080/", "::1", 8080, "/");
        check("http://127.0.0.1:/x", "127.0.0.1", 80, "/x");
        check("HTTPS://a/x", "a", 443, "/x");
        check("https://[::1]:8443", "::1", 8443, "/");
        let address = Address::of("http://u:p@x@h:81/").unwrap();
        assert_eq!(
            (address.userinfo.as_deref(), &*address.host, &*address.authority),
            (Some("u:p@x"), "h", "h:81")
        );
    }

    #[test]
    fn an_address_that_cannot_be_used_says_why() {
        for (url, expected) in [
            ("", "the address is empty"),
            ("ftp://a/", "the scheme `ftp` is not supported here; use http or https"),
            ("/pens?x=1", "`/pens?x=1` is not an absolute address; it must start with http:// or https://"),
            ("a.example:80/", "the scheme `a.example` is not supported here; use http or https"),
            ("http:/a/", "`http:/a/` is not an absolute address; it must start with http:// or https://"),
            ("http:///a", "`http:///a` names no host"),
            ("http://:80/a", "`http://:80/a` names no host"),
            ("http://a b/", "`a b` is not a host"),
            ("http://[::1/", "`[::1` is not a host"),
            ("http://[::1]8/", "`[::1]8` is not a host"),
            ("http://a:0/", "`0` is not a port; use a number from 1 to 65535"),
            ("http://a:+80/", "`+80` is not a port; use a number from 1 to 65535"),
            ("http://a:65536/", "`65536` is not a port; use a number from 1 to 65535"),
            ("http://a/\r\nX: y", "the address holds a control character at byte 9"),
        ] {
            assert_eq!(Address::of(url).unwrap_err().to_string(), expected, "{url:?}");
        }
    }
}
