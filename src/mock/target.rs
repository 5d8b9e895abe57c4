//! The mock target: answers collects, fetches packages, sends receipts and alerts.
//!
//! What it does for a collect is a plan: a list of acts that a habit may alter before it is carried out.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Answer;
use super::deliver::Post;
use super::duty::{Delivery, Duty, Limited};
use super::listening::{CannotListen, Listening};
use super::mailer::Mailing;
use super::manners::{
    Act, BodyPlus, Fetching, Head, IllAcknowledged, Manners, Repeated, Tells, WithoutPassword,
};
use super::reach::Reach;
use super::saying::Saying;
use super::{Label, record};
use crate::pens::mailto::is_mailto;
use crate::pens::{Code, Command, Element, Fault, Pair, Response, fault, faults};
use crate::transcript::Recorder;
use crate::transcript::entry::{Offer, Purpose, TransactionBegun, What};
use crate::transcript::grouping::read_command_of;
use crate::wire::http::{Event, Reply, Request};
use crate::wire::{Numbers, Serving};

/// What a stranger is told: Table 3 has no code for it.
const STRANGER: Code = Code(10_403);

/// What somebody is told who gives no password: Table 3 has no code for it.
const NO_PASSWORD: Code = Code(10_401);

/// So many collects are seen to at once, each with its package, its receipt and its alerts; more wait.
const AT_ONCE: usize = 64;

/// How much those take that wait or are seen to, in KiB: beyond it a collect is asked to come again.
const ROOM: usize = 96 * 1024;

/// What a collect takes besides its elements, in KiB.
const DUTY: usize = 2;

/// So many package-ids are remembered, where somebody has to know what came before.
const REMEMBERED: usize = 1000;

/// A target system: the peer of a client under test.
pub struct Target {
    urls: Vec<String>,
    serving: Vec<Serving>,
}

/// A collect as it was heard.
pub struct Heard {
    /// Its elements.
    pub command: Command,
    /// The HTTP method.
    pub method: String,
}

/// What the target does for one collect.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The answer.
    pub answer: Answer,
    /// What is done, in order; the answer is one of it.
    pub acts: Vec<Act>,
    /// What of it is left out when the package could not be had.
    pub left_out_after_failure: Vec<Act>,
    /// What of it is left out when the package was fetched and could not be opened.
    pub left_out_when_unopened: Vec<Act>,
    /// How the package is fetched.
    pub fetching: Fetching,
    /// How the receipt differs from the usual one.
    pub receipt: Saying,
    /// How alerts differ from the usual ones.
    pub alert: Saying,
    /// What an acknowledgement of the receipt that is not as it should be brings about.
    pub ill_acknowledged: IllAcknowledged,
}

struct Server {
    post: Post,
    reach: Reach,
    manners: Manners,
    transactions: AtomicU64,
    heard: Mutex<HashMap<u64, String>>,
    /// The package-ids of the collects that came last.
    seen: Mutex<VecDeque<String>>,
    /// The package-id of the last one.
    latest: Arc<Mutex<String>>,
    /// Those that are seen to.
    hands: Arc<Semaphore>,
    /// What those take that wait or are seen to.
    room: Arc<Semaphore>,
}

impl Target {
    /// Listens for collects.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub async fn start(
        recorder: Recorder,
        listening: &Listening,
        reach: Reach,
        manners: Manners,
    ) -> Result<Self, CannotListen> {
        let numbers = Numbers::shared();
        let bound = listening.bind(&numbers).await?;
        let bases = [Some(bound.bases.http.clone()), bound.bases.https.clone()];
        let urls = bases.into_iter().flatten().map(|base| format!("{base}/pens")).collect();
        let server = Arc::new(Server {
            post: Post { recorder: recorder.clone(), numbers, route: reach.route.clone() },
            reach,
            manners,
            transactions: AtomicU64::new(0),
            heard: Mutex::default(),
            seen: Mutex::default(),
            latest: Arc::default(),
            hands: Arc::new(Semaphore::new(AT_ONCE)),
            room: Arc::new(Semaphore::new(ROOM)),
        });
        let observer = Arc::clone(&server);
        let serving = bound.serve(
            move |request| Arc::clone(&server).answer(request),
            move |event| {
                observer.forget_answered(&event);
                record(&recorder, event, |request| observer.label(request));
            },
        );
        Ok(Self { urls, serving })
    }

    /// The target system URL (6.1).
    #[must_use]
    pub fn url(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }

    /// That URL for each transport that it listens for, HTTP first.
    #[must_use]
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Stops listening and ends all connections.
    pub async fn stop(self) {
        for serving in self.serving {
            serving.shutdown().await;
        }
    }
}

impl Plan {
    /// What a conforming target does with a collect in which it found this.
    fn conforming(code: Code, text: &str) -> Self {
        let accepted = code == Code::NO_ERROR;
        let acts = if accepted {
            vec![Act::Answer, Act::Fetch, Act::Receipt, Act::Alerts]
        } else {
            vec![Act::Answer]
        };
        Self {
            answer: Answer::new(code, text),
            acts,
            left_out_after_failure: Vec::new(),
            left_out_when_unopened: Vec::new(),
            fetching: Fetching::default(),
            receipt: Saying::default(),
            alert: Saying::default(),
            ill_acknowledged: IllAcknowledged::default(),
        }
    }

    /// Refuses the collect with this code after all: nothing is done besides the answer.
    pub fn refuse(&mut self, code: Code) {
        let text = code.known().map_or("collect command refused", |row| row.name);
        self.answer.response = Response::new(code, text);
        self.acts.retain(|act| *act == Act::Answer);
    }
}

impl Server {
    /// Gives each collect a transaction of its own before it is recorded.
    fn label(&self, request: &Request) -> Label {
        let number = self.transactions.fetch_add(1, Ordering::Relaxed) + 1;
        let transaction = format!("{}-{number}", self.post.recorder.header().run_id);
        let (command, _) = read_command_of(&request.head, &request.payload);
        let value = |element| command.get(element).unwrap_or_default().to_owned();
        self.post.recorder.append(What::TransactionBegun(TransactionBegun {
            transaction: transaction.clone(),
            scenario: "mock/target".to_owned(),
            package_id: value(Element::PackageId),
            package_url: self.post.recorder.mask_text(&value(Element::PackageUrl)),
            receipt_url: self.post.recorder.mask_text(&value(Element::Receipt)),
            alerts_url: self.post.recorder.mask_text(&value(Element::Alerts)),
            mail_domain: None,
            target_url: None,
            package: String::new(),
            offer: Offer::Whole,
        }));
        self.heard_exchanges().insert(request.exchange, transaction.clone());
        Label { transaction: Some(transaction), purpose: Some(Purpose::Collect) }
    }

    /// Of a request that cannot be answered nobody asks for the transaction any more.
    fn forget_answered(&self, event: &Event) {
        if let Event::Responded { exchange, .. } = event {
            self.heard_exchanges().remove(exchange);
        }
    }

    async fn answer(self: Arc<Self>, request: Arc<Request>) -> Reply {
        let (mut command, _) = read_command_of(&request.head, &request.payload);
        let own = Command::read_query(self.manners.own_query.as_bytes()).0;
        command.pairs.retain(|pair| own.pairs.iter().all(|other| other.name != pair.name));
        let transaction = self.heard_exchanges().remove(&request.exchange).unwrap_or_default();
        for element in &self.manners.ignores {
            command.omit(element.name());
        }
        let mut heard = Heard { command, method: request.head.method.clone() };
        let mut plan = self.plan(&heard);
        if self.manners.body_plus == BodyPlus::Plus && heard.method == "POST" {
            for pair in &mut heard.command.pairs {
                pair.value = pair.as_plus().unwrap_or_else(|| std::mem::take(&mut pair.value));
            }
        }
        for habit in &self.manners.habits {
            habit(&heard, &mut plan);
        }
        if self.leaves(&heard) {
            plan.acts.retain(|act| *act == Act::Answer);
        }
        let Some(held) = self.hold(&heard.command) else { return busy() };
        let reply = plan.answer.written();
        let answered = plan.acts.iter().position(|act| *act == Act::Answer).unwrap_or(plan.acts.len());
        let mut duty = Duty {
            post: self.post.clone(),
            reach: self.reach.clone(),
            plan,
            heard,
            transaction,
            sender: request.peer.ip(),
            latest: Arc::clone(&self.latest),
            limits: Limited { patience: self.manners.patience, quota: self.manners.quota },
            told: Code::NO_ERROR,
            opened: Code::NO_ERROR,
            mailing: self.manners.mailing.clone(),
            mails: self.manners.mails,
            delivery: Delivery::Done,
        };
        for index in 0..answered {
            duty.perform(index).await;
        }
        let (exchange, from) = (request.exchange, self.post.recorder.follow_from_here());
        let hands = Arc::clone(&self.hands);
        tokio::spawn(async move {
            duty.wait_for_answer(exchange, from).await;
            let _hand = hands.acquire_owned().await;
            for index in answered + 1..duty.plan.acts.len() {
                duty.perform(index).await;
            }
            drop(held);
        });
        reply
    }

    /// Room for what a collect takes until all is done that follows from it; none where too many wait.
    fn hold(&self, command: &Command) -> Option<OwnedSemaphorePermit> {
        let of_pair = |pair: &Pair| size_of::<Pair>() + pair.name.len() + 2 * pair.value.len();
        let bytes: usize = command.pairs.iter().map(of_pair).sum();
        let kib = u32::try_from(DUTY + bytes / 1024).ok()?;
        Arc::clone(&self.room).try_acquire_many_owned(kib).ok()
    }

    fn plan(&self, heard: &Heard) -> Plan {
        let manners = &self.manners;
        let is_overlooked = |found: &Fault| {
            let among =
                |elements: &[Element]| found.element.is_some_and(|element| elements.contains(&element));
            among(&manners.overlooks) || found.what != fault::What::Absent && among(&manners.accepts)
        };
        let mut faults = faults(&heard.command, Utc::now());
        faults.retain(|fault| !is_overlooked(fault));
        let told = match manners.tells {
            Tells::Highest => crate::pens::highest(&faults),
            Tells::Lowest => faults.iter().min_by_key(|fault| fault.code),
        };
        match told {
            Some(fault) => Plan::conforming(fault.code, &fault.message),
            None => self.let_in(&heard.command),
        }
    }

    /// What is done with a collect without fault: its sender may still be a stranger.
    fn let_in(&self, command: &Command) -> Plan {
        let password = command.get(Element::SystemPassword).filter(|password| !password.is_empty());
        let user = command.get(Element::SystemUserId).unwrap_or_default();
        let is_stranger = |password: &str| {
            let knows = self.manners.knows.as_ref();
            knows.is_some_and(|known| known.user != user || known.password != password)
        };
        match password {
            None if self.manners.without_password == WithoutPassword::Prompted => {
                let mut plan = Plan::conforming(NO_PASSWORD, "a system-password is required");
                plan.answer.reply.status = 401;
                let challenge = "Basic realm=\"penspec mock target\"".to_owned();
                plan.answer.reply.headers.push(("WWW-Authenticate".to_owned(), challenge));
                plan
            }
            Some(password) if is_stranger(password) => {
                Plan::conforming(STRANGER, "system-user-id and system-password are not known here")
            }
            Some(_) | None => self.take(command),
        }
    }

    /// What is done with a collect that nothing is wrong with: where no mail is sent, none may be asked for.
    fn take(&self, command: &Command) -> Plan {
        let wants_mail = |element| command.get(element).is_some_and(is_mailto);
        let is_without = self.manners.mailing == Mailing::Nowhere;
        if is_without && wants_mail(Element::Alerts) {
            Plan::conforming(Code::ALERT_PROTOCOL, "alerts are not sent by mail here")
        } else if is_without && wants_mail(Element::Receipt) {
            Plan::conforming(Code::RECEIPT_PROTOCOL, "receipts are not sent by mail here")
        } else {
            Plan::conforming(Code::NO_ERROR, "collect command received and understood")
        }
    }

    /// Whether nothing follows from a collect besides its answer, whatever that says.
    fn leaves(&self, heard: &Heard) -> bool {
        let id = heard.command.get(Element::PackageId).unwrap_or_default().to_owned();
        let is_harmless = heard.method == "HEAD" && self.manners.head == Head::Harmless;
        let is_repeated = self.manners.repeated == Repeated::Ignored && self.has_seen(&id);
        *lock(&self.latest) = id;
        is_harmless || is_repeated
    }

    /// Whether a collect of this package-id came before; from now on one has.
    fn has_seen(&self, id: &str) -> bool {
        let mut seen = lock(&self.seen);
        let has_seen = seen.iter().any(|other| other == id);
        if !id.is_empty() && !has_seen {
            seen.push_back(id.to_owned());
            let beyond = seen.len().saturating_sub(REMEMBERED);
            seen.drain(..beyond);
        }
        has_seen
    }

    fn heard_exchanges(&self) -> std::sync::MutexGuard<'_, HashMap<u64, String>> {
        lock(&self.heard)
    }
}

/// What is answered where no more can wait: it is no verdict on the collect.
fn busy() -> Reply {
    let said = "penspec has too many collects to see to; try again later\n";
    let mut reply = Reply::with_body(503, "text/plain", said);
    reply.headers.push(("Retry-After".to_owned(), "10".to_owned()));
    reply
}

/// A panic elsewhere leaves the value whole: each is changed in one step.
fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
