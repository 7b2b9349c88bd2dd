//! Unix domain sockets.

use super::*;
use std::os::unix::net::{UnixListener, UnixStream};

fn open(path: &Path) -> Result<Port, SetupError> {
    Port::open("uart1", &Endpoint::Unix { path: path.to_owned() })
}

#[test]
fn a_unix_socket_takes_hosts_one_after_the_other() {
    run(async {
        let folder = Folder::new("unix");
        let path = folder.0.join("modem.sock");
        let mut port = open(&path).unwrap();
        assert_eq!(port.place(), Place::Unix(path.clone()));
        for _ in 0..2 {
            let mut host = UnixStream::connect(&path).unwrap();
            assert_eq!(next(&mut port).await, Seen::Attached);
            host.write_all(b"AT\r").unwrap();
            assert_eq!(next(&mut port).await, Seen::Data(b"AT\r".to_vec()));
            write_all(&mut port, b"OK").await;
            let mut answer = [0; 2];
            host.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"OK");
            drop(host);
            assert_eq!(next(&mut port).await, Seen::Detached);
        }
        drop(port);
        assert!(!path.exists());
    });
}

#[test]
fn a_second_host_is_told_why_not() {
    run(async {
        let folder = Folder::new("second");
        let path = folder.0.join("modem.sock");
        let mut port = open(&path).unwrap();
        let _first = UnixStream::connect(&path).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        let mut second = tokio::task::spawn_blocking(move || {
            let mut why = String::new();
            UnixStream::connect(&path).unwrap().read_to_string(&mut why).unwrap();
            why
        });
        let why = poll_fn(|cx| {
            assert_eq!(port.poll_event(cx, &mut [0; 16]), Poll::Pending);
            Pin::new(&mut second).poll(cx)
        });
        assert!(why.await.unwrap().contains("uart1 is in use by another program"));
    });
}

#[test]
fn only_a_stale_socket_is_replaced() {
    run(async {
        let folder = Folder::new("sockets");
        let path = folder.0.join("modem.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let taken = open(&path).unwrap_err();
        assert_eq!(taken.reason, "another program listens there");
        drop(listener);
        let port = open(&path).unwrap();
        // One that somebody else has put there meanwhile is not removed.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "precious").unwrap();
        drop(port);
        assert_eq!(open(&path).unwrap_err().reason, "a file is there already and is no socket");
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        let nowhere = open(&folder.0.join("no/such/folder")).unwrap_err();
        assert!(nowhere.remedy.contains("a folder that exists"), "{nowhere}");
    });
}
