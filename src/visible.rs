//! Text that steers no terminal: control characters, and those that hide, are written as escapes.

use serde::Serialize;

/// The text with each character that could steer a terminal, or hide, written as an escape.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) { shown.extend(letter.escape_default()) } else { shown.push(letter) }
    }
    shown
}

/// JSON whose strings have every character as an escape that could steer a terminal, or hide: what is read of it is the same.
#[must_use]
pub fn visible_json(json: String) -> String {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return json;
    }
    let mut shown = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && steers(letter) {
            let mut units = [0; 2];
            shown.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// A value as JSON over several lines, with a line feed at its end; our documents hold nothing that JSON has no word for.
#[must_use]
pub fn document(value: &impl Serialize) -> String {
    visible_json(serde_json::to_string_pretty(value).unwrap_or_default() + "\n")
}

/// Control characters, and those that change the direction of text or have no width.
#[must_use]
pub fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{document, steers};

    #[test]
    fn a_document_steers_nothing_and_says_the_same() {
        let hostile = ["\u{7f}", "\u{9b}1m", "\u{202e}", "\u{e0041}", "\u{1b}[1m", "\"\\", "\u{e9}"];
        let written = document(&hostile);
        assert!(!written.chars().any(|letter| letter != '\n' && steers(letter)), "{written}");
        assert_eq!(serde_json::from_str::<[String; 7]>(&written).unwrap(), hostile);
    }
}
