//! A secret of the operator's: what refers to it is kept and shown, its value never.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// A secret, such as a password. Only the reference leaves this value in writing.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret {
    reference: String,
    value: String,
}

impl Secret {
    /// A secret and what refers to it, such as `${env:LMS_PASSWORD}`.
    #[must_use]
    pub fn new(reference: &str, value: &str) -> Self {
        Self { reference: reference.to_owned(), value: value.to_owned() }
    }

    /// A secret that stands in the open, as those of our own mocks do.
    #[must_use]
    pub fn literal(value: &str) -> Self {
        Self::new("literal:", value)
    }

    /// The secret itself: for the wire, and for whoever has to mask it. Empty in a profile that was read from a
    /// transcript.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// What refers to it.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

impl From<String> for Secret {
    fn from(reference: String) -> Self {
        Self { reference, value: String::new() }
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.reference)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^literal:|\$\{(env|file):[^}]+\}" })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_as_its_reference() {
        let secret = Secret::new("${env:LMS_PASSWORD}", "hunter2");
        let written = serde_json::to_string(&secret).unwrap();
        assert_eq!(written, r#""${env:LMS_PASSWORD}""#);
        let read: Secret = serde_json::from_str(&written).unwrap();
        assert_eq!((read.reference(), read.reveal()), ("${env:LMS_PASSWORD}", ""));
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
