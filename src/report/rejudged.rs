//! What a stored report.json said, beside what the evidence says now: which verdicts changed, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;

use super::told::{FEW, shortened};
use crate::requirements::judge::Judged;
use crate::run::Run;
use crate::transcript::entry::SCHEMA_VERSION;

/// What is read of a report.json; whoever wrote it may be a stranger.
#[derive(Debug, Clone, Deserialize)]
pub struct Earlier {
    run_id: String,
    tool: Tool,
    verdict: String,
    requirements: Vec<Row>,
}

#[derive(Debug, Clone, Deserialize)]
struct Tool {
    version: String,
    catalogue: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: String,
    level: String,
    /// Reports before this key was there leave it out.
    text: Option<String>,
    verdict: String,
    findings: Vec<Found>,
}

#[derive(Debug, Clone, Deserialize)]
struct Found {
    message: String,
}

/// Why a report.json cannot be held against the evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// It is no report of ours.
    #[error("it is no report.json of penspec: {0}")]
    Foreign(String),
    /// It was written by another major version.
    #[error("it has schema version {0}, this penspec reads version {SCHEMA_VERSION}")]
    Version(u32),
    /// It was made of another transcript.
    #[error("it is of the run {of}, the transcript is of the run {here}")]
    OtherRun {
        /// The run that the report is of.
        of: String,
        /// The run that the transcript is of.
        here: String,
    },
}

/// What a report said and the evidence does not say any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejudged {
    was: String,
    is: String,
    verdict: Option<String>,
    /// The rows whose verdict changed, in the catalogue's order, then those that are gone.
    pub changes: Vec<Change>,
}

/// A row whose verdict changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// The verdict that the report has; `None` of a row that it has not.
    pub before: Option<String>,
    /// The verdict that the evidence has now; `None` of a row that is gone.
    pub after: Option<&'static str>,
    /// Why, a clause each.
    pub why: Vec<String>,
}

impl Earlier {
    /// Reads a report.json.
    ///
    /// # Errors
    /// When it is none of ours, or of another major version.
    pub fn read(text: &str) -> Result<Self, NotComparable> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let foreign = |error: serde_json::Error| NotComparable::Foreign(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(foreign)?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(NotComparable::Version(version.schema_version));
        }
        serde_json::from_str(text).map_err(foreign)
    }

    /// Holds the report against the evidence that it was made of.
    ///
    /// # Errors
    /// When it was made of other evidence.
    pub fn compare(&self, run: &Run) -> Result<Rejudged, NotComparable> {
        let here = &run.header.run_id;
        if self.run_id != *here {
            return Err(NotComparable::OtherRun { of: shortened(&self.run_id), here: shortened(here) });
        }
        let rows: BTreeMap<&str, &Row> = self.requirements.iter().map(|row| (row.id.as_str(), row)).collect();
        let judged = &run.judgement.rows;
        let changes = judged.iter().filter_map(|judged| change(rows.get(judged.row.id).copied(), judged));
        let known: BTreeSet<&str> = judged.iter().map(|judged| judged.row.id).collect();
        let gone =
            self.requirements.iter().filter(|row| !known.contains(row.id.as_str())).map(|row| Change {
                id: shortened(&row.id),
                before: Some(shortened(&row.verdict)),
                after: None,
                why: vec!["the catalogue has it no more".to_owned()],
            });
        let verdict = run.judgement.verdict.key();
        Ok(Rejudged {
            was: format!("{} of penspec {}", shortened(&self.tool.catalogue), shortened(&self.tool.version)),
            is: format!("{} of penspec {}", crate::requirements::CATALOGUE, env!("CARGO_PKG_VERSION")),
            verdict: (self.verdict != verdict).then(|| format!("{} -> {verdict}", shortened(&self.verdict))),
            changes: changes.chain(gone).collect(),
        })
    }
}

impl Rejudged {
    /// Whether the evidence says all that the report says, and nothing else.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.verdict.is_none() && self.changes.is_empty()
    }

    /// Whether the report was made by this catalogue.
    #[must_use]
    pub fn is_of_this_catalogue(&self) -> bool {
        self.was == self.is
    }

    /// What changed and why, in lines; nothing where all is as it was.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = match (self.is_of_this_catalogue(), self.follows()) {
            (true, true) => return String::new(),
            (true, false) => format!(
                "report.json says something else than the evidence by the same catalogue, {}: it was altered\n",
                self.is
            ),
            (false, true) => {
                format!("the catalogue was {}, is {}: no verdict has changed\n", self.was, self.is)
            }
            (false, false) => format!("the catalogue was {}, is {}:\n", self.was, self.is),
        };
        for change in &self.changes {
            let word = |verdict: Option<&str>| verdict.unwrap_or("not there").to_owned();
            let (before, after) = (word(change.before.as_deref()), word(change.after));
            let _ = writeln!(text, "  {}: {before} -> {after}: {}", change.id, change.why.join("; "));
        }
        if let Some(verdict) = &self.verdict {
            let _ = writeln!(text, "  the run: {verdict}");
        }
        text
    }
}

fn change(was: Option<&Row>, is: &Judged) -> Option<Change> {
    let after = is.verdict.key();
    if was.is_some_and(|was| was.verdict == after) {
        return None;
    }
    Some(Change {
        id: format!("{} {}", is.row.id, is.row.name),
        before: was.map(|was| shortened(&was.verdict)),
        after: Some(after),
        why: match was {
            None => vec!["the row is new".to_owned()],
            Some(was) => why(was, is),
        },
    })
}

/// Why a verdict may have changed: what the row is, and what is said of it.
fn why(was: &Row, is: &Judged) -> Vec<String> {
    let level = is.row.level.key();
    let weighed =
        (was.level != level).then(|| format!("the row's level was {} and is {level}", shortened(&was.level)));
    let reworded = was.text.as_deref().is_some_and(|text| text != is.row.text);
    let reworded = reworded.then(|| "the row's text is another".to_owned());
    let before: BTreeSet<&str> = was.findings.iter().map(|found| found.message.as_str()).collect();
    let now: BTreeSet<&str> = is.findings().map(|(_, finding)| finding.message.as_str()).collect();
    let told = |word: &str, some: &BTreeSet<&str>, others: &BTreeSet<&str>| {
        let only: Vec<String> = some.difference(others).take(FEW).map(|text| shortened(text)).collect();
        (!only.is_empty()).then(|| format!("{word} {}", only.join(", ")))
    };
    let found = [told("now it is found that", &now, &before), told("no longer that", &before, &now)];
    let why: Vec<String> = [weighed, reworded].into_iter().chain(found).flatten().collect();
    if why.is_empty() { vec!["the same findings, weighed otherwise".to_owned()] } else { why }
}
