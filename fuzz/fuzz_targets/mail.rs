#![no_main]
//! What must hold of `mail`, whatever the bytes.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penspec_fuzz::check("mail", bytes));
