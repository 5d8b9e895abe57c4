//! What a row needs of the subject before it can arise, as far as the profile alone can say it.

use super::verdict::Finding;
use crate::profile::{Claim, Profile, SecurityProbes};

/// Why a row cannot arise with this subject; `None` where it can.
pub(super) fn missing(id: &str, profile: &Profile) -> Option<Finding> {
    let (is_met, why) = match id {
        "RSP-016" => (
            profile.claims.password_required == Some(Claim::Yes),
            "the profile does not say that a password is required",
        ),
        "ERR-103" => (profile.target.system_password.is_some(), "the profile gives no system-password"),
        "ERR-1440" => (profile.claims.quota.is_some(), "the profile names no quota"),
        "ERR-1432" | "ALR-003" => (
            profile.claims.opens_package != Some(Claim::No),
            "the profile says that packages are stored unopened",
        ),
        "PKG-014" => {
            (profile.security_probes == SecurityProbes::On, "the profile does not turn security probes on")
        }
        _ => (true, ""),
    };
    (!is_met).then(|| Finding::new(why))
}
