//! Heap of an idle connection, the library's share included.

use crate::{Case, RECORD, clock::Clock, end, end::End, ours, peers};

/// Bytes that are allocated in this process.
fn allocated() -> usize {
    // Reads counters of the allocator.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// What an end has to say; it is left without a buffer for more.
fn taken(end: &mut dyn End) -> Vec<u8> {
    let mut wire = Vec::new();
    end.take(&mut wire);
    wire
}

/// Bytes that one connection keeps after a handshake and a stream of data, sessions and key log not
/// taken.
pub fn idle(case: &Case) -> usize {
    let server = peers::server(case);
    let mut new = ours::client(case);
    let mut open = || {
        let (mut server, mut client) = (server(), new());
        end::connect(&mut *client, &mut *server, &mut Clock::default());
        for len in [RECORD, 1, 20 * RECORD + 7000] {
            server.send(&vec![1; len]);
            assert_eq!(client.receive(&taken(&mut *server)), len);
            client.send(&vec![1; len]);
            assert_eq!(server.receive(&taken(&mut *client)), len);
        }
        client
    };
    // The first one fills caches that all share.
    drop(open());
    let before = allocated();
    let client = open();
    let after = allocated();
    drop(client);
    after - before
}
