//! A YAML document as a tree in which every key and value knows its place.

/// The bytes of the text from `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Scalar { text: String, form: Form },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// How a scalar came to its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A plain number, `true` or `false`, its text as it is written.
    Plain,
    /// Any other text, quoted or not.
    Text,
    /// With a variable's value in it: it can be a number or a text, whichever is wanted.
    Substituted,
}

/// A key of a map and its place.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Node {
    /// What stands below a key, or the node itself when there is no such key: the nearest place there is.
    pub(crate) fn key(&self, wanted: &str) -> &Self {
        let found = self.entries().iter().find(|(key, _)| key.text == wanted);
        found.map_or(self, |(_, node)| node)
    }

    /// The place of a key, or of the node itself when there is no such key.
    pub(crate) fn key_place(&self, wanted: &str) -> Place {
        let found = self.entries().iter().find(|(key, _)| key.text == wanted);
        found.map_or(self.place, |(key, _)| key.place)
    }

    /// An item of the list, or the node itself when it is one value instead of a list.
    pub(crate) fn item(&self, index: usize) -> &Self {
        match &self.value {
            Value::List(items) => items.get(index).unwrap_or(self),
            Value::Null | Value::Scalar { .. } | Value::Map(_) => self,
        }
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Scalar { .. } | Value::List(_) => &[],
        }
    }

    /// What it is, for messages.
    pub(crate) fn described(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Scalar { text, form: Form::Plain } => text.clone(),
            Value::Scalar { text, form: Form::Text | Form::Substituted } => {
                format!("the text {}", quoted(text))
            }
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }
}

/// The word in quotes for a message, its end cut when it is long.
pub(crate) fn quoted(word: &str) -> String {
    match word.char_indices().nth(60) {
        None => format!("\"{word}\""),
        Some((cut, _)) => format!("\"{}…\"", &word[..cut]),
    }
}
