//! What connections take of the heap, counted: by the system's allocator, the C library's share included, and by this
//! program's own. It has one thread, because a second one would have an arena of its own.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    dead_code,
    reason = "a test, and the modules of the other tests have more than is needed here"
)]

#[path = "engine/common.rs"]
mod common;

use common::{NOW, config, only, sample, server_version};
use modemtwin_tls::{Client, Config, Rng, ServerName, Session, Version};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use testkit::server::{Resumption, Server, ServerConfig};

/// Bytes that an idle connection may hold.
const IDLE: usize = 4096;

/// Connections whose mean is taken: the allocator counts some of what is free already.
const MANY: usize = 50;

fn main() {
    for (name, config, resumption) in [
        ("RC4", only(Version::Ssl30, 0x0004), Resumption::No),
        ("3DES", only(Version::Tls10, 0x000A), Resumption::No),
        (
            "CBC in one pass",
            Config { encrypt_then_mac: false, ..only(Version::Tls12, 0x003D) },
            Resumption::No,
        ),
        ("CBC, SHA-384", only(Version::Tls12, 0xC028), Resumption::No),
        ("GCM", only(Version::Tls12, 0xC02F), Resumption::No),
        ("with a session", config(), Resumption::Ids),
        ("with a ticket", config(), Resumption::Tickets),
    ] {
        idle_connection(name, config, resumption);
    }
    fragments();
    streams();
}

/// An established connection after some traffic: it keeps no buffers, and its session and key log until they are taken.
fn idle_connection(name: &str, config: Config, resumption: Resumption) {
    let version = server_version(config.versions.max);
    let server = ServerConfig { resumption, ..ServerConfig::new("server.test") };
    let server = Arc::new(match &config.suites[..] {
        [suite] => server.only(version, suite.code),
        _ => server,
    });
    let config = Arc::new(config);
    let run = || {
        let mut out = Vec::new();
        let name = Some(ServerName::Dns("server.test".to_owned()));
        let mut client = Client::new(Arc::clone(&config), name, None, Rng::from_seed([7; 32]), NOW, &mut out);
        let mut server = Server::new(Arc::clone(&server), 1);
        shuttle(&mut client, &mut server, &mut out);
        assert!(client.is_established());
        for len in [1, 16_384, 100_000] {
            client.write(&sample(len), &mut out).expect("open");
            server.write(&sample(len));
            shuttle(&mut client, &mut server, &mut out);
        }
        client
    };
    // The first one fills what all share.
    drop(run());
    let before = allocated();
    let clients: Vec<Client> = (0..MANY).map(|_| run()).collect();
    let held = (allocated() - before) / MANY;
    drop(clients);
    println!("idle connection, {name}: {held} bytes");
    assert!(held <= IDLE, "{name}: {held} bytes");
}

/// Moves bytes until nobody has more to say.
fn shuttle(client: &mut Client, server: &mut Server, out: &mut Vec<u8>) {
    loop {
        server.read(&std::mem::take(out));
        server.take_plaintext();
        let answer = server.take_output();
        if answer.is_empty() {
            return;
        }
        deliver(client, &answer, out);
    }
}

fn deliver(client: &mut Client, mut bytes: &[u8], out: &mut Vec<u8>) {
    while !bytes.is_empty() {
        let (now, later) = bytes.split_at(client.room().min(bytes.len()));
        bytes = later;
        client.read_tls(now, out).expect("a good server");
        while !client.plaintext().is_empty() {
            client.consume(client.plaintext().len(), out).expect("a good server");
        }
    }
}

/// A handshake message in records of one byte each: twice the message is twice the memory that is asked for, not four
/// times, as it would be if every fragment were put together with all before it.
fn fragments() {
    let asked = |len: usize| {
        let mut out = Vec::new();
        let config = Arc::new(only(Version::Tls12, 0xC02F));
        let mut client = Client::new(config, None, None::<Session>, Rng::from_seed([7; 32]), NOW, &mut out);
        // The beginning of a ServerHello whose end never comes.
        let mut message = vec![2, 0, 0, 0];
        message[1..].copy_from_slice(&(len as u32).to_be_bytes()[1..]);
        message.resize(len, 0);
        let records: Vec<u8> = message.iter().flat_map(|byte| [22, 3, 3, 0, 1, *byte]).collect();
        let before = asked_for();
        deliver(&mut client, &records, &mut out);
        asked_for() - before
    };
    let (half, whole) = (asked(16_000), asked(32_000));
    println!("a message of 16000 and of 32000 bytes in fragments of one: {half} and {whole} bytes asked for");
    assert!(whole <= half * 5 / 2, "{half} and {whole} bytes");
}

/// A stream of records through one connection: twice the data asks for no more than twice the memory.
fn streams() {
    let config = Arc::new(only(Version::Tls12, 0xC02F));
    let server_config =
        Arc::new(ServerConfig::new("server.test").only(server_version(Version::Tls12), 0xC02F));
    let mut out = Vec::new();
    let mut client = Client::new(config, None, None, Rng::from_seed([7; 32]), NOW, &mut out);
    let mut server = Server::new(server_config, 1);
    shuttle(&mut client, &mut server, &mut out);
    let mut asked = |len: usize| {
        server.write(&sample(len));
        let records = server.take_output();
        let before = asked_for();
        deliver(&mut client, &records, &mut out);
        asked_for() - before
    };
    let (half, whole) = (asked(1 << 20), asked(1 << 21));
    println!("1 and 2 MiB received: {half} and {whole} bytes asked for");
    assert!(whole <= half * 5 / 2 && whole <= 1 << 21, "{half} and {whole} bytes");
}

/// Bytes that are allocated in this process, by whomever.
#[cfg(target_env = "gnu")]
fn allocated() -> usize {
    // SAFETY: reads counters of the allocator.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// Bytes that are allocated in this process, without the C library's.
#[cfg(not(target_env = "gnu"))]
fn allocated() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// All bytes that have ever been allocated by Rust in this process.
fn asked_for() -> usize {
    ASKED.load(Ordering::Relaxed)
}

static ASKED: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: all memory comes from the system's allocator and goes back to it, with the layout that it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(layout.size(), Ordering::Relaxed);
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds for the caller holds for the system.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds for the caller holds for the system.
        unsafe { System.dealloc(block, layout) }
    }
}
