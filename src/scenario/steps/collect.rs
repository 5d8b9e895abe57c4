//! `collect`: a collect command, right or wrong on purpose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::one_or_many::OneOrMany;

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
