//! `self-test`: what it says of penspec as it is built here.

use serde_json::Value;

use crate::process::Desk;

/// The rows that no defect can break: a client that answers late is not at fault.
const UNBREAKABLE: [(&str, &str); 1] = [("client", "RSP-013")];

#[test]
fn every_defect_is_found_out_by_the_row_that_it_breaks() {
    // It says what it plays, so that it is not taken for one that hangs.
    let ended = Desk::new().run(&["self-test", "--format", "json", "--verbose"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(told["amiss"], Value::Array(Vec::new()));
    for mock in &told["mocks"].as_array().unwrap()[..2] {
        assert_eq!((&mock["defect"], &mock["verdict"]), (&Value::Null, &"conforms".into()));
    }
    for row in told["requirements"].as_array().unwrap() {
        let is_unbreakable = UNBREAKABLE.iter().any(|(of, id)| row["subject"] == *of && row["id"] == *id);
        let defects = row["defects"].as_array().unwrap();
        assert_eq!(defects.is_empty(), is_unbreakable, "{row}");
        for defect in defects {
            assert!(["fail", "warning"].contains(&defect["verdict"].as_str().unwrap()), "{row}");
        }
    }
}
