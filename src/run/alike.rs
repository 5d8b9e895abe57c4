//! Which shipped defects show the same fault as a finding.

use super::built_in;
use crate::scenario::defect::Defect;
use crate::scenario::model::Subject;
use crate::transcript::entry::Role;

/// The shipped defects of mocks in one role.
pub struct Alike {
    role: Role,
    defects: Vec<Defect>,
}

impl Alike {
    /// Those of a mock in this role; their files are read here.
    #[must_use]
    pub fn of(role: Role) -> Self {
        // That all that is shipped can be loaded, a test says.
        let mut defects = built_in::defects().unwrap_or_default();
        defects.retain(|defect| defect.subject == Subject::of(role));
        Self { role, defects }
    }

    /// The commands that start a mock with the fault that breaks this requirement, and what it then does.
    pub fn breaking(&self, id: &str) -> impl Iterator<Item = (String, &str)> {
        let breaking = self.defects.iter().filter(move |defect| defect.breaks.iter().any(|it| it == id));
        breaking.map(|defect| (self.command(&defect.name), defect.title.as_str()))
    }

    fn command(&self, name: &str) -> String {
        match self.role {
            Role::Target => format!("penspec mock target --defect {name}"),
            Role::Client => format!("penspec mock client URL --defect {name}"),
        }
    }
}
