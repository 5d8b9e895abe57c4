//! The tour: a mock target that has everything there is to be tested, and the profile that describes it.

use std::time::Duration;

use crate::mock::manners::{Manners, WithoutPassword};
use crate::mock::stage::Credentials;
use crate::profile::{Claim, Claims, Profile, Secret, SecurityProbes, Size, Target};

/// The query that its URL has of its own.
const QUERY: &str = "partition=staging1";

/// Who the mock target knows.
const USER: &str = "penspec";
const PASSWORD: &str = "correct horse battery staple";

/// More than any package has that is not to be refused.
const QUOTA: Size = Size(64 * 1024);

/// A mock target that conforms, knows its client, and refuses packages over a quota.
#[must_use]
pub fn manners() -> Manners {
    Manners {
        knows: Some(Credentials { user: USER.to_owned(), password: PASSWORD.to_owned() }),
        without_password: WithoutPassword::Prompted,
        own_query: QUERY.to_owned(),
        quota: Some(QUOTA.0),
        patience: Duration::from_secs(2),
        ..Manners::default()
    }
}

/// The profile of that target at this URL; it gets a query of its own.
#[must_use]
pub fn profile(url: &str) -> Profile {
    Profile {
        target: Target {
            url: format!("{url}?{QUERY}"),
            system_user_id: Some(USER.to_owned()),
            system_password: Some(Secret::literal(PASSWORD)),
            ..Target::default()
        },
        claims: Claims {
            alerts: Some(Claim::Yes),
            package_types: Some(["scorm-pif", "aicc-pkg", "lms-qti"].map(str::to_owned).to_vec()),
            password_required: Some(Claim::Yes),
            opens_package: Some(Claim::Yes),
            quota: Some(QUOTA),
            ..Claims::default()
        },
        security_probes: SecurityProbes::On,
        ..Profile::default()
    }
}
