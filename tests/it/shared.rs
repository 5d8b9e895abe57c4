//! Stand-ins in runs of mocks with bad habits: whatever the habit, the verdicts stay, and no name is left.

use penspec::profile::Profile;
use penspec::run::{Run, built_in};
use penspec::scenario::defect::Defect;
use penspec::scenario::model::Subject;
use penspec::transcript::share::share;
use penspec::transcript::{Transcript, What, file};

use crate::process::Desk;
use crate::support;

/// Habits in how hosts are written, and in what stands beside them.
const TARGETS: &[&str] = &[
    "encodes-twice",
    "lower-cases-urls",
    "mail-as-query",
    "mail-bare-header",
    "multipart-receipts",
    "package-id-altered",
    "status-500",
];
const CLIENTS: &[&str] = &[
    "encodes-twice",
    "multipart-collect",
    "one-slash-alerts",
    "raw-utf-8",
    "relative-url",
    "wrong-credentials",
];

fn defect(subject: Subject, name: &str) -> Defect {
    let mut defects = built_in::defects().unwrap().into_iter();
    defects.find(|defect| defect.subject == subject && defect.name == name).unwrap()
}

/// The same run, as it would be between machines that have names.
fn named(transcript: &Transcript) -> Transcript {
    let text = file::write(transcript);
    let (header, entries) = text.split_once('\n').unwrap();
    let entries =
        entries.replace("127.0.0.1:", "canary.acme.test:").replace("127.0.0.1%3A", "canary.acme.test%3A");
    let entries = entries.replace("127.0.0.1%3a", "canary.acme.test%3a");
    let entries = entries.replace(".penspec.example", ".mail.canary.acme.test");
    let header = header.replace("\"url\":\"http://127.0.0.1:", "\"url\":\"http://canary.acme.test:");
    file::read(&format!("{header}\n{entries}")).unwrap()
}

fn verdicts(transcript: &Transcript) -> Vec<(&'static str, &'static str)> {
    let rows = Run::of(transcript).unwrap().judgement.rows;
    rows.iter().map(|judged| (judged.row.id, judged.verdict.key())).collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().to_lowercase()
}

fn check(name: &str, transcript: &Transcript) {
    let named = named(transcript);
    let shared = share(&named);
    assert_eq!(verdicts(&shared), verdicts(&named), "{name}");
    let text = decoded(&decoded(&file::write(&shared)));
    assert_eq!(text.find("canary.acme").map(|at| &text[at - 60..at + 30]), None, "{name}");
}

#[test]
fn whatever_a_target_does_its_verdicts_stay() {
    for name in TARGETS {
        let mut profile = Profile::default();
        profile.target.url = support::start_target(defect(Subject::Target, name).manners());
        let cases = support::cases(&["target/*"]);
        check(name, &support::certify(support::hasty(profile), cases, &[]));
    }
}

#[test]
fn the_tour_over_all_transports_keeps_its_verdicts() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["demo"]).status, Some(0));
    for role in ["target", "client"] {
        let transcript = file::read(&desk.read(&format!("reports/demo/{role}/transcript.jsonl"))).unwrap();
        let has = |is_one: fn(&What) -> bool| transcript.entries.iter().any(|entry| is_one(&entry.what));
        let has_all =
            has(|what| matches!(what, What::Mail(_))) && has(|what| matches!(what, What::Transfer(_)));
        assert!(has_all || role == "client", "no mail, or no package over FTP");
        check(role, &transcript);
    }
}

#[test]
fn whatever_a_client_does_its_verdicts_stay() {
    for name in CLIENTS {
        check(
            name,
            &support::attend_with(
                &["client/*"],
                defect(Subject::Client, &format!("client/{name}")).conduct(),
            ),
        );
    }
}
