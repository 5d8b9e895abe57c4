//! Clients whose staging is at fault, over each scheme that package-url may have: what a target sees of it is judged alike.

use libtest_mimic::{Failed, Trial};
use penspec::requirements::verdict::Verdict;
use penspec::run::{Run, built_in};
use penspec::scenario::defect::Defect;
use penspec::scenario::load::load_defect;

/// What is at fault.
struct Fault {
    /// In words.
    name: &'static str,
    /// The habits, as a defect's file has them; SCHEME and STATUS stand for those of the scheme.
    habits: &'static str,
    /// The row that it breaks.
    row: &'static str,
    verdict: Verdict,
}

const FAULTS: [Fault; 5] = [
    Fault { name: "nothing", habits: "- stage: { over: SCHEME }", row: "PKG-009", verdict: Verdict::Pass },
    Fault {
        name: "a package that is missing",
        habits: "- stage: { over: SCHEME, wrong: [{ status: STATUS }] }",
        row: "PKG-009",
        verdict: Verdict::Fail,
    },
    Fault {
        name: "a wrong login",
        habits: "- stage: { over: SCHEME }\n- collect: { set: { package-url-password: correct pony } }",
        row: "PKG-009",
        verdict: Verdict::Fail,
    },
    Fault {
        name: "a transfer that breaks off",
        habits: "- stage: { over: SCHEME, wrong: [{ cut: 200 }] }",
        row: "PKG-009",
        verdict: Verdict::Fail,
    },
    Fault {
        name: "a package that is no archive",
        habits: "- stage: { over: SCHEME, package: no-zip.zip }",
        row: "PKG-010",
        verdict: Verdict::Warning,
    },
];

/// The schemes, and how a server of each says that there is no such file.
const SCHEMES: [(&str, &str); 4] = [("http", "404"), ("https", "404"), ("ftp", "550"), ("ftps", "550")];

/// A trial for each fault over each scheme; `play` publishes once with such habits.
pub(crate) fn trials(play: fn(&Defect) -> Run) -> impl Iterator<Item = Trial> {
    let all = SCHEMES.iter().flat_map(|scheme| FAULTS.iter().map(move |fault| (*scheme, fault)));
    all.map(move |((scheme, status), fault)| {
        let name = format!("{} over {scheme} is judged", fault.name);
        Trial::test(name, move || {
            let client = fault.client((scheme, status));
            fault.hold(&play(&client))
        })
        .with_kind("staging")
    })
}

impl Fault {
    fn client(&self, (scheme, status): (&str, &str)) -> Defect {
        let habits = self.habits.replace("SCHEME", scheme).replace("STATUS", status);
        let text = format!("title: {:?}\nsubject: client\nbreaks: []\nhabits:\n{habits}\n", self.name);
        built_in::with_known(|known| load_defect(self.name, "staging", &text, known))
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    fn hold(&self, run: &Run) -> Result<(), Failed> {
        let judged =
            run.judgement.rows.iter().find(|judged| judged.row.id == self.row).ok_or("no such row")?;
        if judged.verdict == self.verdict {
            return Ok(());
        }
        let (is, due) = (judged.verdict.key(), self.verdict.key());
        Err(format!("{} is {is}, and is to be {due}", self.row).into())
    }
}
