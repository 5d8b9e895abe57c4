//! The tour: a mock target that has everything there is to be tested, the profile that describes it, and a mock client
//! that publishes whenever it is asked to.

use std::time::Duration;

use super::built_in;
use crate::mock::client::{Binding, Client, Message, Offering, Saying};
use crate::mock::listening::{Callbacks, Transport};
use crate::mock::mailer::Mailing;
use crate::mock::manners::Manners;
use crate::mock::stage::{Credentials, Staged, Stays, TlsUse};
use crate::pens::{Element, Encode};
use crate::profile::{Claim, Claims, Profile, Secret, SecurityProbes, Size, Target};
use crate::scenario::operator::{NotPublished, Publish};
use crate::transcript::entry::Offer;

/// The query that its URL has of its own.
const QUERY: &str = "partition=staging1";

/// Who the mock target knows.
const USER: &str = "penspec";

/// The password that it knows the sender by.
pub const PASSWORD: &str = "sy8<Kd4 \"Vb7>Qm1";

/// More than any package has that is not to be refused.
const QUOTA: Size = Size(64 * 1024);

/// A mock target that conforms, knows its client, and refuses packages over a quota.
#[must_use]
pub fn manners() -> Manners {
    Manners { patience: Duration::from_secs(2), mailing: Mailing::Loopback, ..Manners::of(&profile("")) }
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
            mailto: Some(Claim::Yes),
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

/// The course that the mock client of the tour publishes.
const COURSE: &str = "scorm12-minimal.zip";

/// The password that guards it.
pub(super) const STAGING_PASSWORD: &str = "pk3<Wn6 \"Yj2>Rt5";

/// Its package-id.
const COURSE_ID: &str = "http://penspec.example/tour/Course-1";

/// Has a mock client publish a course, guarded by credentials that its collect gives, in the way of its conduct.
pub async fn publish(client: &Client, ask: Publish) {
    let _ = ask.told.send(published(client, &ask.scenario, &ask.target_url).await);
}

async fn published(client: &Client, scenario: &str, target_url: &str) -> Result<(), NotPublished> {
    let missing = || NotPublished::Failed(format!("the package {COURSE} of the tour is not compiled in"));
    let package = built_in::package(COURSE).ok_or_else(missing)?;
    let guard =
        Credentials { user: "staging".to_owned(), password: STAGING_PASSWORD.to_owned(), account: None };
    let staged = Staged {
        reply: package.reply(),
        guard: Some(guard),
        moved: None,
        stays: Stays::default(),
        tls: TlsUse::default(),
    };
    let (path, offer) = (COURSE.to_owned(), Offer::Whole);
    let profile = Profile::default();
    client.refuse_unknown();
    // Whoever is at an https URL is offered everything by https, where we listen for it.
    let is_secure = target_url.starts_with("https:") && client.tells(Transport::Https);
    let plain = (Transport::Http, Callbacks::Http);
    let (over, callbacks) = if is_secure { (Transport::Https, Callbacks::Https) } else { plain };
    let offering = Offering { scenario, package: COURSE.to_owned(), path, staged, offer, over, callbacks };
    let begun = client.begin(&profile, offering).map_err(|off| NotPublished::Failed(off.to_string()))?;
    let mut command = client.compose(&profile, &begun);
    // The course keeps its id however often it is published.
    command.set(Element::PackageId.name(), COURSE_ID);
    command.set(Element::SystemUserId.name(), "author");
    command.set(Element::VendorData.name(), "course-1");
    command.set(Element::PackageUrlUserId.name(), "staging");
    command.set(Element::PackageUrlPassword.name(), STAGING_PASSWORD);
    let saying = Saying {
        message: Message::Command(&command),
        binding: Binding::Post,
        encode: Encode::Form,
        headers: &[],
        limit: profile.limits.response,
    };
    client.collect(&begun, target_url, &saying).await.map_err(|error| NotPublished::Failed(error.to_string()))
}
