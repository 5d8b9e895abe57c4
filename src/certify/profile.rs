//! The profile file: read, held against the catalogue, its secrets looked up in the environment and beside it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Stop;
use super::address::read_advertised;
use super::authority::read_proxy;
use super::course;
use crate::mock::listening::Transport;
use crate::pens::element::{CALLBACK_NAMES, PACKAGE_FORMATS, PACKAGE_TYPES};
use crate::pens::mailto::is_address;
use crate::pens::{Element, VERSION};
use crate::profile::load::{Loaded, Surroundings, load};
use crate::profile::reference::Vault;
use crate::profile::{Profile, Secret};
use crate::requirements;
use crate::yaml::LONGEST;

/// Reads a profile; its secrets are looked up in the environment and beside it.
///
/// # Errors
/// When the file cannot be read, or anything in it is not as it should be.
pub fn read_profile(path: &Path) -> Result<Loaded, Stop> {
    let shown = path.display().to_string();
    let text = text_of(path).map_err(|error| {
        Stop::Usage(format!(
            "{shown}: cannot be read: {error}; name a profile with --profile, `penspec init` writes one"
        ))
    })?;
    take(&shown, &text, path.parent().unwrap_or(Path::new("")))
}

/// Takes the text of a profile that lies in a directory.
fn take(name: &str, text: &str, directory: &Path) -> Result<Loaded, Stop> {
    let beside =
        |file: &str| text_of(&directory.join(PathBuf::from(file))).map_err(|error| error.to_string());
    let vault = Vault { variable: &|variable| std::env::var(variable).ok(), file: &beside };
    let mut loaded = hold(name, text, vault, &|file| course::check(&directory.join(file)))?;
    if let Some(file) = &mut loaded.profile.elements.package {
        *file = directory.join(file.as_str()).display().to_string();
    }
    loaded.profile.tls.lie_in(directory);
    Ok(loaded)
}

/// Holds the text of a profile against the format alone: what it refers to need not be there yet.
pub(crate) fn check(name: &str, text: &str) -> Result<Loaded, Stop> {
    let stand_in = "secret";
    let vault = Vault { variable: &|_| Some(stand_in.to_owned()), file: &|_| Ok(stand_in.to_owned()) };
    hold(name, text, vault, &|_| Ok(()))
}

/// A profile that was made in code, with what must not be seen in anything that is written.
pub(super) fn of_code(profile: &Profile) -> Loaded {
    /// Shorter values would hide half of the transcript if they were masked wherever they stand.
    const SHORT: usize = 4;
    let target = &profile.target;
    let passwords = target.system_password.iter().chain(&profile.mail.password);
    let secrets = target.headers.values().chain(passwords).map(Secret::reveal);
    let hidden = secrets.filter(|secret| secret.len() >= SHORT && !is_common(secret)).map(str::to_owned);
    Loaded { hidden: hidden.collect(), profile: profile.clone(), file: None }
}

fn hold(
    name: &str,
    text: &str,
    vault: Vault<'_>,
    course: &dyn Fn(&str) -> Result<(), String>,
) -> Result<Loaded, Stop> {
    let requirement_ids: Vec<&str> = requirements::all().map(|row| row.id).collect();
    let advertised = |key: &str, text: &str| match key {
        "from" if is_address(text) => Ok(()),
        "from" => Err("write an address that mail can come from, such as pens@lms.example".to_owned()),
        "https" => read_advertised(Transport::Https, text).map(drop),
        "ftp" => read_advertised(Transport::Ftp, text).map(drop),
        "mail-domain" => read_advertised(Transport::Mail, text).map(drop),
        _ => read_advertised(Transport::Http, text).map(drop),
    };
    let surroundings = Surroundings {
        vault,
        requirement_ids: &requirement_ids,
        is_common: &is_common,
        advertised: &advertised,
        course,
        proxy: &|text| read_proxy(text).map(drop),
    };
    load(name, text, surroundings).map_err(|mistakes| Stop::Usage(mistakes.to_string()))
}

/// Whether a text stands in PENS messages anyway: masked wherever it stands, it would take the evidence away.
pub(super) fn is_common(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "HTTP/1.1 200 OK",
        "User-Agent: penspec",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=penspec-boundary",
        "Accept: text/plain, */*;q=0.5",
        "Content-Length: Connection: close",
        "command=collect command=receipt command=alert",
        "http://127.0.0.1 http://localhost",
        "http%3A%2F%2F127.0.0.1",
        "/package/scorm12-minimal.zip",
        "/receipt /alerts /pens",
    ];
    let names = Element::ALL.iter().map(|element| element.name()).chain(CALLBACK_NAMES);
    let values = [VERSION].into_iter().chain(PACKAGE_TYPES).chain(PACKAGE_FORMATS);
    let text = text.to_lowercase();
    WORDS.into_iter().chain(names).chain(values).any(|word| word.to_lowercase().contains(&text))
}

/// No more is read of a long file than shows that it is too long.
fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        return Err(io::Error::other("it is longer than 256 KiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        io::Error::other(format!("it is not UTF-8: see its byte {}", error.utf8_error().valid_up_to() + 1))
    })
}
