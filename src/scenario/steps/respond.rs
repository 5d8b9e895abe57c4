//! `respond`: the answer to what the subject will send, right or wrong on purpose.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::expect::ErrorCode;
use crate::mock::answer::Answer;
use crate::pens::{Code, FieldName};
use crate::scenario::player::{Answers, CutShort, Mock, Play};
use crate::scenario::wrong::Wrong;

/// How what the subject sends is answered from now on: a client's collects, or a target's receipts of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Respond {
    /// The code, 0 when left out.
    #[serde(default)]
    pub error: Option<ErrorCode>,
    /// The text that goes with it.
    #[serde(default)]
    pub error_text: Option<String>,
    /// What stands in pens-data.
    #[serde(default)]
    pub pens_data: Option<String>,
    /// The body byte for byte, in place of all that the other keys would make.
    #[serde(default)]
    pub raw: Option<String>,
    /// What is wrong with the bytes.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
    /// The reply with which the mailboxes of the transaction are refused: 421, 451, 550.
    #[serde(default, deserialize_with = "refusal")]
    #[schemars(range(min = 400, max = 599))]
    pub mail: Option<u16>,
    /// The transaction, by the name that its `stage` gave it; the last one when left out.
    #[serde(default)]
    pub of: Option<String>,
}

fn refusal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let reply = u16::deserialize(deserializer)?;
    if (400..=599).contains(&reply) {
        return Ok(Some(reply));
    }
    Err(de::Error::custom(format!("bad SMTP reply {reply}: 4xx refuses for now, 5xx for good")))
}

impl Respond {
    /// Tells the mock how to answer.
    pub(in crate::scenario) fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        match &play.hand.mock {
            Mock::Client(client) => {
                let client = Arc::clone(client);
                let begun = &play.transaction(self.of.as_deref())?.begun;
                client.acknowledge_with(begun, self.answer("receipt").written());
                if let Some(reply) = self.mail {
                    client.refuse_mail(begun, reply);
                }
            }
            Mock::Target(reception, _) => {
                reception.answer_with(play.door()?, self.answer("collect"));
                play.answers = Answers::AsTold;
            }
        }
        Ok(())
    }

    fn answer(&self, to: &str) -> Answer {
        let code = self.error.and_then(|code| u16::try_from(code.0).ok()).map_or(Code::NO_ERROR, Code);
        let usual = match (code, code.known()) {
            (Code::NO_ERROR, _) => format!("{to} command received and understood"),
            (_, Some(row)) => row.name.to_owned(),
            (_, None) => format!("{to} command refused"),
        };
        let mut answer = Answer::new(code, self.error_text.as_deref().unwrap_or(&usual));
        if let (Some(data), Some(field)) = (&self.pens_data, answer.response.get_mut(FieldName::PensData)) {
            field.value = data.clone().into_bytes();
        }
        answer.body = self.raw.clone().map(String::into_bytes);
        for wrong in &self.wrong {
            wrong.apply_to_answer(&mut answer);
        }
        answer
    }
}
