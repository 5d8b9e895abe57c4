//! The HTTP part of a run as HAR 1.2, for the developer tools of a browser.
//!
//! A HAR holds text: what a transcript has byte for byte is read in it as UTF-8, bodies that are none as base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::run::Run;
use crate::transcript::bytes::{Body, document};
use crate::transcript::transaction::Message;
use crate::transcript::{Exchange, Transaction};

/// Every exchange of the run over HTTP, in the order in which they began.
#[must_use]
pub fn render(run: &Run) -> String {
    let began =
        DateTime::parse_from_rfc3339(&run.header.started).map_or(DateTime::UNIX_EPOCH, |at| at.to_utc());
    let mut exchanges: Vec<(&Exchange, String)> =
        run.evidence.transactions.iter().flat_map(exchanges_of).collect();
    exchanges.extend(run.evidence.strays.iter().map(|stray| (stray, "belongs to no transaction".to_owned())));
    exchanges.sort_by_key(|(exchange, _)| (exchange.request.first_byte_us, exchange.id));
    let entries: Vec<Value> =
        exchanges.iter().map(|(exchange, comment)| entry(began, exchange, comment)).collect();
    let har = json!({ "log": {
        "version": "1.2",
        "creator": { "name": "penspec", "version": env!("CARGO_PKG_VERSION") },
        "entries": entries,
    } });
    document(&har)
}

fn exchanges_of(transaction: &Transaction) -> impl Iterator<Item = (&Exchange, String)> {
    let begun = &transaction.begun;
    let named = |what: &str| format!("{what} of {} ({})", begun.transaction, begun.scenario);
    let collects = transaction.collects.iter().map(move |exchange| (exchange, named("collect")));
    let downloads = transaction.downloads.iter().map(move |exchange| (exchange, named("download")));
    let callbacks = transaction.by_http().map(move |callback| (&callback.exchange, named("callback")));
    collects.chain(downloads).chain(callbacks)
}

fn entry(began: DateTime<Utc>, exchange: &Exchange, comment: &str) -> Value {
    let Message { first_byte_us, last_byte_us, .. } = exchange.request;
    let started = began + TimeDelta::microseconds(i64::try_from(first_byte_us).unwrap_or(0));
    let times = exchange.response.as_ref().map(|answer| (answer.first_byte_us, answer.last_byte_us));
    let (answered, ended) = times.unwrap_or((last_byte_us, last_byte_us));
    json!({
        "startedDateTime": started.to_rfc3339_opts(SecondsFormat::Millis, true),
        "time": ms(first_byte_us, ended),
        "request": request(exchange),
        "response": response(exchange),
        "cache": {},
        "timings": {
            "send": ms(first_byte_us, last_byte_us),
            "wait": ms(last_byte_us, answered),
            "receive": ms(answered, ended),
        },
        "comment": comment,
    })
}

/// Whole milliseconds between two moments.
fn ms(from_us: u64, to_us: u64) -> u64 {
    to_us.saturating_sub(from_us) / 1000
}

fn request(exchange: &Exchange) -> Value {
    let head = &exchange.request_head;
    let target = lossy(&head.target);
    let host = head.headers.get("Host").map(lossy).unwrap_or_default();
    let url = exchange.url.clone().unwrap_or_else(|| format!("http://{host}{target}"));
    let body = &exchange.request.body;
    let mut request = json!({
        "method": head.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": head.headers.0.iter().map(|header| pair(&header.name, &header.value)).collect::<Vec<_>>(),
        "queryString": [],
        "headersSize": exchange.request.head.len(),
        "bodySize": body.length,
    });
    if body.length > 0 {
        let kind = head.headers.get("Content-Type").map(lossy).unwrap_or_default();
        request["postData"] = json!({ "mimeType": kind, "params": [], "text": lossy(&body.head.0) });
        request["postData"]["comment"] = extent(body).into();
    }
    request
}

/// The answer; status 0, as browsers have it, where none came.
fn response(exchange: &Exchange) -> Value {
    let (Some(message), Some(head)) = (&exchange.response, &exchange.response_head) else {
        let ended =
            exchange.ended.map_or_else(|| "the record stops here".to_owned(), |ended| format!("{ended:?}"));
        return json!({
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [], "redirectURL": "",
            "content": { "size": 0, "mimeType": "x-unknown" }, "headersSize": -1, "bodySize": -1, "comment": ended,
        });
    };
    let payload = exchange.payload().unwrap_or_default();
    let mut content = json!({
        "size": payload.len(),
        "mimeType": head.headers.get("Content-Type").map(lossy).unwrap_or_default(),
        "comment": extent(&message.body),
    });
    match String::from_utf8(payload) {
        Ok(text) => content["text"] = text.into(),
        Err(error) => {
            content["text"] = BASE64_STANDARD.encode(error.as_bytes()).into();
            content["encoding"] = "base64".into();
        }
    }
    json!({
        "status": head.status.unwrap_or(0),
        "statusText": head.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": head.headers.0.iter().map(|header| pair(&header.name, &header.value)).collect::<Vec<_>>(),
        "content": content,
        "redirectURL": head.headers.get("Location").map(lossy).unwrap_or_default(),
        "headersSize": message.head.len(),
        "bodySize": message.body.length,
    })
}

/// Whether a body was kept whole.
fn extent(body: &Body) -> &'static str {
    if body.whole().is_some() { "whole" } else { "the first part: the body was too long to be kept" }
}

fn pair(name: &[u8], value: &[u8]) -> Value {
    json!({ "name": lossy(name), "value": lossy(value) })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
