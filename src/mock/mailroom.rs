//! Takes mail for the mailboxes of transactions, and for no other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::listening::MailAt;
use super::stage::Stage;
use crate::transcript::Recorder;
use crate::transcript::entry::{Mail, Party, Secured, SecuredLink, What};
use crate::wire::Serving;
use crate::wire::smtp::{Admission, Event, Limits, Sink};

/// The domains of those who name none: the port that mail for them is taken at stands in front.
const DOMAINS: &str = "penspec.example";

/// A sink for a domain of ours.
pub struct Mailroom {
    domain: String,
    /// The replies that mailboxes of a transaction give on purpose.
    refusals: Arc<Mutex<HashMap<String, u16>>>,
    pub(super) serving: Serving,
}

impl Mailroom {
    /// Takes mail for the transactions that the staging area knows.
    pub(super) fn open(sink: Sink, at: &MailAt, stage: &Arc<Stage>, recorder: &Recorder) -> Self {
        let (domain, identity) = (at.domain.as_deref(), at.identity.clone());
        let domain = domain.map_or_else(|| domain_of(sink.local_addr()), str::to_owned);
        let refusals: Arc<Mutex<HashMap<String, u16>>> = Arc::default();
        let (own, known, refused) = (domain.clone(), Arc::clone(stage), Arc::clone(&refusals));
        let admit = move |address: &str| admission(address, &own, &known, &refused);
        let shown = recorder.clone();
        let observe = move |event| record(&shown, event);
        let serving = sink.serve(Box::new(admit), observe, identity, Limits::default());
        Self { domain, refusals, serving }
    }

    /// The domain of the mailboxes.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Where mail is taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.serving.local_addr()
    }

    /// From now on the mailboxes of a transaction are refused with this reply.
    pub(super) fn refuse(&self, token: &str, reply: u16) {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), reply);
    }
}

/// The domain of a sink that nobody has named one for.
fn domain_of(local: SocketAddr) -> String {
    format!("port-{}.{DOMAINS}", local.port())
}

/// The port at which mail for such a domain is taken on this machine.
pub(super) fn port_of(domain: &str) -> Option<u16> {
    domain.strip_suffix(DOMAINS)?.strip_suffix('.')?.strip_prefix("port-")?.parse().ok()
}

fn admission(
    address: &str,
    domain: &str,
    stage: &Stage,
    refusals: &Mutex<HashMap<String, u16>>,
) -> Admission {
    let Some((local, at)) = address.rsplit_once('@') else { return Admission::Foreign };
    let local = local.to_ascii_lowercase();
    let token = local.split('+').skip(1).find(|part| stage.knows(part));
    let Some(token) = token.filter(|_| at.eq_ignore_ascii_case(domain)) else { return Admission::Foreign };
    let refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
    refusals.get(token).map_or(Admission::Taken, |reply| Admission::OnPurpose(*reply))
}

fn record(recorder: &Recorder, event: Event) {
    recorder.append(match event {
        Event::Opened { connection, peer } => {
            What::ConnectionOpened { connection, by: Party::Subject, peer: peer.to_string(), tls: None }
        }
        Event::Secured { connection, facts } => {
            What::Secured(Secured { connection, by: Party::Subject, link: SecuredLink::Mail, tls: facts })
        }
        Event::Mail(mail) => What::Mail(Mail::heard(&mail, recorder.moment_us(mail.began))),
        Event::Closed { connection, how } => {
            What::ConnectionClosed { connection, how: format!("{how:?}").to_lowercase() }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_sink_tells_its_port() {
        let local = SocketAddr::from(([127, 0, 0, 1], 2525));
        assert_eq!(port_of(&domain_of(local)), Some(2525));
        for other in
            ["penspec.example", "port-70000.penspec.example", "port-1.example", "port-.penspec.example"]
        {
            assert_eq!(port_of(other), None, "{other}");
        }
    }
}
