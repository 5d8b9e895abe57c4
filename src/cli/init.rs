//! `init`: writes a profile to begin with, from answers on a terminal or from defaults.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::options::read_url;
use super::{Stop, profile, say};
use crate::certify::{check, read_advertised};
use crate::mock::listening::Transport;

/// What `init` is told.
#[derive(Args)]
pub(super) struct Options {
    /// Ask nothing: defaults, to be edited in the file.
    #[arg(long)]
    yes: bool,
    /// Where the profile is written.
    #[arg(long, value_name = "FILE", default_value = profile::USUAL)]
    out: PathBuf,
}

/// What an operator says of an LMS; empty where nothing is said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answers {
    name: String,
    url: String,
    user: String,
    variable: String,
    alerts: String,
    advertise: String,
}

pub(super) fn init(options: &Options) -> Result<u8, Stop> {
    refuse_to_overwrite(&options.out)?;
    let answers = if options.yes {
        Answers { url: "http://lms.example/pens".to_owned(), ..Answers::default() }
    } else if io::stdin().is_terminal() {
        ask(&mut io::stdin().lock(), &mut anstream::stderr())?
    } else {
        return Err(Stop::Usage(
            "init asks on a terminal, and there is none; give --yes to take defaults, and edit the file"
                .to_owned(),
        ));
    };
    let text = draft(&answers);
    check(&options.out.display().to_string(), &text)?;
    write(&options.out, &text)?;
    let shown = options.out.display();
    say(&format!(
        "written to {shown}; look through it, then: penspec test target --profile {shown} --dry-run\n"
    ));
    Ok(0)
}

fn refuse_to_overwrite(path: &Path) -> Result<(), Stop> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let shown = path.display();
    Err(Stop::Usage(format!(
        "{shown}: there is a file of this name; move it away, or name another with --out"
    )))
}

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let shown = path.display();
        match error.kind() {
            ErrorKind::NotFound => {
                Stop::Usage(format!("{shown}: there is no such directory; name another with --out"))
            }
            _ => Stop::Ours(format!("{shown}: cannot be written: {error}; name another with --out")),
        }
    })
}

/// Asks question by question; an answer that will not do is asked for again.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> Result<Answers, Stop> {
    let mut asking = Asking { input, output };
    Ok(Answers {
        name: asking.one("What is the LMS called?", &|_| Ok(()))?,
        url: asking.one("At which address does it take collects (http://lms.example/pens)?", &|url| {
            read_url(url).map(drop).map_err(|stop| stop.to_string())
        })?,
        user: asking.one("As which user does it know penspec (system-user-id; empty: none)?", &|_| Ok(()))?,
        variable: asking.one(
            "Which environment variable has the password (its name, such as LMS_PASSWORD; empty: none)?",
            &is_variable,
        )?,
        alerts: asking.one("Does it send alerts (yes, no; empty: unknown)?", &|word| match word {
            "" | "yes" | "no" => Ok(()),
            _ => Err("answer yes, no or nothing".to_owned()),
        })?,
        advertise: asking.one(
            "At which address can it reach this machine (harness.example:8080; empty: it runs here)?",
            &|text| if text.is_empty() { Ok(()) } else { read_advertised(Transport::Http, text).map(drop) },
        )?,
    })
}

struct Asking<'a, I, O> {
    input: &'a mut I,
    output: &'a mut O,
}

impl<I: BufRead, O: Write> Asking<'_, I, O> {
    fn one(&mut self, question: &str, check: &dyn Fn(&str) -> Result<(), String>) -> Result<String, Stop> {
        loop {
            let _ = write!(self.output, "{question} ").and_then(|()| self.output.flush());
            let mut line = String::new();
            let read = self.input.read_line(&mut line);
            if !read.is_ok_and(|length| length > 0) {
                return Err(Stop::Usage(
                    "the answers ended early, nothing was written; give --yes to take defaults".to_owned(),
                ));
            }
            match check(line.trim()) {
                Ok(()) => return Ok(line.trim().to_owned()),
                Err(why) => drop(writeln!(self.output, "  {}", super::visible(&why))),
            }
        }
    }
}

fn is_variable(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.bytes().all(fits) && !name.starts_with(|letter: char| letter.is_ascii_digit()) {
        Ok(())
    } else {
        Err("write the name of a variable, never the password itself: letters, digits and _".to_owned())
    }
}

/// The profile; what was not answered for stands in comments.
fn draft(answers: &Answers) -> String {
    let Answers { name, url, user, variable, alerts, advertise } = answers;
    let listen = listening(advertise);
    let password = Line::of("system-password", variable, "LMS_PASSWORD", |name| format!("${{env:{name}}}"));
    [
        "# The profile of an LMS for `penspec test target`; `penspec schema --of profile` has its format for editors.\n\
         # Take the first # and the blank behind it away from a line below to say it.\n"
            .to_owned(),
        section("subject", "What reports call the LMS.", &[
            Line::of("name", name, "Acme LMS", quoted),
            Line::could("version", "\"9.2\""),
        ]),
        section("target", "Where the LMS takes collects, and what it knows penspec by. Secrets are written as references.", &[
            Line::of("url", url, "http://lms.example/pens", quoted),
            Line::of("system-user-id", user, "pens", quoted),
            password,
            Line::could("headers", "{ X-Api-Key: \"${env:LMS_KEY}\" }"),
        ]),
        section("claims", "What the vendor says of the LMS; what is left out is unsaid.", &[
            Line::of("alerts", alerts, "yes", str::to_owned),
            Line::could("post", "yes"),
            Line::could("package-types", "[scorm-pif, aicc-pkg]"),
            Line::could("quota", "2 GiB"),
        ]),
        section("listen", "Where penspec listens; loopback will do for an LMS on this machine alone.", &[
            Line::said("http", &listen),
        ]),
        section("advertise", "What the LMS is told instead, when it cannot connect to that.", &[
            Line::of("http", advertise, "harness.example:8080", quoted),
        ]),
        section("limits", "How long to wait.", &[Line::said("receipt", "5m"), Line::said("quiet", "3s")]),
        "\n# Courses under way at once: 1 for an LMS that takes one after the other.\nmax-in-flight: 8\n".to_owned(),
        section("accept", "Failures that are known and borne for a while.", &[
            Line::could("- requirement", "RSP-006"),
            Line::could("  scenario", "\"*\""),
            Line::could("  reason", "ticket 4711"),
            Line::could("  until", "2027-03-01"),
        ]),
    ]
    .concat()
}

/// A line of a profile.
enum Line {
    /// One that says something.
    Said(String),
    /// One that could.
    Could(String),
}

impl Line {
    fn said(key: &str, value: &str) -> Self {
        Self::Said(format!("{key}: {value}"))
    }

    fn could(key: &str, value: &str) -> Self {
        Self::Could(format!("{key}: {value}"))
    }

    /// What was answered, or an example of what could be.
    fn of(key: &str, answer: &str, example: &str, written: impl Fn(&str) -> String) -> Self {
        if answer.is_empty() {
            Self::could(key, &written(example))
        } else {
            Self::said(key, &written(answer))
        }
    }
}

/// A key with lines below it; all of it a comment when no line says anything.
fn section(key: &str, about: &str, lines: &[Line]) -> String {
    let says = lines.iter().any(|line| matches!(line, Line::Said(_)));
    let mut text = format!("\n# {about}\n{}{key}:\n", if says { "" } else { "# " });
    for line in lines {
        let (before, line) = match line {
            Line::Said(line) => ("  ", line),
            Line::Could(line) if says => ("  # ", line),
            Line::Could(line) => ("#   ", line),
        };
        let _ = writeln!(text, "{before}{line}");
    }
    text
}

/// A text as YAML has it between double quotes, as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Where to listen for what leads to this advertised address; a tunnel that ends TLS mostly has its end on this machine,
/// and what leads to port 80 comes through something that may have that port.
fn listening(advertised: &str) -> String {
    if advertised.is_empty() {
        return "127.0.0.1:0".to_owned();
    }
    let url = read_advertised(Transport::Http, advertised).unwrap_or_default();
    match crate::wire::http::Address::of(&url) {
        Ok(address) if !address.is_secure() => {
            format!("0.0.0.0:{}", if address.port == 80 { 8080 } else { address.port })
        }
        Ok(_) | Err(_) => "127.0.0.1:8080".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listener_is_the_one_that_the_advertised_address_leads_to() {
        for (advertised, listen) in [
            ("", "127.0.0.1:0"),
            ("harness.example:8081", "0.0.0.0:8081"),
            ("http://harness.example/prefix", "0.0.0.0:8080"),
            ("https://tunnel.example", "127.0.0.1:8080"),
        ] {
            assert_eq!(listening(advertised), listen, "{advertised}");
        }
    }

    fn asked(typed: &str) -> (Result<Answers, Stop>, String) {
        let mut shown = Vec::new();
        let answers = ask(&mut typed.as_bytes(), &mut shown);
        (answers, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn what_is_answered_is_what_the_profile_says() {
        let (answers, _) =
            asked("Acme \"LMS\"\nhttp://lms.example/pens\npens\nLMS_PASSWORD\nno\nharness.example:8080\n");
        let text = draft(&answers.unwrap());
        let profile = check("penspec.yaml", &text).unwrap().profile;
        assert_eq!(profile.subject.name, "Acme \"LMS\"");
        assert_eq!(profile.target.system_user_id.as_deref(), Some("pens"));
        assert_eq!(profile.target.system_password.unwrap().reference(), "${env:LMS_PASSWORD}");
        assert_eq!(profile.claims.alerts, Some(crate::profile::Claim::No));
        assert_eq!(profile.advertise.http.as_deref(), Some("harness.example:8080"));
        assert_eq!(profile.listen.http.to_string(), "0.0.0.0:8080");
    }

    #[test]
    fn what_is_not_answered_is_left_to_its_default() {
        let (answers, _) = asked("\nhttp://lms.example/pens\n\n\n\n\n");
        let loaded = check("penspec.yaml", &draft(&answers.unwrap())).unwrap();
        let mut default = crate::profile::Profile::default();
        default.target.url = "http://lms.example/pens".to_owned();
        assert_eq!(loaded.profile, default);
    }

    #[test]
    fn what_will_not_do_is_asked_for_again() {
        let (answers, shown) =
            asked("x\nlms\nhttp://lms.example/\n\nhunter two\nPW\nmaybe\nyes\nftp://x\nx:1\n");
        let answers = answers.unwrap();
        assert_eq!(
            (answers.variable.as_str(), answers.alerts.as_str(), answers.advertise.as_str()),
            ("PW", "yes", "x:1")
        );
        for why in
            ["not an absolute address", "never the password itself", "answer yes, no or nothing", "ftp"]
        {
            assert!(shown.contains(why), "{why:?} is not in {shown}");
        }
    }

    #[test]
    fn answers_that_end_early_write_nothing() {
        assert!(asked("x\n").0.is_err_and(|stop| stop.status() == 2 && stop.to_string().contains("--yes")));
    }

    #[test]
    fn every_line_that_is_off_may_be_turned_on() {
        let text = draft(&Answers { url: "http://lms.example/pens".to_owned(), ..Answers::default() });
        let says = |line: &str| {
            let line = line.trim_start().trim_start_matches("# ").trim_start().trim_start_matches("- ");
            let key = line.split(':').next().unwrap_or_default();
            line.contains(':') && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let on = |line: &str| if says(line) { line.replacen("# ", "", 1) } else { line.to_owned() };
        let all: Vec<String> = text.lines().map(on).collect();
        let profile = check("penspec.yaml", &all.join("\n")).unwrap().profile;
        assert_eq!((profile.accept.len(), profile.target.headers.len()), (1, 1));
        assert!(profile.claims.quota.is_some() && profile.advertise.http.is_some());
    }
}
