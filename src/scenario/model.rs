//! A scenario as it is loaded: its cases, every variable already in its place.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::need::Need;
use super::steps::Step;
use crate::transcript::entry::Role;

/// The system under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// An LMS, which receives the collect.
    Target,
    /// An authoring tool, which sends it.
    Client,
}

impl Subject {
    /// The system under test of a run whose subject has this role.
    #[must_use]
    pub fn of(role: Role) -> Self {
        match role {
            Role::Target => Self::Target,
            Role::Client => Self::Client,
        }
    }

    /// `target` or `client`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Client => "client",
        }
    }
}

/// A script of actions, with at least one case and one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its path without the extension: `target/errors/missing-element`.
    pub id: String,
    /// What it shows, in one sentence, variables as they are written.
    pub title: String,
    /// The system under test.
    pub subject: Subject,
    /// The requirements that it is there for.
    pub proves: Vec<String>,
    cases: Vec<Case>,
}

/// A scenario with the values of one case: what is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The scenario's id with the name of the case behind it, or the scenario's own id when it has no cases.
    pub id: String,
    /// The title, variables replaced.
    pub title: String,
    /// The system under test.
    pub subject: Subject,
    /// The scenario's requirements but for those that only other cases provoke.
    pub proves: Vec<String>,
    /// What it needs before it can be played.
    pub needs: Vec<Need>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// A scenario as its file has it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "penspec scenario")]
pub(super) struct ScenarioFile {
    /// What the scenario shows, in one sentence.
    pub(super) title: String,
    /// The system under test.
    pub(super) subject: Subject,
    /// The requirements that it is there for.
    #[serde(default)]
    pub(super) proves: Vec<String>,
    /// What it needs before it can be played; it is left out where that is missing.
    #[serde(default)]
    pub(super) needs: Vec<Need>,
    /// The scenario is played once for each; the keys besides `case` are variables, written `${key}` in steps.
    #[serde(default)]
    #[schemars(with = "Vec<CaseRow>")]
    #[expect(dead_code, reason = "read by load::variables, here for the schema and the check of keys")]
    cases: IgnoredAny,
    /// What is done, in order.
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<Step>,
}

impl Scenario {
    /// A scenario from its file once for each case; the names are `None` when it has none.
    /// The requirements of the whole are those of its file.
    pub(super) fn from_cases(
        id: &str,
        title: String,
        files: Vec<(Option<String>, ScenarioFile)>,
    ) -> Option<Self> {
        let first = files.first()?;
        let (subject, proves) = (first.1.subject, first.1.proves.clone());
        let all: BTreeSet<String> = files.iter().flat_map(|(_, file)| provoked(&file.steps)).collect();
        let cases = files.into_iter().map(|(name, file)| Case::new(id, name, file, &all)).collect();
        Some(Self { id: id.to_owned(), title, subject, proves, cases })
    }

    /// What is played, in the order of the file; never empty.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }
}

impl Case {
    fn new(
        scenario: &str,
        name: Option<String>,
        file: ScenarioFile,
        provoked_by_any: &BTreeSet<String>,
    ) -> Self {
        let id = name.map_or_else(|| scenario.to_owned(), |name| format!("{scenario}/{name}"));
        let own = provoked(&file.steps);
        let ScenarioFile { title, subject, mut proves, needs, steps, .. } = file;
        proves.retain(|id| own.contains(id) || !provoked_by_any.contains(id));
        Self { id, title, subject, proves, needs, steps }
    }
}

/// The rows that the collects of these steps say they provoke.
fn provoked(steps: &[Step]) -> BTreeSet<String> {
    let provokes = |step: &Step| match step {
        Step::Collect(collect) => collect.provokes.to_vec(),
        Step::Stage(_)
        | Step::Trigger(_)
        | Step::Respond(_)
        | Step::Fetch(_)
        | Step::Receipt(_)
        | Step::Alert(_)
        | Step::Ask(_)
        | Step::Await(_)
        | Step::Expect(_)
        | Step::Pause(_) => Vec::new(),
        Step::Repeat(repeat) => provoked(&repeat.steps).into_iter().collect(),
    };
    steps.iter().flat_map(provokes).collect()
}

/// A row of `cases`, for the schema only.
struct CaseRow;

impl JsonSchema for CaseRow {
    fn schema_name() -> Cow<'static, str> {
        "CaseRow".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A case and the values of its variables.",
            "type": "object",
            "properties": { "case": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
                "description": "The name of the case, the last part of its id." } },
            "required": ["case"],
        })
    }
}
