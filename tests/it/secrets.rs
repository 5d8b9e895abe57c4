//! Secrets: planted in every place that has one, handed back by the peer in every spelling, looked for in all that is said and
//! written, whole and by halves.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use penspec::pens::Element;
use penspec::run::planted::CANARIES;
use penspec::transcript::canary::{Canary, Watchman};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clients::{ByHand, by_hand, get as get_text, parts};
use crate::hostile::Given;
use crate::mocks::address;
use crate::peer::{Peer, http, serving};
use crate::process::{Desk, Ended, PENSPEC};

const HEADER: &str = "hd7/Qx+ Zk3=wV9<b&T";
const PASSWORD: &str = "pw4&Jr%Nd \u{f6}\"Gy8+Hs1";
const USERINFO: &str = "ui5~Lm2!Tc9$Xe6";
const MAIL: &str = "sm8:Vb4 Fq1?Kd7";
const FILED: &str = "fl6;Xt1 Ow4,Pz9";
const HOOK: &str = "hk2-Bv8.Nx5_Ml3";
/// What a client under test gives for its package.
const PACKAGE: &str = "pk3^Wn6 Yj2}Rt5";
const ACCOUNT: &str = "ac9|Hp4 Dz7{Sg1";

/// Those of which a target can hear.
const OURS: [&str; 5] = [HEADER, PASSWORD, USERINFO, MAIL, FILED];

/// What RFC 3986 has not encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The spellings in which a peer may hand a secret back.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let usual = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form = usual.replace("%20", "+");
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let json = serde_json::to_string(secret).unwrap();
    vec![
        secret.to_owned(),
        usual.to_lowercase(),
        usual,
        form,
        utf8_percent_encode(secret, UNRESERVED).to_string(),
        BASE64_STANDARD.encode(secret),
        html,
        json[1..json.len() - 1].to_owned(),
    ]
}

/// All that was said and written, each with where, and the commands that said it.
#[derive(Default)]
struct Found {
    texts: Vec<(String, String)>,
    commands: BTreeSet<String>,
}

impl Found {
    fn take(&mut self, command: &[&str], ended: Ended) {
        let name = command.join(" ");
        self.texts.push((format!("stdout of {name}"), ended.stdout));
        self.texts.push((format!("stderr of {name}"), ended.stderr));
        self.commands
            .extend(COMMANDS.iter().filter(|known| name.starts_with(**known)).map(ToString::to_string));
    }

    fn take_files(&mut self, desk: &Desk, directory: &str) {
        for entry in std::fs::read_dir(desk.path(directory)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            self.texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }

    /// None of these secrets stands anywhere, and these commands were run.
    fn holds_none(&self, canaries: &[Canary], commands: &[&str]) {
        let watchman = Watchman::of(canaries);
        for (place, text) in &self.texts {
            let hits = watchman.hits(text.as_bytes());
            assert!(hits.is_empty(), "{} in {place}: {text}", hits[0]);
        }
        assert_eq!(self.commands, commands.iter().map(ToString::to_string).collect());
    }
}

/// The secrets of the operator's, and those that a client gives.
fn all() -> [Canary<'static>; 8] {
    let named = ["header", "password", "userinfo", "mail", "filed", "hook", "package", "account"];
    let secrets = [HEADER, PASSWORD, USERINFO, MAIL, FILED, HOOK, PACKAGE, ACCOUNT];
    std::array::from_fn(|at| Canary { name: named[at], secret: secrets[at] })
}

/// The commands that are run here, because they see secrets or what was recorded of them.
const COMMANDS: [&str; 12] = [
    "bundle",
    "demo",
    "diff",
    "doctor",
    "judge",
    "merge",
    "mock client",
    "mock target",
    "report",
    "test client",
    "test target",
    "verify",
];

/// The commands that are not: what each of them sees.
const HARMLESS: [(&str, &str); 7] = [
    ("ca", "the certificate of the CA, which is there to be shown"),
    ("explain", "the catalogue"),
    ("help", "itself"),
    ("init", "names of environment variables: it asks for no secret"),
    ("list", "what is compiled in, and scenarios"),
    ("schema", "types"),
    (
        "self-test",
        "secrets that are planted for it; it looks for them in what each rehearsal leaves, and says so",
    ),
];

/// The commands that a help lists.
fn listed(arguments: &[&str]) -> Vec<String> {
    let ended = Desk::new().run(&[arguments, &["--help"]].concat());
    let (_, list) = ended.stdout.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    // A description that goes on stands further in.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn a_command_is_searched_for_secrets_or_sees_none() {
    let below = |command: &str| {
        let below = listed(&[command]).into_iter().filter(|name| name != "help");
        below.map(|name| format!("{command} {name}")).collect::<Vec<_>>()
    };
    let top = listed(&[]).into_iter().flat_map(|name| match &*name {
        "test" | "mock" => below(&name),
        _ => vec![name],
    });
    let mut known: Vec<&str> = COMMANDS.into_iter().chain(HARMLESS.map(|(name, _)| name)).collect();
    known.sort_unstable();
    let mut there: Vec<String> = top.collect();
    there.sort_unstable();
    assert_eq!(there, known, "add a command to COMMANDS and run it here, or say in HARMLESS what it sees");
}

/// With all secrets of the operator's in the environment.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PENSPEC);
    command
        .args(arguments)
        .env("SECRET_HEADER", HEADER)
        .env("SECRET_PASSWORD", PASSWORD)
        .env("SECRET_MAIL", MAIL);
    command
}

fn run(desk: &Desk, found: &mut Found, arguments: &[&str]) -> Option<i32> {
    let ended = desk.start_by(&mut command(arguments)).end();
    let status = ended.status;
    found.take(arguments, ended);
    status
}

/// A directory with a profile in which everything that can be secret is.
fn with_profile(target: &str) -> Desk {
    let desk = Desk::new();
    let url = target.replacen("http://", &format!("http://lms:{USERINFO}@"), 1);
    desk.write("filed", FILED);
    desk.write(
        "penspec.yaml",
        format!(
            "target:\n  url: \"{url}\"\n  system-user-id: pens\n  system-password: \"${{env:SECRET_PASSWORD}}\"\n  \
             headers: {{ X-Api-Key: \"${{env:SECRET_HEADER}}\", X-Filed: \"${{file:filed}}\" }}\n\
             trigger: {{ url: \"http://hook:{HOOK}@127.0.0.1:1/hook\" }}\n\
             mail: {{ server: \"127.0.0.1:1\", user: pens, password: \"${{env:SECRET_MAIL}}\" }}\n\
             limits: {{ response: 2s, download: 1s, receipt: 1s, alert: 1s, quiet: 200ms }}\n"
        ),
    );
    desk
}

/// Every secret in every spelling.
fn told() -> Vec<String> {
    OURS.iter().flat_map(|secret| spellings(secret)).collect()
}

/// A target that hands all secrets back: in its answers' headers and fields, in redirects, in receipts and alerts.
fn parrot() -> Peer {
    serving(|stream, head| {
        if !head.contains("command=collect") {
            let _ = stream.write_all(http("404 Not Found", "text/plain", &told().join(" ")).as_bytes());
            return;
        }
        let given = Given::of(head);
        let answer = if given.is_of("target/order") { redirect() } else { echo(&given) };
        let _ = stream.write_all(&answer);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        if given.is_of("target/probe") {
            call_back(&given);
        }
    })
}

fn echo(given: &Given) -> Vec<u8> {
    let all = told().join(" ");
    let code = if given.is_of("target/probe") { "0" } else { "1201" };
    let mut body =
        format!("error={code}\r\nerror-text={all}\r\nversion=1.0.0\r\npens-data={all}\r\n{all}={all}\r\n");
    if given.is_of("target/echo") {
        body = straddling();
    }
    let headers = "X-Echo: ".to_owned() + &told().join("\r\nX-Echo: ") + "\r\n";
    let length = body.len();
    format!(
        "HTTP/1.1 200 {all}\r\nContent-Type: text/plain\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A body of which the beginning and the end are kept, with a secret in the middle of where each is cut.
fn straddling() -> String {
    const END: usize = 4096;
    const LENGTH: usize = 80_000;
    let mut body = "error=0\r\nerror-text=".to_owned();
    body.push_str(&"x".repeat(END - PASSWORD.len() / 2 - body.len()));
    body.push_str(PASSWORD);
    body.push_str(&"y".repeat(LENGTH - END - HEADER.len() / 2 - body.len()));
    body.push_str(HEADER);
    body.push_str(&"z".repeat(LENGTH - body.len()));
    body
}

fn redirect() -> Vec<u8> {
    let all: String =
        told().iter().filter(|told| told.is_ascii()).map(|told| told.replace(' ', "%20") + "/").collect();
    format!("HTTP/1.1 302 Found\r\nLocation: /elsewhere/{all}?a={all}\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

/// The package, its receipt and an alert, in which the secrets stand.
fn call_back(given: &Given) {
    given.fetch();
    for (name, to) in [("receipt", Element::Receipt), ("alert", Element::Alerts)] {
        for told in told() {
            let mut callback = given.callback(name);
            callback.set("error-text", &told);
            callback.set("vendor-data", &told);
            given.line().ask(given.request(to, &callback));
            callback.set_raw("error-text", told.as_bytes());
            let query = callback.write_query(penspec::pens::Encode::Form);
            let path = given.path(to);
            given.line().ask(crate::hostile::post(path, "application/x-www-form-urlencoded", &query));
        }
    }
}

const FORMATS: [&str; 9] = ["text", "json", "html", "junit", "markdown", "tap", "ctrf", "har", "mermaid"];

/// Where a run is told of, and how loudly.
const VERBOSITIES: [(&str, &[&str]); 3] =
    [("quiet", &["-q"]), ("plain", &[]), ("loud", &["-v", "--progress", "json-lines"])];

/// A stored run, in its files and by every command that tells of one.
fn tell(desk: &Desk, found: &mut Found, directory: &str, more: &[&str]) {
    found.take_files(desk, directory);
    for format in FORMATS {
        assert_eq!(run(desk, found, &["report", directory, "--format", format]), Some(0));
    }
    run(desk, found, &[&["judge", directory], &more[..more.len().min(1)]].concat());
    run(desk, found, &["diff", "quiet", directory]);
    run(desk, found, &["bundle", directory, "--out", "evidence.zip"]);
    let verified = run(desk, found, &["verify", "evidence.zip", "-v"]);
    assert!(matches!(verified, Some(0 | 1 | 3)), "{verified:?}");
}

#[test]
fn no_command_about_a_target_tells_a_secret() {
    let peer = parrot();
    let desk = with_profile(&peer.url);
    let mut found = Found::default();
    let cases = ["target/probe", "target/order", "target/echo", "target/sample-stream"];
    for (directory, more) in VERBOSITIES {
        let arguments = [&["test", "target"], &cases[..], &["--report-dir", directory], more].concat();
        let status = run(&desk, &mut found, &arguments);
        assert!(matches!(status, Some(1 | 3)), "{status:?}");
        tell(&desk, &mut found, directory, more);
    }
    for (part, (directory, more)) in ["1/2", "2/2"].iter().zip(VERBOSITIES) {
        let directory = format!("part-of-{directory}");
        let arguments =
            [&["test", "target"], &cases[..], &["--partition", part, "--report-dir", &directory], more];
        run(&desk, &mut found, &arguments.concat());
        found.take_files(&desk, &directory);
    }
    for (directory, more) in VERBOSITIES {
        let directory = format!("whole-{directory}");
        let parts = ["merge", "part-of-quiet", "part-of-plain", "--report-dir", &directory];
        let status = run(&desk, &mut found, &[&parts[..], &more[..more.len().min(1)]].concat());
        assert!(matches!(status, Some(1 | 3)), "{status:?}");
        found.take_files(&desk, &directory);
    }
    for rest in [
        &["test", "target", "--dry-run", "-v"][..],
        &["test", "target", "--report-dir", "loud", "--failed", "--dry-run"],
        &["doctor"],
        &["doctor", "-v"],
        &["mock", "client", "--once", "--for", "200ms", "-v"],
        &["mock", "client", "--once", "--for", "200ms", "-q"],
    ] {
        run(&desk, &mut found, rest);
    }
    let commands =
        ["bundle", "diff", "doctor", "judge", "merge", "mock client", "report", "test target", "verify"];
    found.holds_none(&all(), &commands);
}

/// The secrets of the tour are its own; those of the operator's are there, too, and of no concern to it.
#[test]
fn the_tour_tells_no_secret() {
    let (desk, mut found) = (with_profile("http://127.0.0.1:1/pens"), Found::default());
    for (_, more) in VERBOSITIES {
        // How a run goes on is told in one way here.
        let status = run(&desk, &mut found, &[&["demo"][..], &more[..more.len().min(1)]].concat());
        assert_eq!(status, Some(0));
        found.take_files(&desk, "reports/demo/target");
        found.take_files(&desk, "reports/demo/client");
    }
    found.holds_none(&[&all()[..], &CANARIES].concat(), &["demo"]);
}

/// The collect of a client that guards its package, sent there; `parrot` takes its callbacks.
fn publish_guarded(client: &ByHand, address: &str, parrot: &Peer) {
    let escaped = |secret: &str| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let query = client.query(&format!("{}/a.zip", parrot.url)).replace("&receipt=", "&receipt-of-old=");
    let callbacks = escaped(&parrot.url);
    let secrets = [
        ["&system-password=", &escaped(PASSWORD)],
        ["&package-url-password=", &escaped(PACKAGE)],
        ["&package-url-account=", &escaped(ACCOUNT)],
    ];
    let secrets = secrets.concat().concat();
    let target =
        format!("{}?{query}&receipt={callbacks}&package-url-user-id=stage{secrets}", parts(address).1);
    assert!(get_text(address, &target).contains("error="));
}

#[cfg(unix)]
#[test]
fn no_command_about_a_client_tells_a_secret() {
    let peer = parrot();
    let (desk, client) = (with_profile(&peer.url), by_hand());
    let mut found = Found::default();
    let failing = "echo \"$SECRET_PASSWORD\"; echo \"refused: $SECRET_HEADER\" >&2; exit 7";
    for (directory, more) in VERBOSITIES {
        let arguments = ["test", "client", "client/sample-stream", "--report-dir", directory];
        let published = [&arguments[..], &["--trigger-url", client.hook_url()], more].concat();
        let running = desk.start_by(&mut command(&published));
        publish_guarded(&client, &client.next_address(), &peer);
        found.take(&published, running.end());
        tell(&desk, &mut found, directory, more);
        let failed = [&arguments[..], &["--trigger", failing], more].concat();
        assert_eq!(run(&desk, &mut found, &failed), Some(3));
        tell(&desk, &mut found, directory, more);
    }
    for more in ["-v", "-q"] {
        let arguments = ["mock", "target", "--profile", "penspec.yaml", more];
        let mut target = desk.start_by(&mut command(&arguments));
        let url = address(&mut target);
        publish_guarded(&client, &url, &peer);
        target.signal(rustix::process::Signal::INT);
        found.take(&arguments, target.end());
    }
    let commands = ["bundle", "diff", "judge", "mock target", "report", "test client", "verify"];
    found.holds_none(&all(), &commands);
}
