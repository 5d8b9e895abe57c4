//! How long packages are said to stay: what a mock client gives as package-url-expiry.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

/// How long a package stays, and how much of it a target has at least.
const TERM: TimeDelta = TimeDelta::days(1);
const LEAST: TimeDelta = TimeDelta::hours(12);

/// The expiry of what is offered now: the same for all commands of a run, so that they can be compared, and another for those
/// that a client sends which stands for days.
#[derive(Debug)]
pub(super) struct Term(Mutex<DateTime<Utc>>);

impl Term {
    pub(super) fn beginning(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now + TERM))
    }

    /// As it is written into a collect that is sent now.
    pub(super) fn expiry(&self, now: DateTime<Utc>) -> String {
        // The value is whole even when somebody panicked who held it.
        let mut expiry = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *expiry < now + LEAST {
            *expiry = now + TERM;
        }
        expiry.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_stays_the_same_for_a_run_and_is_always_to_come() {
        let noon = DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").unwrap().to_utc();
        let term = Term::beginning(noon);
        let (first, second) = ("2026-11-23T12:00:00Z", "2026-11-24T00:00:01Z");
        let hours = |hours| noon + TimeDelta::hours(hours);
        let told = [hours(0), hours(-1), hours(12), hours(12) + TimeDelta::seconds(1), hours(20)];
        assert_eq!(told.map(|now| term.expiry(now)), [first, first, first, second, second]);
    }
}
