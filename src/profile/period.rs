//! A duration as people write it in files: a whole number and a unit, `500ms`, `3s`, `5m` or `2h`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The longest period that is taken: a day. A longer one is a slip of the pen.
const LONGEST: Duration = Duration::from_hours(24);

/// A length of time, written `500ms`, `3s`, `5m` or `2h`; from nothing (`0s`) to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub Duration);

/// The text is not a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// There is no whole number in front, or no unit behind it, or something else besides.
    #[error("bad duration {0:?}: write a whole number and a unit without a space, such as 500ms, 3s or 5m")]
    Shape(String),
    /// The period is longer than a day.
    #[error("bad duration {0:?}: a day (24h) is the longest")]
    TooLong(String),
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let shape = || PeriodError::Shape(text.to_owned());
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(shape)?;
        let (number, unit) = text.split_at(unit_at);
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(shape()),
        };
        if number.is_empty() {
            return Err(shape());
        }
        let total = number.parse().ok().and_then(|number: u64| number.checked_mul(milliseconds));
        match total.map(Duration::from_millis) {
            Some(duration) if duration <= LONGEST => Ok(Self(duration)),
            Some(_) | None => Err(PeriodError::TooLong(text.to_owned())),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            0 => f.write_str("0s"),
            hours if hours.is_multiple_of(3_600_000) => write!(f, "{}h", hours / 3_600_000),
            minutes if minutes.is_multiple_of(60_000) => write!(f, "{}m", minutes / 60_000),
            seconds if seconds.is_multiple_of(1000) => write!(f, "{}s", seconds / 1000),
            milliseconds => write!(f, "{milliseconds}ms"),
        }
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Period {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<u64, &str>) {
        let read = text.parse::<Period>().map(|period| period.0.as_millis());
        let read = read.map_err(|error| error.to_string());
        assert_eq!(read, expected.map(u128::from).map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn a_period_is_a_whole_number_and_a_unit() {
        check("3s", Ok(3000));
        check("500ms", Ok(500));
        check("5m", Ok(300_000));
        check("24h", Ok(86_400_000));
        check("0s", Ok(0));
        let shape = |text: &str| {
            format!(
                "bad duration {text:?}: write a whole number and a unit without a space, such as 500ms, 3s or 5m"
            )
        };
        for text in ["", "3", "s", "3 s", "-3s", "+3s", "1.5s", "3S", "3sec", " 3s", "3s ", "٣s", "3\u{1b}"]
        {
            check(text, Err(&shape(text)));
        }
        for text in ["25h", "86400001ms", "99999999999999999999s", "18446744073709551615h"] {
            check(text, Err(&format!("bad duration {text:?}: a day (24h) is the longest")));
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for milliseconds in [0, 1, 999, 1000, 1500, 60_000, 61_000, 3_600_000, 86_400_000] {
            let period = Period(Duration::from_millis(milliseconds));
            assert_eq!(period.to_string().parse(), Ok(period));
        }
    }
}
