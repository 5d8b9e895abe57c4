//! The targets of `cargo fuzz`: the same checks as `cargo test` replays.

#[path = "../../tests/corpus/mod.rs"]
mod corpus;

/// Holds what this target reads of the bytes against what must be so.
pub fn check(target: &str, bytes: &[u8]) {
    corpus::check(target, bytes);
}
