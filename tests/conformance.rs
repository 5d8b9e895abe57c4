//! Every scenario case against the mock target or the mock client, every defect against its golden table, and what a
//! client is free to do.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "conformance/staging.rs"]
mod staging;
mod support;
#[path = "conformance/variants.rs"]
mod variants;

use std::fmt::Write;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use penspec::mock::conduct::Conduct;
use penspec::mock::manners::Manners;
use penspec::requirements::verdict::Verdict;
use penspec::run::{Run, built_in, tour};
use penspec::scenario::defect::Defect;
use penspec::scenario::model::{Scenario, Subject};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        golden("conforming", || target_with(tour::manners())),
        golden("client/conforming", || client_with(Conduct::default())),
    ];
    for defect in built_in::defects().expect("the shipped defects load") {
        trials.push(golden(&defect.name.clone(), move || match defect.subject {
            Subject::Target => target_with(spoilt(&defect)),
            Subject::Client => client_with(defect.conduct()),
        }));
    }
    for scenario in built_in::scenarios().expect("the shipped scenarios load") {
        for case in scenario.cases() {
            let id = case.id.clone();
            let played = match scenario.subject {
                Subject::Target => Trial::test(id.clone(), move || plays_without_a_flaw(&id)),
                Subject::Client => Trial::test(id.clone(), move || finds_no_flaw_in_the_mock_client(&id)),
            };
            trials.push(played.with_kind("case"));
        }
        let name = format!("{} proves what it names", scenario.id);
        trials.push(Trial::test(name, move || proves_what_it_names(&scenario)).with_kind("scenario"));
    }
    for defect in built_in::defects().expect("the shipped defects load") {
        let name = format!("{} breaks what it names", defect.name);
        trials.push(Trial::test(name, move || breaks_what_it_names(&defect)).with_kind("defect"));
    }
    trials.extend(variants::trials(|client| client_with(client.conduct())));
    trials.extend(staging::trials(|client| publishing(client.conduct())));
    libtest_mimic::run(&arguments, trials).exit();
}

/// A whole run against a mock target with these manners.
fn target_with(manners: Manners) -> Run {
    support::certify_whole(tour::profile(&support::start_target(manners)))
}

/// A whole run in which a mock client of this conduct publishes.
fn client_with(conduct: Conduct) -> Run {
    Run::of(&support::attend_with(&["client/**"], conduct)).unwrap()
}

/// One publishing of a mock client of this conduct.
fn publishing(conduct: Conduct) -> Run {
    Run::of(&support::attend_with(&["client/sample-stream"], conduct)).unwrap()
}

fn spoilt(defect: &Defect) -> Manners {
    let mut manners = tour::manners();
    defect.spoil(&mut manners);
    manners
}

/// A whole run gives the table that was written from the requirements.
fn golden(name: &str, whole_run: impl FnOnce() -> Run + Send + 'static) -> Trial {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    Trial::test(format!("golden {name}"), move || {
        let run = whole_run();
        let expected =
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let received = table(&run);
        if expected == received {
            return Ok(());
        }
        let diff = similar::TextDiff::from_lines(&expected, &received);
        let diff = diff.unified_diff().context_radius(0).header("golden", "judged").to_string();
        Err(Failed::from(format!(
            "{diff}\n{}",
            penspec::report::text::render(&run, penspec::report::text::Detail::Findings)
        )))
    })
    .with_kind("golden")
}

fn table(run: &Run) -> String {
    let mut text = format!("verdict {}\nexit {}\n", run.judgement.verdict.key(), run.exit_status);
    for judged in &run.judgement.rows {
        let cause = judged.cause.map_or_else(String::new, |cause| format!(" {}", cause.key()));
        let _ = writeln!(text, "{} {}{cause}", judged.row.id, judged.verdict.key());
    }
    text
}

/// A case alone, with the probe: nothing in it is amiss.
fn plays_without_a_flaw(id: &str) -> Result<(), Failed> {
    let run = play_alone(id)?;
    match run.verdict_of(id) {
        Verdict::Pass => Ok(()),
        verdict => Err(format!("{id} is judged {}", verdict.key()).into()),
    }
}

/// A case alone, played to its end against a mock client: nothing in it is amiss.
fn finds_no_flaw_in_the_mock_client(id: &str) -> Result<(), Failed> {
    let run = Run::of(&support::attend(&[id]))?;
    if let Some(why) = run.evidence.scenarios.iter().find_map(|seen| seen.cut_short.as_ref()) {
        return Err(format!("{id} was cut short: {why}").into());
    }
    match run.verdict_of(id) {
        // A case whose collect is refused brings no answer of the client's.
        Verdict::Pass | Verdict::NotTested => Ok(()),
        verdict => Err(format!("{id} is judged {}", verdict.key()).into()),
    }
}

/// A scenario with all its cases, and the probe: every row that it is there for passes.
fn proves_what_it_names(scenario: &Scenario) -> Result<(), Failed> {
    let run = match scenario.subject {
        Subject::Target => play_alone(&scenario.id)?,
        Subject::Client => Run::of(&support::attend(&[&scenario.id]))?,
    };
    for judged in run.judgement.rows {
        if scenario.proves.iter().any(|id| id == judged.row.id) && judged.verdict != Verdict::Pass {
            return Err(format!("{} is judged {}", judged.row.id, judged.verdict.key()).into());
        }
    }
    Ok(())
}

fn play_alone(id: &str) -> Result<Run, Failed> {
    let url = support::start_target(tour::manners());
    let transcript = support::certify(support::hasty(tour::profile(&url)), support::cases(&[id]), &[id]);
    Ok(Run::of(&transcript)?)
}

/// The golden table of a defect shows as broken what the defect says it breaks, and nothing that it does not name.
fn breaks_what_it_names(defect: &Defect) -> Result<(), Failed> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{}.txt", defect.name));
    let golden = std::fs::read_to_string(&path)?;
    for line in golden.lines().skip(2) {
        let (id, verdict) = line.split_once(' ').ok_or("a line without a verdict")?;
        let is_amiss = verdict != "pass";
        let is_named = defect.breaks.iter().any(|named| named == id);
        let is_collateral =
            defect.collateral.iter().any(|named| penspec::scenario::glob::matches(&named.requirement, id));
        if is_named && !matches!(verdict, "fail" | "warning") {
            return Err(format!("{id} is {verdict}, though the defect is to break it").into());
        }
        if is_amiss && !is_named && !is_collateral {
            return Err(format!("{id} is {verdict}, which is neither broken nor named as collateral").into());
        }
    }
    Ok(())
}
