//! `self-test`: what it says of penspec as it is built here.

use serde_json::Value;

use crate::process::Desk;

#[test]
fn every_defect_is_found_out_by_the_row_that_it_breaks() {
    let ended = Desk::new().run(&["self-test", "--format", "json"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(told["amiss"], Value::Array(Vec::new()));
    assert_eq!(
        (&told["mocks"][0]["defect"], &told["mocks"][0]["verdict"]),
        (&Value::Null, &"conforms".into())
    );
    for row in told["requirements"].as_array().unwrap() {
        let defects = row["defects"].as_array().unwrap();
        assert!(!defects.is_empty(), "{row}");
        for defect in defects {
            assert!(["fail", "warning"].contains(&defect["verdict"].as_str().unwrap()), "{row}");
        }
    }
}

#[test]
fn a_line_says_which_defects_are_there_to_break_a_requirement() {
    let ended = Desk::new().run(&["self-test"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("RSP-003 field-order            pens-data-first fail\n"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.starts_with("MSG-001 uri-valid "), "{}", ended.stdout);
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("the conforming mock: conforms; ") && last.contains("; 0 amiss in "), "{last}");
}
