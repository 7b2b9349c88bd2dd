//! What a server sends to a client; in whatever pieces it comes, the same comes of it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use modemtwin_tls::fuzzing::client;
    let whole = client(bytes, usize::MAX);
    assert_eq!(client(bytes, 1), whole);
    assert_eq!(client(bytes, 7), whole);
});
