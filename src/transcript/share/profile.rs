//! The profile of a shared transcript: what names somebody or something of the operator's is replaced or left out.

use serde_json::Value;

use super::text::Replacer;

/// Texts that are a host, or begin with one.
pub(super) const HOSTS: &[&str] =
    &["/advertise/http", "/advertise/https", "/advertise/ftp", "/allow-host", "/proxy"];

/// Texts that no verdict rests on.
const OWN: &[&str] = &[
    "/tls/certificate",
    "/tls/key",
    "/tls/trust",
    "/tls/client-certificate",
    "/tls/client-key",
    "/trigger/command",
    "/trigger/url",
    "/trigger/answers",
];

/// Replaces in a profile what is known, and leaves out what only its operator can have a use for.
pub(super) fn share(profile: &mut Value, replacer: &Replacer) {
    for pointer in HOSTS {
        each_at(profile, pointer, &|text| *text = replacer.behind("://", text));
    }
    for pointer in ["/target/system-user-id", "/mail/user"] {
        each_at(profile, pointer, &|text| *text = replacer.behind("system-user-id=", text));
    }
    for pointer in OWN {
        each_at(profile, pointer, &super::leave_out);
    }
    each_at(profile, "/subject/name", &|text| {
        if !text.is_empty() {
            "the subject".clone_into(text);
        }
    });
    for accepted in profile.pointer_mut("/accept").and_then(Value::as_array_mut).into_iter().flatten() {
        each_at(accepted, "/reason", &super::leave_out);
    }
    each_text(profile, &|text| *text = replacer.text(text));
}

fn each_at(value: &mut Value, pointer: &str, act: &impl Fn(&mut String)) {
    if let Some(value) = value.pointer_mut(pointer) {
        each_text(value, act);
    }
}

/// Every text in a value, but not the keys.
fn each_text(value: &mut Value, act: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => act(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, act)),
        Value::Object(fields) => fields.values_mut().for_each(|value| each_text(value, act)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
