//! How a row stands for programs that know no more than passed, failed, in error and skipped.

use super::told::{Told, tell};
use crate::requirements::Level;
use crate::requirements::judge::Judged;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;

/// What a CI system makes of a verdict.
pub(super) enum Standing {
    /// It was looked at and kept.
    Passed,
    /// It is broken.
    Failed,
    /// It is broken, and the operator bears it for this reason.
    Borne(String),
    /// It could not be judged, though it ought to be.
    Open,
    /// It cannot arise, was not chosen, or need not be judged.
    Skipped,
}

/// How a row stands for programs that know no more than passed, failed, in error and skipped.
pub(super) fn standing(run: &Run, judged: &Judged) -> Standing {
    let borne = run.acceptance.reason_of_row(judged).filter(|_| judged.verdict == Verdict::Fail);
    if let Some(reason) = borne {
        return Standing::Borne(visible(reason));
    }
    match (judged.verdict, judged.row.level) {
        (Verdict::Pass | Verdict::Warning, _) => Standing::Passed,
        (Verdict::Fail, _) => Standing::Failed,
        (Verdict::Inconclusive | Verdict::Review, _) | (Verdict::NotTested, Level::Must) => Standing::Open,
        (Verdict::NotTested, Level::Should | Level::May | Level::Interop)
        | (Verdict::NotApplicable | Verdict::Deselected, _) => Standing::Skipped,
    }
}

/// The first thing that a row has to tell, or else its verdict.
pub(super) fn first_message(judged: &Judged) -> String {
    tell(judged, 1).told.first().map_or_else(|| judged.verdict.key().to_owned(), Told::message)
}
