//! The preflight: what would spoil a run through no fault of the peer, found before it, each with its cure.

mod endpoint;
mod own;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::certify::Stop;
use crate::profile::Profile;
use crate::wire::http::Address;

/// How long each answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Ok,
    /// It may spoil verdicts.
    Warn,
    /// A run would not come to its verdicts.
    Fail,
}

impl Health {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// What was looked at, in a word.
    pub of: &'static str,
    /// How it does.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do, where it does not do well.
    pub cure: Option<String>,
}

impl Sign {
    fn ok(of: &'static str, seen: impl Into<String>) -> Self {
        Self { of, health: Health::Ok, seen: seen.into(), cure: None }
    }

    fn warn(of: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { of, health: Health::Warn, seen: seen.into(), cure: Some(cure.into()) }
    }

    fn fail(of: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { of, health: Health::Fail, seen: seen.into(), cure: Some(cure.into()) }
    }
}

/// Looks at the clock, the CA, each listener and what peers are told for it; with an address, at the target there, too, to which one
/// command goes that PENS does not have. Nothing is imported by it.
///
/// # Errors
/// When the profile cannot be followed at all: an address that is none, a certificate that cannot be read.
pub async fn examine(
    profile: &Profile,
    target: Option<&Address>,
    now: DateTime<Utc>,
) -> Result<Vec<Sign>, Stop> {
    let mut signs = vec![own::clock(now), own::certificate(profile)];
    let (client, mut listeners) = own::listen(profile, target).await?;
    signs.append(&mut listeners);
    if let Some(client) = &client {
        let mut paths = own::paths(client, profile, &signs).await?;
        signs.append(&mut paths);
    }
    if let (Some(client), Some(target)) = (&client, target) {
        signs.append(&mut endpoint::examine(client, profile, target).await);
    }
    Ok(signs)
}
