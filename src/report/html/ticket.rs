//! A finding as Markdown, to be pasted into a ticket.

use std::fmt::Write;

use super::finding::{Chapter, Shown};
use super::pieces::Piece;
use crate::report::markdown::{code, own, quote};
use crate::report::told;
use crate::run::{Run, this_tool};
use crate::transcript::bytes::visible;

/// So many letters of a value stand in a ticket.
const LONGEST: usize = 1_000;

/// All that the page says of a finding. What peers said stands in it as code.
pub(super) fn markdown(run: &Run, chapter: &Chapter, shown: &Shown) -> String {
    let row = chapter.row;
    let mut text = format!(
        "### {}: {} {} ({}, {})\n\n{}\n\n{}\n\n",
        chapter.verdict.key(),
        row.id,
        row.name,
        row.level.name(),
        row.clause,
        own(row.text),
        quote(&shown.message)
    );
    tell_bytes(&mut text, "Expected", shown.expected.as_deref());
    let received = shown
        .offset
        .map_or_else(|| "Received".to_owned(), |at| format!("Received, at byte {at} of the body"));
    tell_bytes(&mut text, &received, shown.received.as_deref());
    tell_why(&mut text, chapter, shown);
    if let Some((what, pieces)) = &shown.mended {
        tell_bytes(&mut text, what, Some(pieces));
    }
    if let Some(curl) = &shown.curl {
        let _ = writeln!(text, "The request once more (secrets are masked):\n\n{}", fenced("sh", curl));
    }
    tell_how(&mut text, run, chapter, shown);
    text
}

fn tell_bytes(text: &mut String, what: &str, pieces: Option<&[Piece]>) {
    let Some(pieces) = pieces else { return };
    let bytes: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let _ = writeln!(text, "{what}:\n\n{}", fenced("text", &bytes));
}

fn tell_why(text: &mut String, chapter: &Chapter, shown: &Shown) {
    if let Some(cause) = shown.cause {
        let _ = writeln!(text, "- Likely cause: {}", own(cause));
    }
    if let Some(ruling) = shown.ruling {
        let _ = writeln!(text, "- Ruling {}: {}", ruling.id, own(ruling.question));
        let _ = writeln!(text, "  - one reading: {}", own(ruling.one));
        let _ = writeln!(text, "  - the other: {}", own(ruling.other));
        let _ = writeln!(text, "  - ruled: {}", own(ruling.choice));
    }
    if let Some(reason) = &shown.accepted {
        let _ = writeln!(text, "- Accepted: {}", quote(reason));
    }
    if chapter.needs_remedy() {
        let _ = writeln!(text, "- Remedy: {}", own(chapter.row.remedy));
    }
    text.push('\n');
}

fn tell_how(text: &mut String, run: &Run, chapter: &Chapter, shown: &Shown) {
    if let Some(again) = &shown.again {
        let _ = writeln!(text, "- Again: {}", code(again));
    }
    for (command, title) in &chapter.defects {
        let _ = writeln!(text, "- The same fault in a mock: {} ({})", code(command), own(title));
    }
    let entries: Vec<String> = shown.evidence.iter().map(|evidence| evidence.entry.to_string()).collect();
    if !entries.is_empty() {
        let _ = writeln!(text, "- Evidence: entries {} of transcript.jsonl", entries.join(", "));
    }
    let (header, tool) = (&run.header, this_tool());
    let _ = writeln!(
        text,
        "- Run {} of {}, {} {}, catalogue {}",
        quote(&visible(&header.run_id)),
        quote(&told::name(run)),
        quote(&visible(&tool.name)),
        quote(&visible(&tool.version)),
        quote(&visible(&tool.catalogue))
    );
}

/// A block of code that nothing in it can end.
fn fenced(language: &str, text: &str) -> String {
    let text: String = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    };
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_block_of_code_ends_it() {
        assert_eq!(fenced("text", "a"), "```text\na\n```\n");
        assert_eq!(fenced("sh", "```\n# a"), "````sh\n```\n# a\n````\n");
        let long = fenced("text", &"é".repeat(LONGEST + 1));
        assert_eq!(long.chars().filter(|letter| *letter == 'é').count(), LONGEST);
    }
}
