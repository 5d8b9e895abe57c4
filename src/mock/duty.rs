//! What a mock target still has to do once it has read a collect: fetch, send the receipt, send the alerts.

use std::net::IpAddr;
use std::time::Duration;

use super::deliver::{Errand, Post, with_query};
use super::fetch::{Pickup, fetch};
use super::reach::Reach;
use super::stage::Credentials;
use super::target::{Act, Heard, Plan, Saying, To};
use crate::pens::{Code, Command, Element, Encode, VERSION};
use crate::transcript::entry::{Purpose, What};
use crate::transcript::recorder::Follower;
use crate::wire::http::{Address, Outgoing};

/// How long a receipt or alert may take to be acknowledged.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(30);

/// Whether a receipt could be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Done,
    Failed,
}

/// What is left to do for one collect.
pub(super) struct Duty {
    pub(super) post: Post,
    pub(super) reach: Reach,
    pub(super) plan: Plan,
    pub(super) heard: Heard,
    pub(super) transaction: String,
    pub(super) sender: IpAddr,
    /// The code that the retrieval ended with.
    pub(super) told: Code,
    /// Whether the receipt could be handed over.
    pub(super) delivery: Delivery,
}

impl Duty {
    /// A conforming target answers first; `from` began before it could.
    pub(super) async fn wait_for_answer(&self, exchange: u64, mut from: Follower) {
        loop {
            match &from.next().await.what {
                What::Response(response) if response.exchange == exchange => return,
                _ => {}
            }
        }
    }

    pub(super) async fn perform(&mut self, index: usize) {
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
        self.told = fetch(&self.post, &self.reach, &pickup).await;
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
        if !self.reach.permits(&address.host, self.sender) {
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
        let exchange = self.post.send(&errand, ACKNOWLEDGEMENT, ACKNOWLEDGEMENT).await;
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
