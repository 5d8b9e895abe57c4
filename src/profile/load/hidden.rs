//! What messages show of a file in which secrets may stand in the open: everything but those.

use super::SHORT;
use crate::profile::reference::refers;
use crate::yaml::{Mistake, Node, Place, Value};

/// The text and the mistakes with every secret in the open written as asterisks.
pub(super) fn without_secrets(
    document: &Node,
    text: &str,
    mut found: Vec<Mistake>,
) -> (String, Vec<Mistake>) {
    let mut bytes = text.as_bytes().to_vec();
    let mut open = Vec::new();
    for (key, node) in document.key("target").entries() {
        if matches!(key.text.as_str(), "system-password" | "headers") {
            scalars(node, &mut open);
        }
    }
    for (_, node) in document.key("mail").entries().iter().filter(|(key, _)| key.text == "password") {
        scalars(node, &mut open);
    }
    for (place, secret) in open.into_iter().filter(|(_, secret)| !is_reference(secret)) {
        if let Some(bytes) = bytes.get_mut(place.start..place.end) {
            bytes.fill(b'*');
        }
        if secret.len() >= SHORT {
            for mistake in &mut found {
                mistake.message = mistake.message.replace(secret, "****");
            }
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), found)
}

/// A text that is no YAML, with its keys alone: what else stands in it may be a secret.
pub(super) fn without_values(text: &str) -> String {
    let shown = |line: &str| {
        let key = line.find(':').map_or(0, |colon| colon + 1);
        let value = line[key..].chars().map(|letter| {
            if letter.is_whitespace() { letter.to_string() } else { "*".repeat(letter.len_utf8()) }
        });
        line[..key].chars().map(String::from).chain(value).collect::<String>()
    };
    text.split_inclusive('\n').map(shown).collect()
}

/// A reference without anything beside it tells nothing.
fn is_reference(secret: &str) -> bool {
    refers(secret) && secret.starts_with("${") && secret.find('}') == Some(secret.len() - 1)
}

fn scalars<'n>(node: &'n Node, into: &mut Vec<(Place, &'n str)>) {
    match &node.value {
        Value::Scalar { text, .. } => into.push((node.place, text)),
        Value::Map(entries) => entries.iter().for_each(|(_, below)| scalars(below, into)),
        Value::List(items) => items.iter().for_each(|item| scalars(item, into)),
        Value::Null => {}
    }
}
