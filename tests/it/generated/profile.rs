//! docs/profile.md: every key of a profile, told from its schema, and the profile that `penspec init` writes.

use std::fmt::Write;

use penspec::profile::schema;
use serde_json::Value;

use super::{cell, penspec, prose};

const OPENING: &str = "\
# The profile

This page is generated from the types that read the file; `cargo test` rewrites it when it is stale. `docs/schema/profile.json`
says the same to an editor.

A profile describes the peer under test: where an LMS is, what it knows penspec by, what it claims, how an authoring tool is made
to publish, how long to wait. `penspec test target` and `penspec test client` read `penspec.yaml` in the working directory when it is there, or the file that `--profile` names. A flag
wins over the profile.

The file is read strictly. An unknown key or value is refused with the file, the line, the column and a suggestion. So is what
no version of it could do without: HTTP cannot be off.

**Secrets.** `system-password`, the values of `headers` and `mail.password` are references: `${env:NAME}` is the environment variable of that name,
`${file:PATH}` the text of a file beside the profile, without the line break at its end. Text may stand around a reference:
`Bearer ${env:TOKEN}`. A secret in the open is refused unless `literal:` stands before it. The values are masked in the transcript,
in reports and on the terminal, also where the LMS repeats them raw, percent-encoded or in base64. A literal, a value of fewer than
four characters, and a word that stands in every message, such as `error`, are masked in their own place alone: masked everywhere they
would take the evidence away.

**A course of your own.** `elements.package` names the file of one, beside the profile: `target/sample-stream` and `penspec mock client`
offer it in the place of a built-in course, under its own name. Say with `package-type`, `package-type-version` and `package-format` what
it is. It is read whole before anything is sent, 512 MiB at most; one that cannot be read is refused with its place. A scenario of yours
offers it by `stage: { package: course }`.

**Accepted failures.** An entry of `accept` names a requirement, the cases in which it fails, a reason, and the last day on which
that is borne. The finding is marked in `report.json` and does not count for the exit status. The verdict stays
`does-not-conform`. An entry that nothing matches any more, or whose day has passed, ends the run with status 1. An entry about what
a run did not judge is left alone.

**Flags without a key.** `--failed`, `--dry-run` and `--partition` are about one run and have no key.
";

/// The flags that win over a key.
const FLAGS: [(&str, &str); 27] = [
    ("target.url", "URL"),
    ("listen.http", "--listen"),
    ("listen.https", "--https-listen"),
    ("listen.ftp", "--ftp-listen"),
    ("listen.smtp", "--smtp-listen"),
    ("tls.trust", "--trust"),
    ("tls.insecure-skip-verify", "--insecure-skip-verify"),
    ("proxy", "--proxy"),
    ("advertise.http", "--advertise"),
    ("advertise.ftp", "--advertise"),
    ("advertise.mail-domain", "--advertise"),
    ("advertise.https", "--advertise"),
    ("limits", "--limit"),
    ("max-in-flight", "--max-in-flight"),
    ("reading", "--reading"),
    ("selection.scenarios", "SCENARIO"),
    ("selection.requirements", "--requirement"),
    ("selection.levels", "--level"),
    ("selection.directory", "--scenarios"),
    ("selection.built-in", "--no-built-in"),
    ("report-dir", "--report-dir"),
    ("trigger.command", "--trigger"),
    ("trigger.url", "--trigger-url"),
    ("trigger.fixed-address", "--fixed-address"),
    ("trigger.thorough", "--thorough"),
    ("trigger.answers", "--answers"),
    ("allow-host", "--allow-host"),
];

/// The page.
pub(super) fn page() -> String {
    let schema = schema();
    let mut text = OPENING.to_owned();
    text.push_str("\n## To begin with\n\n`penspec init` asks on a terminal and writes this; `--yes` takes the defaults.\n\n");
    let _ = writeln!(text, "```yaml\n{}```", drafted());
    for (key, value) in schema["properties"].as_object().unwrap() {
        let _ = writeln!(text, "\n## {key}\n\n{}\n", prose(description(&schema, value)));
        Table { schema: &schema, text: &mut text }.section(key, value);
    }
    text
}

/// What `init --yes` writes.
fn drafted() -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = penspec(&["init", "--yes"]).current_dir(directory.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(directory.path().join("penspec.yaml")).unwrap()
}

struct Table<'a> {
    schema: &'a Value,
    text: &'a mut String,
}

impl Table<'_> {
    fn section(&mut self, key: &str, value: &Value) {
        let definition = resolved(self.schema, value);
        let items = definition.get("items").map(|items| resolved(self.schema, items));
        let keyed = items.unwrap_or(definition);
        if items.is_some() {
            self.text.push_str("A list; each item has these keys, and needs them all.\n\n");
        }
        let default = value.get("default").or_else(|| definition.get("default"));
        let Some(properties) = keyed.get("properties").and_then(Value::as_object) else {
            self.text.push_str("| value | default | flag |\n|---|---|---|\n");
            let (kind, default) = (kind(self.schema, value), shown(default));
            let _ = writeln!(self.text, "| {kind} | {default} | {} |", flag(key));
            return;
        };
        self.text.push_str("| key | value | default | meaning | flag |\n|---|---|---|---|---|\n");
        for (name, value) in properties {
            let own = value.get("default").or_else(|| default.and_then(|default| default.get(name)));
            let (kind, meaning) = (kind(self.schema, value), cell(description(self.schema, value)));
            let flag = flag(&format!("{key}.{name}"));
            let _ = writeln!(self.text, "| `{name}` | {kind} | {} | {meaning} | {flag} |", shown(own));
        }
    }
}

fn flag(key: &str) -> String {
    let found = FLAGS.iter().find(|(known, _)| *known == key || key.split('.').next() == Some(known));
    let also = [("keep-going", "--keep-going"), ("progress", "--progress")];
    let found = found.or_else(|| also.iter().find(|(known, _)| *known == key));
    found.map_or_else(String::new, |(_, flag)| format!("`{flag}`"))
}

/// A default as it would be written; nothing where leaving the key out says nothing.
fn shown(default: Option<&Value>) -> String {
    match default {
        Some(Value::String(text)) if !text.is_empty() => format!("`{text}`"),
        Some(Value::Number(number)) => format!("`{number}`"),
        Some(Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

/// What kind of value a schema wants, in a few words.
fn kind(schema: &Value, value: &Value) -> String {
    let definition = resolved(schema, value);
    let words = |key: &str| definition.get(key).and_then(Value::as_array);
    if let Some(choices) = words("oneOf") {
        let choices: Vec<String> =
            choices.iter().filter_map(|one| one["const"].as_str()).map(|word| format!("`{word}`")).collect();
        return choices.join(" ");
    }
    if let Some(choices) = words("enum") {
        return choices
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" ");
    }
    let pattern = definition.get("pattern").and_then(Value::as_str).unwrap_or_default();
    match definition.get("type").and_then(Value::as_str) {
        Some("array") => format!("list of {}", kind(schema, &definition["items"])),
        Some("integer") => "number".to_owned(),
        Some("object") => format!("{} by name", kind(schema, &definition["additionalProperties"])),
        _ if pattern.contains("ms|s") => "duration, such as `60s`".to_owned(),
        _ if pattern.contains("B$") => "size, such as `2 GiB`".to_owned(),
        _ if pattern.contains("{4}-") => "date".to_owned(),
        _ if pattern.starts_with("^(off|") => "IP address and port, or `off`".to_owned(),
        _ if pattern.starts_with("^[^ ]") => "host and port".to_owned(),
        _ if pattern.contains(":[0-9]+$") => "IP address and port".to_owned(),
        _ if pattern.contains("literal:") => "secret".to_owned(),
        Some(_) | None => "text".to_owned(),
    }
}

/// The schema behind references and choices of one.
fn resolved<'v>(schema: &'v Value, value: &'v Value) -> &'v Value {
    let single = value.get("anyOf").and_then(|choices| choices.get(0));
    if let Some(single) = single {
        return resolved(schema, single);
    }
    match value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
        Some(name) => resolved(schema, &schema["$defs"][name]),
        None => value,
    }
}

fn description<'v>(schema: &'v Value, value: &'v Value) -> &'v str {
    let own = value.get("description").and_then(Value::as_str);
    own.or_else(|| resolved(schema, value).get("description")?.as_str()).unwrap_or_default()
}
