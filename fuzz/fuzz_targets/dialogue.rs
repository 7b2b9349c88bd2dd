//! Client and test server, which edits what it protects and hashes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modemtwin_testkit::fuzzing::dialogue(bytes));
