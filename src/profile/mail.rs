//! The mail server that a mock target sends its receipts and alerts through.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::secret::Secret;

/// How a mock target mails; without a server it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Mail {
    /// The mail server, a host and a port; it is spoken to in plain SMTP.
    pub server: Option<HostAndPort>,
    /// The user that the mail server knows us as.
    pub user: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// The address that mails come from, and that replies go to.
    pub from: String,
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAndPort {
    /// The name or the address of the host.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The text is no host and port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a host and a port, such as smtp.example:25")]
pub struct HostError;

impl Default for Mail {
    fn default() -> Self {
        Self { server: None, user: None, password: None, from: "pens@lms.example".to_owned() }
    }
}

impl FromStr for HostAndPort {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let (host, port) = text.rsplit_once(':').ok_or(HostError)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or(HostError)?;
        let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_name = |host: &str| {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        };
        match inside {
            Some(address) if address.parse::<core::net::Ipv6Addr>().is_ok() => {
                Ok(Self { host: address.to_owned(), port })
            }
            None if is_name(host) => Ok(Self { host: host.to_owned(), port }),
            Some(_) | None => Err(HostError),
        }
    }
}

impl fmt::Display for HostAndPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl Serialize for HostAndPort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostAndPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for HostAndPort {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "HostAndPort".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^ ]+:[0-9]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        for text in ["smtp.example:25", "127.0.0.1:2525", "[::1]:25"] {
            assert_eq!(text.parse::<HostAndPort>().map(|read| read.to_string()).as_deref(), Ok(text));
        }
        for text in
            ["", "smtp.example", "smtp.example:", ":25", "a b:25", "smtp://a:25", "a:0", "a:70000", "[a]:25"]
        {
            assert_eq!(text.parse::<HostAndPort>(), Err(HostError), "{text}");
        }
    }
}
