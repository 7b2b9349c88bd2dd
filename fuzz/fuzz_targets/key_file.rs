//! Certificate and key files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modemtwin_tls::fuzzing::file(bytes));
