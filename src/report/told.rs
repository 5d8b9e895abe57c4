//! What every format tells alike: findings of one cause as one, what belongs to each, the verdict in a sentence.

use std::collections::HashMap;

use super::claims::contradicted;
use crate::profile::InsecureSkipVerify;
use crate::requirements::judge::{Judged, Said};
use crate::requirements::ledger::Path;
use crate::requirements::verdict::{Cause, Finding, Outcome, RunVerdict, Verdict};
use crate::requirements::{Level, rulings};
use crate::run::Run;
use crate::transcript::at_hand;
use crate::transcript::bytes::visible;
use crate::transcript::entry::{Interruption, Role};
use crate::transcript::transaction::ScenarioSeen;

/// The levels that the catalogue has rows of.
pub(super) const LEVELS: [Level; 4] = [Level::Must, Level::Should, Level::May, Level::Interop];

/// The verdicts, as people want to read them in a table.
pub(super) const VERDICTS: [Verdict; 8] = [
    Verdict::Pass,
    Verdict::Warning,
    Verdict::Fail,
    Verdict::Inconclusive,
    Verdict::Review,
    Verdict::NotTested,
    Verdict::NotApplicable,
    Verdict::Deselected,
];

/// Different failures of one row mostly have one cause: so many show it.
pub(super) const FEW: usize = 3;

/// So many entries of a finding's evidence are named; report.json names them all.
pub(super) const NAMED: usize = 20;

/// Findings of one row that say the same.
pub(super) struct Told<'a> {
    /// The row.
    pub(super) judged: &'a Judged,
    /// The first of them, and where it was seen.
    pub(super) said: &'a Said,
    pub(super) finding: &'a Finding,
    /// How many there are.
    pub(super) times: usize,
}

/// What a row has to tell.
pub(super) struct Telling<'a> {
    /// Worst first.
    pub(super) told: Vec<Told<'a>>,
    /// How many more there would be.
    pub(super) others: usize,
}

/// How good the news is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Open,
    Bad,
}

/// The findings that bear on a row's verdict, those that say the same as one; so many of them.
pub(super) fn tell(judged: &Judged, most: usize) -> Telling<'_> {
    let bears = |outcome: &Outcome| match outcome {
        Outcome::NotApplicable(_) => judged.verdict == Verdict::NotApplicable,
        Outcome::Keeps
        | Outcome::Advice(_)
        | Outcome::Tolerated(_)
        | Outcome::Breaks(_)
        | Outcome::Review(_)
        | Outcome::Inconclusive(..) => true,
    };
    let mut told: Vec<Told> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (said, finding) in judged.findings().filter(|(said, _)| bears(&said.outcome)) {
        let place = *places.entry(&finding.message).or_insert(told.len());
        match told.get_mut(place) {
            Some(told) => told.times += 1,
            None => told.push(Told { judged, said, finding, times: 1 }),
        }
    }
    let others = told.len().saturating_sub(most);
    told.truncate(most);
    Telling { told, others }
}

impl Told<'_> {
    /// The message, and how often it was said.
    pub(super) fn message(&self) -> String {
        let message = visible(&self.finding.message);
        if self.times > 1 { format!("{message} ({} times)", self.times) } else { message }
    }

    /// What belongs to it, each with a word for what it is.
    pub(super) fn details(&self, run: &Run) -> Vec<(&'static str, String)> {
        let Self { said, finding, .. } = self;
        let ruling = finding.ruling.and_then(rulings::find);
        let again = self.again(run).filter(|_| !matches!(said.outcome, Outcome::Keeps));
        let details = [
            ("expected", finding.expected.as_deref().map(visible)),
            ("received", finding.received.as_deref().map(visible)),
            ("at", finding.offset.map(|offset| format!("byte {offset} of the body"))),
            ("perhaps", finding.cause.map(str::to_owned)),
            ("ruling", ruling.map(|ruling| format!("{}: {}", ruling.id, ruling.choice))),
            ("accepted", self.accepted(run)),
            ("evidence", evidence(&finding.evidence).filter(|_| self.has_record())),
            ("again", again),
        ];
        details.into_iter().filter_map(|(label, detail)| Some((label, detail?))).collect()
    }

    /// Whether it was played: a message that somebody had at hand has no record and no command.
    pub(super) fn has_record(&self) -> bool {
        self.said.scenario.as_deref() != Some(at_hand::CASE)
    }

    /// The command that plays its case again.
    pub(super) fn again(&self, run: &Run) -> Option<String> {
        let scenario = self.said.scenario.as_deref().filter(|_| self.has_record());
        scenario.map(|scenario| command_again(run, scenario))
    }

    /// Why the findings that say this are borne, when they are, and how many of them when not all.
    pub(super) fn accepted(&self, run: &Run) -> Option<String> {
        let alike = self.judged.findings().filter(|(_, finding)| finding.message == self.finding.message);
        let borne: Vec<&str> =
            alike.filter_map(|(said, _)| run.acceptance.reason(self.judged, said)).collect();
        let reason = visible(borne.first()?);
        Some(if borne.len() < self.times { format!("{} of them: {reason}", borne.len()) } else { reason })
    }
}

fn evidence(entries: &[u64]) -> Option<String> {
    let named: Vec<String> = entries.iter().take(NAMED).map(u64::to_string).collect();
    let numbers = named.join(", ");
    match entries.len() {
        0 => None,
        1 => Some(format!("entry {numbers} of transcript.jsonl")),
        count if count > NAMED => Some(format!(
            "entries {numbers} and {} others of transcript.jsonl (report.json names them)",
            count - NAMED
        )),
        _ => Some(format!("entries {numbers} of transcript.jsonl")),
    }
}

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

/// The command that plays a case again.
pub(super) fn command_again(run: &Run, scenario: &str) -> String {
    let profile = run.header.profile_file.as_ref().map(|file| format!(" --profile {}", word(file)));
    let profile = profile.unwrap_or_default();
    match run.header.role {
        Role::Target => {
            let url = quoted(&run.profile.target.url);
            format!("penspec test target{profile} {url} {}", word(scenario))
        }
        Role::Client => format!("penspec test client{profile} {}", word(scenario)),
    }
}

/// One word for a shell, bare where that is safe: a stored transcript is not always one's own.
fn word(text: &str) -> String {
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.');
    if text.bytes().all(is_plain) { text.to_owned() } else { quoted(text) }
}

/// One word for a shell, between quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", visible(text).replace('\'', r"'\''"))
}

/// The rows with a verdict.
pub(super) fn rows(run: &Run, verdict: Verdict) -> impl Iterator<Item = &Judged> {
    run.judgement.rows.iter().filter(move |judged| judged.verdict == verdict)
}

/// How many rows of a level have a verdict.
pub(super) fn count(run: &Run, level: Level, verdict: Verdict) -> usize {
    rows(run, verdict).filter(|judged| judged.row.level == level).count()
}

/// What the subject is called: its name, or else its address.
pub(super) fn name(run: &Run) -> String {
    let subject = &run.profile.subject.name;
    let address = match run.header.role {
        Role::Target => run.profile.target.url.as_str(),
        Role::Client => "the subject",
    };
    visible(if subject.is_empty() { address } else { subject })
}

/// What the subject is.
pub(super) fn role(run: &Run) -> &'static str {
    run.header.role.name()
}

/// The verdict in one sentence, with the subject's name as the format writes it.
pub(super) fn sentence(run: &Run, name: &str) -> (Tone, String) {
    let subject = format!("{name}, as a {},", role(run));
    match (run.judgement.verdict, run.ending.interrupted) {
        (RunVerdict::DoesNotConform, _) => {
            let broken = count(run, Level::Must, Verdict::Fail);
            (Tone::Bad, format!("{subject} does not conform to PENS 1.0.0: {broken} MUST broken."))
        }
        (_, Some(Interruption::Signal)) => {
            (Tone::Open, format!("Interrupted: of {subject} nothing can be concluded yet."))
        }
        (RunVerdict::Incomplete, Some(Interruption::Full)) => (
            Tone::Open,
            format!(
                "Incomplete: {subject} sent without end, so the run was stopped; what it had not shown by then is not \
                 judged."
            ),
        ),
        (RunVerdict::Conforms, _) => {
            (Tone::Good, format!("{subject} conforms to PENS 1.0.0 in all that this catalogue looks at."))
        }
        (RunVerdict::Incomplete, _) if run.exit_status == 0 => (
            Tone::Good,
            format!("{subject} keeps everything that was selected; a selection is no certificate."),
        ),
        (RunVerdict::Incomplete, _) if waits_for_a_person(run) => {
            (Tone::Open, format!("Incomplete: what a person has to see of {subject} nobody has said yet."))
        }
        (RunVerdict::Incomplete, _) => (
            Tone::Open,
            format!(
                "Incomplete: not every MUST could be judged of {subject} so it neither conforms nor fails."
            ),
        ),
    }
}

/// Whether questions are open, and nothing else is.
fn waits_for_a_person(run: &Run) -> bool {
    let scenarios = &run.evidence.scenarios;
    let open = [Verdict::Inconclusive, Verdict::Review, Verdict::NotTested];
    scenarios.iter().any(ScenarioSeen::is_in_review)
        && scenarios.iter().all(|seen| seen.cut_short.is_none())
        && run.ending.interrupted.is_none()
        && open.iter().all(|verdict| count(run, Level::Must, *verdict) == 0)
}

/// Text of a peer's in a line: without what steers a terminal, and no longer than a line or two.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 120;
    let shown: String = visible(text).chars().take(LONGEST).collect();
    if text.chars().count() > LONGEST { shown + "..." } else { shown }
}

/// That expectations of scenarios' authors are not met, when so.
pub(super) fn unmet(run: &Run) -> Option<String> {
    (run.unmet() > 0).then(|| format!("{} expectations of the scenarios' authors are not met.", run.unmet()))
}

/// That there was nothing to hold against expectations of scenarios' authors, when so.
pub(super) fn unseen(run: &Run) -> Option<String> {
    let why = match run.header.role {
        Role::Target => "nothing had come that could meet them: let `await` stand before `expect`.",
        Role::Client => "the client had answered nothing that they could be held against.",
    };
    let count = run.unseen() - in_review(run);
    (count > 0).then(|| format!("{count} expectations of the scenarios' authors are open: {why}"))
}

/// That questions to a person are open, when so.
pub(super) fn unanswered(run: &Run) -> Option<String> {
    let cure = "answer at a terminal, or by --answers FILE with a line such as";
    let asked = run.evidence.scenarios.iter().find(|scenario| scenario.is_in_review())?;
    Some(match in_review(run) {
        1 => format!("A question waits for a person: {cure} {}: yes", visible(&asked.id)),
        count => format!("{count} questions wait for a person: {cure} {}: yes", visible(&asked.id)),
    })
}

fn in_review(run: &Run) -> usize {
    let expectations = run.evidence.scenarios.iter().flat_map(|scenario| &scenario.expectations);
    expectations.filter(|expectation| expectation.is_in_review()).count()
}

/// How many failures are borne, when any are.
pub(super) fn borne(run: &Run) -> Option<String> {
    match run.acceptance.borne(&run.judgement) {
        0 => None,
        1 => Some("One of the findings is accepted by the profile.".to_owned()),
        count => Some(format!("{count} of the findings are accepted by the profile.")),
    }
}

/// What is to be said beside the verdict.
pub(super) fn remarks(run: &Run) -> Vec<String> {
    let lapsed = run.acceptance.lapsed().into_iter().map(|lapsed| visible(&lapsed));
    unmet(run)
        .into_iter()
        .chain(circumstances(run))
        .chain(unseen(run))
        .chain(unanswered(run))
        .chain(borne(run))
        .chain(lapsed)
        .chain(contradicted(run))
        .chain(stopped(run))
        .collect()
}

/// Under which circumstances the subject was seen, where these bear on what the verdicts say.
pub(super) fn circumstances(run: &Run) -> Vec<String> {
    let profile = &run.profile;
    let skips = profile.tls.insecure_skip_verify == InsecureSkipVerify::Yes;
    let unchecked = "The certificates of the peer under test were not checked (insecure-skip-verify): it may have been \
                     anybody.";
    let proxy =
        profile.proxy.as_ref().map(|proxy| format!("Seen through a proxy, {}: {NOT_JUDGED}", visible(proxy)));
    let tunnel = profile
        .is_behind_a_tunnel()
        .then(|| format!("Seen through a proxy, the tunnel that peers were told of: {NOT_JUDGED}"));
    [skips.then(|| unchecked.to_owned()), proxy, tunnel].into_iter().flatten().collect()
}

/// What a proxy may have written anew says nothing of the peer.
const NOT_JUDGED: &str = "rows that read what it may have written anew are not judged.";

/// Why not everything was played, when so.
pub(super) fn stopped(run: &Run) -> Option<String> {
    if run.ending.interrupted == Some(Interruption::Full) {
        return Some(
            "The run was stopped when its transcript was full: the last entries of transcript.jsonl show what was sent \
             again and again; mend this first."
                .to_owned(),
        );
    }
    let stopped = run.ending.stopped.as_ref()?;
    if run.ending.interrupted == Some(Interruption::PartsMissing) {
        return Some(format!(
            "{}; play what is missing with --partition, and merge all parts",
            visible(stopped)
        ));
    }
    Some(format!("{}; mend this first, or play them all the same with --keep-going", visible(stopped)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_entries_the_first_are_named_and_the_others_counted() {
        let told = |count: u64| evidence(&(1..=count).collect::<Vec<_>>());
        assert_eq!(told(0), None);
        assert_eq!(told(1).as_deref(), Some("entry 1 of transcript.jsonl"));
        assert_eq!(told(3).as_deref(), Some("entries 1, 2, 3 of transcript.jsonl"));
        assert!(told(NAMED as u64).is_some_and(|told| told.ends_with(", 19, 20 of transcript.jsonl")));
        assert_eq!(
            told(10_001).as_deref(),
            Some(
                "entries 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 9981 others of \
                 transcript.jsonl (report.json names them)"
            )
        );
    }
}
