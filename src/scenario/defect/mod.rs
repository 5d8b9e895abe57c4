//! A defect: a single wrong habit that a mock can be given, and the requirement that it has to break.

mod client;
mod habit;
mod when;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::client::{Acknowledge, CalledAt, Guard, Offer, PackageId, Publish, TargetUrl, Which};
pub use self::habit::{Callback, Disregarded, Habit, Respond};
pub use self::when::{When, With};
use super::model::Subject;
use crate::mock::conduct::Conduct;
use crate::mock::manners::Manners;

/// A wrong habit of a mock; its file is in fixtures/defects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The path of its file below fixtures/defects, without the extension.
    pub name: String,
    /// What is wrong, in one sentence.
    pub title: String,
    /// The role of the mock that has it.
    pub subject: Subject,
    /// The requirements that have to fail; none for a peer that is found out by its silence.
    pub breaks: Vec<String>,
    /// The requirements that may fail or lose their evidence besides.
    pub collateral: Vec<Collateral>,
    /// What the mock does otherwise than it should.
    pub habits: Vec<Habit>,
}

/// A defect as its file has it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DefectFile {
    /// What is wrong, in one sentence.
    pub(super) title: String,
    /// The role of the mock that has it.
    pub(super) subject: Subject,
    /// The requirements that have to fail.
    pub(super) breaks: Vec<String>,
    /// The requirements that may fail or lose their evidence besides.
    #[serde(default)]
    pub(super) collateral: Vec<Collateral>,
    /// What the mock does otherwise than it should.
    pub(super) habits: Vec<Habit>,
}

impl DefectFile {
    /// The defect of that name.
    pub(super) fn named(self, name: &str) -> Defect {
        let Self { title, subject, breaks, collateral, habits } = self;
        Defect { name: name.to_owned(), title, subject, breaks, collateral, habits }
    }
}

/// Requirements that a defect touches besides those that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Collateral {
    /// An id, or a glob over ids: `ERR-20*`.
    pub requirement: String,
    /// Why it cannot be helped.
    pub because: String,
}

impl Defect {
    /// A mock target that conforms but for this defect.
    #[must_use]
    pub fn manners(&self) -> Manners {
        let mut manners = Manners::default();
        self.spoil(&mut manners);
        manners
    }

    /// Gives a mock target the habits of this defect.
    pub fn spoil(&self, manners: &mut Manners) {
        for habit in &self.habits {
            habit.clone().spoil_target(manners);
        }
    }

    /// The conduct of a mock client that conforms but for this defect.
    #[must_use]
    pub fn conduct(&self) -> Conduct {
        let mut conduct = Conduct::default();
        for habit in &self.habits {
            habit.clone().spoil_client(&mut conduct);
        }
        conduct
    }
}
