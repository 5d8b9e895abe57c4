//! `judge`: stored evidence, judged again.

use std::path::Path;

use super::test::detail;
use super::{Speech, Stop, report_dir, say};
use crate::report::text;

pub(super) fn judge(path: &Path, speech: &Speech) -> Result<u8, Stop> {
    let run = report_dir::read(path)?;
    say(&text::render(&run, detail(speech)));
    Ok(run.status_of_judging())
}
