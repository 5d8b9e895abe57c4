//! Where penspec listens, and what peers are told instead.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

// An address is a value; what is done with it is not done here.
use core::net::SocketAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where penspec listens, transport by transport.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Listen {
    /// For HTTP: an IP address of this machine and a port; port 0 takes any free one.
    pub http: ListenAt,
    /// For HTTPS: an IP address of this machine and a port, or off; port 0 takes any free one.
    pub https: Port,
    /// For mail: an IP address of this machine and a port; `off` leaves what comes by mail untested.
    pub smtp: Port,
    /// For FTP, over which packages are offered to an LMS; `off` leaves what is about FTP untested. Left out, it is off
    /// for an LMS on another machine.
    pub ftp: Port,
    /// The ports of FTP's data connections, `50000-50020`; any free one when left out.
    pub ftp_passive: Option<PortRange>,
}

/// What the subject is told, transport by transport.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Advertise {
    /// For HTTP: a URL, or a host and a port, that the subject can connect to; an https URL is that of a tunnel.
    pub http: Option<String>,
    /// For HTTPS: a URL, or a host and a port; where no port is listened on for HTTPS, that of a tunnel to the one for HTTP.
    pub https: Option<String>,
    /// For FTP: a URL, or a host and a port, that the subject can connect to.
    pub ftp: Option<String>,
    /// For mail: the domain of the mailboxes; its mail has to be handed over where `listen.smtp` says.
    pub mail_domain: Option<String>,
}

/// A range of ports, the last one included: `50000-50020`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The first, not 0.
    first: u16,
    /// The last, no smaller than the first.
    last: u16,
}

/// The text is no range of ports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write the first and the last port with a hyphen between them, such as 50000-50020")]
pub struct PortRangeError;

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAt(pub SocketAddr);

/// An address to listen on, or none: `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// It is not listened for.
    Off,
    /// It is listened for here.
    At(ListenAt),
}

/// The text is no address to listen on, and not `off`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "write an IP address of this machine and a port, such as 127.0.0.1:8080, or off; port 0 takes any free one"
)]
pub struct PortError;

/// The text is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write an IP address of this machine and a port, such as 127.0.0.1:8080; port 0 takes any free one")]
pub struct ListenError;

impl Default for ListenAt {
    fn default() -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

impl FromStr for ListenAt {
    type Err = ListenError;

    /// `localhost` stands for 127.0.0.1.
    fn from_str(text: &str) -> Result<Self, ListenError> {
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        numeric.as_deref().unwrap_or(text).parse().map(Self).map_err(|_| ListenError)
    }
}

impl fmt::Display for ListenAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ListenAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ListenAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            let message =
                "HTTP cannot be off: packages are offered over it, and receipts and alerts come by it";
            return Err(de::Error::custom(message));
        }
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ListenAt {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ListenAt".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^.+:[0-9]+$" })
    }
}

impl Default for Port {
    fn default() -> Self {
        Self::At(ListenAt::default())
    }
}

impl FromStr for Port {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| PortError)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(at) => at.fmt(f),
        }
    }
}

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Port {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(off|.+:[0-9]+)$" })
    }
}

impl PortRange {
    /// The ports.
    #[must_use]
    pub fn ports(self) -> std::ops::RangeInclusive<u16> {
        self.first..=self.last
    }
}

impl FromStr for PortRange {
    type Err = PortRangeError;

    fn from_str(text: &str) -> Result<Self, PortRangeError> {
        let (first, last) = text.split_once('-').ok_or(PortRangeError)?;
        let number = |text: &str| text.trim().parse::<u16>().map_err(|_| PortRangeError);
        let (first, last) = (number(first)?, number(last)?);
        if first == 0 || last < first { Err(PortRangeError) } else { Ok(Self { first, last }) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl Serialize for PortRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PortRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for PortRange {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PortRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+-[0-9]+$" })
    }
}
