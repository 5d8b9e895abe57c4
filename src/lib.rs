//! A scenario acts, the transcript remembers, a requirement judges, a report tells.
//!
//! penspec is a conformance test harness and mock peer for PENS (AICC CMI010, Package Exchange
//! Notification Services 1.0.0).

pub mod pens;
pub mod scenario;
pub mod wire;
