//! `fetch`: the package that a collect offers is taken.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::mock::reception::Shows;
use crate::scenario::player::{CutShort, Play};

/// How the package of a collect is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetch {
    /// Whether the credentials of the collect are shown.
    #[serde(default)]
    pub credentials: Credentials,
    /// When it is fetched a second time.
    #[serde(default)]
    pub again: Option<Again>,
    /// The publishing, by the name that its `trigger` gave it; the collect that came last when left out.
    #[serde(default)]
    pub of: Option<String>,
}

/// Whether the credentials of a collect are shown to who offers the package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Those that the collect gives, if it gives some.
    #[default]
    Given,
    /// None, whatever the collect gives; nothing is fetched where it gives none, which would show nothing new.
    None,
}

/// When a package is fetched a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// At once.
    Now,
    /// When all cases have been played.
    AtTheEnd,
}

impl Fetch {
    /// Fetches it and waits until it has come, or will not.
    pub(in crate::scenario) async fn perform(&self, play: &mut Play) -> Result<(), CutShort> {
        use crate::pens::Element;
        let Some(heard) = play.accepted(self.of.as_deref())?.cloned() else { return Ok(()) };
        let gives_none = heard.command.get(Element::PackageUrlUserId).is_none_or(str::is_empty);
        let shows = match self.credentials {
            Credentials::Given => Shows::Credentials,
            Credentials::None if gives_none => return Ok(()),
            Credentials::None => Shows::Nothing,
        };
        let patience = play.hand.profile.limits.download;
        let (reception, _) = play.hand.mock.target()?;
        reception.fetch(&heard, shows, patience).await;
        match self.again {
            None => {}
            Some(Again::Now) => reception.fetch(&heard, shows, patience).await,
            Some(Again::AtTheEnd) => reception.fetch_at_the_end(heard, shows),
        }
        Ok(())
    }
}
