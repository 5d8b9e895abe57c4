//! Clients that do what is allowed, if seldom: each gives the table of the conforming client but for what is remarked.

use libtest_mimic::{Failed, Trial};
use penspec::requirements::verdict::{RunVerdict, Verdict};
use penspec::run::{Run, built_in};
use penspec::scenario::defect::Defect;
use penspec::scenario::load::load_defect;

/// A client that is allowed.
struct Variant {
    /// What it does.
    name: &'static str,
    /// Its habits, as a defect's file has them.
    habits: &'static str,
    /// The rows of which something is remarked; none fails.
    remarked: &'static [&'static str],
    /// The rows that cannot be judged of it.
    unjudged: &'static [(&'static str, Verdict)],
}

const VARIANTS: &[Variant] = &[
    // Advice, or tolerated.
    Variant {
        name: "ims-qti for a package-type",
        habits: "- stage: { package: qti-minimal.zip }\n- collect: { set: { package-type: ims-qti } }",
        remarked: &["ELM-003"],
        unjudged: &[],
    },
    Variant {
        name: "a null expiry",
        habits: "- collect: { set: { package-url-expiry: '' } }",
        remarked: &["ELM-009"],
        unjudged: &[],
    },
    Variant {
        name: "an expiry that has passed",
        habits: "- collect: { set: { package-url-expiry: 2001-01-01T00:00:00Z } }",
        remarked: &["ELM-009"],
        unjudged: &[("PKG-016", Verdict::NotTested), ("SEQ-001", Verdict::NotTested)],
    },
    Variant {
        name: "a null client",
        habits: "- collect: { set: { client: '' } }",
        remarked: &["ELM-010"],
        unjudged: &[],
    },
    Variant {
        name: "a vendor-data of 5000 characters",
        habits: "- collect: { set: { vendor-data: LONG } }",
        remarked: &["ELM-014"],
        unjudged: &[],
    },
    Variant {
        name: "reserved characters as they stand",
        habits: "- collect: { replace: [{ replace: '%3A', with: ':' }, { replace: '%2F', with: '/' }] }",
        remarked: &["MSG-003"],
        unjudged: &[],
    },
    Variant {
        name: "an element that the specification has not",
        habits: "- collect: { set: { target-system-url: http://lms.example/pens } }",
        remarked: &["MSG-004"],
        unjudged: &[],
    },
    Variant {
        name: "the same element twice with one value",
        habits: "- collect: { repeat: [client] }",
        remarked: &["MSG-005"],
        unjudged: &[],
    },
    Variant {
        name: "a package that is no archive",
        habits: "- stage: { package: cut-short.zip }",
        remarked: &["PKG-010"],
        unjudged: &[],
    },
    Variant { name: "a GET", habits: "- collect: { method: get }", remarked: &["MSG-009"], unjudged: &[] },
    Variant {
        name: "a POST that calls itself JSON",
        habits: "- collect: { headers: { Content-Type: application/json } }",
        remarked: &["MSG-009"],
        unjudged: &[],
    },
    Variant {
        name: "a receipt in error that is acknowledged with its code",
        habits: "- acknowledge: { when: in-error, echo: error }",
        remarked: &["ERR-102"],
        unjudged: &[],
    },
    Variant {
        name: "a package that anybody may have though the collect gives credentials",
        habits: "- stage: { guard: open }",
        remarked: &["PKG-009"],
        unjudged: &[],
    },
    // Every target fetches by http, and not every one by FTP: published by that alone, it may not reach them (5).
    Variant {
        name: "a package over FTP",
        habits: "- stage: { over: ftp }",
        remarked: &[],
        unjudged: &[("PKG-015", Verdict::Inconclusive)],
    },
    Variant {
        name: "a package over FTPS with an account",
        habits: "- stage: { over: ftps, auth: { user: author, password: p, account: department 7 } }",
        remarked: &[],
        unjudged: &[("PKG-015", Verdict::Inconclusive)],
    },
    // Nothing to remark.
    Variant {
        name: "a package over https",
        habits: "- stage: { over: https }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "a mailto: receipt",
        habits: "- collect: { set: { receipt: 'mailto:author@author.example' } }",
        remarked: &[],
        unjudged: &[("CBK-001", Verdict::NotApplicable)],
    },
    Variant {
        name: "credentials with reserved characters",
        habits: "- stage: { auth: { user: 'a&b=c', password: 'p+q %&=' } }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "no alerts",
        habits: "- collect: { omit: [alerts] }",
        remarked: &[],
        unjudged: &[("ELM-013", Verdict::NotApplicable), ("CBK-002", Verdict::NotApplicable)],
    },
    Variant {
        name: "null optional elements",
        habits: "- stage: { guard: open }\n- collect:\n    set:\n      package-url-user-id: ''\n      package-url-account: ''\n      package-url-password: ''\n      system-user-id: ''\n      system-password: ''\n      vendor-data: ''",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "a receipt URL with a query",
        habits: "- collect: { set: { receipt: '{receipt}?course=1&lang=en' } }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "a war",
        habits: "- stage: { path: { extension: war } }\n- collect: { set: { package-format: war } }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "elements in another order",
        habits: "- collect: { order: shuffled }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "a plus for a space in a POST",
        habits: "- collect: { set: { client: 'An Authoring Tool' }, encode: form }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "a POST whose values are percent-encoded",
        habits: "- collect: { set: { client: 'An Authoring Tool' }, encode: percent }",
        remarked: &[],
        unjudged: &[],
    },
    Variant {
        name: "fractions of a second",
        habits: "- collect: { set: { package-url-expiry: 2099-01-01T00:00:00.25Z } }",
        remarked: &[],
        unjudged: &[],
    },
];

/// A trial for each; `play` is a whole run of a mock client with such habits.
pub(crate) fn trials(play: fn(&Defect) -> Run) -> impl Iterator<Item = Trial> {
    VARIANTS.iter().map(move |variant| {
        Trial::test(format!("{} does not fail", variant.name), move || variant.hold(&play(&variant.client())))
            .with_kind("variant")
    })
}

impl Variant {
    /// The client, read as strictly as a shipped defect is.
    fn client(&self) -> Defect {
        let habits = self.habits.replace("LONG", &"x".repeat(5000));
        let text = format!("title: {:?}\nsubject: client\nbreaks: []\nhabits:\n{habits}\n", self.name);
        built_in::with_known(|known| load_defect(self.name, "variant", &text, known))
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// Whether a run says of every row what it should.
    fn hold(&self, run: &Run) -> Result<(), Failed> {
        let mut wrong = Vec::new();
        let is_unclear = self.unjudged.iter().any(|(_, verdict)| *verdict == Verdict::Inconclusive);
        let due = if is_unclear { RunVerdict::Incomplete } else { RunVerdict::Conforms };
        if run.judgement.verdict != due {
            wrong.push(format!("the run is {}", run.judgement.verdict.key()));
        }
        for judged in &run.judgement.rows {
            let expected = self.expected(judged.row.id);
            if judged.verdict != expected {
                let (id, is) = (judged.row.id, judged.verdict.key());
                wrong.push(format!("{id} is {is}, and is to be {}", expected.key()));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
    }

    fn expected(&self, id: &str) -> Verdict {
        let unjudged = self.unjudged.iter().find(|(unjudged, _)| *unjudged == id);
        let judged = if self.remarked.contains(&id) { Verdict::Warning } else { Verdict::Pass };
        unjudged.map_or(judged, |(_, verdict)| *verdict)
    }
}
