//! What types cannot say: whether the names in a scenario or a defect are names of something, and its steps make sense.

use std::collections::BTreeSet;

use super::Known;
use crate::scenario::defect::{Callback, DefectFile, Habit, Offer, Publish, Respond, When};
use crate::scenario::glob;
use crate::scenario::model::{ScenarioFile, Subject};
use crate::scenario::packages::COURSE;
use crate::scenario::steps::Step;
use crate::scenario::steps::callback::Callback as Said;
use crate::scenario::steps::collect::Collect;
use crate::scenario::steps::expect::Expect;
use crate::scenario::steps::stage::Stage;
use crate::yaml::{Mistake, Node, Place, listed, quoted};

/// The names that stand in answers, receipts and alerts beside the elements.
const CALLBACK_NAMES: [&str; 4] = ["error", "error-text", "version", "pens-data"];

/// The names that are no elements of 6.2 and that real senders add all the same.
const FOREIGN_NAMES: [&str; 1] = ["target-system-url"];

/// Looks through a scenario for one case; `document` is the tree that it was read from.
pub(super) fn scenario(file: &ScenarioFile, document: &Node, known: &Known<'_>, found: &mut Vec<Mistake>) {
    let mut lint = Lint { known, found };
    lint.requirements(&file.proves, document.key("proves"));
    if file.steps.is_empty() {
        lint.mistake(document.key_place("steps"), "no steps: a scenario has at least one");
    }
    lint.steps(&file.steps, document.key("steps"), file.subject, &mut Vec::new());
    if file.subject == Subject::Client {
        lint.expectations(&file.steps, document.key("steps"), Answered::Nothing);
    }
}

/// Whether a step has a client answer anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// A receipt or an alert.
    Something,
    Nothing,
}

/// Where a step names its transaction: of an `await`, one level deeper.
fn place_of(node: &Node, step: &Step) -> Place {
    let step_node = node.key(step.verb());
    match step {
        Step::Await(_) => {
            step_node.entries().first().map_or(step_node.place, |(_, event)| event.key("of").place)
        }
        Step::Stage(_)
        | Step::Collect(_)
        | Step::Trigger(_)
        | Step::Respond(_)
        | Step::Fetch(_)
        | Step::Receipt(_)
        | Step::Alert(_)
        | Step::Ask(_)
        | Step::Expect(_)
        | Step::Pause(_)
        | Step::Repeat(_) => step_node.key("of").place,
    }
}

/// Whether a step that may name a transaction is about one: a client's collects are all answered alike, and its silence
/// is that of them all.
fn is_about_one(step: &Step, subject: Subject) -> bool {
    match (step, subject) {
        (Step::Respond(_), Subject::Client) => false,
        (Step::Await(event), Subject::Client) => event.subject().is_some(),
        _ => true,
    }
}

/// What is to be said of a step that the subject of its scenario has no use for.
fn out_of_place(step: &Step, subject: Subject) -> String {
    let verb = step.verb();
    let owner = match subject {
        Subject::Client => Subject::Target.name(),
        Subject::Target => Subject::Client.name(),
    };
    let what = if verb == "await" { "this event is awaited" } else { "this step stands" };
    format!("{verb}: {what} only where the subject is a {owner}")
}

/// Looks through a defect; `document` is the tree that it was read from.
pub(super) fn defect(file: &DefectFile, document: &Node, known: &Known<'_>, found: &mut Vec<Mistake>) {
    let mut lint = Lint { known, found };
    lint.requirements(&file.breaks, document.key("breaks"));
    for (index, collateral) in file.collateral.iter().enumerate() {
        let node = document.key("collateral").item(index).key("requirement");
        lint.pattern(&collateral.requirement, node.place);
    }
    if file.habits.is_empty() {
        lint.mistake(document.key_place("habits"), "no habits: a defect has at least one");
    }
    for (index, habit) in file.habits.iter().enumerate() {
        let node = document.key("habits").item(index);
        if habit.subject() != file.subject {
            let (word, owner) = (habit.word(), habit.subject().name());
            let message = format!("{word}: this habit is had only where the subject is a {owner}");
            lint.mistake(node.key_place(word), message);
        }
        lint.habit(habit, node);
    }
}

struct Lint<'a, 'k> {
    known: &'a Known<'k>,
    found: &'a mut Vec<Mistake>,
}

impl Lint<'_, '_> {
    fn mistake(&mut self, place: Place, message: impl Into<String>) {
        self.found.push(Mistake::new(place, message));
    }

    /// Each step of a list; `named` are the names that steps before them gave to transactions.
    fn steps<'s>(&mut self, steps: &'s [Step], list: &Node, subject: Subject, named: &mut Vec<&'s str>) {
        for (index, step) in steps.iter().enumerate() {
            let node = list.item(index);
            let (verb, body) = (node.key_place(step.verb()), node.key(step.verb()));
            if step.subject().is_some_and(|owner| owner != subject) {
                self.mistake(verb, out_of_place(step, subject));
            }
            if let Some(name) = step.of() {
                let known = if is_about_one(step, subject) { named.as_slice() } else { &[] };
                self.name("transaction", name, known, place_of(node, step));
            }
            match step {
                Step::Stage(stage) => {
                    self.stage(stage, body);
                    named.extend(stage.name.as_deref());
                }
                Step::Collect(collect) => self.collect(collect, body, verb),
                Step::Expect(expect) => self.expect(expect, verb),
                Step::Receipt(callback) | Step::Alert(callback) => self.said(callback, body),
                Step::Repeat(repeat) if repeat.is_too_deep() => {
                    self.mistake(verb, "repetitions stand too deeply in each other: three are the most");
                }
                Step::Repeat(repeat) => self.steps(&repeat.steps, body.key("steps"), subject, named),
                Step::Respond(respond) if respond.mail.is_some() && subject == Subject::Client => {
                    self.mistake(
                        body.key_place("mail"),
                        "mail: only where the subject is a target, which mails",
                    );
                }
                Step::Trigger(trigger) => named.extend(trigger.name.as_deref()),
                Step::Fetch(_) | Step::Ask(_) | Step::Respond(_) | Step::Await(_) | Step::Pause(_) => {}
            }
        }
    }

    /// What a client is expected to answer stands behind what it answers.
    fn expectations(&mut self, steps: &[Step], list: &Node, mut answered: Answered) -> Answered {
        for (index, step) in steps.iter().enumerate() {
            let node = list.item(index);
            match step {
                Step::Receipt(_) | Step::Alert(_) => answered = Answered::Something,
                Step::Repeat(repeat) => {
                    let below = node.key("repeat").key("steps");
                    answered = self.expectations(&repeat.steps, below, answered);
                }
                Step::Expect(expect) if expect.is_about_an_answer() && answered == Answered::Nothing => {
                    let message = "nothing that the client answers stands before this step: put it behind a \
                                   \"receipt\" or an \"alert\"";
                    self.mistake(node.key_place("expect"), message);
                }
                Step::Stage(_)
                | Step::Collect(_)
                | Step::Trigger(_)
                | Step::Respond(_)
                | Step::Fetch(_)
                | Step::Ask(_)
                | Step::Await(_)
                | Step::Expect(_)
                | Step::Pause(_) => {}
            }
        }
        answered
    }

    fn stage(&mut self, stage: &Stage, node: &Node) {
        let place = node.key("package").place;
        let known = [&[COURSE], self.known.package_names].concat();
        self.name("package", &stage.package, &known, place);
    }

    fn collect(&mut self, collect: &Collect, node: &Node, verb: Place) {
        self.fields(collect.set.keys(), node.key("set"), &FOREIGN_NAMES);
        self.elements(&collect.omit, node.key("omit"), &[]);
        self.elements(&collect.repeat, node.key("repeat"), &[]);
        let before = self.found.len();
        self.requirements(&collect.provokes, node.key("provokes"));
        if self.found.len() == before {
            self.faults(collect, node, verb);
        }
    }

    /// What a collect claims to provoke is what it carries, no less and no more.
    fn faults(&mut self, collect: &Collect, node: &Node, verb: Place) {
        let carried: BTreeSet<String> = (self.known.faults)(collect).into_iter().collect();
        let claimed: BTreeSet<String> = collect.provokes.iter().cloned().collect();
        if carried == claimed {
            return;
        }
        let carried = listed(&carried.into_iter().collect::<Vec<_>>());
        if claimed.is_empty() {
            self.mistake(
                verb,
                format!("this collect carries {carried} without a word of it: add \"provokes\""),
            );
        } else {
            let claimed = listed(&claimed.into_iter().collect::<Vec<_>>());
            let place = node.key("provokes").place;
            self.mistake(
                place,
                format!("this collect says that it provokes {claimed}, but what it carries is {carried}"),
            );
        }
    }

    fn said(&mut self, said: &Said, node: &Node) {
        let names = [&FOREIGN_NAMES[..], &CALLBACK_NAMES[..]].concat();
        self.fields(said.set.keys(), node.key("set"), &names);
        self.elements(&said.omit, node.key("omit"), &names);
        self.elements(&said.repeat, node.key("repeat"), &names);
    }

    fn expect(&mut self, expect: &Expect, verb: Place) {
        if (Expect { of: None, ..expect.clone() }) == Expect::default() {
            self.mistake(
                verb,
                "nothing is expected: give \"error\", \"error-text\", \"body\", \"within\" or \"count\"",
            );
        }
    }

    fn habit(&mut self, habit: &Habit, node: &Node) {
        match habit {
            Habit::Respond(respond) => self.respond(respond, node.key("respond")),
            Habit::Ignore(elements) => self.elements(elements, node.key("ignore"), &[]),
            Habit::Accept(elements) => self.elements(elements, node.key("accept"), &[]),
            Habit::Overlook(elements) => self.elements(elements, node.key("overlook"), &[]),
            Habit::Receipt(callback) => self.callback(callback, node.key("receipt")),
            Habit::Alert(callback) => self.callback(callback, node.key("alert")),
            Habit::Collect(publish) => self.publish(publish, node.key("collect")),
            Habit::Stage(offer) => self.offer(offer, node.key("stage")),
            Habit::Tell(_)
            | Habit::Skip(_)
            | Habit::SkipAfterFailure(_)
            | Habit::SkipWhenUnopened(_)
            | Habit::Twice(_)
            | Habit::Order(_)
            | Habit::ProceedAfterRefusal(_)
            | Habit::Fetch(_)
            | Habit::Mail(_)
            | Habit::IllAcknowledged(_)
            | Habit::Head(_)
            | Habit::Repeated(_)
            | Habit::WithoutPassword(_)
            | Habit::Disregard(_)
            | Habit::BodyPlus(_)
            | Habit::Acknowledge(_) => {}
        }
    }

    fn publish(&mut self, publish: &Publish, node: &Node) {
        self.fields(publish.set.keys(), node.key("set"), &FOREIGN_NAMES);
        self.elements(&publish.omit, node.key("omit"), &[]);
        self.elements(&publish.repeat, node.key("repeat"), &[]);
    }

    fn offer(&mut self, offer: &Offer, node: &Node) {
        for (key, package) in [("package", &offer.package), ("in-turn-with", &offer.in_turn_with)] {
            if let Some(package) = package {
                self.name("package", package, self.known.package_names, node.key(key).place);
            }
        }
    }

    fn respond(&mut self, respond: &Respond, node: &Node) {
        match &respond.when {
            When::Without(element) => {
                let place = node.key("when").key("without").place;
                self.name("element", element, self.known.element_names, place);
            }
            When::With(with) => {
                let place = node.key("when").key("with").key("element").place;
                self.name("element", &with.element, self.known.element_names, place);
            }
            When::Always
            | When::Accepted
            | When::Refused
            | When::Get
            | When::Post
            | When::Reordered
            | When::Garbage
            | When::Unknown => {}
        }
        if let Some(element) = &respond.echo {
            self.name("element", element, self.known.element_names, node.key("echo").place);
        }
    }

    fn callback(&mut self, callback: &Callback, node: &Node) {
        self.fields(callback.set.keys(), node.key("set"), &CALLBACK_NAMES);
        self.elements(&callback.omit, node.key("omit"), &CALLBACK_NAMES);
    }

    fn requirements(&mut self, ids: &[String], node: &Node) {
        for (index, id) in ids.iter().enumerate() {
            self.name("requirement", id, self.known.requirement_ids, node.item(index).place);
        }
    }

    fn pattern(&mut self, pattern: &str, place: Place) {
        if !glob::is_glob(pattern) {
            self.name("requirement", pattern, self.known.requirement_ids, place);
        } else if !self.known.requirement_ids.iter().any(|id| glob::matches(pattern, id)) {
            self.mistake(place, format!("no requirement is matched by {}", quoted(pattern)));
        }
    }

    fn elements(&mut self, names: &[String], node: &Node, besides: &[&str]) {
        let known = [self.known.element_names, besides].concat();
        for (index, name) in names.iter().enumerate() {
            self.name("element", name, &known, node.item(index).place);
        }
    }

    fn fields<'s>(&mut self, names: impl Iterator<Item = &'s String>, node: &Node, besides: &[&str]) {
        let known = [self.known.element_names, besides].concat();
        for name in names {
            self.name("element", name, &known, node.key_place(name));
        }
    }

    fn name(&mut self, what: &str, name: &str, known: &[&str], place: Place) {
        if !known.contains(&name) {
            let message = format!("unknown {what} {}", quoted(name));
            self.found.push(Mistake::unknown(place, message, name, known.iter().copied()));
        }
    }
}
