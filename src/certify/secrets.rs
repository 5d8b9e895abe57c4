//! What must not be seen in anything that a run writes, and the profile as it may be seen.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::profile::is_common;
use super::{Stop, course, random};
use crate::profile::Profile;
use crate::transcript::mask::Masker;

/// What masks the secrets of a run: those that were read with its profile, and the credentials in its URLs.
pub(crate) fn masker_of(profile: &Profile, hidden: Vec<String>) -> Result<Masker, Stop> {
    let hidden = [hidden, in_urls(profile)].concat();
    // `Basic` and web hooks pass them on in this form.
    let encoded = hidden.iter().map(|secret| BASE64_STANDARD.encode(secret)).collect();
    Ok(Masker::new(random()?, &[hidden, encoded].concat()))
}

/// The profile as the transcript's first line has it.
pub(crate) fn without_secrets(profile: &Profile, masker: &Masker) -> Profile {
    let mut shown = profile.clone();
    let texts = [&mut shown.trigger.command, &mut shown.trigger.url, &mut shown.proxy];
    for text in texts.into_iter().flatten().chain([&mut shown.target.url]) {
        *text = masker.mask_text(text);
    }
    course::without_directory(&mut shown);
    shown
}

/// The credentials in the URLs of a profile: user and password together, and the password alone, as they stand there and
/// decoded.
fn in_urls(profile: &Profile) -> Vec<String> {
    let urls = [Some(&profile.target.url), profile.trigger.url.as_ref(), profile.proxy.as_ref()];
    let found = urls.into_iter().flatten().filter_map(|url| user_info(url)).flat_map(|both| {
        let password = both.split_once(':').map(|(_, password)| password.to_owned());
        [Some(both), password]
    });
    let decoded = |text: String| {
        let plain = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        [text, plain]
    };
    found.flatten().flat_map(decoded).filter(|secret| !is_common(secret)).collect()
}

/// What stands before the `@` of a URL.
fn user_info(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(both, _)| both.to_owned())
}
