//! reports/sample: one run against a mock with a wrong habit, its ids, ports and times made constant.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use penspec::report::{html, json, junit};
use penspec::requirements::CATALOGUE;
use penspec::run::{Run, built_in, playable};
use penspec::scenario::model::{Scenario, Subject};
use penspec::transcript::entry::Transfer;
use penspec::transcript::{Transcript, What, file};

use super::commands::{CLIENT, Peer, TARGET};
use super::{freshen_all, penspec, root};

const TRANSCRIPT: &str = "reports/sample/transcript.jsonl";
const DEFECT: &str = "lf-lines";
const RUN_ID: &str = "0a1b2c3d";
const DAY: &str = "2030-01-01T00";

/// The transcript is kept as long as it could have been recorded today; the reports are what it says.
#[test]
fn the_sample_is_fresh() {
    let kept = fs::read_to_string(root().join(TRANSCRIPT)).unwrap_or_default();
    let text = if is_current(&kept) { kept } else { record() };
    let run = Run::of(&file::read(&text).unwrap()).unwrap();
    let reports = [
        ("report.json", json::render(&run)),
        ("report.html", html::render(&run)),
        ("junit.xml", junit::render(&run)),
    ];
    let reports = reports.map(|(name, report)| (format!("reports/sample/{name}"), report));
    freshen_all(&[&[(TRANSCRIPT.to_owned(), text)][..], &reports].concat());
}

/// Whether this penspec reads and writes the same lines, has this catalogue and plays these cases.
fn is_current(text: &str) -> bool {
    let Ok(transcript) = file::read(text) else { return false };
    let scenarios = built_in::scenarios().unwrap();
    let cases = scenarios.iter().flat_map(Scenario::cases).filter(|case| case.subject == Subject::Target);
    let cases = cases.cloned().collect();
    let Ok(run) = Run::of(&transcript) else { return false };
    let (cases, _) = playable(cases, &run.profile, &[]);
    let cases: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let evidence = transcript.evidence();
    let played: BTreeSet<&str> = evidence.scenarios.iter().map(|seen| seen.id.as_str()).collect();
    let tool = &transcript.header.tool;
    (tool.version.as_str(), tool.catalogue.as_str()) == (env!("CARGO_PKG_VERSION"), CATALOGUE)
        && played == cases
        && lines(&transcript) == text
}

fn record() -> String {
    let peer = Peer::start(&["--defect", DEFECT]);
    let directory = tempfile::tempdir().unwrap();
    let reports = directory.path().to_str().unwrap();
    let run = ["test", "target", &peer.url, "--limit", "quiet=300ms", "--report-dir", reports];
    let run = penspec(&run).output().unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stdout));
    let text = fs::read_to_string(directory.path().join("transcript.jsonl")).unwrap();
    let transcript = file::read(&text).unwrap();
    let text = with_constant_names(&text, &transcript, &peer.url);
    let mut transcript = file::read(&text).unwrap();
    transcript.header.started = format!("{DAY}:00:00.000Z");
    set_constant_times(&mut transcript);
    lines(&transcript)
}

/// The run's id, the two ports and every date and hour, by others of the same length: no message changes its own.
fn with_constant_names(text: &str, transcript: &Transcript, target: &str) -> String {
    let begun = transcript.entries.iter().find_map(|entry| match &entry.what {
        What::TransactionBegun(begun) => Some(begun.receipt_url.clone()),
        _ => None,
    });
    let mut text = text.replace(&transcript.header.run_id, RUN_ID);
    for (url, port) in [(target, TARGET), (&begun.unwrap(), CLIENT)] {
        let own = port_of(url);
        assert_eq!(own.len(), port.len(), "a port of another length: record once more");
        for colon in [":", "%3A"] {
            text = text.replace(&format!("127.0.0.1{colon}{own}"), &format!("127.0.0.1{colon}{port}"));
        }
    }
    with_constant_dates(&text)
}

fn port_of(url: &str) -> &str {
    url.trim_start_matches("http://127.0.0.1:").split('/').next().unwrap()
}

/// `2026-11-23T09:07:23Z`, its colons perhaps escaped, becomes midnight of another day.
fn with_constant_dates(text: &str) -> String {
    let mut constant = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('T').filter(|at| at + 1 < rest.len()) {
        let is_date = at >= 10 && is_like(&rest[at - 10..at], "0000-00-00");
        let hour = rest.get(at + 1..at + 3).is_some_and(|hour| is_like(hour, "00"));
        // Of the dates that are wrong on purpose, some have no Z.
        let end =
            rest.get(at + 3..).and_then(|clock| clock.find('Z')).filter(|end| *end <= "%3A00%3A00.000".len());
        if !is_date || !hour || end.is_none() {
            constant.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        constant.push_str(&rest[..at - 10]);
        constant.push_str(DAY);
        let clock = &rest[at + 3..];
        let end = clock.find('Z').unwrap();
        let digits = clock[..end].replace("%3A", "_").replace(|digit: char| digit.is_ascii_digit(), "0");
        constant.push_str(&digits.replace('_', "%3A"));
        rest = &clock[end..];
    }
    constant + rest
}

fn is_like(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(one, wanted)| match wanted {
            b'0' => one.is_ascii_digit(),
            wanted => one == wanted,
        })
}

/// Each moment by its place among all moments: the order stays, and with it every verdict.
fn set_constant_times(transcript: &mut Transcript) {
    let mut moments = BTreeSet::new();
    each_moment(transcript, |moment| {
        moments.insert(*moment);
    });
    let moments: Vec<u64> = moments.into_iter().collect();
    each_moment(transcript, |moment| {
        *moment = 250 * (1 + moments.binary_search(moment).unwrap() as u64);
    });
    if let Some(ending) = &mut transcript.ending {
        ending.duration_ms = 250 * (1 + moments.len() as u64) / 1000;
    }
}

fn each_moment(transcript: &mut Transcript, mut see: impl FnMut(&mut u64)) {
    for entry in &mut transcript.entries {
        let entry = Arc::make_mut(entry);
        see(&mut entry.at_us);
        match &mut entry.what {
            What::Request(request) => see(&mut request.first_byte_us),
            What::Response(response) => {
                response.first_byte_us.iter_mut().chain(&mut response.last_byte_us).for_each(&mut see);
            }
            What::Mail(mail) => see(&mut mail.first_byte_us),
            What::Transfer(transfer) => {
                let Transfer { asked_us, first_byte_us, last_byte_us, .. } = transfer;
                [Some(asked_us), first_byte_us.as_mut(), Some(last_byte_us)]
                    .into_iter()
                    .flatten()
                    .for_each(&mut see);
            }
            What::ConnectionOpened { connection, peer, .. } if !peer.ends_with(TARGET) => {
                *peer = format!("127.0.0.1:{}", 50_000 + *connection);
            }
            _ => {}
        }
    }
}

fn lines(transcript: &Transcript) -> String {
    let mut text = file::line(&transcript.header);
    transcript.entries.iter().for_each(|entry| text.push_str(&file::line(&**entry)));
    text.extend(transcript.ending.as_ref().map(file::line));
    text
}
