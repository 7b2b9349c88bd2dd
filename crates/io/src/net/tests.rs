//! Connections to real sockets on loopback, and lookups at a name server of our own.

use super::*;
use std::{
    future::{Future, poll_fn},
    io::{ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
};
use tokio::time::{Duration, timeout};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(Duration::from_secs(120), test).await.expect("the test hangs") });
}

async fn connect() -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut conn = Connection::dial(listener.local_addr().unwrap(), DialOptions::default());
    let local = poll_fn(|cx| conn.poll_connected(cx)).await.unwrap();
    let (peer, addr) = listener.accept().unwrap();
    assert_eq!(addr, local);
    (conn, peer)
}

async fn read(conn: &mut Connection) -> Received {
    let mut buf = [0; 64];
    poll_fn(|cx| conn.poll_read(cx, &mut buf)).await
}

/// A reset: closing with bytes unread.
async fn reset(conn: &mut Connection, peer: TcpStream) {
    poll_fn(|cx| conn.poll_write(cx, b"unread")).await;
    peer.peek(&mut [0; 6]).unwrap();
    drop(peer);
}

#[test]
fn fin_follows_the_data_in_both_directions() {
    run(async {
        let (mut conn, mut peer) = connect().await;
        peer.write_all(b"bye").unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(matches!(read(&mut conn).await, Received::Data(3)));
        assert!(matches!(read(&mut conn).await, Received::End));
        // Half closed: our direction still works.
        assert_eq!(poll_fn(|cx| conn.poll_write(cx, b"still here")).await, 10);
        conn.shutdown();
        let mut all = String::new();
        peer.read_to_string(&mut all).unwrap();
        assert_eq!(all, "still here");
    });
}

#[test]
fn a_reset_is_told_after_the_data_before_it() {
    run(async {
        let (mut conn, mut peer) = connect().await;
        peer.write_all(b"last").unwrap();
        reset(&mut conn, peer).await;
        assert!(matches!(read(&mut conn).await, Received::Data(4)));
        let Received::Broken(e) = read(&mut conn).await else { panic!("no reset") };
        assert_eq!(e.kind(), ErrorKind::ConnectionReset);
        // What is written now goes nowhere, and is not held back either.
        assert_eq!(poll_fn(|cx| conn.poll_write(cx, &[0; 9])).await, 9);
    });
}

#[test]
fn a_reset_found_by_writing_does_not_hide_what_was_received() {
    run(async {
        let (mut conn, mut peer) = connect().await;
        peer.write_all(b"last").unwrap();
        reset(&mut conn, peer).await;
        while poll_fn(|cx| conn.poll_write(cx, b"x")).await == 1 && !conn.is_broken() {}
        assert!(matches!(read(&mut conn).await, Received::Data(4)));
        assert!(matches!(read(&mut conn).await, Received::Broken(_)));
    });
}

#[test]
fn closing_delivers_the_last_bytes_though_the_peer_talks_on() {
    run(async {
        let (conn, mut peer) = connect().await;
        peer.write_all(&[0; 5000]).unwrap();
        conn.close(b"close_notify");
        let mut all = Vec::new();
        peer.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"close_notify");
    });
}

#[test]
fn a_refused_connection_says_so() {
    run(async {
        let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut conn = Connection::dial(addr, DialOptions::default());
        let error = poll_fn(|cx| conn.poll_connected(cx)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

/// A name server that answers every query for `host.` by `answer`, which gets the query's ID, flags and
/// question and fills in the rest.
fn name_server(answer: fn(&[u8]) -> Option<Vec<u8>>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((len, from)) = socket.recv_from(&mut query) {
            if let Some(reply) = answer(&query[..len]) {
                socket.send_to(&reply, from).unwrap();
            }
        }
    });
    addr
}

/// The header and question of a response (RFC 1035 4.1) with so many answers.
fn response(query: &[u8], rcode: u8, answers: u8) -> Vec<u8> {
    let name_len = query[12..].iter().position(|b| *b == 0).unwrap() + 1;
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80 | rcode, 0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(&query[12..12 + name_len + 4]);
    reply
}

fn query_type(query: &[u8]) -> u8 {
    let name_len = query[12..].iter().position(|b| *b == 0).unwrap() + 1;
    query[12 + name_len + 1]
}

#[test]
fn given_servers_answer_with_all_addresses() {
    run(async {
        let server = name_server(|query| {
            let is_a = query_type(query) == 1;
            let mut reply = response(query, 0, if is_a { 2 } else { 0 });
            for last in [7, 8].iter().filter(|_| is_a) {
                reply.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, *last]);
            }
            Some(reply)
        });
        let mut found = resolve("host.example.", &[server], Families::V4).await.unwrap();
        found.addresses.sort();
        let expected: [IpAddr; 2] = ["192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap()];
        assert_eq!((found.addresses.as_slice(), found.ttl), (expected.as_slice(), 60));
        assert_eq!(resolve("host.example.", &[server], Families::Both).await.unwrap().addresses.len(), 2);
        assert_eq!(resolve("host.example.", &[server], Families::V6).await, Err(LookupError::NotFound));
    });
}

#[test]
fn no_such_name_and_no_address_are_told_from_no_answer() {
    run(async {
        let nxdomain = name_server(|query| Some(response(query, 3, 0)));
        assert_eq!(resolve("host.example.", &[nxdomain], Families::Both).await, Err(LookupError::NotFound));
        let empty = name_server(|query| Some(response(query, 0, 0)));
        assert_eq!(resolve("host.example.", &[empty], Families::Both).await, Err(LookupError::NotFound));
        let servfail = name_server(|query| Some(response(query, 2, 0)));
        assert!(matches!(
            resolve("host.example.", &[servfail], Families::Both).await,
            Err(LookupError::NoAnswer(_))
        ));
        assert_eq!(resolve("not..a name", &[nxdomain], Families::Both).await, Err(LookupError::NotFound));
    });
}

#[test]
fn silent_servers_are_given_up() {
    run(async {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        // Nothing will happen but time-outs, so their time need not pass.
        tokio::time::pause();
        assert!(matches!(
            resolve("host.example.", &[server], Families::Both).await,
            Err(LookupError::NoAnswer(_))
        ));
    });
}

#[test]
fn without_servers_the_hosts_file_counts() {
    run(async {
        let found = resolve("localhost", &[], Families::Both).await.unwrap();
        assert!(found.addresses[0].is_loopback());
    });
}

#[test]
fn datagrams_keep_their_boundaries() {
    run(async {
        let any = "127.0.0.1:0".parse().unwrap();
        let mut service = Datagrams::bind(any, None).unwrap();
        let mut client = Datagrams::bind(any, Some(service.local_addr().unwrap())).unwrap();
        for message in [&b"one"[..], b"three"] {
            poll_fn(|cx| client.poll_send(cx, None, message)).await;
        }
        let mut buf = [0; 64];
        let (n, from) = poll_fn(|cx| service.poll_recv(cx, &mut buf)).await;
        assert_eq!((&buf[..n], from), (&b"one"[..], client.local_addr().unwrap()));
        let (n, _) = poll_fn(|cx| service.poll_recv(cx, &mut buf)).await;
        assert_eq!(&buf[..n], b"three");
        poll_fn(|cx| service.poll_send(cx, Some(from), b"back")).await;
        assert_eq!(poll_fn(|cx| client.poll_recv(cx, &mut buf)).await, (4, service.local_addr().unwrap()));
        // A port that is closed again: what ICMP says of it is no error of the next datagram.
        let gone = client.local_addr().unwrap();
        drop(client);
        poll_fn(|cx| service.poll_send(cx, Some(gone), b"lost")).await;
        assert_eq!(
            Datagrams::bind(service.local_addr().unwrap(), None).err().unwrap().kind(),
            ErrorKind::AddrInUse
        );
    });
}

#[test]
fn a_listener_asks_before_it_takes() {
    run(async {
        let mut listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let mut first = TcpStream::connect(addr).unwrap();
        let second = TcpStream::connect(addr).unwrap();
        assert_eq!(poll_fn(|cx| listener.poll_incoming(cx)).await, first.local_addr().unwrap());
        let waits = poll_fn(|cx| std::task::Poll::Ready(listener.poll_incoming(cx).is_pending())).await;
        assert!(waits, "one at a time");
        listener.refuse();
        assert_eq!(first.read(&mut [0; 1]).unwrap_or(0), 0, "turned away");
        assert_eq!(poll_fn(|cx| listener.poll_incoming(cx)).await, second.local_addr().unwrap());
        let mut conn = listener.accept(&DialOptions::default()).unwrap();
        (&second).write_all(b"hello").unwrap();
        assert!(matches!(read(&mut conn).await, Received::Data(5)));
    });
}

#[test]
fn a_connection_has_the_port_and_the_probes_that_were_asked_for() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let free = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let second = Duration::from_secs(1);
        let options = DialOptions {
            local_port: free,
            keep_alive: Some(KeepAlive { idle: 60 * second, interval: 25 * second, probes: 3 }),
            give_up: Some(30 * second),
            window: None,
        };
        let mut conn = Connection::dial(listener.local_addr().unwrap(), options);
        let local = poll_fn(|cx| conn.poll_connected(cx)).await.unwrap();
        assert_eq!(local.port(), free);
        let mut again = Connection::dial(listener.local_addr().unwrap(), options);
        let kind = poll_fn(|cx| again.poll_connected(cx)).await.unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable), "{kind:?}");
    });
}

/// Sends until the other end takes no more, and says how much that was.
fn fill(peer: &mut TcpStream) -> usize {
    // What waits at this end is little and always the same.
    rustix::net::sockopt::set_socket_send_buffer_size(&*peer, 4096).unwrap();
    peer.set_nonblocking(true).unwrap();
    let mut sent = 0;
    // Loopback hands over what it can before a write returns.
    while let Ok(n) = peer.write(&[0; 1024]) {
        sent += n;
    }
    sent
}

#[test]
fn a_window_bounds_what_waits_here() {
    run(async {
        let window = DialOptions { window: Some(8_192), ..DialOptions::default() };
        let sent = |options: DialOptions| async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut conn = Connection::dial(listener.local_addr().unwrap(), options);
            poll_fn(|cx| conn.poll_connected(cx)).await.unwrap();
            fill(&mut listener.accept().unwrap().0)
        };
        let (narrow, wide) = (sent(window).await, sent(DialOptions::default()).await);
        assert!(2 * narrow < wide, "{narrow} {wide}");

        let mut listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        poll_fn(|cx| listener.poll_incoming(cx)).await;
        let _conn = listener.accept(&window).unwrap();
        let accepted = fill(&mut peer);
        assert!(2 * accepted < wide, "{accepted} {wide}");
    });
}

#[test]
fn an_echo_comes_back_where_the_system_permits_it() {
    run(async {
        for (address, default) in [
            ("127.0.0.1", "/proc/sys/net/ipv4/ip_default_ttl"),
            ("::1", "/proc/sys/net/ipv6/conf/lo/hop_limit"),
        ] {
            let mut pinger = match Pinger::new(address.parse().unwrap()) {
                Ok(pinger) => pinger,
                Err(e) if address == "::1" && e.kind() != ErrorKind::PermissionDenied => continue,
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::PermissionDenied);
                    return;
                }
            };
            // Of a raw socket the replies to others are to be left out.
            let other = Pinger::new(address.parse().unwrap()).unwrap();
            other.send(6).unwrap();
            pinger.send(7).unwrap();
            let reply = poll_fn(|cx| pinger.poll_reply(cx)).await.unwrap();
            assert_eq!((reply.sequence, reply.bytes), (7, 32));
            if cfg!(target_os = "linux") {
                let told = std::fs::read_to_string(default).unwrap().trim().parse().ok();
                assert_eq!(reply.ttl, told, "{address}");
            }
        }
    });
}
