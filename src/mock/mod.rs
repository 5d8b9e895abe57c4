//! The peer we play: it talks and records, and never judges.
//!
//! Both mocks are made of the same four organs: one says commands, one hears them, one offers packages, one
//! takes them.

pub mod answer;
pub mod client;
pub mod conduct;
pub mod deliver;
mod duty;
pub mod fetch;
pub mod ftp;
mod heard;
pub mod inbox;
pub mod listening;
pub mod mail_manners;
pub mod mailer;
pub mod mailroom;
pub mod manners;
pub mod names;
pub mod padding;
pub mod reach;
pub mod reception;
pub mod redirect;
pub mod saying;
pub mod stage;
pub mod target;
mod term;
mod visit;

use crate::transcript::entry::{Ended, Party, What, Whole};
use crate::transcript::{Bytes, Recorder, entry};
use crate::wire::http::{Delivered, Event, Request};

/// What is known of a request that was heard.
#[derive(Debug, Clone, Default)]
struct Label {
    transaction: Option<String>,
    purpose: Option<entry::Purpose>,
}

/// Records what a listener saw; `label` says what a request is for, where that is known.
fn record(recorder: &Recorder, event: Event, label: impl FnOnce(&Request) -> Label) {
    let what = match event {
        Event::Opened { connection, peer, tls, .. } => {
            What::ConnectionOpened { connection, by: Party::Subject, peer: peer.to_string(), tls }
        }
        Event::Request(request) => What::Request(heard(recorder, &request, label(&request))),
        Event::Responded { exchange, head_bytes, body, delivered, last_byte, .. } => {
            What::Response(entry::Response {
                exchange,
                by: Party::Mock,
                head: Bytes(head_bytes),
                body: body.into(),
                ended: ended(&delivered),
                first_byte_us: None,
                last_byte_us: Some(recorder.moment_us(last_byte)),
                masks: Vec::new(),
            })
        }
        Event::Closed { connection, how, .. } => {
            What::ConnectionClosed { connection, how: format!("{how:?}").to_lowercase() }
        }
    };
    recorder.append(what);
}

fn heard(recorder: &Recorder, request: &Request, label: Label) -> entry::Request {
    entry::Request {
        exchange: request.exchange,
        connection: request.connection,
        transaction: label.transaction,
        by: Party::Subject,
        purpose: label.purpose,
        url: None,
        head: Bytes(request.head_bytes.clone()),
        body: request.body.clone().into(),
        whole: if request.complete { Whole::Whole } else { Whole::Part },
        first_byte_us: recorder.moment_us(request.first_byte),
        masks: Vec::new(),
    }
}

fn ended(delivered: &Delivered) -> Ended {
    match delivered {
        Delivered::Whole => Ended::Complete,
        Delivered::Cut { .. } | Delivered::Failed(_) => Ended::Cut,
        Delivered::OnPurpose => Ended::OnPurpose,
    }
}
