//! `self-test`: the instrument checked, mock against mock: every defect has to be found out by the row that it breaks.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::report::every_format;
use super::{Speech, Stop, note, say};
use crate::certify::runtime;
use crate::requirements::judge::rows_of;
use crate::requirements::verdict::Verdict;
use crate::requirements::{CATALOGUE, Requirement};
use crate::run::planted::CANARIES;
use crate::run::rehearsal::Played;
use crate::run::self_test::{Rehearsal, Scope, Shown};
use crate::scenario::model::Subject;
use crate::transcript::canary::Watchman;
use crate::transcript::entry::Role;
use crate::transcript::file;

/// So many rehearsals are held at once for each processor: most of their time they wait.
const AT_ONCE: usize = 10;

/// What `self-test` is told.
#[derive(Args)]
pub(super) struct Options {
    /// Play every defect against every scenario, and have each verdict that is not `pass` be one that the defect names.
    #[arg(long)]
    full: bool,
    /// How the result is told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the result is told.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A line for each requirement.
    Text,
    /// For programs.
    Json,
}

/// A requirement, and the defects that are there to break it, each with whether it was found out.
struct Held<'a> {
    subject: Subject,
    row: &'static Requirement,
    by: Vec<(&'a str, Verdict)>,
}

pub(super) fn self_test(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let scope = if options.full { Scope::Everything } else { Scope::Proving };
    let began = Instant::now();
    let shown = play_all(Rehearsal::all(scope)?, speech)?;
    let matrix: Vec<Held> = [Subject::Target, Subject::Client]
        .into_iter()
        .flat_map(|subject| rows_of(role_of(subject)).map(move |row| (subject, row)))
        .map(|(subject, row)| held(subject, row, &shown))
        .collect();
    let amiss: Vec<&String> = shown.iter().flat_map(|shown| &shown.amiss).collect();
    match options.format {
        Format::Text => {
            if !speech.quiet {
                for held in &matrix {
                    say(&line(held));
                }
            }
            for line in &amiss {
                say(&format!("AMISS {line}\n"));
            }
            say(&format!("{} in {:.1} s\n", summary(&shown, &matrix, &amiss), began.elapsed().as_secs_f64()));
        }
        Format::Json => say(&format!("{:#}\n", as_json(&shown, &matrix, &amiss))),
    }
    if amiss.is_empty() {
        return Ok(0);
    }
    Err(Stop::Ours(format!(
        "the self-test found {} things amiss: this penspec must not be trusted with a verdict; please report it",
        amiss.len()
    )))
}

/// Holds the rehearsals, several at once, and gives what they showed in their order.
fn play_all(rehearsals: Vec<Rehearsal>, speech: &Speech) -> Result<Vec<Shown>, Stop> {
    let workers = thread::available_parallelism().map_or(2, usize::from) * AT_ONCE;
    let results: Mutex<Vec<(usize, Result<Shown, Stop>)>> = Mutex::new(Vec::new());
    let waiting = Mutex::new(rehearsals.into_iter().enumerate());
    let watchman = Watchman::of(&CANARIES);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((place, rehearsal)) = next(&waiting) {
                    let name = rehearsal.defect.as_ref().map(|defect| defect.name.clone());
                    let shown = play(rehearsal, &watchman);
                    if speech.verbose {
                        note(&format!("  played {}", name.as_deref().unwrap_or("the conforming mock")));
                    }
                    lock(&results).push((place, shown));
                }
            });
        }
    });
    let mut results = std::mem::take(&mut *lock(&results));
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, shown)| shown).collect()
}

/// The runtime is one of one thread: the order of what happens in a rehearsal is that of its record.
fn play(rehearsal: Rehearsal, watchman: &Watchman) -> Result<Shown, Stop> {
    let played = runtime()?.block_on(rehearsal.play());
    let (mut shown, played) = played.map_err(|error| Stop::Environment(error.to_string()))?;
    let who = shown.defect.as_ref().map_or_else(
        || format!("the {} without a defect", role_of(shown.subject).name()),
        |defect| format!("{} ({})", defect.name, defect.breaks.join(", ")),
    );
    shown.amiss.extend(leaks(&who, &played, watchman));
    Ok(shown)
}

/// The secrets that stand in what a rehearsal leaves: in its transcript and in each of its reports.
fn leaks(who: &str, Played { transcript, run }: &Played, watchman: &Watchman) -> Vec<String> {
    let lines = file::write(transcript);
    let reports = every_format(run, lines.as_bytes())
        .into_iter()
        .map(|(name, text)| (format!("report --format {name}"), text));
    let written = [("transcript.jsonl".to_owned(), lines.clone())].into_iter().chain(reports);
    let told = |(artefact, text): (String, String)| {
        let hits = watchman.hits(text.as_bytes()).into_iter();
        hits.map(|hit| format!("{who} lets out a secret in {artefact}: {hit}")).collect::<Vec<_>>()
    };
    written.flat_map(told).collect()
}

fn next<I: Iterator>(waiting: &Mutex<I>) -> Option<I::Item> {
    lock(waiting).next()
}

/// A worker that panics ends the process with status 5; the value is whole even then.
fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn role_of(subject: Subject) -> Role {
    match subject {
        Subject::Target => Role::Target,
        Subject::Client => Role::Client,
    }
}

fn held<'a>(subject: Subject, row: &'static Requirement, shown: &'a [Shown]) -> Held<'a> {
    let of_role = shown.iter().filter(|shown| shown.subject == subject);
    let breaking = of_role.filter_map(|shown| Some((shown.defect.as_ref()?, shown)));
    let by =
        breaking.filter(|(defect, _)| defect.breaks.iter().any(|id| id == row.id)).map(|(defect, shown)| {
            let said =
                shown.rows.iter().find(|(id, _)| *id == row.id).map_or(Verdict::NotTested, |(_, said)| *said);
            (defect.name.as_str(), said)
        });
    Held { subject, row, by: by.collect() }
}

fn line(held: &Held) -> String {
    let row = held.row;
    let defects: Vec<String> = held.by.iter().map(|(name, said)| format!("{name} {}", said.key())).collect();
    let defects = if defects.is_empty() {
        "no defect: held by its two examples in docs/requirements.md".to_owned()
    } else {
        defects.join(", ")
    };
    format!("{} {} {:<22} {defects}\n", role_of(held.subject).name(), row.id, row.name)
}

fn summary(shown: &[Shown], matrix: &[Held], amiss: &[&String]) -> String {
    let nobodies = |shown: &&Shown| shown.defect.as_ref().is_some_and(|defect| defect.breaks.is_empty());
    let peers = shown.iter().filter(nobodies).count();
    let conforming = shown.iter().filter(|shown| shown.defect.is_none());
    let defects = shown.len() - conforming.clone().count() - peers;
    let rows = matrix.iter().filter(|held| !held.by.is_empty()).count();
    let verdicts: Vec<String> = conforming
        .map(|shown| {
            format!("the {} without a defect {}", role_of(shown.subject).name(), shown.verdict.key())
        })
        .collect();
    format!(
        "{}; {defects} defects for {rows} of {} requirements and {peers} null peers; {} amiss",
        verdicts.join(", "),
        matrix.len(),
        amiss.len()
    )
}

fn as_json(shown: &[Shown], matrix: &[Held], amiss: &[&String]) -> Value {
    let requirements: Vec<Value> = matrix.iter().map(row_as_json).collect();
    let mocks: Vec<Value> = shown
        .iter()
        .map(|shown| {
            json!({
                "subject": role_of(shown.subject).name(),
                "defect": shown.defect.as_ref().map(|defect| &defect.name),
                "breaks": shown.defect.as_ref().map_or(&[][..], |defect| &defect.breaks),
                "verdict": shown.verdict.key(),
                "amiss": shown.amiss,
            })
        })
        .collect();
    json!({
        "tool": { "name": "penspec", "version": env!("CARGO_PKG_VERSION"), "catalogue": CATALOGUE },
        "requirements": requirements,
        "mocks": mocks,
        "amiss": amiss,
    })
}

fn row_as_json(held: &Held) -> Value {
    let defects: Vec<Value> =
        held.by.iter().map(|(name, said)| json!({ "name": name, "verdict": said.key() })).collect();
    json!({ "subject": role_of(held.subject).name(), "id": held.row.id, "name": held.row.name, "defects": defects })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::planted::Masking;

    #[test]
    fn a_line_names_the_defects_of_a_requirement_and_what_they_are_judged() {
        let row = rows_of(Role::Target).find(|row| row.id == "RSP-003").unwrap();
        let by = vec![("pens-data-first", Verdict::Fail), ("no-order", Verdict::Pass)];
        let told = line(&Held { subject: Subject::Target, row, by });
        assert_eq!(told, "target RSP-003 field-order            pens-data-first fail, no-order pass\n");
        let told = line(&Held { subject: Subject::Client, row, by: Vec::new() });
        assert!(told.starts_with("client RSP-003 field-order            no defect: "), "{told}");
    }

    fn played(defect: &str, masking: Masking) -> Vec<String> {
        let all = Rehearsal::all(Scope::Proving).unwrap().into_iter();
        let mut named = all.filter(|one| one.defect.as_ref().is_some_and(|found| found.name == defect));
        let mut rehearsal = named.next().unwrap();
        rehearsal.masking = masking;
        play(rehearsal, &Watchman::of(&CANARIES)).map_err(|stop| stop.to_string()).unwrap().amiss
    }

    #[test]
    fn a_secret_that_is_let_through_is_amiss() {
        for defect in ["lf-lines", "client/lf-acknowledgements"] {
            assert_eq!(played(defect, Masking::AsUsual), [""; 0]);
        }
        let amiss = played("lf-lines", Masking::ByPlaceAlone);
        for told in [
            "lf-lines (RSP-004) lets out a secret in transcript.jsonl: a header's value, as it is (at byte ",
            "lf-lines (RSP-004) lets out a secret in transcript.jsonl: the first half of a header's value, as it is (at byte ",
            "lf-lines (RSP-004) lets out a secret in report --format har: a header's value, as it is (at byte ",
        ] {
            assert!(amiss.iter().any(|line| line.starts_with(told)), "{told}: {amiss:#?}");
        }
    }
}
