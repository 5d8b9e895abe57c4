//! The suite as the tests of somebody else's test binary: a trial for each requirement.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anstream::adapter::strip_str;

use super::profile::of_code;
use super::{Plan, ReportDir, Stop, runtime, scenarios};
use crate::profile::Profile;
use crate::report::text::{self, Detail};
use crate::requirements::Level;
use crate::requirements::judge::{Judged, rows_of};
use crate::requirements::verdict::Verdict;
use crate::run::{Run, built_in, choice};
use crate::transcript::entry::Role;
use crate::wire::http::Address;

/// The name of the trial of the run as a whole.
pub const WHOLE_RUN: &str = "run";

/// What one requirement, or the run as a whole, has to say to a test binary.
///
/// It maps onto a trial of the crate `libtest-mimic`, or of any other harness that takes names and functions.
#[derive(Clone)]
pub struct Trial {
    name: String,
    of: Of,
    whole: Arc<Whole>,
}

/// What a trial says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The requirement is kept; of the run, that it deserves the exit status 0.
    Passed,
    /// It is broken, or it is a MUST that could not be judged: the findings, as a terminal would show them.
    Failed(String),
    /// It does not apply, is borne by the profile, or was not selected: why.
    Skipped(String),
}

#[derive(Clone, Copy)]
enum Of {
    Requirement(&'static str),
    Run,
}

/// The run that all trials of one call share, played when the first of them asks.
struct Whole {
    profile: Profile,
    run: OnceLock<Result<Run, String>>,
}

/// The suite against the target that a profile describes: a trial for each requirement that binds a target, and a last
/// one, [`WHOLE_RUN`], which fails whenever `penspec test target` would not end with status 0.
///
/// Nothing is sent before the first trial is played. That one plays the whole run, the others wait for it; the report is
/// left in the profile's report directory, as the command leaves it.
///
/// A runner that starts a process for each test, as cargo-nextest does, would play the run in each of them: give it the
/// last trial alone.
///
/// # Errors
/// When the target's address or the selection of the profile is not as it should be.
pub fn trials(profile: &Profile) -> Result<Vec<Trial>, Stop> {
    read_target(profile)?;
    choose(profile)?;
    let whole = Arc::new(Whole { profile: profile.clone(), run: OnceLock::new() });
    let rows = rows_of(Role::Target).map(|row| (format!("{} {}", row.id, row.name), Of::Requirement(row.id)));
    let all = rows.chain([(WHOLE_RUN.to_owned(), Of::Run)]);
    Ok(all.map(|(name, of)| Trial { name, of, whole: Arc::clone(&whole) }).collect())
}

impl Trial {
    /// What it is called: a requirement's id and name, `RSP-004 crlf`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Plays the run, unless another trial has, and says what came of it.
    ///
    /// It blocks, and must not be called from within an asynchronous runtime.
    #[must_use]
    pub fn play(&self) -> Outcome {
        let run =
            match self.whole.run.get_or_init(|| play(&self.whole.profile).map_err(|stop| stop.to_string())) {
                Ok(run) => run,
                Err(stop) => return Outcome::Failed(stop.clone()),
            };
        match self.of {
            Of::Run => whole_run(run, &self.whole.profile.report_dir.0),
            Of::Requirement(id) => {
                let judged = run.judgement.rows.iter().find(|judged| judged.row.id == id);
                judged.map_or_else(
                    || Outcome::Skipped("not judged".to_owned()),
                    |judged| requirement(run, judged),
                )
            }
        }
    }
}

fn whole_run(run: &Run, report_dir: &str) -> Outcome {
    if run.exit_status == 0 {
        return Outcome::Passed;
    }
    let said = strip_str(&text::render(run, Detail::Verdict)).to_string();
    let broken = run.judgement.rows.iter().filter(|judged| judged.verdict == Verdict::Fail);
    let broken: Vec<String> = broken.map(|judged| format!("{} {}", judged.row.id, judged.row.name)).collect();
    Outcome::Failed(format!("{}\n{said}report in {report_dir}", broken.join("\n")))
}

fn requirement(run: &Run, judged: &Judged) -> Outcome {
    let told = || strip_str(&text::render_row(run, judged)).to_string().trim_end().to_owned();
    match judged.verdict {
        Verdict::Pass | Verdict::Warning => Outcome::Passed,
        Verdict::Fail => match run.acceptance.reason_of_row(judged) {
            Some(reason) => {
                Outcome::Skipped(format!("accepted: {}", crate::transcript::bytes::visible(reason)))
            }
            None => Outcome::Failed(told()),
        },
        Verdict::Inconclusive | Verdict::Review | Verdict::NotTested if judged.row.level == Level::Must => {
            Outcome::Failed(told())
        }
        Verdict::Inconclusive
        | Verdict::Review
        | Verdict::NotTested
        | Verdict::NotApplicable
        | Verdict::Deselected => Outcome::Skipped(judged.verdict.key().to_owned()),
    }
}

fn play(profile: &Profile) -> Result<Run, Stop> {
    let address = read_target(profile)?;
    let plan = Plan { loaded: of_code(profile), choice: choose(profile)?, partition: None };
    let dir = ReportDir::take(Path::new(&profile.report_dir.0))?;
    let runtime = runtime()?;
    let run =
        runtime.block_on(async { plan.prepare(&address, &dir).await?.play(std::future::pending()).await });
    // A resolver that still looks for a name is not waited for.
    runtime.shutdown_background();
    run
}

fn read_target(profile: &Profile) -> Result<Address, Stop> {
    let url = &profile.target.url;
    Address::of(url).map_err(|error| {
        Stop::Usage(format!(
            "target.url {url:?}: {error}; give an address such as http://127.0.0.1:8080/pens"
        ))
    })
}

fn choose(profile: &Profile) -> Result<choice::Choice, Stop> {
    let built_in = built_in::scenarios()?;
    let scenarios = scenarios(&profile.selection, &built_in)?;
    Ok(choice::choose(&scenarios, &built_in, (Role::Target, &profile.selection, profile), None)?)
}
