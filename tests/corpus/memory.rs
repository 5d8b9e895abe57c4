//! Streams in memory, and a clock that leaps to the next timeout when nothing else is to be done.

use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::runtime::{Builder, Runtime};

/// More than any reply to a corpus: neither side ever waits for room.
const ROOM: usize = 4 * 1024 * 1024;

thread_local! {
    static LEAPING: Runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    static REAL: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
}

/// Runs what has timeouts and no peer outside this process.
pub(super) fn leaping<T>(work: impl Future<Output = T>) -> T {
    LEAPING.with(|runtime| runtime.block_on(work))
}

/// Runs what has a peer behind a socket.
pub(super) fn real<T>(work: impl Future<Output = T>) -> T {
    REAL.with(|runtime| runtime.block_on(work))
}

/// Says bytes to a server, so many at a time, and gives back all that it replies.
pub(super) fn hear<F: Future<Output = ()>>(
    bytes: &[u8],
    size: usize,
    serve: impl FnOnce(DuplexStream) -> F,
) -> Vec<u8> {
    let (ours, theirs) = duplex(ROOM);
    let (mut reading, mut writing) = split(ours);
    let say = async {
        for piece in bytes.chunks(size.max(1)) {
            if writing.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        let _ = writing.shutdown().await;
    };
    let mut replies = Vec::new();
    leaping(async { tokio::join!(say, reading.read_to_end(&mut replies), serve(theirs)) }).1.unwrap();
    replies
}
