//! Scripts: what a mock does, step by step.
