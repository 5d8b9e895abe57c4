//! What is said of the entries of a transcript: the colours of a picture.

use std::collections::{HashMap, HashSet};

use crate::requirements::judge::{Judged, Said};
use crate::requirements::verdict::{Outcome, Verdict, fold};
use crate::run::Run;

/// What is said, by entry.
pub(super) struct Marks<'a> {
    entries: HashMap<u64, Mark>,
    kept: HashSet<&'a str>,
}

/// The worst that is said of an entry.
#[derive(Clone)]
struct Mark {
    verdict: Verdict,
    /// The rows that say it, in the catalogue's order.
    ids: Vec<&'static str>,
}

impl<'a> Marks<'a> {
    /// All that is said in a run.
    pub(super) fn of(run: &'a Run) -> Self {
        let mut marks = Self { entries: HashMap::new(), kept: HashSet::new() };
        for judged in &run.judgement.rows {
            judged.outcomes.iter().for_each(|said| marks.take(judged, said));
        }
        marks
    }

    fn take(&mut self, judged: &Judged, said: &'a Said) {
        let finding = match &said.outcome {
            Outcome::Keeps => {
                self.kept.extend(said.transaction.as_deref());
                return;
            }
            Outcome::NotApplicable(_) => return,
            Outcome::Advice(finding)
            | Outcome::Tolerated(finding)
            | Outcome::Breaks(finding)
            | Outcome::Review(finding)
            | Outcome::Inconclusive(_, finding) => finding,
        };
        let (verdict, _) = fold(judged.row.level, [&said.outcome]);
        for entry in &finding.evidence {
            let mark = self.entries.entry(*entry).or_insert(Mark { verdict, ids: Vec::new() });
            if verdict < mark.verdict {
                *mark = Mark { verdict, ids: Vec::new() };
            }
            if verdict == mark.verdict && !mark.ids.contains(&judged.row.id) {
                mark.ids.push(judged.row.id);
            }
        }
    }

    /// The worst that is said of an entry.
    pub(super) fn verdict(&self, entry: u64) -> Option<Verdict> {
        self.entries.get(&entry).map(|mark| mark.verdict)
    }

    /// The same in words: `fail RSP-004 +2`.
    pub(super) fn remark(&self, entry: u64) -> String {
        let Some(mark) = self.entries.get(&entry) else { return String::new() };
        let first = mark.ids.first().copied().unwrap_or_default();
        let more = mark.ids.len().saturating_sub(1);
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        format!("{} {first}{more}", mark.verdict.key())
    }

    /// Whether anything in a transaction keeps a requirement.
    pub(super) fn has_kept(&self, transaction: &str) -> bool {
        self.kept.contains(transaction)
    }
}
