//! An ftp or ftps address, split as given (RFC 1738, 3.2).

use percent_encoding::percent_decode_str;

use crate::wire::http::{self, AddressError};

/// The port at which servers speak TLS from the first byte; at others they may wait to be asked for it.
pub(super) const IMPLICIT: u16 = 990;

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the control connection is to be secured.
    pub is_secured: bool,
    /// The host as given, an IPv6 address without its brackets.
    pub host: String,
    /// The same, also where the host has been looked up since: what a certificate must be for.
    pub name: String,
    /// The port given, or the scheme's own.
    pub port: u16,
    /// The directories to change to, decoded; none for a file in the first.
    pub directories: Vec<Vec<u8>>,
    /// The file, decoded.
    pub file: Vec<u8>,
}

impl Address {
    /// Splits an absolute ftp or ftps address; credentials in it are left out.
    ///
    /// # Errors
    /// When it is of another scheme, or its host or port cannot be connected to.
    pub fn of(url: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        let (is_secured, usual) = match scheme.to_ascii_lowercase().as_str() {
            "ftp" => (false, 21),
            "ftps" => (true, IMPLICIT),
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        // Host, port and path of either scheme are written as those of http are.
        let split = http::Address::of(&format!("http:{rest}"))?;
        let names_port = split
            .authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
        let path = String::from_utf8_lossy(&split.target).into_owned();
        let path = path.split(";type=").next().unwrap_or_default();
        let mut segments: Vec<Vec<u8>> = path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).collect())
            .collect();
        let file = segments.pop().unwrap_or_default();
        let port = if names_port { split.port } else { usual };
        let name = split.host.clone();
        Ok(Self { is_secured, host: split.host, name, port, directories: segments, file })
    }

    /// Whether a part of it cannot stand in a line of the dialogue.
    #[must_use]
    pub fn breaks_lines(&self) -> bool {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        self.directories.iter().chain([&self.file]).any(|part| part.iter().any(is_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: (&str, u16, &[&str], &str)) {
        let address = Address::of(url).unwrap();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        let directories: Vec<String> = address.directories.iter().map(text).collect();
        let read: Vec<&str> = directories.iter().map(String::as_str).collect();
        assert_eq!((&*address.host, address.port, &*read, &*text(&address.file)), expected, "{url}");
    }

    #[test]
    fn an_address_is_split_and_decoded() {
        check("ftp://a.example/p.zip", ("a.example", 21, &[], "p.zip"));
        check("FTP://u:p@a.example:2121/x/y%20z/p.zip;type=i", ("a.example", 2121, &["x", "y z"], "p.zip"));
        check("ftps://[::1]/p.zip", ("::1", 990, &[], "p.zip"));
        check("ftps://[::1]:80/p.zip", ("::1", 80, &[], "p.zip"));
        assert!(Address::of("ftps://a/p").unwrap().is_secured);
        assert!(Address::of("ftp://a/x%0d%0aQUIT/p").unwrap().breaks_lines());
    }

    #[test]
    fn another_scheme_is_no_address() {
        for url in ["http://a/p.zip", "file:///p.zip", "", "ftp:p.zip", "ftp:///p.zip"] {
            assert!(Address::of(url).is_err(), "{url}");
        }
    }
}
