//! How much memory is taken while the mock client offers a package of 100 MB, over each protocol in turn, and the mock
//! target fetches it.
//!
//! Both are in this process, so that its peak bounds that of either. How much a process of penspec takes while a peer
//! sends without end or measure comes after that.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod floods;
#[path = "support/peak.rs"]
mod peak;
mod support;

use std::time::{Duration, Instant};

use floods::{FLOODS, Flood};
use peak::{mib, peak_kib};
use penspec::mock::client::{Binding, Client, Message, Offering, Saying};
use penspec::mock::listening::{Callbacks, Transport, among_ourselves};
use penspec::mock::manners::Manners;
use penspec::mock::reach::Reach;
use penspec::mock::stage::{Staged, Stays, TlsUse};
use penspec::mock::target::Target;
use penspec::pens::Encode;
use penspec::profile::Profile;
use penspec::transcript::entry::{Header, Offer, Role, SCHEMA_VERSION, Tool};
use penspec::transcript::mask::Masker;
use penspec::transcript::{Recorder, Transaction};
use penspec::wire::http::{Payload, Reply};

const PACKAGE: u64 = 100_000_000;
const LIMIT_KIB: u64 = 64 * 1024;
/// No process of penspec may take more, however its peer behaves.
const FLOODED_KIB: u64 = 256 * 1024;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let before = own_peak_kib();
    let took = [Transport::Http, Transport::Https, Transport::Ftp, Transport::Ftps].map(|over| {
        let began = Instant::now();
        let transaction = runtime.block_on(collect_a_large_package(over));
        let took = began.elapsed();
        let download = transaction.whole_download().unwrap();
        assert_eq!(download.is_by_ftp(), matches!(over, Transport::Ftp | Transport::Ftps));
        assert_eq!(download.response.as_ref().unwrap().body.length, PACKAGE);
        (over, took)
    });
    let Some((before, after)) = before.zip(own_peak_kib()) else {
        println!("memory  not measured: there is no /proc/self/status here");
        return;
    };
    println!(
        "memory  peak {:.1} MiB, {:.1} MiB before the package; the limit is {} MiB",
        mib(after),
        mib(before),
        LIMIT_KIB / 1024
    );
    for (over, took) in took {
        let over = over.name();
        println!(
            "package {PACKAGE} bytes offered over {over}, fetched, hashed on both sides and receipted in {took:.2?}"
        );
    }
    assert!(after < LIMIT_KIB, "the package is held");
    let burst: Vec<&str> = FLOODS.iter().filter(|flood| !is_borne(flood)).map(|flood| flood.name).collect();
    assert!(burst.is_empty(), "no bound: {burst:?}");
}

fn is_borne(flood: &Flood) -> bool {
    let began = Instant::now();
    let peak = (flood.peak)().unwrap_or(u64::MAX);
    println!(
        "flood   peak {:5.1} MiB of {}, in {:.1?}  {}",
        mib(peak),
        FLOODED_KIB / 1024,
        began.elapsed(),
        flood.name
    );
    peak < FLOODED_KIB
}

fn own_peak_kib() -> Option<u64> {
    peak_kib(std::process::id())
}

/// One transaction, from the collect to the acknowledged receipt.
async fn collect_a_large_package(over: Transport) -> Transaction {
    let profile = Profile::default();
    let (listening, route) = among_ourselves(chrono::Utc::now()).unwrap();
    let reach = Reach { route, ..Reach::default() };
    let target = Target::start(recorder(Role::Client), &listening, reach, Manners::default()).await.unwrap();
    let recorder = recorder(Role::Target);
    let client = Client::start(recorder.clone(), &listening).await.unwrap();
    let reply = Reply::with_body(200, "application/zip", large_package());
    let staged = Staged { reply, guard: None, moved: None, stays: Stays::default(), tls: TlsUse::default() };
    let offering = Offering {
        scenario: "bench",
        package: "large.zip".to_owned(),
        path: "large.zip".to_owned(),
        staged,
        offer: Offer::Whole,
        over,
        callbacks: Callbacks::Http,
    };
    let begun = client.begin(&profile, offering).unwrap();
    let command = client.compose(&profile, &begun);
    let limit = Duration::from_secs(30);
    let saying = Saying {
        message: Message::Command(&command),
        binding: Binding::Get,
        encode: Encode::Percent,
        headers: &[],
        limit,
    };
    client.collect(&begun, target.url(), &saying).await.unwrap();
    let receipted = recorder.wait_until(|_| {
        let evidence = recorder.transcript().evidence();
        let transaction = evidence.transactions.into_iter().next()?;
        let is_receipted = transaction.receipts().any(|receipt| receipt.exchange.response.is_some());
        is_receipted.then_some(transaction)
    });
    tokio::time::timeout(Duration::from_mins(2), receipted).await.unwrap()
}

/// What looks like an archive at both ends and is never held.
fn large_package() -> Payload {
    let mut end = b"PK\x05\x06".to_vec();
    end.resize(22, 0);
    Payload::Repeated { first: b"PK\x03\x04".to_vec(), fill: vec![0x55; 1024], length: PACKAGE, last: end }
}

fn recorder(role: Role) -> Recorder {
    let profile = serde_json::to_value(Profile::default()).unwrap();
    let tool = Tool { name: "bench".to_owned(), version: String::new(), catalogue: String::new() };
    let header = Header {
        schema_version: SCHEMA_VERSION,
        run_id: format!("{role:?}").to_lowercase(),
        tool,
        role,
        profile,
        selection: Vec::new(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: "2026-11-22T00:00:00.000Z".to_owned(),
    };
    Recorder::in_memory(header, Masker::new([1; 32], &[]))
}
