//! Which of the chosen cases can be played against a subject that is described like this.

use crate::profile::Profile;
use crate::scenario::glob;
use crate::scenario::model::Case;
use crate::scenario::need::Need;

/// A case that is not played, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The case's id.
    pub id: String,
    /// What is missing.
    pub why: &'static str,
}

/// Divides cases into those that can be played and those that are left out; `wanted` is what the operator asked for.
#[must_use]
pub fn playable(cases: Vec<Case>, profile: &Profile, wanted: &[String]) -> (Vec<Case>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut played = Vec::new();
    for case in cases {
        match case.needs.iter().find_map(|need| missing(*need, &case, profile, wanted)) {
            Some(why) => left_out.push(LeftOut { id: case.id, why }),
            None => played.push(case),
        }
    }
    (played, left_out)
}

fn missing(need: Need, case: &Case, profile: &Profile, wanted: &[String]) -> Option<&'static str> {
    let is_meant =
        |id: &String| !glob::is_glob(id) && (case.id == *id || case.id.starts_with(&format!("{id}/")));
    let is_asked_for = wanted.iter().any(is_meant);
    if need == Need::Asking && !is_asked_for {
        return Some("it is played only when it is asked for by its id");
    }
    if need == Need::Thorough && is_asked_for {
        return None;
    }
    need.missing(profile)
}
