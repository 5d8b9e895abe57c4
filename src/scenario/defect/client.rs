//! The habits of a mock client: how it offers its package, what its collects say and how it acknowledges.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::mock::answer::Answer;
use crate::mock::client::{Binding, Offering};
use crate::mock::conduct::{Called, Conduct, Form, Publication, Turn, Whose};
use crate::mock::saying::{OwnQuery, Replacement};
use crate::mock::stage::{Package, Stays};
use crate::pens::{Code, Element, FieldName, parse_code};
use crate::scenario::library;
use crate::scenario::steps::collect::{Alteration, Encoding, Method, Order, encoded, filled};
use crate::scenario::steps::expect::ErrorCode;
use crate::scenario::steps::stage::{Auth, Path, Transport, served};
use crate::scenario::wrong::{Field, Wrong};
use crate::transcript::entry::Purpose;

/// What differs from the collect of a conforming client, which is a POST.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Publish {
    /// Elements with another value; `{receipt}` in it stands for the value that the element has otherwise.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Elements that are left out.
    #[serde(default)]
    pub omit: Vec<String>,
    /// Elements that are there twice.
    #[serde(default)]
    pub repeat: Vec<String>,
    /// The order in which the elements stand.
    #[serde(default)]
    pub order: Order,
    /// The HTTP method, and the place of the command that goes with it; POST when left out.
    #[serde(default)]
    pub method: Option<Method>,
    /// How values are encoded; as a form in a body and by percent elsewhere when left out.
    #[serde(default)]
    pub encode: Option<Encoding>,
    /// Headers besides the usual ones, or in the place of those.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The command byte for byte, in place of all that the other keys would make.
    #[serde(default)]
    pub raw: Option<String>,
    /// What is replaced in the query or urlencoded body once it is written, byte for byte.
    #[serde(default)]
    pub replace: Vec<Replacement>,
    /// What becomes of the target system URL.
    #[serde(default)]
    pub to: TargetUrl,
    /// Whether a course keeps its package-id when it is published again.
    #[serde(default)]
    pub package_id: PackageId,
}

/// What becomes of the target system URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetUrl {
    /// It is used as it was given; a command in the query is appended to its own with `&`.
    #[default]
    AsGiven,
    /// Its path gets a slash at its end.
    WithSlash,
    /// Its own query is lost.
    WithoutQuery,
    /// A command in the query is appended to its own with a second `?`.
    SecondMark,
}

/// Whether a course keeps its package-id when it is published again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PackageId {
    /// It does.
    #[default]
    Kept,
    /// Each publishing has one of its own.
    Renewed,
}

/// What differs in the package of a conforming client, which asks for the credentials that its collect gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Offer {
    /// The package, by the name of its file.
    #[serde(default)]
    pub package: Option<String>,
    /// The package that is published every other time.
    #[serde(default)]
    pub in_turn_with: Option<String>,
    /// What is uncommon in the path of its URL.
    #[serde(default)]
    pub path: Option<Path>,
    /// The credentials that are asked for, and that the collect gives.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// Whether credentials are asked for.
    #[serde(default)]
    pub guard: Guard,
    /// The protocol it is offered over, where it is another than usual.
    #[serde(default)]
    pub over: Option<Transport>,
    /// What goes wrong when it is fetched.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
    /// How long it is there.
    #[serde(default)]
    pub stays: Stays,
}

/// Whether credentials are asked for before a package is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// They are.
    #[default]
    Asks,
    /// Anybody may have it.
    Open,
}

/// Which receipts and alerts are acknowledged wrongly, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acknowledge {
    /// The URL that they come to; both when left out.
    #[serde(default)]
    pub only: Option<CalledAt>,
    /// The method that they come by; any when left out.
    #[serde(default)]
    pub by: Option<Method>,
    /// Which of them.
    #[serde(default)]
    pub when: Which,
    /// The code that is sent instead.
    #[serde(default)]
    pub error: Option<ErrorCode>,
    /// The text that is sent instead.
    #[serde(default)]
    pub error_text: Option<String>,
    /// The field of the callback that is sent back as it came.
    #[serde(default)]
    pub echo: Option<Field>,
    /// What is wrong with the bytes.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// The URL that a callback comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalledAt {
    /// The receipt URL.
    Receipts,
    /// The alerts URL.
    Alerts,
}

/// The receipts and alerts that a habit is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// All of them.
    #[default]
    Always,
    /// All but the first so many of a transaction at one URL.
    After(u32),
    /// Those that tell an error.
    InError,
    /// Those that begin with another element than command and pens-version.
    Reordered,
    /// Those about a package that was never offered.
    UnknownPackage,
    /// Those for a publishing after which another began.
    Overtaken,
}

impl Publish {
    /// Gives a mock client collects like this.
    pub(super) fn spoil(self, conduct: &mut Conduct) {
        conduct.says.push(Box::new(move |publication| self.apply(publication)));
    }

    fn apply(&self, publication: &mut Publication) {
        let mut plain = publication.command.clone();
        match self.package_id {
            PackageId::Kept => {}
            PackageId::Renewed => plain.set(Element::PackageId.name(), &publication.fresh_id),
        }
        let Self { set, omit, repeat, order, .. } = self;
        publication.command = Alteration { set, omit, repeat, order: *order }.apply(&plain);
        if let Some(raw) = &self.raw {
            publication.raw = Some(filled(raw, &plain).into_bytes());
        }
        if let Some(method) = self.method {
            (publication.binding, publication.encode) = (method.binding(), encoded(self.encode, method));
        } else if self.encode.is_some() {
            publication.encode = encoded(self.encode, Method::Post);
        }
        publication.headers.extend(self.headers.clone());
        publication.replaced.extend(self.replace.clone());
        self.to.apply(publication);
    }
}

impl TargetUrl {
    fn apply(self, publication: &mut Publication) {
        match self {
            Self::AsGiven => {}
            Self::WithSlash => publication.target_url = with_slash(&publication.target_url),
            Self::WithoutQuery => publication.query = OwnQuery::Dropped,
            Self::SecondMark => publication.query = OwnQuery::SecondMark,
        }
    }
}

fn with_slash(url: &str) -> String {
    match url.split_once('?') {
        Some((path, query)) => format!("{path}/?{query}"),
        None => format!("{url}/"),
    }
}

impl Offer {
    /// Gives a mock client packages like this.
    pub(super) fn spoil(self, conduct: &mut Conduct) {
        if let Some(auth) = self.auth.clone() {
            conduct.says.push(Box::new(move |publication| hand_over(&auth, publication)));
        }
        conduct.offers.push(Box::new(move |number, offering| self.apply(number, offering)));
    }

    fn apply(&self, number: u64, offering: &mut Offering<'_>) {
        let second = self.in_turn_with.as_ref().filter(|_| number.is_multiple_of(2));
        let name = second.or(self.package.as_ref()).unwrap_or(&offering.package).clone();
        // The loader has seen to it that there is such a package.
        let Some(bytes) = library::package(&name) else { return };
        let package = Package { name: name.clone(), payload: bytes.to_vec().into() };
        let guard = match (&self.auth, self.guard) {
            (_, Guard::Open) => None,
            (Some(auth), Guard::Asks) => Some(auth.credentials()),
            (None, Guard::Asks) => offering.staged.guard.clone(),
        };
        offering.staged = served(&package, guard, &self.wrong);
        offering.staged.stays = self.stays;
        offering.over = self.over.unwrap_or(offering.over);
        offering.path = self.path.as_ref().map_or_else(|| name.clone(), |path| path.of(&name));
        offering.package = name;
    }
}

fn hand_over(auth: &Auth, publication: &mut Publication) {
    for (element, value) in auth.elements() {
        publication.command.set(element.name(), value);
    }
}

impl Acknowledge {
    /// Gives a mock client acknowledgements like this.
    pub(super) fn spoil(self, conduct: &mut Conduct) {
        conduct.acknowledges.push(Box::new(move |called, answer| self.apply(called, answer)));
    }

    fn apply(&self, called: &Called<'_>, answer: &mut Answer) {
        if !self.is_about(called) {
            return;
        }
        if let Some(code) = self.error.and_then(|code| u16::try_from(code.0).ok()).map(Code) {
            *answer = Answer::new(code, code.known().map_or("not taken", |row| row.name));
        }
        if let Some(field) = self.echo {
            repeat(field.field_name(), called, answer);
        }
        if let (Some(text), Some(field)) = (&self.error_text, answer.response.get_mut(FieldName::ErrorText)) {
            field.value = text.clone().into_bytes();
        }
        for wrong in &self.wrong {
            wrong.apply_to_answer(answer);
        }
    }

    fn is_about(&self, called: &Called<'_>) -> bool {
        let is_here = match self.only {
            None => true,
            Some(CalledAt::Receipts) => called.purpose == Purpose::Receipt,
            Some(CalledAt::Alerts) => called.purpose == Purpose::Alert,
        };
        let came_so = self.by.is_none_or(|method| match (method.binding(), called.form) {
            (Binding::Get, _) => called.method == "GET",
            (Binding::Head, _) => called.method == "HEAD",
            (Binding::Post, form) => called.method == "POST" && form == Form::Query,
            (Binding::Multipart, form) => form == Form::Multipart,
        });
        is_here && came_so && self.when.holds(called)
    }
}

/// Sends a field of a callback back, as it came.
fn repeat(name: FieldName, called: &Called<'_>, answer: &mut Answer) {
    let value = called.command.value(name.as_str()).unwrap_or_default();
    if let Some(field) = answer.response.get_mut(name) {
        field.value = value.as_bytes().to_vec();
    }
}

impl Which {
    fn holds(self, called: &Called<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::After(count) => called.nth > count,
            Self::InError => {
                called.command.value("error").and_then(parse_code).is_some_and(|code| code != Code::NO_ERROR)
            }
            Self::Reordered => called.command.pairs.first().is_some_and(|pair| {
                ![Element::Command, Element::PensVersion].iter().any(|element| element.name() == pair.name)
            }),
            Self::UnknownPackage => called.package == Whose::Unknown,
            Self::Overtaken => called.publishing == Turn::Overtaken,
        }
    }
}
