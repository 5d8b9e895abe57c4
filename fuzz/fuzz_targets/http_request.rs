#![no_main]
//! What must hold of `http_request`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("http_request", bytes));
