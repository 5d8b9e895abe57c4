//! Scenarios of one's own about clients: what their authors expect, met, unmet and refused; and clients that leave too early.

use crate::clients::{by_hand, holding};
use crate::judged::judge_again;
use crate::process::{Desk, Ended, PENSPEC};

/// A scenario of the tester's own whose steps behind the collect are these, played alone.
fn play(steps: &str, trigger: &[&str]) -> (Desk, Ended) {
    let desk = desk_with(steps);
    let limits = ["--limit", "quiet=200ms", "--limit", "collect=20s"];
    let arguments = [&["test", "client", "--scenarios", "mine", "--no-built-in"], trigger, &limits].concat();
    let ended = desk.run(&arguments);
    (desk, ended)
}

fn desk_with(steps: &str) -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    let head = "title: Ours\nsubject: client\nsteps:\n  - trigger: {}\n  - await: { collect: {} }\n";
    desk.write("mine/ours.yaml", format!("{head}{steps}"));
    desk
}

#[test]
fn what_the_mock_client_answers_meets_what_is_expected() {
    let steps = "  - fetch: {}\n  - receipt: {}\n  - expect: { error: [0, 1310], within: 5s }\n  \
                 - alert: {}\n  - expect:\n      \
                 error-text: alert command received and understood\n      \
                 body: \"error=0\\r\\nerror-text=alert command received and understood\\r\\nversion=1.0.0\\r\\npens-data=\"\n  \
                 - await: { quiet: {} }\n  - expect: { count: 1 }\n";
    let (desk, ended) = play(steps, &["--trigger", &holding()]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let met = desk.report()["scenarios"][0]["expectations"].clone();
    let met: Vec<_> = met.as_array().unwrap().iter().map(|one| one["met"].clone()).collect();
    assert_eq!(met, [true; 5], "{ended:?}");
    judge_again(&desk);
}

/// The answer to what was sent last counts: the receipt was answered with 0, the alert about a stranger is not.
#[test]
fn what_it_answers_otherwise_is_told_beside_what_was_expected() {
    let steps = "  - fetch: {}\n  - receipt: {}\n  - alert: { to: unknown }\n  - expect: { error: 0 }\n  \
                 - expect: { count: 2 }\n";
    let (desk, ended) = play(steps, &["--trigger", &holding()]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    for line in ["expected  error=0", "received  error=2007", "expected  2 collects", "received  1 collects"]
    {
        assert!(ended.stdout.contains(&format!("    {line}\n")), "{line}: {}", ended.stdout);
    }
    judge_again(&desk);
}

/// A client that names no alerts URL is sent no alert: nothing can be held against it.
#[test]
fn what_a_client_never_answers_is_not_seen() {
    let client = by_hand();
    let desk = desk_with("  - alert: {}\n  - expect: { error: 0 }\n");
    let arguments = ["test", "client", "--scenarios", "mine", "--no-built-in"];
    let running = desk.start(&[&arguments[..], &["--trigger-url", client.hook_url()]].concat());
    client.publish(|query| query[..query.find("&alerts=").unwrap()].to_owned());
    let ended = running.end();
    assert_eq!(ended.status, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("NOT SEEN ours\n"), "{}", ended.stdout);
    let said = "1 expectations of the scenarios' authors are open: the client had answered nothing";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
}

/// An expectation about an answer that cannot have come yet is a slip of its author's.
#[test]
fn an_expectation_before_anything_is_answered_is_refused() {
    let steps = "  - expect: { count: 1 }\n  - expect: { error: 0 }\n  - receipt: {}\n";
    let (_, ended) = play(steps, &["--trigger", "true"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    let said = "mine/ours.yaml:7:5: nothing that the client answers stands before this step: put it behind a \
                \"receipt\" or an \"alert\"";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(!ended.stderr.contains("ours.yaml:6"), "{}", ended.stderr);
}

/// The command is the client: once it has ended nobody is there, which is told with its cure and is no fault.
#[test]
fn a_command_that_ends_too_early_is_asked_to_stay() {
    let steps = "  - fetch: { again: at-the-end }\n  - receipt: { error: 1310 }\n  - alert: {}\n  - pause: 3s\n  \
                 - alert: {}\n";
    let brief = format!("exec {PENSPEC} mock client --once --for 300ms {{target_url}}");
    let (desk, ended) = play(steps, &["--trigger", &brief]);
    assert_eq!(ended.status, Some(3), "{ended:?}");
    let said = [
        "INCONCLUSIVE RSP-001 answered (MUST, 4.2, 6.3, operator-absent)\n",
        "  - nobody was there to answer the alert: the command that publishes had ended [ours]\n",
        "    perhaps   the trigger command had ended: where it is the client itself, keep it running until its receipt and \
         alerts have come; penspec ends it soon after its case\n",
        "INCONCLUSIVE PKG-016 stays (SHOULD, 6.2.11, operator-absent)\n",
        "  - the command that publishes had ended, and the package went with it [ours]\n",
    ];
    for line in said {
        assert!(ended.stdout.contains(line), "{line}{}", ended.stdout);
    }
    assert_eq!(desk.report()["counts"]["must"]["fail"], 0);
    judge_again(&desk);
}
