//! The secrets that every rehearsal is played with: none of them may stand in what is recorded and told of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::tour;
use crate::pens::Element;
use crate::profile::{Profile, Secret};
use crate::scenario::model::Case;
use crate::scenario::steps::Step;
use crate::transcript::canary::Canary;
use crate::transcript::mask::Masker;

const HEADER: &str = "hd7/Qx+ Zk3=wV9<b&T";
const USER_INFO: &str = "ui5~Lm2!Tc9$Xe6";
const ACCOUNT: &str = "ac6#Dp9 'Kv1<Zb8";

/// What they are.
pub const CANARIES: [Canary<'static>; 5] = [
    Canary { name: "system-password", secret: tour::PASSWORD },
    Canary { name: "a header's value", secret: HEADER },
    Canary { name: "the userinfo of the target URL", secret: USER_INFO },
    Canary { name: "package-url-password", secret: tour::STAGING_PASSWORD },
    Canary { name: "package-url-account", secret: ACCOUNT },
];

/// Whether secrets are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// As in every run.
    AsUsual,
    /// Those alone whose place tells that they are secrets: to see whether one that gets out is noticed.
    ByPlaceAlone,
}

/// What masks the secrets of a rehearsal.
pub(super) fn masker(masking: Masking) -> Masker {
    let secrets = CANARIES.map(|canary| canary.secret.to_owned());
    let encoded = CANARIES.map(|canary| BASE64_STANDARD.encode(canary.secret));
    match masking {
        Masking::AsUsual => Masker::new([0; 32], &[secrets, encoded].concat()),
        Masking::ByPlaceAlone => Masker::new([0; 32], &[]),
    }
}

/// The profile of the tour for a target at this URL, with a secret wherever there can be one.
pub(super) fn profile(url: &str) -> Profile {
    let url = url.replacen("://", &format!("://lms:{USER_INFO}@"), 1);
    let mut profile = tour::profile(&url);
    profile.target.headers = headers().into_iter().map(|(name, _)| (name, Secret::literal(HEADER))).collect();
    profile
}

/// The headers of every collect.
pub(super) fn headers() -> Vec<(String, String)> {
    vec![("X-Api-Key".to_owned(), HEADER.to_owned())]
}

/// The case with its packages guarded by the password and the account that are looked for.
pub(super) fn guarded(mut case: Case) -> Case {
    guard(&mut case.steps);
    case
}

fn guard(steps: &mut [Step]) {
    for step in steps {
        match step {
            Step::Stage(stage) => {
                let Some(auth) = &mut stage.auth else { continue };
                if let Some(password) = &mut auth.password {
                    tour::STAGING_PASSWORD.clone_into(password);
                }
                if let Some(account) = &mut auth.account {
                    plant_account(account);
                }
            }
            Step::Collect(collect) => {
                if let Some(account) = collect.set.get_mut(Element::PackageUrlAccount.name()) {
                    plant_account(account);
                }
            }
            Step::Repeat(repeat) => guard(&mut repeat.steps),
            Step::Trigger(_)
            | Step::Respond(_)
            | Step::Fetch(_)
            | Step::Receipt(_)
            | Step::Alert(_)
            | Step::Ask(_)
            | Step::Await(_)
            | Step::Expect(_)
            | Step::Pause(_) => {}
        }
    }
}

/// Begins the account with what is looked for: accounts that differ still do, and an empty one is none.
fn plant_account(account: &mut String) {
    if !account.is_empty() {
        account.insert_str(0, ACCOUNT);
    }
}
