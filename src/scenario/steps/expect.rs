//! `expect`: what the author of a scenario wants beyond the catalogue.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::pens::Response;
use crate::profile::period::Period;
use crate::scenario::one_or_many::OneOrMany;
use crate::scenario::player::{CutShort, Play};
use crate::transcript::bytes::escape;
use crate::transcript::entry::{Met, Role, What};
use crate::transcript::{Evidence, Exchange, Transaction};

/// What is expected: of a target's answer to the collect, of a client's to the receipt or alert that was sent last. Every
/// key that is there has to be met.
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
    /// How many have to come by now: receipts and alerts of a target, collects of a client.
    #[serde(default)]
    pub count: Option<u32>,
    /// The transaction, by the name that its `stage` or `trigger` gave it; the last one when left out.
    #[serde(default)]
    pub of: Option<String>,
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

impl Expect {
    /// Notes what the author wants beyond the catalogue, and what there was.
    pub(in crate::scenario) fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let transaction = match &play.door {
            Some(_) => match play.heard_of(self.of.as_deref())? {
                Some(heard) => heard.transaction.clone(),
                None => return Ok(()),
            },
            None => play.transaction(self.of.as_deref())?.begun.transaction.clone(),
        };
        let evidence = play.recorder().transcript().evidence();
        let Some(held) = Held::of(&evidence, &transaction) else { return Ok(()) };
        for (expected, received) in self.compare(&held) {
            let met = match &received {
                None => Met::NoEvidence,
                Some(received) if *received == expected => Met::Met,
                Some(_) => Met::Unmet,
            };
            let received = received.unwrap_or_else(|| "no answer".to_owned());
            let (scenario, transaction) = (play.scenario.clone(), transaction.clone());
            play.recorder().append(What::Expects { scenario, transaction, expected, received, met });
        }
        Ok(())
    }

    /// Whether it speaks of an answer: of a client, that to a receipt or an alert.
    pub(in crate::scenario) fn is_about_an_answer(&self) -> bool {
        Expect { of: None, count: None, ..self.clone() } != Expect::default()
    }

    /// Each expectation in words, and what there was in the same words.
    fn compare(&self, held: &Held<'_>) -> Vec<(String, Option<String>)> {
        let answer = held.response();
        let mut compared = Vec::new();
        if !self.error.is_empty() {
            let code = answer.as_ref().and_then(Response::error).map(std::borrow::Cow::into_owned);
            compared.push(self.compare_code(code));
        }
        if let Some(text) = &self.error_text {
            let received = answer
                .as_ref()
                .and_then(Response::error_text)
                .map(|text| format!("error-text={}", escape(text.as_bytes())));
            compared.push((format!("error-text={}", escape(text.as_bytes())), received));
        }
        if let Some(body) = &self.body {
            let received = held.answered.and_then(Exchange::payload);
            compared.push((escape(body.as_bytes()), received.map(|received| differ(body, &received))));
        }
        if let Some(count) = self.count {
            compared.push((
                format!("{count} {}", held.counted),
                Some(format!("{} {}", held.count, held.counted)),
            ));
        }
        if let Some(within) = self.within {
            let expected = format!("an answer within {}", within.0.as_secs_f64());
            compared.push((expected, held.answered_within(within.0)));
        }
        compared
    }

    fn compare_code(&self, code: Option<String>) -> (String, Option<String>) {
        let expected = self.error.iter().map(|code| code.0.to_string()).collect::<Vec<_>>();
        let words = format!("error={}", expected.join(" or "));
        let received = code.map(|code| {
            if expected.contains(&code) {
                words.clone()
            } else {
                format!("error={}", escape(code.as_bytes()))
            }
        });
        (words, received)
    }
}

/// What expectations are held against.
struct Held<'a> {
    /// A target's answer to the collect, or a client's to the receipt or alert that was sent last.
    answered: Option<&'a Exchange>,
    count: usize,
    /// What is counted: what the subject sent by itself.
    counted: &'static str,
}

impl<'a> Held<'a> {
    fn of(evidence: &'a Evidence, transaction: &str) -> Option<Self> {
        let seen = evidence.transactions.iter().find(|seen| seen.begun.transaction == transaction)?;
        Some(match evidence.header.role {
            Role::Target => {
                Self { answered: seen.answered(), count: seen.callbacks.len(), counted: "callbacks" }
            }
            Role::Client => {
                let is_here = |other: &&Transaction| other.begun.scenario == seen.begun.scenario;
                Self {
                    answered: seen.callbacks.last().map(|callback| &callback.exchange),
                    count: evidence.transactions.iter().filter(is_here).count(),
                    counted: "collects",
                }
            }
        })
    }

    /// The answer as PENS, when all of it came.
    fn response(&self) -> Option<Response> {
        let answered = self.answered?;
        answered.complete_response()?;
        Some(Response::read(&answered.payload()?).0)
    }

    fn answered_within(&self, within: Duration) -> Option<String> {
        let exchange = self.answered?;
        let took = exchange.response.as_ref()?.last_byte_us.saturating_sub(exchange.request.first_byte_us);
        let took = Duration::from_micros(took);
        let told = if took <= within { within } else { took };
        Some(format!("an answer within {}", told.as_secs_f64()))
    }
}

/// The body itself when it is the one expected, else the lines in which it differs, line ends visible.
fn differ(expected: &str, received: &[u8]) -> String {
    let visible = |bytes: &[u8]| {
        bytes.split_inclusive(|byte| *byte == b'\n').map(escape).collect::<Vec<_>>().join("\n")
    };
    if expected.as_bytes() == received {
        return escape(received);
    }
    let (old, new) = (visible(expected.as_bytes()), visible(received));
    similar::TextDiff::from_lines(&old, &new).unified_diff().header("expected", "received").to_string()
}
