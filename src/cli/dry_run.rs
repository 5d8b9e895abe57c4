//! `--dry-run`: what a run would send, told before anything is sent.

use std::fmt::Write;

use super::visible;
use crate::profile::Profile;
use crate::requirements;
use crate::run::choice::Choice;
use crate::scenario::steps::Step;

/// What a case would do.
#[derive(Default)]
struct Count {
    collects: usize,
    courses: usize,
}

/// Each case, and the sums.
pub(super) fn tell(profile: &Profile, choice: &Choice) -> String {
    let mut text = String::new();
    let mut sum = Count::default();
    for case in &choice.cases {
        let count = Count::of(&case.steps);
        let _ = writeln!(text, "{:52} {}", visible(&case.id), counted(count.collects, "collect"));
        sum.collects += count.collects;
        sum.courses += count.courses;
    }
    let _ = writeln!(
        text,
        "\n{} would send {} to {}",
        counted(choice.cases.len(), "case"),
        counted(sum.collects, "collect"),
        visible(&crate::transcript::mask::Masker::new([0; 32], &[]).mask_text(&profile.target.url)),
    );
    let _ = writeln!(
        text,
        "an LMS would import {} at most, whose package-ids begin with {}\nnothing was sent",
        counted(sum.courses, "course"),
        visible(&profile.elements.id_namespace),
    );
    text
}

/// Each case, and how often a client would be made to publish.
pub(super) fn tell_client(choice: &Choice) -> String {
    let mut text = String::new();
    let mut sum = 0;
    for case in &choice.cases {
        let publishes = publishes(&case.steps);
        let _ = writeln!(text, "{:52} {}", visible(&case.id), counted(publishes, "publishing"));
        sum += publishes;
    }
    let _ = writeln!(
        text,
        "\n{} would ask for {}\nnothing was asked for",
        counted(choice.cases.len(), "case"),
        counted(sum, "publishing")
    );
    text
}

fn publishes(steps: &[Step]) -> usize {
    let of = |step: &Step| match step {
        Step::Repeat(repeat) => usize::from(repeat.times.get()) * publishes(&repeat.steps),
        step => usize::from(matches!(step, Step::Trigger(_))),
    };
    steps.iter().map(of).sum()
}

impl Count {
    /// A transaction becomes a course when one of its collects is without fault and its package can be fetched.
    fn of(steps: &[Step]) -> Self {
        let mut count = Self::default();
        let mut is_counted = false;
        for step in steps {
            if let Step::Stage(_) = step {
                is_counted = false;
            }
            if let Step::Repeat(repeat) = step {
                let (once, times) = (Self::of(&repeat.steps), usize::from(repeat.times.get()));
                count.collects += once.collects * times;
                count.courses += once.courses * times;
            }
            if let Step::Collect(collect) = step {
                count.collects += 1;
                if collect.provokes.iter().all(|id| is_fetched(id)) && !is_counted {
                    is_counted = true;
                    count.courses += 1;
                }
            }
        }
        count
    }
}

/// Whether the package is fetched though this error is provoked: it lies in the package, or comes after it.
fn is_fetched(provoked: &str) -> bool {
    requirements::provoked(provoked)
        .is_some_and(|provoked| provoked.lies_outside_the_command() && !(1300..1400).contains(&provoked.code))
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
