//! `demo`: the suite against the built-in mock target, and against the built-in mock client.

use std::path::Path;

use super::test::{certify_for_tour, detail};
use super::test_client::check_for_tour;
use super::{Speech, Stop, say};
use crate::certify::start_mock_target;
use crate::report::text;
use crate::requirements::verdict::RunVerdict;
use crate::run::tour;

pub(super) fn demo(speech: &Speech) -> Result<u8, Stop> {
    let url = start_mock_target(tour::manners())?;
    let directory = Path::new("reports/demo/target");
    say(&format!("penspec plays a client against its own mock target at {url}\n\n"));
    let run = certify_for_tour(&url, directory, speech)?;
    say(&text::render(&run, detail(speech)));
    say(&format!("report in {}\n", directory.display()));
    if run.exit_status == 130 {
        return Ok(130);
    }
    if run.judgement.verdict != RunVerdict::Conforms {
        return Err(Stop::Ours(
            "the tour expected the mock target to conform; please report this with the report directory"
                .to_owned(),
        ));
    }
    let status = check_client(speech)?;
    if status == 0 {
        say("\nNow against your own LMS:            penspec test target http://lms.example/pens\n");
        say("or against your own authoring tool:  penspec test client\n");
    }
    Ok(status)
}

/// The other half: a mock client that publishes to the mock target of scenarios.
fn check_client(speech: &Speech) -> Result<u8, Stop> {
    let directory = Path::new("reports/demo/client");
    say("\npenspec plays a target, and its own mock client publishes to it\n\n");
    let run = check_for_tour(directory, speech)?;
    say(&text::render(&run, detail(speech)));
    say(&format!("report in {}\n", directory.display()));
    if run.exit_status == 130 {
        return Ok(130);
    }
    if run.judgement.verdict != RunVerdict::Conforms {
        return Err(Stop::Ours(
            "the tour expected the mock client to conform; please report this with the report directory"
                .to_owned(),
        ));
    }
    Ok(0)
}
