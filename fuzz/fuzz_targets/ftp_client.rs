#![no_main]
//! What must hold of `ftp_client`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("ftp_client", bytes));
