//! The run as Markdown, for the summary of a CI job: verdict, counts, failures with their remedies, warnings.

use std::fmt::Write;

use super::aside::asides;
use super::told::{self, FEW, LEVELS, VERDICTS};
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::Met;

/// A value longer than this is cut: a summary is bounded, and report.json has all of it.
const LONGEST: usize = 1_000;

/// The run as Markdown.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut text = format!("## penspec: {}\n\n", run.judgement.verdict.key().replace('-', " "));
    let _ = writeln!(text, "{}\n", told::sentence(run, &quote(&told::name(run))).1);
    for remark in told::remarks(run) {
        let _ = writeln!(text, "{}\n", quote(&remark));
    }
    tell_counts(&mut text, run);
    for (verdict, heading) in [
        (Verdict::Fail, "Failed"),
        (Verdict::Review, "To be looked at"),
        (Verdict::Inconclusive, "Inconclusive"),
    ] {
        let rows: Vec<&Judged> = told::rows(run, verdict).collect();
        if !rows.is_empty() {
            let _ = writeln!(text, "### {heading}\n");
            for judged in rows {
                tell_row(&mut text, run, judged);
            }
        }
    }
    tell_expectations(&mut text, run);
    tell_warnings(&mut text, run);
    tell_asides(&mut text, run);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn tell_counts(text: &mut String, run: &Run) {
    let columns: Vec<Verdict> =
        VERDICTS.into_iter().filter(|verdict| told::rows(run, *verdict).next().is_some()).collect();
    let heads = columns.iter().map(|verdict| verdict.key()).collect::<Vec<_>>().join(" | ");
    let _ = writeln!(text, "| | {heads} |\n|---|{}", "---:|".repeat(columns.len()));
    for level in LEVELS {
        let counts = columns.iter().map(|verdict| told::count(run, level, *verdict)).collect::<Vec<_>>();
        if counts.iter().any(|count| *count > 0) {
            let cells = counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" | ");
            let _ = writeln!(text, "| {} | {cells} |", level.name());
        }
    }
    text.push('\n');
}

fn tell_row(text: &mut String, run: &Run, judged: &Judged) {
    let row = judged.row;
    let cause = judged.cause.map_or_else(String::new, |cause| format!(", {}", cause.key()));
    let _ = writeln!(
        text,
        "**{} {}** ({}, {}{cause}): {}\n",
        row.id,
        row.name,
        row.level.name(),
        row.clause,
        own(row.text)
    );
    let telling = told::tell(judged, FEW);
    for told in &telling.told {
        let _ = writeln!(text, "- {}", quote(&told.message()));
        for (label, detail) in told.details(run) {
            let _ = writeln!(text, "  - {label} {}", quote(&detail));
        }
    }
    if telling.others > 0 {
        let _ = writeln!(text, "- and {} other findings: see report.json", telling.others);
    }
    for question in told::checklist(run, judged) {
        let _ = writeln!(text, "- {}", own(question));
    }
    if judged.verdict != Verdict::Inconclusive {
        let _ = writeln!(text, "- Remedy: {}", own(row.remedy));
    }
    text.push('\n');
}

fn tell_expectations(text: &mut String, run: &Run) {
    let mut told = String::new();
    for scenario in &run.evidence.scenarios {
        for expectation in scenario.expectations.iter().filter(|expectation| expectation.met != Met::Met) {
            let _ = writeln!(told, "- {} expects", code(&scenario.id));
            let _ = writeln!(told, "  - expected {}", code(&expectation.expected));
            let _ = writeln!(told, "  - received {}", code(&expectation.received));
        }
        if let Some(reason) = &scenario.cut_short {
            let _ = writeln!(told, "- {} was cut short: {}", code(&scenario.id), quote(reason));
        }
    }
    if !told.is_empty() {
        let _ = writeln!(text, "### Scenarios\n\n{told}");
    }
}

fn tell_warnings(text: &mut String, run: &Run) {
    let rows: Vec<&Judged> = told::rows(run, Verdict::Warning).collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("### Warnings\n\n");
    for judged in rows {
        let row = judged.row;
        let telling = told::tell(judged, 1);
        let said = telling.told.first().map_or_else(|| own(row.text), |told| quote(&told.message()));
        let _ =
            writeln!(text, "- **{} {}** ({}, {}): {said}", row.id, row.name, row.level.name(), row.clause);
    }
}

fn tell_asides(text: &mut String, run: &Run) {
    let asides = asides(run);
    if !asides.is_empty() {
        text.push_str("\n### Beside the cases\n\n");
    }
    for aside in asides {
        let _ = writeln!(text, "- {}", quote(&aside.line()));
    }
}

/// A text of the catalogue: what stands between backticks is code, the rest is no markup.
pub(super) fn own(text: &str) -> String {
    let pieces = text.split('`').enumerate().map(|(index, piece)| match index % 2 {
        0 => escaped(piece),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("`")
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => shown.extend(['\\', letter]),
            _ => shown.push(letter),
        }
    }
    shown
}

/// A text that a peer may have had a hand in: bare where nothing in it can be taken for markup, else as code.
pub(super) fn quote(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || " ,;:()'\"=.+-%?/".contains(letter);
    let is_link = text.contains("://") || text.to_ascii_lowercase().contains("www.");
    if text.chars().all(is_plain) && !is_link { text.to_owned() } else { code(text) }
}

/// The text as code, in which GitHub sees no markup, no mention and no link.
pub(super) fn code(text: &str) -> String {
    let mut text = visible(text);
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str(" ...");
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad =
        if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_wrote_is_code() {
        let cases = [
            ("error-text=ok", "error-text=ok"),
            ("@everyone ![x](http://evil)", "`@everyone ![x](http://evil)`"),
            ("a|b <img>", "`a|b <img>`"),
            ("see http://evil", "`see http://evil`"),
            ("see WWW.evil", "`see WWW.evil`"),
            ("``a`", "``` ``a` ```"),
            ("two\nlines", "`two\\nlines`"),
            ("\u{202e}", "`\\u{202e}`"),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(code(&"é".repeat(LONGEST + 1)).chars().count(), LONGEST + 6);
    }

    #[test]
    fn markup_in_a_text_of_the_catalogue_stays_text() {
        assert_eq!(own("a <br> or `<br>` *x*"), "a &lt;br&gt; or `<br>` \\*x\\*");
    }
}
