//! A user's own directory of scenarios: read with bounds; and files written out without harm to others.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{LibraryError, Source};
use crate::yaml::{self, LONGEST};

/// How deep directories may lie in a user's directory.
const DEEPEST: usize = 8;

/// How many files a user's directory may have.
const MOST: usize = 5000;

/// The YAML files of a user's directory and of those below it, sorted by id; hidden ones and links to directories are
/// passed by.
///
/// # Errors
/// When something cannot be read, is not UTF-8 or is too long, deep or many, or when two files have the same id.
pub fn read_directory(root: &Path) -> Result<Vec<Source>, LibraryError> {
    let mut paths = Vec::new();
    gather(root, root, 0, &mut paths)?;
    let mut sources = BTreeMap::new();
    for path in paths {
        let source = read(root, &path)?;
        if let Some(other) = sources.insert(source.id.clone(), source) {
            return Err(LibraryError::Twice(other.id));
        }
    }
    Ok(sources.into_values().collect())
}

/// Writes a file that is not there yet, and the directories above it; the same bytes are left alone.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(io_error(parent))?;
    }
    match File::create_new(path) {
        Ok(mut file) => file.write_all(bytes).map_err(io_error(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let same = fs::read(path).map_err(io_error(path))? == bytes;
            if same { Ok(()) } else { Err(LibraryError::Taken { path: path.to_owned() }) }
        }
        Err(error) => Err(io_error(path)(error)),
    }
}

/// The path without its extension, its parts split by `/` on any system.
pub(super) fn id_of(path: &Path) -> String {
    let stem = path.with_extension("");
    let parts: Vec<_> = stem.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The extension of the file's name, empty when there is none.
pub(super) fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn gather(root: &Path, directory: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), LibraryError> {
    if depth > DEEPEST {
        return Err(LibraryError::TooMuch {
            path: directory.to_owned(),
            what: "directories lie more than 8 deep",
        });
    }
    for entry in fs::read_dir(directory).map_err(io_error(directory))? {
        let entry = entry.map_err(io_error(directory))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(io_error(&path))?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() {
            gather(root, &path, depth + 1, paths)?;
        } else if matches!(extension(&path), "yaml" | "yml") && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MOST {
            return Err(LibraryError::TooMuch {
                path: root.to_owned(),
                what: "there are more than 5000 scenarios",
            });
        }
    }
    Ok(())
}

/// No more is read of a long file than shows that it is too long.
fn read(root: &Path, path: &Path) -> Result<Source, LibraryError> {
    let name = path.display().to_string();
    let refuse = |message: &str| LibraryError::Refused(vec![yaml::refused(&name, message)]);
    let file = File::open(path).map_err(io_error(path))?;
    let mut bytes = Vec::new();
    let bound = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 1;
    file.take(bound).read_to_end(&mut bytes).map_err(io_error(path))?;
    if bytes.len() > LONGEST {
        return Err(refuse(&yaml::too_long()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refuse(&format!("the file is not UTF-8: see its byte {}", at + 1))
    })?;
    let id = id_of(path.strip_prefix(root).unwrap_or(path));
    Ok(Source { id, name, text })
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> LibraryError {
    move |source| LibraryError::Io { path: path.to_owned(), source }
}
