//! A course of the user's own: looked at when the profile is read, and taken whole before anything is sent.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Stop;
use crate::mock::stage::Package;
use crate::profile::Profile;

/// What a course may have at most: it is held in memory while it is offered.
const MOST: u64 = 512 * 1024 * 1024;

/// What keeps a file from being offered; the message names its cure.
///
/// # Errors
/// When it is not there, is no file, is empty or too large, or has no extension.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let cannot = |why: &str| format!("{shown}: {why}; name the archive of a course");
    let about = std::fs::metadata(path).map_err(|error| cannot(&format!("cannot be read: {error}")))?;
    if !about.is_file() {
        return Err(cannot("is no file"));
    }
    if about.len() == 0 {
        return Err(cannot("is empty"));
    }
    if about.len() > MOST {
        return Err(format!(
            "{shown}: is larger than 512 MiB, which is the most that is offered; take a smaller course"
        ));
    }
    if path.extension().is_none_or(std::ffi::OsStr::is_empty) {
        return Err(format!(
            "{shown}: has no extension, which the URL of a package ends with (6.2.7); call it {shown}.zip"
        ));
    }
    File::open(path).map(drop).map_err(|error| cannot(&format!("cannot be read: {error}")))
}

/// The course that a profile names, whole.
///
/// # Errors
/// When it cannot be offered any more.
pub(crate) fn read(profile: &Profile) -> Result<Option<Package>, Stop> {
    let Some(path) = profile.elements.package.as_deref().map(Path::new) else { return Ok(None) };
    check(path).map_err(Stop::Usage)?;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    read.map_err(|error| Stop::Usage(format!("{}: cannot be read: {error}", path.display())))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Some(Package { name, payload: bytes.into() }))
}

/// The profile with the name of its course alone: where that lies on this machine is nobody's business.
pub(super) fn without_directory(profile: &mut Profile) {
    if let Some(path) = &mut profile.elements.package {
        *path = Path::new(path.as_str()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
}
