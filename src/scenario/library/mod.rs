//! The scenarios there are, those that are compiled in and those of a user's directory: loaded, looked up by id or glob.

mod built_in;
mod directory;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

pub use self::built_in::{built_in, built_in_defects, export, package, package_names};
pub use self::directory::read_directory;
use super::defect::Defect;
use super::glob;
use super::load::{self, Known, Mistakes};
use super::model::{Case, Scenario};
use crate::transcript::bytes::visible;

/// A file of YAML before it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path below its root, without the extension, parts split by `/`: `target/errors/missing-element`.
    pub id: String,
    /// What messages call it.
    pub name: String,
    /// Its text, as it stands.
    pub text: String,
}

/// What keeps a library from being read, searched or written out.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or a directory cannot be read or written.
    #[error("{}: {source}", shown(path))]
    Io {
        /// The file or the directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file to be written is there and has other bytes.
    #[error("{}: there is another file of this name; give a new directory", shown(path))]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// Directories lie too deep, or there are too many files.
    #[error("{}: {what}", shown(path))]
    TooMuch {
        /// The directory.
        path: PathBuf,
        /// Which bound is met.
        what: &'static str,
    },
    /// Two files or cases have the same id.
    #[error("{} is the id of two scenarios or cases", visible(.0))]
    Twice(String),
    /// Files are refused; each with all its mistakes.
    #[error("{}", texts(.0))]
    Refused(Vec<Mistakes>),
    /// There is no such id, or nothing that the pattern matches.
    #[error("{}", unknown(wanted, near))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// Ids that may have been meant, the likeliest first.
        near: Vec<String>,
    },
}

/// Loads scenarios.
///
/// # Errors
/// The mistakes of all files that are refused; an id that two cases have.
pub fn load_all(sources: &[Source], known: &Known<'_>) -> Result<Vec<Scenario>, LibraryError> {
    let scenarios = all(sources, |source| load::load(&source.name, &source.id, &source.text, known))?;
    let mut ids: BTreeSet<&str> = scenarios.iter().map(|scenario| &*scenario.id).collect();
    for (scenario, case) in cases(&scenarios) {
        if case.id != scenario.id && !ids.insert(&case.id) {
            return Err(LibraryError::Twice(case.id.clone()));
        }
    }
    Ok(scenarios)
}

/// Loads defects.
///
/// # Errors
/// The mistakes of all files that are refused.
pub fn load_defects(sources: &[Source], known: &Known<'_>) -> Result<Vec<Defect>, LibraryError> {
    all(sources, |source| load::load_defect(&source.name, &source.id, &source.text, known))
}

/// The cases that are meant: by the id of a case, by that of a scenario for all its cases, or by a glob over both.
/// In the order of the scenarios, each once; all of them when nothing is wanted in particular.
///
/// # Errors
/// An id or a pattern that means nothing, with the ids that come near.
pub fn select<'s>(scenarios: &'s [Scenario], wanted: &[String]) -> Result<Vec<&'s Case>, LibraryError> {
    let meant = |wanted: &String, scenario: &Scenario, case: &Case| {
        glob::matches(wanted, &scenario.id) || glob::matches(wanted, &case.id)
    };
    for wanted in wanted {
        if !cases(scenarios).any(|(scenario, case)| meant(wanted, scenario, case)) {
            return Err(LibraryError::Unknown { wanted: wanted.clone(), near: near(wanted, scenarios) });
        }
    }
    let chosen = cases(scenarios).filter(|(scenario, case)| {
        wanted.is_empty() || wanted.iter().any(|wanted| meant(wanted, scenario, case))
    });
    Ok(chosen.map(|(_, case)| case).collect())
}

fn cases(scenarios: &[Scenario]) -> impl Iterator<Item = (&Scenario, &Case)> {
    scenarios.iter().flat_map(|scenario| scenario.cases().iter().map(move |case| (scenario, case)))
}

fn all<T>(sources: &[Source], load: impl Fn(&Source) -> Result<T, Mistakes>) -> Result<Vec<T>, LibraryError> {
    let mut loaded = Vec::new();
    let mut refused = Vec::new();
    for source in sources {
        match load(source) {
            Ok(one) => loaded.push(one),
            Err(mistakes) => refused.push(mistakes),
        }
    }
    if refused.is_empty() { Ok(loaded) } else { Err(LibraryError::Refused(refused)) }
}

/// The ids that come nearest to one that is not there: a few slips away, or with the same last part.
fn near(wanted: &str, scenarios: &[Scenario]) -> Vec<String> {
    let ids: BTreeSet<&str> =
        cases(scenarios).flat_map(|(scenario, case)| [&*scenario.id, &*case.id]).collect();
    let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let distance = |id: &str| strsim::damerau_levenshtein(wanted, id);
    let near = |id: &str| distance(id) <= wanted.len() / 3 || last(id) == last(wanted);
    if glob::is_glob(wanted) || wanted.len() > 200 {
        return Vec::new();
    }
    let mut near: Vec<&str> = ids.into_iter().filter(|id| near(id)).collect();
    near.sort_by_key(|id| distance(id));
    near.into_iter().take(5).map(str::to_owned).collect()
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string())
}

fn texts(refused: &[Mistakes]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn unknown(wanted: &str, near: &[String]) -> String {
    let what = if glob::is_glob(wanted) { "no scenario is matched by" } else { "unknown scenario" };
    match near {
        [] => format!("{what} {wanted:?}"),
        near => {
            let near: Vec<String> = near.iter().map(|id| format!("\"{}\"", visible(id))).collect();
            format!("{what} {wanted:?}; did you mean {}?", near.join(" or "))
        }
    }
}
