#![no_main]
//! What must hold of `at_hand`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("at_hand", bytes));
