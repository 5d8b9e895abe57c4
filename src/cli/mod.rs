//! The commands.

mod answers;
mod bundle;
mod ca;
mod demo;
mod diff;
mod doctor;
mod dry_run;
mod explain;
mod init;
mod judge;
mod list;
mod merge;
mod mock;
mod mock_client;
mod operator;
mod options;
mod person;
mod profile;
mod progress;
mod report;
mod self_test;
mod signals;
mod test;
mod test_client;
mod verify;

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::certify::Stop;
use crate::scenario::schema::{defect_schema, scenario_schema};
use crate::transcript::mask::Masker;

/// Conformance test harness and mock peer for PENS (AICC CMI010, Package Exchange Notification Services 1.0.0).
#[derive(Parser)]
#[command(name = "penspec", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    speech: Speech,
}

#[derive(Subcommand)]
enum Command {
    /// Run the suite against the built-in mock: the two-minute tour.
    Demo,
    /// Certify a peer.
    #[command(subcommand)]
    Test(Test),
    /// Play a peer that stays up for a developer to work against.
    #[command(subcommand)]
    Mock(Mock),
    /// Judge stored evidence again: a report directory, a transcript, a URL, a raw request or response, a HAR.
    Judge(judge::Options),
    /// Tell a stored run in another format.
    Report(report::Options),
    /// Compare two stored runs: status 1 when something that held holds no longer.
    Diff(diff::Options),
    /// Join the parts of a divided run (--partition) into one report with one verdict.
    Merge(merge::Options),
    /// Pack a stored run into one archive of evidence: transcript, reports, and the hash of each.
    Bundle(bundle::Options),
    /// Check a bundle: its hashes, its signature, and whether the verdicts follow from the evidence.
    Verify(verify::Options),
    /// Show scenarios, requirements and defects.
    List(list::Options),
    /// Show a requirement, an error code (1432), a ruling, an element, a scenario or a defect in full.
    Explain {
        /// Its id.
        id: String,
    },
    /// Write a profile of an LMS to begin with: asks on a terminal.
    Init(init::Options),
    /// Look for what would spoil a run before it: the clock, the CA, each listener, the way back, and the target there.
    Doctor(doctor::Options),
    /// Check penspec itself: mock against mock, then every defect, each found out by the row that it breaks.
    SelfTest(self_test::Options),
    /// Write the certificate of the CA that signs what penspec shows over https.
    Ca(ca::Options),
    /// Print a JSON Schema.
    Schema {
        /// Of what.
        #[arg(long)]
        of: SchemaOf,
    },
}

#[derive(Subcommand)]
enum Test {
    /// Certify an LMS: penspec is the client that sends collects.
    Target(Box<options::Options>),
    /// Check an authoring tool: penspec is the target that it publishes to.
    Client(Box<test_client::ClientOptions>),
}

#[derive(Subcommand)]
enum Mock {
    /// An LMS: it answers collects, fetches packages, sends receipts and alerts.
    Target(mock::TargetOptions),
    /// An authoring tool: it sends a collect, offers the package and takes receipts and alerts.
    Client(mock_client::ClientOptions),
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// A scenario file.
    Scenario,
    /// A defect file.
    Defect,
    /// A profile: penspec.yaml.
    Profile,
    /// report.json.
    Report,
    /// What `diff --format json` prints.
    Diff,
    /// A line of transcript.jsonl between the first and the last.
    Transcript,
}

/// How much is said, and how.
#[derive(Args, Clone)]
struct Speech {
    /// Show every row, and each case as it ends.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Show the verdict alone.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Runs the command of this process's arguments; gives the exit status of docs/reports.md.
#[must_use]
pub fn main() -> ExitCode {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|panic| {
        PANICKED.store(true, Ordering::Relaxed);
        let _ = writeln!(anstream::stderr(), "penspec has a fault of its own, please report it: {panic}");
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // --help and --version are no errors and end with 0; clap's own status for the others is 2, as ours.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match cli.speech.color {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
    let outcome = std::panic::catch_unwind(|| perform(cli.command, &cli.speech));
    match outcome {
        // A task of ours that broke down may have lost evidence: no verdict then.
        Ok(_) if PANICKED.load(Ordering::Relaxed) => ExitCode::from(5),
        Ok(Ok(status)) => ExitCode::from(status),
        Ok(Err(stop)) => {
            let _ =
                writeln!(anstream::stderr(), "penspec: {}", visible(&without_credentials(&stop.to_string())));
            ExitCode::from(stop.status())
        }
        Err(_) => ExitCode::from(5),
    }
}

fn perform(command: Command, speech: &Speech) -> Result<u8, Stop> {
    match command {
        Command::Demo => demo::demo(speech),
        Command::Test(Test::Target(options)) => test::target(&options, speech),
        Command::Test(Test::Client(options)) => test_client::client(&options, speech),
        Command::Mock(Mock::Target(options)) => mock::target(&options, speech),
        Command::Mock(Mock::Client(options)) => mock_client::client(&options, speech),
        Command::Judge(options) => judge::judge(&options, speech),
        Command::Report(options) => report::report(&options, speech),
        Command::Diff(options) => diff::diff(&options, speech),
        Command::Merge(options) => merge::merge(&options, speech),
        Command::Bundle(options) => bundle::bundle(&options, speech),
        Command::Verify(options) => verify::verify(&options, speech),
        Command::List(options) => list::list(&options),
        Command::Explain { id } => explain::explain(&id),
        Command::Init(options) => init::init(&options),
        Command::Doctor(options) => doctor::doctor(&options, speech),
        Command::SelfTest(options) => self_test::self_test(&options, speech),
        Command::Ca(options) => ca::ca(&options),
        Command::Schema { of } => {
            let schema = match of {
                SchemaOf::Scenario => scenario_schema(),
                SchemaOf::Defect => defect_schema(),
                SchemaOf::Profile => crate::profile::schema(),
                SchemaOf::Report => crate::report::json::schema(),
                SchemaOf::Diff => crate::report::diff::json::schema(),
                SchemaOf::Transcript => schemars::schema_for!(crate::transcript::Entry).to_value(),
            };
            say(&format!("{schema:#}\n"));
            Ok(0)
        }
    }
}

/// Writes to standard output; whoever closed it has read enough.
fn say(text: &str) {
    let mut out = anstream::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A message with the credentials in its URLs masked, whoever gave them.
fn without_credentials(message: &str) -> String {
    Masker::new([0; 32], &[]).mask_text(message)
}

/// The text with what could steer a terminal written as escapes; line breaks stay.
fn visible(text: &str) -> String {
    text.split('\n').map(crate::transcript::bytes::visible).collect::<Vec<_>>().join("\n")
}
