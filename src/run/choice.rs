//! Which cases a run plays: chosen by id, by requirement, by level, by an earlier run, and divided into parts.

use super::partition::Partition;
use super::{LeftOut, PROBE, Run, playable};
use crate::profile::{LevelName, Profile, Selection};
use crate::requirements::judge::rows_of;
use crate::requirements::verdict::Verdict;
use crate::requirements::{Level, Requirement, all};
use crate::scenario::glob;
use crate::scenario::library::{LibraryError, select};
use crate::scenario::model::{Case, Scenario, Subject};
use crate::transcript::entry::{Met, Role};

/// What is played, and how the transcript's first line tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The cases, the probe among them.
    pub cases: Vec<Case>,
    /// The ids of all cases that there are for such a subject, chosen or not.
    pub known: Vec<String>,
    /// Those that were chosen and cannot be played against this subject.
    pub left_out: Vec<LeftOut>,
    /// What the operator asked for, a word each; empty: everything.
    pub selection: Vec<String>,
    /// The requirements that the choice is there for; empty: every one.
    pub proves: Vec<String>,
}

/// Why nothing can be played.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// A scenario that there is not, or one that cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A requirement that there is not.
    #[error("{}", unknown(wanted, near))]
    Requirement {
        /// What was asked for.
        wanted: String,
        /// Ids that may have been meant, the likeliest first.
        near: Vec<&'static str>,
    },
    /// What was asked for excludes itself.
    #[error("nothing is selected: {0}")]
    Nothing(String),
}

const REQUIREMENT: &str = "--requirement ";
const LEVEL: &str = "--level ";
/// What a part is told by among the words of a selection.
pub(super) const PARTITION: &str = "--partition ";
const NO_BUILT_IN: &str = "--no-built-in";

/// Chooses among the scenarios there are what can be played against a subject; `built_in` has the probe.
///
/// # Errors
/// When an id is none, or nothing is left.
pub fn choose(
    scenarios: &[Scenario],
    built_in: &[Scenario],
    (role, selection, profile): (Role, &Selection, &Profile),
    partition: Option<Partition>,
) -> Result<Choice, ChoiceError> {
    let rows = rows(role, selection)?;
    let subject = Subject::of(role);
    let proves_one =
        |case: &Case, rows: &[&Requirement]| rows.iter().any(|row| case.proves.iter().any(|id| id == row.id));
    let is_for_such = |case: &&Case| case.subject == subject;
    let known = select(scenarios, &[])?.into_iter().filter(is_for_such).map(|case| case.id.clone()).collect();
    let cases: Vec<Case> = select(scenarios, &selection.scenarios)?
        .into_iter()
        .filter(is_for_such)
        .filter(|case| rows.as_ref().is_none_or(|rows| proves_one(case, rows)))
        .cloned()
        .collect();
    if cases.is_empty() && (rows.is_none() || !selection.scenarios.is_empty()) {
        return Err(ChoiceError::Nothing(why_nothing(role, rows.as_deref())));
    }
    let (mut cases, left_out) = playable(cases, profile, &selection.scenarios);
    if let (true, Some(first)) = (cases.is_empty(), left_out.first()) {
        return Err(ChoiceError::Nothing(format!("{} is left out: {}", first.id, first.why)));
    }
    if let Some(partition) = partition {
        cases = partition.of(cases);
    }
    let is_narrow = !selection.scenarios.is_empty() || partition.is_some();
    let proves = match &rows {
        Some(rows) if !is_narrow => rows.iter().map(|row| row.id.to_owned()).collect(),
        Some(rows) => {
            let ids = cases.iter().flat_map(|case| &case.proves);
            ids.filter(|id| rows.iter().any(|row| row.id == *id)).cloned().collect()
        }
        None if is_narrow => cases.iter().flat_map(|case| case.proves.clone()).collect(),
        None => Vec::new(),
    };
    match role {
        Role::Target => add_probe(&mut cases, built_in)?,
        // A client is asked for no publishing that nobody chose.
        Role::Client => {}
    }
    Ok(Choice { cases, known, left_out, selection: words(selection, partition), proves })
}

/// The cases of an earlier run that are to be played again: those that failed, were inconclusive, need a review, or
/// were not played to their end.
///
/// # Errors
/// When there is none.
pub fn again(
    earlier: &Run,
    scenarios: &[Scenario],
    built_in: &[Scenario],
) -> Result<Vec<String>, ChoiceError> {
    let (selection, partition) = selection_of(&earlier.header.selection);
    let (role, profile) = (earlier.header.role, &earlier.profile);
    let planned =
        choose(scenarios, built_in, (role, &selection, profile), partition).map(|choice| choice.cases);
    let planned = match planned {
        Ok(cases) => cases,
        // Scenarios have changed since: what was planned then is not known, so all is.
        Err(_) => choose(scenarios, built_in, (role, &Selection::default(), profile), None)?.cases,
    };
    let ids: Vec<String> =
        planned.into_iter().map(|case| case.id).filter(|id| is_open(earlier, id)).collect();
    if ids.is_empty() {
        let why = "every case of the earlier run was played, and none failed or was inconclusive; leave --failed out";
        return Err(ChoiceError::Nothing(why.to_owned()));
    }
    Ok(ids)
}

fn is_open(earlier: &Run, id: &str) -> bool {
    let Some(seen) = earlier.evidence.scenarios.iter().find(|seen| seen.id == id) else { return true };
    seen.ended_us.is_none()
        || seen.cut_short.is_some()
        || seen.expectations.iter().any(|expectation| expectation.met != Met::Met)
        || matches!(earlier.verdict_of(id), Verdict::Fail | Verdict::Inconclusive | Verdict::Review)
}

/// The rows that are asked for; `None` when none in particular are.
fn rows(role: Role, selection: &Selection) -> Result<Option<Vec<&'static Requirement>>, ChoiceError> {
    if selection.requirements.is_empty() && selection.levels.is_empty() {
        return Ok(None);
    }
    let named = rows_named(&selection.requirements)?;
    let by_id = |row: &Requirement| named.iter().any(|named| named.id == row.id);
    let by_level = |row: &Requirement| {
        selection.levels.is_empty() || selection.levels.iter().any(|level| is_of(row.level, *level))
    };
    let rows: Vec<_> = rows_of(role).filter(|row| by_id(row) && by_level(row)).collect();
    if rows.is_empty() {
        return Err(ChoiceError::Nothing(format!(
            "no requirement of a {} is of these ids and levels; `penspec list requirements` shows all",
            role.name()
        )));
    }
    Ok(Some(rows))
}

/// The rows that are meant, by id or glob in any letter case; all of them when nothing is wanted in particular.
///
/// # Errors
/// An id or a pattern that means nothing.
pub fn rows_named(wanted: &[String]) -> Result<Vec<&'static Requirement>, ChoiceError> {
    let matches = |wanted: &String, row: &Requirement| glob::matches(&wanted.to_uppercase(), row.id);
    if let Some(wanted) = wanted.iter().find(|wanted| !all().any(|row| matches(wanted, row))) {
        return Err(ChoiceError::Requirement { wanted: wanted.clone(), near: near(wanted) });
    }
    let is_meant = |row: &&Requirement| wanted.is_empty() || wanted.iter().any(|wanted| matches(wanted, row));
    Ok(all().filter(is_meant).collect())
}

fn is_of(level: Level, named: LevelName) -> bool {
    matches!(
        (level, named),
        (Level::Must, LevelName::Must)
            | (Level::Should, LevelName::Should)
            | (Level::Interop, LevelName::Interop)
    )
}

fn add_probe(cases: &mut Vec<Case>, built_in: &[Scenario]) -> Result<(), ChoiceError> {
    if !cases.iter().any(|case| case.id == PROBE) {
        cases.extend(select(built_in, &[PROBE.to_owned()])?.into_iter().cloned());
    }
    Ok(())
}

fn why_nothing(role: Role, rows: Option<&[&Requirement]>) -> String {
    match rows {
        Some(rows) => {
            let ids: Vec<&str> = rows.iter().take(5).map(|row| row.id).collect();
            let more = if rows.len() > ids.len() { " or another" } else { "" };
            let ids = ids.join(", ");
            format!(
                "none of the scenarios asked for is there for {ids}{more}; `penspec list --requirement ID` shows which are"
            )
        }
        None => format!(
            "none of the scenarios asked for tests a {}; `penspec list scenarios` shows all",
            role.name()
        ),
    }
}

fn near(wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_uppercase();
    if glob::is_glob(&wanted) || wanted.len() > 100 {
        return Vec::new();
    }
    let distance = |row: &Requirement| strsim::damerau_levenshtein(row.id, &wanted);
    let mut near: Vec<&Requirement> = all().filter(|row| distance(row) <= 2).collect();
    near.sort_by_key(|row| distance(row));
    near.into_iter().take(3).map(|row| row.id).collect()
}

fn unknown(wanted: &str, near: &[&str]) -> String {
    let wanted = crate::transcript::bytes::visible(wanted);
    let hint = match near {
        [] => "`penspec list requirements` shows all".to_owned(),
        near => format!(
            "did you mean {}?",
            near.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(" or ")
        ),
    };
    format!("unknown requirement \"{wanted}\"; {hint}")
}

/// The selection as words of the transcript's first line.
fn words(selection: &Selection, partition: Option<Partition>) -> Vec<String> {
    use crate::profile::selection::BuiltIn;
    let mut words = selection.scenarios.clone();
    words.extend(selection.requirements.iter().map(|id| format!("{REQUIREMENT}{id}")));
    words.extend(selection.levels.iter().map(|level| format!("{LEVEL}{}", level.key())));
    words.extend(partition.map(|partition| format!("{PARTITION}{partition}")));
    if selection.built_in == BuiltIn::No {
        words.push(NO_BUILT_IN.to_owned());
    }
    words
}

/// The selection that those words tell.
fn selection_of(words: &[String]) -> (Selection, Option<Partition>) {
    let (mut selection, mut partition) = (Selection::default(), None);
    for word in words {
        if let Some(id) = word.strip_prefix(REQUIREMENT) {
            selection.requirements.push(id.to_owned());
        } else if let Some(level) = word.strip_prefix(LEVEL) {
            let known = [LevelName::Must, LevelName::Should, LevelName::Interop];
            selection.levels.extend(known.into_iter().find(|known| known.key() == level));
        } else if let Some(part) = word.strip_prefix(PARTITION) {
            partition = part.parse().ok();
        } else if word != NO_BUILT_IN {
            selection.scenarios.push(word.clone());
        }
    }
    (selection, partition)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::run::{built_in, tour};

    fn chosen(selection: &Selection, partition: Option<&str>) -> Result<Choice, String> {
        let scenarios = built_in::scenarios().unwrap();
        let partition = partition.map(|text| text.parse().unwrap());
        choose(&scenarios, &scenarios, (Role::Target, selection, &tour::profile("http://h/pens")), partition)
            .map_err(|error| error.to_string())
    }

    fn of(scenarios: &[&str], requirements: &[&str], levels: &[LevelName]) -> Selection {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Selection {
            scenarios: owned(scenarios),
            requirements: owned(requirements),
            levels: levels.to_vec(),
            ..Selection::default()
        }
    }

    fn ids(choice: &Choice) -> Vec<&str> {
        choice.cases.iter().map(|case| case.id.as_str()).collect()
    }

    #[test]
    fn everything_is_played_when_nothing_is_asked_for() {
        let choice = chosen(&Selection::default(), None).unwrap();
        assert!(choice.cases.len() > 20 && choice.selection.is_empty() && choice.proves.is_empty());
    }

    #[test]
    fn a_requirement_brings_the_cases_that_are_there_for_it_and_the_probe() {
        let choice = chosen(&of(&[], &["err-2001"], &[]), None).unwrap();
        assert!(ids(&choice).contains(&"target/errors/missing-element/pens-version"));
        assert!(ids(&choice).contains(&PROBE) && choice.cases.len() < 10);
        assert_eq!(
            (choice.selection, choice.proves),
            (vec!["--requirement err-2001".to_owned()], vec!["ERR-2001".to_owned()])
        );
        assert!(chosen(&of(&[], &["ERR-20*"], &[]), None).unwrap().cases.len() > 5);
    }

    #[test]
    fn a_level_brings_its_rows() {
        let choice = chosen(&of(&[], &[], &[LevelName::Should]), None).unwrap();
        let proves: BTreeSet<&str> = choice.proves.iter().map(String::as_str).collect();
        let should = rows_of(Role::Target).filter(|row| row.level == Level::Should).map(|row| row.id);
        assert_eq!(proves, should.collect());
    }

    #[test]
    fn parts_are_the_whole_and_share_the_probe_alone() {
        let whole = chosen(&Selection::default(), None).unwrap();
        let mut parts = Vec::new();
        for part in ["1/3", "2/3", "3/3"] {
            let choice = chosen(&Selection::default(), Some(part)).unwrap();
            assert!(ids(&choice).contains(&PROBE));
            assert_eq!(choice.selection, [format!("--partition {part}")]);
            parts.extend(choice.cases.into_iter().map(|case| case.id).filter(|id| id != PROBE));
        }
        parts.sort();
        let mut all: Vec<&str> = ids(&whole).into_iter().filter(|id| *id != PROBE).collect();
        all.sort_unstable();
        assert_eq!(parts, all);
    }

    #[test]
    fn what_is_told_of_a_selection_is_read_back() {
        let selection = of(&["target/errors/*"], &["ERR-20*"], &[LevelName::Must]);
        let partition = "1/2".parse().ok();
        assert_eq!(selection_of(&words(&selection, partition)), (selection, partition));
    }

    #[test]
    fn an_empty_selection_says_why() {
        let check = |selection: Selection, words: &str| {
            let told = chosen(&selection, None).unwrap_err();
            assert!(told.contains(words), "{told}");
        };
        check(of(&[], &["RSP-04"], &[]), "unknown requirement \"RSP-04\"; did you mean \"RSP-004\"");
        check(of(&[], &["XYZ-*"], &[]), "unknown requirement \"XYZ-*\"; `penspec list requirements`");
        check(of(&[PROBE], &["ERR-2001"], &[]), "none of the scenarios asked for is there for ERR-2001;");
        check(of(&[], &["ERR-2001"], &[LevelName::Should]), "of these ids and levels");
    }
}
