//! What every row of a role says of the examples of every other row.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::said_of;
use crate::requirements::judge::rows_of;
use crate::requirements::verdict::Outcome;
use crate::requirements::{Requirement, all};
use crate::transcript::entry::Role;

#[test]
fn each_example_is_judged_by_every_row() {
    let mut told = String::new();
    for row in all() {
        for (what, example) in [("keeps", row.keeps), ("breaks", row.breaks)] {
            let _ = write!(told, "what {what} {}\n{}", row.id, told_of(row, example));
        }
    }
    insta::assert_snapshot!(told);
}

/// What is said of an example of one row, and which rows say it.
fn told_of(of: &'static Requirement, example: &str) -> String {
    let role = if example.starts_with("role client") { Role::Client } else { Role::Target };
    let rows: Vec<_> = rows_of(role).collect();
    let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (row, outcomes) in rows.iter().zip(said_of(&rows, of, example)) {
        let keys: Vec<_> = outcomes.iter().map(Outcome::key).collect();
        if !keys.is_empty() {
            said.entry(keys.join(", ")).or_default().push(row.id);
        }
    }
    said.into_iter().fold(String::new(), |mut told, (what, rows)| {
        let _ = writeln!(told, "  {what}: {}", rows.join(" "));
        told
    })
}
