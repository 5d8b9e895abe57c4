#![no_main]
//! What must hold of `values`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("values", bytes));
