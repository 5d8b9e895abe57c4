#![no_main]
//! What must hold of `ftp_server`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("ftp_server", bytes));
