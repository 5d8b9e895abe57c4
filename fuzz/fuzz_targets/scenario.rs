#![no_main]
//! What must hold of `scenario`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("scenario", bytes));
