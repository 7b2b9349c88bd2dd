//! What a peer can make grow, and how far.

/// RFC 5246 6.2.1: bytes of plaintext in a record.
pub const PLAINTEXT: usize = 1 << 14;

/// RFC 5246 6.2.3: bytes that encryption may add to a record.
pub const EXPANSION: usize = 2048;

/// Bytes of one handshake message with its header. An honest chain of ten RSA-8192 certificates
/// takes a third of this.
pub const HANDSHAKE_MESSAGE: usize = 1 << 16;

/// Certificates in the server's Certificate message.
pub const CERTIFICATES: usize = 32;

/// Warning alerts without any other record between them.
pub const WARNING_ALERTS: u32 = 8;

/// Empty application data records without any other record between them. OpenSSL sends one before
/// each record of data in TLS 1.0.
pub const EMPTY_RECORDS: u32 = 32;

/// HelloRequests without any other record between them.
pub const HELLO_REQUESTS: u32 = 8;

/// Bytes of the record buffer: the longest record, and most of another one, so that few have to be
/// moved to its front while their rest is waited for.
pub(crate) const RECORD_BUFFER: usize = 1 << 15;

/// Capacity in bytes that an empty buffer may always keep.
pub(crate) const IDLE_BUFFER: usize = 1024;
