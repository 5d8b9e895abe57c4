//! What a run could not have detected, however wrong the subject is in it: sentences with the run's own figures.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};

use super::claims::claims;
use super::told;
use crate::pens::Element;
use crate::pens::expiry::Expiry;
use crate::profile::SecurityProbes;
use crate::requirements::Level;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::entry::Role;
use crate::transcript::{Party, Transaction};

/// The sentences, those first that bear most on the verdict.
pub(super) fn undetected(run: &Run) -> Vec<String> {
    let limits = &run.profile.limits;
    let took = shown(Duration::from_millis(run.ending.duration_ms));
    let mut told: Vec<String> = not_judged(run).into_iter().collect();
    match run.header.role {
        Role::Target => {
            told.extend(not_looked_at(run));
            told.push(format!(
                "A receipt was waited for up to {}, an alert up to {}, and {} of silence counted as the end: what comes \
                 later, or once more, was not seen.",
                shown(limits.receipt),
                shown(limits.alert),
                shown(limits.quiet)
            ));
            told.push(
                "What became of a package inside the target shows on the wire by its receipt and alerts alone: nobody \
                 launched a course."
                    .to_owned(),
            );
            if run.profile.security_probes == SecurityProbes::Off {
                told.push("No security probes were sent.".to_owned());
            }
        }
        Role::Client => {
            told.extend(availability(run));
            told.push(
                "What the client makes of an answer, a receipt or an alert shows on the wire by its acknowledgement alone; \
                 what it shows its user was judged where a person said so."
                    .to_owned(),
            );
        }
    }
    let at_once = match most_at_once(run) {
        0 | 1 => "one transaction at a time".to_owned(),
        most => format!("at most {most} transactions at once"),
    };
    told.push(format!(
        "The subject was seen for {took}, with {at_once}: nothing is said of another time, of load or of another \
         installation."
    ));
    told
}

fn not_judged(run: &Run) -> Option<String> {
    let open = [Verdict::Inconclusive, Verdict::Review, Verdict::NotTested, Verdict::Deselected];
    let rows = open.into_iter().flat_map(|verdict| told::rows(run, verdict));
    let musts: Vec<&str> =
        rows.filter(|judged| judged.row.level == Level::Must).map(|judged| judged.row.id).collect();
    (!musts.is_empty()).then(|| format!("Not judged, though they are a MUST: {}.", musts.join(", ")))
}

fn not_looked_at(run: &Run) -> Option<String> {
    let unseen = claims(run).into_iter().filter(|claimed| !claimed.was_looked_at());
    let unseen: Vec<&str> = unseen.map(|claimed| claimed.claim).collect();
    (!unseen.is_empty()).then(|| format!("Not looked at: {}.", unseen.join(", ")))
}

/// How long a package was seen to be there, of the time that its collect promises: of the one that was seen longest.
fn availability(run: &Run) -> Option<String> {
    let started = DateTime::parse_from_rfc3339(&run.header.started).ok()?;
    let promised = run.evidence.transactions.iter().filter_map(|transaction| {
        let collected_us = transaction.collects.first()?.request.first_byte_us;
        let value = transaction.command.as_ref()?.get(Element::PackageUrlExpiry)?;
        let since = TimeDelta::microseconds(i64::try_from(collected_us).ok()?);
        let promised =
            Expiry::read(value).moment()?.signed_duration_since(started.checked_add_signed(since)?);
        Some((seen_for(transaction, collected_us), promised.to_std().ok()?))
    });
    let (seen, promised) = promised.max()?;
    Some(format!(
        "Availability of packages was judged for {} of {}, the time that package-url-expiry promises.",
        shown(seen),
        shown(promised)
    ))
}

/// From the collect to the last time that its package was fetched whole.
fn seen_for(transaction: &Transaction, collected_us: u64) -> Duration {
    let whole = transaction.downloads.iter().filter(|fetch| fetch.by == Party::Mock && fetch.is_whole());
    let last = whole.map(|fetch| fetch.request.first_byte_us).max().unwrap_or(collected_us);
    Duration::from_micros(last.saturating_sub(collected_us))
}

/// How many transactions were between their first and their last message at once.
fn most_at_once(run: &Run) -> usize {
    let spans = run.evidence.transactions.iter().filter_map(|transaction| {
        let called_back = transaction.callbacks.iter().map(|callback| &callback.exchange);
        let exchanges = transaction.collects.iter().chain(&transaction.downloads).chain(called_back);
        let times: BTreeSet<u64> = exchanges.map(|exchange| exchange.request.first_byte_us).collect();
        Some((*times.first()?, *times.last()?))
    });
    let mut moments: Vec<(u64, i64)> = spans.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    // One that begins when another ends is beside it.
    moments.sort_by_key(|(at, change)| (*at, -change));
    let mut now = 0_i64;
    let most = moments.into_iter().map(|(_, change)| {
        now += change;
        now
    });
    most.max().and_then(|most| usize::try_from(most).ok()).unwrap_or(0)
}

/// A duration as people say it.
pub(super) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_the_largest_unit_of_which_there_are_two() {
        for (seconds, expected) in
            [(1, "1 s"), (90, "90 s"), (240, "4 min"), (7_200, "2 h"), (604_800, "7 days")]
        {
            assert_eq!(shown(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(shown(Duration::from_millis(7)), "7 ms");
    }
}
