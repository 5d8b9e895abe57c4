//! What entries take: far more than their bytes, where those are many short pieces.

use super::bytes::{Body, Bytes};
use super::entry::What;
use super::mask::Mask;

/// What a line of a head or an element of a command takes besides its bytes when it is read.
const PIECE: usize = 64;

/// What an entry takes when it is read: many short pieces take far more than their bytes.
#[must_use]
pub fn weight(what: &What) -> usize {
    let of = |head: &Bytes, body: &Body, masks: &[Mask]| {
        let masks = masks.iter().map(|mask| size_of::<Mask>() + PIECE * (1 + mask.flaws.len()));
        [head, &body.head, &body.tail].map(|bytes| weight_of(&bytes.0)).iter().sum::<usize>()
            + masks.sum::<usize>()
    };
    match what {
        What::Request(request) => of(&request.head, &request.body, &request.masks),
        What::Response(response) => of(&response.head, &response.body, &response.masks),
        What::ControlLine(line) => of(&line.line, &Body::default(), &line.masks),
        What::Transfer(transfer) => transfer.path.len() + of(&Bytes::default(), &transfer.body, &[]),
        What::Mail(mail) => {
            let envelope: usize = mail.recipients.iter().map(|one| PIECE + one.address.0.len()).sum();
            of(&mail.dialogue, &mail.message, &mail.masks) + envelope
        }
        What::TransactionBegun(begun) => {
            // What a mock target notes of a collect is the peer's.
            let noted = [&begun.package_id, &begun.package_url, &begun.receipt_url, &begun.alerts_url];
            noted.iter().map(|text| text.len()).sum()
        }
        What::NotSent(not_sent) => not_sent.url.len(),
        What::Triggered(triggered) => triggered.output.0.len(),
        What::ScenarioBegun { .. }
        | What::StepBegun { .. }
        | What::ScenarioEnded { .. }
        | What::Provokes { .. }
        | What::ConnectionOpened { .. }
        | What::Secured(_)
        | What::ConnectionClosed { .. }
        | What::WaitBegun { .. }
        | What::WaitEnded { .. }
        | What::Asked(_)
        | What::Expects { .. } => 0,
    }
}

fn weight_of(bytes: &[u8]) -> usize {
    /// What a byte that is no UTF-8 is read as takes, and what it is kept as besides.
    const FOREIGN: usize = 4;
    let pieces = bytes.iter().filter(|byte| matches!(byte, b'&' | b'\n')).count();
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    bytes.len() + FOREIGN * foreign + PIECE * (pieces + bad_escapes(bytes))
}

/// How often a `%` stands without two hexadecimal digits: each is told.
fn bad_escapes(bytes: &[u8]) -> usize {
    let is_bad =
        |at: &usize| bytes.get(at + 1..at + 3).is_none_or(|digits| !digits.iter().all(u8::is_ascii_hexdigit));
    memchr::memchr_iter(b'%', bytes).filter(is_bad).count()
}
