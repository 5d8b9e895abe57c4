//! Certificates: the CA of this user, made once and kept with its key, and whom we trust ourselves.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;

use super::Stop;
use crate::profile::{InsecureSkipVerify, Profile, Tls};
use crate::wire::http::{Address, Route};
use crate::wire::tls::{Authority, Identity, Trust};

/// The file with the certificate of the CA and its key.
const FILE: &str = "authority.pem";

/// The CA of this user: read, or made when there is none yet.
///
/// # Errors
/// When the data directory is not known, the CA cannot be read or made, or others than its owner can read its key.
pub fn authority() -> Result<Authority, Stop> {
    let directory = data_directory().ok_or_else(|| {
        Stop::Environment(
            "there is no place for the CA that signs our certificates: set XDG_DATA_HOME or HOME, or switch https off \
             with --https-listen off"
                .to_owned(),
        )
    })?;
    authority_in(&directory)
}

fn authority_in(directory: &Path) -> Result<Authority, Stop> {
    let path = directory.join(FILE);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(directory, &path),
        Err(error) => Err(unusable(&path, &error.to_string())),
        Ok(pem) => {
            refuse_readable_by_others(&path)?;
            Authority::read(&pem, &pem).map_err(|error| unusable(&path, &error.to_string()))
        }
    }
}

fn make(directory: &Path, path: &Path) -> Result<Authority, Stop> {
    let made = Authority::make(Utc::now()).map_err(|error| Stop::Ours(error.to_string()))?;
    match keep(&made, directory, path) {
        Ok(()) => Ok(made),
        // Another penspec was faster: its CA is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => authority_in(directory),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

/// Temporary files are readable by their owner alone, and so is what becomes of one.
fn keep(made: &Authority, directory: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(made.certificate().as_bytes())?;
    file.write_all(made.key().as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

fn unusable(path: &Path, why: &str) -> Stop {
    Stop::Environment(format!(
        "{}: the CA that signs our certificates cannot be used: {why}; make the file readable, or remove it and have \
         peers trust the new one that `penspec ca` makes, or switch https off with --https-listen off",
        path.display()
    ))
}

/// The bits of a file's mode that are about others than its owner.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

#[cfg(unix)]
fn refuse_readable_by_others(path: &Path) -> Result<(), Stop> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|error| unusable(path, &error.to_string()))?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(Stop::Environment(format!(
        "{path}: others than its owner can read the key of the CA that peers trust: take it from them with chmod 600 \
         {path}, or better remove it and have peers trust the new one that `penspec ca` makes",
        path = path.display()
    )))
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path) -> Result<(), Stop> {
    Ok(())
}

/// Where this user's programs keep what is to stay (XDG base directories; on Windows, %LOCALAPPDATA%).
fn data_directory() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let home = || Some(absolute("HOME")?.join(".local/share"));
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(home)
        .map(|base| base.join("penspec"))
}

/// What the listener of https shows: the operator's own certificate, or one of our CA for these names.
pub(super) fn identity(tls: &Tls, names: &[String]) -> Result<Identity, Stop> {
    let Some(certificate) = &tls.certificate else {
        return authority()?.issue(names, Utc::now()).map_err(|error| Stop::Environment(error.to_string()));
    };
    let key = tls.key.as_ref().unwrap_or(certificate);
    let (chain, secret) = (read(certificate, "tls.certificate")?, read(key, "tls.key")?);
    Identity::read(&chain, &secret).map_err(|error| {
        Stop::Environment(format!("{certificate} and {key}: {error}; give tls.certificate and its tls.key"))
    })
}

/// By which way a profile has us connect: `subject` is the one host whose certificate may be left unchecked, or any
/// that we may go to where there is none.
pub(crate) fn route(profile: &Profile, subject: Option<&Address>) -> Result<Route, Stop> {
    let tls = &profile.tls;
    let mut trust = Trust::default();
    if let Some(own) = own_certificate() {
        trust = trust.and(own.as_bytes()).map_err(|error| Stop::Environment(error.to_string()))?;
    }
    if let Some(file) = &tls.trust {
        let usage =
            |error| Stop::Environment(format!("{file}: {error}; give the CA to trust with --trust FILE"));
        trust = trust.and(&read(file, "--trust")?).map_err(usage)?;
    }
    if let Some(file) = &tls.client_certificate {
        let key = tls.client_key.as_ref().unwrap_or(file);
        let (chain, secret) = (read(file, "tls.client-certificate")?, read(key, "tls.client-key")?);
        trust = trust.showing(&chain, &secret).map_err(|error| {
            Stop::Environment(format!(
                "{file} and {key}: {error}; give tls.client-certificate and its tls.client-key"
            ))
        })?;
    }
    if tls.insecure_skip_verify == InsecureSkipVerify::Yes {
        trust = match subject {
            Some(address) => trust.without_check_of(address.name()),
            None => trust.without_check(),
        };
    }
    let proxy = profile.proxy.as_deref().map(read_proxy).transpose().map_err(Stop::Usage)?;
    Ok(Route { trust: Arc::new(trust), proxy })
}

/// Reads the address of a proxy.
pub(crate) fn read_proxy(text: &str) -> Result<Address, String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let address = Address::of(&url).map_err(|error| error.to_string())?;
    if address.is_secure() || address.userinfo.is_some() || address.target != b"/" {
        return Err("a proxy is named by host and port alone, such as http://proxy.example:3128".to_owned());
    }
    Ok(address)
}

/// The certificate of this user's CA, when there is one already.
fn own_certificate() -> Option<String> {
    let directory = data_directory()?;
    directory
        .join(FILE)
        .exists()
        .then(|| authority_in(&directory).ok())?
        .map(|own| own.certificate().to_owned())
}

fn read(file: &str, flag: &str) -> Result<Vec<u8>, Stop> {
    fs::read(file).map_err(|error| {
        Stop::Environment(format!("{file}: cannot be read: {error}; name another file with {flag}"))
    })
}
