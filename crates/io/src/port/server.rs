//! A TCP or Unix server as an AT port: one host at a time.

use super::{
    Place, PortEvent,
    listener::{Listener, Peer, Stream},
};
use std::{
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Sleep, sleep},
};

/// How long a refused host has for reading why.
const FAREWELL: Duration = Duration::from_secs(1);
/// How many refused hosts are told why at the same time; more are closed without a word.
const MAX_FAREWELLS: usize = 8;
/// How long to wait after a failed accept(2), which is a lack of file descriptors or memory.
const RECOVER: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Server {
    name: &'static str,
    listener: Listener,
    host: Option<Host>,
    refused: JoinSet<()>,
    recover: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Host {
    stream: Stream,
    peer: Peer,
    /// Writing failed; what it sent before is still to be read.
    leaving: bool,
}

impl Server {
    /// `name` is what the port is called towards hosts.
    pub(super) fn new(name: &'static str, listener: Listener) -> Server {
        Server { name, listener, host: None, refused: JoinSet::new(), recover: None }
    }

    pub(super) fn place(&self) -> Place {
        self.listener.place()
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        if let Poll::Ready(event) = self.poll_accept(cx) {
            return Poll::Ready(event);
        }
        let Some(host) = &mut self.host else { return Poll::Pending };
        if buf.is_empty() {
            return Poll::Pending;
        }
        match ready!(host.stream.poll_read(cx, buf)) {
            Ok(count) if count > 0 => Poll::Ready(PortEvent::Data(count)),
            _ => {
                self.host = None;
                Poll::Ready(PortEvent::Detached)
            }
        }
    }

    /// Takes the first host, refuses the others.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<PortEvent> {
        while self.refused.try_join_next().is_some() {}
        loop {
            if let Some(pause) = &mut self.recover {
                ready!(pause.as_mut().poll(cx));
                self.recover = None;
            }
            match ready!(self.listener.poll_accept(cx)) {
                Err(_) => self.recover = Some(Box::pin(sleep(RECOVER))),
                Ok((stream, peer)) => match &self.host {
                    Some(first) => {
                        let first = first.peer;
                        self.refuse(stream, first);
                    }
                    None => {
                        self.host = Some(Host { stream, peer, leaving: false });
                        return Poll::Ready(PortEvent::Attached);
                    }
                },
            }
        }
    }

    fn refuse(&mut self, stream: Stream, first: Peer) {
        if self.refused.len() < MAX_FAREWELLS {
            let why = format!(
                "\r\nmodemtwin: {} is in use by {first} and takes one host at a time; close that one first\r\n",
                self.name
            );
            self.refused.spawn(async move {
                let _ = tokio::time::timeout(FAREWELL, farewell(stream, why)).await;
            });
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        self.poll_write_both(cx, [bytes, &[]])
    }

    pub(super) fn poll_write_both(&mut self, cx: &mut Context<'_>, pieces: [&[u8]; 2]) -> Poll<usize> {
        let all = pieces.map(<[u8]>::len).iter().sum();
        match &mut self.host {
            Some(host) if !host.leaving => match ready!(host.stream.poll_write(cx, pieces)) {
                Ok(n) => Poll::Ready(n),
                Err(_) => {
                    host.leaving = true;
                    Poll::Ready(all)
                }
            },
            _ => Poll::Ready(all),
        }
    }
}

/// Says why, and waits until the host has read it: closing at once, with the host's first bytes unread,
/// would be a reset, and a reset takes the words back.
async fn farewell(mut stream: Stream, why: String) -> io::Result<()> {
    let mut sent = 0;
    while let Some(rest) = why.as_bytes().get(sent..).filter(|rest| !rest.is_empty()) {
        sent += poll_fn(|cx| stream.poll_write(cx, [rest, &[]])).await?;
    }
    poll_fn(|cx| stream.poll_shutdown(cx)).await?;
    let mut sink = [0; 256];
    while poll_fn(|cx| stream.poll_read(cx, &mut sink)).await? > 0 {}
    Ok(())
}
