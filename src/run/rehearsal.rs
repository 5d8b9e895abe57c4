//! A rehearsal: cases played against one of our own mocks, in memory, so that the instrument itself can be checked.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

use super::planted::{self, Masking};
use super::{AfterRefusal, ForeignProfile, Programme, Run, built_in, perform, playable, this_tool, tour};
use crate::mock::client::Client;
use crate::mock::conduct::Conduct;
use crate::mock::listening::{CannotListen, NoCertificate, among_ourselves};
use crate::mock::manners::Manners;
use crate::mock::reach::Reach;
use crate::mock::reception::{Addresses, Reception};
use crate::mock::target::Target;
use crate::profile::{MaxInFlight, Profile};
use crate::scenario::model::Case;
use crate::scenario::operator::{Ask, Operator};
use crate::scenario::player::{Mock, Stagehand};
use crate::scenario::steps::Step;
use crate::scenario::wrong::Wrong;
use crate::transcript::entry::{Answered, Header, Role, SCHEMA_VERSION};
use crate::transcript::{Recorder, Transcript};

/// No rehearsal takes longer, on however busy a machine.
const DEADLINE: Duration = Duration::from_mins(10);

/// How long a mock target bears with a silent server: far longer than the delays that scenarios put before a package, as a
/// busy machine puts its own behind them, and shorter than its receipt is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long is waited for what a mock owes: as long as that, and as much again as a busy machine may need.
const OWED: Duration = Duration::from_secs(6);

/// So many transactions are between collect and receipt at once: a mock that owes receipts is waited for long.
const IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(24).unwrap();

/// A rehearsal could not be held.
#[derive(Debug, thiserror::Error)]
pub enum NotRehearsed {
    /// No address could be had.
    #[error(transparent)]
    Listening(#[from] CannotListen),
    /// No certificate could be made.
    #[error(transparent)]
    Certificate(#[from] NoCertificate),
    /// The profile that we wrote cannot be read.
    #[error(transparent)]
    Profile(#[from] ForeignProfile),
}

/// What was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// What was recorded.
    pub transcript: Transcript,
    /// What is said of it.
    pub run: Run,
}

impl Played {
    fn of(recorder: &Recorder) -> Result<Self, ForeignProfile> {
        let transcript = recorder.transcript();
        Ok(Self { run: Run::of(&transcript)?, transcript })
    }
}

/// Plays those of the cases that can be played against a mock target with these manners, which the profile of the tour
/// describes, and judges what they show.
///
/// # Errors
/// When no address can be had.
pub async fn against_target(
    mut manners: Manners,
    cases: Vec<Case>,
    masking: Masking,
) -> Result<Played, NotRehearsed> {
    manners.patience = PATIENCE;
    let own = recorder(Role::Client, &Profile::default(), masking);
    let (listening, route) = among_ourselves(chrono::Utc::now())?;
    let reach = Reach { route, ..Reach::default() };
    let target = Target::start(own, &listening, reach, manners).await?;
    let profile = hasty(planted::profile(target.url()));
    let (cases, _) = playable(cases.into_iter().map(planted::guarded).collect(), &profile, &[]);
    let recorder = recorder(Role::Target, &profile, masking);
    let client = Client::start(recorder.clone(), &listening).await?.with_headers(planted::headers());
    let hand = Arc::new(Stagehand {
        mock: Mock::Client(Arc::new(client)),
        slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
        packages: built_in::packages(),
        profile: Arc::new(profile),
    });
    let programme = Programme { cases, deadline: DEADLINE, after_refusal: AfterRefusal::Stop };
    perform(&hand, programme, std::future::pending()).await;
    target.stop().await;
    Ok(Played::of(&recorder)?)
}

/// Plays the cases against a mock client of this conduct, which publishes whenever it is asked to, and judges what they
/// show. Each question is answered with yes.
///
/// # Errors
/// When no address can be had.
pub async fn against_client(
    conduct: Conduct,
    cases: Vec<Case>,
    masking: Masking,
) -> Result<Played, NotRehearsed> {
    let profile = hasty(Profile::default());
    let recorder = recorder(Role::Client, &profile, masking);
    let (listening, route) = among_ourselves(chrono::Utc::now())?;
    let reach = Reach { route: route.clone(), ..Reach::default() };
    let reception = Reception::start(recorder.clone(), &listening, reach, Addresses::Own).await?;
    let (operator, asks) = Operator::new();
    let own = self::recorder(Role::Target, &profile, masking);
    let client = Client::start(own, &listening).await?.with_conduct(conduct).with_route(route);
    let serving = tokio::spawn(serve(Arc::new(client), asks));
    let hand = Arc::new(Stagehand {
        mock: Mock::Target(Arc::new(reception), operator),
        slots: Arc::new(Semaphore::new(1)),
        packages: built_in::packages(),
        profile: Arc::new(profile),
    });
    let cases = cases.into_iter().map(brisk).collect();
    let programme = Programme { cases, deadline: DEADLINE, after_refusal: AfterRefusal::Stop };
    perform(&hand, programme, std::future::pending()).await;
    serving.abort();
    Ok(Played::of(&recorder)?)
}

async fn serve(client: Arc<Client>, mut asks: UnboundedReceiver<Ask>) {
    while let Some(ask) = asks.recv().await {
        match ask {
            Ask::Publish(publish) => {
                let client = Arc::clone(&client);
                tokio::spawn(async move { tour::publish(&client, publish).await });
            }
            Ask::Question(question) => drop(question.told.send((Answered::Yes, String::new()))),
        }
    }
}

/// The profile with limits that are short, for peers on this machine, and long enough while many rehearsals are held at
/// once.
fn hasty(mut profile: Profile) -> Profile {
    let limits = &mut profile.limits;
    (limits.download, limits.receipt, limits.alert) = (OWED, OWED, OWED);
    (limits.response, limits.quiet) = (OWED, Duration::from_millis(500));
    profile.max_in_flight = MaxInFlight(IN_FLIGHT);
    profile
}

/// A case whose late answers and pauses are over soon: for a peer on this machine it is the order that counts.
fn brisk(mut case: Case) -> Case {
    hurry(&mut case.steps);
    case
}

fn hurry(steps: &mut [Step]) {
    const SOON: Duration = Duration::from_millis(30);
    for step in steps {
        match step {
            Step::Respond(respond) => respond.wrong.iter_mut().for_each(|wrong| {
                if let Wrong::Delay(period) = wrong {
                    period.0 = SOON;
                }
            }),
            Step::Pause(pause) => pause.0.0 = SOON,
            Step::Repeat(repeat) => hurry(&mut repeat.steps),
            Step::Stage(_)
            | Step::Collect(_)
            | Step::Trigger(_)
            | Step::Fetch(_)
            | Step::Receipt(_)
            | Step::Alert(_)
            | Step::Ask(_)
            | Step::Await(_)
            | Step::Expect(_) => {}
        }
    }
}

fn recorder(role: Role, profile: &Profile, masking: Masking) -> Recorder {
    let masker = planted::masker(masking);
    let mut shown = profile.clone();
    shown.target.url = masker.mask_text(&shown.target.url);
    let header = Header {
        schema_version: SCHEMA_VERSION,
        run_id: "5eed5eed".to_owned(),
        tool: this_tool(),
        role,
        // A profile is a map of texts and numbers: it can be written.
        profile: serde_json::to_value(shown).unwrap_or_default(),
        selection: Vec::new(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    };
    Recorder::in_memory(header, masker)
}
