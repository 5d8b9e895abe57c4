//! YAML text into a tree. The only place that knows which YAML library there is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Error, MessageFormatter, Options, Spanned, UserMessageFormatter};

use super::mistake::Mistake;
use super::node::{Form, Key, Node, Place, Value, quoted};

/// Reads the one document of a file that does not begin with a byte-order mark.
pub(crate) fn parse(text: &str) -> Result<Node, Mistake> {
    let raw = serde_yaml::from_str_with_options::<Raw>(text, options());
    raw.map(|raw| placed(raw, text)).map_err(|error| mistake(&error, text))
}

/// Strict about booleans and tags; small in depth, nodes and what aliases may multiply to.
fn options() -> Options {
    serde_yaml::options! {
        strict_booleans: true,
        reject_unsupported_tags: true,
        reject_tagged_field_names: true,
        non_finite_float_policy: serde_yaml::options::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
        budget: serde_yaml::budget! { max_depth: 32, max_nodes: 50_000, flow_nesting_limit: 32, },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 20_000, },
    }
}

fn mistake(error: &Error, text: &str) -> Mistake {
    let place = error.location().map_or(Place { start: 0, end: 0 }, |location| place(location, text));
    Mistake::new(place, message(innermost(error)))
}

/// In our words where the library's speak of its own options or types.
fn message(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("duplicate key {}", quoted(key)),
        Error::MultipleDocuments { .. } => "a second document begins: one is wanted".to_owned(),
        Error::UnknownAnchor { .. } => "an alias of an anchor that is not there".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => "an alias within its own anchor".to_owned(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            "too much: values lie too deep, or aliases multiply them".to_owned()
        }
        // Every other error of the library is one of syntax, and it tells those well.
        other => lower_case(&UserMessageFormatter.format_message(other)),
    }
}

fn lower_case(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Without the wrappers that only say where an alias was used.
fn innermost(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } = error {
        error = inner;
    }
    error
}

/// Syntax errors have a line and a column but no bytes.
fn place(location: serde_yaml::Location, text: &str) -> Place {
    let bytes = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let span = location.span();
    if let (Some(start), Some(length)) = (bytes(span.byte_offset()), bytes(span.byte_len())) {
        return Place { start, end: start + length };
    }
    let wanted = usize::try_from(location.line()).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
    let mut lines = text.split_inclusive('\n');
    let start: usize = lines.clone().take(wanted).map(str::len).sum();
    let line = lines.nth(wanted).unwrap_or_default();
    let within = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    Place { start: start + within, end: start + within }
}

type Raw = Spanned<RawValue>;

/// What serde-saphyr makes of a value; it keeps no spelling of what it takes for a number or a boolean.
enum RawValue {
    Null,
    Plain,
    Text(String),
    List(Vec<Raw>),
    Map(Vec<(Spanned<String>, Raw)>),
}

/// The tree with bytes for places, and the spelling of plain values taken from the text.
fn placed(raw: Raw, text: &str) -> Node {
    let place = place(raw.defined, text);
    let value = match raw.value {
        RawValue::Null => Value::Null,
        RawValue::Plain => {
            let spelling = text.get(place.start..place.end).unwrap_or_default();
            Value::Scalar { text: spelling.to_owned(), form: Form::Plain }
        }
        RawValue::Text(text) => Value::Scalar { text, form: Form::Text },
        RawValue::List(items) => Value::List(items.into_iter().map(|item| placed(item, text)).collect()),
        RawValue::Map(entries) => Value::Map(
            entries.into_iter().map(|(name, value)| (key(name, text), placed(value, text))).collect(),
        ),
    };
    Node { place, value }
}

fn key(name: Spanned<String>, text: &str) -> Key {
    Key { place: place(name.defined, text), text: name.value }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(RawValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawValue::Map(entries))
    }
}
