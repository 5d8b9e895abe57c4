//! `mock`: a peer that stays up; each exchange is shown, and judged as it passes.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::signals::interrupted;
use super::{Speech, Stop, note, say, visible};
use crate::certify::{authority, cannot_listen, header, listening, masker_of, read_profile, route, runtime};
use crate::mock::manners::Manners;
use crate::mock::reach::Reach;
use crate::mock::target::Target;
use crate::profile::load::Loaded;
use crate::profile::{Listen, ListenAt, Port, Profile, Tls};
use crate::requirements::judge::judge;
use crate::requirements::verdict::Verdict;
use crate::run::built_in;
use crate::scenario::defect::Defect;
use crate::scenario::model::Subject;
use crate::transcript::bytes::Body;
use crate::transcript::entry::{Barred, Ended, Header, Mail, NotSent, Purpose, Request, Role, What};
use crate::transcript::grouping::purpose_of;
use crate::transcript::{Entry, Evidence, Recorder, Room, Transcript, weight};
use crate::wire::http::RequestHead;

/// What `mock target` is told.
#[derive(Args)]
pub(super) struct TargetOptions {
    /// Where it takes collects.
    #[arg(long, value_name = "HOST:PORT", default_value_t, value_parser = str::parse::<ListenAt>)]
    listen: ListenAt,
    /// Play the LMS that this profile describes: with its user and password, its quota, the query of its URL.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Where it takes collects over https.
    #[arg(long, value_name = "HOST:PORT", default_value = "off", value_parser = str::parse::<Port>)]
    https_listen: Port,
    /// A file with CAs that it trusts besides those of this machine.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// A wrong habit: `penspec list defects` shows them.
    #[arg(long, value_name = "NAME")]
    defect: Option<String>,
    /// A host that packages may be fetched from and callbacks sent to, besides loopback and the sender's own.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

pub(super) fn target(options: &TargetOptions, speech: &Speech) -> Result<u8, Stop> {
    let Loaded { profile, hidden, .. } =
        options.profile.as_deref().map(read_profile).transpose()?.unwrap_or_default();
    let mut manners = Manners::of(&profile);
    if let Some(defect) = find(options.defect.as_deref(), Subject::Target)? {
        defect.spoil(&mut manners);
    }
    let header = header(Role::Client, &Profile::default(), &[])?;
    let recorder = Recorder::of_the_latest(header, masker_of(&profile, hidden)?, Room::STANDING);
    runtime()?.block_on(async {
        let allowed = options.allow_host.iter().map(|host| host.to_lowercase()).collect();
        let own = Profile {
            listen: Listen { http: options.listen, https: options.https_listen, ..Listen::default() },
            tls: Tls { trust: options.trust.as_ref().map(|file| file.display().to_string()), ..Tls::default() },
            ..Profile::default()
        };
        // A peer that is another penspec of this user shows what its CA has signed: that is there before either looks.
        if let Err(why) = authority() {
            note(&format!("it will trust no other penspec over https: {why}"));
        }
        let reach = Reach { allowed, route: route(&own, None)?, ..Reach::default() };
        let target = Target::start(recorder.clone(), &listening(&own)?, reach, manners)
            .await
            .map_err(|cannot| cannot_listen(&cannot))?;
        say(&format!("mock target listening on {}\n", target.urls().join(" and ")));
        note("a test peer: it fetches what it is told to, from loopback and from the sender alone; Ctrl-C stops it");
        tokio::select! {
            () = show(&recorder, Shown::Judged, speech) => {}
            () = interrupted() => {}
        }
        target.stop().await;
        Ok(0)
    })
}

/// What is shown of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The exchange, and what the catalogue finds in it.
    Judged,
    /// The exchange alone: what a peer makes of a mock that errs says nothing of that peer.
    Unjudged,
}

/// The defect of that name, when one is asked for; a mock can have those of its own role.
pub(super) fn find(name: Option<&str>, subject: Subject) -> Result<Option<Defect>, Stop> {
    let Some(name) = name else { return Ok(None) };
    let defects = built_in::defects()?;
    let found = defects.iter().find(|defect| defect.name == name).cloned().ok_or_else(|| {
        let near = defects
            .iter()
            .filter(|defect| defect.subject == subject)
            .map(|defect| (strsim::damerau_levenshtein(&defect.name, name), &defect.name))
            .min();
        let hint = near.filter(|(distance, _)| *distance <= 4).map_or_else(
            || "`penspec list defects` shows all".to_owned(),
            |(_, near)| format!("did you mean \"{near}\"?"),
        );
        Stop::Usage(format!("there is no defect \"{name}\"; {hint}"))
    })?;
    if found.subject != subject {
        let other = found.subject.name();
        return Err(Stop::Usage(format!(
            "the defect \"{name}\" is one of a mock {other}; give it to `penspec mock {other}`"
        )));
    }
    Ok(Some(found))
}

/// As many entries are judged together as a few transactions have: a standing peer must not grow slower.
const RECENT: usize = 400;

/// So much do they take at most when they are read; one that is larger is judged by itself.
const RECENT_BYTES: usize = 4 * 1024 * 1024;

/// So much of a message is shown with --verbose.
const SHOWN: usize = 64 * 1024;

/// So long nothing must have come before what came is judged: a mock that judges does not answer meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Shows every exchange as it ends, and in the next pause what the catalogue finds in it.
pub(super) async fn show(recorder: &Recorder, shown: Shown, speech: &Speech) {
    let mut follower = recorder.follow();
    let mut showing = Showing::of(recorder.header());
    loop {
        let entry = if showing.unjudged == 0 {
            follower.next().await
        } else if let Ok(entry) = tokio::time::timeout(PAUSE, follower.next()).await {
            entry
        } else {
            showing.judge();
            continue;
        };
        showing.take(&entry, speech);
        if shown == Shown::Unjudged {
            showing.unjudged = 0;
        } else if showing.unjudged > RECENT / 8 {
            showing.judge();
        }
    }
}

/// What a standing mock has shown.
struct Showing {
    header: Header,
    /// Requests whose answers are still to come, as they are shown.
    pending: HashMap<u64, String>,
    /// The last entries.
    recent: VecDeque<Arc<Entry>>,
    /// What they take when they are read.
    bytes: usize,
    /// What was said of them.
    told: VecDeque<String>,
    /// How many answers have passed since the last ones were judged; an exchange is a few entries.
    unjudged: usize,
}

impl Showing {
    fn of(header: &Header) -> Self {
        let (pending, recent, told) = (HashMap::new(), VecDeque::new(), VecDeque::new());
        Self { header: header.clone(), pending, recent, bytes: 0, told, unjudged: 0 }
    }

    fn take(&mut self, entry: &Arc<Entry>, speech: &Speech) {
        self.remember(entry);
        match &entry.what {
            What::Request(request) => {
                let line = format!("{:9} {}", self.purpose(request), first_line(&request.head.0));
                self.pending
                    .insert(request.exchange, line + &in_full(speech, &request.head.0, &request.body));
            }
            What::Response(response) => {
                self.unjudged += 1;
                let request = self.pending.remove(&response.exchange).unwrap_or_default();
                let is_whole = response.ended == Ended::Complete;
                let ended =
                    if is_whole { String::new() } else { format!(" ({:?})", response.ended).to_lowercase() };
                if !speech.quiet {
                    let line = first_line(&response.head.0);
                    let full = in_full(speech, &response.head.0, &response.body);
                    say(&format!("{request}\n          -> {line}{ended}{full}\n"));
                }
            }
            What::Mail(mail) if !speech.quiet => say(&format!("{}\n", mailed(mail))),
            What::NotSent(not_sent) if !speech.quiet => say(&format!("{}\n", left_out(not_sent))),
            _ => {}
        }
    }

    fn remember(&mut self, entry: &Arc<Entry>) {
        self.bytes += weight(&entry.what);
        self.recent.push_back(Arc::clone(entry));
        while self.recent.len() > RECENT || self.bytes > RECENT_BYTES && self.recent.len() > 1 {
            let oldest = self.recent.pop_front();
            self.bytes -= oldest.map_or(0, |entry| weight(&entry.what));
        }
    }

    fn purpose(&self, request: &Request) -> &'static str {
        let heard = || {
            let target = RequestHead::read(&request.head.0).0.target;
            purpose_of(&target, |segment| segment.starts_with(&self.header.run_id))
        };
        request.purpose.or_else(|| Some(heard()?.1)).map_or("request", named)
    }

    fn judge(&mut self) {
        let entries = self.recent.iter().cloned().collect();
        let transcript = Transcript { header: self.header.clone(), entries, ending: None };
        tell_findings(&transcript.evidence(), &mut self.told);
        while self.told.len() > RECENT {
            self.told.pop_front();
        }
        self.unjudged = 0;
    }
}

/// A mail in a line: to whom, and what became of it.
fn mailed(mail: &Mail) -> String {
    let addresses = mail.recipients.iter().map(|one| visible(&String::from_utf8_lossy(&one.address.0)));
    let what = match mail.purpose {
        Some(Purpose::Receipt) => "receipt",
        Some(Purpose::Alert) => "alert",
        Some(Purpose::Collect | Purpose::Download) | None => "mail",
    };
    let ended = format!("{:?}", mail.ended).to_lowercase();
    format!("{what:9} by mail to {}: {ended}", addresses.collect::<Vec<_>>().join(", "))
}

/// What is not sent, in a line: where, and why.
fn left_out(not_sent: &NotSent) -> String {
    let why = match not_sent.why {
        Barred::Host => "the host is not allowed; --allow-host allows it",
        Barred::Unresolved => "the name of the host is not known here",
        Barred::Scheme => "the scheme is not spoken here",
        Barred::Address => "it is no address",
        Barred::MailServer => "no mail server is named",
    };
    format!("{:9} not sent to {}: {why}", named(not_sent.purpose), visible(&not_sent.url))
}

fn named(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Collect => "collect",
        Purpose::Download => "download",
        Purpose::Receipt => "receipt",
        Purpose::Alert => "alert",
    }
}

/// With --verbose: the message as it stands on the wire, line ends visible.
fn in_full(speech: &Speech, head: &[u8], body: &Body) -> String {
    if !speech.verbose {
        return String::new();
    }
    let mut message = [head, &body.head.0].concat();
    message.truncate(SHOWN);
    let lines = message.split_inclusive(|byte| *byte == b'\n');
    let shown = lines.map(|line| format!("\n          | {}", crate::transcript::bytes::escape(line)));
    shown.collect::<Vec<_>>().concat()
}

fn first_line(head: &[u8]) -> String {
    crate::transcript::bytes::escape(
        head.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default(),
    )
}

/// Says what has not been said yet of the transactions so far.
fn tell_findings(evidence: &Evidence, told: &mut VecDeque<String>) {
    let Ok(profile) = serde_json::from_value(evidence.header.profile.clone()) else { return };
    for judged in judge(evidence, &profile).rows {
        if !matches!(judged.verdict, Verdict::Fail | Verdict::Warning) {
            continue;
        }
        for (said, finding) in judged
            .findings()
            .filter(|(said, _)| matches!(said.outcome.key(), "breaks" | "tolerated" | "advice"))
        {
            let line = format!(
                "          {} {} {}: {}",
                said.outcome.key(),
                judged.row.id,
                judged.row.name,
                visible(&finding.message)
            );
            let key = format!("{line}{:?}", said.transaction);
            if !told.contains(&key) {
                say(&format!("{line}\n"));
                told.push_back(key);
            }
        }
    }
}
