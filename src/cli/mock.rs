//! `mock`: a peer that stays up; each exchange is shown, and judged as it passes.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::Semaphore;

use super::options::read_url;
use super::signals::interrupted;
use super::{Speech, Stop, note, say, visible};
use crate::certify::{
    Told, cannot_listen, header, listening, random, read_profile, read_told, refuse_unreachable_callbacks,
    runtime,
};
use crate::mock::client::Client;
use crate::mock::conduct::Conduct;
use crate::mock::manners::Manners;
use crate::mock::reach::Reach;
use crate::mock::target::Target;
use crate::profile::load::Loaded;
use crate::profile::{Advertise, Listen, ListenAt, Period, Profile};
use crate::requirements::judge::judge;
use crate::requirements::verdict::Verdict;
use crate::run::built_in;
use crate::scenario::defect::Defect;
use crate::scenario::model::{Case, Subject};
use crate::scenario::player::{Mock, Stagehand, play};
use crate::transcript::bytes::Body;
use crate::transcript::entry::{Ended, Mail, Purpose, Role, What};
use crate::transcript::grouping::purpose_of;
use crate::transcript::mask::Masker;
use crate::transcript::{Entry, Evidence, Recorder, Transcript};
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
    /// A wrong habit: `penspec list defects` shows them.
    #[arg(long, value_name = "NAME")]
    defect: Option<String>,
    /// A host that packages may be fetched from and callbacks sent to, besides loopback and the sender's own.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

/// What `mock client` is told.
#[derive(Args)]
pub(super) struct ClientOptions {
    /// The target system URL.
    url: String,
    /// Where it listens for downloads and callbacks.
    #[arg(long, value_name = "HOST:PORT", default_value_t, value_parser = str::parse::<ListenAt>)]
    listen: ListenAt,
    /// What the target is told instead of that address.
    #[arg(long, value_name = "[PROTOCOL=]URL", value_parser = read_told)]
    advertise: Vec<Told>,
    /// A wrong habit: `penspec list defects` shows them.
    #[arg(long, value_name = "NAME")]
    defect: Option<String>,
    /// End by itself: once the collect is refused, or its receipt and alerts have come and no more do.
    #[arg(long)]
    once: bool,
    /// With --once: how long the package, the receipt and each alert are waited for.
    #[arg(long = "for", value_name = "DURATION", default_value = "5s", requires = "once", value_parser = str::parse::<Period>)]
    patience: Period,
}

pub(super) fn target(options: &TargetOptions, speech: &Speech) -> Result<u8, Stop> {
    let Loaded { profile, hidden, .. } =
        options.profile.as_deref().map(read_profile).transpose()?.unwrap_or_default();
    let mut manners = Manners::of(&profile);
    if let Some(defect) = find(options.defect.as_deref(), Subject::Target)? {
        defect.spoil(&mut manners);
    }
    let recorder = recorder(Role::Client, &Profile::default(), &hidden)?;
    runtime()?.block_on(async {
        let allowed = options.allow_host.iter().map(|host| host.to_lowercase()).collect();
        let listen = Listen { http: options.listen, ..Listen::default() };
        let listening = listening(&listen, &Advertise::default())?;
        let target = Target::start(recorder.clone(), &listening, Reach { allowed }, manners)
            .await
            .map_err(|cannot| cannot_listen(&cannot))?;
        say(&format!("mock target listening on {}\n", target.url()));
        note("a test peer: it fetches what it is told to, from loopback and from the sender alone; Ctrl-C stops it");
        tokio::select! {
            () = show(&recorder, Shown::Judged, speech) => {}
            () = interrupted() => {}
        }
        target.stop().await;
        Ok(0)
    })
}

pub(super) fn client(options: &ClientOptions, speech: &Speech) -> Result<u8, Stop> {
    let address = read_url(&options.url)?;
    let mut profile = Profile::default();
    profile.target.url.clone_from(&options.url);
    profile.listen.http = options.listen;
    options.advertise.iter().cloned().for_each(|told| told.put(&mut profile.advertise));
    let limits = &mut profile.limits;
    (limits.download, limits.receipt, limits.alert) =
        (options.patience.0, options.patience.0, options.patience.0);
    limits.quiet = options.patience.0.min(Duration::from_secs(1));
    let defect = find(options.defect.as_deref(), Subject::Client)?;
    let (begins, shown) = match defect {
        Some(_) => (AS_ON_THE_TOUR, Shown::Unjudged),
        None => (PLAIN, Shown::Judged),
    };
    let case = case(begins, if options.once { ONCE } else { STANDING })?;
    let conduct = defect.map_or_else(Conduct::default, |defect| defect.conduct());
    let recorder = recorder(Role::Target, &profile, &[])?;
    runtime()?.block_on(async {
        let listening = listening(&profile.listen, &profile.advertise)?;
        refuse_unreachable_callbacks(&address, &listening).await?;
        let client = Client::start(recorder.clone(), &listening)
            .await
            .map_err(|cannot| cannot_listen(&cannot))?
            .with_conduct(conduct);
        client.refuse_unknown();
        say(&format!("mock client listening on {}\n", client.advertised()));
        note(if options.once {
            "one collect goes out now"
        } else {
            "one collect goes out now; Ctrl-C stops"
        });
        let hand = Arc::new(Stagehand {
            slots: Arc::new(Semaphore::new(profile.max_in_flight.0.get())),
            packages: built_in::package,
            profile: Arc::new(profile),
            mock: Mock::Client(Arc::new(client)),
        });
        tokio::select! {
            // What has been recorded is shown before the end.
            biased;
            () = show(&recorder, shown, speech) => {}
            () = play(hand, case) => {}
            () = interrupted() => {}
        }
        Ok(0)
    })
}

/// What is shown of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The exchange, and what the catalogue finds in it.
    Judged,
    /// The exchange alone: what a peer makes of a mock that errs says nothing of that peer.
    Unjudged,
}

/// What a client stages and sends.
const PLAIN: &str = "  - stage: { package: scorm12-minimal.zip }\n  - collect: {}\n";

/// The same as on the tour, so that there is something for a defect to get wrong: a course that keeps its id, a package
/// that is guarded, a POST.
const AS_ON_THE_TOUR: &str = "  - stage: { package: scorm12-minimal.zip, auth: { user: staging, password: correct horse } }\n  \
    - collect: { method: post, set: { package-id: \"http://penspec.example/tour/Course-1\" } }\n";

/// The steps of a client that stays up: the last waits for ever.
const STANDING: &str = "  - await: { forever: {} }\n";

/// The steps of a client that ends when nothing more is to come.
const ONCE: &str = "  - await: { response: {} }\n  - await: { receipt: {} }\n  - await: { alert: {} }\n  \
    - await: { quiet: {} }\n";

/// A scenario of these steps.
fn case(begins: &str, ends: &str) -> Result<Case, Stop> {
    let text = format!("title: A collect of the mock client\nsubject: target\nsteps:\n{begins}{ends}");
    let loaded =
        built_in::with_known(|known| crate::scenario::load::load("mock client", "mock/client", &text, known));
    let scenario = loaded.map_err(|mistakes| Stop::Ours(mistakes.to_string()))?;
    scenario
        .cases()
        .first()
        .cloned()
        .ok_or_else(|| Stop::Ours("the scenario of the mock client has no case".to_owned()))
}

/// The defect of that name, when one is asked for; a mock can have those of its own role.
fn find(name: Option<&str>, subject: Subject) -> Result<Option<Defect>, Stop> {
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

fn recorder(role: Role, profile: &Profile, hidden: &[String]) -> Result<Recorder, Stop> {
    Ok(Recorder::in_memory(header(role, profile, &[])?, Masker::new(random()?, hidden)))
}

/// As many entries are judged together as a few transactions have: a standing peer must not grow slower.
const RECENT: usize = 400;

/// Shows every exchange as it ends, and what the catalogue finds in it.
async fn show(recorder: &Recorder, shown: Shown, speech: &Speech) {
    let mut follower = recorder.follow();
    let mut pending: HashMap<u64, String> = HashMap::new();
    let mut recent: VecDeque<Arc<Entry>> = VecDeque::new();
    let mut told: VecDeque<String> = VecDeque::new();
    loop {
        let entry = follower.next().await;
        recent.push_back(Arc::clone(&entry));
        drop_oldest(&mut recent);
        match &entry.what {
            What::Request(request) => {
                let heard = || {
                    let target = RequestHead::read(&request.head.0).0.target;
                    purpose_of(&target, |segment| segment.starts_with(&recorder.header().run_id))
                };
                let what = match request.purpose.or_else(|| Some(heard()?.1)) {
                    Some(Purpose::Collect) => "collect",
                    Some(Purpose::Download) => "download",
                    Some(Purpose::Receipt) => "receipt",
                    Some(Purpose::Alert) => "alert",
                    None => "request",
                };
                let line = format!("{what:9} {}", first_line(&request.head.0));
                pending.insert(request.exchange, line + &in_full(speech, &request.head.0, &request.body));
            }
            What::Response(response) => {
                let request = pending.remove(&response.exchange).unwrap_or_default();
                let is_whole = response.ended == Ended::Complete;
                let ended =
                    if is_whole { String::new() } else { format!(" ({:?})", response.ended).to_lowercase() };
                if !speech.quiet {
                    let line = first_line(&response.head.0);
                    let full = in_full(speech, &response.head.0, &response.body);
                    say(&format!("{request}\n          -> {line}{ended}{full}\n"));
                }
                if shown == Shown::Unjudged {
                    continue;
                }
                let entries = recent.iter().cloned().collect();
                let transcript = Transcript { header: recorder.header().clone(), entries, ending: None };
                tell_findings(&transcript.evidence(), &mut told);
                drop_oldest(&mut told);
            }
            What::Mail(mail) if !speech.quiet => say(&format!("{}\n", mailed(mail))),
            _ => {}
        }
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

fn drop_oldest<T>(recent: &mut VecDeque<T>) {
    while recent.len() > RECENT {
        recent.pop_front();
    }
}

/// With --verbose: the message as it stands on the wire, line ends visible.
fn in_full(speech: &Speech, head: &[u8], body: &Body) -> String {
    if !speech.verbose {
        return String::new();
    }
    let message = [head, &body.head.0].concat();
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
