//! What the commands say of themselves.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::process::Desk;

#[test]
fn help_of_every_command() {
    let desk = Desk::new();
    let mut text = String::new();
    for command in [
        &[][..],
        &["demo"],
        &["test"],
        &["test", "target"],
        &["test", "client"],
        &["mock"],
        &["mock", "target"],
        &["mock", "client"],
        &["judge"],
        &["report"],
        &["diff"],
        &["merge"],
        &["bundle"],
        &["verify"],
        &["list"],
        &["explain"],
        &["init"],
        &["schema"],
    ] {
        let ended = desk.run(&[command, &["--help"]].concat());
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{command:?}");
        let line = [&["penspec"], command, &["--help"]].concat().join(" ");
        let _ = writeln!(text, "$ {line}\n{}", ended.stdout);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_requirement_a_code_and_a_ruling_are_explained() {
    let desk = Desk::new();
    for id in ["RSP-003", "RSP-004", "1432", "R-15", "package-type"] {
        let ended = desk.run(&["explain", id]);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{id}");
        insta::assert_snapshot!(format!("explain {id}"), ended.stdout);
    }
}

#[test]
fn everything_that_is_listed_is_explained() {
    let desk = Desk::new();
    for what in ["scenarios", "requirements", "defects"] {
        let listed = desk.run(&["list", what]).stdout;
        assert!(listed.lines().count() > 3, "{listed}");
        assert!(listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
        let heads: Vec<&str> = listed.lines().filter(|line| !line.starts_with(' ')).collect();
        for line in [heads[0], heads[heads.len() - 1]] {
            let id = line.split_whitespace().next().unwrap();
            let explained = desk.run(&["explain", id]);
            assert_eq!(explained.status, Some(0), "{id}");
            assert!(explained.stdout.contains(id), "{}", explained.stdout);
        }
    }
}

#[test]
fn every_schema_is_json() {
    for of in ["scenario", "defect", "profile", "report", "diff", "transcript"] {
        let schema = Desk::new().run(&["schema", "--of", of]).stdout;
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert!(schema["$schema"].is_string(), "{of}");
    }
}

#[test]
fn a_reader_who_has_read_enough_is_no_fault() {
    let desk = Desk::new();
    for arguments in [
        &["list"][..],
        &["--help"],
        &["explain", "RSP-004"],
        &["schema", "--of", "report"],
        &["test", "target", "http://127.0.0.1:1/", "--dry-run"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_penspec"))
            .args(arguments)
            .current_dir(desk.path("."))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_run_whose_reader_has_left_goes_on_to_its_report() {
    let desk = Desk::new();
    let url = crate::support::start_target(penspec::mock::manners::Manners::default());
    let mut child = Command::new(env!("CARGO_BIN_EXE_penspec"))
        .args(["test", "target", &url, "target/order", "--progress", "plain", "-v"])
        .current_dir(desk.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(desk.report()["exit_status"], 0);
}

#[test]
fn the_tour_ends_well_and_leaves_a_report() {
    let desk = Desk::new();
    let ended = desk.run(&["demo"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("penspec test target http://lms.example/pens"), "{}", ended.stdout);
    for role in ["target", "client"] {
        let report = desk.read(&format!("reports/demo/{role}/report.json"));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["verdict"], "conforms", "{role}");
    }
}
