//! What a host types.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modemtwin_testkit::fuzzing::at_port(bytes));
