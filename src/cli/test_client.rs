//! `test client`: checks an authoring tool, which publishes to the mock target.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::answers::{self, Answers};
use super::operator::{Means, serve};
use super::options::Common;
use super::progress::{Beside, display, show};
use super::signals::interrupted;
use super::test::{annotate, choose, detail, note_left_out};
use super::{Speech, Stop, dry_run, note, say};
use crate::certify::{Plan, ReportDir, cannot_listen, header, listening, random, refuse_no_address, runtime};
use crate::mock::client::Client;
use crate::mock::listening::Listening;
use crate::profile::load::Loaded;
use crate::profile::{FixedAddress, Profile, Thorough};
use crate::report::text;
use crate::run::Run;
use crate::run::trigger::Hook;
use crate::scenario::operator::Operator;
use crate::transcript::Recorder;
use crate::transcript::entry::Role;
use crate::transcript::mask::Masker;
use crate::wire::http::Address;

/// What `test client` is told.
#[derive(Args, Default)]
pub(super) struct ClientOptions {
    /// The scenarios to play, by id or glob (client/*-answer); all when left out.
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// The command that makes the client publish: `PENSPEC_TARGET_URL` in its environment is the address to publish
    /// to, and so is `{target_url}` in the command. Without it and --trigger-url a person is asked.
    #[arg(long, value_name = "CMD", conflicts_with = "trigger_url")]
    trigger: Option<String>,
    /// The web hook that makes the client publish: it gets a POST whose body is the address.
    #[arg(long, value_name = "URL")]
    trigger_url: Option<String>,
    /// Give out one address for all cases, which take the collects one by one.
    #[arg(long)]
    fixed_address: bool,
    /// Try every code of Table 3, as an answer and in a receipt: a publishing for each, by --trigger or --trigger-url;
    /// --dry-run says how many.
    #[arg(long)]
    thorough: bool,
    /// A host that packages may be fetched from and callbacks sent to, besides loopback and the client's own.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// A file with the answers to the questions that only a person can answer (CASE: yes, or CASE: no, NOTE).
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn client(options: &ClientOptions, speech: &Speech) -> Result<u8, Stop> {
    let loaded = options.loaded()?;
    let choice = choose(&options.common, Role::Client, &loaded.profile)?;
    if options.common.dry_run {
        say(&dry_run::tell_client(&choice));
        return Ok(0);
    }
    note_left_out(&choice, speech);
    let means = means(&loaded.profile)?;
    let answers = answers::read(loaded.profile.trigger.answers.as_deref(), &choice.known)?;
    let report_dir = PathBuf::from(&loaded.profile.report_dir.0);
    let dir = ReportDir::take(&report_dir)?;
    let runtime = runtime()?;
    let plan = Plan { loaded, choice, partition: options.common.partition };
    let outcome = runtime.block_on(attend(plan, (means, answers), &dir, speech));
    // What a trigger left behind is not waited for.
    runtime.shutdown_background();
    let run = outcome?;
    say(&text::render(&run, detail(speech)));
    if !speech.quiet {
        say(&format!("report in {}\n", report_dir.display()));
    }
    annotate(&run);
    Ok(run.exit_status)
}

impl ClientOptions {
    /// The profile with what the flags say in the place of what it says.
    fn loaded(&self) -> Result<Loaded, Stop> {
        let mut loaded = self.common.loaded()?;
        let profile = &mut loaded.profile;
        if !self.scenarios.is_empty() {
            profile.selection.scenarios.clone_from(&self.scenarios);
        }
        if self.trigger.is_some() || self.trigger_url.is_some() {
            profile.trigger.command.clone_from(&self.trigger);
            profile.trigger.url.clone_from(&self.trigger_url);
        }
        if self.fixed_address {
            profile.trigger.fixed_address = FixedAddress::Yes;
        }
        if self.thorough {
            profile.trigger.thorough = Thorough::Yes;
        }
        if !self.allow_host.is_empty() {
            profile.allow_host.clone_from(&self.allow_host);
        }
        if let Some(path) = &self.answers {
            profile.trigger.answers = Some(path.display().to_string());
        }
        refuse_no_address(&listening(profile)?, "client")?;
        Ok(loaded)
    }
}

/// By what the client is made to publish.
fn means(profile: &Profile) -> Result<Means, Stop> {
    let usage = |why: &str| Err(Stop::Usage(why.to_owned()));
    match (&profile.trigger.command, &profile.trigger.url) {
        (Some(_), Some(_)) => usage(
            "the client can be made to publish in one way alone: leave out the command or the url of trigger",
        ),
        (Some(command), None) if command.trim().is_empty() => {
            usage("the trigger command is empty; give the command that makes the client publish")
        }
        (Some(command), None) => Ok(Means::Hook(Hook::Command(command.clone()))),
        (None, Some(url)) => match Address::of(url) {
            Ok(address) if address.is_secure() => usage(
                "a web hook is called by plain http alone; give it at such an address, within a network that you trust",
            ),
            Ok(_) => Ok(Means::Hook(Hook::Url(url.clone()))),
            Err(error) => Err(Stop::Usage(format!(
                "{url}: {error}; give the URL of a web hook, such as http://tool.example/publish"
            ))),
        },
        (None, None) if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
            Ok(Means::Person)
        }
        (None, None) => usage(
            "nobody can make the client publish: there is no terminal at which a person could be asked; give \
             --trigger CMD or --trigger-url URL",
        ),
    }
}

async fn attend(
    plan: Plan,
    (means, answers): (Means, Answers),
    dir: &ReportDir,
    speech: &Speech,
) -> Result<Run, Stop> {
    let beside = if matches!(means, Means::Person) { Beside::Person } else { Beside::Nobody };
    let display = display(plan.loaded.profile.progress, speech, beside);
    let (cases, grace) = (plan.choice.cases.len(), plan.loaded.profile.limits.quiet);
    let (operator, asks) = Operator::new();
    let ready = plan.prepare_for_client(operator, dir).await?;
    if !speech.quiet && !matches!(means, Means::BuiltIn(_)) {
        note(&format!("mock target listening at {}", ready.advertised()));
    }
    let recorder = ready.recorder().clone();
    let showing = tokio::spawn(show(recorder.clone(), display, cases));
    let serving = tokio::spawn(serve(asks, means, answers, (recorder, grace)));
    let run = ready.play(interrupted()).await;
    serving.abort();
    // What it had begun is ended when it is dropped, which takes its turn.
    let _ = serving.await;
    showing.abort();
    let _ = showing.await;
    run
}

/// Checks a mock client for the tour, which publishes for every case, and says itself what a person would see.
pub(super) fn check_for_tour(report_dir: &Path, speech: &Speech) -> Result<Run, Stop> {
    let mut profile = Profile::default();
    "the mock client".clone_into(&mut profile.subject.name);
    // Both are on this machine: what does not come at once will not come.
    profile.limits.quiet = Duration::from_millis(300);
    let choice = choose(&Common::default(), Role::Client, &automatic(&profile))?;
    let dir = ReportDir::take(report_dir)?;
    let loaded = Loaded { profile, hidden: Vec::new(), file: None };
    runtime()?.block_on(async {
        let recorder =
            Recorder::in_memory(header(Role::Target, &Profile::default(), &[])?, Masker::new(random()?, &[]));
        let listening = Listening::default();
        let client = Client::start(recorder, &listening).await.map_err(|cannot| cannot_listen(&cannot))?;
        let means = Means::BuiltIn(Arc::new(client));
        attend(Plan { loaded, choice, partition: None }, (means, Answers::new()), &dir, speech).await
    })
}

/// The profile of a client that publishes without a person: there is no case that it is not asked for.
fn automatic(profile: &Profile) -> Profile {
    let mut automatic = profile.clone();
    automatic.trigger.command = Some("penspec mock client --once {target_url}".to_owned());
    automatic
}
