//! Which profile a command reads.

use std::path::Path;

use super::Stop;
use crate::certify::read_profile;
use crate::profile::load::Loaded;

/// The profile that is read when none is named.
pub(super) const USUAL: &str = "penspec.yaml";

/// Reads the profile that is named, or the usual one when it is there.
pub(super) fn read(named: Option<&Path>) -> Result<Loaded, Stop> {
    match named {
        Some(path) => read_profile(path),
        None if Path::new(USUAL).exists() => read_profile(Path::new(USUAL)),
        None => Ok(Loaded::default()),
    }
}
