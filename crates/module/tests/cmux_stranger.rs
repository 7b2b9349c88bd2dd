//! A multiplexer that others wrote (the crate `at-cmux`, made for firmware) on the wire of `AT+CMUX`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: what breaks here fails it")]

use at_cmux::Mux;
use core::{
    cell::RefCell,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};
use critical_section as _;
use embedded_io_async::{BufRead, ErrorType, Read, Write};
use modemtwin_module::{AtPort, MODELS, PortId, Setup};
use std::rc::Rc;
use testkit::{transcript, world::World};

const WIRE: PortId = PortId(0);
const BUFFER: usize = 4096;

/// The stranger's serial port.
#[derive(Clone, Default)]
struct Serial {
    to_module: Rc<RefCell<Vec<u8>>>,
    to_host: Rc<RefCell<Vec<u8>>>,
    taken: Vec<u8>,
}

impl ErrorType for Serial {
    type Error = Infallible;
}

impl Read for Serial {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let n = self.fill_buf().await?.len().min(buf.len());
        buf[..n].copy_from_slice(&self.taken[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Serial {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        let (taken, to_host) = (&mut self.taken, &self.to_host);
        poll_fn(|_| {
            taken.append(&mut to_host.borrow_mut());
            if taken.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        Ok(&self.taken)
    }

    fn consume(&mut self, n: usize) {
        self.taken.drain(..n);
    }
}

impl Write for Serial {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        self.to_module.borrow_mut().extend_from_slice(buf);
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

async fn hear_until(channel: &mut impl Read, end: &str) -> String {
    let (mut heard, mut buf) = (Vec::new(), [0; 512]);
    while !heard.ends_with(end.as_bytes()) {
        let n = channel.read(&mut buf).await.unwrap_or_else(|e| panic!("{e:?}"));
        heard.extend_from_slice(&buf[..n]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

async fn say(channel: &mut (impl Read + Write), line: &str, end: &str) -> String {
    channel.write_all(format!("{line}\r").as_bytes()).await.unwrap_or_else(|e| panic!("{e:?}"));
    hear_until(channel, end).await
}

#[test]
fn a_session_over_two_channels() {
    let mut world = World::new(Setup {
        ports: vec![AtPort::Uart1],
        model: MODELS[1],
        clock_unix: 1_795_348_800,
        seed: [5; 32],
        ..Setup::default()
    });
    let (_, make) = transcript::service("rustls", &[]).unwrap();
    world.serve("192.0.2.1:443".parse().unwrap(), make(), None);
    world.send(WIRE, b"AT+CMUX=0,0,5,128\r");
    assert!(world.take_output(WIRE).ends_with(b"\r\nOK\r\n"));

    let serial = Serial::default();
    let mut mux: Mux<2, BUFFER> = Mux::new();
    let (mut runner, [mut one, two]) = mux.start();
    let mut run = pin!(runner.run(serial.clone(), serial.clone(), 128));
    let data: Vec<u8> = (0..60_000u32).map(|i| (i * 7 % 251) as u8).collect();
    let mut talk = pin!(async {
        assert_eq!(say(&mut one, "ATE0", "OK\r\n").await, "ATE0\r\r\nOK\r\n");
        // The stranger looks at which channels are open when one of them has said something.
        assert_eq!(say(&mut one, "AT", "OK\r\n").await, "\r\nOK\r\n");
        let (mut hears, mut says, _lines) = two.split();
        says.write_all(b"ATE0;+QIACT=1\r").await.unwrap();
        hear_until(&mut hears, "OK\r\n").await;
        says.write_all(b"AT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,2\r").await.unwrap();
        assert_eq!(hear_until(&mut hears, "CONNECT\r\n").await, "\r\nCONNECT\r\n");
        let mut echoed = Vec::new();
        for piece in data.chunks(1000) {
            says.write_all(piece).await.unwrap();
            let mut buf = vec![0; piece.len()];
            hears.read_exact(&mut buf).await.unwrap_or_else(|e| panic!("{e:?}"));
            echoed.extend(buf);
        }
        assert!(echoed == data, "60000 bytes there and back");
        let state = say(&mut one, "AT+QSSLSTATE=0", "OK\r\n").await;
        assert!(state.contains(",2,1,0,2,\"cmux2\""), "{state}");
    });

    let mut echoed = 0;
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        if let Poll::Ready(end) = run.as_mut().poll(&mut cx) {
            panic!("the stranger gave up: {end:?}");
        }
        if talk.as_mut().poll(&mut cx).is_ready() {
            return;
        }
        let bytes = std::mem::take(&mut *serial.to_module.borrow_mut());
        if bytes.is_empty() {
            world.run_until_idle();
        } else {
            world.send(WIRE, &bytes);
        }
        // The server is an echo.
        let news = world.peer(0).map_or(&[][..], |peer| &peer.received()[echoed..]).to_vec();
        if !news.is_empty() {
            echoed += news.len();
            world.with_peer(0, |peer| peer.send(&news));
        }
        let said = world.take_output(WIRE);
        serial.to_host.borrow_mut().extend(said);
    }
    panic!("the conversation does not end");
}
