//! What a mock target still has to do once it has read a collect: fetch, send the receipt, send the alerts.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::deliver::{Errand, Post, with_query};
use super::fetch::{Pickup, fetch};
use super::mail_manners::{MailManners, Scheme};
use super::mailer::{Letter, Mailer, Mailing, Posted};
use super::manners::{Act, Fetching, FtpUse, Https, IllAcknowledged};
use super::reach::Reach;
use super::saying::{Binding, Destination, Named, Notation, OwnQuery, Replacement, Saying, Whose};
use super::stage::Credentials;
use super::target::{Heard, Plan};
use crate::pens::mailto::is_mailto;
use crate::pens::{Code, Command, Element, Encode, Response, VERSION};
use crate::transcript::entry::{Purpose, What};
use crate::transcript::recorder::Follower;
use crate::wire::excerpt::Excerpt;
use crate::wire::http::{Address, Exchange, Outgoing};

/// How long a receipt or alert may take to be acknowledged.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(30);

/// Whether a receipt could be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Done,
    /// It was taken, and not acknowledged as it should be.
    IllAcknowledged,
    Failed,
}

/// What bounds a fetch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limited {
    /// How long a staging server may keep silent.
    pub(super) patience: Duration,
    /// The size from which packages are refused, in bytes.
    pub(super) quota: Option<u64>,
}

/// What is left to do for one collect.
pub(super) struct Duty {
    pub(super) post: Post,
    pub(super) reach: Reach,
    pub(super) plan: Plan,
    pub(super) heard: Heard,
    pub(super) transaction: String,
    pub(super) sender: IpAddr,
    /// The package-id of the collect that came last.
    pub(super) latest: Arc<Mutex<String>>,
    pub(super) limits: Limited,
    /// Where mail is handed over, and what is otherwise in it than it should be.
    pub(super) mailing: Mailing,
    pub(super) mails: MailManners,
    /// The code that the retrieval ended with.
    pub(super) told: Code,
    /// The code that the processing of what was fetched ended with.
    pub(super) opened: Code,
    /// Whether the receipt could be handed over.
    pub(super) delivery: Delivery,
}

impl Duty {
    /// A conforming target answers first; `from` began before it could.
    pub(super) async fn wait_for_answer(&self, exchange: u64, mut from: Follower) {
        loop {
            match &from.next().await.what {
                What::Response(response) if response.exchange == exchange => return,
                // It is among those that were forgotten, or so much has come since that nobody can tell.
                _ if from.has_missed() => return,
                _ => {}
            }
        }
    }

    pub(super) async fn perform(&mut self, index: usize) {
        let act = self.plan.acts[index];
        let is_left_out = |code: Code, acts: &[Act]| code != Code::NO_ERROR && acts.contains(&act);
        if is_left_out(self.told, &self.plan.left_out_after_failure)
            || is_left_out(self.opened, &self.plan.left_out_when_unopened)
        {
            return;
        }
        match act {
            Act::Answer => {}
            Act::Fetch => self.fetch().await,
            Act::Receipt => {
                let code =
                    if self.told == Code::NO_ERROR && !self.can_alert() { self.opened } else { self.told };
                let collected = code == Code::NO_ERROR;
                let text = if collected { "package successfully collected" } else { "package not collected" };
                self.delivery = self.call_back(Purpose::Receipt, code, text).await;
            }
            Act::Alerts => self.send_alerts().await,
        }
    }

    /// Whether the collect names an alerts URL: what comes to light after the retrieval is told there (6.2.16).
    fn can_alert(&self) -> bool {
        self.heard.command.get(Element::Alerts).is_some_and(|url| !url.is_empty())
    }

    async fn send_alerts(&self) {
        let gives_up = match self.delivery {
            Delivery::Done => false,
            Delivery::IllAcknowledged => self.plan.ill_acknowledged == IllAcknowledged::GivesUp,
            Delivery::Failed => true,
        };
        if gives_up {
            self.call_back(Purpose::Alert, Code::ACKNOWLEDGEMENT, "the receipt could not be delivered").await;
        }
        if self.told != Code::NO_ERROR || self.delivery == Delivery::IllAcknowledged && gives_up {
            return;
        }
        if self.opened == Code::NO_ERROR {
            self.call_back(Purpose::Alert, Code::NO_ERROR, "package successfully opened").await;
            self.call_back(Purpose::Alert, Code::NO_ERROR, "package successfully deployed").await;
        } else {
            self.call_back(Purpose::Alert, self.opened, "package not opened").await;
        }
    }

    async fn fetch(&mut self) {
        let command = &self.heard.command;
        let Some(url) = command.get(Element::PackageUrl).filter(|url| !url.is_empty()) else { return };
        let user = command.get(Element::PackageUrlUserId).filter(|user| !user.is_empty());
        let password = command.get(Element::PackageUrlPassword).unwrap_or_default();
        let account = command.get(Element::PackageUrlAccount).filter(|account| !account.is_empty());
        let pickup = Pickup {
            url,
            credentials: user.map(|user| Credentials {
                user: user.to_owned(),
                password: password.to_owned(),
                account: account.map(str::to_owned),
            }),
            needs_manifest: command
                .get(Element::PackageType)
                .filter(|kind| *kind == "scorm-pif")
                .map(|_| "imsmanifest.xml"),
            transaction: &self.transaction,
            sender: self.sender,
            fetching: self.plan.fetching,
            patience: self.limits.patience,
            quota: self.limits.quota,
        };
        let Fetching { https, ftp, ftps, .. } = self.plan.fetching;
        let fetched = fetch(&self.post, &self.reach, &pickup).await;
        (self.told, self.opened) = (fetched.retrieval, fetched.processing);
        let ignored = [(ftp, Code::NO_FTP), (ftps, Code::NO_FTPS)];
        let is_unreported = https == Https::Unreported && self.told == Code::NO_HTTPS;
        if is_unreported || ignored.contains(&(FtpUse::Ignored, self.told)) {
            self.plan.left_out_after_failure = vec![Act::Receipt, Act::Alerts];
        }
    }

    async fn call_back(&self, purpose: Purpose, error: Code, text: &str) -> Delivery {
        let (saying, own, name) = match purpose {
            Purpose::Receipt => (&self.plan.receipt, Element::Receipt, "receipt"),
            Purpose::Alert => (&self.plan.alert, Element::Alerts, "alert"),
            Purpose::Collect | Purpose::Download => return Delivery::Done,
        };
        let to = match saying.to {
            Destination::Own => own,
            Destination::Receipt => Element::Receipt,
            Destination::Alerts => Element::Alerts,
        };
        // Without an alerts URL of its own a target sends no alerts, wherever it would send them.
        let url = self.heard.command.get(own).and_then(|_| self.heard.command.get(to)).unwrap_or_default();
        if is_mailto(url) {
            return self.mail(purpose, (name, error, text), url, saying).await;
        }
        let Ok(mut address) = Address::of(url) else { return Delivery::Done };
        match self.reach.lead(&address.host, address.port, self.sender).await {
            Ok(host) => address.host = host,
            Err(why) => {
                self.post.leave(&self.transaction, purpose, url, why);
                return Delivery::Failed;
            }
        }
        if !saying.delay.is_zero() {
            tokio::time::sleep(saying.delay).await;
        }
        let mut command = self.compose(name, error, text, saying);
        if saying.package_id == Whose::Latest {
            // A panic elsewhere leaves the value whole: it is changed in one step.
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
            command.set(Element::PackageId.name(), &latest);
        }
        let errand = Errand {
            outgoing: bind(address, &command, saying),
            url: url.to_owned(),
            transaction: self.transaction.clone(),
            purpose,
        };
        let exchange = self.post.send(&errand, ACKNOWLEDGEMENT, ACKNOWLEDGEMENT).await;
        match exchange.response_head {
            None => Delivery::Failed,
            Some(_) if acknowledges(&exchange) => Delivery::Done,
            Some(_) => Delivery::IllAcknowledged,
        }
    }

    async fn mail(
        &self,
        purpose: Purpose,
        (name, error, text): (&str, Code, &str),
        url: &str,
        saying: &Saying,
    ) -> Delivery {
        if self.mails.scheme == Scheme::LowerCase && !url.starts_with("mailto:") {
            return Delivery::Done;
        }
        let command = self.compose(name, error, text, saying);
        let mailer = Mailer {
            recorder: &self.post.recorder,
            numbers: &self.post.numbers,
            mailing: &self.mailing,
            reach: &self.reach,
            manners: self.mails,
        };
        let letter = Letter { url, command: &command, transaction: &self.transaction, purpose };
        match mailer.post(&letter).await {
            Posted::Taken => Delivery::Done,
            Posted::Failed => Delivery::Failed,
        }
    }

    fn compose(&self, name: &str, error: Code, text: &str, saying: &Saying) -> Command {
        let instead = match error {
            Code::NO_ERROR => None,
            Code::ACKNOWLEDGEMENT => saying.error_when_undelivered,
            _ => saying.error_when_failed,
        };
        let error = instead.or(saying.error).map_or(error, Code);
        let mut command = callback(&self.heard.command, name, error, text);
        if saying.expiry == Notation::Offset
            && let Some(expiry) = command.get(Element::PackageUrlExpiry)
        {
            let expiry = expiry.replace('Z', "+0000");
            command.set(Element::PackageUrlExpiry.name(), &expiry);
        }
        let collects = self.heard.command.get(Element::Client).filter(|_| saying.client == Named::Collect);
        if let Some(client) = collects {
            command.set(Element::Client.name(), client);
        }
        for (name, value) in &saying.set {
            command.set(name, value);
        }
        for name in &saying.omit {
            command.omit(name);
        }
        command
    }
}

/// A receipt or an alert as the specification's sample prints it (A.1.1).
pub(super) fn callback(collect: &Command, name: &str, error: Code, text: &str) -> Command {
    let mut command: Command =
        [(Element::Command.name(), name), (Element::PensVersion.name(), VERSION)].into_iter().collect();
    for element in Element::ECHOED {
        if let Some(value) = collect.get(element) {
            command.set(element.name(), value);
        }
    }
    command.set(Element::Client.name(), "penspec mock target");
    command.set("error", &error.to_string());
    command.set("error-text", text);
    command
}

fn bind(address: Address, command: &Command, saying: &Saying) -> Outgoing {
    const BOUNDARY: &str = "penspec-mock-boundary";
    let address = match saying.query {
        OwnQuery::Kept | OwnQuery::SecondMark => address,
        OwnQuery::Dropped => without_query(address),
    };
    match saying.by {
        Binding::Get => {
            let query = rewritten(command.write_query(Encode::Percent), &saying.raw);
            let target = match saying.query {
                OwnQuery::Kept | OwnQuery::Dropped => with_query(&address, &query),
                OwnQuery::SecondMark => [&address.target[..], b"?", &query].concat(),
            };
            Outgoing { target, ..Outgoing::get(address) }
        }
        Binding::Post => {
            let body = rewritten(command.write_query(Encode::Form), &saying.raw);
            Outgoing::post(address, "application/x-www-form-urlencoded", body)
        }
        Binding::Multipart => {
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            Outgoing::post(address, &kind, command.write_multipart(BOUNDARY))
        }
    }
}

/// A written query with its replacements made, each wherever its text stands.
pub(super) fn rewritten(query: Vec<u8>, raw: &[Replacement]) -> Vec<u8> {
    if raw.is_empty() {
        return query;
    }
    // What was encoded is ASCII; what stands in its place may be anything.
    raw.iter().fold(query, |query, Replacement { replace, with }| {
        String::from_utf8_lossy(&query).replace(replace, with).into_bytes()
    })
}

/// An address whose URL has lost its query.
pub(super) fn without_query(mut address: Address) -> Address {
    let end = address.target.iter().position(|byte| *byte == b'?').unwrap_or(address.target.len());
    address.target.truncate(end);
    address
}

/// Whether an acknowledgement is as the specification has it: four lines, and 0.
fn acknowledges(exchange: &Exchange) -> bool {
    let body = exchange.payload.as_ref().and_then(Excerpt::whole).unwrap_or_default();
    let (response, flaws) = Response::read(body);
    let is_in_time = exchange.took < Duration::from_millis(500);
    response.code() == Some(Code::NO_ERROR) && flaws.is_empty() && is_in_time
}
