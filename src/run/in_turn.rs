//! Plays cases against a client, one after the other: each asks for a publishing of its own.

use std::sync::Arc;

use super::{AfterRefusal, Programme};
use crate::mock::reception::Reception;
use crate::scenario::player::{Stagehand, play};
use crate::transcript::entry::{Purpose, TriggerEnd, What};

/// The case that is played first: when no collect comes for it, none will come for the others.
pub const FIRST: &str = "client/sample-stream";

/// Plays all cases; tells why some were not played, when so.
pub(super) async fn play_in_turn(
    hand: &Arc<Stagehand>,
    reception: &Reception,
    programme: Programme,
) -> Option<String> {
    let mut cases = programme.cases;
    cases.sort_by_key(|case| case.id != FIRST);
    let others = cases.len().saturating_sub(1);
    for (place, case) in cases.into_iter().enumerate() {
        play(Arc::clone(hand), case).await;
        let may_stop = place == 0 && others > 0 && programme.after_refusal == AfterRefusal::Stop;
        if may_stop && !came(reception) {
            return Some(format!("no collect came for the first case, so {others} cases were not played"));
        }
    }
    reception.fetch_put_off(hand.profile.limits.download).await;
    None
}

/// Whether a collect has come, or somebody has said that none is to come.
fn came(reception: &Reception) -> bool {
    reception.recorder().transcript().entries.iter().any(|entry| match &entry.what {
        What::Request(request) => request.purpose == Some(Purpose::Collect),
        What::Triggered(triggered) => triggered.ended == TriggerEnd::Skipped,
        _ => false,
    })
}
