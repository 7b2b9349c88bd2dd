//! RFC 2217 over real TCP; what the bytes mean is tested beside the conversation.

use super::*;

#[test]
fn lines_and_data_of_a_client_arrive_in_order_and_are_answered() {
    run(async {
        let endpoint = Endpoint::Rfc2217 { host: "127.0.0.1".into(), port: 0 };
        let mut port = Port::open("uart1", &endpoint).unwrap();
        let Place::Rfc2217(addr) = port.place() else { panic!("{:?}", port.place()) };
        port.set_lines(ModuleLines { dcd: true, ri: false, dsr: true, cts: true });
        for _ in 0..2 {
            let mut client = TcpStream::connect(addr).unwrap();
            assert_eq!(next(&mut port).await, Seen::Attached);
            client.write_all(b"\xff\xfb\x2cAT\r\xff\xfa\x2c\x05\x09\xff\xf0").unwrap();
            assert_eq!(next(&mut port).await, Seen::Data(b"AT\r".to_vec()));
            assert_eq!(next(&mut port).await, Seen::Lines(HostLines { dtr: false, rts: true }));
            write_all(&mut port, b"O\xffK").await;
            assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
            // Six requests, the state of the lines, the answer to SET-CONTROL, data.
            let mut heard = [0; 18 + 7 + 7 + 4];
            client.read_exact(&mut heard).unwrap();
            assert_eq!(&heard[18..], b"\xff\xfa\x2c\x6b\xb0\xff\xf0\xff\xfa\x2c\x69\x09\xff\xf0O\xff\xffK");
            // What came before the end is given out, when there is room for it.
            client.write_all(b"bye\xff\xfa\x2c\x05\x08\xff\xf0").unwrap();
            drop(client);
            let on = PortEvent::Lines(HostLines { dtr: true, rts: true });
            assert_eq!(poll_fn(|cx| port.poll_event(cx, &mut [])).await, on);
            assert_eq!(now(&mut port, &mut []).await, Poll::Pending);
            assert_eq!(rest(&mut port).await, b"bye");
        }
    });
}

#[test]
fn a_client_that_resumes_wakes_the_writer() {
    run(async {
        let mut port = Port::open("uart1", &Endpoint::Rfc2217 { host: "127.0.0.1".into(), port: 0 }).unwrap();
        let Place::Rfc2217(addr) = port.place() else { panic!("{:?}", port.place()) };
        let mut client = TcpStream::connect(addr).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        client.write_all(b"\xff\xfa\x2c\x08\xff\xf0.").unwrap();
        assert_eq!(next(&mut port).await, Seen::Data(b".".to_vec()));
        assert_eq!(poll_fn(|cx| Poll::Ready(port.poll_write(cx, b"x"))).await, Poll::Pending);
        client.write_all(b"\xff\xfa\x2c\x09\xff\xf0").unwrap();
        let written = poll_fn(|cx| {
            let _ = port.poll_event(cx, &mut [0; 16]);
            port.poll_write(cx, b"x")
        });
        assert_eq!(written.await, 1);
    });
}
