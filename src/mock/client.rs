//! The mock client: stages packages, sends collects, takes downloads and callbacks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;

use super::conduct::{Conduct, Publication};
use super::deliver::{Errand, Post, with_query};
use super::ftp;
use super::inbox::Inbox;
use super::listening::{Bases, Callbacks, CannotListen, Listening, Off, Transport};
use super::mailroom::Mailroom;
use super::redirect::{redirected, speaks_pens};
use super::stage::{Stage, Staged, Stays};
use super::term::Term;
use super::{Label, record};
use crate::pens::{Command, Element, Encode, VERSION};
use crate::profile::{Profile, Secret};
use crate::transcript::Recorder;
use crate::transcript::entry::{Offer, Purpose, TransactionBegun, What};
use crate::transcript::grouping::purpose_of;
use crate::wire::http::{Address, AddressError, Outgoing, Reply, Request, Route};
use crate::wire::{Numbers, Serving};

/// How often the answer to a collect may point elsewhere.
pub const REDIRECTS: usize = 3;

/// A client system: the peer of a target under test.
pub struct Client {
    post: Post,
    stage: Arc<Stage>,
    inbox: Arc<Inbox>,
    bases: Bases,
    mailroom: Option<Mailroom>,
    term: Term,
    headers: Vec<(String, String)>,
    conduct: Arc<Conduct>,
    transactions: AtomicU64,
    serving: Vec<Serving>,
}

/// What a transaction is to offer.
pub struct Offering<'a> {
    /// The case that it belongs to; part of the package-id, so that an operator finds what was imported.
    pub scenario: &'a str,
    /// The file name of the package.
    pub package: String,
    /// What stands in its URL in the place of that name.
    pub path: String,
    /// What the staging area answers.
    pub staged: Staged,
    /// Whether that is the whole package.
    pub offer: Offer,
    /// What it is offered over.
    pub over: Transport,
    /// What receipts and alerts are to come over.
    pub callbacks: Callbacks,
}

/// A collect, and how it is sent.
pub struct Saying<'a> {
    /// What it says, as it stands in the query or the body.
    pub message: Message<'a>,
    /// How it is bound to HTTP.
    pub binding: Binding,
    /// How its values are written.
    pub encode: Encode,
    /// Headers besides the usual ones; one of the same name takes the place of the usual one.
    pub headers: &'a [(String, String)],
    /// How long its answer is waited for.
    pub limit: Duration,
}

/// What a collect says.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// A command, to be written.
    Command(&'a Command),
    /// These bytes, right or wrong.
    Raw(&'a [u8]),
}

/// How a collect is bound to HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In the query of a GET.
    Get,
    /// In the urlencoded body of a POST.
    Post,
    /// In the parts of a multipart POST.
    Multipart,
    /// In the query of a HEAD.
    Head,
}

impl Client {
    /// Listens for downloads and callbacks.
    ///
    /// # Errors
    /// When an address cannot be had.
    pub async fn start(recorder: Recorder, listening: &Listening) -> Result<Self, CannotListen> {
        let numbers = Numbers::shared();
        let (stage, inbox) = (Arc::new(Stage::default()), Arc::new(Inbox::default()));
        let bound = listening.bind(&numbers).await?;
        let mut bases = bound.bases.clone();
        let ftp = ftp::Staging::start(listening, &stage, &recorder, &numbers).await?;
        bases.ftp = ftp.as_ref().map(|staging| staging.base.clone());
        let sink = listening.bind_mail(&numbers).await?;
        let mailroom = sink.zip(listening.mail.as_ref());
        let mailroom = mailroom.map(|(sink, at)| Mailroom::open(sink, at, &stage, &recorder));
        bases.ftps = ftp.as_ref().and_then(|staging| staging.secured_base.clone());
        let (shown, offered, heard) = (recorder.clone(), Arc::clone(&stage), Arc::clone(&inbox));
        let mut serving = bound.serve(
            move |request| std::future::ready(answer(&offered, &heard, &request)),
            move |event| record(&shown, event, |_| Label::default()),
        );
        serving.extend(ftp.map(|staging| staging.serving));
        Ok(Self {
            post: Post { recorder, numbers, route: Route::default() },
            stage,
            inbox,
            bases,
            mailroom,
            term: Term::beginning(Utc::now()),
            headers: Vec::new(),
            conduct: Arc::default(),
            transactions: AtomicU64::new(0),
            serving,
        })
    }

    /// The same with headers that go out with every collect, in the place of usual ones of the same name.
    #[must_use]
    pub fn with_headers(self, headers: Vec<(String, String)>) -> Self {
        Self { headers, ..self }
    }

    /// The same with other conduct than a conforming client's.
    #[must_use]
    pub fn with_conduct(self, conduct: Conduct) -> Self {
        let conduct = Arc::new(conduct);
        self.inbox.behave(Arc::clone(&conduct));
        Self { conduct, ..self }
    }

    /// The same, sending by this way.
    #[must_use]
    pub fn with_route(self, route: Route) -> Self {
        Self { post: Post { route, ..self.post }, ..self }
    }

    /// Prepares a transaction: addresses of its own, and the package on offer.
    ///
    /// # Errors
    /// When nothing is listened on for what the package is to be offered over, or callbacks are to come over.
    pub fn begin(&self, profile: &Profile, mut offering: Offering<'_>) -> Result<TransactionBegun, Off> {
        let number = self.transactions.fetch_add(1, Ordering::Relaxed) + 1;
        let token = format!("{}-{number}", self.post.recorder.header().run_id);
        self.conduct.offers.iter().for_each(|alter| alter(number, &mut offering));
        let base = self.bases.of_staged(offering.over, offering.staged.tls)?;
        let callbacks = self.bases.of_callbacks(offering.callbacks)?;
        if let Some(moved) = &offering.staged.moved {
            let headers = &mut offering.staged.reply.headers;
            headers.retain(|(name, _)| name != "Location");
            headers.push(("Location".to_owned(), format!("{base}/{token}/package/{}", moved.to)));
        }
        let begun = TransactionBegun {
            package_id: package_id(profile, offering.scenario, &token),
            package_url: format!("{base}/{token}/package/{}", offering.path),
            receipt_url: format!("{callbacks}/{token}/receipt"),
            alerts_url: format!("{callbacks}/{token}/alerts"),
            mail_domain: self.mailroom.as_ref().map(|mailroom| mailroom.domain().to_owned()),
            target_url: None,
            transaction: token,
            scenario: offering.scenario.to_owned(),
            package: offering.package,
            offer: offering.offer,
        };
        self.inbox.begin(&begun.transaction);
        self.inbox.offer(&begun.package_id);
        self.stage.offer(&begun.transaction, offering.over, offering.staged);
        self.post.recorder.append(What::TransactionBegun(begun.clone()));
        Ok(begun)
    }

    /// A plain collect: the ten required elements, alerts, and what the target knows us by.
    #[must_use]
    pub fn compose(&self, profile: &Profile, begun: &TransactionBegun) -> Command {
        let elements = &profile.elements;
        let expiry = self.term.expiry(Utc::now());
        let known_by = &profile.target;
        let user = known_by.system_user_id.as_deref().map(|user| (Element::SystemUserId, user));
        let password = known_by.system_password.as_ref().map(Secret::reveal);
        let password = password.map(|password| (Element::SystemPassword, password));
        [
            (Element::PensVersion, VERSION),
            (Element::Command, "collect"),
            (Element::PackageType, &elements.package_type),
            (Element::PackageTypeVersion, &elements.package_type_version),
            (Element::PackageFormat, &elements.package_format),
            (Element::PackageId, &begun.package_id),
            (Element::PackageUrl, &begun.package_url),
            (Element::PackageUrlExpiry, &expiry),
            (Element::Client, elements.client.as_str()),
            (Element::Receipt, &begun.receipt_url),
            (Element::Alerts, &begun.alerts_url),
        ]
        .into_iter()
        .chain(user)
        .chain(password)
        .map(|(element, value)| (element.name(), value))
        .collect()
    }

    /// From now on a callback about a package that was never offered is refused.
    pub fn refuse_unknown(&self) {
        self.inbox.refuse_unknown();
    }

    /// Receipts of a transaction are acknowledged like this from now on.
    pub fn acknowledge_with(&self, begun: &TransactionBegun, acknowledgement: Reply) {
        self.inbox.prepare(&begun.transaction, acknowledgement);
    }

    /// Mail to a transaction's mailboxes is refused with this reply from now on.
    pub fn refuse_mail(&self, begun: &TransactionBegun, reply: u16) {
        if let Some(mailroom) = &self.mailroom {
            mailroom.refuse(&begun.transaction, reply);
        }
    }

    /// Sends a collect and follows what its answer points to on the same host.
    ///
    /// # Errors
    /// When the target system URL is none that we can connect to.
    pub async fn collect(
        &self,
        begun: &TransactionBegun,
        target_url: &str,
        saying: &Saying<'_>,
    ) -> Result<(), AddressError> {
        let mut publication = Publication::of(begun, target_url, saying);
        self.conduct.says.iter().for_each(|alter| alter(&mut publication));
        // A collect may give another package-id than that of its transaction.
        self.inbox.offer(publication.command.get(Element::PackageId).unwrap_or_default());
        let mut outgoing = publication.outgoing()?;
        for (name, value) in &self.headers {
            outgoing.headers.retain(|(usual, _)| !usual.eq_ignore_ascii_case(name));
            outgoing.headers.push((name.clone(), value.clone()));
        }
        let mut errand = Errand {
            outgoing,
            url: publication.target_url,
            transaction: begun.transaction.clone(),
            purpose: Purpose::Collect,
        };
        self.stage.withdraw(&begun.transaction, Stays::UntilSent);
        for _ in 0..=REDIRECTS {
            let exchange = self.post.send(&errand, saying.limit, saying.limit * 2).await;
            if exchange.response_body.as_ref().is_some_and(|body| speaks_pens(&body.head)) {
                break;
            }
            let next = exchange.response_head.as_deref().and_then(|head| redirected(&errand, head));
            let Some(next) = next else { break };
            errand = next;
        }
        Ok(())
    }

    /// The recorder that this client writes to.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.post.recorder
    }

    /// Whether more peers ever came at once than it serves.
    #[must_use]
    pub fn was_crowded(&self) -> bool {
        let by_mail = self.mailroom.iter().map(|room| &room.serving);
        self.serving.iter().chain(by_mail).any(Serving::was_crowded)
    }

    /// The domain that mail is taken for, and where.
    #[must_use]
    pub fn mailbox(&self) -> Option<(&str, SocketAddr)> {
        self.mailroom.as_ref().map(|mailroom| (mailroom.domain(), mailroom.local_addr()))
    }

    /// Whether packages can be offered over a transport.
    #[must_use]
    pub fn tells(&self, over: Transport) -> bool {
        self.bases.of_package(over).is_ok()
    }

    /// What peers are told to connect to for HTTP.
    #[must_use]
    pub fn advertised(&self) -> &str {
        &self.bases.http
    }
}

/// Mixed case, so that a target that folds it shows; with the scenario's id, so that an operator can find it.
fn package_id(profile: &Profile, scenario: &str, token: &str) -> String {
    format!("{}{scenario}/Course-{token}", profile.elements.id_namespace)
}

/// The request that says a command.
pub(super) fn bind(address: Address, saying: &Saying<'_>) -> Outgoing {
    const BOUNDARY: &str = "penspec-boundary-7MA4YWxkTrZu0gW";
    let Saying { message, binding, encode, headers, .. } = *saying;
    let written = |encode| match message {
        Message::Command(command) => command.write_query(encode),
        Message::Raw(bytes) => bytes.to_vec(),
    };
    let mut outgoing = match binding {
        Binding::Get | Binding::Head => {
            let target = with_query(&address, &written(encode));
            let method = if binding == Binding::Head { "HEAD" } else { "GET" };
            Outgoing { target, method: method.to_owned(), ..Outgoing::get(address) }
        }
        Binding::Post => Outgoing::post(address, "application/x-www-form-urlencoded", written(encode)),
        Binding::Multipart => {
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let body = match message {
                Message::Command(command) => command.write_multipart(BOUNDARY),
                Message::Raw(bytes) => bytes.to_vec(),
            };
            Outgoing::post(address, &kind, body)
        }
    };
    outgoing
        .headers
        .insert(0, ("User-Agent".to_owned(), concat!("penspec/", env!("CARGO_PKG_VERSION")).to_owned()));
    outgoing.headers.insert(1, ("Accept".to_owned(), "text/plain, */*;q=0.5".to_owned()));
    for (name, value) in headers {
        outgoing.headers.retain(|(usual, _)| !usual.eq_ignore_ascii_case(name));
        outgoing.headers.push((name.clone(), value.clone()));
    }
    outgoing
}

fn answer(stage: &Stage, inbox: &Inbox, request: &Request) -> Reply {
    match purpose_of(&request.head.target, |token| stage.knows(token)) {
        Some((token, Purpose::Download)) => stage.answer(&token, request),
        Some((token, purpose @ (Purpose::Receipt | Purpose::Alert))) => {
            if purpose == Purpose::Receipt {
                stage.withdraw(&token, Stays::UntilReceipt);
            }
            inbox.answer(&token, purpose, request)
        }
        Some((_, Purpose::Collect)) | None => {
            Reply::with_body(404, "text/plain", "penspec gave this address to nobody\n")
        }
    }
}
