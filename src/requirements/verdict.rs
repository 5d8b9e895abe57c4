//! Outcomes, and how they are folded into a verdict.

use serde::Serialize;

use super::Level;
use crate::profile::Reading;

/// What a check says of one piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It keeps the requirement.
    Keeps,
    /// It keeps it, with a remark.
    Advice(Finding),
    /// A ruling lets it pass.
    Tolerated(Finding),
    /// It breaks it.
    Breaks(Finding),
    /// Only a person can tell.
    Review(Finding),
    /// The evidence never came, for a cause outside the requirement.
    Inconclusive(Cause, Finding),
    /// The requirement's condition does not arise with this peer.
    NotApplicable(Finding),
}

/// What is to be told about a piece of evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// What is the case, in a sentence.
    pub message: String,
    /// The ruling that it rests on.
    pub ruling: Option<&'static str>,
    /// What is required, in escaped ASCII.
    pub expected: Option<String>,
    /// What there was, in escaped ASCII.
    pub received: Option<String>,
    /// Every code that would have done.
    pub accepts: Vec<u16>,
    /// Where in the message: bytes from the beginning of its body.
    pub offset: Option<usize>,
    /// What probably brought it about.
    pub cause: Option<&'static str>,
    /// The entries that show it.
    pub evidence: Vec<u64>,
}

/// Why evidence never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Over a path that nothing has come over.
    Unreachable,
    /// The client under test sent nothing.
    NoTraffic,
    /// A certificate was not trusted.
    TlsTrust,
    /// The operator did not do what was asked.
    OperatorAbsent,
    /// A limit or the end of the run came first.
    CutShort,
    /// What it builds on is not there.
    Prerequisite,
}

/// The fold of all outcomes of a requirement in a run, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A MUST is broken.
    Fail,
    /// Some evidence never came.
    Inconclusive,
    /// Only a person can tell.
    Review,
    /// A SHOULD or INTEROP is broken, a ruling was needed, or there is advice.
    Warning,
    /// It was looked at and kept.
    Pass,
    /// Nothing bears on it.
    NotTested,
    /// It cannot arise with this peer.
    NotApplicable,
    /// The operator chose other rows.
    Deselected,
}

/// The verdict of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// No MUST fails, and each was judged or cannot arise.
    Conforms,
    /// A MUST fails.
    DoesNotConform,
    /// No MUST fails, but not each was judged.
    Incomplete,
}

impl Outcome {
    /// The outcome when tolerances count as breaks (`--reading strict`).
    #[must_use]
    pub fn read(self, reading: Reading) -> Self {
        match (self, reading) {
            (Self::Tolerated(finding), Reading::Strict) => Self::Breaks(finding),
            (outcome, Reading::Strict | Reading::Tolerant) => outcome,
        }
    }

    /// What it has to tell; `None` when it only keeps.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Keeps => None,
            Self::Advice(finding)
            | Self::Tolerated(finding)
            | Self::Breaks(finding)
            | Self::Review(finding)
            | Self::Inconclusive(_, finding)
            | Self::NotApplicable(finding) => Some(finding),
        }
    }

    /// As it is written in report.json.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Keeps => "keeps",
            Self::Advice(_) => "advice",
            Self::Tolerated(_) => "tolerated",
            Self::Breaks(_) => "breaks",
            Self::Review(_) => "review",
            Self::Inconclusive(..) => "inconclusive",
            Self::NotApplicable(_) => "not-applicable",
        }
    }

    fn verdict(&self, level: Level) -> Verdict {
        match self {
            Self::Breaks(_) => match level {
                Level::Must => Verdict::Fail,
                Level::Should | Level::May | Level::Interop => Verdict::Warning,
            },
            Self::Inconclusive(..) => Verdict::Inconclusive,
            Self::Review(_) => Verdict::Review,
            Self::Tolerated(_) | Self::Advice(_) => Verdict::Warning,
            Self::Keeps => Verdict::Pass,
            Self::NotApplicable(_) => Verdict::NotApplicable,
        }
    }
}

impl Finding {
    /// A finding that says only this.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// With what is required and what there was, both as bytes.
    #[must_use]
    pub fn comparing(mut self, expected: &[u8], received: &[u8]) -> Self {
        self.expected = Some(crate::transcript::bytes::escape(expected));
        self.received = Some(crate::transcript::bytes::escape(received));
        self
    }

    /// With the place in the message.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// With the ruling that it rests on.
    #[must_use]
    pub fn by(mut self, ruling: &'static str) -> Self {
        self.ruling = Some(ruling);
        self
    }

    /// With the entries that show it.
    #[must_use]
    pub fn seen_in(mut self, entries: impl IntoIterator<Item = u64>) -> Self {
        self.evidence.extend(entries);
        self
    }

    /// With what probably brought it about.
    #[must_use]
    pub fn because(mut self, cause: Option<&'static str>) -> Self {
        self.cause = cause;
        self
    }
}

impl Verdict {
    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Review => "review",
            Self::Warning => "warning",
            Self::Pass => "pass",
            Self::NotTested => "not-tested",
            Self::NotApplicable => "not-applicable",
            Self::Deselected => "deselected",
        }
    }
}

impl Cause {
    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NoTraffic => "no-traffic",
            Self::TlsTrust => "tls-trust",
            Self::OperatorAbsent => "operator-absent",
            Self::CutShort => "cut-short",
            Self::Prerequisite => "prerequisite",
        }
    }
}

impl RunVerdict {
    /// As it is written in report.json.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::DoesNotConform => "does-not-conform",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Folds the outcomes of one requirement: the worst counts; nothing said is not tested, never passed.
#[must_use]
pub fn fold<'a>(level: Level, outcomes: impl IntoIterator<Item = &'a Outcome>) -> (Verdict, Option<Cause>) {
    let (mut worst, mut cause) = (Verdict::NotTested, None);
    for outcome in outcomes {
        let verdict = outcome.verdict(level);
        // "Cannot arise" is less than any judgement, and more than nothing at all.
        worst = match (worst, verdict) {
            (Verdict::NotTested, Verdict::NotApplicable) => Verdict::NotApplicable,
            (Verdict::NotApplicable, Verdict::NotApplicable) => Verdict::NotApplicable,
            (worst, Verdict::NotApplicable) => worst,
            (Verdict::NotApplicable, verdict) => verdict,
            (worst, verdict) => worst.min(verdict),
        };
        if let Outcome::Inconclusive(why, _) = outcome {
            cause = Some(cause.map_or(*why, |cause: Cause| cause.min(*why)));
        }
    }
    (worst, cause.filter(|_| worst == Verdict::Inconclusive))
}

/// Folds the verdicts of all rows of the role into that of the run.
#[must_use]
pub fn fold_run(verdicts: impl IntoIterator<Item = (Level, Verdict)>) -> RunVerdict {
    let mut run = RunVerdict::Conforms;
    let mut judged = false;
    for (level, verdict) in verdicts {
        judged |= matches!(verdict, Verdict::Pass | Verdict::Warning);
        if level != Level::Must {
            continue;
        }
        match verdict {
            Verdict::Fail => return RunVerdict::DoesNotConform,
            Verdict::Inconclusive | Verdict::Review | Verdict::NotTested | Verdict::Deselected => {
                run = RunVerdict::Incomplete;
            }
            Verdict::Pass | Verdict::Warning | Verdict::NotApplicable => {}
        }
    }
    if judged { run } else { RunVerdict::Incomplete }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(word: &str) -> Outcome {
        let finding = Finding::new("x");
        match word {
            "keeps" => Outcome::Keeps,
            "advice" => Outcome::Advice(finding),
            "tolerated" => Outcome::Tolerated(finding),
            "breaks" => Outcome::Breaks(finding),
            "review" => Outcome::Review(finding),
            "unreachable" => Outcome::Inconclusive(Cause::Unreachable, finding),
            "cut-short" => Outcome::Inconclusive(Cause::CutShort, finding),
            _ => Outcome::NotApplicable(finding),
        }
    }

    fn check(level: Level, outcomes: &str, verdict: Verdict, cause: Option<Cause>) {
        let outcomes: Vec<_> = outcomes.split_whitespace().map(says).collect();
        assert_eq!(fold(level, &outcomes), (verdict, cause), "{outcomes:?}");
        let reversed: Vec<_> = outcomes.iter().rev().collect();
        assert_eq!(fold(level, reversed), (verdict, cause), "reversed {outcomes:?}");
    }

    #[test]
    fn a_key_is_the_word_that_programs_read() {
        use Cause::{CutShort, NoTraffic, OperatorAbsent, Prerequisite, TlsTrust, Unreachable};
        use Verdict::{Deselected, Fail, NotApplicable, NotTested, Pass, Review, Warning};
        for verdict in
            [Fail, Verdict::Inconclusive, Review, Warning, Pass, NotTested, NotApplicable, Deselected]
        {
            assert_eq!(serde_json::json!(verdict), verdict.key());
        }
        for cause in [Unreachable, NoTraffic, TlsTrust, OperatorAbsent, CutShort, Prerequisite] {
            assert_eq!(serde_json::json!(cause), cause.key());
        }
        for run in [RunVerdict::Conforms, RunVerdict::DoesNotConform, RunVerdict::Incomplete] {
            assert_eq!(serde_json::json!(run), run.key());
        }
    }

    #[test]
    fn a_finding_has_what_it_was_given() {
        let finding = Finding::new("x").comparing(b"a\r\n", b"a\n").at(1).by("R-01").seen_in([2, 3]);
        let expected = Finding {
            message: "x".to_owned(),
            ruling: Some("R-01"),
            expected: Some("a\\r\\n".to_owned()),
            received: Some("a\\n".to_owned()),
            accepts: Vec::new(),
            offset: Some(1),
            cause: Some("y"),
            evidence: vec![2, 3],
        };
        assert_eq!(finding.because(Some("y")), expected);
        assert_eq!((says("advice").finding(), says("keeps").finding()), (Some(&Finding::new("x")), None));
    }

    #[test]
    fn no_evidence_is_never_a_pass() {
        check(Level::Must, "", Verdict::NotTested, None);
        check(Level::Must, "n/a n/a", Verdict::NotApplicable, None);
        check(Level::Must, "unreachable", Verdict::Inconclusive, Some(Cause::Unreachable));
    }

    #[test]
    fn the_worst_outcome_is_the_verdict() {
        check(Level::Must, "keeps n/a", Verdict::Pass, None);
        check(Level::Must, "keeps advice", Verdict::Warning, None);
        check(Level::Must, "keeps tolerated n/a", Verdict::Warning, None);
        check(Level::Must, "keeps review tolerated", Verdict::Review, None);
        check(Level::Must, "keeps cut-short review", Verdict::Inconclusive, Some(Cause::CutShort));
        check(Level::Must, "cut-short unreachable keeps", Verdict::Inconclusive, Some(Cause::Unreachable));
        check(Level::Must, "breaks unreachable keeps", Verdict::Fail, None);
    }

    #[test]
    fn only_a_must_fails() {
        for level in [Level::Should, Level::May, Level::Interop] {
            check(level, "breaks keeps", Verdict::Warning, None);
            check(level, "breaks unreachable", Verdict::Inconclusive, Some(Cause::Unreachable));
        }
    }

    #[test]
    fn a_strict_reading_breaks_what_was_tolerated_and_spares_advice() {
        assert_eq!(says("tolerated").read(Reading::Strict).key(), "breaks");
        assert_eq!(says("advice").read(Reading::Strict).key(), "advice");
        assert_eq!(says("tolerated").read(Reading::Tolerant).key(), "tolerated");
    }

    #[test]
    fn a_run_conforms_only_when_every_must_was_judged() {
        let run = |verdicts: &[Verdict]| fold_run(verdicts.iter().map(|verdict| (Level::Must, *verdict)));
        assert_eq!(run(&[]), RunVerdict::Incomplete);
        assert_eq!(run(&[Verdict::NotApplicable]), RunVerdict::Incomplete);
        assert_eq!(run(&[Verdict::Pass, Verdict::NotApplicable, Verdict::Warning]), RunVerdict::Conforms);
        for open in [Verdict::Inconclusive, Verdict::Review, Verdict::NotTested, Verdict::Deselected] {
            assert_eq!(run(&[Verdict::Pass, open]), RunVerdict::Incomplete);
            assert_eq!(run(&[open, Verdict::Fail]), RunVerdict::DoesNotConform);
            let optional = [(Level::Must, Verdict::Pass), (Level::Should, open)];
            assert_eq!(fold_run(optional), RunVerdict::Conforms);
        }
    }
}
