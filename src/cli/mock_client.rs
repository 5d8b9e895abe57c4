//! `mock client`: a client that publishes once, again on a key press, or at an interval.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::mock::{ROOM, Shown, find, show};
use super::options::read_url;
use super::signals::interrupted;
use super::{Speech, Stop, note, profile, say};
use crate::certify::{
    Told, cannot_listen, course, header, listening, masker_of, packages_of, read_told,
    refuse_unreachable_callbacks, route, runtime, start_client, without_secrets,
};
use crate::mock::conduct::Conduct;
use crate::profile::load::Loaded;
use crate::profile::{ListenAt, Period, Port, Profile};
use crate::run::built_in;
use crate::scenario::model::{Case, Subject};
use crate::scenario::packages::COURSE;
use crate::scenario::player::{Mock, Stagehand, play};
use crate::transcript::Recorder;
use crate::transcript::entry::Role;

/// What `mock client` is told.
#[derive(Args)]
pub(super) struct ClientOptions {
    /// The target system URL; that of the profile when left out.
    url: Option<String>,
    /// The profile whose credentials, headers and elements go with the collect; penspec.yaml when it is there.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// The file of a course of your own, offered in the place of a built-in one.
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
    /// Where it listens for downloads and callbacks [default: 127.0.0.1:0].
    #[arg(long, value_name = "HOST:PORT", value_parser = str::parse::<ListenAt>)]
    listen: Option<ListenAt>,
    /// What the target is told instead of that address.
    #[arg(long, value_name = "[PROTOCOL=]URL", value_parser = read_told)]
    advertise: Vec<Told>,
    /// A file with CAs that it trusts besides those of this machine.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// A wrong habit: `penspec list defects` shows them.
    #[arg(long, value_name = "NAME")]
    defect: Option<String>,
    /// Publish again and again, so long after the time before.
    #[arg(long, value_name = "DURATION", conflicts_with = "once", value_parser = read_interval)]
    every: Option<Period>,
    /// End by itself: once the collect is refused, or its receipt and alerts have come and no more do.
    #[arg(long)]
    once: bool,
    /// With --once: how long the package, the receipt and each alert are waited for.
    #[arg(long = "for", value_name = "DURATION", default_value = "5s", requires = "once", value_parser = str::parse::<Period>)]
    patience: Period,
}

pub(super) fn client(options: &ClientOptions, speech: &Speech) -> Result<u8, Stop> {
    let Loaded { profile, hidden, .. } = options.loaded()?;
    let address = read_url(&profile.target.url)?;
    let packages = packages_of(&profile)?;
    let name = packages.named(COURSE).map(|package| package.name).unwrap_or_default();
    // The course keeps its id however often it is published.
    let package_id = format!("{}mock/Course-{}", profile.elements.id_namespace, word(&name));
    let defect = find(options.defect.as_deref(), Subject::Client)?;
    let (begins, judged) = match defect {
        Some(_) => (AS_ON_THE_TOUR, Shown::Unjudged),
        None => (PLAIN, Shown::Judged),
    };
    let case = case(begins, if options.once { ONCE } else { STANDING }, &package_id)?;
    let conduct = defect.map_or_else(Conduct::default, |defect| defect.conduct());
    let masker = masker_of(&profile, hidden)?;
    let shown = without_secrets(&profile, &masker);
    let recorder = Recorder::in_memory(header(Role::Target, &shown, &[])?, masker);
    recorder.forget_beyond(ROOM);
    runtime()?.block_on(async {
        let (listening, route) = (listening(&profile)?, route(&profile, Some(&address))?);
        refuse_unreachable_callbacks(&address, &listening).await?;
        let client = start_client(&profile, &listening, recorder.clone())
            .await
            .map_err(|cannot| cannot_listen(&cannot))?
            .with_route(route)
            .with_conduct(conduct);
        client.refuse_unknown();
        say(&format!("mock client listening on {}\n", client.advertised()));
        let hand = Arc::new(Stagehand {
            slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
            packages,
            profile: Arc::new(profile),
            mock: Mock::Client(Arc::new(client)),
        });
        tokio::select! {
            // What has been recorded is shown before the end.
            biased;
            () = show(&recorder, judged, speech) => {}
            () = options.publish(hand, case) => {}
            () = interrupted() => {}
        }
        Ok(0)
    })
}

impl ClientOptions {
    /// The profile with what the flags say in the place of what it says.
    fn loaded(&self) -> Result<Loaded, Stop> {
        let mut loaded = profile::read(self.profile.as_deref())?;
        let profile = &mut loaded.profile;
        if let Some(url) = &self.url {
            profile.target.url.clone_from(url);
        }
        if profile.target.url.is_empty() && self.url.is_none() {
            return Err(Stop::Usage(
                "no target system URL: give the address to publish to, as in `penspec mock client \
                 http://lms.example/pens`, or write it into penspec.yaml as url below target"
                    .to_owned(),
            ));
        }
        if let Some(path) = &self.package {
            course::check(path).map_err(|why| Stop::Usage(format!("--package: {why}")))?;
            profile.elements.package = Some(path.display().to_string());
        }
        if let Some(listen) = self.listen {
            profile.listen.http = listen;
        }
        // Its one course is offered by plain HTTP, and its receipt and alerts come by it.
        (profile.listen.https, profile.listen.ftp, profile.listen.smtp) = (Port::Off, Port::Off, Port::Off);
        if let Some(file) = &self.trust {
            profile.tls.trust = Some(file.display().to_string());
        }
        self.advertise.iter().cloned().for_each(|told| told.put(&mut profile.advertise));
        if self.once {
            self.be_patient(profile);
        }
        Ok(loaded)
    }

    fn be_patient(&self, profile: &mut Profile) {
        let (limits, patience) = (&mut profile.limits, self.patience.0);
        (limits.download, limits.receipt, limits.alert) = (patience, patience, patience);
        limits.quiet = patience.min(Duration::from_secs(1));
    }

    /// Publishes as often as it is wanted: for ever, unless once.
    async fn publish(&self, hand: Arc<Stagehand>, case: Case) {
        if self.once {
            note("one collect goes out now");
            return play(hand, case).await;
        }
        let mut presses = key_presses();
        note(match (self.every, &presses) {
            (Some(_), _) => "collects go out from now on; Ctrl-C stops",
            (None, Some(_)) => {
                "one collect goes out now, and another whenever Enter is pressed; Ctrl-C stops"
            }
            (None, None) => "one collect goes out now; Ctrl-C stops",
        });
        let mut publishing = JoinSet::new();
        publishing.spawn(play(Arc::clone(&hand), case.clone()));
        let mut clock = self.every.map(|every| interval(every.0));
        if let Some(clock) = &mut clock {
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // The first tick is at once, and that collect is on its way.
            clock.tick().await;
        }
        loop {
            tokio::select! {
                () = next(&mut presses) => {}
                () = tick(&mut clock) => {}
                Some(_) = publishing.join_next() => continue,
            }
            publishing.spawn(play(Arc::clone(&hand), case.clone()));
        }
    }
}

/// What a client stages and sends.
const PLAIN: &str = "  - stage: { package: course }\n  - collect: { set: { package-id: ID } }\n";

/// The same as on the tour, so that there is something for a defect to get wrong: a package that is guarded, a POST.
const AS_ON_THE_TOUR: &str = "  - stage: { package: course, auth: { user: staging, password: correct horse } }\n  \
    - collect: { method: post, set: { package-id: ID } }\n";

/// The steps of a client that stays up: none.
const STANDING: &str = "";

/// The steps of a client that ends when nothing more is to come.
const ONCE: &str = "  - await: { response: {} }\n  - await: { receipt: {} }\n  - await: { alert: {} }\n  \
    - await: { quiet: {} }\n";

/// A scenario of these steps.
fn case(begins: &str, ends: &str, package_id: &str) -> Result<Case, Stop> {
    let text = format!("title: A collect of the mock client\nsubject: target\nsteps:\n{begins}{ends}");
    // What is text to JSON is text to YAML.
    let text = text.replace("ID", &serde_json::Value::from(package_id).to_string());
    let loaded =
        built_in::with_known(|known| crate::scenario::load::load("mock client", "mock/client", &text, known));
    let scenario = loaded.map_err(|mistakes| {
        let why = format!("elements.id-namespace is no beginning of a package-id:\n{mistakes}");
        Stop::Usage(why)
    })?;
    scenario
        .cases()
        .first()
        .cloned()
        .ok_or_else(|| Stop::Ours("the scenario of the mock client has no case".to_owned()))
}

/// A file's name as part of a URI.
fn word(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    name.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect()
}

fn read_interval(text: &str) -> Result<Period, String> {
    let period: Period =
        text.parse().map_err(|error: crate::profile::period::PeriodError| error.to_string())?;
    if period.0 < SHORTEST {
        return Err("a target needs some time: 100ms is the shortest".to_owned());
    }
    Ok(period)
}

/// The shortest time between two collects.
const SHORTEST: Duration = Duration::from_millis(100);

/// Each Enter at the terminal; `None` where nobody could press it.
fn key_presses() -> Option<mpsc::UnboundedReceiver<()>> {
    if !std::io::stdin().is_terminal() || !is_in_the_foreground() {
        return None;
    }
    let (pressed, heard) = mpsc::unbounded_channel();
    // Reading cannot be interrupted, so it has a thread of its own.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.map(|_| pressed.send(())).is_err() {
                return;
            }
        }
    });
    Some(heard)
}

/// The next press; never where there is none.
async fn next(presses: &mut Option<mpsc::UnboundedReceiver<()>>) {
    match presses {
        Some(open) => {
            if open.recv().await.is_none() {
                *presses = None;
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}

/// The next moment to publish; never where there is no interval.
async fn tick(clock: &mut Option<Interval>) {
    match clock {
        Some(clock) => drop(clock.tick().await),
        None => std::future::pending().await,
    }
}

/// Whether the terminal is ours: one in the background is stopped when it reads.
#[cfg(unix)]
fn is_in_the_foreground() -> bool {
    rustix::termios::tcgetpgrp(std::io::stdin()).is_ok_and(|leader| leader == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_in_the_foreground() -> bool {
    true
}
