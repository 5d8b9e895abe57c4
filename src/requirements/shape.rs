//! What the body of an answer is made of: four lines, their order and their ends (6.3).

use super::corrected::broken;
use super::seen::ResponseSeen;
use super::verdict::{Cause, Finding, Outcome};
use super::{acknowledged, cause};
use crate::pens::ResponseFlaw;
use crate::pens::response::{Field, FieldName, LineEnd};
use crate::transcript::entry::Ended;

pub(super) fn four_fields(seen: &ResponseSeen) -> Option<Outcome> {
    let finding = |message: String| broken(seen, message).because(cause::of_strange_answer(seen));
    if seen.exchange.ended == Some(Ended::TooLong) {
        return Some(Outcome::Breaks(finding(describe_strange(seen))));
    }
    if !seen.is_pens() && !seen.is_cut {
        // What no receiver of commands answered is the matter of the row about that method.
        let is_foreign = acknowledged::is_refused_for_its_method(seen);
        return (!is_foreign).then(|| Outcome::Breaks(finding(describe_strange(seen))));
    }
    let mut wrong = seen.flaws.iter().filter(|flaw| {
        matches!(
            flaw.kind,
            ResponseFlaw::Missing(_)
                | ResponseFlaw::Repeated(_)
                | ResponseFlaw::NameCase(_)
                | ResponseFlaw::NameSpace(_)
        )
    });
    if let Some(first) = wrong.next() {
        return Some(Outcome::Breaks(broken(seen, format!("the answer has {first}")).at(first.offset)));
    }
    if seen.is_cut {
        let length = seen.exchange.response.as_ref()?.body.length;
        let kept = seen.body.len();
        let message =
            format!("the answer has {length} bytes, and the {kept} that are kept end before pens-data=");
        return Some(Outcome::Inconclusive(Cause::CutShort, Finding::new(message).seen_in([seen.entry])));
    }
    let unknown = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::UnknownLine);
    Some(unknown.map_or(Outcome::Keeps, |flaw| {
        Outcome::Advice(broken(seen, format!("the answer has a {flaw}")).at(flaw.offset))
    }))
}

fn describe_strange(seen: &ResponseSeen) -> String {
    let status = seen.exchange.status().map_or_else(String::new, |status| format!("HTTP status {status}, "));
    match (seen.exchange.ended, seen.body.is_empty()) {
        (Some(Ended::TooLong), _) => {
            format!("{status}longer than any answer of PENS: reading was stopped")
        }
        (_, true) => format!("{status}an empty body instead of the four fields"),
        (_, false) => format!("{status}a body without any of the four fields"),
    }
}

pub(super) fn field_order(seen: &ResponseSeen) -> Option<Outcome> {
    seen.is_pens().then_some(())?;
    if let Some(flaw) = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::PensDataNotLast) {
        let message = "pens-data stands before other fields: a reader takes them for its value";
        return Some(Outcome::Breaks(broken(seen, message).at(flaw.offset)));
    }
    let moved = seen.flaws.iter().find(|flaw| matches!(flaw.kind, ResponseFlaw::OutOfOrder(_)));
    Some(moved.map_or(Outcome::Keeps, |flaw| {
        Outcome::Tolerated(broken(seen, format!("the answer has {flaw}")).at(flaw.offset).by("R-26"))
    }))
}

pub(super) fn crlf(seen: &ResponseSeen) -> Option<Outcome> {
    const LINES: [FieldName; 3] = [FieldName::Error, FieldName::ErrorText, FieldName::Version];
    let lines: Vec<&Field> = LINES.iter().filter_map(|name| seen.response.get(*name)).collect();
    if lines.is_empty() {
        return None;
    }
    let Some(first) = lines.iter().find(|field| field.end != LineEnd::CrLf) else {
        return Some(Outcome::Keeps);
    };
    let count = lines.iter().filter(|field| field.end != LineEnd::CrLf).count();
    let offset = first.offset + first.name.len() + 1 + first.value.len();
    let message = format!(
        "the line of {} ends with {}, CR LF is required ({count} of {} lines)",
        first.name,
        first.end,
        lines.len()
    );
    Some(Outcome::Breaks(broken(seen, message).at(offset)))
}

pub(super) fn plain_values(seen: &ResponseSeen) -> Option<Outcome> {
    let field = seen.response.get(FieldName::ErrorText)?;
    if field.value.contains(&b' ') {
        return Some(Outcome::Keeps);
    }
    let is_form = could_be_of_a_form(&field.value);
    let spaced: Vec<u8> =
        field.value.iter().map(|byte| if is_form && *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    Some(if decoded.contains(&b' ') {
        let finding = Finding::new("error-text is URL-encoded").seen_in([seen.entry]).at(field.offset);
        Outcome::Breaks(finding.comparing(
            &[b"error-text=", &decoded[..]].concat(),
            &[b"error-text=", &field.value[..]].concat(),
        ))
    } else {
        Outcome::Keeps
    })
}

/// Whether a plus can stand for a space: an encoder of forms leaves no other signs than these, and writes each space by one plus,
/// so that `C++:` is plain.
fn could_be_of_a_form(text: &[u8]) -> bool {
    let is_left = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~*!'()+%".contains(byte);
    text.iter().all(is_left) && !text.windows(2).any(|pair| pair == b"++")
}

pub(super) fn nothing_before(seen: &ResponseSeen) -> Option<Outcome> {
    if seen.is_cut && seen.response.fields.is_empty() && !seen.response.prefix.is_empty() {
        let message = format!("more than {} bytes stand before the first field", seen.body.len());
        return Some(Outcome::Breaks(broken(seen, message).at(0).because(cause::of_prefix(&seen.body))));
    }
    seen.is_pens().then_some(())?;
    let prefix = &seen.response.prefix;
    if !prefix.is_empty() {
        let message = format!("{} bytes stand before the first field", prefix.len());
        return Some(Outcome::Breaks(broken(seen, message).at(0).because(cause::of_prefix(prefix))));
    }
    let after = seen.flaws.iter().find(|flaw| flaw.kind == ResponseFlaw::AfterPensData);
    Some(after.map_or(Outcome::Keeps, |flaw| {
        let message = "bytes stand behind an empty pens-data=; a reader takes them for its value";
        Outcome::Advice(broken(seen, message).at(flaw.offset))
    }))
}
