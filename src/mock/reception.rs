//! The mock target of scenarios: it answers the collects that come to the addresses it gave out, and does nothing
//! else by itself.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;

use super::answer::Answer;
use super::client::{Message, Saying, bind};
use super::deliver::Post;
use super::fetch::ftp_address;
pub use super::heard::Heard;
pub use super::listening::Addresses;
use super::listening::{Bases, CannotListen, Listening, Off, Transport};
use super::mail_manners::MailManners;
use super::mailer::{Letter, Mailer, Mailing};
use super::reach::Reach;
use super::stage::Credentials;
pub use super::visit::Shows;
use super::visit::Visitor;
use super::{Label, record};
use crate::pens::mailto::is_mailto;
use crate::pens::{Code, Command, Element, faults, highest};
use crate::transcript::Recorder;
use crate::transcript::entry::{Offer, Purpose, TransactionBegun, What};
use crate::transcript::grouping::{is_read, read_command_of};
use crate::wire::ftp::Login;
use crate::wire::http::{Outgoing, Reply, Request};
use crate::wire::{Numbers, Serving};

/// What stands behind the token of an address.
const ENDPOINT: &str = "pens";

/// The longest that the fetch of a package may take.
const TRANSFER: Duration = Duration::from_mins(10);

/// A target system whose every act is a step of a scenario.
pub struct Reception {
    bases: Bases,
    desk: Arc<Desk>,
    visitor: Visitor,
    mailing: Mailing,
    serving: Vec<Serving>,
}

/// The address of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// What it is known by; the id of the first transaction that begins there.
    pub token: String,
    /// The target system URL.
    pub url: String,
}

struct Desk {
    recorder: Recorder,
    addresses: Addresses,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    given_out: usize,
    open: HashMap<String, Open>,
    closed: HashSet<String>,
    /// The doors of the collects that are still to be answered, by exchange.
    due: HashMap<u64, (String, Code)>,
    /// The package-ids of all collects.
    package_ids: Vec<String>,
    /// What is fetched once more at the end.
    put_off: Vec<(Heard, Shows)>,
}

/// A case that takes collects.
struct Open {
    scenario: String,
    url: String,
    answer: Option<Answer>,
    heard: Vec<Heard>,
}

impl Reception {
    /// Listens for collects.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub async fn start(
        recorder: Recorder,
        listening: &Listening,
        reach: Reach,
        addresses: Addresses,
    ) -> Result<Self, CannotListen> {
        let numbers = Numbers::shared();
        let bound = listening.bind(&numbers).await?;
        let bases = bound.bases.clone();
        let desk = Arc::new(Desk { recorder: recorder.clone(), addresses, state: Mutex::default() });
        let (answering, hearing) = (Arc::clone(&desk), Arc::clone(&desk));
        let shown = recorder.clone();
        let serving = bound.serve(
            move |request| std::future::ready(answering.answer(&request)),
            move |event| record(&shown, event, |request| hearing.label(request)),
        );
        let visitor = Visitor { post: Post { recorder, numbers, route: reach.route.clone() }, reach };
        Ok(Self { bases, desk, visitor, mailing: Mailing::default(), serving })
    }

    /// Whether more peers ever came at once than it serves.
    #[must_use]
    pub fn was_crowded(&self) -> bool {
        self.serving.iter().any(Serving::was_crowded)
    }

    /// The same with a mail server for receipts and alerts that are to go by mail.
    #[must_use]
    pub fn with_mailing(self, mailing: Mailing) -> Self {
        Self { mailing, ..self }
    }

    /// Gives out an address for a case; with [`Addresses::Fixed`] no other case may be open.
    #[must_use]
    pub fn open(&self, scenario: &str) -> Door {
        let mut state = self.desk.state();
        state.given_out += 1;
        let token = format!("{}-{}", self.desk.recorder.header().run_id, state.given_out);
        let url = match self.desk.addresses {
            Addresses::Own => format!("{}/{token}/{ENDPOINT}", self.bases.http),
            Addresses::Fixed => format!("{}/{ENDPOINT}", self.bases.http),
        };
        let open = Open { scenario: scenario.to_owned(), url: url.clone(), answer: None, heard: Vec::new() };
        state.open.insert(token.clone(), open);
        Door { token, url }
    }

    /// Gives an address a query of its own; the one address of all cases stays as it is.
    pub fn give_query(&self, door: &mut Door, query: &str) {
        self.alter(door, |url| format!("{}?{query}", url.split('?').next().unwrap_or_default()));
    }

    /// Gives an address over TLS; the one address of all cases stays as it is.
    ///
    /// # Errors
    /// When nothing is listened on for https.
    pub fn give_https(&self, door: &mut Door) -> Result<(), Off> {
        let https = self.bases.https.as_deref().ok_or(Off(Transport::Https))?;
        self.alter(door, |url| url.replacen(&self.bases.http, https, 1));
        Ok(())
    }

    fn alter(&self, door: &mut Door, altered: impl Fn(&str) -> String) {
        let mut state = self.desk.state();
        let Some(open) = state.open.get_mut(&door.token) else { return };
        match self.desk.addresses {
            Addresses::Own => open.url = altered(&open.url),
            Addresses::Fixed => {}
        }
        door.url.clone_from(&open.url);
    }

    /// Takes no more collects at an address.
    pub fn close(&self, door: &Door) {
        let mut state = self.desk.state();
        state.open.remove(&door.token);
        state.closed.insert(door.token.clone());
    }

    /// Collects at this address are answered like this from now on.
    pub fn answer_with(&self, door: &Door, answer: Answer) {
        if let Some(open) = self.desk.state().open.get_mut(&door.token) {
            open.answer = Some(answer);
        }
    }

    /// The collects that have come to an address so far.
    #[must_use]
    pub fn heard(&self, door: &Door) -> Vec<Heard> {
        self.desk.state().open.get(&door.token).map(|open| open.heard.clone()).unwrap_or_default()
    }

    /// The package-id of another collect of the run.
    #[must_use]
    pub fn another_package(&self, than: &Heard) -> Option<String> {
        let own = than.command.get(Element::PackageId).unwrap_or_default();
        self.desk.state().package_ids.iter().rev().find(|id| *id != own && !id.is_empty()).cloned()
    }

    /// Fetches the package of a collect, wherever permitted redirects lead, and drops it.
    pub async fn fetch(&self, heard: &Heard, shows: Shows, patience: Duration) {
        let url = heard.command.get(Element::PackageUrl).unwrap_or_default();
        let user = heard.command.get(Element::PackageUrlUserId).filter(|user| !user.is_empty());
        let password = heard.command.get(Element::PackageUrlPassword).unwrap_or_default();
        let user = user.filter(|_| shows == Shows::Credentials);
        let visit = heard.visit(url, Purpose::Download, (patience, TRANSFER));
        if let Some(address) = ftp_address(url) {
            let account = heard.command.get(Element::PackageUrlAccount).filter(|account| !account.is_empty());
            let (password, account) = (Some(password.to_owned()), account.map(str::to_owned));
            let login = user.map(|user| Login { user: user.to_owned(), password, account });
            return self.visitor.take(&visit, address, login.unwrap_or_default()).await;
        }
        let credentials = user.map(|user| {
            Credentials { user: user.to_owned(), password: password.to_owned(), account: None }.basic()
        });
        self.visitor
            .fetch(&visit, |address| {
                let mut outgoing = Outgoing::get(address);
                let agent = concat!("penspec/", env!("CARGO_PKG_VERSION")).to_owned();
                outgoing.headers.push(("User-Agent".to_owned(), agent));
                if let Some(basic) = &credentials {
                    outgoing.headers.push(("Authorization".to_owned(), basic.clone()));
                }
                outgoing
            })
            .await;
    }

    /// Fetches the package once more when all cases have been played.
    pub fn fetch_at_the_end(&self, heard: Heard, shows: Shows) {
        self.desk.state().put_off.push((heard, shows));
    }

    /// Fetches what was put off to the end.
    pub async fn fetch_put_off(&self, patience: Duration) {
        let put_off = std::mem::take(&mut self.desk.state().put_off);
        for (heard, shows) in put_off {
            self.fetch(&heard, shows, patience).await;
        }
    }

    /// Sends a receipt or an alert to the URL that a collect names for it; nothing where it names none.
    pub async fn call_back(&self, heard: &Heard, purpose: Purpose, saying: &Saying<'_>) {
        let element = if purpose == Purpose::Receipt { Element::Receipt } else { Element::Alerts };
        let Some(url) = heard.command.get(element).filter(|url| !url.is_empty()) else { return };
        if is_mailto(url) {
            return self.mail(heard, url, purpose, saying).await;
        }
        let visit = heard.visit(url, purpose, (saying.limit, saying.limit * 2));
        self.visitor.say(&visit, |address| bind(address, saying)).await;
    }

    /// Mails a receipt or an alert; without a mail server it is recorded as it would have been.
    async fn mail(&self, heard: &Heard, url: &str, purpose: Purpose, saying: &Saying<'_>) {
        let command = match saying.message {
            Message::Command(command) => command.clone(),
            Message::Raw(bytes) => Command::read_query(bytes).0,
        };
        let Post { recorder, numbers, .. } = &self.visitor.post;
        let (mailing, reach, manners) = (&self.mailing, &self.visitor.reach, MailManners::default());
        let letter = Letter { url, command: &command, transaction: &heard.transaction, purpose };
        Mailer { recorder, numbers, mailing, reach, manners }.post(&letter).await;
    }

    /// The recorder that this target writes to.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.desk.recorder
    }

    /// What clients are told to connect to for HTTP.
    #[must_use]
    pub fn advertised(&self) -> &str {
        &self.bases.http
    }
}

impl Desk {
    /// Gives each collect a transaction of its own before it is recorded.
    fn label(&self, request: &Request) -> Label {
        let mut state = self.state();
        let token = self.door_of(&state, request);
        let Some(token) = token.filter(|token| is_collect(request, state.open.get(token))) else {
            return Label::default();
        };
        let (command, _) = read_command_of(&request.head, &request.payload);
        let deserves = deserved(&command);
        let State { open, due, package_ids, .. } = &mut *state;
        let Some(open) = open.get_mut(&token) else { return Label::default() };
        let transaction = match open.heard.len() {
            0 => token.clone(),
            before => format!("{token}.{}", before + 1),
        };
        package_ids.push(command.get(Element::PackageId).unwrap_or_default().to_owned());
        due.insert(request.exchange, (token, deserves));
        self.recorder.append(What::TransactionBegun(self.begun(&transaction, open, &command)));
        let sender = request.peer.ip();
        open.heard.push(Heard { transaction: transaction.clone(), command, sender, deserves });
        Label { transaction: Some(transaction), purpose: Some(Purpose::Collect) }
    }

    fn begun(&self, transaction: &str, open: &Open, command: &Command) -> TransactionBegun {
        let masked = |element| self.recorder.mask_text(command.get(element).unwrap_or_default());
        TransactionBegun {
            transaction: transaction.to_owned(),
            scenario: open.scenario.clone(),
            package_id: command.get(Element::PackageId).unwrap_or_default().to_owned(),
            package_url: masked(Element::PackageUrl),
            receipt_url: masked(Element::Receipt),
            alerts_url: masked(Element::Alerts),
            package: String::new(),
            offer: Offer::Whole,
            mail_domain: None,
            target_url: Some(open.url.clone()),
        }
    }

    /// The address that a request came to, when its case takes collects.
    fn door_of(&self, state: &State, request: &Request) -> Option<String> {
        let segments = segments(request);
        match self.addresses {
            Addresses::Own => {
                // Whoever knows the token means the address, however it is written: how it was is judged.
                let is_token = |token: &&String| segments.iter().any(|it| it.eq_ignore_ascii_case(token));
                state.open.keys().find(is_token).cloned()
            }
            Addresses::Fixed => {
                let is_ours = segments.last().is_some_and(|last| last.eq_ignore_ascii_case(ENDPOINT));
                state.open.keys().next().filter(|_| is_ours).cloned()
            }
        }
    }

    fn answer(&self, request: &Request) -> Reply {
        let mut state = self.state();
        if let Some((token, deserves)) = state.due.remove(&request.exchange) {
            let told = state.open.get(&token).and_then(|open| open.answer.clone());
            return told.unwrap_or_else(|| Answer::conforming(deserves)).written();
        }
        if !request.complete {
            return plain(400, "the request broke off before its end, so nothing was read of it\n");
        }
        let is_closed = segments(request).iter().any(|segment| state.closed.contains(segment));
        match (self.door_of(&state, request), is_closed) {
            (Some(_), _) => plain(
                200,
                "a target system URL of penspec: a client sends its collect here, by GET or POST\n",
            ),
            (None, true) => plain(410, "the case that this address was given out for is over\n"),
            (None, false) if request.head.target == b"/" => plain(
                200,
                "the mock target of penspec, which takes collects at the addresses that it gives out\n",
            ),
            (None, false) => {
                plain(404, "penspec gave this address to nobody, or takes no collect there now\n")
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: it is changed in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The segments of a request's path, but for an empty last one.
fn segments(request: &Request) -> Vec<String> {
    let path = request.head.target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let path = String::from_utf8_lossy(path);
    path.trim_end_matches('/').split('/').map(str::to_owned).collect()
}

/// Whether a request hands something over: a GET of the address as it was given out is somebody who looks what is here.
fn is_collect(request: &Request, open: Option<&Open>) -> bool {
    let target = &request.head.target;
    let query = target.iter().position(|byte| *byte == b'?').map(|at| &target[at + 1..]);
    let own = open.and_then(|open| open.url.split_once('?')).map(|(_, own)| own.as_bytes());
    let says_more = query.is_some() && query != own;
    request.complete && is_read(&request.head) && (request.head.method == "POST" || says_more)
}

/// The code that a conforming target answers with.
fn deserved(command: &Command) -> Code {
    highest(&faults(command, Utc::now())).map_or(Code::NO_ERROR, |fault| fault.code)
}

fn plain(status: u16, text: &str) -> Reply {
    Reply::with_body(status, "text/plain", text)
}
