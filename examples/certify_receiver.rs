//! How an LMS that is written in Rust holds its receiver to PENS from its own tests: a test for each requirement.
//!
//! In your own crate this file is `tests/pens.rs`; `Cargo.toml` has `[[test]]` with `name = "pens"` and `harness = false`,
//! and `penspec` and `libtest-mimic` among the dev-dependencies.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Trial};
use penspec::certify::{self, Outcome};
use penspec::mock::manners::Manners;
use penspec::profile::{Claim, Claims, Limits, Profile, ReportDir, Subject, Target};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::from_args();
    let mut trials = certify::trials(&profile(start_receiver()?))?;
    // cargo-nextest starts a process for each test: one of them has to do.
    if std::env::var_os("NEXTEST").is_some() {
        trials.retain(|trial| trial.name() == certify::WHOLE_RUN);
    }
    Ok(libtest_mimic::run(&arguments, trials.into_iter().map(as_test).collect()).exit_code())
}

fn as_test(trial: certify::Trial) -> Trial {
    Trial::ignorable_test(trial.name().to_owned(), move || match trial.play() {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::Skipped(why) => Ok(Completion::ignored_with(why)),
        Outcome::Failed(findings) => Err(findings.into()),
    })
}

/// What penspec is to know of the receiver; `certify::read_profile` takes it from a penspec.yaml instead.
fn profile(url: String) -> Profile {
    Profile {
        subject: Subject { name: "Acme LMS".to_owned(), version: "9.2".to_owned() },
        target: Target { url, ..Target::default() },
        claims: Claims { alerts: Some(Claim::Yes), ..Claims::default() },
        // On one machine nothing is late: silence shows after a moment.
        limits: Limits { quiet: Duration::from_millis(500), ..Limits::default() },
        report_dir: ReportDir("target/penspec".to_owned()),
        ..Profile::default()
    }
}

/// Starts the receiver on a free port and gives its address. Here penspec's own mock target stands in for it.
fn start_receiver() -> Result<String, certify::Stop> {
    certify::start_mock_target(Manners::default())
}
