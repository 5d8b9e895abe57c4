//! A run in which a client is the subject: the mock target listens, and somebody makes the client publish.

use std::sync::Arc;

use super::{
    Plan, Ready, ReportDir, Stop, cannot_listen, header_of, listening, masker_of, route, without_secrets,
};
use crate::mock::mailer::Mailing;
use crate::mock::reach::Reach;
use crate::mock::reception::{Addresses, Reception};
use crate::profile::load::Loaded;
use crate::profile::{FixedAddress, Profile};
use crate::run::built_in;
use crate::scenario::operator::Operator;
use crate::scenario::player::Mock;
use crate::transcript::Recorder;
use crate::transcript::entry::{Header, Role};

impl Plan {
    /// Makes everything ready for a client and gives the report of an earlier run up for this one; the operator makes
    /// the client publish.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn prepare_for_client(self, operator: Operator, dir: &ReportDir) -> Result<Ready<'_>, Stop> {
        let Self { loaded: Loaded { profile, hidden, file }, choice, partition } = self;
        let masker = masker_of(&profile, hidden)?;
        let shown = without_secrets(&profile, &masker);
        let header = Header { profile_file: file, ..header_of(Role::Client, &shown, &choice, partition)? };
        let recorder = Recorder::in_memory(header, masker);
        let reception = reception(&recorder, &profile).await?;
        let mock = Mock::Target(Arc::new(reception), operator);
        Ready::with(mock, (profile, built_in::packages()), choice.cases, dir)
    }
}

async fn reception(recorder: &Recorder, profile: &Profile) -> Result<Reception, Stop> {
    let allowed = profile.allow_host.iter().map(|host| host.to_lowercase()).collect();
    let addresses = match profile.trigger.fixed_address {
        FixedAddress::Yes => Addresses::Fixed,
        FixedAddress::No => Addresses::Own,
    };
    let listening = listening(profile)?;
    let reach = Reach { allowed, route: route(profile, None)?, ..Reach::default() };
    let reception = Reception::start(recorder.clone(), &listening, reach, addresses).await;
    reception
        .map(|reception| reception.with_mailing(Mailing::of(&profile.mail)))
        .map_err(|cannot| cannot_listen(&cannot))
}
