//! What a transcript names: hosts, addresses, people, and the secrets in the queries of URLs that a peer gave.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use memchr::memmem;
use serde_json::Value as Json;

use super::mail;
use super::stand_in::StandIns;
use super::text::plain;
use crate::pens::Element;
use crate::transcript::Transcript;
use crate::transcript::entry::{Party, Request, Role, Tls, What};
use crate::transcript::grouping::read_command_of;
use crate::transcript::mailed::Mail;
use crate::wire::http::{Framing, RequestHead, decode};

/// A value and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// Its bytes in lower case, nothing escaped.
    pub(super) bytes: Vec<u8>,
    /// As long as the value.
    pub(super) stand_in: Vec<u8>,
    /// Where it means what it does.
    pub(super) place: Place,
}

/// Where a value means what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Wherever it stands as a word of its own.
    Anywhere,
    /// Behind one of these words alone: a host that is called `target`, a user that is called `pens`.
    Behind(Vec<Vec<u8>>),
}

/// All that is replaced.
#[derive(Debug, Default)]
pub(super) struct Known {
    run_id: Vec<u8>,
    pub(super) values: Vec<Value>,
    stand_ins: StandIns,
    words: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What a host's name stands behind.
const BEFORE_HOST: &[&str] = &["://", "@", "host: ", "host:", "ehlo ", "helo "];
/// What the name of a user stands behind: as an element in a query or in a form, and in the dialogue of FTP.
const BEFORE_USER: &[&str] = &[
    "system-user-id=",
    "package-url-user-id=",
    "package-url-account=",
    "name=\"system-user-id\"\r\n\r\n",
    "name=\"package-url-user-id\"\r\n\r\n",
    "name=\"package-url-account\"\r\n\r\n",
    "user ",
];
/// Names of subjects that are words of PENS: replaced on the wire they would take its meaning away.
const COMMON: &[&str] = &[
    "alert", "client", "collect", "command", "course", "error", "http", "https", "lms", "package", "pens",
    "penspec", "receipt", "scorm", "server", "subject", "target", "test", "version",
];
/// A shorter name stands within too many words.
const SHORTEST_NAME: usize = 4;

impl Known {
    pub(super) fn of(transcript: &Transcript) -> Self {
        let mut known =
            Self { run_id: transcript.header.run_id.to_ascii_lowercase().into_bytes(), ..Self::default() };
        known.take_profile(&transcript.header.profile);
        let role = transcript.header.role;
        if role == Role::Target {
            let url = text_at(&transcript.header.profile, "/target/url");
            known.take_query(url);
        }
        for entry in &transcript.entries {
            known.take_entry(&entry.what, role);
        }
        known
    }

    fn take_profile(&mut self, profile: &Json) {
        each_text(profile, &mut |text| self.take_text(text.as_bytes()));
        for pointer in super::profile::HOSTS {
            let found = profile.pointer(pointer).into_iter();
            found.for_each(|value| each_text(value, &mut |text| self.take_host_of(text)));
        }
        if let Some(listens) = profile.get("listen") {
            each_text(listens, &mut |text| {
                // Besides addresses, `off` stands here.
                if text.parse::<SocketAddr>().is_ok() {
                    self.take_host_of(text);
                }
            });
        }
        let name = plain(text_at(profile, "/subject/name").trim().as_bytes());
        let is_common = COMMON.iter().any(|common| name == common.as_bytes());
        if name.len() >= SHORTEST_NAME && !is_common {
            self.add_word(&name, Place::Anywhere);
        }
        for pointer in ["/target/system-user-id", "/mail/user"] {
            self.take_user(text_at(profile, pointer).as_bytes());
        }
        self.take_mail(&plain(text_at(profile, "/mail/from").as_bytes()));
    }

    fn take_server_name(&mut self, tls: Option<&Tls>) {
        tls.and_then(|tls| tls.server_name.as_deref()).into_iter().for_each(|name| self.take_host_of(name));
    }

    fn take_entry(&mut self, what: &What, role: Role) {
        match what {
            What::TransactionBegun(begun) => {
                let urls = [&begun.package_id, &begun.package_url, &begun.receipt_url, &begun.alerts_url];
                let urls = urls.into_iter().chain(&begun.target_url);
                urls.for_each(|url| self.take_text(url.as_bytes()));
                begun.mail_domain.iter().for_each(|domain| self.take_host_of(domain));
            }
            What::ConnectionOpened { peer, tls, .. } => {
                self.take_host_of(peer);
                self.take_server_name(tls.as_ref());
            }
            What::Secured(secured) => self.take_server_name(Some(&secured.tls)),
            What::Request(request) => self.take_request(request, role),
            What::Response(response) => {
                for bytes in [&response.head, &response.body.head, &response.body.tail] {
                    self.take_text(&bytes.0);
                }
            }
            What::ControlLine(line) => self.take_text(&line.line.0),
            What::Transfer(transfer) => {
                transfer.url.iter().for_each(|url| self.take_text(url.as_bytes()));
                if role == Role::Client {
                    transfer.user.iter().for_each(|user| self.take_user(user.as_bytes()));
                }
            }
            What::Mail(mail) => self.take_mailed(mail),
            What::Triggered(triggered) => self.take_text(triggered.target_url.as_bytes()),
            What::NotSent(not_sent) => self.take_text(not_sent.url.as_bytes()),
            What::Expects { expected, received, .. } => {
                for text in [expected, received] {
                    self.take_text(text.as_bytes());
                }
            }
            What::Asked(asked) => self.take_text(asked.question.as_bytes()),
            What::ScenarioBegun { .. }
            | What::StepBegun { .. }
            | What::ScenarioEnded { .. }
            | What::Provokes { .. }
            | What::ConnectionClosed { .. }
            | What::WaitBegun { .. }
            | What::WaitEnded { .. } => {}
        }
    }

    fn take_request(&mut self, request: &Request, role: Role) {
        request.url.iter().for_each(|url| self.take_text(url.as_bytes()));
        for bytes in [&request.head, &request.body.head, &request.body.tail] {
            self.take_text(&bytes.0);
        }
        // What our own collects give is ours: only a client's URLs have queries that are secrets of somebody.
        if (role, request.by) != (Role::Client, Party::Subject) {
            return;
        }
        let (head, _) = RequestHead::read(&request.head.0);
        let (framing, _) = Framing::of_request(&head);
        let (payload, _) = decode(framing, &request.body.head.0);
        let (command, _) = read_command_of(&head, &payload);
        for element in [Element::PackageUrl, Element::Receipt, Element::Alerts] {
            command.get(element).into_iter().for_each(|url| self.take_query(url));
        }
        for element in [Element::SystemUserId, Element::PackageUrlUserId, Element::PackageUrlAccount] {
            command.get(element).into_iter().for_each(|user| self.take_user(user.as_bytes()));
        }
    }

    /// Takes the hosts and the people of a mail, from its envelope and its texts.
    fn take_mailed(&mut self, mail: &Mail) {
        self.take_host_of(&String::from_utf8_lossy(&mail.helo.0));
        let envelope = mail.recipients.iter().map(|recipient| &recipient.address).chain([&mail.from]);
        envelope.for_each(|address| self.take_mail(&plain(&address.0)));
        for text in mail::texts(&mail.message.head.0) {
            self.take_text(&text.said);
            for address in mail::addresses(&text.said) {
                self.take_mail(&plain(address));
            }
        }
    }

    /// Takes the hosts of all URLs in a text, those of Host headers, and mail addresses.
    fn take_text(&mut self, text: &[u8]) {
        let text = plain(text);
        for at in memmem::find_iter(&text, b"://") {
            self.take_authority(&text[at + 3..]);
        }
        for at in memmem::find_iter(&text, b"\nhost:") {
            self.take_authority(text[at + 6..].trim_ascii_start());
        }
        for at in memmem::find_iter(&text, b"mailto:") {
            self.take_mail(&text[at + 7..]);
        }
    }

    fn take_host_of(&mut self, text: &str) {
        let text = plain(text.as_bytes());
        // A URL is one of the texts that are looked through anyway.
        if memmem::find(&text, b"://").is_none() {
            self.take_authority(&text);
        }
    }

    fn take_authority(&mut self, text: &[u8]) {
        let is_end = |byte: &u8| {
            byte.is_ascii_whitespace() || byte.is_ascii_control() || b"/?#&\"'<>\\,;()|`{}".contains(byte)
        };
        let authority = &text[..text.iter().position(is_end).unwrap_or(text.len())];
        let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
        match host.strip_prefix(b"[") {
            Some(rest) => self.take_host(rest.split(|byte| *byte == b']').next().unwrap_or_default()),
            None => self.take_host(host.split(|byte| *byte == b':').next().unwrap_or_default()),
        }
    }

    fn take_host(&mut self, host: &[u8]) {
        const LONGEST: usize = 253;
        let host = host.strip_suffix(b".").unwrap_or(host);
        let Ok(name) = std::str::from_utf8(host) else { return };
        let is_host = |letter: char| letter.is_alphanumeric() || "-._:%".contains(letter);
        let tells_nothing = !name.bytes().any(|byte| byte.is_ascii_alphanumeric());
        if tells_nothing || name.len() > LONGEST || !name.chars().all(is_host) || is_nobodys(name) {
            return;
        }
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            self.add_ipv4(&address.to_string());
        } else if name.parse::<Ipv6Addr>().is_ok() {
            match name.rsplit_once(':').filter(|(_, last)| last.contains('.')) {
                Some((_, mapped)) => self.take_host(mapped.as_bytes()),
                None => self.add_ipv6(host),
            }
        } else if !name.contains(':') {
            let place = if name.contains('.') { Place::Anywhere } else { behind(BEFORE_HOST) };
            self.add_word(host, place);
        }
    }

    /// An IPv4 address, in FTP's notation as well: `192,0,2,1`.
    fn add_ipv4(&mut self, address: &str) {
        let value = address.as_bytes().to_vec();
        if self.words.contains_key(&value) {
            return;
        }
        let stand_in = self.stand_ins.of_ipv4(&value);
        let with_commas = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().map(|byte| if *byte == b'.' { b',' } else { *byte }).collect()
        };
        self.words.insert(value.clone(), stand_in.clone());
        self.add(with_commas(&value), with_commas(&stand_in), Place::Anywhere);
        self.add(value, stand_in, Place::Anywhere);
    }

    fn add_ipv6(&mut self, address: &[u8]) {
        if !self.words.contains_key(address) {
            let stand_in = self.stand_ins.of_ipv6(address);
            self.words.insert(address.to_vec(), stand_in.clone());
            self.add(address.to_vec(), stand_in, Place::Anywhere);
        }
    }

    /// A mail address: the person, and the host behind it.
    fn take_mail(&mut self, text: &[u8]) {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"?&\"'<>,;".contains(byte);
        let address = &text[..text.iter().position(is_end).unwrap_or(text.len())];
        let Some(at) = address.iter().rposition(|byte| *byte == b'@') else { return };
        let (person, host) = (&address[..at], &address[at + 1..]);
        self.take_host(host);
        // A mailbox of a transaction is ours, and its name tells which transaction is meant.
        let is_ours = !self.run_id.is_empty() && memmem::find(person, &self.run_id).is_some();
        if !is_ours && person.iter().any(u8::is_ascii_alphanumeric) {
            let host_stand_in = self.words.get(host).cloned().unwrap_or_else(|| host.to_vec());
            let stand_in = [self.stand_in_of(person), b"@".to_vec(), host_stand_in].concat();
            self.add(address.to_vec(), stand_in, Place::Anywhere);
        }
    }

    fn take_user(&mut self, user: &[u8]) {
        self.add_word(&plain(user), behind(BEFORE_USER));
    }

    /// The values in the query of a URL, each behind its name.
    fn take_query(&mut self, url: &str) {
        let Some((_, query)) = url.split_once('?') else { return };
        for pair in query.split('#').next().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').map_or(("", pair), |(name, value)| (name, value));
            let equals = if name.is_empty() { "" } else { "=" };
            let words =
                ["?", "&"].map(|mark| [mark.as_bytes(), &plain(name.as_bytes()), equals.as_bytes()].concat());
            self.add_word(&plain(value.as_bytes()), Place::Behind(words.into()));
        }
    }

    fn add_word(&mut self, value: &[u8], place: Place) {
        if value.iter().any(u8::is_ascii_alphanumeric) {
            let stand_in = self.stand_in_of(value);
            self.add(value.to_vec(), stand_in, place);
        }
    }

    /// The same for the same, whatever it is there for.
    fn stand_in_of(&mut self, value: &[u8]) -> Vec<u8> {
        let stand_ins = &mut self.stand_ins;
        self.words.entry(value.to_vec()).or_insert_with(|| stand_ins.of_word(value)).clone()
    }

    fn add(&mut self, bytes: Vec<u8>, stand_in: Vec<u8>, place: Place) {
        let value = Value { bytes, stand_in, place };
        if !self.values.contains(&value) {
            self.values.push(value);
        }
    }
}

/// Whether a host is nobody's: this machine, any address, a name that never resolves, and our own.
fn is_nobodys(host: &str) -> bool {
    let is_own = |name: &str| host == name || host.ends_with(&format!(".{name}"));
    let v4 = |address: Ipv4Addr| address.is_loopback() || address.is_unspecified();
    let v6 = |address: Ipv6Addr| address.is_loopback() || address.is_unspecified();
    ["localhost", "invalid", "penspec.example"].into_iter().any(is_own)
        || host.parse().is_ok_and(v4)
        || host.parse().is_ok_and(v6)
}

fn behind(words: &[&str]) -> Place {
    Place::Behind(words.iter().map(|words| words.as_bytes().to_vec()).collect())
}

fn text_at<'a>(profile: &'a Json, pointer: &str) -> &'a str {
    profile.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn each_text(value: &Json, take: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => take(text),
        Json::Array(values) => values.iter().for_each(|value| each_text(value, take)),
        Json::Object(fields) => fields.values().for_each(|value| each_text(value, take)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
