//! A server's certificates.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modemtwin_tls::fuzzing::chain(bytes));
