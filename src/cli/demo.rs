//! `demo`: the suite against the built-in mock target.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;

use super::test::{cannot_listen, certify_for_tour, detail, header, random, runtime};
use super::{Speech, Stop, say};
use crate::mock::reach::Reach;
use crate::mock::target::Target;
use crate::profile::Profile;
use crate::report::text;
use crate::requirements::verdict::RunVerdict;
use crate::run::tour;
use crate::transcript::Recorder;
use crate::transcript::entry::Role;
use crate::transcript::mask::Masker;

pub(super) fn demo(speech: &Speech) -> Result<u8, Stop> {
    let url = start_target()?;
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
    say("\nNow against your own LMS: penspec test target http://lms.example/pens\n");
    Ok(0)
}

/// Starts the mock target on a thread of its own, as the separate peer that it plays.
fn start_target() -> Result<String, Stop> {
    let (sender, receiver) = mpsc::channel();
    let recorder =
        Recorder::in_memory(header(Role::Client, &Profile::default(), &[])?, Masker::new(random()?, &[]));
    let runtime = runtime()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            match Target::start(recorder, listen, Reach::default(), tour::manners()).await {
                Ok(target) => {
                    let _ = sender.send(Ok(target.url().to_owned()));
                    std::future::pending::<()>().await;
                }
                Err(error) => drop(sender.send(Err(cannot_listen(listen, &error)))),
            }
        });
    });
    receiver.recv().unwrap_or_else(|_| Err(Stop::Ours("the mock target did not start".to_owned())))
}
