//! The server's side of TLS: control connections that are secured, and how data connections are to be (RFC 4217).

use std::time::Duration;

use super::control::Control;
use super::event::{Event, How, Link};
use super::house::{Boxed, Channel, House, Login};
use super::session::{Flow, Session, Standing};
use crate::wire::tls::{self, Facts, FailureKind, Identity};

/// Answers the handshake of a control connection and shows how it ended; nothing where it failed.
pub(super) async fn answered(
    stream: Boxed,
    identity: &Identity,
    connection: u64,
    house: &House,
) -> Option<Boxed> {
    let (stream, facts) = shaken(stream, identity, house.limits.idle).await;
    (house.observe)(Event::Secured { connection, link: Link::Control, facts });
    stream
}

/// Answers a handshake: the stream where it went well, and what was seen of it.
pub(super) async fn shaken(stream: Boxed, identity: &Identity, limit: Duration) -> (Option<Boxed>, Facts) {
    match tls::answer(stream, identity, limit).await {
        Ok((stream, facts)) => (Some(Box::new(stream)), facts),
        Err(facts) => (None, facts),
    }
}

impl Session<'_> {
    /// AUTH.
    pub(super) async fn secure(&mut self, mechanism: &str) -> Flow {
        let is_tls = ["TLS", "TLS-C", "SSL"].iter().any(|name| mechanism.eq_ignore_ascii_case(name));
        let identity = match self.house.security.identity() {
            None => return self.reply(502, "this staging area has no TLS").await,
            Some(_) if self.control_channel == Channel::Secured => {
                return self.reply(503, "it is secured already").await;
            }
            Some(_) if !is_tls => return self.reply(504, "TLS alone").await,
            Some(identity) => identity,
        };
        self.reply(234, "go on with TLS").await?;
        let stream = self.dialogue.control.take_stream();
        let Some(stream) = answered(stream, identity, self.ends.connection, self.house).await else {
            return Flow::Break(How::Tls);
        };
        self.dialogue.control = Control::new(stream);
        self.control_channel = Channel::Secured;
        // Who he was in the clear counts no more (RFC 4217, 4).
        (self.standing, self.login) = (Standing::Stranger, Login::default());
        Flow::Continue(())
    }

    /// PROT.
    pub(super) async fn protect(&mut self, level: &str) -> Flow {
        let (channel, text) = match (level.to_ascii_uppercase().as_str(), self.control_channel) {
            ("P" | "C", Channel::Clear) => return self.reply(503, "AUTH TLS first").await,
            ("P", Channel::Secured) => (Channel::Secured, "data is secured"),
            ("C", Channel::Secured) => (Channel::Clear, "data goes in the clear"),
            _ => return self.reply(536, "C and P alone").await,
        };
        // A port that is open already was opened for the other way.
        self.close_port().await;
        self.data_channel = channel;
        self.reply(200, text).await
    }

    /// Somebody began TLS without asking, when he was greeted in the clear or where there is no TLS at all.
    pub(super) fn show_stray_hello(&self) {
        self.house.security.note_late();
        let why = if self.house.security.identity().is_some() {
            "TLS began when the greeting was out: begin with it at once, or ask for it with AUTH TLS"
        } else {
            "TLS began at a port of plain FTP"
        };
        let facts = Facts::failed(FailureKind::Other, why);
        (self.house.observe)(Event::Secured { connection: self.ends.connection, link: Link::Control, facts });
    }
}
