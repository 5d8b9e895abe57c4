#![no_main]
//! What must hold of `command`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("command", bytes));
