//! Whether a busy machine changes a verdict: the whole suite of both roles against the conforming mocks, and that of a target
//! against a few defects, again and again, while more threads than there are cores do nothing but work.
//!
//! `cargo bench --bench steady -- 100` plays it a hundred times; names of defects take the place of the usual ones. A second
//! number says how many threads work for each core: none where the machine is busy anyway.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use penspec::run::self_test::{Rehearsal, Scope, Shown};
use sha2::{Digest, Sha256};

const ROUNDS: usize = 10;
/// What is wrong with them shows in bytes, in the order of what they do, and in what they do not do.
const DEFECTS: [&str; 3] = ["lf-lines", "receipt-before-download", "silent-after-failure"];
/// So many threads work for each core.
const WORKING: usize = 2;

fn main() {
    let Asked { rounds, working, defects } = asked();
    let rehearsals = chosen(&defects);
    let (cores, done) = (thread::available_parallelism().map_or(2, usize::from), AtomicBool::new(false));
    let workers = cores * working;
    let differences = thread::scope(|scope| {
        (0..workers).for_each(|_| drop(scope.spawn(|| work_until(&done))));
        let differences = differences(rounds, &rehearsals);
        done.store(true, Ordering::Relaxed);
        differences
    });
    let found: usize = differences.values().sum();
    println!("steady  {found} differences while {workers} threads kept {cores} cores busy");
    for (what, times) in &differences {
        println!("  {times} times {what}");
    }
    assert!(differences.is_empty(), "a busy machine changes a verdict");
}

/// How often it is played, how many threads work for each core, and the defects of the mocks that err.
struct Asked {
    rounds: usize,
    working: usize,
    defects: Vec<String>,
}

/// Cargo adds a flag of its own.
fn asked() -> Asked {
    let words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let (numbers, defects): (Vec<String>, Vec<String>) =
        words.partition(|word| word.parse::<usize>().is_ok());
    let mut numbers = numbers.iter().filter_map(|number| number.parse().ok());
    let usual = || DEFECTS.map(str::to_owned).to_vec();
    Asked {
        rounds: numbers.next().unwrap_or(ROUNDS),
        working: numbers.next().unwrap_or(WORKING),
        defects: if defects.is_empty() { usual() } else { defects },
    }
}

fn chosen(defects: &[String]) -> Vec<Rehearsal> {
    let is_wanted =
        |rehearsal: &Rehearsal| rehearsal.defect.as_ref().is_none_or(|defect| defects.contains(&defect.name));
    let chosen: Vec<Rehearsal> =
        Rehearsal::all(Scope::Everything).unwrap().into_iter().filter(is_wanted).collect();
    assert_eq!(chosen.len(), defects.len() + 2, "no such defect among {defects:?}");
    chosen
}

/// Plays all of it so often, and counts what was judged otherwise than the first time.
fn differences(rounds: usize, rehearsals: &[Rehearsal]) -> BTreeMap<String, usize> {
    let began = Instant::now();
    let (first, mut longest) = timed(rehearsals);
    let mut differences = BTreeMap::new();
    for line in first.iter().flat_map(|shown| &shown.amiss) {
        differences.insert(format!("in the first run, {line}"), 1);
    }
    for round in 2..=rounds {
        let (shown, took) = timed(rehearsals);
        longest = longest.max(took);
        for difference in first.iter().zip(&shown).flat_map(|(first, shown)| between(first, shown)) {
            println!("run {round}: {difference}");
            *differences.entry(difference).or_default() += 1;
        }
    }
    let (judged, mocks) = (first.iter().map(|shown| shown.rows.len()).sum::<usize>(), first.len());
    println!(
        "steady  {rounds} times {judged} verdicts on {mocks} mocks in {:.1?}, the longest time {longest:.1?}",
        began.elapsed()
    );
    differences
}

fn timed(rehearsals: &[Rehearsal]) -> (Vec<Shown>, Duration) {
    let began = Instant::now();
    let shown = thread::scope(|scope| {
        let playing: Vec<_> =
            rehearsals.iter().map(|rehearsal| scope.spawn(|| play(rehearsal.clone()))).collect();
        playing.into_iter().map(|playing| playing.join().unwrap()).collect()
    });
    (shown, began.elapsed())
}

fn play(rehearsal: Rehearsal) -> Shown {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(rehearsal.play()).unwrap().0
}

/// The rows that were judged otherwise, and the verdict of the run if it is another one.
fn between(first: &Shown, other: &Shown) -> Vec<String> {
    let name = first.defect.as_ref().map_or("conforming", |defect| &defect.name);
    let mock = format!("{name} ({:?})", first.subject).to_lowercase();
    let rows = first.rows.iter().zip(&other.rows);
    let mut told: Vec<String> = rows
        .filter(|(first, other)| first != other)
        .map(|((id, first), (_, other))| format!("{mock}: {id} is {}, not {}", other.key(), first.key()))
        .collect();
    if first.verdict != other.verdict {
        told.push(format!("{mock}: the run {}, not {}", other.verdict.key(), first.verdict.key()));
    }
    told
}

/// Keeps a core busy.
fn work_until(done: &AtomicBool) {
    let mut block = [0; 32];
    while !done.load(Ordering::Relaxed) {
        (0..1000).for_each(|_| block = Sha256::digest(block).into());
    }
    std::hint::black_box(block);
}
