//! The conformance statement as one page of A4 that opens offline and has no script.

use askama::Template;

use super::Statement;
use crate::report::html::{SHEET, sheet_policy};
use crate::report::told::Tone;
use crate::run::Run;

/// The statement of a run; `evidence` is the SHA-256 of its transcript.
#[must_use]
pub fn render(run: &Run, evidence: &str) -> String {
    let statement = Statement::of(run, evidence);
    let tone = match statement.tone {
        Tone::Good => "pass",
        Tone::Open => "inconclusive",
        Tone::Bad => "fail",
    };
    // The page is written to memory: the error cannot come.
    Page { policy: sheet_policy(), tone, statement }.render().unwrap_or_default()
}

/// What the template is filled with; it escapes every string but the style, which is ours.
#[derive(Template)]
#[template(path = "statement.html", config = "src/report/html/askama.toml")]
struct Page {
    policy: String,
    tone: &'static str,
    statement: Statement,
}
