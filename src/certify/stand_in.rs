//! The mock target as the separate peer that it plays: for the tour, and to try a test binary out without an LMS.

use std::sync::mpsc;

use super::{Stop, authority, cannot_listen, header, random, route, runtime};
use crate::mock::listening::Listening;
use crate::mock::manners::Manners;
use crate::mock::reach::Reach;
use crate::mock::target::Target;
use crate::profile::Profile;
use crate::transcript::entry::Role;
use crate::transcript::mask::Masker;
use crate::transcript::{Recorder, Room};

/// Starts a mock target with these manners on a thread of its own and gives its address; it ends with the process.
///
/// # Errors
/// When nothing can be listened on.
pub fn start_mock_target(manners: Manners) -> Result<String, Stop> {
    let (sender, receiver) = mpsc::channel();
    let header = header(Role::Client, &Profile::default(), &[])?;
    let recorder = Recorder::of_the_latest(header, Masker::new(random()?, &[]), Room::STANDING);
    // Its peer is another penspec, whose CA it trusts: that is there before either of them looks.
    authority()?;
    let reach = Reach { route: route(&Profile::default(), None)?, ..Reach::default() };
    let runtime = runtime()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            match Target::start(recorder, &Listening::default(), reach, manners).await {
                Ok(target) => {
                    let _ = sender.send(Ok(target.url().to_owned()));
                    std::future::pending::<()>().await;
                }
                Err(cannot) => drop(sender.send(Err(cannot_listen(&cannot)))),
            }
        });
    });
    receiver.recv().unwrap_or_else(|_| Err(Stop::Ours("the mock target did not start".to_owned())))
}
