//! Cases and their variables: one document a case, each `${name}` in its title and steps replaced.
//!
//! A value that is nothing but `${name}` takes the whole value of the variable, be it a text, a number or a list;
//! `$${` stands for the two characters themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::{Form, Key, Mistake, Node, Place, Value, quoted};

/// What all cases of a scenario may weigh together, in bytes: variables are not to multiply a small file.
const HEAVIEST: usize = 8 * 1024 * 1024;

/// A scenario's document for one case.
pub(super) struct Expanded {
    /// The name of the case; none when the scenario has no cases.
    pub(super) case: Option<String>,
    pub(super) document: Node,
}

/// The document once for each of its cases, or once when it has none.
pub(super) fn expand(document: &Node, found: &mut Vec<Mistake>) -> Vec<Expanded> {
    let has_cases = document.entries().iter().any(|(key, _)| key.text == "cases");
    let cases = if has_cases { cases(document.key("cases"), found) } else { vec![Variables::default()] };
    let defined: BTreeSet<&str> = cases.iter().flat_map(|case| case.values.keys().copied()).collect();
    let mut used = BTreeSet::new();
    let mut expanded = Vec::new();
    let mut left = HEAVIEST;
    for case in &cases {
        let mut scope = Scope { case, defined: &defined, used: BTreeSet::new(), left, found };
        let document = scope.document(document);
        left = scope.left;
        used.append(&mut scope.used);
        expanded.push(Expanded { case: case.name.map(str::to_owned), document });
    }
    if left == 0 {
        let message = "too much: with the values of their variables the cases are over 8 MiB together";
        *found = vec![Mistake::new(document.place, message)];
        return Vec::new();
    }
    unused(&cases, &used, found);
    expanded
}

/// The values that a case gives, under their names.
#[derive(Default)]
struct Variables<'n> {
    name: Option<&'n str>,
    place: Option<Place>,
    values: BTreeMap<&'n str, (&'n Key, &'n Node)>,
}

fn cases<'n>(list: &'n Node, found: &mut Vec<Mistake>) -> Vec<Variables<'n>> {
    let Value::List(rows) = &list.value else {
        found.push(Mistake::new(list.place, format!("expected a list of cases, found {}", list.described())));
        return Vec::new();
    };
    if rows.is_empty() {
        found.push(Mistake::new(list.place, "no cases: leave the key out, or give one"));
    }
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    for row in rows {
        match case(row) {
            Ok((name, place, _)) if !names.insert(name) => {
                found.push(Mistake::new(place, format!("duplicate case {}", quoted(name))));
            }
            Ok((_, _, variables)) => cases.push(variables),
            Err(mistake) => found.push(mistake),
        }
    }
    cases
}

fn case(row: &Node) -> Result<(&str, Place, Variables<'_>), Mistake> {
    let Value::Map(entries) = &row.value else {
        return Err(Mistake::new(
            row.place,
            format!("expected a case, such as {{ case: name }}, found {}", row.described()),
        ));
    };
    let Some((_, named)) = entries.iter().find(|(key, _)| key.text == "case") else {
        return Err(Mistake::new(row.place, "missing key \"case\""));
    };
    let name = match &named.value {
        Value::Scalar { text, .. } if is_part_of_an_id(text) => text.as_str(),
        Value::Scalar { .. } => {
            let rule =
                "a case is named with letters, digits, \"-\", \"_\" and \".\", a letter or digit first";
            return Err(Mistake::new(named.place, format!("bad name of a case: {rule}")));
        }
        Value::Null | Value::List(_) | Value::Map(_) => {
            return Err(Mistake::new(named.place, format!("expected a text, found {}", named.described())));
        }
    };
    let values = entries.iter().map(|(key, value)| (key.text.as_str(), (key, value))).collect();
    Ok((name, named.place, Variables { name: Some(name), place: Some(row.place), values }))
}

/// Whether the text can be a part of an id, between two slashes.
pub(super) fn is_part_of_an_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 100
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn unused(cases: &[Variables<'_>], used: &BTreeSet<String>, found: &mut Vec<Mistake>) {
    let mut told = BTreeSet::new();
    for (name, (key, _)) in cases.iter().flat_map(|case| &case.values) {
        if *name != "case" && !used.contains(*name) && told.insert(*name) {
            found.push(Mistake::new(
                key.place,
                format!("unused variable {}: no step has ${{{name}}}", quoted(name)),
            ));
        }
    }
}

/// The variables of one case at work.
struct Scope<'a, 'n> {
    case: &'a Variables<'n>,
    /// The names that any case defines.
    defined: &'a BTreeSet<&'n str>,
    used: BTreeSet<String>,
    /// How many bytes may still be made; nothing more is made when it is none.
    left: usize,
    found: &'a mut Vec<Mistake>,
}

impl<'n> Scope<'_, 'n> {
    /// A use in the title alone is no use: the step would be the same in all cases.
    fn document(&mut self, document: &Node) -> Node {
        let Value::Map(entries) = &document.value else { return document.clone() };
        let replaced = |(key, node): &(Key, Node)| match key.text.as_str() {
            "steps" => (key.clone(), self.node(node)),
            "title" => {
                let used = self.used.clone();
                let title = self.node(node);
                self.used = used;
                (key.clone(), title)
            }
            "cases" => (key.clone(), Node { place: node.place, value: Value::Null }),
            _ => (key.clone(), node.clone()),
        };
        Node { place: document.place, value: Value::Map(entries.iter().map(replaced).collect()) }
    }

    fn node(&mut self, node: &Node) -> Node {
        self.left = self.left.saturating_sub(own_weight(node));
        let value = match &node.value {
            _ if self.left == 0 => Value::Null,
            Value::Null => Value::Null,
            Value::Scalar { text, form } => return self.scalar(node, text, *form),
            Value::List(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            Value::Map(entries) => Value::Map(self.entries(entries)),
        };
        Node { place: node.place, value }
    }

    fn entries(&mut self, entries: &[(Key, Node)]) -> Vec<(Key, Node)> {
        let mut replaced: Vec<(Key, Node)> = Vec::new();
        for (key, node) in entries {
            let text =
                if key.text.contains("${") { self.text(&key.text, key.place) } else { key.text.clone() };
            if text != key.text && replaced.iter().chain(entries).any(|(other, _)| other.text == text) {
                self.found.push(Mistake::new(key.place, format!("duplicate key {}", quoted(&text))));
            }
            replaced.push((Key { place: key.place, text }, self.node(node)));
        }
        replaced
    }

    fn scalar(&mut self, node: &Node, text: &str, form: Form) -> Node {
        if !text.contains("${") {
            return Node { place: node.place, value: Value::Scalar { text: text.to_owned(), form } };
        }
        let whole =
            text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| is_name(name));
        if let Some(value) = whole.and_then(|name| self.value(name)) {
            self.used.extend(whole.map(str::to_owned));
            self.left = self.left.saturating_sub(weight(value));
            return if self.left == 0 { node.clone() } else { substituted(value) };
        }
        let text = self.text(text, node.place);
        self.left = self.left.saturating_sub(text.len());
        Node { place: node.place, value: Value::Scalar { text, form: Form::Substituted } }
    }

    fn value(&self, name: &str) -> Option<&'n Node> {
        self.case.values.get(name).map(|(_, value)| *value)
    }

    /// The text with the values of its variables in it.
    fn text(&mut self, text: &str, place: Place) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, behind) = (&rest[..at], &rest[at + 2..]);
            if let Some(before) = before.strip_suffix('$') {
                whole.extend([before, "${"]);
                rest = behind;
                continue;
            }
            whole.push_str(before);
            let Some((name, behind)) = behind.split_once('}').filter(|(name, _)| is_name(name)) else {
                let rule = "write a variable as ${name}, the two characters themselves as $${";
                self.found.push(Mistake::new(place, format!("no name of a variable behind \"${{\": {rule}")));
                return text.to_owned();
            };
            whole.push_str(&self.replacement(name, place));
            rest = behind;
        }
        whole + rest
    }

    fn replacement(&mut self, name: &str, place: Place) -> String {
        self.used.insert(name.to_owned());
        match self.value(name).map(|node| &node.value) {
            Some(Value::Scalar { text, .. }) => return text.clone(),
            Some(Value::Null | Value::List(_) | Value::Map(_)) => {
                let message = format!("variable {} is no text: it cannot stand within one", quoted(name));
                self.found.push(Mistake::new(place, message));
            }
            None => self.undefined(name, place),
        }
        format!("${{{name}}}")
    }

    fn undefined(&mut self, name: &str, place: Place) {
        let mistake = match (self.case.name, self.case.place) {
            (Some(case), Some(row)) if self.defined.contains(name) => {
                Mistake::new(row, format!("case \"{case}\" does not define variable {}", quoted(name)))
            }
            (Some(_), _) => {
                let message = format!("undefined variable {}", quoted(name));
                Mistake::unknown(place, message, name, self.defined.iter().copied())
            }
            (None, _) => {
                Mistake::new(place, format!("undefined variable {}: there are no cases", quoted(name)))
            }
        };
        self.found.push(mistake);
    }
}

/// About the bytes that a value takes, with all that is below it.
fn weight(node: &Node) -> usize {
    let below = match &node.value {
        Value::Null | Value::Scalar { .. } => 0,
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.iter().map(|(key, value)| key.text.len() + weight(value)).sum(),
    };
    own_weight(node) + below
}

fn own_weight(node: &Node) -> usize {
    let text = match &node.value {
        Value::Scalar { text, .. } => text.len(),
        Value::Null | Value::List(_) | Value::Map(_) => 0,
    };
    size_of::<Node>() + text
}

/// The value of a variable in its new place; each text in it can be a number there.
fn substituted(value: &Node) -> Node {
    let mut value = value.clone();
    if let Value::Scalar { form, .. } = &mut value.value {
        *form = Form::Substituted;
    }
    value
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
