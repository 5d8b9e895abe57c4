//! An answer that is wrong beside the smallest one that says the same and is right.

use super::seen::ResponseSeen;
use super::verdict::Finding;
use crate::pens::Code;
use crate::pens::code::Class;
use crate::pens::response::FieldName;

/// A finding about this answer, with the answer as it should be and as it was.
pub(super) fn broken(seen: &ResponseSeen, message: impl Into<String>) -> Finding {
    let told = seen.response.code().filter(|code| code.class() != Class::Reserved);
    let code = told.or_else(|| seen.is_to_valid_command().then_some(Code::NO_ERROR));
    let text = seen
        .response
        .get(FieldName::ErrorText)
        .map(|field| String::from_utf8_lossy(&field.value).into_owned());
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| default_text(seen, code));
    beside(seen, message, code, &text)
}

/// A finding about an answer that refuses a valid command, beside one that does not.
pub(super) fn refused(seen: &ResponseSeen, message: impl Into<String>) -> Finding {
    let code = Some(Code::NO_ERROR);
    beside(seen, message, code, &default_text(seen, code))
}

/// A finding with the smallest correct answer that says this, and the answer as it was.
fn beside(seen: &ResponseSeen, message: impl Into<String>, code: Option<Code>, text: &str) -> Finding {
    const SHOWN: usize = 512;
    let number = code.map_or_else(|| "<the code>".to_owned(), |code| code.to_string());
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    let corrected = format!("error={number}\r\nerror-text={text}\r\nversion=1.0.0\r\npens-data=");
    let shown = &seen.body[..seen.body.len().min(SHOWN)];
    Finding::new(message).seen_in([seen.entry]).comparing(corrected.as_bytes(), shown)
}

fn default_text(seen: &ResponseSeen, code: Option<Code>) -> String {
    let name = if seen.callback.is_some_and(|it| it.is_called("alert")) { "alert" } else { "receipt" };
    let name = seen.callback.map_or("collect", |_| name);
    match code {
        Some(Code::NO_ERROR) => format!("{name} command received and understood"),
        Some(code) => code.known().map_or_else(|| "<what is wrong>".to_owned(), |row| row.name.to_owned()),
        None => "<what is wrong>".to_owned(),
    }
}
