//! `verify`: a bundle of evidence checked: its hashes, its signature, and whether the verdicts follow.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Speech, Stop, say, visible};
use crate::certify::bundle::{Bundle, LONGEST_ARCHIVE, Shared};
use crate::certify::signature::{self, Unsigned};
use crate::certify::{parse_transcript, read_at_most, run_of};
use crate::report::text::{self, Detail};
use crate::run::Run;

/// What `verify` is told.
#[derive(Args)]
pub(super) struct Options {
    /// The bundle.
    file: PathBuf,
    /// The key of whoever signed it with minisign: the file minisign.pub, or the key in it; the signature lies beside the
    /// bundle, in FILE.minisig.
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

pub(super) fn verify(options: &Options, speech: &Speech) -> Result<u8, Stop> {
    let shown = options.file.display().to_string();
    let bytes = read(&options.file, "name the archive that `penspec bundle` wrote")?;
    let signed = signed(options, &bytes)?;
    let bundle = Bundle::read(&bytes).map_err(|error| Stop::Usage(format!("{shown}: {error}")))?;
    let run = judge(&bundle, &options.file)?;
    let (praise, objection) = match signed {
        Signed::By(comment) => (Some(format!("the signature is right: {comment}")), None),
        Signed::Otherwise(why) => (None, Some(why)),
        Signed::Unasked(remark) => (remark, None),
    };
    let objections: Vec<String> = objection.into_iter().chain(bundle.objections(&run)).collect();
    for objection in &objections {
        say(&format!("{shown}: {}\n", visible(objection)));
    }
    if objections.is_empty() && !speech.quiet {
        for line in praise.into_iter().chain([told(&bundle)]) {
            say(&format!("{shown}: {line}\n"));
        }
    }
    if objections.is_empty() {
        say(&text::render(&run, Detail::Verdict));
    }
    Ok(u8::from(!objections.is_empty()))
}

fn read(path: &Path, cure: &str) -> Result<Vec<u8>, Stop> {
    read_at_most(path, LONGEST_ARCHIVE)
        .map_err(|error| Stop::Usage(format!("{}: cannot be read: {error}; {cure}", path.display())))
}

fn judge(bundle: &Bundle, path: &Path) -> Result<Run, Stop> {
    let place = path.join("transcript.jsonl");
    let transcript = parse_transcript(bundle.file("transcript.jsonl"), &place.display())?;
    run_of(&transcript, &place)
}

/// What is to be said of a signature.
enum Signed {
    /// It is right; the signer's comment.
    By(String),
    /// It is not.
    Otherwise(String),
    /// Nobody asked; what there is to be said all the same.
    Unasked(Option<String>),
}

fn signed(options: &Options, bytes: &[u8]) -> Result<Signed, Stop> {
    let mut path = options.file.clone().into_os_string();
    path.push(".minisig");
    let path = PathBuf::from(path);
    let shown = path.display();
    let Some(key) = &options.public_key else {
        let remark =
            path.exists().then(|| format!("{shown} was not looked at; name the key with --public-key"));
        return Ok(Signed::Unasked(remark));
    };
    let key = match Path::new(key) {
        file if file.is_file() => text(file, "name the file of a public key with --public-key")?,
        _ => key.clone(),
    };
    let signature = text(&path, "put the signature beside the bundle, or leave --public-key out")?;
    match signature::check(bytes, &signature, &key) {
        Ok(comment) => Ok(Signed::By(comment)),
        Err(why @ Unsigned::Mismatch(_)) => Ok(Signed::Otherwise(why.to_string())),
        Err(why @ (Unsigned::Key(_) | Unsigned::Signature(_))) => Err(Stop::Usage(format!("{shown}: {why}"))),
    }
}

/// A small file as text.
fn text(path: &Path, cure: &str) -> Result<String, Stop> {
    const LONGEST: u64 = 64 * 1024;
    let bytes = read_at_most(path, LONGEST)
        .map_err(|error| Stop::Usage(format!("{}: cannot be read: {error}; {cure}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn told(bundle: &Bundle) -> String {
    let shared = match bundle.manifest.shared {
        Shared::StandIns => "; hosts, addresses and names have stand-ins",
        Shared::AsRecorded => "",
    };
    let tool = &bundle.manifest.tool;
    let by = if bundle.is_of_this_tool() {
        String::new()
    } else {
        let (version, catalogue) = (visible(&tool.version), visible(&tool.catalogue));
        format!(
            "; it was made by penspec {version} with the catalogue {catalogue}, so report.html and junit.xml were not held \
             against the evidence"
        )
    };
    format!("the hashes are right, and the verdicts follow from the evidence{shared}{by}")
}
