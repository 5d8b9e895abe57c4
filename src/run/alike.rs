//! Which shipped defects show the same fault as a finding.

use std::sync::LazyLock;

use super::built_in;
use crate::scenario::defect::Defect;
use crate::scenario::model::Subject;
use crate::transcript::entry::Role;

/// The shipped defects, read once, however many pages are written. That all of them can be loaded, a test says.
static DEFECTS: LazyLock<Vec<Defect>> = LazyLock::new(|| built_in::defects().unwrap_or_default());

/// The shipped defects of mocks in one role.
pub struct Alike {
    role: Role,
}

impl Alike {
    /// Those of a mock in this role.
    #[must_use]
    pub fn of(role: Role) -> Self {
        Self { role }
    }

    /// The commands that start a mock with the fault that breaks this requirement, and what it then does.
    pub fn breaking(&self, id: &str) -> impl Iterator<Item = (String, &'static str)> {
        let breaking = DEFECTS.iter().filter(move |defect| {
            defect.subject == Subject::of(self.role) && defect.breaks.iter().any(|it| it == id)
        });
        breaking.map(|defect| (self.command(&defect.name), defect.title.as_str()))
    }

    fn command(&self, name: &str) -> String {
        match self.role {
            Role::Target => format!("penspec mock target --defect {name}"),
            Role::Client => format!("penspec mock client URL --defect {name}"),
        }
    }
}
