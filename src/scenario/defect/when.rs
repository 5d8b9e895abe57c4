//! The commands that a habit of a mock target is about.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::mock::target::{Heard, Plan};
use crate::pens::{Code, Element};

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
    /// Those that have this element, or a certain text in it.
    With(With),
    /// The message is no list of names and values.
    Garbage,
    /// Those with an element that 6.2 has not.
    Unknown,
}

/// An element, and a text in its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct With {
    /// The element.
    pub element: String,
    /// What its value contains; anything when left out.
    #[serde(default)]
    pub containing: String,
}

impl When {
    /// Whether a command is one of them.
    pub(super) fn holds(&self, heard: &Heard, plan: &Plan) -> bool {
        match self {
            Self::Always => true,
            Self::Accepted => !is_refusal(plan),
            Self::Refused => is_refusal(plan),
            Self::Get => heard.method == "GET",
            Self::Post => heard.method == "POST",
            Self::Reordered => !is_in_given_order(heard),
            Self::Garbage => heard.command.pairs.iter().all(|pair| pair.bare),
            Self::Without(name) => heard.command.value(name).is_none(),
            Self::With(With { element, containing }) => {
                heard.command.value(element).is_some_and(|value| value.contains(containing))
            }
            Self::Unknown => heard.command.pairs.iter().any(|pair| Element::named(&pair.name).is_none()),
        }
    }
}

/// Whether a target means to refuse.
pub(super) fn is_refusal(plan: &Plan) -> bool {
    plan.answer.response.code() != Some(Code::NO_ERROR)
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
