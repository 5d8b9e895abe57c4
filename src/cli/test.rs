//! `test target`: certifies an LMS.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::Semaphore;

use super::options::{Options, read_url};
use super::report_dir::{self, ReportDir};
use super::signals::interrupted;
use super::{Speech, Stop, dry_run, note, say};
use crate::mock::client::Client;
use crate::profile::load::Loaded;
use crate::profile::selection::BuiltIn;
use crate::profile::{KeepGoing, Profile, Progress, Selection};
use crate::report::text::{self, Detail};
use crate::requirements::CATALOGUE;
use crate::run::choice::{Choice, ChoiceError, Partition, again};
use crate::run::{self, AfterRefusal, PROBE, Programme, Run, built_in, perform, tour};
use crate::scenario::library::{self, LibraryError, Source, select};
use crate::scenario::model::Scenario;
use crate::scenario::player::Stagehand;
use crate::transcript::entry::{Header, Role, SCHEMA_VERSION, Tool, What};
use crate::transcript::mask::Masker;
use crate::transcript::{Recorder, bytes::hex, file};
use crate::wire::http::Address;

/// What a run needs besides its report directory.
pub(super) struct Plan {
    pub(super) loaded: Loaded,
    pub(super) choice: Choice,
    pub(super) partition: Option<Partition>,
}

pub(super) fn target(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let loaded = options.loaded()?;
    let address = read_url(&loaded.profile.target.url)?;
    let choice = choose(options, &loaded.profile)?;
    if options.dry_run {
        say(&dry_run::tell(&loaded.profile, &choice));
        return Ok(0);
    }
    if speech.verbose {
        for case in &choice.left_out {
            note(&format!("  left out {}: {}", super::visible(&case.id), case.why));
        }
    }
    let plan = Plan { loaded, choice, partition: options.partition };
    let report_dir = PathBuf::from(&plan.loaded.profile.report_dir.0);
    let dir = ReportDir::take(&report_dir)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(certify(plan, &address, &dir, speech));
    // A resolver that still looks for a name is not waited for.
    runtime.shutdown_background();
    let run = outcome?;
    say(&text::render(&run, detail(speech)));
    if !speech.quiet {
        say(&format!("report in {}\n", report_dir.display()));
        tell_imported(&run);
    }
    Ok(run.exit_status)
}

/// The cases that the profile and the flags choose; those of an earlier run are read before anything of it is touched.
fn choose(options: &Options, profile: &Profile) -> Result<Choice, Stop> {
    let built_in = built_in::scenarios()?;
    let scenarios = scenarios(&profile.selection)?;
    let mut selection = profile.selection.clone();
    if options.failed {
        let earlier = earlier(&profile.report_dir.0)?;
        let open = again(&earlier, &scenarios, &built_in).map_err(cannot_choose)?;
        selection = Selection { scenarios: narrowed(&scenarios, &selection, open)?, ..selection };
    }
    run::choice::choose(&scenarios, &built_in, (&selection, profile), options.partition)
        .map_err(cannot_choose)
}

/// The run that the report directory holds.
fn earlier(report_dir: &str) -> Result<Run, Stop> {
    if Path::new(report_dir).is_dir() {
        return report_dir::read(Path::new(report_dir));
    }
    Err(Stop::Usage(format!(
        "{report_dir}: there is no earlier run here; leave --failed out, or name its directory with --report-dir"
    )))
}

/// Those of an earlier run's open cases that the scenarios asked for name; all of them when none are asked for.
fn narrowed(scenarios: &[Scenario], selection: &Selection, open: Vec<String>) -> Result<Vec<String>, Stop> {
    let named = select(scenarios, &selection.scenarios)?;
    let narrowed: Vec<String> =
        open.into_iter().filter(|id| id == PROBE || named.iter().any(|case| case.id == *id)).collect();
    if narrowed.is_empty() {
        let why = "nothing is selected: none of the scenarios asked for failed in the earlier run; leave --failed out";
        return Err(Stop::Usage(why.to_owned()));
    }
    Ok(narrowed)
}

/// The built-in scenarios, those of the user's own directory, or both.
fn scenarios(selection: &Selection) -> Result<Vec<Scenario>, Stop> {
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

fn cannot_choose(error: ChoiceError) -> Stop {
    match error {
        ChoiceError::Library(error) => Stop::from(error),
        ChoiceError::Requirement { .. } | ChoiceError::Nothing(_) => Stop::Usage(error.to_string()),
    }
}

/// One thread: what the kernel had first is seen first, which the order of events rests on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::Ours(format!("the runtime cannot be started: {error}")))
}

pub(super) fn detail(speech: &Speech) -> Detail {
    match (speech.quiet, speech.verbose) {
        (true, _) => Detail::Verdict,
        (false, true) => Detail::Everything,
        (false, false) => Detail::Findings,
    }
}

/// The first line of a transcript that begins now.
pub(super) fn header(role: Role, profile: &Profile, selection: &[String]) -> Result<Header, Stop> {
    let profile = serde_json::to_value(profile).map_err(|error| Stop::Ours(error.to_string()))?;
    Ok(Header {
        schema_version: SCHEMA_VERSION,
        run_id: hex(&random::<4>()?),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: CATALOGUE.to_owned(),
        },
        role,
        profile,
        selection: selection.to_vec(),
        proves: Vec::new(),
        partition: None,
        started: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    })
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Stop> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Stop::Ours(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes)
}

/// The stop for an address that cannot be listened on.
pub(super) fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Stop {
    Stop::Environment(format!(
        "{address}: cannot listen here: {error}; choose another address with --listen, port 0 takes any free one"
    ))
}

async fn certify(plan: Plan, address: &Address, dir: &ReportDir, speech: &Speech) -> Result<Run, Stop> {
    let Plan { loaded: Loaded { profile, hidden }, choice, partition } = plan;
    let masker = Masker::new(random()?, &with_base64(hidden));
    let header = Header {
        proves: choice.proves,
        partition: partition.map(|partition| partition.to_string()),
        ..header(Role::Target, &without_credentials(&profile, &masker), &choice.selection)?
    };
    let (listen, advertise) = (profile.listen.http.0, profile.advertise.http.as_deref());
    refuse_unreachable_callbacks(address, listen, advertise).await?;
    let recorder = Recorder::in_memory(header, masker);
    let client = Client::start(recorder.clone(), listen, advertise)
        .await
        .map_err(|error| cannot_listen(listen, &error))?
        .with_headers(headers(&profile));
    // Nothing can stop the run any more: only now is an earlier one's report given up for it.
    dir.clear()?;
    recorder.keep_in(&dir.transcript()).map_err(|error| dir.lost("transcript.jsonl", &error))?;
    let after_refusal = match profile.keep_going {
        KeepGoing::Yes => AfterRefusal::KeepGoing,
        KeepGoing::No => AfterRefusal::Stop,
    };
    let programme = Programme { cases: choice.cases, deadline: profile.limits.run, after_refusal };
    let showing = tokio::spawn(show(recorder.clone(), progress(profile.progress, speech)));
    let hand = Arc::new(Stagehand {
        client: Arc::new(client),
        slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
        packages: built_in::package,
        profile: Arc::new(profile),
    });
    perform(&hand, programme, interrupted()).await;
    showing.abort();
    if let Some(error) = recorder.take_trouble() {
        return Err(dir.lost("transcript.jsonl", &error));
    }
    let run = Run::of(&recorder.transcript()).map_err(|error| Stop::Ours(error.to_string()))?;
    dir.write(&run)?;
    Ok(run)
}

/// The profile as the transcript's first line has it.
fn without_credentials(profile: &Profile, masker: &Masker) -> Profile {
    let mut shown = profile.clone();
    shown.target.url = masker.mask_text(&profile.target.url);
    shown
}

/// Secrets are looked for in the form in which `Basic` and web hooks pass them on, too.
fn with_base64(hidden: Vec<String>) -> Vec<String> {
    let encoded: Vec<String> = hidden.iter().map(|secret| BASE64_STANDARD.encode(secret)).collect();
    [hidden, encoded].concat()
}

fn headers(profile: &Profile) -> Vec<(String, String)> {
    let headers = profile.target.headers.iter();
    headers.map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect()
}

/// A target elsewhere cannot call back to a loopback address: better said before any traffic.
pub(super) async fn refuse_unreachable_callbacks(
    target: &Address,
    listen: SocketAddr,
    advertise: Option<&str>,
) -> Result<(), Stop> {
    if listen.ip().is_unspecified() && advertise.is_none() {
        return Err(Stop::Usage(format!(
            "{} stands for every address of this machine, so it is none that a target could be told; say with \
             --advertise HOST:PORT what the LMS can connect to",
            listen.ip()
        )));
    }
    let advertised = advertise.and_then(|url| Address::of(url).ok());
    let told_loopback = match &advertised {
        Some(address) => is_loopback_name(&address.host),
        None => listen.ip().is_loopback(),
    };
    if !told_loopback || is_loopback_name(&target.host) {
        return Ok(());
    }
    let resolved = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
    let addresses: Vec<SocketAddr> = resolved.map(Iterator::collect).unwrap_or_default();
    if addresses.is_empty() || addresses.iter().any(|address| address.ip().is_loopback()) {
        return Ok(());
    }
    Err(Stop::Environment(format!(
        "{} is another machine, and the address that it would be told is a loopback address that it cannot reach; \
         give --listen an address of this machine, and --advertise what the LMS can connect to",
        target.host
    )))
}

fn is_loopback_name(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn progress(asked: Progress, speech: &Speech) -> Progress {
    match asked {
        Progress::Auto if speech.quiet => Progress::None,
        Progress::Auto if speech.verbose || std::io::stderr().is_terminal() => Progress::Plain,
        Progress::Auto | Progress::None => Progress::None,
        Progress::Plain | Progress::JsonLines => asked,
    }
}

async fn show(recorder: Recorder, progress: Progress) {
    let mut follower = recorder.follow();
    loop {
        let entry = follower.next().await;
        match (progress, &entry.what) {
            (Progress::None | Progress::Auto, _) => return,
            (Progress::JsonLines, _) => note(file::line(&*entry).trim_end()),
            (Progress::Plain, What::ScenarioEnded { scenario, .. }) => {
                note(&format!("  played {}", super::visible(scenario)));
            }
            (Progress::Plain, _) => {}
        }
    }
}

fn tell_imported(run: &Run) {
    let imported = run.imported();
    if !imported.is_empty() {
        let courses = if imported.len() == 1 { "course" } else { "courses" };
        let prefix = &run.profile.elements.id_namespace;
        say(&format!(
            "the target took {} {courses}, whose package-ids begin with {prefix} (report.json lists them)\n",
            imported.len()
        ));
    }
}

/// Certifies a target for the tour; what a user would have typed, without the parsing.
pub(super) fn certify_for_tour(url: &str, report_dir: &Path, speech: &Speech) -> Result<Run, Stop> {
    let profile = tour::profile(url);
    let password = profile.target.system_password.iter().map(|password| password.reveal().to_owned());
    let loaded = Loaded { hidden: password.collect(), profile };
    let address = read_url(url)?;
    let choice = choose(&Options::default(), &loaded.profile)?;
    let dir = ReportDir::take(report_dir)?;
    runtime()?.block_on(certify(Plan { loaded, choice, partition: None }, &address, &dir, speech))
}
