//! What an operator looks through when nothing goes there, or nothing comes back.

use crate::requirements::Level;
use crate::requirements::judge::Judged;
use crate::requirements::ledger::Path;
use crate::requirements::verdict::{Cause, Verdict};
use crate::run::Run;
use crate::transcript::entry::Role;

/// What an operator looks through when a target could not be reached, or nothing came back from it.
pub(super) fn checklist(run: &Run, judged: &Judged) -> &'static [&'static str] {
    if judged.verdict != Verdict::Inconclusive || run.header.role != Role::Target {
        return &[];
    }
    let was_reached =
        run.judgement.paths.iter().any(|(path, proof)| *path == Path::Command && proof.is_some());
    match judged.cause {
        Some(Cause::Unreachable) if was_reached => &THE_WAY_BACK,
        Some(Cause::Unreachable | Cause::CutShort) if !was_reached && judged.row.level == Level::Must => {
            &THE_WAY_THERE
        }
        Some(
            Cause::Unreachable
            | Cause::NoTraffic
            | Cause::TlsTrust
            | Cause::OperatorAbsent
            | Cause::CutShort
            | Cause::Prerequisite,
        )
        | None => &[],
    }
}

const THE_WAY_THERE: [&str; 4] = [
    "Is the target running, and has it finished starting?",
    "Are the host, the port and the path of its address right?",
    "Does a firewall, a container or a tunnel stand between the two? `curl` from here should get an answer.",
    "Does it need longer? --limit response=90s waits for it.",
];
const THE_WAY_BACK: [&str; 4] = [
    "Is the address that penspec gives out (--advertise) one that the target can connect to?",
    "Does a firewall, a container or a tunnel stand between the two?",
    "Can the target resolve the name in that address?",
    "Does the target refuse private or loopback addresses? Patched receivers do, silently.",
];
