//! `receipt` and `alert`: a command back to the client, right or wrong on purpose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::collect::{Alteration, Encoding, Method, Order, encoded, filled};
use super::expect::ErrorCode;
use crate::mock::client::{Message, Saying};
use crate::mock::reception::Heard;
use crate::pens::{Code, Command, Element};
use crate::scenario::player::{CutShort, Play};
use crate::transcript::entry::Purpose;

/// What differs from the plain receipt or alert about a collect of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Callback {
    /// The code, 0 when left out.
    #[serde(default)]
    pub error: Option<ErrorCode>,
    /// The text that goes with it.
    #[serde(default)]
    pub error_text: Option<String>,
    /// Whose package-id it carries.
    #[serde(default)]
    pub to: Whose,
    /// Elements with a value of the scenario's own; `{package-url}` in it stands for the value that the plain command
    /// has for that element.
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
    /// The command byte for byte, in place of all that the other keys would make.
    #[serde(default)]
    pub raw: Option<String>,
    /// The publishing, by the name that its `trigger` gave it; the collect that came last when left out.
    #[serde(default)]
    pub of: Option<String>,
}

/// Whose package-id a receipt or an alert carries; it goes to the client's own URL all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// That of the collect.
    #[default]
    Own,
    /// That of another collect of the run; its own where there is no other.
    Other,
    /// One that no collect ever had.
    Unknown,
}

impl Callback {
    /// Sends it and waits for its answer; nothing is sent where the collect names no URL for it.
    pub(in crate::scenario) async fn perform(
        &self,
        purpose: Purpose,
        play: &mut Play,
    ) -> Result<(), CutShort> {
        let Some(heard) = play.accepted(self.of.as_deref())?.cloned() else { return Ok(()) };
        let (reception, _) = play.hand.mock.target()?;
        let other = reception.another_package(&heard);
        let plain = self.plain(purpose, &heard, other.as_deref());
        let raw = self.raw.as_ref().map(|raw| filled(raw, &plain));
        let alteration =
            Alteration { set: &self.set, omit: &self.omit, repeat: &self.repeat, order: self.order };
        let command = alteration.apply(&plain);
        let saying = Saying {
            message: raw.as_deref().map_or(Message::Command(&command), |raw| Message::Raw(raw.as_bytes())),
            binding: self.method.binding(),
            encode: encoded(self.encode, self.method),
            headers: &[],
            limit: play.hand.profile.limits.response,
        };
        reception.call_back(&heard, purpose, &saying).await;
        Ok(())
    }

    fn plain(&self, purpose: Purpose, heard: &Heard, other: Option<&str>) -> Command {
        let code = self.error.and_then(|code| u16::try_from(code.0).ok()).map_or(Code::NO_ERROR, Code);
        let (name, done) = match purpose {
            Purpose::Receipt => ("receipt", "package successfully collected"),
            Purpose::Alert | Purpose::Collect | Purpose::Download => ("alert", "package successfully opened"),
        };
        let known = code.known().map_or("package not collected", |row| row.name);
        let usual = if code == Code::NO_ERROR { done } else { known };
        let text = self.error_text.as_deref().unwrap_or(usual);
        let mut command = heard.callback(name, code, text);
        let unknown = format!("http://penspec.example/never-collected/{}", heard.transaction);
        let instead = match self.to {
            Whose::Own => None,
            Whose::Other => other,
            Whose::Unknown => Some(unknown.as_str()),
        };
        if let Some(id) = instead {
            command.set(Element::PackageId.name(), id);
        }
        command
    }
}
