//! A run against a subject, from its profile to its report: for the commands, and for the test binaries of others.
//!
//! [`trials`] is the way in for a test binary.

mod address;
mod authority;
pub(crate) mod bundle;
mod client;
pub(crate) mod course;
mod profile;
mod report_dir;
mod secrets;
pub(crate) mod signature;
mod stand_in;
mod trials;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

use self::address::turn_unreachable_ftp_off;
pub(crate) use self::address::{
    Told, cannot_listen, is_elsewhere, listening, read_advertised, read_told, refuse_no_address,
    refuse_unreachable_callbacks,
};
pub use self::authority::authority;
pub(crate) use self::authority::{read_proxy, route};
pub(crate) use self::profile::check;
pub use self::profile::read_profile;
pub use self::report_dir::{ReportDir, read_run};
pub(crate) use self::report_dir::{
    parse_transcript, read_at_most, read_bounded, read_evidence, read_transcript, rejudge, run_of,
    write_whole,
};
pub(crate) use self::secrets::{masker_of, without_secrets};
pub use self::stand_in::start_mock_target;
pub use self::trials::{Outcome, Trial, WHOLE_RUN, trials};
use crate::mock::client::Client;
use crate::mock::listening::{CannotListen, Listening};
use crate::profile::load::Loaded;
use crate::profile::selection::BuiltIn;
use crate::profile::{KeepGoing, Profile, Selection};
use crate::run::choice::{Choice, ChoiceError};
use crate::run::partition::Partition;
use crate::run::{AfterRefusal, Programme, Run, built_in, perform, this_tool};
use crate::scenario::library::{self, LibraryError, Source};
use crate::scenario::model::{Case, Scenario};
use crate::scenario::packages::Packages;
use crate::scenario::player::{Mock, Stagehand};
use crate::transcript::entry::{Header, Role, SCHEMA_VERSION};
use crate::transcript::{Recorder, bytes::hex};
use crate::wire::http::Address;

/// Why there is no verdict; the kind decides the exit status.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The operator asked for something that cannot be done: 2.
    #[error("{0}")]
    Usage(String),
    /// The environment does not allow it: 4.
    #[error("{0}")]
    Environment(String),
    /// Our own fault, or the report cannot be written: 5.
    #[error("{0}")]
    Ours(String),
}

impl Stop {
    /// The exit status that a command ends with.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Environment(_) => 4,
            Self::Ours(_) => 5,
        }
    }
}

impl From<LibraryError> for Stop {
    fn from(error: LibraryError) -> Self {
        let lacks_cure = matches!(&error, LibraryError::Unknown { near, .. } if near.is_empty());
        let cure = if lacks_cure { "; `penspec list scenarios` shows all" } else { "" };
        Self::Usage(format!("{error}{cure}"))
    }
}

impl From<ChoiceError> for Stop {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Library(error) => Self::from(error),
            ChoiceError::Requirement { .. } | ChoiceError::Nothing(_) => Self::Usage(error.to_string()),
        }
    }
}

/// What is to be played, and against whom.
pub struct Plan {
    /// The subject as its operator describes it.
    pub loaded: Loaded,
    /// The cases.
    pub choice: Choice,
    /// Which part of them this is, when they are divided.
    pub partition: Option<Partition>,
}

/// A run that is about to begin: penspec listens, and nothing has been sent.
pub struct Ready<'d> {
    hand: Arc<Stagehand>,
    programme: Programme,
    dir: &'d ReportDir,
}

impl Plan {
    /// Makes everything ready and gives the report of an earlier run up for this one.
    ///
    /// # Errors
    /// When the target cannot be asked or could not call back, and when an address cannot be listened on.
    pub async fn prepare<'d>(self, address: &Address, dir: &'d ReportDir) -> Result<Ready<'d>, Stop> {
        let Self { loaded: Loaded { mut profile, hidden, file }, choice, partition } = self;
        turn_unreachable_ftp_off(address, &mut profile.listen, &profile.advertise).await;
        let masker = masker_of(&profile, hidden)?;
        let shown = without_secrets(&profile, &masker);
        let header = Header { profile_file: file, ..header_of(Role::Target, &shown, &choice, partition)? };
        let (listening, route) = (listening(&profile)?, route(&profile, Some(address))?);
        refuse_unreachable_callbacks(address, &listening).await?;
        let packages = packages_of(&profile)?;
        let recorder = Recorder::in_memory(header, masker);
        let client = start_client(&profile, &listening, recorder).await;
        let client = client.map_err(|cannot| cannot_listen(&cannot))?.with_route(route);
        Ready::with(Mock::Client(Arc::new(client)), (profile, packages), choice.cases, dir)
    }
}

/// The packages that are offered to the target of a profile, the user's own course among them.
pub(crate) fn packages_of(profile: &Profile) -> Result<Packages, Stop> {
    let built_in = built_in::packages();
    Ok(match course::read(profile)? {
        Some(course) => built_in.with_course(course),
        None => built_in,
    })
}

/// A mock client that listens there, and sends the headers of the profile.
pub(crate) async fn start_client(
    profile: &Profile,
    listening: &Listening,
    recorder: Recorder,
) -> Result<Client, CannotListen> {
    Ok(Client::start(recorder, listening).await?.with_headers(headers(profile)))
}

/// The first line of the transcript of what was chosen.
fn header_of(
    role: Role,
    shown: &Profile,
    choice: &Choice,
    partition: Option<Partition>,
) -> Result<Header, Stop> {
    Ok(Header {
        proves: choice.proves.clone(),
        partition: partition.map(|partition| partition.to_string()),
        ..header(role, shown, &choice.selection)?
    })
}

impl<'d> Ready<'d> {
    /// Nothing can stop the run any more: only now is an earlier one's report given up for it.
    fn with(
        mock: Mock,
        (profile, packages): (Profile, Packages),
        cases: Vec<Case>,
        dir: &'d ReportDir,
    ) -> Result<Self, Stop> {
        dir.clear()?;
        let kept = mock.recorder().keep_in(&dir.transcript());
        kept.map_err(|error| dir.lost("transcript.jsonl", &error))?;
        let after_refusal = match profile.keep_going {
            KeepGoing::Yes => AfterRefusal::KeepGoing,
            KeepGoing::No => AfterRefusal::Stop,
        };
        let programme = Programme { cases, deadline: profile.limits.run, after_refusal };
        let hand = Arc::new(Stagehand {
            mock,
            slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
            packages,
            profile: Arc::new(profile),
        });
        Ok(Self { hand, programme, dir })
    }
}

impl Ready<'_> {
    /// The recorder of the run, for whoever wants to follow it.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        self.hand.mock.recorder()
    }

    /// What peers are told to connect to.
    #[must_use]
    pub fn advertised(&self) -> &str {
        match &self.hand.mock {
            Mock::Client(client) => client.advertised(),
            Mock::Target(reception, _) => reception.advertised(),
        }
    }

    /// Plays the run, judges it and writes its report; `interrupt` ends it early.
    ///
    /// # Errors
    /// When the transcript or the report cannot be written.
    pub async fn play(self, interrupt: impl Future<Output = ()>) -> Result<Run, Stop> {
        let Self { hand, programme, dir } = self;
        perform(&hand, programme, interrupt).await;
        let recorder = hand.mock.recorder();
        if let Some(error) = recorder.take_trouble() {
            return Err(dir.lost("transcript.jsonl", &error));
        }
        let run = Run::of(&recorder.transcript()).map_err(|error| Stop::Ours(error.to_string()))?;
        dir.write(&run)?;
        Ok(run)
    }
}

/// The scenarios that a selection is made from: the built-in ones, those of the user's own directory, or both.
///
/// # Errors
/// When there is none, or one of the user's own is not as it should be.
pub fn scenarios(selection: &Selection, built_in: &[Scenario]) -> Result<Vec<Scenario>, Stop> {
    if selection.built_in == BuiltIn::Yes && selection.directory.is_none() {
        return Ok(built_in.to_vec());
    }
    let built_in = match (selection.built_in, &selection.directory) {
        (BuiltIn::Yes, _) => library::built_in(),
        (BuiltIn::No, Some(_)) => Vec::new(),
        (BuiltIn::No, None) => {
            let why = "nothing is selected: without the built-in scenarios there are only your own; name their directory with --scenarios DIR";
            return Err(Stop::Usage(why.to_owned()));
        }
    };
    let own = selection.directory.as_ref().map(|path| own(path)).transpose()?.unwrap_or_default();
    let sources = [built_in, own].concat();
    Ok(built_in::with_known(|known| library::load_all(&sources, known))?)
}

/// The scenarios of the user's own directory, of which there is at least one.
fn own(directory: &str) -> Result<Vec<Source>, Stop> {
    let sources = library::read_directory(Path::new(directory)).map_err(|error| match error {
        LibraryError::Io { .. } => {
            Stop::Usage(format!("{error}; name the directory of your scenarios with --scenarios"))
        }
        other => Stop::from(other),
    })?;
    if sources.is_empty() {
        let why =
            "nothing is selected: there is no scenario here; scenarios are files whose names end in .yaml";
        return Err(Stop::Usage(format!("{directory}: {why}")));
    }
    Ok(sources)
}

/// One thread: what the kernel had first is seen first, which the order of events rests on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::Ours(format!("the runtime cannot be started: {error}")))
}

/// The first line of a transcript that begins now.
pub(crate) fn header(role: Role, profile: &Profile, selection: &[String]) -> Result<Header, Stop> {
    let profile = serde_json::to_value(profile).map_err(|error| Stop::Ours(error.to_string()))?;
    Ok(Header {
        schema_version: SCHEMA_VERSION,
        run_id: hex(&random::<4>()?),
        tool: this_tool(),
        role,
        profile,
        selection: selection.to_vec(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    })
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Stop> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Stop::Ours(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes)
}

fn headers(profile: &Profile) -> Vec<(String, String)> {
    let headers = profile.target.headers.iter();
    headers.map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect()
}
