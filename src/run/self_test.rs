//! The instrument checked: every defect is played, and has to be found out by the row that it breaks.

use super::planted::Masking;
use super::rehearsal::{self, NotRehearsed, Played};
use super::{FIRST, PROBE, built_in, tour};
use crate::requirements::verdict::{RunVerdict, Verdict};
use crate::scenario::defect::Defect;
use crate::scenario::glob;
use crate::scenario::library::{LibraryError, select};
use crate::scenario::model::{Case, Scenario, Subject};

/// What every rehearsal against a target has: the sample stream, and refusals, in which a wrong habit may show that
/// nothing else shows.
const BASE: [&str; 5] = [
    PROBE,
    "target/sample-stream",
    "target/without-alerts",
    "target/errors/missing-element",
    "target/errors/retrieval-status",
];

/// What every rehearsal against a client has: the sample stream, all forms of callbacks, and a second publishing.
const CLIENT_BASE: [&str; 3] = [FIRST, "client/late-answer", "client/same-course"];

/// How much is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each defect meets the sample stream and the scenarios that are there for what it breaks.
    Proving,
    /// Each defect meets every scenario.
    Everything,
}

/// A mock, and what it is to be played with.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The role of the mock.
    pub subject: Subject,
    /// What is wrong with it; nothing when left out.
    pub defect: Option<Defect>,
    /// Whether its secrets are masked.
    pub masking: Masking,
    cases: Vec<Case>,
    scope: Scope,
}

/// What a rehearsal showed.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The role of the mock.
    pub subject: Subject,
    /// What was wrong with it.
    pub defect: Option<Defect>,
    /// The verdict on all of it.
    pub verdict: RunVerdict,
    /// Each row, and what was said of it.
    pub rows: Vec<(&'static str, Verdict)>,
    /// What should not have been: empty when the instrument did its work.
    pub amiss: Vec<String>,
}

impl Rehearsal {
    /// The conforming mocks first, then each defect.
    ///
    /// # Errors
    /// When a scenario or a defect is not as it should be.
    pub fn all(scope: Scope) -> Result<Vec<Self>, LibraryError> {
        let scenarios = built_in::scenarios()?;
        let everything = |subject| match subject {
            Subject::Target => chosen(&scenarios, &["target/**".to_owned()]),
            Subject::Client => chosen(&scenarios, &["client/**".to_owned()]),
        };
        let mut all = Vec::new();
        for subject in [Subject::Target, Subject::Client] {
            let cases = everything(subject)?;
            let masking = Masking::AsUsual;
            all.push(Self { subject, defect: None, masking, cases, scope: Scope::Everything });
        }
        for defect in built_in::defects()? {
            let subject = defect.subject;
            let cases = match scope {
                Scope::Everything => everything(subject)?,
                Scope::Proving => chosen(&scenarios, &proving(&scenarios, &defect))?,
            };
            all.push(Self { subject, defect: Some(defect), masking: Masking::AsUsual, cases, scope });
        }
        Ok(all)
    }

    /// Plays it and looks whether the defect was found out, and nothing else called one; what was played is given as well, for
    /// whoever looks for secrets in it.
    ///
    /// # Errors
    /// When no address can be had.
    pub async fn play(self) -> Result<(Shown, Played), NotRehearsed> {
        let played = self.run().await?;
        let judgement = &played.run.judgement;
        let rows: Vec<(&str, Verdict)> =
            judgement.rows.iter().map(|judged| (judged.row.id, judged.verdict)).collect();
        let verdict = judgement.verdict;
        let amiss = match &self.defect {
            None if verdict == RunVerdict::Conforms => Vec::new(),
            None => vec![misjudged(verdict, &rows)],
            Some(defect) => amiss(defect, self.scope, verdict, &rows),
        };
        Ok((Shown { subject: self.subject, defect: self.defect, verdict, rows, amiss }, played))
    }

    async fn run(&self) -> Result<Played, NotRehearsed> {
        let cases = self.cases.clone();
        match self.subject {
            Subject::Target => {
                let mut manners = tour::manners();
                self.defect.iter().for_each(|defect| defect.spoil(&mut manners));
                rehearsal::against_target(manners, cases, self.masking).await
            }
            Subject::Client => {
                let conduct = self.defect.as_ref().map(Defect::conduct).unwrap_or_default();
                rehearsal::against_client(conduct, cases, self.masking).await
            }
        }
    }
}

fn chosen(scenarios: &[Scenario], wanted: &[String]) -> Result<Vec<Case>, LibraryError> {
    Ok(select(scenarios, wanted)?.into_iter().cloned().collect())
}

/// The ids of the scenarios that are there for what a defect breaks, with those that every rehearsal has.
fn proving(scenarios: &[Scenario], defect: &Defect) -> Vec<String> {
    let proves = |scenario: &&Scenario| {
        scenario.subject == defect.subject && scenario.proves.iter().any(|id| defect.breaks.contains(id))
    };
    let ids = scenarios.iter().filter(proves).map(|scenario| scenario.id.clone());
    let base = match defect.subject {
        Subject::Target => &BASE[..],
        Subject::Client => &CLIENT_BASE,
    };
    ids.chain(base.iter().map(|&id| id.to_owned())).collect()
}

/// What is amiss with the judgement of a mock that conforms: the rows for which it does not.
fn misjudged(verdict: RunVerdict, rows: &[(&str, Verdict)]) -> String {
    let is_amiss = |said: Verdict| {
        matches!(said, Verdict::Fail | Verdict::Inconclusive | Verdict::Review | Verdict::NotTested)
    };
    let named =
        rows.iter().filter(|(_, said)| is_amiss(*said)).map(|(id, said)| format!("{id} {}", said.key()));
    format!("the conforming mock is judged {}: {}", verdict.key(), named.collect::<Vec<_>>().join(", "))
}

/// What is amiss with the judgement of a defect: a row that missed it, a row that saw what is not there.
fn amiss(defect: &Defect, scope: Scope, verdict: RunVerdict, rows: &[(&str, Verdict)]) -> Vec<String> {
    let name = &defect.name;
    let mut amiss = Vec::new();
    for id in &defect.breaks {
        let said = rows.iter().find(|(row, _)| row == id).map(|(_, said)| *said);
        if !said.is_some_and(is_found) {
            let said = said.map_or("no row of this role", Verdict::key);
            amiss.push(format!("{name} breaks {id}, which is judged {said}"));
        }
    }
    if verdict == RunVerdict::Conforms && defect.breaks.is_empty() {
        amiss.push(format!("{name} keeps everything, though it does nothing that a target should"));
    }
    let is_named = |id: &str| {
        defect.breaks.iter().any(|named| named == id)
            || defect.collateral.iter().any(|named| glob::matches(&named.requirement, id))
    };
    let unnamed = rows.iter().filter(|(id, said)| is_strange(*said, scope) && !is_named(id));
    amiss.extend(
        unnamed.map(|(id, said)| format!("{name} leaves {id} {}, which nobody expected", said.key())),
    );
    amiss
}

fn is_found(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warning)
}

/// Whether a verdict has to be named in the defect's file. What was not played is not judged: no wonder.
fn is_strange(verdict: Verdict, scope: Scope) -> bool {
    match scope {
        Scope::Everything => verdict != Verdict::Pass,
        Scope::Proving => is_found(verdict),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defect(breaks: &[&str]) -> Defect {
        Defect {
            name: "bad".to_owned(),
            title: String::new(),
            subject: Subject::Target,
            breaks: breaks.iter().map(|&id| id.to_owned()).collect(),
            collateral: Vec::new(),
            habits: Vec::new(),
        }
    }

    fn check(breaks: &[&str], scope: Scope, rows: &[(&str, Verdict)], expected: &[&str]) {
        assert_eq!(amiss(&defect(breaks), scope, RunVerdict::Incomplete, rows), expected);
    }

    #[test]
    fn a_defect_that_nothing_finds_is_amiss() {
        let found = [("RSP-004", Verdict::Fail), ("RSP-006", Verdict::Warning)];
        check(&["RSP-004", "RSP-006"], Scope::Everything, &found, &[]);
        for said in [Verdict::Pass, Verdict::NotTested, Verdict::Inconclusive, Verdict::NotApplicable] {
            let told = format!("bad breaks RSP-004, which is judged {}", said.key());
            check(&["RSP-004"], Scope::Proving, &[("RSP-004", said)], &[&told]);
        }
        check(
            &["RSP-004"],
            Scope::Proving,
            &[],
            &["bad breaks RSP-004, which is judged no row of this role"],
        );
    }

    #[test]
    fn a_row_that_sees_what_is_not_there_is_amiss() {
        let rows = [("RSP-004", Verdict::Fail), ("RSP-005", Verdict::Fail)];
        check(&["RSP-004"], Scope::Proving, &rows, &["bad leaves RSP-005 fail, which nobody expected"]);
        let untold = [("RSP-004", Verdict::Fail), ("RSP-005", Verdict::NotTested)];
        check(&["RSP-004"], Scope::Proving, &untold, &[]);
        check(
            &["RSP-004"],
            Scope::Everything,
            &untold,
            &["bad leaves RSP-005 not-tested, which nobody expected"],
        );
    }

    #[test]
    fn a_peer_that_does_nothing_must_not_conform() {
        let told = amiss(&defect(&[]), Scope::Proving, RunVerdict::Conforms, &[]);
        assert_eq!(told, ["bad keeps everything, though it does nothing that a target should"]);
        assert!(amiss(&defect(&[]), Scope::Proving, RunVerdict::DoesNotConform, &[]).is_empty());
    }

    #[test]
    fn of_a_mock_that_conforms_the_rows_are_named_that_say_otherwise() {
        let rows = [("RSP-003", Verdict::Pass), ("RSP-004", Verdict::Fail), ("RSP-006", Verdict::Warning)];
        let told = misjudged(RunVerdict::DoesNotConform, &rows);
        assert_eq!(told, "the conforming mock is judged does-not-conform: RSP-004 fail");
    }
}
