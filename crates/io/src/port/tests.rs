//! Ports as hosts see them: real ptys, real sockets.

mod rfc2217;
mod serial;
mod unix;

use super::*;
use crate::Endpoint;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use std::{
    fs,
    future::{Future, poll_fn},
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};
use tokio::time::{Duration, timeout};

/// Runs `test` on a reactor; a hang fails instead of blocking the suite.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(Duration::from_secs(20), test).await.expect("the test hangs") });
}

fn pty(link: Option<&Path>) -> Result<Port, SetupError> {
    Port::open("uart1", &Endpoint::Pty { link: link.map(Path::to_owned) })
}

fn tcp() -> (Port, SocketAddr) {
    let port = Port::open("uart1", &Endpoint::Tcp { host: "127.0.0.1".into(), port: 0 }).unwrap();
    let Place::Tcp(addr) = port.place() else { panic!("not TCP") };
    (port, addr)
}

fn path(port: &Port) -> PathBuf {
    let Place::Pty(path) = port.place() else { panic!("not a pty") };
    path
}

#[derive(Debug, PartialEq)]
enum Seen {
    Attached,
    Data(Vec<u8>),
    Lines(HostLines),
    Detached,
}

async fn next(port: &mut Port) -> Seen {
    let mut buf = [0; 4096];
    match poll_fn(|cx| port.poll_event(cx, &mut buf)).await {
        PortEvent::Attached => Seen::Attached,
        PortEvent::Data(n) => Seen::Data(buf[..n].to_vec()),
        PortEvent::Lines(lines) => Seen::Lines(lines),
        PortEvent::Detached => Seen::Detached,
    }
}

/// What `port` has to say now, without waiting.
async fn now(port: &mut Port, buf: &mut [u8]) -> Poll<PortEvent> {
    poll_fn(|cx| Poll::Ready(port.poll_event(cx, buf))).await
}

/// All bytes up to the host's leaving.
async fn rest(port: &mut Port) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match next(port).await {
            Seen::Data(bytes) => all.extend(bytes),
            Seen::Detached => return all,
            event => panic!("{event:?}"),
        }
    }
}

async fn write_all(port: &mut Port, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let n = poll_fn(|cx| port.poll_write(cx, bytes)).await;
        bytes = &bytes[n..];
    }
}

#[test]
fn a_pty_passes_every_byte_both_ways_as_it_is() {
    run(async {
        let mut port = pty(None).unwrap();
        let mut host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        let every: Vec<u8> = (0..=255).collect();
        host.write_all(&every).unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(every.clone()));
        write_all(&mut port, &every).await;
        let mut back = [0; 256];
        host.read_exact(&mut back).unwrap();
        assert_eq!(back.to_vec(), every);
    });
}

#[test]
fn a_pty_survives_its_hosts() {
    run(async {
        let mut port = pty(None).unwrap();
        for round in 0..3 {
            let mut host = open_as_host(&path(&port)).unwrap();
            // A second open by the same or another program is no second host.
            let second = open_as_host(&path(&port)).unwrap();
            assert_eq!(next(&mut port).await, Seen::Attached);
            drop(second);
            host.write_all(format!("last words {round}").as_bytes()).unwrap();
            drop(host);
            assert_eq!(rest(&mut port).await, format!("last words {round}").as_bytes());
        }
    });
}

#[test]
fn a_host_that_reopens_at_once_is_seen_to_leave() {
    run(async {
        let mut port = pty(None).unwrap();
        let first = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        drop(first);
        // The reactor has the hang-up before the second host comes; the reader has not looked yet.
        poll_fn(|cx| port.poll_write(cx, b"")).await;
        tokio::task::yield_now().await;
        let mut second = open_as_host(&path(&port)).unwrap();
        second.write_all(b"AT\r").unwrap();
        let mut seen = vec![next(&mut port).await];
        while seen.last() != Some(&Seen::Data(b"AT\r".to_vec())) {
            seen.push(next(&mut port).await);
        }
        assert!(matches!(seen.len(), 1 | 3), "{seen:?}");
        write_all(&mut port, b"OK").await;
        let mut answer = [0; 2];
        second.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"OK");
    });
}

#[test]
fn a_host_that_leaves_before_anyone_looks_is_heard() {
    run(async {
        let mut port = pty(None).unwrap();
        for _ in 0..2 {
            open_as_host(&path(&port)).unwrap().write_all(b"AT+CFUN=0\r").unwrap();
            assert_eq!(next(&mut port).await, Seen::Attached);
            assert_eq!(rest(&mut port).await, b"AT+CFUN=0\r");
        }
    });
}

/// The module of this test answers every line, forgets half a line when its host leaves, and says nothing
/// to nobody: as the real one does.
#[test]
fn a_host_that_reopens_at_once_is_always_answered() {
    run(async {
        let mut port = pty(None).unwrap();
        let device = path(&port);
        let hosts = tokio::task::spawn_blocking(move || {
            for _ in 0..500 {
                let mut host = open_as_host(&device).unwrap();
                host.write_all(b"AT\r").unwrap();
                let mut answer = [0; 6];
                host.read_exact(&mut answer).unwrap();
                assert_eq!(&answer, b"\r\nOK\r\n");
            }
        });
        let module = async {
            let mut line = Vec::new();
            loop {
                match next(&mut port).await {
                    Seen::Data(bytes) => line.extend(bytes),
                    _ => line.clear(),
                }
                while let Some(end) = line.iter().position(|byte| *byte == b'\r') {
                    assert_eq!(line.drain(..=end).as_slice(), b"AT\r");
                    write_all(&mut port, b"\r\nOK\r\n").await;
                }
            }
        };
        tokio::select! { done = hosts => done.unwrap(), () = module => {} }
    });
}

#[test]
fn what_a_pty_says_to_nobody_is_dropped() {
    run(async {
        let mut port = pty(None).unwrap();
        write_all(&mut port, &[b'x'; 100_000]).await;
        let host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        write_all(&mut port, b"unread").await;
        drop(host);
        assert_eq!(next(&mut port).await, Seen::Detached);
        let mut host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        write_all(&mut port, b"fresh").await;
        let mut buf = [0; 16];
        let n = host.read(&mut buf).unwrap();
        assert_eq!(&buf[..n], b"fresh");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_pty_without_a_host_costs_nothing() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    run(async {
        tokio::time::pause();
        let mut port = pty(None).unwrap();
        let wakes = Arc::new(Count(AtomicUsize::new(0)));
        let waker = wakes.clone().into();
        let mut cx = Context::from_waker(&waker);
        assert_eq!(port.poll_event(&mut cx, &mut [0]), Poll::Pending);
        tokio::time::advance(Duration::from_secs(10)).await;
        tokio::task::yield_now().await;
        tokio::time::resume();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
        // Many ptys are told apart.
        let mut others: Vec<_> = (0..20).map(|_| pty(None).unwrap()).collect();
        for other in &mut others {
            let _host = open_as_host(&path(other)).unwrap();
            assert_eq!(next(other).await, Seen::Attached);
            assert_eq!(port.poll_event(&mut cx, &mut [0]), Poll::Pending);
        }
        assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
        let _host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
    });
}

#[test]
fn where_nobody_tells_of_a_host_it_is_found() {
    run(async {
        let mut port = Port(Wire::Pty(pty::Pty::open(None).unwrap().untold()));
        for _ in 0..3 {
            let mut host = open_as_host(&path(&port)).unwrap();
            host.write_all(b"AT").unwrap();
            assert_eq!(next(&mut port).await, Seen::Attached);
            drop(host);
            assert_eq!(rest(&mut port).await, b"AT");
        }
    });
}

/// As with any serial port: `stty -F DEVICE ...` and then a program that sets nothing.
#[test]
fn the_modes_of_a_pty_are_its_hosts() {
    run(async {
        let mut port = pty(None).unwrap();
        let host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        let mut modes = tcgetattr(&host).unwrap();
        assert!(!modes.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO));
        modes.special_codes[SpecialCodeIndex::VTIME] = 7;
        modes.set_speed(9600).unwrap();
        tcsetattr(&host, OptionalActions::Now, &modes).unwrap();
        drop(host);
        assert_eq!(next(&mut port).await, Seen::Detached);
        let next_host = open_as_host(&path(&port)).unwrap();
        let found = tcgetattr(&next_host).unwrap();
        assert_eq!(found.special_codes[SpecialCodeIndex::VTIME], 7);
        assert_eq!(found.output_speed(), 9600);
    });
}

#[test]
fn no_room_means_that_the_host_waits_and_loses_nothing() {
    run(async {
        let mut port = pty(None).unwrap();
        let mut host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        host.write_all(b"AT+CSQ\r").unwrap();
        assert_eq!(now(&mut port, &mut []).await, Poll::Pending);
        drop(host);
        assert_eq!(now(&mut port, &mut []).await, Poll::Pending);
        let mut three = [0; 3];
        assert_eq!(poll_fn(|cx| port.poll_event(cx, &mut three)).await, PortEvent::Data(3));
        assert_eq!(&three, b"AT+");
        assert_eq!(rest(&mut port).await, b"CSQ\r");
    });
}

#[test]
fn a_host_that_stops_reading_stops_only_the_writer() {
    run(async {
        let mut port = pty(None).unwrap();
        let mut host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        let block = [b'y'; 4096];
        let mut stuffed = 0;
        while let Poll::Ready(n) = poll_fn(|cx| Poll::Ready(port.poll_write(cx, &block))).await {
            stuffed += n;
        }
        host.write_all(b"still heard").unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(b"still heard".to_vec()));
        let reader = std::thread::spawn(move || {
            let mut all = vec![0; stuffed + 4096];
            host.read_exact(&mut all).unwrap();
            all
        });
        write_all(&mut port, &block).await;
        assert!(reader.join().unwrap().iter().all(|b| *b == b'y'));
    });
}

struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("modemtwin-io-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn a_link_comes_and_goes_with_its_port() {
    run(async {
        let folder = Folder::new("link");
        let link = folder.0.join("modem");
        let port = pty(Some(&link)).unwrap();
        assert_eq!(path(&port), link);
        open_as_host(&link).unwrap();

        let taken = pty(Some(&link)).unwrap_err();
        assert!(taken.reason.ends_with("which is in use"), "{taken}");
        drop(port);
        assert!(fs::symlink_metadata(&link).is_err(), "the link is still there");
    });
}

#[test]
fn a_link_that_somebody_removed_is_made_again() {
    run(async {
        tokio::time::pause();
        let folder = Folder::new("removed");
        let link = folder.0.join("modem");
        let mut port = pty(Some(&link)).unwrap();
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
        fs::remove_file(&link).unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
        open_as_host(&link).unwrap();
        // What somebody has put in its place is left alone.
        fs::remove_file(&link).unwrap();
        fs::write(&link, "precious").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
        assert_eq!(fs::read(&link).unwrap(), b"precious");
    });
}

#[test]
fn only_a_stale_link_is_replaced() {
    run(async {
        let folder = Folder::new("stale");
        let link = folder.0.join("modem");
        symlink("/dev/pts/999999", &link).unwrap();
        let port = pty(Some(&link)).unwrap();
        open_as_host(&link).unwrap();

        // A link that somebody else has put there meanwhile is not removed.
        fs::remove_file(&link).unwrap();
        symlink("/dev/null", &link).unwrap();
        drop(port);
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("/dev/null"));

        assert!(pty(Some(&link)).unwrap_err().reason.contains("leads to /dev/null"));
        fs::remove_file(&link).unwrap();
        fs::write(&link, "precious").unwrap();
        assert!(pty(Some(&link)).unwrap_err().reason.contains("is no link"));
        assert_eq!(fs::read(&link).unwrap(), b"precious");

        let nowhere = pty(Some(&folder.0.join("no/such/folder"))).unwrap_err();
        assert!(nowhere.reason.starts_with("the link cannot be made"), "{nowhere}");
    });
}

#[test]
fn two_pieces_leave_in_their_order_on_every_wire() {
    run(async {
        let (mut server, addr) = tcp();
        let mut host = TcpStream::connect(addr).unwrap();
        assert_eq!(next(&mut server).await, Seen::Attached);
        assert_eq!(poll_fn(|cx| server.poll_write_both(cx, [b"one ", b"two"])).await, 7);
        let mut heard = [0; 7];
        host.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"one two");

        // A wire that takes one piece at a time takes the first.
        let mut port = pty(None).unwrap();
        let mut host = open_as_host(&path(&port)).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        assert_eq!(poll_fn(|cx| port.poll_write_both(cx, [b"one ", b"two"])).await, 4);
        host.read_exact(&mut heard[..4]).unwrap();
    });
}

#[test]
fn tcp_takes_one_host_and_tells_the_next_why_not() {
    run(async {
        let (mut port, addr) = tcp();
        let mut first = TcpStream::connect(addr).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        first.write_all(b"AT\r").unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(b"AT\r".to_vec()));

        let first_addr = first.local_addr().unwrap();
        let mut second = tokio::task::spawn_blocking(move || {
            let mut second = TcpStream::connect(addr).unwrap();
            // Unread bytes of its own must not cost it the explanation.
            second.write_all(b"AT\r").unwrap();
            let mut why = String::new();
            second.read_to_string(&mut why).unwrap();
            why
        });
        let why = poll_fn(|cx| {
            assert_eq!(port.poll_event(cx, &mut [0; 16]), Poll::Pending);
            Pin::new(&mut second).poll(cx)
        });
        let why = why.await.unwrap();
        let expected =
            format!("\r\nmodemtwin: uart1 is in use by {first_addr} and takes one host at a time;");
        assert!(why.starts_with(&expected), "{why}");

        write_all(&mut port, b"OK").await;
        drop(first);
        assert_eq!(next(&mut port).await, Seen::Detached);
        write_all(&mut port, &[0; 100_000]).await;
        let _third = TcpStream::connect(addr).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
    });
}

#[test]
fn too_many_open_files_have_a_remedy_of_their_own() {
    let error = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
    let told = SetupError::os("tcp:127.0.0.1:5000", &error, "check the host");
    assert!(told.reason.starts_with("Too many open files"), "{told}");
    assert!(told.remedy.contains("ulimit -n"), "{told}");
}

#[test]
fn tcp_errors_name_place_reason_and_remedy() {
    run(async {
        let (_port, addr) = tcp();
        let again = Endpoint::Tcp { host: "127.0.0.1".into(), port: addr.port() };
        let error = Port::open("uart1", &again).unwrap_err();
        assert_eq!(error.place, format!("tcp:127.0.0.1:{}", addr.port()));
        assert!(error.remedy.contains("or 0 for any free one"));
        let error = Port::open("uart1", &Endpoint::Tcp { host: "192.0.2.1".into(), port: 0 }).unwrap_err();
        assert!(error.remedy.contains("an address of this machine"), "{error}");
    });
}
