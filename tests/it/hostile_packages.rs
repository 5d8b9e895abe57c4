//! Packages and addresses of a client that are made to do harm: to a run against it, and to a mock target.

use std::io::Write;

use miniz_oxide::deflate::compress_to_vec;
use penspec::transcript::Evidence;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clients::{ByHand, amiss, by_hand, get as get_text, parts};
use crate::harmless::{end_soundly, end_within_memory, is_harmless};
use crate::hostile_answers::{Answer, leading_away, oversized, saying};
use crate::hostile_callbacks::XML_BOMB;
use crate::judged::read_run;
use crate::mocks::address;
use crate::peer::{Peer, serving};
use crate::process::{Desk, Running};
use crate::rendered::NASTY;

/// A file in an archive: its name, its bytes as they lie there, and how large they are said to become.
struct File<'a> {
    name: &'a [u8],
    method: u16,
    packed: &'a [u8],
    size: u32,
}

/// An archive of these files, whose directory is said to have so many entries.
fn archive(files: &[File], entries: u16) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let at = u32::try_from(bytes.len()).unwrap();
        let common = common(file);
        bytes.extend([b"PK\x03\x04", &common[..], file.name, file.packed].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &at.to_le_bytes(), file.name].concat());
    }
    let (at, size) = (u32::try_from(bytes.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    bytes.append(&mut directory);
    let counts = [entries.to_le_bytes(), entries.to_le_bytes()].concat();
    bytes.extend(
        [b"PK\x05\x06\0\0\0\0", &counts[..], &size.to_le_bytes(), &at.to_le_bytes(), &[0; 2]].concat(),
    );
    bytes
}

/// What a file's two headers have in common: from the version that is needed to the length of what is extra.
fn common(file: &File) -> Vec<u8> {
    let packed = u32::try_from(file.packed.len()).unwrap();
    let name = u16::try_from(file.name.len()).unwrap();
    let mut crc = crc32fast::Hasher::new();
    crc.update(file.packed);
    let crc = if file.method == 0 { crc.finalize() } else { 0 };
    [
        &[20, 0, 0, 0][..],
        &file.method.to_le_bytes(),
        &[0; 4],
        &crc.to_le_bytes(),
        &packed.to_le_bytes(),
        &file.size.to_le_bytes(),
        &name.to_le_bytes(),
        &[0; 2],
    ]
    .concat()
}

fn stored<'a>(name: &'a [u8], bytes: &'a [u8]) -> File<'a> {
    File { name, method: 0, packed: bytes, size: u32::try_from(bytes.len()).unwrap() }
}

/// Whether the directory of an archive can be read.
#[derive(PartialEq, Eq)]
enum Opens {
    Yes,
    No,
}

/// Archives that are made to do harm, and whether they are archives all the same.
fn archives() -> Vec<(&'static str, Vec<u8>, Opens)> {
    let manifest = &b"imsmanifest.xml"[..];
    let bomb = compress_to_vec(&vec![b' '; 40 << 20], 9);
    let deep = "<a>".repeat(15_000);
    let climbing: Vec<Vec<u8>> = ["../", "..\\", "/", "C:\\", "%2e%2e/"]
        .iter()
        .map(|step| format!("{}planted-by-the-package", step.repeat(6)).into_bytes())
        .collect();
    let mut climbing: Vec<File> = climbing.iter().map(|name| stored(name, b"owned")).collect();
    climbing.push(stored(manifest, b"<manifest identifier=\"c\"/>"));
    let nasty = [NASTY.as_bytes(), b"\xff\xfe"].concat();
    let many = vec![b"PK\x01\x02".to_vec(); 10].concat();
    vec![
        (
            "a bomb",
            archive(&[File { name: manifest, method: 8, packed: &bomb, size: 40 << 20 }], 1),
            Opens::Yes,
        ),
        (
            "a bomb that lies",
            archive(&[File { name: manifest, method: 8, packed: &bomb, size: 3 }], 1),
            Opens::Yes,
        ),
        ("names that climb", archive(&climbing, 6), Opens::Yes),
        ("entities", archive(&[stored(manifest, XML_BOMB.as_bytes())], 1), Opens::Yes),
        ("depth", archive(&[stored(manifest, deep.as_bytes())], 1), Opens::Yes),
        ("a nasty name", archive(&[stored(&nasty, b"x"), stored(manifest, NASTY.as_bytes())], 2), Opens::Yes),
        ("a directory that lies", archive(&[stored(manifest, b"<manifest/>")], 0xfffe), Opens::Yes),
        ("a directory of nothing", [many, archive(&[], 0)].concat(), Opens::No),
    ]
}

/// A run against a client whose package lies at this URL.
fn run_with(desk: &Desk, package_url: &str) -> Evidence {
    let client = by_hand();
    let limits = ["--limit", "download=1s", "--limit", "quiet=100ms"];
    let arguments = ["test", "client", "client/sample-stream", "-v", "--trigger-url", client.hook_url()];
    let running = desk.start(&[&arguments[..], &limits].concat());
    let address = client.next_address();
    let query = client.query(package_url);
    assert!(get_text(&address, &format!("{}?{query}", parts(&address).1)).contains("error="));
    end_soundly(desk, running);
    read_run(desk).evidence
}

#[test]
fn a_run_bears_with_any_package() {
    for (name, bytes, opens) in archives() {
        let desk = Desk::new();
        let package = offering(bytes);
        run_with(&desk, &format!("{}/a.zip", package.url));
        let amiss = amiss(&desk);
        let told = ["MSG-003 warning", "MSG-009 warning", "PKG-010 warning"];
        assert_eq!(amiss, told[..if opens == Opens::Yes { 2 } else { 3 }], "{name}");
        holds_nothing_but_reports(&desk);
    }
}

/// Nothing of a package is unpacked: neither here nor in any directory above.
fn holds_nothing_but_reports(desk: &Desk) {
    let here: Vec<_> =
        std::fs::read_dir(desk.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(here, ["reports"]);
    let mut reports: Vec<_> =
        std::fs::read_dir(desk.path("reports")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    reports.sort();
    assert_eq!(reports, [".lock", "junit.xml", "report.html", "report.json", "transcript.jsonl"]);
    for above in desk.path(".").ancestors() {
        assert!(!above.join("planted-by-the-package").exists(), "{}", above.display());
    }
}

fn offering(bytes: Vec<u8>) -> Peer {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    serving(move |stream, _| drop(stream.write_all(&[head.as_bytes(), &bytes].concat())))
}

/// The rows about the package that are not as they should be, with the number of requests for it.
fn of_the_package(answer: &Answer) -> (Vec<String>, usize) {
    let (desk, package) = (Desk::new(), saying(answer));
    let evidence = run_with(&desk, &format!("{}/a.zip", package.url));
    let downloads = evidence.transactions[0].downloads.len();
    (amiss(&desk).into_iter().filter(|row| row.starts_with("PKG-")).collect(), downloads)
}

#[test]
fn a_run_bears_with_any_staging_area() {
    for answer in oversized() {
        let (amiss, downloads) = of_the_package(&answer);
        let told = ["PKG-009 fail", "PKG-010 inconclusive", "PKG-010 warning"];
        assert!(amiss.len() == 1 && told.contains(&&*amiss[0]), "{}: {amiss:?}", answer.shown());
        assert_eq!(downloads, 1, "{}", answer.shown());
    }
}

#[test]
fn a_staging_area_that_leads_on_for_ever_has_no_package() {
    for answer in leading_away() {
        let (amiss, downloads) = of_the_package(&answer);
        assert!([1, 6].contains(&downloads), "{}: {downloads}", answer.shown());
        let told: &[&str] = if downloads == 6 { &["PKG-009 fail"] } else { &[] };
        assert_eq!(amiss, told, "{}", answer.shown());
    }
}

/// Addresses that a collect has no business to send us to.
const BARRED: [&str; 18] = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:1/_GET",
    "data:application/zip,PK",
    "javascript:alert(1)",
    "//192.0.2.1/a.zip",
    "http://192.0.2.1/a.zip",
    "http://169.254.169.254/latest/meta-data/a.zip",
    "http://localhost.example.invalid/a.zip",
    "http://127.0.0.1@192.0.2.1/a.zip",
    "http://127.0.0.1:1@192.0.2.1:80/a.zip",
    "http://0.0.0.0:1/a.zip",
    "http://[::]:1/a.zip",
    "http://[::ffff:192.0.2.1]/a.zip",
    "http://2130706433/a.zip",
    "http://0x7f000001/a.zip",
    "http://127.0.0.1:99999/a.zip",
    "http:///a.zip",
    "ftp://192.0.2.1/a.zip",
];

/// A mock target that is sent to places, one after the other.
struct Sent {
    desk: Desk,
    target: Running,
    url: String,
    client: ByHand,
}

impl Sent {
    fn new() -> Self {
        let (desk, client) = (Desk::new(), by_hand());
        let mut target = desk.start(&["mock", "target", "-v", "--color", "always"]);
        let url = address(&mut target);
        Self { desk, target, url, client }
    }

    /// Has it fetch a package there, and tells what its answer says.
    fn off_to(&self, package_url: &str) -> String {
        let escaped = utf8_percent_encode(package_url, NON_ALPHANUMERIC).to_string();
        let query = self.client.query(&escaped);
        let answer = get_text(&self.url, &format!("{}?{query}", parts(&self.url).1));
        answer.lines().find_map(|line| line.strip_prefix("error=")).unwrap().to_owned()
    }

    /// What the receipt tells of a package there; of a collect that is refused, what its answer tells.
    fn to(&self, package_url: &str) -> String {
        let refused = self.off_to(package_url);
        if refused != "0" {
            return refused;
        }
        let head = loop {
            let head = self.client.called_back();
            if head.contains("command=receipt&") {
                break head;
            }
        };
        head.split_once("&error=").unwrap().1.split('&').next().unwrap().to_owned()
    }

    /// The same mock target still does what it should, and has shown nothing that steers a terminal.
    #[cfg(unix)]
    fn end_well(self) -> String {
        let package = offering(archive(&[stored(b"imsmanifest.xml", b"<manifest/>")], 1));
        assert_eq!(self.to(&format!("{}/a.zip", package.url)), "0");
        self.target.signal(rustix::process::Signal::INT);
        let ended = end_within_memory(self.target);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let plain = ended.stdout.replace("\u{1b}[0m", "").replace("\u{1b}[1;31m", "");
        is_harmless(&plain);
        is_harmless(&ended.stderr);
        assert_eq!(std::fs::read_dir(self.desk.path(".")).unwrap().count(), 0, "it wrote a file");
        plain
    }
}

#[cfg(unix)]
#[test]
fn a_mock_target_goes_nowhere_but_where_it_may() {
    let sent = Sent::new();
    for barred in BARRED {
        let told = sent.to(barred);
        assert!(["1304", "1306", "1307", "1310", "2008"].contains(&&*told), "{told}: {barred}");
    }
    let shown = sent.end_well();
    assert_eq!(shown.matches("\ndownload  GET ").count(), 1, "{shown}");
}

#[cfg(unix)]
#[test]
fn a_mock_target_bears_with_any_package() {
    let sent = Sent::new();
    for (name, bytes, _) in archives() {
        let package = offering(bytes);
        assert_eq!(sent.to(&format!("{}/a.zip", package.url)), "0", "{name}");
    }
    for answer in leading_away() {
        let package = saying(&answer);
        assert_eq!(sent.to(&format!("{}/a.zip", package.url)), "1301", "{}", answer.shown());
    }
    sent.end_well();
}
