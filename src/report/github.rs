//! The run as annotations of a GitHub Actions job: a workflow command for each finding that counts.

use std::fmt::Write;

use super::told::{self, FEW};
use crate::requirements::verdict::Verdict;
use crate::run::Run;

/// Failures as errors, what could not be judged and warnings as warnings, the verdict as a notice.
///
/// GitHub shows ten annotations of a kind for a step: the worst stand first.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut text = String::new();
    for (verdict, command) in [
        (Verdict::Fail, "error"),
        (Verdict::Inconclusive, "warning"),
        (Verdict::Review, "warning"),
        (Verdict::Warning, "warning"),
    ] {
        for judged in told::rows(run, verdict) {
            let row = judged.row;
            for told in &told::tell(judged, FEW).told {
                let title = property(&format!("{} {} ({})", row.id, row.name, verdict.key()));
                let mut message = told.message();
                for (label, detail) in told.details(run) {
                    let _ = write!(message, "\n{label}: {detail}");
                }
                let _ = writeln!(text, "::{command} title={title}::{}", data(&message));
            }
        }
    }
    let (_, sentence) = told::sentence(run, &told::name(run));
    let _ = writeln!(text, "::notice title=penspec::{}", data(&sentence));
    text
}

/// The message of a workflow command, in one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, which neither `:` nor `,` may end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
