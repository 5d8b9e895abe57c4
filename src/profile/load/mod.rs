//! Strict loading: a profile is taken as a whole, its secrets looked up, or refused with every place where it is wrong.

mod hidden;
#[cfg(test)]
mod tests;

use self::hidden::{without_secrets, without_values};
use super::reference::{Resolved, Vault, refers, resolve};
use super::{Advertise, Elements, Profile, Secret};
use crate::yaml::{
    LONGEST, Mistake, Mistakes, Node, Place, Value, parse, quoted, read, too_long, without_mark,
};

/// What a profile is held against.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where secrets are looked up.
    pub vault: Vault<'a>,
    /// The ids of the catalogue's requirements.
    pub requirement_ids: &'a [&'a str],
    /// Whether a text stands in PENS messages anyway.
    pub is_common: &'a dyn Fn(&str) -> bool,
    /// What is wrong with an address that peers are to be told, by the key that it stands under.
    pub advertised: &'a dyn Fn(&str, &str) -> Result<(), String>,
    /// What keeps a file beside the profile from being offered as a course.
    pub course: &'a dyn Fn(&str) -> Result<(), String>,
    /// What is wrong with the address of a proxy.
    pub proxy: &'a dyn Fn(&str) -> Result<(), String>,
}

/// A profile, and what must not be seen in anything that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The profile, with its secrets looked up.
    pub profile: Profile,
    /// What must be masked wherever it stands: secrets, and whole headers whose values are too common for that.
    pub hidden: Vec<String>,
    /// Its file, where the operator named one.
    pub file: Option<String>,
}

/// Headers that say how a message is laid out: they are ours to give.
const OURS: [&str; 6] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "expect"];

/// Shorter values would hide half of the transcript if they were masked wherever they stand.
const SHORT: usize = 4;

/// Reads a profile from its text; `name` is what messages call the file.
///
/// # Errors
/// All mistakes of the text. None of them shows a secret, not even one that stands in the open.
pub fn load(name: &str, text: &str, surroundings: Surroundings<'_>) -> Result<Loaded, Mistakes> {
    let text = without_mark(text);
    if text.len() > LONGEST {
        return Err(crate::yaml::refused(name, &too_long()));
    }
    let document =
        parse(text).map_err(|mistake| Mistakes::tell(name, &without_values(text), vec![mistake]))?;
    profile(&document, surroundings).map_err(|found| {
        let (text, found) = without_secrets(&document, text, found);
        Mistakes::tell(name, &text, found)
    })
}

fn profile(document: &Node, surroundings: Surroundings<'_>) -> Result<Loaded, Vec<Mistake>> {
    let mut found: Vec<Mistake> = Vec::new();
    // A file of comments alone is a profile that says nothing.
    let profile = if matches!(document.value, Value::Null) { Ok(Profile::default()) } else { read(document) };
    let mut profile: Profile = profile.map_err(|mistake| {
        found.push(mistake);
        std::mem::take(&mut found)
    })?;
    let mut lint = Lint { surroundings, found: &mut found, hidden: Vec::new() };
    lint.secrets(&mut profile, document.key("target"));
    lint.password_of_mail(&mut profile, document.key("mail"));
    lint.stray_references(document, &mut Vec::new());
    lint.profile(&profile, document);
    let hidden = lint.hidden;
    if found.is_empty() { Ok(Loaded { profile, hidden, file: None }) } else { Err(found) }
}

struct Lint<'a, 'f> {
    surroundings: Surroundings<'a>,
    found: &'f mut Vec<Mistake>,
    hidden: Vec<String>,
}

impl Lint<'_, '_> {
    fn mistake(&mut self, place: Place, message: impl Into<String>) {
        self.found.push(Mistake::new(place, message));
    }

    fn secrets(&mut self, profile: &mut Profile, target: &Node) {
        let Elements { client, package_type, package_type_version, package_format, package, id_namespace } =
            profile.elements.clone();
        // A password that stands in the URL besides is no word of it.
        let url = profile.target.url.rsplit('@').next().unwrap_or_default().to_owned();
        let package = package.unwrap_or_default();
        let said = [url, client, package_type, package_type_version, package_format, package, id_namespace];
        if let Some(password) = &mut profile.target.system_password {
            let hidden = self.secret(password, target.key("system-password").place);
            let rare = self.rare(hidden, &said);
            self.hidden.extend(rare);
        }
        for (name, value) in &mut profile.target.headers {
            let headers = target.key("headers");
            let hidden = self.secret(value, headers.key(name).place);
            self.header(name, value.reveal(), headers.key_place(name));
            let mut rare = self.rare(hidden, &said);
            if !rare.iter().any(|secret| secret == value.reveal()) {
                rare.push(format!("{name}: {}", value.reveal()));
            }
            self.hidden.extend(rare);
        }
    }

    fn password_of_mail(&mut self, profile: &mut Profile, mail: &Node) {
        let said = [profile.mail.user.clone().unwrap_or_default(), profile.mail.from.clone()];
        if let Some(password) = &mut profile.mail.password {
            let hidden = self.secret(password, mail.key("password").place);
            let rare = self.rare(hidden, &said);
            self.hidden.extend(rare);
        }
        if profile.mail.user.is_some() != profile.mail.password.is_some() {
            self.mistake(mail.place, "a user and a password of the mail server go together");
        }
    }

    /// The secrets whose masking wherever they stand hides no evidence.
    fn rare(&self, hidden: Vec<String>, said: &[String]) -> Vec<String> {
        let is_common = |secret: &str| {
            (self.surroundings.is_common)(secret) || said.iter().any(|text| holds(text, secret))
        };
        hidden.into_iter().filter(|secret| secret.len() >= SHORT && !is_common(secret)).collect()
    }

    /// Looks a secret up; gives what must be masked because of it.
    fn secret(&mut self, secret: &mut Secret, place: Place) -> Vec<String> {
        match resolve(secret.reference(), self.surroundings.vault) {
            Ok(Resolved { secret: resolved, hidden }) => {
                *secret = resolved;
                hidden
            }
            Err(message) => {
                self.mistake(place, message);
                Vec::new()
            }
        }
    }

    fn header(&mut self, name: &str, value: &str, place: Place) {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            self.mistake(
                place,
                format!("bad header {}: letters, digits and hyphens, without a colon", quoted(name)),
            );
        } else if OURS.contains(&name.to_lowercase().as_str()) {
            self.mistake(
                place,
                format!(
                    "the header {} is not yours to give: it says how a message is laid out",
                    quoted(name)
                ),
            );
        } else if value.chars().any(char::is_control) {
            self.mistake(place, format!("the value of {} has a control character in it", quoted(name)));
        }
    }

    /// A reference where none is looked up would be sent as it stands.
    fn stray_references(&mut self, node: &Node, path: &mut Vec<String>) {
        match &node.value {
            Value::Scalar { text, .. } if refers(text) && !is_secret(path) => {
                self.mistake(node.place, "only system-password, headers and mail.password take references");
            }
            Value::Map(entries) => {
                for (key, below) in entries {
                    path.push(key.text.clone());
                    self.stray_references(below, path);
                    path.pop();
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.stray_references(item, path)),
            Value::Null | Value::Scalar { .. } => {}
        }
    }

    fn profile(&mut self, profile: &Profile, document: &Node) {
        if let Some(Err(message)) = profile.proxy.as_deref().map(self.surroundings.proxy) {
            self.mistake(document.key("proxy").place, message);
        }
        let Advertise { http, https, ftp, mail_domain } = &profile.advertise;
        let from = (self.surroundings.advertised)("from", &profile.mail.from);
        if let Err(message) = from {
            self.mistake(document.key("mail").key("from").place, message);
        }
        let all = [("http", http), ("https", https), ("ftp", ftp), ("mail-domain", mail_domain)];
        for (key, told) in all {
            let read = told.as_deref().map(|told| (self.surroundings.advertised)(key, told));
            if let Some(Err(message)) = read {
                self.mistake(document.key("advertise").key(key).place, message);
            }
        }
        if let Some(Err(message)) = profile.elements.package.as_deref().map(self.surroundings.course) {
            self.mistake(document.key("elements").key("package").place, message);
        }
        for (index, accepted) in profile.accept.iter().enumerate() {
            let node = document.key("accept").item(index);
            self.requirement(&accepted.requirement, node.key("requirement").place);
            for (key, value) in [("scenario", &accepted.scenario), ("reason", &accepted.reason)] {
                if value.trim().is_empty() {
                    self.mistake(node.key(key).place, format!("an accepted failure needs a {key}"));
                }
            }
        }
    }

    fn requirement(&mut self, id: &str, place: Place) {
        if !self.surroundings.requirement_ids.contains(&id) {
            let message = format!("unknown requirement {}", quoted(id));
            let known = self.surroundings.requirement_ids.iter().copied();
            self.found.push(Mistake::unknown(place, message, id, known));
        }
    }
}

/// Whether a text has a word in it, in any letter case: secrets are looked for so, too.
fn holds(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(&word.to_lowercase())
}

fn is_secret(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(path.as_slice(), ["target", "system-password" | "headers", ..] | ["mail", "password"])
}
