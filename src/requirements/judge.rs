//! Judging: every row of the role against everything that was recorded.

use super::acknowledged::ours;
use super::ledger::{Ledger, Path};
use super::retrieval::error_of;
use super::seen::{CodeSeen, CommandSeen, ResponseSeen, RunSeen, TransactionSeen};
use super::verdict::{Cause, Finding, Outcome, RunVerdict, Verdict, fold, fold_run};
use super::{Bound, Check, Requirement, all, condition, provoked};
use crate::profile::Profile;
use crate::transcript::entry::{Party, Role};
use crate::transcript::{Evidence, Transaction};

/// What the catalogue says of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Every row of the role, in the catalogue's order.
    pub rows: Vec<Judged>,
    /// Over which paths something has come.
    pub paths: Vec<(Path, Option<u64>)>,
    /// The verdict of the run.
    pub verdict: RunVerdict,
}

/// What is said of one row.
#[derive(Clone)]
pub struct Judged {
    /// The row.
    pub row: &'static Requirement,
    /// The fold of all outcomes.
    pub verdict: Verdict,
    /// Why it is inconclusive, when it is.
    pub cause: Option<Cause>,
    /// Each outcome, with where it was seen.
    pub outcomes: Vec<Said>,
}

/// An outcome and the place that it was seen in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The case's id; `None` for an outcome about the run.
    pub scenario: Option<String>,
    /// The transaction; `None` for an outcome about the run.
    pub transaction: Option<String>,
    /// What was said.
    pub outcome: Outcome,
}

impl PartialEq for Judged {
    fn eq(&self, other: &Self) -> bool {
        self.row.id == other.row.id
            && (self.verdict, self.cause, &self.outcomes) == (other.verdict, other.cause, &other.outcomes)
    }
}

impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {:?}", self.row.id, self.verdict, self.outcomes)
    }
}

/// The rows that bind a subject in this role.
pub fn rows_of(role: Role) -> impl Iterator<Item = &'static Requirement> {
    all().filter(move |row| match (row.binds, role) {
        (Bound::Client, Role::Client) | (Bound::Target, Role::Target) => true,
        (Bound::Sender | Bound::Responder | Bound::Both, Role::Client | Role::Target) => true,
        (Bound::Client, Role::Target) | (Bound::Target, Role::Client) => false,
    })
}

/// Judges a run.
#[must_use]
pub fn judge(evidence: &Evidence, profile: &Profile) -> Judgement {
    let ledger = Ledger::of(evidence);
    let run = RunSeen { evidence, profile, ledger: &ledger };
    let header = &evidence.header;
    let selected =
        |row: &Requirement| header.selection.is_empty() || header.proves.iter().any(|id| id == row.id);
    let rows: Vec<Judged> = rows_of(evidence.header.role)
        .map(|row| {
            let judged = judge_row(row, &run);
            if judged.verdict == Verdict::NotTested && !selected(row) {
                Judged { verdict: Verdict::Deselected, ..judged }
            } else {
                judged
            }
        })
        .collect();
    let verdict = fold_run(rows.iter().map(|judged| (judged.row.level, judged.verdict)));
    let verdict = of_selection(&header.selection, verdict);
    let paths = Path::ALL.map(|path| (path, ledger.proof(path))).to_vec();
    Judgement { rows, paths, verdict }
}

/// A selection never conforms: what was left out was not judged.
pub(super) fn of_selection(selection: &[String], verdict: RunVerdict) -> RunVerdict {
    match verdict {
        RunVerdict::Conforms if !selection.is_empty() => RunVerdict::Incomplete,
        verdict => verdict,
    }
}

/// Judges one row.
#[must_use]
pub fn judge_row(row: &'static Requirement, run: &RunSeen) -> Judged {
    let reading = run.profile.reading;
    let outcomes: Vec<Said> =
        say(row, run).into_iter().map(|said| Said { outcome: said.outcome.read(reading), ..said }).collect();
    let (verdict, cause) = fold(row.level, outcomes.iter().map(|said| &said.outcome));
    Judged { row, verdict, cause, outcomes }
}

fn say(row: &'static Requirement, run: &RunSeen) -> Vec<Said> {
    let transactions = &run.evidence.transactions;
    if let Some(finding) = condition::missing(row, run) {
        return vec![Said { scenario: None, transaction: None, outcome: Outcome::NotApplicable(finding) }];
    }
    match row.check {
        Check::Command(check) => each(transactions, |transaction| {
            CommandSeen::all(run, transaction).iter().filter_map(check).collect()
        }),
        Check::Response(check) => each(transactions, |transaction| {
            answers(run, transaction)
                .filter_map(|exchange| check(&ResponseSeen::of(run, transaction, exchange)?))
                .collect()
        }),
        Check::Code(check) => {
            each(transactions, |transaction| codes(run, transaction).iter().map(check).collect())
        }
        Check::Transaction(check) => {
            each(transactions, |transaction| check(&TransactionSeen { run, transaction }))
        }
        Check::Run(check) => {
            let about_the_run = |outcome| Said { scenario: None, transaction: None, outcome };
            check(run).into_iter().map(about_the_run).collect()
        }
        Check::Provoked(provoked) => each(transactions, |transaction| {
            provoked::judge_provoked(row, provoked, &TransactionSeen { run, transaction })
                .into_iter()
                .collect()
        }),
    }
}

/// The exchanges in which the subject answers: collects when it is a target, its acknowledgements when it is a client.
fn answers<'a>(
    run: &'a RunSeen,
    transaction: &'a Transaction,
) -> Box<dyn Iterator<Item = &'a crate::transcript::Exchange> + 'a> {
    match run.evidence.header.role {
        Role::Target => Box::new(transaction.answers()),
        Role::Client => Box::new(ours(transaction).map(|callback| &callback.exchange)),
    }
}

/// The codes that the subject gave: in its answers and, as a target, in its receipts and alerts.
fn codes(run: &RunSeen, transaction: &Transaction) -> Vec<CodeSeen> {
    let answers =
        answers(run, transaction).filter_map(|exchange| ResponseSeen::of(run, transaction, exchange));
    let answered = answers.filter_map(|seen| {
        Some(CodeSeen { code: seen.response.code()?, entry: seen.entry, place: "answer" })
    });
    let callbacks = transaction.callbacks.iter().filter(|callback| callback.exchange.by == Party::Subject);
    let called_back = callbacks.filter_map(|callback| {
        let place = if callback.is_called("alert") { "alert" } else { "receipt" };
        Some(CodeSeen { code: error_of(callback)?, entry: callback.exchange.request.entry, place })
    });
    answered.chain(called_back).collect()
}

fn each(transactions: &[Transaction], check: impl Fn(&Transaction) -> Vec<Outcome>) -> Vec<Said> {
    transactions
        .iter()
        .flat_map(|transaction| {
            let said = |outcome| Said {
                scenario: Some(transaction.begun.scenario.clone()),
                transaction: Some(transaction.begun.transaction.clone()),
                outcome,
            };
            check(transaction).into_iter().map(said)
        })
        .collect()
}

impl Judged {
    /// The findings that count for the verdict, worst first.
    pub fn findings(&self) -> impl Iterator<Item = (&Said, &Finding)> {
        let mut findings: Vec<_> =
            self.outcomes.iter().filter_map(|said| Some((said, said.outcome.finding()?))).collect();
        findings.sort_by_key(|(said, _)| rank(&said.outcome));
        findings.into_iter()
    }
}

fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Breaks(_) => 0,
        Outcome::Inconclusive(..) => 1,
        Outcome::Review(_) => 2,
        Outcome::Tolerated(_) => 3,
        Outcome::Advice(_) => 4,
        Outcome::NotApplicable(_) => 5,
        Outcome::Keeps => 6,
    }
}
