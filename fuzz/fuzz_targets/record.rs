//! Protected records.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modemtwin_tls::fuzzing::record(bytes));
