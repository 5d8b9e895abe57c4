//! A run in which a client is the subject: the mock target listens, and somebody makes the client publish.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Plan, Ready, ReportDir, Stop, cannot_listen, header, random, with_base64};
use crate::mock::reach::Reach;
use crate::mock::reception::{Addresses, Reception};
use crate::profile::load::Loaded;
use crate::profile::{FixedAddress, KeepGoing, Profile};
use crate::run::{AfterRefusal, Programme, built_in};
use crate::scenario::operator::Operator;
use crate::scenario::player::{Mock, Stagehand};
use crate::transcript::Recorder;
use crate::transcript::entry::{Header, Role};
use crate::transcript::mask::Masker;

impl Plan {
    /// Makes everything ready for a client and gives the report of an earlier run up for this one; the operator makes
    /// the client publish.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn prepare_for_client(self, operator: Operator, dir: &ReportDir) -> Result<Ready<'_>, Stop> {
        let Self { loaded: Loaded { profile, hidden }, choice, partition } = self;
        let masker = Masker::new(random()?, &with_base64(hidden));
        let header = Header {
            proves: choice.proves,
            partition: partition.map(|partition| partition.to_string()),
            ..header(Role::Client, &without_secrets(&profile, &masker), &choice.selection)?
        };
        let recorder = Recorder::in_memory(header, masker);
        let reception = reception(&recorder, &profile).await?;
        // Nothing can stop the run any more: only now is an earlier one's report given up for it.
        dir.clear()?;
        recorder.keep_in(&dir.transcript()).map_err(|error| dir.lost("transcript.jsonl", &error))?;
        let after_refusal = match profile.keep_going {
            KeepGoing::Yes => AfterRefusal::KeepGoing,
            KeepGoing::No => AfterRefusal::Stop,
        };
        let programme = Programme { cases: choice.cases, deadline: profile.limits.run, after_refusal };
        let hand = Arc::new(Stagehand {
            mock: Mock::Target(Arc::new(reception), operator),
            slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
            packages: built_in::package,
            profile: Arc::new(profile),
        });
        Ok(Ready { hand, programme, dir })
    }
}

async fn reception(recorder: &Recorder, profile: &Profile) -> Result<Reception, Stop> {
    let listen = profile.listen.http.0;
    let allowed = profile.allow_host.iter().map(|host| host.to_lowercase()).collect();
    let addresses = match profile.trigger.fixed_address {
        FixedAddress::Yes => Addresses::Fixed,
        FixedAddress::No => Addresses::Own,
    };
    let told = (listen, profile.advertise.http.as_deref());
    Reception::start(recorder.clone(), told, Reach { allowed }, addresses)
        .await
        .map_err(|error| cannot_listen(listen, &error))
}

/// The profile as the transcript's first line has it.
fn without_secrets(profile: &Profile, masker: &Masker) -> Profile {
    let mut shown = profile.clone();
    for text in [&mut shown.trigger.command, &mut shown.trigger.url].into_iter().flatten() {
        *text = masker.mask_text(text);
    }
    shown.target.url = masker.mask_text(&profile.target.url);
    shown
}
