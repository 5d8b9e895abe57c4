//! `diff`: two stored runs compared.

use std::path::Path;

use super::test::detail;
use super::{Speech, Stop, say};
use crate::certify::read_run;
use crate::report::diff::{compare, render};

pub(super) fn diff(before: &Path, after: &Path, speech: &Speech) -> Result<u8, Stop> {
    let (earlier, later) = (read_run(before)?, read_run(after)?);
    let diff = compare(&earlier, &later).map_err(|error| {
        Stop::Usage(format!(
            "{} and {}: {error}; name two runs of one role",
            before.display(),
            after.display()
        ))
    })?;
    say(&render(&diff, &earlier, &later, detail(speech)));
    Ok(u8::from(diff.is_regressed()))
}
