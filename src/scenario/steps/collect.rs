//! `collect`: a collect command, right or wrong on purpose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::stage::Auth;
use crate::mock::client::{Binding, Message, Saying};
use crate::mock::listening::{Off, Transport};
use crate::pens::element::PACKAGE_TYPES;
use crate::pens::{Command, Element, Encode};
use crate::profile::{Claim, Claims, Profile};
use crate::scenario::one_or_many::OneOrMany;
use crate::scenario::player::{CutShort, Play, WantsAlerts};
use crate::transcript::entry::What;
use crate::wire::http::Address;
use std::sync::Arc;

/// What differs from the plain collect of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Collect {
    /// Elements with a value of the scenario's own; `{receipt}` in it stands for the value that the plain collect
    /// has for that element, `{receipt-mailbox}`, `{alerts-mailbox}` and `{other-mailbox}` for mailboxes of the
    /// transaction.
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
    /// The HTTP method, and the place of the command that goes with it.
    #[serde(default)]
    pub method: Method,
    /// How values are encoded; as a form in a body and by percent elsewhere when left out.
    #[serde(default)]
    pub encode: Option<Encoding>,
    /// Headers besides the usual ones, or in the place of those.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The command byte for byte, in place of all that the other keys would make.
    #[serde(default)]
    pub raw: Option<String>,
    /// The transaction, by the name that its `stage` gave it; the last one when left out.
    #[serde(default)]
    pub of: Option<String>,
    /// The rows of the error tables that this collect deserves: one id or a list.
    #[serde(default)]
    pub provokes: OneOrMany<String>,
}

/// The order in which elements stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As in the tables of the specification.
    #[default]
    Given,
    /// The last first.
    Reversed,
    /// Mixed.
    Shuffled,
}

/// The HTTP method of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// GET, the command in the query.
    #[default]
    Get,
    /// POST, the command in the body.
    Post,
    /// POST, the command in a multipart/form-data body.
    Multipart,
    /// HEAD, the command in the query.
    Head,
}

/// How the values of a command are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Each reserved byte as `%XX`.
    Percent,
    /// As HTML forms do: a space becomes `+`.
    Form,
    /// Not at all.
    Raw,
}

/// What differs from a plain command.
pub(in crate::scenario) struct Alteration<'a> {
    pub(in crate::scenario) set: &'a BTreeMap<String, String>,
    pub(in crate::scenario) omit: &'a [String],
    pub(in crate::scenario) repeat: &'a [String],
    pub(in crate::scenario) order: Order,
}

/// The seed of a shuffled order: the same one in every run, so that a failure can be had again.
const SEED: u64 = 5;

/// The rows for a package over FTP and over FTPS, of a target that may not fetch by it.
const DENIED_FTP: &str = "ERR-1304";
const DENIED_FTPS: &str = "ERR-1306";

/// The row for a package-type that the target does not take.
const DENIED_TYPE: &str = "ERR-1430";

impl Collect {
    /// The command: a plain collect with what this step changes of it. `mailbox` gives the mailbox of a name.
    #[must_use]
    pub fn command(&self, plain: &Command, mailbox: &dyn Fn(&str) -> String) -> Command {
        let set = self.set.iter().map(|(name, value)| (name.clone(), addressed(value, mailbox))).collect();
        Alteration { set: &set, omit: &self.omit, repeat: &self.repeat, order: self.order }.apply(plain)
    }

    /// Sends the collect; what follows from it is waited for by other steps.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let hand = Arc::clone(&play.hand);
        let client = Arc::clone(hand.mock.client()?);
        Address::of(&hand.profile.target.url)?;
        let current = play.transaction(self.of.as_deref())?;
        let begun = current.begun.clone();
        let mut plain = client.compose(&hand.profile, &begun);
        for (element, value) in current.auth.iter().flat_map(Auth::elements) {
            plain.set(element.name(), value);
        }
        let raw = self.raw.as_ref().map(|raw| filled(raw, &plain));
        if begun.mail_domain.is_none() && self.set.values().any(|value| value.contains("-mailbox}")) {
            return Err(CutShort::Off(Off(Transport::Mail)));
        }
        let mailbox = |name: &str| begun.mailbox(name).unwrap_or_default();
        let command = self.command(&plain, &mailbox);
        current.wants_alerts = wants_alerts(&command, raw.as_deref());
        let has_slot = current.slot.is_some();
        let requirements = self.provoked(&command, &hand.profile);
        if !requirements.is_empty() {
            let transaction = begun.transaction.clone();
            play.recorder().append(What::Provokes { transaction, requirements });
        }
        if !has_slot {
            // The semaphore is never closed.
            let slot = Arc::clone(&hand.slots).acquire_owned().await.ok();
            play.transaction(self.of.as_deref())?.slot = slot;
        }
        let (binding, encode) = (self.method.binding(), encoded(self.encode, self.method));
        let headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        play.sending.spawn(async move {
            let message =
                raw.as_deref().map_or(Message::Command(&command), |raw| Message::Raw(raw.as_bytes()));
            let limit = hand.profile.limits.response;
            let saying = Saying { message, binding, encode, headers: &headers, limit };
            // The URL was read above: the error cannot come.
            let _ = client.collect(&begun, &hand.profile.target.url, &saying).await;
        });
        Ok(())
    }

    /// The rows whose errors the collect carries; a package-type is one that the profile denies.
    fn provoked(&self, command: &Command, profile: &Profile) -> Vec<String> {
        let kind = command.get(Element::PackageType).unwrap_or_default();
        let is_denied = PACKAGE_TYPES.contains(&kind) && profile.claims.deny(kind);
        let denied = is_denied.then(|| DENIED_TYPE.to_owned());
        let url = command.get(Element::PackageUrl).unwrap_or_default();
        let Claims { ftp, ftps, .. } = &profile.claims;
        let over = [("ftp", ftp, DENIED_FTP), ("ftps", ftps, DENIED_FTPS)].into_iter();
        let may_be_denied = over.filter(|(scheme, claim, _)| {
            starts_with_scheme(url, scheme) && **claim != Some(Claim::Yes) && self.provokes.is_empty()
        });
        // What a target that fetches by FTP would make of the package is asked of no other.
        let denied_ftp = may_be_denied.map(|(_, _, row)| row.to_owned());
        self.provokes.iter().cloned().chain(denied).chain(denied_ftp).collect()
    }
}

fn starts_with_scheme(url: &str, scheme: &str) -> bool {
    url.split_once(':').is_some_and(|(given, _)| given.eq_ignore_ascii_case(scheme))
}

impl Alteration<'_> {
    /// A command with what is to be changed of it.
    pub(in crate::scenario) fn apply(&self, plain: &Command) -> Command {
        let mut command = plain.clone();
        for (name, value) in self.set {
            command.set(name, &filled(value, plain));
        }
        for name in self.omit {
            command.omit(name);
        }
        for name in self.repeat {
            if let Some(value) = command.value(name).map(str::to_owned) {
                command.repeat(name, &value);
            }
        }
        // What was set stands where the specification has it, so that order is a matter of `order` alone.
        command.reorder(&Element::ALL.map(Element::name));
        match self.order {
            Order::Given => {}
            Order::Reversed => command.reverse(),
            Order::Shuffled => command.shuffle(SEED),
        }
        command
    }
}

/// How the values of a command are written that goes out in this way.
pub(in crate::scenario) fn encoded(asked: Option<Encoding>, method: Method) -> Encode {
    match (asked, method) {
        (Some(encoding), _) => encoding.encode(),
        (None, Method::Post) => Encode::Form,
        (None, Method::Get | Method::Multipart | Method::Head) => Encode::Percent,
    }
}

/// A value in which each `{element}` is replaced by what the plain command has for it: nothing where it has none.
pub(in crate::scenario) fn filled(value: &str, plain: &Command) -> String {
    Element::ALL.into_iter().fold(value.to_owned(), |value, element| {
        value.replace(&format!("{{{}}}", element.name()), plain.get(element).unwrap_or_default())
    })
}

/// The mailboxes that a value may name.
const MAILBOXES: [&str; 3] = ["receipt", "alerts", "other"];

/// A value in which each `{name-mailbox}` is replaced by that mailbox.
fn addressed(value: &str, mailbox: &dyn Fn(&str) -> String) -> String {
    MAILBOXES.into_iter().fold(value.to_owned(), |value, name| {
        let wanted = format!("{{{name}-mailbox}}");
        if value.contains(&wanted) { value.replace(&wanted, &mailbox(name)) } else { value }
    })
}

fn wants_alerts(command: &Command, raw: Option<&str>) -> WantsAlerts {
    let raw = raw.map(|raw| Command::read_query(raw.as_bytes()).0);
    let asked = raw.as_ref().unwrap_or(command).get(Element::Alerts).is_some_and(|url| !url.is_empty());
    if asked { WantsAlerts::Yes } else { WantsAlerts::No }
}

impl Method {
    pub(in crate::scenario) fn binding(self) -> Binding {
        match self {
            Self::Get => Binding::Get,
            Self::Post => Binding::Post,
            Self::Multipart => Binding::Multipart,
            Self::Head => Binding::Head,
        }
    }
}

impl Encoding {
    fn encode(self) -> Encode {
        match self {
            Self::Percent => Encode::Percent,
            Self::Form => Encode::Form,
            Self::Raw => Encode::Raw,
        }
    }
}
