//! `ca`: the certificate of the CA that signs what penspec shows, and how peers come to trust it.

use std::path::PathBuf;

use clap::Args;

use super::{Stop, note, say};
use crate::certify::{authority, write_whole};

/// What `ca` is told.
#[derive(Args)]
pub(super) struct Options {
    /// Where the certificate goes, PEM; standard output when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How the usual stores are made to trust it.
const TRUST: &str = "\
trust it where the peer under test runs, for as long as you test:
  Debian, Ubuntu  copy it to /usr/local/share/ca-certificates/penspec.crt, then update-ca-certificates
  RHEL, Fedora    copy it to /etc/pki/ca-trust/source/anchors/, then update-ca-trust
  Windows, .NET   certutil -addstore -f Root penspec-ca.pem
  Java            keytool -importcert -cacerts -alias penspec -file penspec-ca.pem
  PHP, curl       curl.cainfo and openssl.cafile in php.ini; curl --cacert penspec-ca.pem
  Node            NODE_EXTRA_CA_CERTS=penspec-ca.pem
  Python          REQUESTS_CA_BUNDLE or SSL_CERT_FILE=penspec-ca.pem";

pub(super) fn ca(options: &Options) -> Result<u8, Stop> {
    let authority = authority()?;
    match &options.out {
        None => say(authority.certificate()),
        Some(path) => {
            write_whole(path, authority.certificate()).map_err(|error| {
                Stop::Ours(format!(
                    "{}: cannot be written: {error}; choose another place with --out",
                    path.display()
                ))
            })?;
            note(&format!("the certificate of the CA is in {}", path.display()));
        }
    }
    note(TRUST);
    Ok(0)
}
