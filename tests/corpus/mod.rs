//! What must hold of every reader of foreign bytes, whatever the bytes: said once, fuzzed by `fuzz/` and replayed by
//! `cargo test`.

mod files;
mod ftp;
mod http;
mod mail;
mod memory;
mod pens;
mod stored;

/// A reader, or several that read the same.
pub(crate) struct Target {
    /// The name of its fuzz target, and of its directory in `fixtures/fuzz`.
    pub(crate) name: &'static str,
    holds: fn(&[u8]),
}

/// All of them, by name.
pub(crate) const TARGETS: [Target; 15] = [
    Target { name: "archive", holds: stored::archive },
    Target { name: "at_hand", holds: stored::at_hand },
    Target { name: "command", holds: pens::command },
    Target { name: "ftp_client", holds: ftp::client },
    Target { name: "ftp_server", holds: ftp::server },
    Target { name: "http_request", holds: http::request },
    Target { name: "http_response", holds: http::response },
    Target { name: "mail", holds: mail::message },
    Target { name: "multipart", holds: pens::multipart },
    Target { name: "profile", holds: files::profile },
    Target { name: "response", holds: pens::response },
    Target { name: "scenario", holds: files::scenario },
    Target { name: "smtp", holds: mail::dialogue },
    Target { name: "transcript", holds: stored::transcript },
    Target { name: "values", holds: pens::values },
];

/// Holds what the readers of this target make of the bytes against what must be so.
pub(crate) fn check(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|one| one.name == target);
    (found.unwrap_or_else(|| panic!("no target {target}")).holds)(bytes);
}
