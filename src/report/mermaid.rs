//! A transaction as a Mermaid sequence diagram, for a ticket or a wiki page.

use std::fmt::Write;

use super::mailed;
use crate::pens::Element;
use crate::run::Run;
use crate::transcript::bytes::visible;
use crate::transcript::entry::{MailEnd, Party, Role};
use crate::transcript::{CallbackUrl, Exchange, Transaction};

/// The transactions of a case, or of all cases, as one diagram: who said what to whom, in the order of time.
#[must_use]
pub fn render(run: &Run, scenario: Option<&str>) -> String {
    let (mock, subject) = match run.header.role {
        Role::Target => ("penspec, the client", "the target under test"),
        Role::Client => ("penspec, the target", "the client under test"),
    };
    let mut text = format!("sequenceDiagram\n  participant M as {mock}\n  participant S as {subject}\n");
    let is_wanted = |transaction: &&Transaction| scenario.is_none_or(|id| transaction.begun.scenario == id);
    for transaction in run.evidence.transactions.iter().filter(is_wanted) {
        let begun = &transaction.begun;
        let _ =
            writeln!(text, "  Note over M,S: {} in {}", label(&begun.transaction), label(&begun.scenario));
        let mut arrows: Vec<(u64, String)> = arrows(transaction).collect();
        arrows.sort_by_key(|(at, _)| *at);
        text.extend(arrows.into_iter().map(|(_, arrow)| arrow));
    }
    text
}

fn arrows(transaction: &Transaction) -> impl Iterator<Item = (u64, String)> {
    let collects = transaction.collects.iter().map(|exchange| (exchange, "collect".to_owned()));
    let downloads = transaction
        .downloads
        .iter()
        .map(|exchange| (exchange, format!("{} of the package", label(&exchange.request_head.method))));
    let mails = transaction.mails.iter().map(|seen| {
        let (from, to) = sides(seen.mail.by);
        let arrow = if seen.mail.ended == MailEnd::Taken { "->>" } else { "--x" };
        let arrow = format!("  {from}{arrow}{to}: {}\n", label(&mailed::words(seen)));
        (seen.mail.first_byte_us, arrow)
    });
    let callbacks = transaction.by_http().map(|callback| {
        let to = match callback.sent_to {
            CallbackUrl::Receipt => "receipt URL",
            CallbackUrl::Alerts => "alerts URL",
            CallbackUrl::Other => "another URL",
        };
        let error = callback.command.value("error").unwrap_or("none");
        let said = callback.command.get(Element::Command).unwrap_or("no command");
        (&callback.exchange, format!("{} to the {to}, error {}", label(said), label(error)))
    });
    let exchanges = collects.chain(downloads).chain(callbacks);
    exchanges.flat_map(|(exchange, what)| both_ways(exchange, &what)).chain(mails)
}

/// The participants, the sender first.
fn sides(by: Party) -> (&'static str, &'static str) {
    match by {
        Party::Mock => ("M", "S"),
        Party::Subject => ("S", "M"),
    }
}

/// The request and its answer, each with the moment at which it was there.
fn both_ways(exchange: &Exchange, what: &str) -> [(u64, String); 2] {
    let (from, to) = sides(exchange.by);
    let asked = format!("  {from}->>{to}: {what}\n");
    let (at, answered) = match (&exchange.response, exchange.status()) {
        (Some(answer), Some(status)) => {
            (answer.last_byte_us, format!("  {to}-->>{from}: HTTP {status}{}\n", code(exchange)))
        }
        (Some(answer), None) => (answer.last_byte_us, format!("  {to}--x{from}: no HTTP\n")),
        (None, _) => (exchange.request.last_byte_us + 1, format!("  {to}--x{from}: no answer\n")),
    };
    [(exchange.request.first_byte_us, asked), (at, answered)]
}

fn code(exchange: &Exchange) -> String {
    let response = exchange.payload().map(|payload| crate::pens::Response::read(&payload).0);
    response.and_then(|response| response.code()).map_or_else(String::new, |code| format!(", error {code}"))
}

/// Text that neither ends its line nor has a meaning in Mermaid.
fn label(text: &str) -> String {
    const LONGEST: usize = 80;
    let fit = |letter: char| match letter {
        ';' | '#' | ':' | '<' | '>' | '{' | '}' | '"' | '`' | '%' => ' ',
        letter => letter,
    };
    visible(text).chars().take(LONGEST).map(fit).collect()
}
