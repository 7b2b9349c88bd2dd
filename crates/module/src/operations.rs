//! What a command waits for: payloads that come, files that go, a peer, the network, time; and what each comes to.

use crate::{
    commands,
    dispatch::{Cx, Outcome},
    errors::{ErrorCode, Failure},
    port::{Doubt, Op},
    socket::{SocketState, Told},
};
use at::session::PayloadEnd;

/// Bytes of an upload that one acknowledgement stands for.
const ACK_UNIT: usize = 1024;

impl Cx<'_> {
    /// The outcome of the present operation, once it has one. Payload operations end by their payload.
    pub fn op_outcome(&mut self) -> Option<Outcome> {
        let outcome = match self.port.op.as_ref()? {
            Op::Open(client, generation) => {
                let socket = self.core.links.get(*client);
                match socket.state() {
                    SocketState::Opening(_) if socket.generation == *generation => return None,
                    // A server that closes at once: CONNECT, its data, and then NO CARRIER.
                    SocketState::Connected(_) | SocketState::ClosingTheirs(Told::No)
                        if socket.generation == *generation =>
                    {
                        Outcome::Online(*client)
                    }
                    _ if self.core.register == ErrorCode::Success => Outcome::code(ErrorCode::SocketClosed),
                    // The open has said why.
                    _ => {
                        self.port.doubt = Doubt::Told;
                        Outcome::code(self.core.register)
                    }
                }
            }
            Op::Close(client, generation) => {
                let socket = self.core.links.get(*client);
                match socket.state() {
                    SocketState::ClosingOurs(..) if socket.generation == *generation => return None,
                    _ => Outcome::Done,
                }
            }
            Op::Delay(until, _) if *until > self.now => return None,
            Op::Delay(..) => match self.port.op.take() {
                Some(Op::Delay(_, outcome)) => *outcome,
                _ => return None,
            },
            Op::Activate(id) => match self.core.pdp.get_mut(*id).outcome.take()? {
                Ok(()) => commands::pdp::activated(self),
                Err((code, cause)) => self.refuse(code, cause),
            },
            Op::Download(_) => return self.download(),
            Op::Send(..) | Op::Upload(_) | Op::Write(..) => return None,
        };
        self.port.op = None;
        Some(outcome)
    }

    /// A file has gone to the host as a whole: it stands in what the port says, and leaves from there.
    fn download(&mut self) -> Option<Outcome> {
        let Some(Op::Download(download)) = &mut self.port.op else { return None };
        if !download.rest().is_empty() {
            return None;
        }
        let summary = download.summary.take();
        self.port.op = None;
        self.port.session.end_payload();
        summary.iter().for_each(|line| self.info(line));
        Some(Outcome::Done)
    }

    /// A piece of payload has come.
    pub fn payload(&mut self, bytes: &[u8]) {
        match &mut self.port.op {
            Some(Op::Send(sending)) => {
                let fits = bytes.len().min(commands::MAX_SEND.saturating_sub(sending.data.len()));
                sending.data.extend_from_slice(bytes.get(..fits).unwrap_or_default());
                sending.surplus += bytes.len() - fits;
            }
            Some(Op::Write(_, data)) => data.extend_from_slice(bytes),
            Some(Op::Upload(upload)) => {
                let before = upload.content.len() / ACK_UNIT;
                upload.content.extend_from_slice(bytes);
                if upload.acknowledge {
                    let acks = upload.content.len() / ACK_UNIT - before;
                    self.port.session.raw(&alloc::vec![b'A'; acks]);
                }
            }
            Some(Op::Open(..) | Op::Close(..) | Op::Activate(_) | Op::Delay(..) | Op::Download(_)) | None => {
            }
        }
    }

    /// A payload is over.
    pub fn payload_end(&mut self, end: PayloadEnd) -> Outcome {
        match self.port.op.take() {
            Some(Op::Send(sending)) => commands::transfer::send_payload(self, &sending, end),
            Some(Op::Upload(upload)) => {
                let outcome = commands::file::upload_end(self, upload, end);
                self.written(outcome)
            }
            Some(Op::Write(handle, data)) => {
                let outcome = commands::handle::write_end(self, handle, &data);
                self.written(outcome)
            }
            // `+++` ends a download; what has not left the file stays there.
            Some(Op::Download(_)) => Outcome::Done,
            Some(Op::Open(..) | Op::Close(..) | Op::Activate(_) | Op::Delay(..)) | None => {
                Outcome::Fail(Failure::Plain)
            }
        }
    }

    /// What a command on files has done takes longer where the flash is slow.
    pub fn written(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done => outcome.after(self.now, self.core.points.flash_delay()),
            outcome => outcome,
        }
    }
}
