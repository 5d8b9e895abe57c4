//! What the pages say of commands: README.md prints what they print, and every command line is one.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use penspec::run::built_in::with_known;
use penspec::scenario::load::load;

use super::{anchor, freshen, penspec, root};

/// The port that the pages give the mock target.
pub(super) const TARGET: &str = "40080";
/// The port that the sample gives the mock client.
pub(super) const CLIENT: &str = "40081";

/// A mock target in a process of its own, which ends with this value.
pub(super) struct Peer {
    pub(super) url: String,
    pub(super) greeting: String,
    process: Child,
}

impl Peer {
    /// Starts `mock target` with these arguments, on any free port.
    pub(super) fn start(arguments: &[&str]) -> Self {
        let mut command = penspec(&["mock", "target"]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut errors = BufReader::new(process.stderr.take().unwrap());
        let (mut greeting, mut notes) = (String::new(), String::new());
        output.read_line(&mut greeting).unwrap();
        errors.read_line(&mut notes).unwrap();
        let url = greeting.trim().rsplit(' ').next().unwrap().to_owned();
        // What it goes on to say must be taken from it, or it stops to wait.
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Self { url, greeting: greeting + &notes, process }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of the pages at which nobody listens.
const NOBODY: &str = "40099";

#[test]
fn the_readme_prints_what_the_commands_print() {
    prints_what_its_commands_print("README.md");
}

#[test]
fn the_page_on_certifying_prints_what_the_commands_print() {
    prints_what_its_commands_print("docs/certify-a-target.md");
}

#[test]
fn the_page_on_writing_scenarios_prints_what_the_commands_print() {
    prints_what_its_commands_print("docs/writing-scenarios.md");
}

#[test]
fn the_page_on_checking_a_client_prints_what_the_commands_print() {
    prints_what_its_commands_print("docs/check-a-client.md");
}

fn prints_what_its_commands_print(page: &str) {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut shell = Shell { directory: tempfile::tempdir().unwrap(), peer: None, status: 0 };
    for (name, text) in files_of(&text).filter(|(name, _)| name.contains('/')) {
        let path = shell.directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut fresh = String::new();
    let mut blocks = text.split("```console\n");
    fresh.push_str(blocks.next().unwrap());
    for block in blocks {
        let (session, after) = block.split_once("```\n").unwrap();
        let _ = write!(fresh, "```console\n{}```\n{after}", shell.session(session));
    }
    freshen(page, &fresh);
}

/// The YAML files of a page, by the names in their first lines.
fn files_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let blocks = text.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.filter_map(|block| Some((block.strip_prefix("# ")?.lines().next()?, block)))
}

/// The scenarios of the tutorial load, but for the one that has a slip.
#[test]
fn every_scenario_of_the_tutorial_loads() {
    let text = fs::read_to_string(root().join("docs/writing-scenarios.md")).unwrap();
    let mut loaded = 0;
    for (name, text) in files_of(&text) {
        let id = name.strip_suffix(".yaml").unwrap();
        let outcome = with_known(|known| load(name, id, text, known));
        assert_eq!(outcome.is_ok(), name.starts_with("mine/"), "{name}: {:?}", outcome.err());
        loaded += usize::from(name.starts_with("mine/"));
    }
    assert_eq!(loaded, 6);
}

#[test]
fn every_profile_of_the_pages_is_taken() {
    let pages = [
        ("docs/certify-a-target.md", "target", &["penspec.yaml", "accepted.yaml"][..]),
        ("docs/check-a-client.md", "client", &["tool.yaml"]),
    ];
    for (page, subject, profiles) in pages {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files_of(&text) {
            fs::write(directory.path().join(name), text).unwrap();
        }
        for name in profiles {
            let mut command = penspec(&["test", subject, "--profile", name, "--dry-run"]);
            let command = command.current_dir(directory.path()).env("LMS_PASSWORD", "open sesame");
            let output = command.output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// The snippets for CI systems are YAML, call penspec as it is to be called, and keep what a run leaves.
#[test]
fn the_snippets_for_ci_systems_hold() {
    let groovy = ["yaml", "yaml", "groovy"];
    snippets_hold("README.md", "In CI", "test target ", &groovy);
    snippets_hold("docs/check-a-client.md", "7. At every commit", "test client ", &groovy[..2]);
}

/// Those below a heading of a page are of these kinds, and each has such a call.
fn snippets_hold(page: &str, heading: &str, call_of_all: &str, kinds: &[&str]) {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let snippets: Vec<(&str, &str)> =
        section.split("\n```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap()).collect();
    assert_eq!(snippets.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), kinds);
    for (kind, snippet) in snippets {
        if kind == "yaml" {
            serde_yaml::from_str::<serde_json::Value>(snippet).unwrap();
        }
        let calls: Vec<&str> =
            snippet.lines().filter_map(|line| line.split_once("penspec ")).map(|(_, call)| call).collect();
        assert!(calls.iter().any(|call| call.starts_with(call_of_all)), "{snippet}");
        for call in calls {
            let call = call.split(['>', '#']).next().unwrap().trim_end_matches(['\'', ' ']);
            let arguments = arguments(&format!("penspec {call}")).unwrap();
            let output = penspec(&[]).args(arguments).arg("--help").output().unwrap();
            assert!(output.status.success(), "{call}: {}", String::from_utf8_lossy(&output.stderr));
        }
        keeps_what_a_run_leaves(snippet);
    }
}

fn keeps_what_a_run_leaves(snippet: &str) {
    let is_of_a_path = |letter: char| letter.is_alphanumeric() || "./*_-".contains(letter);
    let words = snippet.split(|letter| !is_of_a_path(letter));
    let paths: Vec<&str> = words.filter(|word| word.starts_with("reports")).collect();
    assert!(paths.iter().any(|path| path.trim_end_matches(['/', '*']) == "reports"), "{snippet}");
    for file in paths.iter().filter_map(|path| path.strip_prefix("reports/")) {
        let is_left =
            file.trim_end_matches('*').is_empty() || root().join("reports/sample").join(file).exists();
        assert!(is_left, "no run leaves reports/{file}");
    }
}

/// Whoever types a session of a page.
struct Shell {
    directory: tempfile::TempDir,
    peer: Option<Peer>,
    status: i32,
}

impl Shell {
    /// The session with what its commands print today.
    fn session(&mut self, session: &str) -> String {
        let mut fresh = String::new();
        for typed in session.split("$ ").skip(1).map(|typed| typed.split_once('\n').unwrap()) {
            let (line, printed) = typed;
            let now = self.type_line(line);
            let is_same = without_entry_numbers(&now) == without_entry_numbers(printed);
            let _ = write!(fresh, "$ {line}\n{}", if is_same { printed } else { &now });
        }
        fresh
    }

    fn type_line(&mut self, line: &str) -> String {
        if line == "echo $?" {
            return format!("{}\n", self.status);
        }
        let (line, cut) = match line.split_once(" | ") {
            Some((line, cut)) => (line, cut),
            None => (line, ""),
        };
        let arguments = arguments(line).unwrap_or_else(|| panic!("{line:?} is not understood"));
        let text = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["mock", "target", "--listen", _, rest @ ..] => {
                let peer = Peer::start(rest);
                let greeting = peer.greeting.clone();
                self.peer = Some(peer);
                greeting
            }
            all => {
                let output = self.run(all);
                self.status = output.status.code().unwrap();
                String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
            }
        };
        let port = if line.contains(NOBODY) { NOBODY } else { TARGET };
        cut_by(cut, &with_the_pages_port(&text, port))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let told = arguments.iter().map(|&argument| match &self.peer {
            Some(peer) if argument.contains(TARGET) => peer.url.clone(),
            _ if argument.contains(NOBODY) => argument.replace(NOBODY, "1"),
            _ if argument.starts_with("reports/sample") => root().join(argument).display().to_string(),
            _ => argument.to_owned(),
        });
        let mut command = penspec(&[]);
        command.args(told).current_dir(self.directory.path()).env("PATH", with_penspec());
        command.output().unwrap()
    }
}

/// Where programs are looked for, with penspec among them: triggers of the pages call it.
fn with_penspec() -> OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_penspec")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([own].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

/// What `head` or `tail` leaves of a text.
fn cut_by(command: &str, text: &str) -> String {
    let count = |count: &str| count.parse::<usize>().unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if let Some(first) = command.strip_prefix("head -n ") {
        return lines[..count(first).min(lines.len())].concat();
    }
    match command.strip_prefix("tail -n ") {
        Some(last) => lines[lines.len().saturating_sub(count(last))..].concat(),
        None => text.to_owned(),
    }
}

/// Two runs number their entries alike, or nearly so.
fn without_entry_numbers(text: &str) -> String {
    let without = |line: &str| {
        let is_evidence = line.trim_start().starts_with("evidence");
        if is_evidence { line.replace(|letter: char| letter.is_ascii_digit(), "") } else { line.to_owned() }
    };
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}

fn with_the_pages_port(text: &str, port: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut pieces = text.split(HOST);
    let mut changed = pieces.next().unwrap().to_owned();
    for piece in pieces {
        changed.push_str(HOST);
        changed.push_str(port);
        changed.push_str(piece.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    changed
}

/// What a command line gives to penspec; `None` when it calls something else.
fn arguments(line: &str) -> Option<Vec<String>> {
    let told = ["cargo run --release -- ", "cargo run -- ", "penspec "];
    let told = told.iter().find_map(|call| line.strip_prefix(call))?;
    let mut arguments = vec![String::new()];
    // What stands between single quotes is one word, spaces and all.
    for (index, piece) in told.split('\'').enumerate() {
        let last = arguments.len() - 1;
        if index % 2 == 1 {
            arguments[last].push_str(piece);
            continue;
        }
        let mut words = piece.split(' ').map(|word| word.trim_matches('"'));
        arguments[last].push_str(words.next().unwrap_or_default());
        arguments.extend(words.map(str::to_owned));
    }
    arguments.retain(|word| !word.is_empty());
    Some(arguments)
}

#[test]
fn every_command_line_of_the_pages_is_understood() {
    for (page, text) in pages() {
        for line in command_lines(&text) {
            let line = line.split(" | ").next().unwrap().split(" #").next().unwrap();
            let Some(arguments) = arguments(line) else { continue };
            let output = penspec(&[]).args(arguments).arg("--help").output().unwrap();
            assert!(
                output.status.success(),
                "{}: `{line}`: {}",
                page.display(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// What is typed in a `console`, the lines of an `sh`, and the code within lines.
fn command_lines(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut block = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(kind), None) => block = Some(kind),
            (Some(_), Some(_)) => block = None,
            (None, Some("console")) => found.extend(line.strip_prefix("$ ")),
            (None, Some("sh")) => found.extend([line]),
            (None, Some(_)) => {}
            (None, None) => found.extend(line.split('`').skip(1).step_by(2)),
        }
    }
    found
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    for (page, text) in pages() {
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(path.exists(), "{}: {link} leads nowhere", page.display());
            if !heading.is_empty() {
                let linked = fs::read_to_string(&path).unwrap();
                let mut headings = linked.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|line| anchor(line.trim_start_matches('#').trim()) == heading);
                assert!(is_there, "{}: {link} names no heading", page.display());
            }
        }
    }
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn every_path_that_the_pages_name_is_there() {
    const OURS: [&str; 8] =
        ["src/", "tests/", "docs/", "fixtures/", "scenarios/", "reports/sample", "reports/README", ".ci/"];
    for (page, text) in pages() {
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = OURS.iter().any(|ours| word.starts_with(ours));
            let is_pattern = word.contains(['*', '{', ' ', '\n', '<']) || word.contains("NAME");
            if is_path && !is_pattern {
                assert!(root().join(word).exists(), "{}: there is no {word}", page.display());
            }
        }
    }
}

/// The two pages that tell exit statuses have the same table.
#[test]
fn the_readme_has_the_exit_statuses_of_the_page_on_reports() {
    let rows = |page: &str| -> Vec<String> {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let is_row = |line: &&str| {
            line.strip_prefix("| ")
                .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        };
        text.lines().filter(is_row).map(str::to_owned).collect()
    };
    let rows = (rows("README.md"), rows("docs/reports.md"));
    assert_eq!(rows.0, rows.1);
    let statuses: Vec<&str> = rows.0.iter().map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(statuses, ["0", "1", "2", "3", "4", "5", "130"]);
}

/// Every page that people read, with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages =
        vec![root().join("README.md"), root().join("CHANGELOG.md"), root().join("reports/README.md")];
    add_pages(&root().join("docs"), &mut pages);
    pages.into_iter().map(|page| (page.clone(), fs::read_to_string(&page).unwrap())).collect()
}

fn add_pages(directory: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_pages(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}
