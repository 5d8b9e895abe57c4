//! docs/scenarios.md: the scenario language and the language of defects, told from their schemas, and what is shipped.

use std::collections::VecDeque;
use std::fmt::Write;

use penspec::run::built_in;
use penspec::scenario::library;
use penspec::scenario::model::Scenario;
use penspec::scenario::schema::{defect_schema, scenario_schema};
use serde_json::Value;

use super::{anchor, cell, prose};

const OPENING: &str = "\
# Scenarios and defects

This page is generated from the types that read the files; `cargo test` rewrites it when it is stale. The JSON Schemas in
`docs/schema/` say the same to an editor.

A scenario is a script: what a mock does, step by step. It never says what is right. The catalogue judges every transcript
by itself, so a scenario does not repeat that lines end with CR LF.

Files are loaded strictly. An unknown key, an id or an element that is none, a variable that is not used, and a collect whose
faults are not those that it claims to provoke are refused with the file, the line, the column and a suggestion.

The id of a scenario is its path: `scenarios/target/order.yaml` is `target/order`, and its case `reversed` is
`target/order/reversed`. Durations are a whole number and `ms`, `s`, `m` or `h`. Wherever the table below asks for a fixed
word, a number or a list, a `${variable}` of the case may stand. `penspec list --export DIR` writes the shipped files out.

Where the subject is a target, a case stages packages, sends collects and waits for what the target sends. Where it is a client,
the case has an address of its own: it triggers a publishing, waits for the collect, fetches the package, sends receipts and
alerts, and asks a person what the tool shows. Unless `respond` says otherwise, a collect is answered as a conforming target
answers it. Publishings that `trigger` gives a name are under way at once, and each step says `of` which it is.

This version offers packages over HTTP: a `stage` step that asks for another protocol ends its case there.
";

const DEFECTS: &str = "\
A defect is one wrong habit of a mock: a file in `fixtures/defects/` that says whose habit it is, what it alters, which
requirements it has to break, and which it touches besides. `penspec mock target --defect NAME` plays one of a target,
`penspec mock client --defect client/NAME URL` one of a client.

The habits `collect`, `stage` and `acknowledge` are those of a client, all others those of a target. A client publishes a guarded
course by POST, and differs from that only in what the habit says.
";

/// The page.
pub(super) fn page() -> String {
    let mut text = OPENING.to_owned();
    let (scenario, defect) = (scenario_schema(), defect_schema());
    let mut told = vec!["Step".to_owned(), "Habit".to_owned()];
    text.push_str("\n## A scenario file\n\n");
    Language { schema: &scenario }.keys(&mut text, &scenario);
    text.push('\n');
    Language { schema: &scenario }.definition(&mut text, "CaseRow", &mut told);
    Language { schema: &scenario }.definition(&mut text, "Subject", &mut told);
    Language { schema: &scenario }.definition(&mut text, "Need", &mut told);
    text.push_str("\n## Steps\n\n");
    Language { schema: &scenario }.members(&mut text, "Step", &mut told);
    text.push_str("\n## A defect file\n\n");
    text.push_str(DEFECTS);
    text.push('\n');
    Language { schema: &defect }.keys(&mut text, &defect);
    text.push('\n');
    Language { schema: &defect }.definition(&mut text, "Collateral", &mut told);
    text.push_str("\n## Habits\n\n");
    Language { schema: &defect }.members(&mut text, "Habit", &mut told);
    text.push_str("\n## Shipped scenarios\n");
    for scenario in built_in::scenarios().unwrap() {
        shipped(&mut text, &scenario);
    }
    text.push_str("\n## Shipped defects\n\n| name | what is wrong | breaks |\n|---|---|---|\n");
    for defect in built_in::defects().unwrap() {
        let breaks = defect.breaks.join(", ");
        let _ = writeln!(text, "| {} | {} | {breaks} |", defect.name, prose(&defect.title));
    }
    text
}

fn shipped(text: &mut String, scenario: &Scenario) {
    let _ = writeln!(text, "\n### {}\n\n{}.\n", scenario.id, prose(&scenario.title));
    if let [only] = scenario.cases()
        && only.id == scenario.id
    {
        text.push_str("One case.\n");
    } else {
        let cases: Vec<String> = scenario.cases().iter().map(|case| format!("`{}`", case.id)).collect();
        let _ = writeln!(text, "Cases: {}.", cases.join(", "));
    }
    let source = library::built_in().into_iter().find(|source| source.id == scenario.id).unwrap();
    let _ = writeln!(text, "\n```yaml\n{}```", source.text);
}

/// A schema, and the tables that it makes.
struct Language<'a> {
    schema: &'a Value,
}

impl Language<'_> {
    /// What may stand in a list of one-key objects: a verb or a habit each, and then all that they name.
    fn members(&self, text: &mut String, name: &str, told: &mut Vec<String>) {
        let mut named = VecDeque::new();
        for member in list(self.define(name), "oneOf") {
            let (key, value) = only_key(member);
            let _ = writeln!(text, "### {key}\n\n{}\n", prose(description(member)));
            if let Some(name) = referred(value) {
                told.push(name.to_owned());
                self.body(text, name);
                named.extend(references(self.define(name)));
            } else {
                let _ = writeln!(text, "{}\n", self.kind(value));
                named.extend(references(value));
            }
        }
        while let Some(name) = named.pop_front() {
            if !told.contains(&name) {
                named.extend(references(self.define(&name)));
                self.definition(text, &name, told);
            }
        }
    }

    /// A section of its own for a type that others name.
    fn definition(&self, text: &mut String, name: &str, told: &mut Vec<String>) {
        told.push(name.to_owned());
        let _ = writeln!(text, "### {}\n", section(name));
        self.body(text, name);
    }

    fn body(&self, text: &mut String, name: &str) {
        let definition = self.define(name);
        let _ = writeln!(text, "{}\n", prose(description(definition)));
        if definition.get("properties").is_some() {
            self.keys(text, definition);
        } else if !list(definition, "oneOf").is_empty() {
            self.choices(text, definition);
        } else {
            let _ = writeln!(text, "{}", self.kind(definition));
        }
        text.push('\n');
    }

    fn keys(&self, text: &mut String, object: &Value) {
        text.push_str("| key | value | meaning |\n|---|---|---|\n");
        let required: Vec<&str> = list(object, "required").iter().filter_map(Value::as_str).collect();
        for (key, value) in object["properties"].as_object().into_iter().flatten() {
            let due = if required.contains(&key.as_str()) { " (required)" } else { "" };
            let _ = writeln!(text, "| `{key}`{due} | {} | {} |", self.kind(value), cell(description(value)));
        }
    }

    fn choices(&self, text: &mut String, choice: &Value) {
        text.push_str("| written | value | meaning |\n|---|---|---|\n");
        for one in list(choice, "oneOf") {
            let meaning = cell(description(one));
            if let Some(word) = one.get("const").and_then(Value::as_str) {
                let _ = writeln!(text, "| `{word}` | | {meaning} |");
            } else {
                let (key, value) = only_key(one);
                let _ = writeln!(text, "| `{key}` | {} | {meaning} |", self.kind(value));
            }
        }
    }

    /// What kind of value a schema wants, in a few words.
    fn kind(&self, value: &Value) -> String {
        let choices = plain(value);
        if choices.len() > 1 {
            let mut kinds: Vec<String> = choices.into_iter().map(|choice| self.kind(choice)).collect();
            kinds.sort();
            kinds.dedup();
            return kinds.join(" or ");
        }
        let value = choices.first().copied().unwrap_or(value);
        if let Some(name) = referred(value) {
            let words = self.words(name).unwrap_or_else(|| section(name));
            return format!("[{words}](#{})", anchor(&section(name)));
        }
        match value.get("type").and_then(Value::as_str) {
            Some("array") => format!("list of {}", self.kind(&value["items"])),
            Some("integer") => "number".to_owned(),
            Some("object") => "values by name".to_owned(),
            Some(_) if value.get("pattern").and_then(Value::as_str).is_some_and(|it| it.contains("ms|s")) => {
                "duration".to_owned()
            }
            Some(_)
                if value.get("pattern").and_then(Value::as_str).is_some_and(|it| it.starts_with("^(0|")) =>
            {
                "number".to_owned()
            }
            Some(_) | None => "text".to_owned(),
        }
    }

    /// The words of a type that has nothing else.
    fn words(&self, name: &str) -> Option<String> {
        let words: Vec<&str> = list(self.define(name), "oneOf")
            .iter()
            .map(|one| one.get("const")?.as_str())
            .collect::<Option<_>>()?;
        (!words.is_empty())
            .then(|| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" "))
    }

    /// The definition of that name, without the variable that may stand for it.
    fn define(&self, name: &str) -> &Value {
        let definition = &self.schema["$defs"][name];
        plain(definition).first().copied().unwrap_or(definition)
    }
}

/// The name of the type that a schema refers to.
fn referred(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"))
}

/// The key of an object that has but one, and what stands there.
fn only_key(object: &Value) -> (&String, &Value) {
    object["properties"].as_object().and_then(|keys| keys.iter().next()).unwrap()
}

/// The schemas of which one has to hold, but for that of a variable.
fn plain(value: &Value) -> Vec<&Value> {
    let is_variable = |choice: &&Value| {
        choice.get("pattern").and_then(Value::as_str).is_some_and(|pattern| pattern.starts_with("\\$\\{"))
    };
    let choices = list(value, "anyOf");
    if choices.is_empty() {
        return vec![value];
    }
    choices.iter().filter(|choice| !is_variable(choice)).flat_map(plain).collect()
}

/// The description of a value, wherever the schema put it.
fn description(value: &Value) -> &str {
    let own = value.get("description").and_then(Value::as_str);
    own.or_else(|| list(value, "anyOf").iter().map(description).find(|text| !text.is_empty()))
        .unwrap_or_default()
}

/// The types that a schema names, in the order of its keys.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(keys) => keys
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(path)) => vec![path.trim_start_matches("#/$defs/").to_owned()],
                _ => references(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What the page calls a type.
fn section(name: &str) -> String {
    match name {
        "Step" => "Steps".to_owned(),
        "Habit" => "Habits".to_owned(),
        "CaseRow" => "A case".to_owned(),
        _ => format!("Values: {}", name.to_lowercase()),
    }
}
