//! The files that are compiled in, so that the binary alone is enough.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::directory::{extension, id_of, write};
use super::{LibraryError, Source};

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static PACKAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/packages");
static DEFECTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/defects");

/// What the names of packages end with: the package-formats of PENS.
const PACKED: [&str; 3] = ["zip", "jar", "war"];

/// The built-in scenarios, sorted by id.
#[must_use]
pub fn built_in() -> Vec<Source> {
    sources(&SCENARIOS, "scenarios")
}

/// The built-in defects, sorted by name; their ids are their names.
#[must_use]
pub fn built_in_defects() -> Vec<Source> {
    sources(&DEFECTS, "fixtures/defects")
}

/// The names of the built-in packages, sorted.
#[must_use]
pub fn package_names() -> Vec<&'static str> {
    packages().into_keys().collect()
}

/// The bytes of a built-in package.
#[must_use]
pub fn package(name: &str) -> Option<&'static [u8]> {
    packages().remove(name)
}

/// Writes the built-in files out, as `scenarios`, `packages` and `defects` below the directory; a file that is there
/// with the same bytes is left alone.
///
/// # Errors
/// When something cannot be written, or a file of that name has other bytes; nothing is overwritten.
pub fn export(directory: &Path) -> Result<(), LibraryError> {
    for source in sources(&SCENARIOS, "scenarios").into_iter().chain(sources(&DEFECTS, "defects")) {
        write(&directory.join(source.name), source.text.as_bytes())?;
    }
    for (name, bytes) in packages() {
        write(&directory.join("packages").join(name), bytes)?;
    }
    Ok(())
}

fn packages() -> BTreeMap<&'static str, &'static [u8]> {
    let packed = PACKAGES.files().filter(|file| PACKED.contains(&extension(file.path())));
    packed.filter_map(|file| Some((file.path().to_str()?, file.contents()))).collect()
}

/// The YAML files of a directory and of those below it, sorted by id.
fn sources(directory: &Dir<'static>, below: &str) -> Vec<Source> {
    let own = directory.files().filter(|file| extension(file.path()) == "yaml").filter_map(|file| {
        let id = id_of(file.path());
        Some(Source { name: format!("{below}/{id}.yaml"), id, text: file.contents_utf8()?.to_owned() })
    });
    let mut sources: Vec<Source> = own.collect();
    sources.extend(directory.dirs().flat_map(|directory| self::sources(directory, below)));
    sources.sort_by(|one, other| one.id.cmp(&other.id));
    sources
}
