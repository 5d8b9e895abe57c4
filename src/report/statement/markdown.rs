//! The conformance statement as Markdown.

use std::fmt::Write;

use super::Statement;
use crate::report::markdown::{own, quote};
use crate::report::told;
use crate::run::Run;

/// The statement of a run; `evidence` is the SHA-256 of its transcript.
#[must_use]
pub fn render(run: &Run, evidence: &str) -> String {
    let statement = Statement::of(run, evidence);
    let (_, sentence) = told::sentence(run, &quote(&told::name(run)));
    let mut text = format!("# PENS conformance statement\n\n**{sentence}**\n\n");
    for remark in &statement.remarks {
        let _ = writeln!(text, "{}\n", quote(remark));
    }
    text.push_str("| | |\n|---|---|\n");
    for (label, fact) in &statement.facts {
        let _ = writeln!(text, "| {label} | {} |", cell(fact));
    }
    text.push_str("\n## Requirements\n\n");
    tell_counts(&mut text, &statement);
    for (word, rows) in &statement.amiss {
        let _ = writeln!(text, "{word}: {}.\n", own(&rows.join(", ")));
    }
    text.push_str("## Implementation conformance statement\n\n| | claimed | observed |\n|---|---|---|\n");
    for claimed in &statement.claims {
        let (said, observed) = (cell(&claimed.said), cell(&claimed.observed));
        let _ = writeln!(text, "| {} | {said} | {observed} |", claimed.claim);
    }
    text.push_str("\n## What this run could not have detected\n\n");
    for sentence in &statement.undetected {
        let _ = writeln!(text, "- {}", quote(sentence));
    }
    text.push_str(
        "\nThe verdicts follow from the evidence: `penspec judge transcript.jsonl` gives them again.\n",
    );
    text
}

fn tell_counts(text: &mut String, statement: &Statement) {
    let heads: Vec<&str> = statement.verdicts.iter().map(|verdict| verdict.key()).collect();
    let _ = writeln!(text, "| | {} |\n|---|{}", heads.join(" | "), "---:|".repeat(heads.len()));
    for (level, counts) in &statement.counts {
        let cells: Vec<String> = counts.iter().map(usize::to_string).collect();
        let _ = writeln!(text, "| {level} | {} |", cells.join(" | "));
    }
    text.push('\n');
}

/// A text in a cell of a table, in which even code ends at a bar.
fn cell(text: &str) -> String {
    quote(text).replace('|', "\\|")
}
