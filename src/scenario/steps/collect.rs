//! `collect`: a collect command, right or wrong on purpose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::stage::Auth;
use crate::mock::client::{Binding, Message, Saying};
use crate::pens::{Command, Element, Encode};
use crate::scenario::one_or_many::OneOrMany;
use crate::scenario::player::{CutShort, Play, WantsAlerts};
use crate::transcript::entry::What;
use crate::wire::http::Address;
use std::sync::Arc;

/// What differs from the plain collect of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Collect {
    /// Elements with a value of the scenario's own.
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
    /// How values are encoded.
    #[serde(default)]
    pub encode: Encoding,
    /// The command byte for byte, in place of all that the other keys would make.
    #[serde(default)]
    pub raw: Option<String>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Each reserved byte as `%XX`.
    #[default]
    Percent,
    /// As HTML forms do: a space becomes `+`.
    Form,
    /// Not at all.
    Raw,
}

/// The seed of a shuffled order: the same one in every run, so that a failure can be had again.
const SEED: u64 = 5;

impl Collect {
    /// The command: a plain collect with what this step changes of it.
    #[must_use]
    pub fn command(&self, plain: Command) -> Command {
        let mut command = plain;
        for (name, value) in &self.set {
            command.set(name, value);
        }
        for name in &self.omit {
            command.omit(name);
        }
        for name in &self.repeat {
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

    /// Sends the collect; what follows from it is waited for by other steps.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        let current = play.current()?;
        let begun = current.begun.clone();
        let mut plain = play.hand.client.compose(&play.hand.profile, &begun);
        for (element, value) in current.auth.iter().flat_map(Auth::elements) {
            plain.set(element.name(), value);
        }
        let command = self.command(plain);
        if let Some(current) = &mut play.current {
            let raw = self.raw.as_deref().map(|raw| Command::read_query(raw.as_bytes()).0);
            let asked =
                raw.as_ref().unwrap_or(&command).get(Element::Alerts).is_some_and(|url| !url.is_empty());
            current.wants_alerts = if asked { WantsAlerts::Yes } else { WantsAlerts::No };
        }
        if !self.provokes.is_empty() {
            let requirements = self.provokes.to_vec();
            play.recorder().append(What::Provokes { transaction: begun.transaction.clone(), requirements });
        }
        Address::of(&play.hand.profile.target.url)?;
        if play.slot.is_none() {
            // The semaphore is never closed.
            play.slot = Arc::clone(&play.hand.slots).acquire_owned().await.ok();
        }
        let (hand, binding, encode) = (Arc::clone(&play.hand), self.method.binding(), self.encode.encode());
        let raw = self.raw.clone();
        play.sending.spawn(async move {
            let message =
                raw.as_deref().map_or(Message::Command(&command), |raw| Message::Raw(raw.as_bytes()));
            let saying = Saying { message, binding, encode, limit: hand.profile.limits.response };
            // The URL was read above: the error cannot come.
            let _ = hand.client.collect(&begun, &hand.profile.target.url, &saying).await;
        });
        Ok(())
    }
}

impl Method {
    fn binding(self) -> Binding {
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
