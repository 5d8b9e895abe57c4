//! What is compiled in: scenarios, packages and defects, checked against the catalogue as they are loaded.

use chrono::{DateTime, TimeDelta, Utc};

use crate::mock::stage::Package;
use crate::pens::{Command, Element, VERSION, faults};
use crate::requirements::{self, Provoked};
use crate::scenario::defect::Defect;
use crate::scenario::library::{self, LibraryError};
use crate::scenario::load::Known;
use crate::scenario::model::Scenario;
use crate::scenario::packages::Packages;
use crate::scenario::steps::collect::Collect;

/// All scenarios.
///
/// # Errors
/// When one is not as it should be, which a test rules out for those that are shipped.
pub fn scenarios() -> Result<Vec<Scenario>, LibraryError> {
    with_known(|known| library::load_all(&library::built_in(), known))
}

/// All defects.
///
/// # Errors
/// When one is not as it should be, which a test rules out for those that are shipped.
pub fn defects() -> Result<Vec<Defect>, LibraryError> {
    with_known(|known| library::load_defects(&library::built_in_defects(), known))
}

/// The package with this file name.
#[must_use]
pub fn package(name: &str) -> Option<Package> {
    let payload = library::package(name)?.to_vec().into();
    Some(Package { name: name.to_owned(), payload })
}

/// All packages that are compiled in.
#[must_use]
pub fn packages() -> Packages {
    Packages::built_in(package)
}

/// Calls `load` with the names that a file may use.
pub fn with_known<T>(load: impl FnOnce(&Known<'_>) -> T) -> T {
    let requirement_ids: Vec<&str> = requirements::all().map(|row| row.id).collect();
    let element_names: Vec<&str> = Element::ALL.iter().map(|element| element.name()).collect();
    load(&Known {
        requirement_ids: &requirement_ids,
        package_names: &library::package_names(),
        element_names: &element_names,
        faults: provoked_by,
    })
}

/// The rows whose errors a `collect` step carries.
fn provoked_by(collect: &Collect) -> Vec<String> {
    // Any day will do for which what scenarios call past and future is so.
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
    let expiry = (now + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let plain: Command = [
        (Element::PensVersion, VERSION),
        (Element::Command, "collect"),
        (Element::PackageType, "scorm-pif"),
        (Element::PackageTypeVersion, "1.2"),
        (Element::PackageFormat, "zip"),
        (Element::PackageId, "http://penspec.example/lint"),
        (Element::PackageUrl, "http://penspec.example/lint.zip"),
        (Element::PackageUrlExpiry, &expiry),
        (Element::Client, "penspec"),
        (Element::Receipt, "http://penspec.example/receipt"),
        (Element::Alerts, "http://penspec.example/alerts"),
    ]
    .into_iter()
    .map(|(element, value)| (element.name(), value))
    .collect();
    let command = match &collect.raw {
        Some(raw) => Command::read_query(raw.as_bytes()).0,
        None => collect.command(&plain, &|name| format!("{name}@penspec.example")),
    };
    // What is no error of the tables is a probe, and is taken at its word.
    if collect.provokes.iter().any(|id| requirements::provoked(id).is_none()) {
        return collect.provokes.to_vec();
    }
    let mut carried: Vec<String> =
        faults(&command, now).into_iter().map(|fault| format!("ERR-{}", fault.code)).collect();
    // What the retrieval brings about is not to be seen in the command.
    let is_hidden = |id: &&String| requirements::provoked(id).is_some_and(Provoked::is_hidden);
    carried.extend(collect.provokes.iter().filter(is_hidden).cloned());
    carried
}
