//! What `test target` and `test client` are told, by their flags and by the profile: the flag wins.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Stop, profile};
use crate::certify::{Told, read_proxy, read_told};
use crate::profile::load::Loaded;
use crate::profile::period::PeriodError;
use crate::profile::selection::BuiltIn;
use crate::profile::{
    InsecureSkipVerify, KeepGoing, LevelName, ListenAt, MaxInFlight, Period, Port, Profile, Progress,
    Reading, ReportDir,
};
use crate::run::partition::Partition;
use crate::wire::http::{Address, AddressError};

/// What `test target` is told.
#[derive(Args, Default)]
pub(super) struct Options {
    /// The target system URL: where the LMS takes collects; that of the profile when left out.
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// The scenarios to play, by id or glob (target/errors/*); all when left out. The probe comes with them.
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Transactions between collect and receipt at once [default: 8].
    #[arg(long, value_name = "N", value_parser = read_count)]
    max_in_flight: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What a test of either kind of peer is told.
#[derive(Args, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Common {
    /// The profile of the peer under test; penspec.yaml when it is there. A flag wins over what the profile says.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Where the report goes [default: reports].
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Only the scenarios that are there for these requirements, by id or glob (ERR-20*).
    #[arg(long, value_name = "ID")]
    requirement: Vec<String>,
    /// Only the scenarios that are there for requirements of these levels.
    #[arg(long, value_enum, value_name = "LEVEL")]
    level: Vec<LevelName>,
    /// Only what failed, was inconclusive, needs a review or was not played in the run that the report directory holds.
    #[arg(long)]
    pub(super) failed: bool,
    /// Say what would be sent, and send nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Only the K-th of N parts, for runs beside each other (2/4).
    #[arg(long, value_name = "K/N", value_parser = str::parse::<Partition>)]
    pub(super) partition: Option<Partition>,
    /// A directory with scenarios of your own, played beside the built-in ones.
    #[arg(long = "scenarios", value_name = "DIR", id = "directory")]
    directory: Option<PathBuf>,
    /// Leave the built-in scenarios out, but for the probe of a target.
    #[arg(long)]
    no_built_in: bool,
    /// How long to wait (receipt=60s): response 30s, collect 5m, download 60s, receipt 5m, alert 5m, quiet 3s and
    /// run 30m unless told otherwise.
    #[arg(long, value_name = "NAME=DURATION", value_parser = read_limit)]
    limit: Vec<(String, Duration)>,
    #[command(flatten)]
    connection: Connection,
    /// Whether what a ruling tolerates is a warning or a break [default: tolerant].
    #[arg(long, value_enum)]
    reading: Option<Reading>,
    /// Play the other scenarios though the first collect was refused, or did not come.
    #[arg(long)]
    keep_going: bool,
    /// How the run is shown while it lasts, on standard error [default: auto].
    #[arg(long, value_enum)]
    progress: Option<Progress>,
}

/// Where penspec listens, what peers are told, and how it connects itself.
#[derive(Args, Default)]
pub(super) struct Connection {
    /// Where penspec listens [default: 127.0.0.1:0].
    #[arg(long, value_name = "HOST:PORT", value_parser = str::parse::<ListenAt>)]
    listen: Option<ListenAt>,
    /// Where penspec listens for https, or off [default: 127.0.0.1:0].
    #[arg(long, value_name = "HOST:PORT", value_parser = str::parse::<Port>)]
    https_listen: Option<Port>,
    /// Where packages are offered to an LMS over FTP, or off [default: 127.0.0.1:0, and off for an LMS on another machine].
    #[arg(long, value_name = "HOST:PORT", value_parser = str::parse::<Port>)]
    ftp_listen: Option<Port>,
    /// Where penspec takes mail, or off [default: 127.0.0.1:0].
    #[arg(long, value_name = "HOST:PORT", value_parser = str::parse::<Port>)]
    smtp_listen: Option<Port>,
    /// A file with CAs that penspec trusts besides those of this machine when it connects by https.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Take any certificate of the peer under test; every report says so.
    #[arg(long)]
    insecure_skip_verify: bool,
    /// The HTTP proxy that penspec connects through; that of the environment is never used.
    #[arg(long, value_name = "URL", value_parser = read_proxy_url)]
    proxy: Option<String>,
    /// What the peer is told instead of the address that penspec listens on: harness.example:8080, or the URL of a tunnel
    /// to it with its prefix, which may be https. With https= or ftp= before it, what it is told where those are meant. With mail= before
    /// it, the domain whose mail comes to --smtp-listen.
    #[arg(long, value_name = "[PROTOCOL=]URL", value_parser = read_told)]
    advertise: Vec<Told>,
}

impl Options {
    /// The profile with what the flags say in the place of what it says.
    pub(super) fn loaded(&self) -> Result<Loaded, Stop> {
        let mut loaded = self.common.loaded()?;
        self.apply(&mut loaded.profile)?;
        Ok(loaded)
    }

    fn apply(&self, profile: &mut Profile) -> Result<(), Stop> {
        self.apply_url(profile)?;
        let first = self.url.iter().filter(|word| **word != profile.target.url);
        let named: Vec<String> = first.chain(&self.scenarios).cloned().collect();
        replace(&mut profile.selection.scenarios, (!named.is_empty()).then_some(named));
        replace(&mut profile.max_in_flight, self.max_in_flight.map(MaxInFlight));
        Ok(())
    }

    /// The first word is the URL; a scenario's id where the profile has the URL and the word is none.
    fn apply_url(&self, profile: &mut Profile) -> Result<(), Stop> {
        match &self.url {
            None if profile.target.url.is_empty() => Err(Stop::Usage(
                "no target system URL: give the address at which the LMS takes collects, as in `penspec test target \
                 http://lms.example/pens`, or write it into penspec.yaml as url below target; `penspec init` helps"
                    .to_owned(),
            )),
            None => Ok(()),
            Some(word) if is_scenario(word, profile) => Ok(()),
            Some(url) => {
                profile.target.url.clone_from(url);
                Ok(())
            }
        }
    }
}

impl Common {
    /// The profile with what these flags say in the place of what it says.
    pub(super) fn loaded(&self) -> Result<Loaded, Stop> {
        let mut loaded = profile::read(self.profile.as_deref())?;
        loaded.file = self.profile.as_ref().map(|file| file.display().to_string());
        self.apply(&mut loaded.profile)?;
        Ok(loaded)
    }

    fn apply(&self, profile: &mut Profile) -> Result<(), Stop> {
        self.apply_selection(profile);
        if let Some(directory) = &self.report_dir {
            profile.report_dir = ReportDir(directory.display().to_string());
        }
        for (name, limit) in &self.limit {
            profile.limits.set(name, *limit).map_err(|error| Stop::Usage(error.to_string()))?;
        }
        self.connection.apply(profile);
        replace(&mut profile.reading, self.reading);
        replace(&mut profile.keep_going, self.keep_going.then_some(KeepGoing::Yes));
        replace(&mut profile.progress, self.progress);
        Ok(())
    }

    fn apply_selection(&self, profile: &mut Profile) {
        let selection = &mut profile.selection;
        replace(&mut selection.requirements, some(&self.requirement));
        replace(&mut selection.levels, some(&self.level));
        let directory = self.directory.as_ref().map(|path| Some(path.display().to_string()));
        replace(&mut selection.directory, directory);
        replace(&mut selection.built_in, self.no_built_in.then_some(BuiltIn::No));
    }
}

impl Connection {
    /// What these flags say in the place of what the profile says.
    pub(super) fn apply(&self, profile: &mut Profile) {
        replace(&mut profile.listen.http, self.listen);
        replace(&mut profile.listen.https, self.https_listen);
        replace(&mut profile.listen.smtp, self.smtp_listen);
        replace(&mut profile.tls.trust, self.trust.as_ref().map(|file| Some(file.display().to_string())));
        let skips = self.insecure_skip_verify.then_some(InsecureSkipVerify::Yes);
        replace(&mut profile.tls.insecure_skip_verify, skips);
        replace(&mut profile.proxy, self.proxy.clone().map(Some));
        replace(&mut profile.listen.ftp, self.ftp_listen);
        self.advertise.iter().cloned().for_each(|told| told.put(&mut profile.advertise));
    }
}

fn is_scenario(word: &str, profile: &Profile) -> bool {
    !profile.target.url.is_empty() && !word.is_empty() && !word.contains(':')
}

fn some<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

fn replace<T>(value: &mut T, told: Option<T>) {
    if let Some(told) = told {
        *value = told;
    }
}

/// Reads the target system URL.
pub(super) fn read_url(url: &str) -> Result<Address, Stop> {
    if url.is_empty() {
        return Err(Stop::Usage("the target system URL is empty; give the address at which the LMS takes collects, such as http://lms.example/pens".to_owned()));
    }
    Address::of(url).map_err(|error| {
        Stop::Usage(match &error {
            AddressError::Scheme(scheme) => format!(
                "{url}: collects do not go over {scheme}; give an address such as http://lms.example/pens"
            ),
            AddressError::Empty
            | AddressError::Relative(_)
            | AddressError::Control(_)
            | AddressError::NoHost(_)
            | AddressError::Host(_)
            | AddressError::Port(_) => {
                format!("{url}: {error}; give an address such as http://lms.example/pens")
            }
        })
    })
}

fn read_proxy_url(text: &str) -> Result<String, String> {
    read_proxy(text).map(|_| text.to_owned())
}

fn read_limit(text: &str) -> Result<(String, Duration), String> {
    let (name, duration) = text.split_once('=').ok_or("write NAME=DURATION, such as receipt=60s")?;
    crate::profile::Limits::default().set(name, Duration::ZERO).map_err(|error| error.to_string())?;
    let period: Period = duration.parse().map_err(|error: PeriodError| error.to_string())?;
    Ok((name.to_owned(), period.0))
}

fn read_count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number from 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_a_scenario_where_the_profile_has_the_url() {
        let applied = |url: &str, words: &[&str]| {
            let mut profile = Profile::default();
            url.clone_into(&mut profile.target.url);
            let mut words = words.iter().map(|&word| word.to_owned());
            let options = Options { url: words.next(), scenarios: words.collect(), ..Options::default() };
            options.apply(&mut profile).map(|()| (profile.target.url, profile.selection.scenarios)).ok()
        };
        let scenarios = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let (own, other) = ("http://own.example/", "http://other.example/");
        assert_eq!(applied("", &[]), None);
        assert_eq!(applied(own, &[]), Some((own.to_owned(), vec![])));
        assert_eq!(applied(own, &[other, "a"]), Some((other.to_owned(), scenarios(&["a"]))));
        assert_eq!(applied(own, &[own, "a"]), Some((own.to_owned(), scenarios(&["a"]))));
        assert_eq!(applied(own, &["a", "b"]), Some((own.to_owned(), scenarios(&["a", "b"]))));
        assert_eq!(applied(own, &[""]), Some((String::new(), vec![])));
        assert_eq!(applied("", &["a"]), Some(("a".to_owned(), vec![])));
    }
}
