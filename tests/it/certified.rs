//! The suite as a library: a trial for each requirement, played once, told as the command tells it.

use std::path::Path;

use penspec::certify::{self, Outcome, Trial, WHOLE_RUN, read_run, start_mock_target, trials};
use penspec::profile::{Accepted, Profile, ReportDir, Secret};
use penspec::run::{built_in, tour};

use crate::peer;
use crate::process::Desk;
use crate::support::hasty;

const PASSWORD: &str = "open sesame 4711";

/// A mock target with this defect, and a profile that plays the probe alone against it.
fn probed(desk: &Desk, defect: &str) -> Profile {
    let defects = built_in::defects().unwrap();
    let mut manners = tour::manners();
    defects.iter().find(|known| known.name == defect).unwrap().spoil(&mut manners);
    let mut profile = hasty(tour::profile(&start_mock_target(manners).unwrap()));
    profile.selection.scenarios = vec!["target/probe".to_owned()];
    profile.report_dir = ReportDir(desk.path("reports").display().to_string());
    profile
}

fn of<'t>(trials: &'t [Trial], name: &str) -> &'t Trial {
    trials.iter().find(|trial| trial.name() == name).unwrap()
}

fn failure(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(text) => text,
        other @ (Outcome::Passed | Outcome::Skipped(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_broken_requirement_fails_its_own_trial_and_the_run() {
    let desk = Desk::new();
    let trials = trials(&probed(&desk, "lf-lines")).unwrap();
    assert!(!desk.path("reports").exists(), "listing sends nothing");
    let told = failure(of(&trials, "RSP-004 crlf").play());
    assert!(told.starts_with("FAIL RSP-004 crlf (MUST, A.1.2)\n"), "{told}");
    for words in ["expected  error=0\\r\\n", "received  error=0\\n", "evidence  entry ", "remedy    "] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains('\x1b'), "{told:?}");
    let run = failure(of(&trials, WHOLE_RUN).play());
    assert!(run.starts_with("RSP-004 crlf\n") && run.contains("does not conform"), "{run}");
    assert_eq!(of(&trials, "RSP-002 four-fields").play(), Outcome::Passed);
    assert_eq!(
        of(&trials, "ERR-2001 pens-version-missing").play(),
        Outcome::Skipped("deselected".to_owned())
    );
}

#[test]
fn the_run_is_played_once_and_left_as_the_command_leaves_it() {
    let desk = Desk::new();
    let trials = trials(&probed(&desk, "lf-lines")).unwrap();
    std::thread::scope(|scope| {
        for trial in &trials {
            scope.spawn(|| trial.play());
        }
    });
    let run = read_run(&desk.path("reports")).unwrap();
    assert_eq!(run.exit_status, 1);
    assert_eq!(run.evidence.transactions.len(), 1);
    for file in ["report.json", "report.html", "junit.xml"] {
        assert!(desk.path("reports").join(file).exists(), "{file}");
    }
}

#[test]
fn what_the_profile_accepts_is_skipped_with_its_reason() {
    let desk = Desk::new();
    let mut profile = probed(&desk, "lf-lines");
    profile.accept = vec![Accepted {
        requirement: "RSP-004".to_owned(),
        scenario: "*".to_owned(),
        reason: "ticket 4711".to_owned(),
        until: "2999-01-01".parse().unwrap(),
    }];
    let trials = trials(&profile).unwrap();
    let accepted = Outcome::Skipped("accepted: ticket 4711".to_owned());
    assert_eq!(of(&trials, "RSP-004 crlf").play(), accepted);
    assert_eq!(of(&trials, WHOLE_RUN).play(), Outcome::Passed);
}

#[test]
fn a_must_that_could_not_be_judged_fails() {
    let desk = Desk::new();
    let mut profile = probed(&desk, "lf-lines");
    profile.target.url = "http://127.0.0.1:1/pens".to_owned();
    let trials = trials(&profile).unwrap();
    let told = failure(of(&trials, "RSP-001 answered").play());
    assert!(told.contains("Is the target running"), "{told}");
    assert!(failure(of(&trials, WHOLE_RUN).play()).contains("Incomplete"));
}

#[test]
fn secrets_that_were_given_in_code_stand_in_nothing_that_is_left() {
    let desk = Desk::new();
    let peer = peer::serving(|stream, head| {
        let answer = peer::http("200 OK", "text/plain", head);
        drop(std::io::Write::write_all(stream, answer.as_bytes()));
    });
    let mut profile = probed(&desk, "lf-lines");
    profile.target.url.clone_from(&peer.url);
    profile.target.headers = [("X-Api-Key".to_owned(), Secret::literal(PASSWORD))].into();
    let all = trials(&profile).unwrap();
    let told = failure(of(&all, "RSP-002 four-fields").play());
    assert!(peer.heard().contains(PASSWORD), "the peer was told");
    for file in ["report.json", "report.html", "junit.xml", "transcript.jsonl"] {
        let text = std::fs::read_to_string(desk.path("reports").join(file)).unwrap();
        assert!(!text.contains(PASSWORD), "{file}");
    }
    assert!(!told.contains(PASSWORD), "{told}");
}

#[test]
fn what_cannot_be_played_is_said_before_anything_is() {
    let refusal = |profile: &Profile| trials(profile).err().unwrap().to_string();
    let mut profile = Profile::default();
    assert!(refusal(&profile).contains("target.url \"\": the address is empty"));
    profile.target.url = "http://127.0.0.1:1/".to_owned();
    profile.selection.scenarios = vec!["target/prob".to_owned()];
    assert!(refusal(&profile).contains("did you mean \"target/probe\"?"));
}

#[test]
fn a_profile_is_read_as_the_command_reads_it() {
    let desk = Desk::new();
    desk.write("penspec.yaml", "subject: { name: Acme LMS }\ntarget: { url: http://127.0.0.1:1/ }\n");
    let loaded = certify::read_profile(&desk.path("penspec.yaml")).unwrap();
    assert_eq!(loaded.profile.subject.name, "Acme LMS");
    let absent = certify::read_profile(Path::new("/nowhere/penspec.yaml")).unwrap_err();
    assert_eq!(absent.status(), 2);
}
