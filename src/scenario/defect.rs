//! A defect: a single wrong habit that a mock can be given, and the requirement that it has to break.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::Subject;
use super::steps::expect::ErrorCode;
use super::wrong::Wrong;
use crate::mock::target::{self, Heard, Manners, Plan, Saying, To};
use crate::pens::{Code, Element, FieldName};

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
    /// Acts that are left out when the package could not be had.
    SkipAfterFailure(Vec<Act>),
    /// Acts that are done twice.
    Twice(Vec<Act>),
    /// Elements whose values are taken whatever they are; only their absence is noticed.
    Accept(Vec<String>),
    /// Elements that are read as if they were not there.
    Ignore(Vec<String>),
    /// Which of several faults is told.
    Tell(Told),
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
    /// The message is no list of names and values.
    Garbage,
}

/// Which of several faults is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// The one with the lowest code.
    Lowest,
    /// The one with the highest code, as the specification has it.
    Highest,
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
    /// The error code that it tells when the package could not be had.
    #[serde(default)]
    pub error_when_failed: Option<ErrorCode>,
    /// The error code that an alert tells when the receipt could not be delivered.
    #[serde(default)]
    pub error_when_undelivered: Option<ErrorCode>,
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

impl Defect {
    /// The habits as a mock target has them.
    #[must_use]
    pub fn manners(&self) -> Manners {
        let mut manners = Manners::default();
        for habit in &self.habits {
            match habit.clone() {
                Habit::Overlook(names) => {
                    manners.overlooks.extend(names.iter().filter_map(|name| Element::named(name)));
                }
                Habit::Respond(respond) => {
                    manners.habits.push(Box::new(move |heard, plan| respond.apply(heard, plan)));
                }
                Habit::Skip(acts) => {
                    let acts: Vec<_> = acts.into_iter().map(Act::meant).collect();
                    manners.habits.push(Box::new(move |_, plan| plan.acts.retain(|act| !acts.contains(act))));
                }
                Habit::SkipAfterFailure(acts) => {
                    let acts: Vec<_> = acts.into_iter().map(Act::meant).collect();
                    manners.habits.push(Box::new(move |_, plan| plan.left_out_after_failure.extend(&acts)));
                }
                Habit::Twice(acts) => {
                    let acts: Vec<_> = acts.into_iter().map(Act::meant).collect();
                    manners.habits.push(Box::new(move |_, plan| {
                        let again = plan
                            .acts
                            .iter()
                            .flat_map(|act| std::iter::repeat_n(*act, 1 + usize::from(acts.contains(act))));
                        plan.acts = again.collect();
                    }));
                }
                Habit::Ignore(names) => {
                    manners.ignores.extend(names.iter().filter_map(|name| Element::named(name)));
                }
                Habit::Accept(names) => {
                    manners.accepts.extend(names.iter().filter_map(|name| Element::named(name)));
                }
                Habit::Tell(told) => manners.tells = told.meant(),
                Habit::Order(acts) => {
                    let acts: Vec<_> = acts.into_iter().map(Act::meant).collect();
                    manners.habits.push(Box::new(move |_, plan| {
                        plan.acts.sort_by_key(|act| acts.iter().position(|other| other == act));
                    }));
                }
                Habit::ProceedAfterRefusal(acts) => {
                    let acts: Vec<_> = acts.into_iter().map(Act::meant).collect();
                    manners.habits.push(Box::new(move |_, plan| {
                        if is_refusal(plan) {
                            plan.acts.extend(&acts);
                        }
                    }));
                }
                Habit::Receipt(callback) => {
                    manners.habits.push(Box::new(move |_, plan| plan.receipt = callback.saying()));
                }
                Habit::Alert(callback) => {
                    manners.habits.push(Box::new(move |_, plan| plan.alert = callback.saying()));
                }
            }
        }
        manners
    }
}

impl Respond {
    fn apply(&self, heard: &Heard, plan: &mut Plan) {
        if !self.when.holds(heard, plan) {
            return;
        }
        if let Some(error) = self.error.and_then(|code| u16::try_from(code.0).ok()) {
            plan.refuse(Code(error));
        }
        if let Some(text) = &self.error_text {
            set_text(plan, text);
        }
        if let Some(value) = self.echo.as_ref().and_then(|name| heard.command.value(name)) {
            set_text(plan, &format!("received: {value}"));
        }
        for wrong in &self.wrong {
            wrong.apply_to_plan(plan);
        }
    }
}

impl When {
    fn holds(&self, heard: &Heard, plan: &Plan) -> bool {
        match self {
            Self::Always => true,
            Self::Accepted => !is_refusal(plan),
            Self::Refused => is_refusal(plan),
            Self::Get => heard.method == "GET",
            Self::Post => heard.method == "POST",
            Self::Reordered => !is_in_given_order(heard),
            Self::Garbage => heard.command.pairs.iter().all(|pair| pair.bare),
            Self::Without(name) => heard.command.value(name).is_none(),
        }
    }
}

impl Act {
    fn meant(self) -> target::Act {
        match self {
            Self::Answer => target::Act::Answer,
            Self::Fetch => target::Act::Fetch,
            Self::Receipt => target::Act::Receipt,
            Self::Alerts => target::Act::Alerts,
        }
    }
}

impl Told {
    fn meant(self) -> target::Tells {
        match self {
            Self::Lowest => target::Tells::Lowest,
            Self::Highest => target::Tells::Highest,
        }
    }
}

impl Callback {
    fn saying(&self) -> Saying {
        Saying {
            set: self.set.clone().into_iter().collect(),
            omit: self.omit.clone(),
            error: self.error.and_then(number),
            error_when_failed: self.error_when_failed.and_then(number),
            error_when_undelivered: self.error_when_undelivered.and_then(number),
            to: match self.to {
                Destination::Own => To::Own,
                Destination::Receipt => To::Receipt,
                Destination::Alerts => To::Alerts,
            },
        }
    }
}

fn number(code: ErrorCode) -> Option<u16> {
    u16::try_from(code.0).ok()
}

fn is_refusal(plan: &Plan) -> bool {
    plan.response.code() != Some(Code::NO_ERROR)
}

fn set_text(plan: &mut Plan, text: &str) {
    if let Some(field) = plan.response.get_mut(FieldName::ErrorText) {
        field.value = text.as_bytes().to_vec();
    }
}

/// Whether the elements that 6.2 names stand in its order.
fn is_in_given_order(heard: &Heard) -> bool {
    let places = heard
        .command
        .pairs
        .iter()
        .filter_map(|pair| Element::ALL.iter().position(|element| element.name() == pair.name));
    places.is_sorted()
}
