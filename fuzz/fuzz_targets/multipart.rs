#![no_main]
//! What must hold of `multipart`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("multipart", bytes));
