//! How a run is shown while it lasts, on standard error.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use super::{Speech, note, visible};
use crate::profile::Progress;
use crate::transcript::entry::What;
use crate::transcript::{Recorder, file};

/// How often what lasts is shown anew.
const BEAT: Duration = Duration::from_millis(200);

/// A case that lasts longer is named.
const LONG: Duration = Duration::from_secs(1);

/// What the line says; its end is cut where the terminal ends.
const LINE: &str = "{pos} of {len} cases in {elapsed}{wide_msg}";

/// In what way a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    /// One line, written anew: how many cases have ended, and which lasts longest.
    Live,
    /// A line for each case as it ends.
    Plain,
    /// Each entry of the transcript as it comes.
    JsonLines,
    /// Not at all.
    None,
}

/// Who else writes to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nobody.
    Nobody,
    /// A person is asked there.
    Person,
}

/// In what way a run is shown when this is asked for.
pub(super) fn display(asked: Progress, speech: &Speech, beside: Beside) -> Display {
    let is_terminal = std::io::stderr().is_terminal();
    match asked {
        Progress::Plain => Display::Plain,
        Progress::JsonLines => Display::JsonLines,
        Progress::None => Display::None,
        Progress::Auto if speech.quiet => Display::None,
        Progress::Auto if speech.verbose || is_terminal && beside == Beside::Person => Display::Plain,
        Progress::Auto if is_terminal => Display::Live,
        Progress::Auto => Display::None,
    }
}

/// Shows a run of so many cases until it is dropped.
pub(super) async fn show(recorder: Recorder, display: Display, cases: usize) {
    match display {
        Display::None => {}
        Display::Live => show_live(&recorder, cases).await,
        Display::Plain => show_each(&recorder).await,
        Display::JsonLines => {
            let mut follower = recorder.follow();
            loop {
                note(file::line(&*follower.next().await).trim_end());
            }
        }
    }
}

async fn show_each(recorder: &Recorder) {
    let mut follower = recorder.follow();
    loop {
        if let What::ScenarioEnded { scenario, .. } = &follower.next().await.what {
            note(&format!("  played {}", visible(scenario)));
        }
    }
}

async fn show_live(recorder: &Recorder, cases: usize) {
    let mut follower = recorder.follow();
    let mut beat = tokio::time::interval(BEAT);
    let mut running = BTreeMap::new();
    let bar = bar(cases);
    loop {
        tokio::select! {
            entry = follower.next() => match &entry.what {
                What::ScenarioBegun { scenario, .. } => drop(running.insert(scenario.clone(), Instant::now())),
                What::ScenarioEnded { scenario, .. } => {
                    running.remove(scenario);
                    bar.inc(1);
                }
                _ => continue,
            },
            _ = beat.tick() => {}
        }
        bar.set_message(lasting(&running, Instant::now()));
    }
}

/// A line that takes no more than the terminal's width and is gone when it is dropped.
fn bar(cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(cases.try_into().unwrap_or(u64::MAX)).with_finish(ProgressFinish::AndClear);
    // The template is ours, and a test reads it.
    match ProgressStyle::with_template(LINE) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The case that lasts longest, once it is worth a word.
fn lasting(running: &BTreeMap<String, Instant>, now: Instant) -> String {
    let longest = running.iter().min_by_key(|(_, began)| **began);
    let longest = longest.map(|(scenario, began)| (scenario, now.saturating_duration_since(*began)));
    match longest.filter(|(_, lasts)| *lasts >= LONG) {
        Some((scenario, lasts)) => format!("; {} for {} s", visible(scenario), lasts.as_secs()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_case_that_lasts_longest() {
        let now = Instant::now();
        let later = now + Duration::from_secs(7);
        let running = BTreeMap::from([
            ("target/alerts/that-come-late".to_owned(), now),
            ("target/short".to_owned(), later),
        ]);
        assert_eq!(lasting(&running, later), "; target/alerts/that-come-late for 7 s");
        assert!(ProgressStyle::with_template(LINE).is_ok());
    }

    #[test]
    fn what_has_just_begun_is_not_named() {
        let running = BTreeMap::from([("target/probe".to_owned(), Instant::now())]);
        assert_eq!(lasting(&running, Instant::now()), "");
    }
}
