//! The person at the terminal: is shown where to publish to and asked what the tool shows.

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{note, visible};
use crate::profile::Period;
use crate::scenario::operator::{NotPublished, Publish};
use crate::transcript::entry::{Answered, TriggerEnd, Triggered, TriggeredBy, What};
use crate::transcript::recorder::Follower;
use crate::transcript::{Bytes, Recorder};

/// Who reads the terminal and types on it.
pub(super) struct Person {
    lines: mpsc::UnboundedReceiver<String>,
}

/// What became of an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Came,
    Skipped,
    Over,
}

impl Person {
    /// Reads the terminal, line by line, on a thread of its own: reading cannot be interrupted.
    pub(super) fn at_the_terminal() -> Self {
        let (typed, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                if line.map(|line| typed.send(line)).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// Says where to publish to, and counts down until the collect comes, the person skips, or it is too late.
    pub(super) async fn publish(&mut self, ask: Publish, recorder: &Recorder) {
        let Publish { scenario, title, course, target_url, limit, told, mut over } = ask;
        let began = Instant::now();
        let follower = recorder.follow_from_here();
        let say = || {
            note(&format!(
                "\n{}: {}\n  publish {} to this target system URL:\n\n      {target_url}\n\n  s and Enter leaves this case \
                 out, r and Enter shows the address again",
                visible(&scenario),
                visible(&title),
                visible(&course)
            ));
        };
        say();
        let mut came = std::pin::pin!(collect_of(follower, &scenario));
        let turn = loop {
            tokio::select! {
                () = &mut came => break Turn::Came,
                _ = &mut over => break Turn::Over,
                line = self.lines.recv() => match line.as_deref().map(str::trim) {
                    Some("s") => break Turn::Skipped,
                    Some("r") => say(),
                    Some(_) => {}
                    // The terminal is gone: the limit alone ends the wait.
                    None => break self.without_terminal(&mut came, &mut over).await,
                },
                () = sleep(Duration::from_secs(1)) => count_down(limit.saturating_sub(began.elapsed())),
            }
        };
        note(match turn {
            Turn::Came => "\r  the collect has come    ",
            Turn::Skipped => "\r  left out                ",
            Turn::Over => "\r  no collect has come     ",
        });
        recorder.append(What::Triggered(Triggered {
            scenario: scenario.clone(),
            target_url,
            by: TriggeredBy::Person,
            asked: String::new(),
            ended: if turn == Turn::Skipped { TriggerEnd::Skipped } else { TriggerEnd::Done },
            status: None,
            output: Bytes::default(),
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }));
        // Where the case has gone on nobody waits to hear it.
        let _ = told.send(if turn == Turn::Skipped { Err(NotPublished::Skipped) } else { Ok(()) });
    }

    /// Asks a question until it is answered with y or n, or the terminal is gone.
    pub(super) async fn answer(&mut self, scenario: &str, question: &str) -> (Answered, String) {
        loop {
            note(&format!(
                "\n{}: {}\n  y or n, and behind it what you would add; Enter alone leaves it open",
                visible(scenario),
                visible(question)
            ));
            let Some(line) = self.lines.recv().await else { return (Answered::Unanswered, String::new()) };
            let (word, added) = line.trim().split_once([' ', ',']).unwrap_or((line.trim(), ""));
            let added = added.trim().to_owned();
            match word.to_ascii_lowercase().as_str() {
                "y" | "yes" => return (Answered::Yes, added),
                "n" | "no" => return (Answered::No, added),
                "" => return (Answered::Unanswered, added),
                _ => {}
            }
        }
    }

    async fn without_terminal(
        &self,
        came: &mut (impl Future<Output = ()> + Unpin),
        over: &mut tokio::sync::oneshot::Receiver<()>,
    ) -> Turn {
        tokio::select! {
            () = came => Turn::Came,
            _ = over => Turn::Over,
        }
    }
}

/// Ends when a collect of this case comes.
async fn collect_of(mut follower: Follower, scenario: &str) {
    loop {
        match &follower.next().await.what {
            What::TransactionBegun(begun) if begun.scenario == scenario => return,
            _ => {}
        }
    }
}

fn count_down(left: Duration) {
    let left = Period(Duration::from_secs(left.as_secs()));
    let _ = write!(anstream::stderr(), "\r  {left} left   ");
}
