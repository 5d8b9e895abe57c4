//! `expect`: what the author of a scenario wants beyond the catalogue.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::scenario::one_or_many::OneOrMany;
use crate::scenario::period::Period;

/// What is expected; every key that is there has to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// The error code, or the codes of which one has to come.
    #[serde(default)]
    pub error: OneOrMany<ErrorCode>,
    /// The error-text, exactly.
    #[serde(default)]
    pub error_text: Option<String>,
    /// The body, byte for byte.
    #[serde(default)]
    pub body: Option<String>,
    /// The longest time that it may take.
    #[serde(default)]
    pub within: Option<Period>,
    /// How many have to come.
    #[serde(default)]
    pub count: Option<u32>,
}

/// An error code as it is written in files: digits, quoted or not, without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub u32);

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = ErrorCode;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error code")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<ErrorCode, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ErrorCode, E> {
        let code = text.parse::<u32>().ok().filter(|code| code.to_string() == text);
        code.map(ErrorCode)
            .ok_or_else(|| E::custom(format!("bad error code {text:?}: write its digits, such as 2001")))
    }
}

impl JsonSchema for ErrorCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": "^(0|[1-9][0-9]*)$" },
        ] })
    }
}
