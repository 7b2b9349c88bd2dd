//! A port's log laid out for reading: what was sent, what came, and which was when.

use crate::world::{Log, Said};
use at::time::Instant;

/// One host's stay at the port, between opening and closing it.
#[derive(Default)]
pub(super) struct Tape {
    pub(super) sent: Vec<Sent>,
    pub(super) out: Vec<u8>,
    /// When each output byte came, and in which write.
    pub(super) came: Vec<(Instant, usize)>,
    /// When DTR went off, and after how many sent and how many output bytes that was.
    pub(super) dtr_off: Vec<(Instant, usize, usize)>,
}

/// A byte of the host.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub(super) byte: u8,
    pub(super) at: Instant,
    /// How much output there was before it.
    pub(super) after_out: usize,
}

impl Tape {
    pub(super) fn sessions(log: &Log) -> Vec<Tape> {
        let mut tapes = vec![Tape::default()];
        for (writes, (at, said)) in log.iter().enumerate() {
            let Some(tape) = tapes.last_mut() else { break };
            match said {
                Said::Host(bytes) => {
                    let after_out = tape.out.len();
                    tape.sent.extend(bytes.iter().map(|byte| Sent { byte: *byte, at: *at, after_out }));
                }
                Said::Module(bytes) => {
                    tape.out.extend_from_slice(bytes);
                    tape.came.extend(bytes.iter().map(|_| (*at, writes)));
                }
                Said::Dtr(false) => tape.dtr_off.push((*at, tape.sent.len(), tape.out.len())),
                Said::Dtr(true) | Said::Attached(true) => {}
                Said::Attached(false) => tapes.push(Tape::default()),
            }
        }
        tapes
    }
}
