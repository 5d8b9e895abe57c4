//! `diff`: what differs between two runs, and which of it is a regression.

use penspec::mock::manners::Manners;
use penspec::report::diff::{Kind, compare};
use penspec::requirements::judge::rows_of;
use penspec::run::Run;
use penspec::transcript::entry::{Met, Role};

use crate::judged::recorded;
use crate::rendered::{expects, manners, read};

#[test]
fn two_runs_are_compared() {
    let [good, bad] =
        [Manners::default(), manners("lf-lines")].map(|manners| recorded(manners, &["target/probe"]).0);
    let (before, after) = (good.path("reports"), bad.path("reports/transcript.jsonl"));
    let (before, after) = (before.to_str().unwrap(), after.to_str().unwrap());
    let worse = good.run(&["diff", before, after]);
    assert_eq!((worse.status, worse.stderr.as_str()), (Some(1), ""));
    assert!(
        worse.stdout.contains("REGRESSED RSP-004 crlf (MUST, A.1.2): pass -> fail\n  - the line of"),
        "{worse:?}"
    );
    assert!(worse.stdout.contains("\n1 regressed; "), "{worse:?}");
    let all = rows_of(Role::Target).count();
    let better = good.run(&["diff", after, before]);
    assert_eq!(better.status, Some(0));
    assert!(better.stdout.contains("FIXED RSP-004 crlf (MUST, A.1.2): fail -> pass\n"), "{better:?}");
    assert_eq!(
        good.run(&["diff", before, after, "--quiet"]).stdout,
        format!("1 regressed; {} the same\n", all - 1)
    );
    let same = good.run(&["diff", before, before]);
    assert_eq!(same.status, Some(0));
    assert!(same.stdout.contains(&format!("no difference; {all} the same")), "{same:?}");
}

#[test]
fn what_is_judged_now_or_no_longer_is_no_regression() {
    let (desk, _) = recorded(manners("lf-lines"), &["target/probe"]);
    let whole = read(&desk);
    let mut cut = whole.clone();
    cut.entries.truncate(3);
    cut.ending = None;
    let (whole, cut) = (Run::of(&whole).unwrap(), Run::of(&cut).unwrap());
    let kinds = |before, after| {
        let diff = compare(before, after).unwrap();
        assert!(!diff.is_regressed());
        diff.changes.into_iter().map(|change| (change.what, change.kind)).collect::<Vec<_>>()
    };
    let row = |changes: Vec<(String, Kind)>| {
        changes.into_iter().find(|(what, _)| what.starts_with("RSP-004 ")).map(|(_, kind)| kind)
    };
    assert_eq!(row(kinds(&whole, &cut)), Some(Kind::NoLongerJudged));
    assert_eq!(row(kinds(&cut, &whole)), Some(Kind::New));
}

#[test]
fn a_verdict_for_other_reasons_is_told_and_no_regression() {
    let [before, after] = ["lf-lines", "byte-order-mark"].map(|name| {
        let (desk, _) = recorded(manners(name), &["target/probe"]);
        read(&desk)
    });
    let [mut before, mut after] = [before, after].map(|transcript| Run::of(&transcript).unwrap());
    let row =
        |run: &mut Run, id: &str| run.judgement.rows.iter().position(|judged| judged.row.id == id).unwrap();
    let (from, to) = (row(&mut before, "RSP-004"), row(&mut after, "RSP-004"));
    after.judgement.rows[to] = before.judgement.rows[from].clone();
    for said in &mut after.judgement.rows[to].outcomes {
        if let penspec::requirements::Outcome::Breaks(finding) = &mut said.outcome {
            "another message".clone_into(&mut finding.message);
        }
    }
    let diff = compare(&before, &after).unwrap();
    let change = diff.changes.iter().find(|change| change.what.starts_with("RSP-004")).unwrap();
    assert_eq!(
        (change.kind, change.messages.as_slice()),
        (Kind::Message, &["another message".to_owned()][..])
    );
}

#[test]
fn what_authors_expect_is_compared_too() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let run = |met: &[Met]| {
        let mut transcript = read(&desk);
        for met in met {
            expects(&mut transcript, "target/probe", "error 0", *met);
        }
        Run::of(&transcript).unwrap()
    };
    let kind = |before: &[Met], after: &[Met]| {
        let diff = compare(&run(before), &run(after)).unwrap();
        diff.changes.iter().map(|change| change.kind).collect::<Vec<_>>()
    };
    assert_eq!(kind(&[Met::Met, Met::Met], &[Met::Met, Met::Unmet]), [Kind::Regressed]);
    assert_eq!(kind(&[Met::Unmet], &[Met::Met]), [Kind::Fixed]);
    assert_eq!(kind(&[Met::Met], &[]), [Kind::NoLongerJudged]);
    assert_eq!(kind(&[], &[Met::Unmet]), [Kind::New]);
    assert_eq!(kind(&[Met::Met], &[Met::Met]), []);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (desk, _) = recorded(Manners::default(), &["target/probe"]);
    let text = desk.read("reports/transcript.jsonl");
    desk.write("client.jsonl", text.replacen("\"role\":\"target\"", "\"role\":\"client\"", 1));
    let refused = |arguments: &[&str]| {
        let ended = desk.run(arguments);
        assert_eq!(ended.stdout, "", "{arguments:?}");
        (ended.status, ended.stderr)
    };
    assert_eq!(
        refused(&["diff", "reports", "client.jsonl"]),
        (
            Some(2),
            "penspec: reports and client.jsonl: one run is of a target, the other of a client: they share no \
             requirements that could be compared; name two runs of one role\n"
                .to_owned()
        )
    );
    for arguments in
        [&["report", "missing"][..], &["diff", "reports", "missing"], &["diff", "missing", "reports"]]
    {
        let (status, said) = refused(arguments);
        assert_eq!(status, Some(2), "{said}");
        assert!(
            said.starts_with("penspec: missing/transcript.jsonl") || said.starts_with("penspec: missing: "),
            "{said}"
        );
    }
    assert_eq!(refused(&["report", "reports", "--format", "pdf"]).0, Some(2));
    let (status, said) = refused(&["report", "reports", "--format", "html", "--out", "missing/report.html"]);
    assert_eq!(status, Some(5), "{said}");
    assert!(said.starts_with("penspec: missing/report.html: cannot be written: "), "{said}");
}
