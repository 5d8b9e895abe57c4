//! Makes a client publish, by a command of the shell or by a web hook, and records what came of it. That one fails is
//! the environment's fault, never the client's.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::said::{Said, Stream};
use crate::scenario::operator::{NotPublished, Publish};
use crate::transcript::bytes::visible;
use crate::transcript::entry::{TriggerEnd, Triggered, TriggeredBy, What};
use crate::transcript::{Bytes, Recorder};

/// What a client is made to publish by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// A command of the shell.
    Command(String),
    /// A URL that gets a POST whose body is the address.
    Url(String),
}

/// What came of an attempt.
struct Outcome {
    ended: TriggerEnd,
    status: Option<i32>,
    said: Said,
}

/// Makes the client publish; a command that is still busy this long after its case is over is ended.
pub async fn publish(hook: &Hook, publish: Publish, recorder: &Recorder, grace: Duration) {
    let Publish { scenario, target_url, limit, told, mut over, .. } = publish;
    let began = Instant::now();
    let Outcome { ended, status, said } = match hook {
        Hook::Command(line) => run(line, &target_url, too_long(&mut over, limit, grace)).await,
        Hook::Url(url) => call(url, &target_url, limit).await,
    };
    let (by, asked) = match hook {
        Hook::Command(line) => (TriggeredBy::Command, line.replace(PLACE, &target_url)),
        Hook::Url(url) => (TriggeredBy::Url, url.clone()),
    };
    let output = said.without_secrets(recorder);
    let result = verdict(hook, (ended, status), &output);
    recorder.append(What::Triggered(Triggered {
        scenario,
        target_url,
        by,
        asked: recorder.mask_text(&asked),
        ended,
        status,
        output: Bytes(output),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    }));
    // Where the case has gone on nobody waits to hear it.
    let _ = told.send(result);
}

/// What stands in a command for the address.
const PLACE: &str = "{target_url}";

fn verdict(
    hook: &Hook,
    (ended, status): (TriggerEnd, Option<i32>),
    output: &[u8],
) -> Result<(), NotPublished> {
    if ended != TriggerEnd::Failed {
        return Ok(());
    }
    let last = String::from_utf8_lossy(output);
    let last = last.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = if last.is_empty() { String::new() } else { format!(", and said last: {}", visible(last)) };
    let failed = match (hook, status) {
        (Hook::Command(_), Some(status)) => format!("the trigger command ended with status {status}"),
        (Hook::Command(_), None) => "the trigger command was not run to its end".to_owned(),
        (Hook::Url(_), Some(status)) => format!("the trigger URL answered with HTTP {status}"),
        (Hook::Url(_), None) => "the trigger URL gave no answer".to_owned(),
    };
    Err(NotPublished::Failed(failed + &said))
}

/// Ends some time after the case is over, or when no collect is waited for any more.
async fn too_long(over: &mut oneshot::Receiver<()>, limit: Duration, grace: Duration) {
    let _ = timeout(limit, over).await;
    sleep(grace).await;
}

async fn run(line: &str, target_url: &str, too_long: impl Future<Output = ()>) -> Outcome {
    let mut command = shell(&line.replace(PLACE, target_url));
    command.env("PENSPEC_TARGET_URL", target_url).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return failed(&error),
    };
    let family = Family::of(&child);
    let (said, mut listening) = listen(&mut child);
    let ended = tokio::select! {
        status = child.wait() => Some(status),
        () = too_long => None,
    };
    let (ended, status) = match ended {
        Some(Ok(status)) if status.success() => (TriggerEnd::Done, status.code()),
        Some(Ok(status)) => (TriggerEnd::Failed, status.code()),
        Some(Err(error)) => return failed(&error),
        None => (TriggerEnd::Killed, None),
    };
    match ended {
        // The child is reaped: its number may soon be somebody else's.
        TriggerEnd::Done | TriggerEnd::Failed | TriggerEnd::Skipped => family.release(),
        TriggerEnd::Killed => drop(family),
    }
    // What it left running may hold the pipes open.
    let _ =
        timeout(Duration::from_millis(200), async { while listening.join_next().await.is_some() {} }).await;
    let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Outcome { ended, status, said }
}

/// Reads both outputs as they come: the beginning is kept, the rest is dropped.
fn listen(child: &mut Child) -> (Arc<Mutex<Said>>, JoinSet<()>) {
    let said = Arc::<Mutex<Said>>::default();
    let mut listening = JoinSet::new();
    if let Some(out) = child.stdout.take() {
        listening.spawn(keep(out, Stream::Out, Arc::clone(&said)));
    }
    if let Some(err) = child.stderr.take() {
        listening.spawn(keep(err, Stream::Err, Arc::clone(&said)));
    }
    (said, listening)
}

async fn keep(mut pipe: impl AsyncRead + Unpin, stream: Stream, said: Arc<Mutex<Said>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = pipe.read(&mut piece).await {
        // A panic elsewhere leaves the bytes whole: they are added in one step.
        said.lock().unwrap_or_else(PoisonError::into_inner).push(stream, &piece[..length]);
    }
}

async fn call(url: &str, target_url: &str, limit: Duration) -> Outcome {
    let asked = async {
        // A proxy of the environment would see, and might change, what only the hook is to hear.
        let client = reqwest::Client::builder().no_proxy().timeout(limit).build()?;
        let request = client.post(url).header("Content-Type", "text/plain").body(target_url.to_owned());
        let mut answer = request.send().await?;
        let mut said = Said::default();
        while let Some(piece) = answer.chunk().await? {
            said.push(Stream::Out, &piece);
            if said.is_full(Stream::Out) {
                break;
            }
        }
        Ok::<_, reqwest::Error>((answer.status(), said))
    };
    match asked.await {
        Ok((status, said)) => {
            let ended = if status.is_success() { TriggerEnd::Done } else { TriggerEnd::Failed };
            Outcome { ended, status: Some(status.as_u16().into()), said }
        }
        Err(error) => failed(&error),
    }
}

/// An attempt that did not even begin, or whose end is not known; each cause behind the other.
fn failed(error: &dyn std::error::Error) -> Outcome {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let said = Said::whole(&causes.map(ToString::to_string).collect::<Vec<_>>().join(": "));
    Outcome { ended: TriggerEnd::Failed, status: None, said }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).process_group(0);
    command
}

#[cfg(not(unix))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(line);
    command
}

/// A child and those that it started: all are ended when this value is dropped.
#[cfg(unix)]
struct Family(Option<rustix::process::Pid>);

#[cfg(unix)]
impl Family {
    fn of(child: &Child) -> Self {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Self(number.and_then(rustix::process::Pid::from_raw))
    }

    fn release(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for Family {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// A child, which alone is ended when it is dropped.
#[cfg(not(unix))]
struct Family;

#[cfg(not(unix))]
impl Family {
    fn of(_: &Child) -> Self {
        Self
    }

    fn release(self) {}
}
