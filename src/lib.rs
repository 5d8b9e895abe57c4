//! A scenario acts, the transcript remembers, a requirement judges, a report tells.
//!
//! penspec is a conformance test harness and mock peer for PENS (AICC CMI010, Package Exchange
//! Notification Services 1.0.0).

pub mod certify;
pub mod cli;
pub mod doctor;
pub mod mock;
pub mod pens;
pub mod profile;
pub mod report;
pub mod requirements;
pub mod run;
pub mod scenario;
pub mod transcript;
pub mod visible;
pub mod wire;
pub mod yaml;
