//! Room for requests that are larger than most: all connections of a listener share it, so that a thousand of them at once
//! fill no memory. Whoever sends what others send never waits for it.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::link::{Halt, Link};
use crate::wire::serving::Crowd;

/// A head or body of so many bytes is larger than most: a collect with every element has some 2 kB.
pub(super) const LARGE: u64 = 8 * 1024;
/// So many requests with such a head or body are read at once; one takes some 300 KiB of memory at most.
const AT_ONCE: usize = 128;

/// What is left for large requests, and who notes that one had to wait.
#[derive(Debug)]
pub(super) struct Room {
    left: Semaphore,
    crowd: Crowd,
}

impl Room {
    pub(super) fn of(crowd: Crowd) -> Self {
        Self { left: Semaphore::new(AT_ONCE), crowd }
    }
}

/// What one request has of it: nothing, while it is small.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    room: &'a Room,
    permit: Option<SemaphorePermit<'a>>,
}

impl<'a> Claim<'a> {
    pub(super) fn on(room: &'a Room) -> Self {
        Self { room, permit: None }
    }

    /// Waits for room, once as much was read as makes a request large.
    pub(super) async fn cover<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        read: u64,
        link: &mut Link<S>,
        until: Instant,
    ) -> Result<(), Halt> {
        if read < LARGE || self.permit.is_some() {
            return Ok(());
        }
        if self.room.left.available_permits() == 0 {
            self.room.crowd.note();
        }
        let waiting = timeout_at(until, self.room.left.acquire());
        // Nobody closes the semaphore: that it is closed cannot come.
        let permit = link.await_unless_stopped(waiting).await?.map_err(|_| Halt::Timeout)?;
        self.permit = permit.ok();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::duplex;
    use tokio::sync::watch;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_large_wait_for_the_large_and_the_small_for_nobody() {
        let (_stop, stopping) = watch::channel(false);
        let mut link = Link::new(duplex(1).0, stopping, Duration::MAX);
        let crowd = Crowd::default();
        let room = Room { left: Semaphore::new(1), crowd: crowd.clone() };
        let until = Instant::now() + Duration::from_mins(2);
        let (mut first, mut second, mut small) = (Claim::on(&room), Claim::on(&room), Claim::on(&room));
        assert_eq!(first.cover(LARGE, &mut link, until).await, Ok(()));
        assert_eq!(first.cover(2 * LARGE, &mut link, until).await, Ok(()), "it has its room");
        assert_eq!(small.cover(LARGE - 1, &mut link, until).await, Ok(()));
        assert!(!crowd.was_noted());
        assert_eq!(second.cover(LARGE, &mut link, until).await, Err(Halt::Timeout));
        assert!(crowd.was_noted());
        assert_eq!(Instant::now(), until);
        drop(first);
        assert_eq!(second.cover(LARGE, &mut link, until).await, Ok(()));
    }
}
