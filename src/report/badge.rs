//! The verdict as a badge: a small SVG for a page or a readme. Nothing in it is a peer's.

use super::told;
use crate::requirements::Level;
use crate::requirements::verdict::{RunVerdict, Verdict};
use crate::run::Run;

/// The verdict as SVG.
#[must_use]
pub fn render(run: &Run) -> String {
    let label = format!("PENS 1.0.0 {}", told::role(run));
    let (word, colour) = match run.judgement.verdict {
        RunVerdict::Conforms => ("conforms".to_owned(), "#116329"),
        RunVerdict::DoesNotConform => {
            (format!("{} MUST broken", told::count(run, Level::Must, Verdict::Fail)), "#b3141d")
        }
        RunVerdict::Incomplete => ("incomplete".to_owned(), "#57606a"),
    };
    let (left, right) = (width(&label), width(&word));
    let (whole, at_label, at_word) = (left + right, left / 2, left + right / 2);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}: {word}">
<title>{label}: {word}</title>
<rect width="{left}" height="20" fill="#24292f"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="{at_label}" y="14" textLength="{label_length}">{label}</text>
<text x="{at_word}" y="14" textLength="{word_length}">{word}</text>
</g>
</svg>
"##,
        label_length = left - PADDING,
        word_length = right - PADDING,
    )
}

/// Free room beside a text, in pixels.
const PADDING: usize = 14;

/// How wide a field is: a letter of this size takes about seven pixels.
fn width(text: &str) -> usize {
    text.len() * 7 + PADDING
}
