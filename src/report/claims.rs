//! What the subject says it can do, beside what was seen of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::pens::mailto::is_mailto;
use crate::pens::{Code, Element, parse_code};
use crate::profile::Claim;
use crate::requirements::ledger::Path;
use crate::requirements::verdict::Verdict;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::{MailEnd, Offer};
use crate::transcript::{Callback, Transaction};

/// A claim, and what was seen of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Claimed {
    /// The key in the profile.
    pub(super) claim: &'static str,
    /// What the profile says; `unsaid` when it says nothing.
    pub(super) said: String,
    /// What was seen, in words.
    pub(super) observed: String,
}

const UNSAID: &str = "unsaid";
const YES: &str = "yes";
const NO: &str = "no";
const NEVER_SEEN: &str = "never seen";
const NOT_LOOKED_AT: &str = "not looked at";

/// Every claim about a target.
pub(super) fn claims(run: &Run) -> Vec<Claimed> {
    let claims = &run.profile.claims;
    let types = claims.package_types.as_ref().map(|types| types.join(", "));
    let quota = claims.quota.map(|size| size.to_string());
    [
        ("https", word(claims.https), fetched_over(run, Path::PackageHttps)),
        ("post", word(claims.post), post(run)),
        ("ftp", word(claims.ftp), fetched_over(run, Path::PackageFtp)),
        ("ftps", word(claims.ftps), fetched_over(run, Path::PackageFtps)),
        ("mailto", word(claims.mailto), mailto(run)),
        ("alerts", word(claims.alerts), alerts(run)),
        ("package-types", types, package_types(run)),
        ("password-required", word(claims.password_required), password_required(run)),
        ("opens-package", word(claims.opens_package), opens_package(run)),
        ("quota", quota, NOT_LOOKED_AT.to_owned()),
    ]
    .into_iter()
    .map(|(claim, said, observed)| {
        let said = said.map_or_else(|| UNSAID.to_owned(), |said| visible(&said));
        Claimed { claim, said, observed }
    })
    .collect()
}

/// Whether a package was fetched over this path, or the target says that it does not fetch by that.
fn fetched_over(run: &Run, path: Path) -> String {
    let is_over = |transaction: &&Transaction| {
        Path::of_package(transaction) == path && transaction.begun.offer == Offer::Whole
    };
    let offered: Vec<&Transaction> = run.evidence.transactions.iter().filter(is_over).collect();
    let denies = |code: Option<Code>| matches!(code, Some(Code::NO_HTTPS | Code::NO_FTP | Code::NO_FTPS));
    let is_denied =
        |one: &&Transaction| denies(one.code()) || one.receipts().any(|receipt| denies(told_by(receipt)));
    if offered.is_empty() {
        NOT_LOOKED_AT
    } else if offered.iter().any(|transaction| transaction.whole_download().is_some()) {
        YES
    } else if offered.iter().any(is_denied) {
        NO
    } else {
        NEVER_SEEN
    }
    .to_owned()
}

/// The error that a callback tells.
fn told_by(callback: &Callback) -> Option<Code> {
    parse_code(callback.command.value("error")?)
}

/// The claims that what was seen speaks against, a sentence each.
pub(super) fn contradicted(run: &Run) -> impl Iterator<Item = String> {
    claims(run).into_iter().filter(Claimed::is_contradicted).map(|claimed| {
        let Claimed { claim, said, observed } = claimed;
        format!("The profile claims {claim}: {said}; observed: {observed}.")
    })
}

impl Claimed {
    /// Whether anything was seen of it, or could have been.
    pub(super) fn was_looked_at(&self) -> bool {
        self.observed != NOT_LOOKED_AT
    }

    /// Whether anything is said or was seen.
    pub(super) fn is_telling(&self) -> bool {
        self.said != UNSAID || self.was_looked_at()
    }

    fn is_contradicted(&self) -> bool {
        matches!((self.said.as_str(), self.observed.as_str()), (YES, NO | NEVER_SEEN) | (NO, YES))
    }
}

fn word(claim: Option<Claim>) -> Option<String> {
    claim.map(|claim| match claim {
        Claim::Yes => YES.to_owned(),
        Claim::No => NO.to_owned(),
    })
}

fn accepted(run: &Run) -> impl Iterator<Item = &Transaction> {
    run.evidence.transactions.iter().filter(|transaction| transaction.is_accepted())
}

fn post(run: &Run) -> String {
    let is_post = |transaction: &&Transaction| {
        transaction.collects.first().is_some_and(|collect| collect.request_head.method == "POST")
    };
    let was_answered = run.evidence.transactions.iter().filter(is_post).any(|one| one.answered().is_some());
    match (accepted(run).any(|transaction| is_post(&transaction)), was_answered) {
        (true, _) => YES.to_owned(),
        (false, true) => NO.to_owned(),
        (false, false) => NOT_LOOKED_AT.to_owned(),
    }
}

/// Whether a receipt or an alert came by mail to whoever had asked for it; the claim is denied with the codes that are there for it.
fn mailto(run: &Run) -> String {
    let is_asked = |transaction: &&Transaction| {
        let named = |element| transaction.command.as_ref().and_then(|command| command.get(element));
        [Element::Receipt, Element::Alerts].into_iter().filter_map(named).any(is_mailto)
    };
    let asked: Vec<&Transaction> = run.evidence.transactions.iter().filter(is_asked).collect();
    let is_denied =
        |one: &&&Transaction| matches!(one.code(), Some(Code::RECEIPT_PROTOCOL | Code::ALERT_PROTOCOL));
    if asked.iter().any(|one| one.mails.iter().any(|mail| mail.mail.ended == MailEnd::Taken)) {
        YES.to_owned()
    } else if asked.iter().any(|one| one.is_accepted()) {
        NEVER_SEEN.to_owned()
    } else if asked.iter().filter(is_denied).count() > 0 {
        NO.to_owned()
    } else {
        NOT_LOOKED_AT.to_owned()
    }
}

/// Nothing is said of alerts where not even a receipt came.
fn alerts(run: &Run) -> String {
    let transactions = &run.evidence.transactions;
    if transactions.iter().any(|transaction| transaction.alerts().next().is_some()) {
        YES.to_owned()
    } else if transactions.iter().any(|transaction| transaction.receipts().next().is_some()) {
        NEVER_SEEN.to_owned()
    } else {
        NOT_LOOKED_AT.to_owned()
    }
}

/// The types of the packages that were taken.
fn package_types(run: &Run) -> String {
    let sane = accepted(run).filter(|transaction| transaction.provokes.is_empty());
    let types: BTreeSet<&str> =
        sane.filter_map(|transaction| transaction.command.as_ref()?.get(Element::PackageType)).collect();
    match types.len() {
        0 => NEVER_SEEN.to_owned(),
        _ => types.into_iter().map(visible).collect::<Vec<_>>().join(", "),
    }
}

/// A collect that was accepted without a password shows that none is required.
fn password_required(run: &Run) -> String {
    let mut commands = accepted(run).filter_map(|transaction| transaction.command.as_ref());
    if commands.any(|command| command.get(Element::SystemPassword).is_none()) {
        NO.to_owned()
    } else {
        NOT_LOOKED_AT.to_owned()
    }
}

/// A target that tells an archive that cannot be opened has tried to.
fn opens_package(run: &Run) -> String {
    let row = run.judgement.rows.iter().find(|judged| judged.row.id == "ERR-1432");
    match row.map(|judged| judged.verdict) {
        Some(Verdict::Pass) => YES.to_owned(),
        Some(Verdict::Fail | Verdict::Warning) => NEVER_SEEN.to_owned(),
        Some(
            Verdict::Inconclusive
            | Verdict::Review
            | Verdict::NotTested
            | Verdict::NotApplicable
            | Verdict::Deselected,
        )
        | None => NOT_LOOKED_AT.to_owned(),
    }
}
