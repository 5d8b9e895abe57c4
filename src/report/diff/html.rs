//! Two runs compared, as one page that opens offline and has no script.

use askama::Template;

use super::{Change, Diff, Kind};
use crate::report::html::{SHEET, sheet_policy};
use crate::report::told::{self, Tone};
use crate::run::Run;
use crate::transcript::bytes::visible;

/// The difference as a page.
#[must_use]
pub fn render(diff: &Diff, before: &Run, after: &Run) -> String {
    // The page is written to memory: the error cannot come.
    Page::of(diff, before, after).render().unwrap_or_default()
}

/// What the template is filled with; it escapes every string but the style, which is ours.
#[derive(Template)]
#[template(path = "diff.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    policy: String,
    summary: String,
    runs: [Told; 2],
    groups: Vec<Group<'a>>,
}

/// A run in short.
struct Told {
    label: &'static str,
    tone: &'static str,
    sentence: String,
    started: String,
}

/// The changes of one kind.
struct Group<'a> {
    kind: Kind,
    changes: Vec<&'a Change>,
}

impl<'a> Page<'a> {
    fn of(diff: &'a Diff, before: &Run, after: &Run) -> Self {
        let of = |kind: Kind| Group {
            kind,
            changes: diff.changes.iter().filter(|change| change.kind == kind).collect(),
        };
        Self {
            policy: sheet_policy(),
            summary: diff.summary(),
            runs: [Told::of("before", before), Told::of("after", after)],
            groups: Kind::ALL.map(of).into_iter().filter(|group| !group.changes.is_empty()).collect(),
        }
    }
}

impl Told {
    fn of(label: &'static str, run: &Run) -> Self {
        let (tone, sentence) = told::sentence(run, &told::name(run));
        let tone = match tone {
            Tone::Good => "pass",
            Tone::Open => "inconclusive",
            Tone::Bad => "fail",
        };
        Self { label, tone, sentence, started: visible(&run.header.started) }
    }
}
