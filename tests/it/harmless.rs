//! What holds of every run, whatever its peer did: little memory, XML that is strict, a report that keeps its schema, and
//! nothing that steers a terminal or a page.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use penspec::report::{ctrf, github, har, html, json, junit, markdown, mermaid, tap};
use penspec::run::Run;
use roxmltree::Document;
use serde_json::Value;

use crate::judged::{judge_again, read_run};
use crate::process::{Desk, Ended, Running};
use crate::rendered::markup;

/// No process of penspec may take more, however its peer behaves.
pub(crate) const LIMIT_KIB: u64 = 256 * 1024;

/// Waits for the end of a run and holds all that it leaves against what its readers rely on.
pub(crate) fn end_soundly(desk: &Desk, running: Running) -> Ended {
    let ended = end_within_memory(running);
    is_harmless(&ended.stdout);
    is_harmless(&ended.stderr);
    leaves_sound_reports(desk);
    ended
}

/// Waits for the end, and fails when more memory was taken than is allowed.
pub(crate) fn end_within_memory(running: Running) -> Ended {
    let (ended, peak) = with_peak(running);
    assert!(peak.is_none_or(|kib| kib < LIMIT_KIB), "{peak:?} KiB: {ended:?}");
    ended
}

/// The files of the default directory, and every other format of the same run.
fn leaves_sound_reports(desk: &Desk) {
    judge_again(desk);
    is_told_soundly(&read_run(desk));
}

/// A run in each of its formats.
pub(crate) fn is_told_soundly(run: &Run) {
    let junit = junit::render(run);
    is_harmless(&junit);
    Document::parse(&junit).unwrap_or_else(|error| panic!("{error}: {junit}"));
    let json = json::render(run);
    is_harmless(&json);
    keeps_schema(&serde_json::from_str(&json).unwrap());
    let page = html::render(run);
    is_harmless(&page);
    runs_no_script(&page);
    for text in [ctrf::render(run), har::render(run)] {
        is_harmless(&text);
        serde_json::from_str::<Value>(&text).unwrap();
    }
    for text in [markdown::render(run), tap::render(run), github::render(run), mermaid::render(run, None)] {
        is_harmless(&text);
    }
}

/// No control character, and none that turns the direction of what follows (Unicode, UAX 9).
pub(crate) fn is_harmless(text: &str) {
    let turns = |letter: char| matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let steers = |letter: char| letter.is_control() && letter != '\n' || turns(letter);
    let at = text.find(steers);
    assert!(at.is_none(), "at byte {at:?} of {text:?}");
}

/// A page in whose tags nothing stands that is run or loaded, its own style and script aside.
pub(crate) fn runs_no_script(page: &str) {
    const TAGS: [&str; 8] =
        ["script", "/script", "style", "link", "iframe", "img", "foreignobject", "object"];
    const PARTS: [&str; 6] = ["javascript:", "src=", " on", " style=", "url(", "@import"];
    let lower = markup(page).to_lowercase();
    for tag in lower.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let named = TAGS.iter().find(|name| tag.starts_with(*name));
        let held = PARTS.iter().find(|part| tag.contains(*part));
        assert_eq!((named, held), (None, None), "<{tag}> of {page}");
    }
}

/// Holds a report against the schema that `penspec schema --of report` prints.
pub(crate) fn keeps_schema(report: &Value) {
    let schema = json::schema();
    let broken = breach(&schema, &schema, report);
    assert_eq!(broken, None, "{report:#}");
}

/// Where a value breaks a schema, by the keywords that ours use; any other keyword is a breach, too.
fn breach(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let keywords = match schema {
        Value::Bool(true) => return None,
        Value::Object(keywords) => keywords,
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Some(format!("{value} where nothing may stand"));
        }
    };
    keywords.iter().find_map(|(keyword, wanted)| {
        let is_kept = match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                return breach(root, root.pointer(pointer).unwrap(), value);
            }
            "properties" => return in_fields(root, wanted, value),
            "items" => return value.as_array()?.iter().find_map(|item| breach(root, wanted, item)),
            "additionalProperties" => return in_others(root, schema, value),
            "required" => {
                wanted.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "oneOf" => fitting(root, wanted, value) == 1,
            "anyOf" => fitting(root, wanted, value) > 0,
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => wanted == value,
            "type" => is_of(wanted, value),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
            "$defs" | "$schema" | "title" | "description" | "format" | "default" => true,
            _ => false,
        };
        (!is_kept).then(|| format!("{keyword} {wanted}: {value}"))
    })
}

fn in_fields(root: &Value, schemas: &Value, value: &Value) -> Option<String> {
    let mut known = schemas.as_object().unwrap().iter();
    known.find_map(|(name, schema)| {
        let broken = breach(root, schema, value.get(name)?)?;
        Some(format!("{name}: {broken}"))
    })
}

fn in_others(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let known = |name: &String| schema.get("properties").is_some_and(|known| known.get(name).is_some());
    let mut others = value.as_object()?.iter().filter(|(name, _)| !known(name));
    others.find_map(|(_, other)| breach(root, &schema["additionalProperties"], other))
}

fn fitting(root: &Value, schemas: &Value, value: &Value) -> usize {
    schemas.as_array().unwrap().iter().filter(|schema| breach(root, schema, value).is_none()).count()
}

fn is_of(kinds: &Value, value: &Value) -> bool {
    let is_one = |kind: &Value| match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    kinds.as_array().map_or_else(|| is_one(kinds), |kinds| kinds.iter().any(is_one))
}

#[test]
fn a_report_that_breaks_its_schema_is_noticed() {
    let text = include_str!("../../reports/sample/report.json");
    let report: Value = serde_json::from_str(text).unwrap();
    keeps_schema(&report);
    let schema = json::schema();
    let breaches: [fn(&mut Value); 4] = [
        |report| report["verdict"] = "perhaps".into(),
        |report| report["counts"]["must"]["pass"] = (-1).into(),
        |report| report["requirements"][0]["verdict"] = Value::Null,
        |report| drop(report.as_object_mut().unwrap().remove("exit_status")),
    ];
    for spoil in breaches {
        let mut report = report.clone();
        spoil(&mut report);
        assert!(breach(&schema, &schema, &report).is_some(), "{report:#}");
    }
}

/// Waits for the end, and for the peak of the memory that was resident until then, in KiB, where the system tells it.
pub(crate) fn with_peak(running: Running) -> (Ended, Option<u64>) {
    let status = format!("/proc/{}/status", running.id());
    let (over, looking) = channel::<()>();
    let looks = std::thread::spawn(move || {
        let mut peak = None;
        while looking.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
            peak = peak.max(peak_kib(&status));
        }
        peak
    });
    let ended = running.end();
    drop(over);
    (ended, looks.join().unwrap())
}

/// The peak so far of the process of this file of the system's.
pub(crate) fn peak_kib(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}
