//! What a row needs of the subject before it can arise, as far as the profile or the run as a whole can say it.

use super::seen::RunSeen;
use super::verdict::Finding;
use super::{Bound, Requirement};
use crate::pens::Element;
use crate::profile::{Claim, SecurityProbes};
use crate::transcript::entry::Role;

/// Why a row cannot arise with this subject; `None` where it can.
pub(super) fn missing(row: &Requirement, run: &RunSeen) -> Option<Finding> {
    if let Some(finding) = rewritten(row.id, run) {
        return Some(finding);
    }
    match run.evidence.header.role {
        Role::Target => missing_in_profile(row.id, run),
        Role::Client => missing_in_collects(row, run),
    }
}

/// Rows that read the heads of what the subject sends us: a tunnel may write these anew.
const BY_HEADS_THAT_COME: [&str; 2] = ["MSG-001", "MSG-016"];

/// Rows that read the heads of what the subject answers: a proxy that we go through may write these anew.
const BY_HEADS_OF_ANSWERS: [&str; 3] = ["RSP-006", "RSP-010", "SEQ-003"];

fn rewritten(id: &str, run: &RunSeen) -> Option<Finding> {
    let by_tunnel = run.profile.is_behind_a_tunnel() && BY_HEADS_THAT_COME.contains(&id);
    let by_proxy = run.profile.proxy.is_some() && BY_HEADS_OF_ANSWERS.contains(&id);
    (by_tunnel || by_proxy).then(|| Finding::new("seen through a proxy, which may have written this anew"))
}

fn missing_in_profile(id: &str, run: &RunSeen) -> Option<Finding> {
    let profile = run.profile;
    let (is_met, why) = match id {
        "RSP-016" => (
            profile.claims.password_required == Some(Claim::Yes),
            "the profile does not say that a password is required",
        ),
        "ERR-103" => (profile.target.system_password.is_some(), "the profile gives no system-password"),
        "ERR-1304" => {
            (profile.claims.ftp != Some(Claim::Yes), "the profile says that packages are fetched by FTP")
        }
        "ERR-1306" => {
            (profile.claims.ftps != Some(Claim::Yes), "the profile says that packages are fetched by FTPS")
        }
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

/// A client answers what comes to its receipt and alerts URLs; to mail it need not answer (6.3).
fn missing_in_collects(row: &Requirement, run: &RunSeen) -> Option<Finding> {
    let (elements, why): (&[Element], _) = match row.id {
        "CBK-001" => (&[Element::Receipt], "the client named no receipt URL but mailto:"),
        "CBK-002" => (&[Element::Alerts], "the client named no alerts URL of http"),
        "CBK-003" | "ERR-102" | "SEQ-001" | "SEQ-002" => {
            (&CALLED_BACK, "the client named no URL but mailto: for what it is to answer")
        }
        _ if row.binds == Bound::Responder => {
            (&CALLED_BACK, "the client named no URL but mailto: for what it is to answer")
        }
        _ => return None,
    };
    let named = elements.iter().flat_map(|element| given(run, *element));
    // What is empty names nothing.
    let named: Vec<&str> = named.filter(|url| !url.is_empty()).collect();
    let has_published = run.evidence.transactions.iter().any(|transaction| transaction.command.is_some());
    // A client that names an address of neither kind is not excused by it.
    let is_excused = named.iter().all(|url| starts_with(url, "mailto:"));
    let is_due_at_all = row.id == "CBK-002" || !named.is_empty();
    (has_published && is_excused && is_due_at_all).then(|| Finding::new(why))
}

const CALLED_BACK: [Element; 2] = [Element::Receipt, Element::Alerts];

fn given<'a>(run: &'a RunSeen, element: Element) -> impl Iterator<Item = &'a str> {
    run.evidence.transactions.iter().filter_map(move |transaction| transaction.command.as_ref()?.get(element))
}

fn starts_with(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}
