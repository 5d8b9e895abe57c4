//! The packages that scenarios offer: those that are compiled in, and a course of the user's own.

use crate::mock::stage::Package;

/// What a `stage` calls the user's own course.
pub const COURSE: &str = "course";

/// What stands in its place where the user has none.
const STAND_IN: &str = "scorm12-minimal.zip";

/// The packages that a `stage` may name.
#[derive(Debug, Clone)]
pub struct Packages {
    built_in: fn(&str) -> Option<Package>,
    course: Option<Package>,
}

impl Packages {
    /// Those that are compiled in, and no others.
    #[must_use]
    pub fn built_in(built_in: fn(&str) -> Option<Package>) -> Self {
        Self { built_in, course: None }
    }

    /// The same, and a course of the user's own.
    #[must_use]
    pub fn with_course(self, course: Package) -> Self {
        Self { course: Some(course), ..self }
    }

    /// The package of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Package> {
        match (name, &self.course) {
            (COURSE, Some(course)) => Some(course.clone()),
            (COURSE, None) => (self.built_in)(STAND_IN),
            (name, _) => (self.built_in)(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_of_ones_own_takes_the_place_of_the_stand_in() {
        let named = |name: &str| Some(Package { name: name.to_owned(), payload: name.into() });
        let packages = Packages::built_in(named);
        let name_of = |packages: &Packages, name| packages.named(name).map(|package| package.name);
        assert_eq!(name_of(&packages, COURSE).as_deref(), Some(STAND_IN));
        let own = Package { name: "own.zip".to_owned(), payload: "PK".into() };
        let packages = packages.with_course(own);
        assert_eq!(name_of(&packages, COURSE).as_deref(), Some("own.zip"));
        assert_eq!(name_of(&packages, STAND_IN).as_deref(), Some(STAND_IN));
    }
}
