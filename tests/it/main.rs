//! The integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accepted;
mod addresses;
mod answers;
mod at_hand;
mod bundled;
mod certified;
mod clients;
mod compared;
#[path = "../corpus/mod.rs"]
mod corpus;
mod differences;
mod doctored;
mod documented;
mod durable;
mod expected;
mod formats;
mod ftp;
mod ftps;
mod generated;
mod harmless;
mod help;
mod hostile;
mod hostile_answers;
mod hostile_callbacks;
#[cfg(unix)]
mod hostile_mocks;
mod hostile_packages;
mod https;
#[cfg(unix)]
mod interrupted;
mod judged;
mod merged;
mod mocks;
mod one_truth;
mod packages;
mod pages;
mod peer;
mod pictures;
mod process;
mod profiled;
mod refused;
mod rejudged;
mod rendered;
mod replayed;
mod reported;
mod secrets;
mod selected;
mod self_tested;
mod shared;
mod stated;
#[path = "../support/mod.rs"]
mod support;
mod tidy;
mod together;
mod told;
mod viewers;
