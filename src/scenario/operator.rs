//! Whoever serves a client under test: makes it publish, and says what it shows. A scenario asks; who answers is not
//! known here.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::transcript::entry::Answered;

/// Takes what scenarios ask.
#[derive(Debug, Clone)]
pub struct Operator(mpsc::UnboundedSender<Ask>);

/// What a scenario asks.
#[derive(Debug)]
pub enum Ask {
    /// That the client publishes a course.
    Publish(Publish),
    /// What the client shows.
    Question(Question),
}

/// The wish that a client publishes to an address now.
#[derive(Debug)]
pub struct Publish {
    /// The case's id.
    pub scenario: String,
    /// What the case shows.
    pub title: String,
    /// Which course, in words.
    pub course: String,
    /// The target system URL.
    pub target_url: String,
    /// How long its collect is waited for.
    pub limit: Duration,
    /// Where to tell how it went, once the attempt is over and recorded.
    pub told: oneshot::Sender<Result<(), NotPublished>>,
    /// Ends when the case needs no publishing any more.
    pub over: oneshot::Receiver<()>,
}

/// A question to be answered with yes or no.
#[derive(Debug)]
pub struct Question {
    /// The case's id.
    pub scenario: String,
    /// The question.
    pub question: String,
    /// Where to tell the answer, and what is to be added to it.
    pub told: oneshot::Sender<(Answered, String)>,
}

/// The client was not made to publish, and not by its own fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// The command or the web hook failed.
    #[error("{0}")]
    Failed(String),
    /// A person left the case out.
    #[error("it was left out by the person at the terminal")]
    Skipped,
    /// Nobody is there.
    #[error("nobody is there to make the client publish")]
    Nobody,
}

/// A publishing that was asked for.
#[derive(Debug)]
pub(super) struct Publishing {
    told: oneshot::Receiver<Result<(), NotPublished>>,
    over: Option<oneshot::Sender<()>>,
    is_told: bool,
}

impl Operator {
    /// An operator, and what is asked of it.
    #[must_use]
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Ask>) {
        let (asks, asked) = mpsc::unbounded_channel();
        (Self(asks), asked)
    }

    /// Asks for a publishing; it goes on beside what follows.
    pub(super) fn publish(
        &self,
        scenario: &str,
        (title, course): (&str, &str),
        target_url: &str,
        limit: Duration,
    ) -> Publishing {
        let ((told, telling), (over, ending)) = (oneshot::channel(), oneshot::channel());
        let publish = Publish {
            scenario: scenario.to_owned(),
            title: title.to_owned(),
            course: course.to_owned(),
            target_url: target_url.to_owned(),
            limit,
            told,
            over: ending,
        };
        // Where nobody listens the ask is dropped, and the other end says so.
        let _ = self.0.send(Ask::Publish(publish));
        Publishing { told: telling, over: Some(over), is_told: false }
    }

    /// Asks a question and waits for the answer; nobody's answer is none.
    pub(super) async fn ask(&self, scenario: &str, question: &str) -> (Answered, String) {
        let (told, telling) = oneshot::channel();
        let asked = Question { scenario: scenario.to_owned(), question: question.to_owned(), told };
        let _ = self.0.send(Ask::Question(asked));
        telling.await.unwrap_or((Answered::Unanswered, String::new()))
    }
}

impl Publishing {
    /// Ends when the attempt has failed; never when it has not.
    pub(super) async fn failed(&mut self) -> NotPublished {
        if self.is_told {
            return std::future::pending().await;
        }
        let told = (&mut self.told).await;
        self.is_told = true;
        match told {
            Ok(Ok(())) => std::future::pending().await,
            Ok(Err(why)) => why,
            Err(_) => NotPublished::Nobody,
        }
    }

    /// Says that the case needs it no more.
    pub(super) fn let_go(&mut self) {
        drop(self.over.take());
    }

    /// Says so, and waits until it is recorded.
    pub(super) async fn end(mut self) {
        self.let_go();
        if !self.is_told {
            let _ = self.told.await;
        }
    }
}
