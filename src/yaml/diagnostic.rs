//! A mistake in a file that a person wrote: where it is, what it is, what may have been meant.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::visible::{steers, visible};

/// How many characters of a long line are shown before and after the mistake.
const AROUND: usize = 80;

/// Whether escape sequences for colours may stand in what is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// With ANSI escape sequences of ours; never with those of the file.
    Ansi,
}

/// One mistake. No text in it has control characters, whatever the file had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as its reader was told to call it.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong, in lower case, without a full stop.
    pub message: String,
    /// The word that may have been meant.
    pub suggestion: Option<String>,
    excerpt: Excerpt,
}

/// The line of the mistake, fit for showing; the mistake is the bytes from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

impl Diagnostic {
    /// The mistake at these bytes of `text`; a place outside it is drawn in.
    pub(crate) fn new(path: &str, text: &str, (start, end): (usize, usize), message: &str) -> Self {
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        Self {
            path: visible(path),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            message: visible(message),
            suggestion: None,
            excerpt: Excerpt::new(
                &text[line_start..start],
                &text[start..end.min(line_end)],
                &text[end.min(line_end)..line_end],
            ),
        }
    }

    /// The same with a word that may have been meant.
    pub(crate) fn suggesting(self, suggestion: Option<&str>) -> Self {
        Self { suggestion: suggestion.map(visible), ..self }
    }

    /// The one line that says it all: `a.yaml:4:16: unknown key "omitt"; did you mean "omit"?`.
    #[must_use]
    pub fn headline(&self) -> String {
        let Self { path, line, column, message, .. } = self;
        match &self.suggestion {
            None => format!("{path}:{line}:{column}: {message}"),
            Some(word) => format!("{path}:{line}:{column}: {message}; did you mean \"{word}\"?"),
        }
    }

    /// The headline and, below it, the line of the file with a mark under the mistake.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Plain => Renderer::plain(),
            Colour::Ansi => Renderer::styled(),
        };
        let mark = AnnotationKind::Primary.span(self.excerpt.start..self.excerpt.end);
        let snippet = Snippet::source(&self.excerpt.text).line_start(self.line).annotation(mark);
        let picture = renderer.render(&[Group::with_level(Level::ERROR).element(snippet)]).clone();
        format!("{}\n{picture}", self.headline())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Colour::Plain))
    }
}

impl Excerpt {
    fn new(before: &str, marked: &str, after: &str) -> Self {
        let skipped = before.chars().count().saturating_sub(AROUND);
        let mut text = String::from(if skipped > 0 { "…" } else { "" });
        text.extend(before.chars().skip(skipped).map(one_wide));
        let start = text.len();
        text.extend(marked.chars().take(AROUND).map(one_wide));
        let end = text.len();
        text.extend(after.chars().take(AROUND).map(one_wide));
        Self { text, start, end }
    }
}

/// A stand-in of one character, so that the marks below the line stay in their columns.
fn one_wide(letter: char) -> char {
    match letter {
        '\t' | '\r' => ' ',
        control if control < ' ' => char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}'),
        other if steers(other) => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_itself_stands_below_with_a_mark() {
        let text = "title: x\nsteps:\n  - collect: { omitt: [receipt] }\n";
        let at = text.find("omitt").unwrap();
        let mistake =
            Diagnostic::new("a.yaml", text, (at, at + 5), "unknown key \"omitt\"").suggesting(Some("omit"));
        assert_eq!(
            mistake.to_string(),
            "a.yaml:3:16: unknown key \"omitt\"; did you mean \"omit\"?\n  \
              |\n\
            3 |   - collect: { omitt: [receipt] }\n  \
              |                ^^^^^"
        );
    }

    #[test]
    fn nothing_of_a_file_steers_the_terminal() {
        let text = "a: \u{1b}[31m\u{202e}\u{7f}\u{9b}é\tx\r\n";
        let mistake =
            Diagnostic::new("\u{1b}]0;x\u{7}.yaml", text, (3, 4), "odd \u{1b}[2J").suggesting(Some("\u{8}"));
        for letter in mistake.to_string().chars().filter(|letter| *letter != '\n') {
            assert!(!steers(letter), "{letter:?}");
        }
        assert!(mistake.render(Colour::Ansi).contains("\u{1b}["));
        assert!(!mistake.render(Colour::Ansi).contains("\u{1b}[31m\u{202e}"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = format!("{}word{}", "a".repeat(100_000), "b".repeat(100_000));
        let mistake = Diagnostic::new("a.yaml", &text, (100_000, 100_004), "odd");
        assert_eq!(mistake.column, 100_001);
        assert!(mistake.to_string().len() < 1000, "{mistake}");
        assert!(mistake.to_string().contains("aword"));
    }

    #[test]
    fn a_place_outside_the_text_is_drawn_in() {
        for (start, end) in [(0, 0), (1, 2), (9, 99), (3, 1)] {
            let mistake = Diagnostic::new("a.yaml", "é\né", (start, end), "odd");
            assert!(mistake.to_string().starts_with("a.yaml:"), "{mistake}");
        }
    }
}
