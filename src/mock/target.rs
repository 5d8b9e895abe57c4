//! The mock target: answers collects, fetches packages, sends receipts and alerts.
//!
//! What it does for a collect is a plan: a list of acts that a habit may alter before it is carried out.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;

use super::deliver::Post;
use super::duty::{Delivery, Duty};
use super::reach::Reach;
use super::{Label, record};
use crate::pens::{Code, Command, Element, Fault, Response, fault, faults};
use crate::transcript::Recorder;
use crate::transcript::entry::{Offer, Purpose, TransactionBegun, What};
use crate::transcript::grouping::read_command_of;
use crate::wire::Numbers;
use crate::wire::http::{Limits, Listener, Reply, Request, Serving};

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
    /// Elements that are read as if they were not there.
    pub ignores: Vec<Element>,
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
        let (mut command, _) = read_command_of(&request.head, &request.payload);
        let transaction = self.heard_exchanges().remove(&request.exchange).unwrap_or_default();
        for element in &self.manners.ignores {
            command.omit(element.name());
        }
        let heard = Heard { command, method: request.head.method.clone() };
        let mut plan = self.plan(&heard);
        for habit in &self.manners.habits {
            habit(&heard, &mut plan);
        }
        let reply = plan.reply();
        let answered = plan.acts.iter().position(|act| *act == Act::Answer).unwrap_or(plan.acts.len());
        let mut duty = Duty {
            post: self.post.clone(),
            reach: self.reach.clone(),
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
