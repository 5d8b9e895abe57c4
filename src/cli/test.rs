//! `test target`: certifies an LMS.

use std::path::{Path, PathBuf};

use super::options::{Common, Options, read_url};
use super::progress::{Beside, display, show};
use super::signals::interrupted;
use super::{Speech, Stop, dry_run, note, say};
use crate::certify::{Plan, ReportDir, read_run, runtime, scenarios};
use crate::profile::load::Loaded;
use crate::profile::{Profile, Selection};
use crate::report::github;
use crate::report::text::{self, Detail};
use crate::run::choice::{self, Choice, again};
use crate::run::{PROBE, Run, built_in, tour};
use crate::scenario::library::select;
use crate::scenario::model::Scenario;
use crate::transcript::entry::Role;
use crate::wire::http::Address;

pub(super) fn target(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let loaded = options.loaded()?;
    let address = read_url(&loaded.profile.target.url)?;
    let choice = choose(&options.common, Role::Target, &loaded.profile)?;
    if options.common.dry_run {
        say(&dry_run::tell(&loaded.profile, &choice));
        return Ok(0);
    }
    note_left_out(&choice, speech);
    let plan = Plan { loaded, choice, partition: options.common.partition };
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
    annotate(&run);
    Ok(run.exit_status)
}

/// In a job of GitHub Actions: says the findings in its notation, too.
pub(super) fn annotate(run: &Run) {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        say(&github::render(run));
    }
}

/// Says which of the chosen cases are not played, and why.
pub(super) fn note_left_out(choice: &Choice, speech: &Speech) {
    if speech.verbose {
        for case in &choice.left_out {
            note(&format!("  left out {}: {}", super::visible(&case.id), case.why));
        }
    }
}

/// The cases that the profile and the flags choose; those of an earlier run are read before anything of it is touched.
pub(super) fn choose(options: &Common, role: Role, profile: &Profile) -> Result<Choice, Stop> {
    let built_in = built_in::scenarios()?;
    let scenarios = scenarios(&profile.selection, &built_in)?;
    let mut selection = profile.selection.clone();
    if options.failed {
        let earlier = earlier(&profile.report_dir.0)?;
        let open = again(&earlier, &scenarios, &built_in)?;
        selection = Selection { scenarios: narrowed(&scenarios, &selection, open)?, ..selection };
    }
    Ok(choice::choose(&scenarios, &built_in, (role, &selection, profile), options.partition)?)
}

/// The run that the report directory holds.
fn earlier(report_dir: &str) -> Result<Run, Stop> {
    if Path::new(report_dir).is_dir() {
        return read_run(Path::new(report_dir));
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

pub(super) fn detail(speech: &Speech) -> Detail {
    match (speech.quiet, speech.verbose) {
        (true, _) => Detail::Verdict,
        (false, true) => Detail::Everything,
        (false, false) => Detail::Findings,
    }
}

async fn certify(plan: Plan, address: &Address, dir: &ReportDir, speech: &Speech) -> Result<Run, Stop> {
    let display = display(plan.loaded.profile.progress, speech, Beside::Nobody);
    let cases = plan.choice.cases.len();
    let ready = plan.prepare(address, dir).await?;
    let showing = tokio::spawn(show(ready.recorder().clone(), display, cases));
    let run = ready.play(interrupted()).await;
    showing.abort();
    // What it has drawn is taken away when it is dropped, which takes its turn.
    let _ = showing.await;
    run
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
    let loaded = Loaded { hidden: password.collect(), profile, file: None };
    let address = read_url(url)?;
    let choice = choose(&Common::default(), Role::Target, &loaded.profile)?;
    let dir = ReportDir::take(report_dir)?;
    runtime()?.block_on(certify(Plan { loaded, choice, partition: None }, &address, &dir, speech))
}
