//! `test target`: certifies an LMS.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::sync::Semaphore;

use super::report_dir::ReportDir;
use super::signals::interrupted;
use super::{Speech, Stop, note, say};
use crate::mock::client::Client;
use crate::profile::period::PeriodError;
use crate::profile::{MaxInFlight, Period, Profile, Reading};
use crate::report::text::{self, Detail};
use crate::requirements::CATALOGUE;
use crate::run::{AfterRefusal, PROBE, Programme, Run, built_in, perform, playable, tour};
use crate::scenario::library::select;
use crate::scenario::model::{Case, Subject};
use crate::scenario::player::Stagehand;
use crate::transcript::entry::{Header, Role, SCHEMA_VERSION, Tool, What};
use crate::transcript::mask::Masker;
use crate::transcript::{Recorder, bytes::hex, file};
use crate::wire::http::{Address, AddressError};

/// What `test target` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The target system URL: where the LMS takes collects.
    pub(super) url: String,
    /// The scenarios to play, by id or glob (target/errors/*); all when left out. The probe comes with them.
    #[arg(value_name = "SCENARIO")]
    pub(super) scenarios: Vec<String>,
    /// Where the report goes.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) report_dir: PathBuf,
    /// How long to wait (receipt=60s): response 30s, collect 5m, download 60s, receipt 5m, alert 5m, quiet 3s and
    /// run 30m unless told otherwise.
    #[arg(long, value_name = "NAME=DURATION", value_parser = read_limit)]
    pub(super) limit: Vec<(String, Duration)>,
    /// Transactions between collect and receipt at once.
    #[arg(long, value_name = "N", default_value = "8", value_parser = read_count)]
    pub(super) max_in_flight: NonZeroUsize,
    /// Where penspec listens for downloads and callbacks.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = read_listen)]
    pub(super) listen: SocketAddr,
    /// What the LMS is told instead of the address that penspec listens on.
    #[arg(long, value_name = "URL", value_parser = read_advertised)]
    pub(super) advertise: Option<String>,
    /// Whether what a ruling tolerates is a warning or a break.
    #[arg(long, value_enum, default_value_t = Reading::Tolerant)]
    pub(super) reading: Reading,
    /// Play the other scenarios though the probe collect was refused.
    #[arg(long)]
    pub(super) keep_going: bool,
    /// How the run is shown while it lasts, on standard error.
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    pub(super) progress: Progress,
    /// What is known of the LMS besides.
    #[arg(skip)]
    pub(super) described: Profile,
}

/// How a run is shown while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Progress {
    /// Plain on a terminal or with --verbose, else not at all.
    Auto,
    /// A line for each case as it ends.
    Plain,
    /// Each entry of the transcript as it comes.
    JsonLines,
    /// Not at all.
    None,
}

pub(super) fn target(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let address = read_url(&options.url)?;
    let cases = choose(&options.scenarios)?;
    let dir = ReportDir::take(&options.report_dir)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(certify(options, &address, cases, &dir, speech));
    // A resolver that still looks for a name is not waited for.
    runtime.shutdown_background();
    let run = outcome?;
    say(&text::render(&run, detail(speech)));
    if !speech.quiet {
        say(&format!("report in {}\n", options.report_dir.display()));
        tell_imported(&run);
    }
    Ok(run.exit_status)
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

async fn certify(
    options: &Options,
    address: &Address,
    cases: Vec<Case>,
    dir: &ReportDir,
    speech: &Speech,
) -> Result<Run, Stop> {
    let (mut profile, cases) = prepare(options, cases, speech)?;
    let secrets: Vec<String> =
        profile.target.system_password.iter().map(|password| password.reveal().to_owned()).collect();
    let masker = Masker::new(random()?, &secrets);
    let url = profile.target.url.clone();
    profile.target.url = masker.mask_text(&url);
    let mut header = header(Role::Target, &profile, &options.scenarios)?;
    if !options.scenarios.is_empty() {
        header.proves = cases.iter().flat_map(|case| case.proves.clone()).collect();
    }
    profile.target.url = url;
    refuse_unreachable_callbacks(address, options.listen, options.advertise.as_deref()).await?;
    let recorder = Recorder::in_memory(header, masker);
    let client = Client::start(recorder.clone(), options.listen, options.advertise.as_deref())
        .await
        .map_err(|error| cannot_listen(options.listen, &error))?;
    // Nothing can stop the run any more: only now is an earlier one's report given up for it.
    dir.clear()?;
    recorder.keep_in(&dir.transcript()).map_err(|error| dir.lost("transcript.jsonl", &error))?;
    let hand = Arc::new(Stagehand {
        client: Arc::new(client),
        slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
        packages: built_in::package,
        profile: Arc::new(profile),
    });
    let after_refusal = if options.keep_going { AfterRefusal::KeepGoing } else { AfterRefusal::Stop };
    let programme = Programme { cases, deadline: hand.profile.limits.run, after_refusal };
    let showing = tokio::spawn(show(recorder.clone(), progress(options.progress, speech)));
    perform(&hand, programme, interrupted()).await;
    showing.abort();
    if let Some(error) = recorder.take_trouble() {
        return Err(dir.lost("transcript.jsonl", &error));
    }
    let run = Run::of(&recorder.transcript()).map_err(|error| Stop::Ours(error.to_string()))?;
    dir.write(&run)?;
    Ok(run)
}

/// The subject as it is described, and those of the cases that can be played against it.
fn prepare(options: &Options, cases: Vec<Case>, speech: &Speech) -> Result<(Profile, Vec<Case>), Stop> {
    let profile = profile(options)?;
    let (cases, left_out) = playable(cases, &profile, &options.scenarios);
    if speech.verbose {
        for case in &left_out {
            note(&format!("  left out {}: {}", super::visible(&case.id), case.why));
        }
    }
    if let (true, Some(first)) = (cases.iter().all(|case| case.id == PROBE), left_out.first())
        && !options.scenarios.is_empty()
    {
        return Err(Stop::Usage(format!(
            "nothing of what was asked for can be played: {}: {}",
            first.id, first.why
        )));
    }
    Ok((profile, cases))
}

fn profile(options: &Options) -> Result<Profile, Stop> {
    let mut profile = Profile {
        reading: options.reading,
        max_in_flight: MaxInFlight(options.max_in_flight),
        ..options.described.clone()
    };
    profile.target.url.clone_from(&options.url);
    for (name, limit) in &options.limit {
        profile.limits.set(name, *limit).map_err(|error| Stop::Usage(error.to_string()))?;
    }
    Ok(profile)
}

/// Reads the target system URL.
pub(super) fn read_url(url: &str) -> Result<Address, Stop> {
    if url.is_empty() {
        return Err(Stop::Usage("the target system URL is empty; give the address at which the LMS takes collects, such as http://lms.example/pens".to_owned()));
    }
    Address::of(url).map_err(|error| {
        Stop::Usage(match &error {
            AddressError::Scheme(scheme) if scheme == "https" => format!(
                "{url}: https is not spoken yet; give an address at which the LMS takes plain http, within a network that you trust"
            ),
            AddressError::Scheme(scheme) => format!(
                "{url}: collects do not go over {scheme}; give an address such as http://lms.example/pens"
            ),
            AddressError::Empty
            | AddressError::Relative(_)
            | AddressError::Control(_)
            | AddressError::NoHost(_)
            | AddressError::Host(_)
            | AddressError::Port(_) => {
                format!("{url}: {error}; give an address such as http://lms.example/pens")
            }
        })
    })
}

/// The cases that are asked for, the probe first.
fn choose(wanted: &[String]) -> Result<Vec<Case>, Stop> {
    let scenarios = built_in::scenarios()?;
    let all = ["**".to_owned()];
    let chosen = select(&scenarios, if wanted.is_empty() { &all } else { wanted })?;
    let mut cases: Vec<Case> =
        chosen.into_iter().filter(|case| case.subject == Subject::Target).cloned().collect();
    if cases.is_empty() {
        return Err(Stop::Usage(
            "none of the scenarios asked for tests a target; `penspec list scenarios` shows all".to_owned(),
        ));
    }
    if !cases.iter().any(|case| case.id == PROBE) {
        cases.extend(select(&scenarios, &[PROBE.to_owned()])?.into_iter().cloned());
    }
    Ok(cases)
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

fn read_limit(text: &str) -> Result<(String, Duration), String> {
    let (name, duration) = text.split_once('=').ok_or("write NAME=DURATION, such as receipt=60s")?;
    crate::profile::Limits::default().set(name, Duration::ZERO).map_err(|error| error.to_string())?;
    let period: Period = duration.parse().map_err(|error: PeriodError| error.to_string())?;
    Ok((name.to_owned(), period.0))
}

/// Reads the address to listen on; `localhost` stands for 127.0.0.1.
pub(super) fn read_listen(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        "write an IP address of this machine and a port, such as 127.0.0.1:8080; port 0 takes any free one"
            .to_owned()
    })
}

fn read_count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number from 1".to_owned())
}

pub(super) fn read_advertised(text: &str) -> Result<String, String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    Address::of(&url).map(|_| url).map_err(|error| error.to_string())
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
    let url = &tour::profile(url).target.url;
    let options = Options {
        url: url.clone(),
        scenarios: Vec::new(),
        report_dir: report_dir.to_owned(),
        limit: Vec::new(),
        max_in_flight: MaxInFlight::default().0,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        advertise: None,
        reading: Reading::Tolerant,
        keep_going: false,
        progress: Progress::Auto,
        described: tour::profile(url),
    };
    let address = read_url(url)?;
    let cases = choose(&[])?;
    let dir = ReportDir::take(report_dir)?;
    runtime()?.block_on(certify(&options, &address, cases, &dir, speech))
}
