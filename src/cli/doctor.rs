//! `doctor`: a preflight; each line ok, warn or fail, with the cure.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;

use super::options::{Connection, read_url};
use super::{Speech, Stop, profile, say, visible};
use crate::certify::{masker_of, runtime};
use crate::doctor::{Health, Sign, examine};
use crate::profile::load::Loaded;
use crate::report::quoted;
use crate::wire::http::Address;

/// What `doctor` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The target system URL to look at; that of the profile when left out. One command goes there, which PENS does not have.
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// The profile whose listeners and target are looked at; penspec.yaml when it is there.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn doctor(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let Loaded { mut profile, hidden, .. } = profile::read(options.profile.as_deref())?;
    options.connection.apply(&mut profile);
    if let Some(url) = &options.url {
        profile.target.url.clone_from(url);
    }
    let target = (options.url.is_some() || !profile.target.url.is_empty())
        .then(|| read_url(&profile.target.url))
        .transpose()?;
    let runtime = runtime()?;
    let signs = runtime.block_on(examine(&profile, target.as_ref(), Utc::now()));
    // A resolver that still looks for a name is not waited for.
    runtime.shutdown_background();
    let (signs, masker) = (signs?, masker_of(&profile, hidden)?);
    for sign in signs.iter().filter(|sign| !speech.quiet || sign.health == Health::Fail) {
        say(&masker.mask_text(&line(sign)));
    }
    let failed = signs.iter().filter(|sign| sign.health == Health::Fail).count();
    if failed > 0 {
        return Err(Stop::Environment(format!(
            "{failed} of {} signs are bad: a run would not come to its verdicts",
            signs.len()
        )));
    }
    if !speech.quiet {
        say(&masker.mask_text(&ending(&signs, options.url.as_deref(), target.as_ref())));
    }
    Ok(0)
}

/// A sign in a line, and its cure in another.
fn line(sign: &Sign) -> String {
    let seen = visible(&sign.seen);
    let cure = sign.cure.as_ref().map_or_else(String::new, |cure| format!("{:19}{}\n", "", visible(cure)));
    format!("{:<5}{:<14}{seen}\n{cure}", sign.health.name(), sign.of)
}

/// What to do next.
fn ending(signs: &[Sign], url: Option<&str>, target: Option<&Address>) -> String {
    let is_doubtful = signs.iter().any(|sign| sign.health == Health::Warn);
    let next = match (url, target) {
        (Some(url), _) => format!("next: penspec test target {}", quoted(url)),
        (None, Some(_)) => "next: penspec test target".to_owned(),
        (None, None) => "give the URL of the target to look at it, too".to_owned(),
    };
    let all = if is_doubtful { "what is marked warn may spoil verdicts" } else { "all is well" };
    format!("\n{all}; {next}\n")
}
