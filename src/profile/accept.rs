//! Failures that an operator knows and bears for a while: each with its reason and its last day.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A failure that does not count for the exit status; it still counts for the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accepted {
    /// The requirement that fails.
    pub requirement: String,
    /// The cases in which it does: an id or a glob; `*` alone is every case.
    pub scenario: String,
    /// Why it is borne, such as the number of a ticket.
    pub reason: String,
    /// The last day on which it is borne (UTC), such as 2027-03-01.
    pub until: Day,
}

/// A day, written `2027-03-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

/// The text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad date {0:?}: write year, month and day, such as 2027-03-01")]
pub struct DayError(String);

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self);
        day.filter(|day| day.to_string() == text).ok_or_else(|| DayError(text.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_full() {
        for (text, is_day) in [
            ("2027-03-01", true),
            ("2027-3-1", false),
            ("2027-02-30", false),
            ("01.03.2027", false),
            ("+2027-03-01", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Day>().map(|day| day.to_string()).ok().as_deref() == Some(text), is_day);
        }
    }
}
