//! Serves what scenarios ask while a client is under test: by a hook, by a person at the terminal, by a file of answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::answers::Answers;
use super::person::Person;
use crate::mock::client::Client;
use crate::pens::Code;
use crate::run::tour;
use crate::run::trigger::{Hook, publish};
use crate::scenario::operator::{Ask, Question};
use crate::transcript::entry::Answered;
use crate::transcript::{Recorder, Transaction};

/// By what a client is made to publish.
pub(super) enum Means {
    /// A command or a web hook.
    Hook(Hook),
    /// The mock client of the tour.
    BuiltIn(Arc<Client>),
    /// A person at the terminal.
    Person,
}

/// Serves until nobody can ask any more; what was begun is ended with it. A command has `grace` after its case.
pub(super) async fn serve(
    mut asks: mpsc::UnboundedReceiver<Ask>,
    means: Means,
    answers: Answers,
    (recorder, grace): (Recorder, Duration),
) {
    let mut publishing = JoinSet::new();
    let mut person = match &means {
        Means::Hook(_) | Means::BuiltIn(_) => None,
        Means::Person => Some(Person::at_the_terminal()),
    };
    while let Some(ask) = asks.recv().await {
        match (ask, &means, &mut person) {
            (Ask::Publish(ask), Means::Hook(hook), _) => {
                let (hook, recorder) = (hook.clone(), recorder.clone());
                publishing.spawn(async move { publish(&hook, ask, &recorder, grace).await });
            }
            (Ask::Publish(ask), Means::BuiltIn(client), _) => {
                let client = Arc::clone(client);
                publishing.spawn(async move { tour::publish(&client, ask).await });
            }
            (Ask::Publish(ask), Means::Person, Some(person)) => person.publish(ask, &recorder).await,
            // Dropping the ask says that nobody is there.
            (Ask::Publish(_), Means::Person, None) => {}
            (Ask::Question(question), Means::BuiltIn(client), _) => {
                let _ = question.told.send(shown_by(client));
            }
            (Ask::Question(question), Means::Hook(_) | Means::Person, person) => {
                let known = answers.get(&question.scenario).cloned();
                answer(question, known, person.as_mut()).await;
            }
        }
    }
}

/// What the mock client tells of its last publishing: whoever asks wants to know whether it says that it failed.
fn shown_by(client: &Client) -> (Answered, String) {
    let evidence = client.recorder().transcript().evidence();
    let last = evidence.transactions.last().and_then(Transaction::response);
    let refused =
        last.and_then(|(response, _)| Some((response.code()?, response.error_text()?.into_owned())));
    match refused {
        Some((Code::NO_ERROR, _)) => (Answered::No, "it says that the collect was accepted".to_owned()),
        Some((code, text)) => (Answered::Yes, format!("it says: refused with {code}, {text}")),
        None => (Answered::Unanswered, String::new()),
    }
}

async fn answer(question: Question, known: Option<(Answered, String)>, person: Option<&mut Person>) {
    let answer = match (known, person) {
        (Some(known), _) => known,
        (None, Some(person)) => person.answer(&question.scenario, &question.question).await,
        (None, None) => (Answered::Unanswered, String::new()),
    };
    let _ = question.told.send(answer);
}
