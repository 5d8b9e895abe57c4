//! The mock target: answers collects, fetches packages, sends receipts and alerts.
//!
//! What it does for a collect is a plan: a list of acts that a habit may alter before it is carried out.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;

use super::deliver::{Errand, Post, with_query};
use super::fetch::{Pickup, fetch};
use super::reach::Reach;
use super::stage::Credentials;
use super::{Label, record};
use crate::pens::{Code, Command, Element, Encode, Fault, Response, VERSION, fault, faults};
use crate::transcript::Recorder;
use crate::transcript::entry::{Offer, Purpose, TransactionBegun, What};
use crate::transcript::grouping::read_command_of;
use crate::transcript::recorder::Follower;
use crate::wire::Numbers;
use crate::wire::http::{Address, Limits, Listener, Outgoing, Reply, Request, Serving};

/// How long a receipt or alert may take to be acknowledged.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(30);

/// A target system: the peer of a client under test.
pub struct Target {
    url: String,
    serving: Serving,
}

/// What a mock target does otherwise than a conforming one.
#[derive(Default)]
pub struct Manners {
    /// Elements whose absence is not noticed.
    pub overlooks: Vec<Element>,
    /// Elements whose values are taken whatever they are.
    pub accepts: Vec<Element>,
    /// Which of several faults is told.
    pub tells: Tells,
    /// Alterations of every plan, in order.
    pub habits: Vec<Habit>,
}

/// Which of several faults is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tells {
    /// The one with the highest code (6.3 Rationale).
    #[default]
    Highest,
    /// The one with the lowest.
    Lowest,
}

/// An alteration of a plan.
pub type Habit = Box<dyn Fn(&Heard, &mut Plan) + Send + Sync>;

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
    /// The answer as PENS.
    pub response: Response,
    /// How HTTP carries it; its body is that of `response` unless `body` is given.
    pub reply: Reply,
    /// The body of the answer in place of `response`.
    pub body: Option<Vec<u8>>,
    /// What is done, in order; the answer is one of it.
    pub acts: Vec<Act>,
    /// What of it is left out when the package could not be had.
    pub left_out_after_failure: Vec<Act>,
    /// How the receipt differs from the usual one.
    pub receipt: Saying,
    /// How alerts differ from the usual ones.
    pub alert: Saying,
}

/// Something that a target does for a collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It answers.
    Answer,
    /// It fetches the package.
    Fetch,
    /// It sends the receipt.
    Receipt,
    /// It sends the alerts.
    Alerts,
}

/// How a callback differs from the usual one.
#[derive(Debug, Clone, Default)]
pub struct Saying {
    /// Elements with another value.
    pub set: Vec<(String, String)>,
    /// Elements left out.
    pub omit: Vec<String>,
    /// The error that it tells whatever happened.
    pub error: Option<u16>,
    /// The error that it tells when the package could not be had.
    pub error_when_failed: Option<u16>,
    /// The error that it tells when the receipt could not be delivered.
    pub error_when_undelivered: Option<u16>,
    /// Where it is sent.
    pub to: To,
}

/// Where a callback is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum To {
    /// To its own URL.
    #[default]
    Own,
    /// To the receipt URL.
    Receipt,
    /// To the alerts URL.
    Alerts,
}

struct Server {
    post: Post,
    reach: Reach,
    manners: Manners,
    transactions: AtomicU64,
    heard: Mutex<HashMap<u64, String>>,
}

impl Target {
    /// Listens on an address.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(
        recorder: Recorder,
        listen: SocketAddr,
        reach: Reach,
        manners: Manners,
    ) -> io::Result<Self> {
        let numbers = Numbers::shared();
        let listener = Listener::bind(listen, Arc::clone(&numbers)).await?;
        let url = format!("http://{}/pens", listener.local_addr());
        let server = Arc::new(Server {
            post: Post { recorder: recorder.clone(), numbers },
            reach,
            manners,
            transactions: AtomicU64::new(0),
            heard: Mutex::default(),
        });
        let observer = Arc::clone(&server);
        let serving = listener.serve(
            move |request| Arc::clone(&server).answer(request),
            move |event| record(&recorder, event, |request| observer.label(request)),
            Limits::default(),
        );
        Ok(Self { url, serving })
    }

    /// The target system URL (6.1).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops listening and ends all connections.
    pub async fn stop(self) {
        self.serving.shutdown().await;
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
            response: Response::new(code, text),
            reply: Reply::with_body(200, "text/plain", ""),
            body: None,
            acts,
            left_out_after_failure: Vec::new(),
            receipt: Saying::default(),
            alert: Saying::default(),
        }
    }

    /// Refuses the collect with this code after all: nothing is done besides the answer.
    pub fn refuse(&mut self, code: Code) {
        let text = code.known().map_or("collect command refused", |row| row.name);
        self.response = Response::new(code, text);
        self.acts.retain(|act| *act == Act::Answer);
    }

    fn reply(&self) -> Reply {
        let body = self.body.clone().unwrap_or_else(|| self.response.write());
        Reply { body: body.into(), ..self.reply.clone() }
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
            package: String::new(),
            offer: Offer::Whole,
        }));
        self.heard_exchanges().insert(request.exchange, transaction.clone());
        Label { transaction: Some(transaction), purpose: Some(Purpose::Collect) }
    }

    async fn answer(self: Arc<Self>, request: Arc<Request>) -> Reply {
        let (command, _) = read_command_of(&request.head, &request.payload);
        let transaction = self.heard_exchanges().remove(&request.exchange).unwrap_or_default();
        let heard = Heard { command, method: request.head.method.clone() };
        let mut plan = self.plan(&heard);
        for habit in &self.manners.habits {
            habit(&heard, &mut plan);
        }
        let reply = plan.reply();
        let answered = plan.acts.iter().position(|act| *act == Act::Answer).unwrap_or(plan.acts.len());
        let mut duty = Duty {
            server: Arc::clone(&self),
            plan,
            heard,
            transaction,
            sender: request.peer.ip(),
            told: Code::NO_ERROR,
            delivery: Delivery::Done,
        };
        for index in 0..answered {
            duty.perform(index).await;
        }
        let (exchange, from) = (request.exchange, self.post.recorder.follow_from_here());
        tokio::spawn(async move {
            duty.wait_for_answer(exchange, from).await;
            for index in answered + 1..duty.plan.acts.len() {
                duty.perform(index).await;
            }
        });
        reply
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
            None => Plan::conforming(Code::NO_ERROR, "collect command received and understood"),
        }
    }

    fn heard_exchanges(&self) -> std::sync::MutexGuard<'_, HashMap<u64, String>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a receipt could be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Done,
    Failed,
}

/// What is left to do for one collect.
struct Duty {
    server: Arc<Server>,
    plan: Plan,
    heard: Heard,
    transaction: String,
    sender: IpAddr,
    /// The code that the retrieval ended with.
    told: Code,
    /// Whether the receipt could be handed over.
    delivery: Delivery,
}

impl Duty {
    /// A conforming target answers first; `from` began before it could.
    async fn wait_for_answer(&self, exchange: u64, mut from: Follower) {
        loop {
            match &from.next().await.what {
                What::Response(response) if response.exchange == exchange => return,
                _ => {}
            }
        }
    }

    async fn perform(&mut self, index: usize) {
        let act = self.plan.acts[index];
        if self.told != Code::NO_ERROR && self.plan.left_out_after_failure.contains(&act) {
            return;
        }
        match act {
            Act::Answer => {}
            Act::Fetch => self.fetch().await,
            Act::Receipt => {
                let collected = self.told == Code::NO_ERROR;
                let text = if collected { "package successfully collected" } else { "package not collected" };
                self.delivery = self.call_back(Purpose::Receipt, self.told, text).await;
            }
            Act::Alerts => self.send_alerts().await,
        }
    }

    async fn send_alerts(&self) {
        if self.delivery == Delivery::Failed {
            self.call_back(Purpose::Alert, Code::ACKNOWLEDGEMENT, "the receipt could not be delivered").await;
        }
        if self.told == Code::NO_ERROR {
            self.call_back(Purpose::Alert, Code::NO_ERROR, "package successfully opened").await;
            self.call_back(Purpose::Alert, Code::NO_ERROR, "package successfully deployed").await;
        }
    }

    async fn fetch(&mut self) {
        let command = &self.heard.command;
        let Some(url) = command.get(Element::PackageUrl).filter(|url| !url.is_empty()) else { return };
        let user = command.get(Element::PackageUrlUserId).filter(|user| !user.is_empty());
        let password = command.get(Element::PackageUrlPassword).unwrap_or_default();
        let pickup = Pickup {
            url,
            credentials: user
                .map(|user| Credentials { user: user.to_owned(), password: password.to_owned() }),
            needs_manifest: command
                .get(Element::PackageType)
                .filter(|kind| *kind == "scorm-pif")
                .map(|_| "imsmanifest.xml"),
            transaction: &self.transaction,
            sender: self.sender,
        };
        self.told = fetch(&self.server.post, &self.server.reach, &pickup).await;
    }

    async fn call_back(&self, purpose: Purpose, error: Code, text: &str) -> Delivery {
        let (saying, own, name) = match purpose {
            Purpose::Receipt => (&self.plan.receipt, Element::Receipt, "receipt"),
            Purpose::Alert => (&self.plan.alert, Element::Alerts, "alert"),
            Purpose::Collect | Purpose::Download => return Delivery::Done,
        };
        let to = match saying.to {
            To::Own => own,
            To::Receipt => Element::Receipt,
            To::Alerts => Element::Alerts,
        };
        // Without an alerts URL of its own a target sends no alerts, wherever it would send them.
        let url = self.heard.command.get(own).and_then(|_| self.heard.command.get(to)).unwrap_or_default();
        let Ok(address) = Address::of(url) else { return Delivery::Done };
        if !self.server.reach.permits(&address.host, self.sender) {
            return Delivery::Failed;
        }
        let command = self.compose(name, error, text, saying);
        let target = with_query(&address, &command.write_query(Encode::Percent));
        let errand = Errand {
            outgoing: Outgoing { target, ..Outgoing::get(address) },
            url: url.to_owned(),
            transaction: self.transaction.clone(),
            purpose,
        };
        let exchange = self.server.post.send(&errand, ACKNOWLEDGEMENT, ACKNOWLEDGEMENT).await;
        if exchange.response_head.is_some() { Delivery::Done } else { Delivery::Failed }
    }

    /// A callback as the specification's sample prints it (A.1.1).
    fn compose(&self, name: &str, error: Code, text: &str, saying: &Saying) -> Command {
        let instead = match error {
            Code::NO_ERROR => None,
            Code::ACKNOWLEDGEMENT => saying.error_when_undelivered,
            _ => saying.error_when_failed,
        };
        let error = instead.or(saying.error).map_or(error, Code);
        let mut command: Command =
            [(Element::Command.name(), name), (Element::PensVersion.name(), VERSION)].into_iter().collect();
        for element in Element::ECHOED {
            if let Some(value) = self.heard.command.get(element) {
                command.set(element.name(), value);
            }
        }
        command.set(Element::Client.name(), "penspec mock target");
        command.set("error", &error.to_string());
        command.set("error-text", text);
        for (name, value) in &saying.set {
            command.set(name, value);
        }
        for name in &saying.omit {
            command.omit(name);
        }
        command
    }
}
