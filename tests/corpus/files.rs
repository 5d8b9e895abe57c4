//! The files that people write: scenarios, defects and profiles.

use std::sync::LazyLock;

use penspec::pens::Element;
use penspec::profile::load::{Loaded, Surroundings};
use penspec::profile::reference::Vault;
use penspec::requirements;
use penspec::run::built_in;
use penspec::scenario::load;
use penspec::transcript::bytes::steers;

/// What every secret of the operator's is, and no message may show.
const CANARY: &str = "canary-7f3a9c51";

static REQUIREMENTS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| requirements::all().map(|row| row.id).collect());

/// A scenario, which is one of a defect as well: it is taken whole, or told where it is wrong in plain text.
pub(super) fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    built_in::with_known(|known| {
        match load::load("corpus.yaml", "corpus/file", text, known) {
            Ok(scenario) => {
                assert!(!scenario.cases().is_empty());
                assert!(scenario.cases().iter().all(|case| case.id.starts_with("corpus/file")));
            }
            Err(mistakes) => told(&mistakes.to_string()),
        }
        match load::load_defect("corpus.yaml", "corpus", text, known) {
            Ok(defect) => assert_eq!(defect.name, "corpus"),
            Err(mistakes) => told(&mistakes.to_string()),
        }
    });
}

/// A profile: no message shows a secret, and a profile that is taken shows none when it is recorded.
pub(super) fn profile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains(CANARY) {
        return;
    }
    match loaded(text) {
        Ok(loaded) => {
            let recorded = serde_json::to_string(&loaded.profile).unwrap();
            assert!(!recorded.contains(CANARY), "{recorded}");
            assert!(!format!("{:?}", loaded.profile).contains(CANARY));
        }
        Err(message) => {
            told(&message);
            assert!(!message.contains(CANARY), "{message}");
        }
    }
}

fn loaded(text: &str) -> Result<Loaded, String> {
    let surroundings = Surroundings {
        vault: Vault {
            variable: &|name| name.starts_with("LMS").then(|| CANARY.to_owned()),
            file: &|path| if path.ends_with("key") { Ok(CANARY.to_owned()) } else { Err("no".to_owned()) },
        },
        requirement_ids: &REQUIREMENTS,
        is_common: &|text| Element::ALL.iter().any(|element| element.name().contains(text)),
        advertised: &|_, _| Ok(()),
        course: &|_| Ok(()),
        proxy: &|_| Ok(()),
    };
    penspec::profile::load::load("corpus.yaml", text, surroundings).map_err(|found| found.to_string())
}

/// A message names the file and steers no terminal.
fn told(message: &str) {
    assert!(message.contains("corpus.yaml"), "{message:?}");
    assert!(!message.chars().any(|letter| letter != '\n' && steers(letter)), "{message:?}");
}
