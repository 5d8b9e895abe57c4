//! The habits: each one thing that a mock does otherwise than it should; most are those of a mock target.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::{Acknowledge, Offer, Publish};
use super::when::{When, is_refusal};
use crate::mock::conduct::Conduct;
use crate::mock::mail_manners::MailManners;
use crate::mock::mailer::Mailing;
use crate::mock::manners::{
    Act, BodyPlus, Fetching, Head, IllAcknowledged, Manners, Repeated, Tells, WithoutPassword,
};
use crate::mock::saying::{Binding, Destination, Named, Notation, OwnQuery, Replacement, Saying, Whose};
use crate::mock::target::{Heard, Plan};
use crate::pens::{Code, Element, FieldName};
use crate::profile::Period;
use crate::scenario::model::Subject;
use crate::scenario::steps::expect::ErrorCode;
use crate::scenario::wrong::Wrong;

/// One thing that a mock does otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// It answers wrongly.
    Respond(Respond),
    /// It does not see what is wrong with these elements.
    Overlook(Vec<String>),
    /// Elements whose values are taken whatever they are; only their absence is noticed.
    Accept(Vec<String>),
    /// Elements that are read as if they were not there.
    Ignore(Vec<String>),
    /// Which of several faults is told.
    Tell(Tells),
    /// It leaves these acts out.
    Skip(Vec<Act>),
    /// Acts that are left out when the package could not be had.
    SkipAfterFailure(Vec<Act>),
    /// Acts that are left out when the package was fetched and could not be opened.
    SkipWhenUnopened(Vec<Act>),
    /// Acts that are done twice.
    Twice(Vec<Act>),
    /// It does its acts in this order.
    Order(Vec<Act>),
    /// It does these acts though it refused the collect.
    ProceedAfterRefusal(Vec<Act>),
    /// It fetches packages wrongly.
    Fetch(Fetching),
    /// It sends wrong receipts.
    Receipt(Callback),
    /// It sends wrong alerts.
    Alert(Callback),
    /// It writes and sends mails wrongly.
    Mail(MailManners),
    /// What an acknowledgement of the receipt brings about that is not as it should be.
    IllAcknowledged(IllAcknowledged),
    /// What a HEAD with a collect's query brings about.
    Head(Head),
    /// What the same collect brings about when it comes again.
    Repeated(Repeated),
    /// What a `+` in the body of a collect is kept as, once its answer is found.
    BodyPlus(BodyPlus),
    /// What becomes of a collect without a system-password.
    WithoutPassword(WithoutPassword),
    /// It does not look at what it should look at.
    Disregard(Disregarded),
    /// It sends wrong collects.
    Collect(Publish),
    /// It offers its package wrongly.
    Stage(Offer),
    /// It acknowledges receipts and alerts wrongly.
    Acknowledge(Acknowledge),
}

/// What a mock does not look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disregarded {
    /// Whether system-user-id and system-password are right.
    Credentials,
    /// Whether a package is larger than it may be.
    Quota,
    /// That it has a mail server: it refuses to mail.
    MailServer,
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
    /// How it is bound to HTTP.
    #[serde(default)]
    pub by: Binding,
    /// What becomes of the query that its URL has already.
    #[serde(default)]
    pub query: OwnQuery,
    /// How long it is held back.
    #[serde(default)]
    pub delay: Option<Period>,
    /// Whose package-id it names.
    #[serde(default)]
    pub package_id: Whose,
    /// Whose name it gives as client.
    #[serde(default)]
    pub client: Named,
    /// How it writes package-url-expiry.
    #[serde(default)]
    pub expiry: Notation,
    /// What is replaced in the query or urlencoded body once it is written, byte for byte.
    #[serde(default)]
    pub raw: Vec<Replacement>,
}

impl Habit {
    /// The role of the mock that can have it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Collect(_) | Self::Stage(_) | Self::Acknowledge(_) => Subject::Client,
            Self::Respond(_)
            | Self::Overlook(_)
            | Self::Accept(_)
            | Self::Ignore(_)
            | Self::Tell(_)
            | Self::Skip(_)
            | Self::SkipAfterFailure(_)
            | Self::SkipWhenUnopened(_)
            | Self::Twice(_)
            | Self::Order(_)
            | Self::ProceedAfterRefusal(_)
            | Self::Fetch(_)
            | Self::Receipt(_)
            | Self::Alert(_)
            | Self::IllAcknowledged(_)
            | Self::Head(_)
            | Self::Repeated(_)
            | Self::BodyPlus(_)
            | Self::WithoutPassword(_)
            | Self::Mail(_)
            | Self::Disregard(_) => Subject::Target,
        }
    }

    /// Gives a mock target this habit; one that only a mock client can have changes nothing.
    pub(super) fn spoil_target(self, manners: &mut Manners) {
        match self {
            Self::Respond(respond) => alter(manners, move |heard, plan| respond.apply(heard, plan)),
            Self::Overlook(names) => manners.overlooks.extend(elements(&names)),
            Self::Accept(names) => manners.accepts.extend(elements(&names)),
            Self::Ignore(names) => manners.ignores.extend(elements(&names)),
            Self::Tell(tells) => manners.tells = tells,
            Self::Skip(acts) => alter(manners, move |_, plan| plan.acts.retain(|act| !acts.contains(act))),
            Self::SkipAfterFailure(acts) => {
                alter(manners, move |_, plan| plan.left_out_after_failure.extend(&acts));
            }
            Self::SkipWhenUnopened(acts) => {
                alter(manners, move |_, plan| plan.left_out_when_unopened.extend(&acts));
            }
            Self::Twice(acts) => alter(manners, move |_, plan| plan.acts = doubled(&plan.acts, &acts)),
            Self::Order(acts) => alter(manners, move |_, plan| {
                plan.acts.sort_by_key(|act| acts.iter().position(|other| other == act));
            }),
            Self::ProceedAfterRefusal(acts) => alter(manners, move |_, plan| {
                if is_refusal(plan) {
                    plan.acts.extend(&acts);
                }
            }),
            Self::Fetch(fetching) => alter(manners, move |_, plan| plan.fetching = fetching),
            Self::Receipt(callback) => alter(manners, move |_, plan| plan.receipt = callback.saying()),
            Self::Alert(callback) => alter(manners, move |_, plan| plan.alert = callback.saying()),
            Self::Mail(mails) => manners.mails = mails,
            Self::IllAcknowledged(then) => alter(manners, move |_, plan| plan.ill_acknowledged = then),
            Self::Head(head) => manners.head = head,
            Self::Repeated(repeated) => manners.repeated = repeated,
            Self::BodyPlus(read) => manners.body_plus = read,
            Self::WithoutPassword(without) => manners.without_password = without,
            Self::Disregard(Disregarded::Credentials) => manners.knows = None,
            Self::Disregard(Disregarded::Quota) => manners.quota = None,
            Self::Disregard(Disregarded::MailServer) => manners.mailing = Mailing::Nowhere,
            Self::Collect(_) | Self::Stage(_) | Self::Acknowledge(_) => {}
        }
    }

    /// Gives a mock client this habit; one that only a mock target can have changes nothing.
    pub(super) fn spoil_client(self, conduct: &mut Conduct) {
        match self {
            Self::Collect(publish) => publish.spoil(conduct),
            Self::Stage(offer) => offer.spoil(conduct),
            Self::Acknowledge(acknowledge) => acknowledge.spoil(conduct),
            Self::Respond(_)
            | Self::Overlook(_)
            | Self::Accept(_)
            | Self::Ignore(_)
            | Self::Tell(_)
            | Self::Skip(_)
            | Self::SkipAfterFailure(_)
            | Self::SkipWhenUnopened(_)
            | Self::Twice(_)
            | Self::Order(_)
            | Self::ProceedAfterRefusal(_)
            | Self::Fetch(_)
            | Self::Receipt(_)
            | Self::Alert(_)
            | Self::Mail(_)
            | Self::IllAcknowledged(_)
            | Self::Head(_)
            | Self::Repeated(_)
            | Self::BodyPlus(_)
            | Self::WithoutPassword(_)
            | Self::Disregard(_) => {}
        }
    }

    /// The word that it is written with.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Respond(_) => "respond",
            Self::Overlook(_) => "overlook",
            Self::Accept(_) => "accept",
            Self::Ignore(_) => "ignore",
            Self::Tell(_) => "tell",
            Self::Skip(_) => "skip",
            Self::SkipAfterFailure(_) => "skip-after-failure",
            Self::SkipWhenUnopened(_) => "skip-when-unopened",
            Self::Twice(_) => "twice",
            Self::Order(_) => "order",
            Self::ProceedAfterRefusal(_) => "proceed-after-refusal",
            Self::Fetch(_) => "fetch",
            Self::Receipt(_) => "receipt",
            Self::Alert(_) => "alert",
            Self::Mail(_) => "mail",
            Self::IllAcknowledged(_) => "ill-acknowledged",
            Self::Head(_) => "head",
            Self::Repeated(_) => "repeated",
            Self::BodyPlus(_) => "body-plus",
            Self::WithoutPassword(_) => "without-password",
            Self::Disregard(_) => "disregard",
            Self::Collect(_) => "collect",
            Self::Stage(_) => "stage",
            Self::Acknowledge(_) => "acknowledge",
        }
    }
}

fn alter(manners: &mut Manners, habit: impl Fn(&Heard, &mut Plan) + Send + Sync + 'static) {
    manners.habits.push(Box::new(habit));
}

fn elements(names: &[String]) -> impl Iterator<Item = Element> {
    names.iter().filter_map(|name| Element::named(name))
}

fn doubled(acts: &[Act], twice: &[Act]) -> Vec<Act> {
    acts.iter().flat_map(|act| std::iter::repeat_n(*act, 1 + usize::from(twice.contains(act)))).collect()
}

impl Respond {
    fn apply(&self, heard: &Heard, plan: &mut Plan) {
        if !self.when.holds(heard, plan) {
            return;
        }
        if let Some(error) = self.error.and_then(number) {
            plan.refuse(Code(error));
        }
        if let Some(text) = &self.error_text {
            set_text(plan, text);
        }
        if let Some(value) = self.echo.as_ref().and_then(|name| heard.command.value(name)) {
            set_text(plan, &format!("received: {value}"));
        }
        for wrong in &self.wrong {
            wrong.apply_to_answer(&mut plan.answer);
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
            to: self.to,
            by: self.by,
            query: self.query,
            delay: self.delay.map(|period| period.0).unwrap_or_default(),
            package_id: self.package_id,
            client: self.client,
            expiry: self.expiry,
            raw: self.raw.clone(),
        }
    }
}

fn number(code: ErrorCode) -> Option<u16> {
    u16::try_from(code.0).ok()
}

fn set_text(plan: &mut Plan, text: &str) {
    if let Some(field) = plan.answer.response.get_mut(FieldName::ErrorText) {
        field.value = text.as_bytes().to_vec();
    }
}
