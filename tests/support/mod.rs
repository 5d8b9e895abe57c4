//! What the test binaries share: a mock target on a thread of its own, and a run against it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::Utc;
use penspec::mock::client::Client;
use penspec::mock::conduct::Conduct;
use penspec::mock::listening::{FtpPlace, Https, Listening, Place};
use penspec::mock::manners::Manners;
use penspec::mock::reach::Reach;
use penspec::mock::reception::{Addresses, Reception};
use penspec::mock::target::Target;
use penspec::profile::Profile;
use penspec::requirements::CATALOGUE;
use penspec::run::{AfterRefusal, PROBE, Programme, Run, built_in, perform, playable, tour};
use penspec::scenario::library::select;
use penspec::scenario::model::Case;
use penspec::scenario::operator::{Ask, Operator};
use penspec::scenario::player::{Mock, Stagehand};
use penspec::scenario::steps::Step;
use penspec::scenario::wrong::Wrong;
use penspec::transcript::entry::{Answered, Header, Role, SCHEMA_VERSION, Tool};
use penspec::transcript::mask::Masker;
use penspec::transcript::{Recorder, Transcript};
use penspec::wire::http::Route;
use penspec::wire::tls::{Authority, Trust};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn header(role: Role, profile: &Profile, selection: &[&str]) -> Header {
    Header {
        schema_version: SCHEMA_VERSION,
        run_id: "5eed5eed".to_owned(),
        tool: Tool {
            name: "penspec".to_owned(),
            version: "test".to_owned(),
            catalogue: CATALOGUE.to_owned(),
        },
        role,
        profile: serde_json::to_value(profile).unwrap(),
        selection: selection.iter().map(|&id| id.to_owned()).collect(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: "2026-11-22T00:00:00.000Z".to_owned(),
    }
}

pub(crate) fn in_memory(role: Role, profile: &Profile, selection: &[&str]) -> Recorder {
    Recorder::in_memory(header(role, profile, selection), Masker::new([1; 32], &[]))
}

/// The CA that the program has, too, when it is started by a test; and those who trust it.
fn own_authority() -> &'static (Authority, Arc<Trust>) {
    static OWN: OnceLock<(Authority, Arc<Trust>)> = OnceLock::new();
    OWN.get_or_init(|| {
        let own = penspec::certify::authority().unwrap();
        let trust = Trust::default().and(own.certificate().as_bytes()).unwrap();
        (own, Arc::new(trust))
    })
}

/// This machine.
pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// HTTP, HTTPS, FTP and FTPS, at any ports of this machine.
pub(crate) fn listening() -> Listening {
    listening_at(V4)
}

/// The same, HTTP and HTTPS at this address.
fn listening_at(at: IpAddr) -> Listening {
    let identity = own_authority().0.issue(&["127.0.0.1".to_owned(), at.to_string()], Utc::now()).unwrap();
    let Listening { ftp, mail, .. } = Listening::default();
    let http = Place { at: SocketAddr::from((at, 0)), told: None };
    let ftp = ftp.map(|ftp| FtpPlace { identity: Some(identity.clone()), ..ftp });
    Listening { https: Https::Own(http.clone(), identity), http, ftp, mail }
}

/// A mock that trusts the CA of the tests.
pub(crate) fn reach() -> Reach {
    let trust = Arc::clone(&own_authority().1);
    Reach { route: Route { trust, ..Route::default() }, ..Reach::default() }
}

/// Starts a mock target with these manners on a thread of its own; it ends with the process. It loses its patience
/// with silent servers soon: between the delays that scenarios put before a package and the second that its receipt has.
pub(crate) fn start_target(manners: Manners) -> String {
    start_patient_target(Manners { patience: Duration::from_millis(650), ..manners })
}

/// The same with the patience that the manners have.
pub(crate) fn start_patient_target(manners: Manners) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let recorder = in_memory(Role::Client, &Profile::default(), &[]);
            let target = Target::start(recorder, &Listening::default(), reach(), manners).await.unwrap();
            sender.send(target.url().to_owned()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

/// The profile with limits that are short, for peers on this machine.
pub(crate) fn hasty(mut profile: Profile) -> Profile {
    let second = Duration::from_secs(1);
    let limits = &mut profile.limits;
    (limits.response, limits.download, limits.receipt, limits.alert) = (second, second, second, second);
    limits.quiet = Duration::from_millis(300);
    limits.collect = Duration::from_secs(5);
    profile
}

/// The built-in cases that these ids and globs choose, with the probe.
pub(crate) fn cases(wanted: &[&str]) -> Vec<Case> {
    let wanted: Vec<String> = wanted.iter().chain(&[PROBE]).map(|&id| id.to_owned()).collect();
    let scenarios = built_in::scenarios().unwrap();
    select(&scenarios, &wanted).unwrap().into_iter().cloned().collect()
}

/// Plays cases against the target that a profile names.
pub(crate) fn certify(profile: Profile, cases: Vec<Case>, selection: &[&str]) -> Transcript {
    certify_at(V4, profile, cases, selection)
}

/// The same from this address.
pub(crate) fn certify_at(at: IpAddr, profile: Profile, cases: Vec<Case>, selection: &[&str]) -> Transcript {
    runtime().block_on(async {
        let wanted: Vec<String> = selection.iter().map(|&id| id.to_owned()).collect();
        let (cases, _) = playable(cases, &profile, &wanted);
        let mut header = header(Role::Target, &profile, selection);
        header.proves = cases.iter().flat_map(|case| case.proves.clone()).collect();
        let recorder = Recorder::in_memory(header, Masker::new([1; 32], &[]));
        let client = Client::start(recorder.clone(), &listening_at(at)).await.unwrap();
        let hand = Arc::new(Stagehand {
            mock: Mock::Client(Arc::new(client)),
            slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
            packages: built_in::packages(),
            profile: Arc::new(profile),
        });
        let deadline = Duration::from_mins(1);
        let programme = Programme { cases, deadline, after_refusal: AfterRefusal::Stop };
        perform(&hand, programme, std::future::pending()).await;
        recorder.transcript()
    })
}

/// Plays everything that can be played against the target that a profile describes, and judges it.
pub(crate) fn certify_whole(profile: Profile) -> Run {
    Run::of(&certify(hasty(profile), cases(&["target/**"]), &[])).unwrap()
}

/// Plays cases in which a client is the subject: the mock client of the tour, which publishes whenever it is asked to.
/// Each question is answered with yes.
pub(crate) fn attend(wanted: &[&str]) -> Transcript {
    attend_with(wanted, Conduct::default())
}

/// The same with a mock client of this conduct.
pub(crate) fn attend_with(wanted: &[&str], conduct: Conduct) -> Transcript {
    runtime().block_on(async {
        let mut profile = hasty(Profile::default());
        profile.limits.quiet = Duration::from_millis(100);
        let scenarios = built_in::scenarios().unwrap();
        let wanted: Vec<String> = wanted.iter().map(|&id| id.to_owned()).collect();
        let cases = select(&scenarios, &wanted).unwrap().into_iter().cloned().map(brisk).collect();
        let recorder = in_memory(Role::Client, &profile, &[]);
        let reception =
            Reception::start(recorder.clone(), &listening(), reach(), Addresses::Own).await.unwrap();
        let (operator, asks) = Operator::new();
        let own = in_memory(Role::Target, &profile, &[]);
        let client = Client::start(own, &listening()).await.unwrap();
        let client = client.with_conduct(conduct).with_route(reach().route);
        let serving = tokio::spawn(serve(Arc::new(client), asks));
        let hand = Arc::new(Stagehand {
            mock: Mock::Target(Arc::new(reception), operator),
            slots: Arc::new(Semaphore::new(1)),
            packages: built_in::packages(),
            profile: Arc::new(profile),
        });
        let deadline = Duration::from_mins(1);
        let programme = Programme { cases, deadline, after_refusal: AfterRefusal::Stop };
        perform(&hand, programme, std::future::pending()).await;
        serving.abort();
        recorder.transcript()
    })
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
