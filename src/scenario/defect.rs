//! A defect: a single wrong habit that a mock can be given, and the requirement that it has to break.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::Subject;
use super::steps::expect::ErrorCode;
use super::wrong::Wrong;

/// A wrong habit of a mock; its file is in fixtures/defects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The stem of its file's name.
    pub name: String,
    /// What is wrong, in one sentence.
    pub title: String,
    /// The role of the mock that has it.
    pub subject: Subject,
    /// The requirements that have to fail; none for a peer that is found out by its silence.
    pub breaks: Vec<String>,
    /// The requirements that may fail or lose their evidence besides.
    pub collateral: Vec<Collateral>,
    /// What the mock does otherwise than it should.
    pub habits: Vec<Habit>,
}

/// A defect as its file has it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DefectFile {
    /// What is wrong, in one sentence.
    pub(super) title: String,
    /// The role of the mock that has it.
    pub(super) subject: Subject,
    /// The requirements that have to fail.
    pub(super) breaks: Vec<String>,
    /// The requirements that may fail or lose their evidence besides.
    #[serde(default)]
    pub(super) collateral: Vec<Collateral>,
    /// What the mock does otherwise than it should.
    pub(super) habits: Vec<Habit>,
}

impl DefectFile {
    /// The defect of that name.
    pub(super) fn named(self, name: &str) -> Defect {
        let Self { title, subject, breaks, collateral, habits } = self;
        Defect { name: name.to_owned(), title, subject, breaks, collateral, habits }
    }
}

/// Requirements that a defect touches besides those that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Collateral {
    /// An id, or a glob over ids: `ERR-20*`.
    pub requirement: String,
    /// Why it cannot be helped.
    pub because: String,
}

/// One thing that a mock does otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// It answers wrongly.
    Respond(Respond),
    /// It does not see what is wrong with these elements.
    Overlook(Vec<String>),
    /// It leaves these acts out.
    Skip(Vec<Act>),
    /// It does its acts in this order.
    Order(Vec<Act>),
    /// It does these acts though it refused the collect.
    ProceedAfterRefusal(Vec<Act>),
    /// It sends wrong receipts.
    Receipt(Callback),
    /// It sends wrong alerts.
    Alert(Callback),
}

/// Which answers are wrong, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Respond {
    /// The commands that are answered wrongly.
    #[serde(default)]
    pub when: When,
    /// The code that is sent instead.
    #[serde(default)]
    pub error: Option<ErrorCode>,
    /// The text that is sent instead.
    #[serde(default)]
    pub error_text: Option<String>,
    /// The element whose value is sent for a text, as it came.
    #[serde(default)]
    pub echo: Option<String>,
    /// What is wrong with the bytes.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// The commands that a habit is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// All of them.
    #[default]
    Always,
    /// Those that are accepted.
    Accepted,
    /// Those that are refused.
    Refused,
    /// Those that come by GET.
    Get,
    /// Those that come by POST.
    Post,
    /// Those whose elements are not in the order of the specification.
    Reordered,
    /// Those that lack this element.
    Without(String),
}

/// What a target does with a collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It answers.
    Answer,
    /// It fetches the package.
    Fetch,
    /// It sends the receipt.
    Receipt,
    /// It sends alerts.
    Alerts,
}

/// What is wrong with a receipt or an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Callback {
    /// Elements with another value.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Elements that are left out.
    #[serde(default)]
    pub omit: Vec<String>,
    /// The code that is sent instead.
    #[serde(default)]
    pub error: Option<ErrorCode>,
    /// The address it is sent to.
    #[serde(default)]
    pub to: Destination,
}

/// The address of a callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// The one that is meant for it.
    #[default]
    Own,
    /// The one for receipts.
    Receipt,
    /// The one for alerts.
    Alerts,
}
