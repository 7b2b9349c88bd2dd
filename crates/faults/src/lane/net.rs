//! What faults of the network make of a piece.

use super::{Lane, Piece, What};
use crate::{active::Active, effect::Net};
use module::{Action, Input, NetFailure};

impl Lane {
    pub(super) fn shape_net(
        &mut self,
        active: &mut Active,
        net: &Net,
        mut piece: Piece,
        out: &mut Vec<Piece>,
    ) {
        match net {
            // A datagram does not wait.
            Net::Timeout { .. } if matches!(piece.what, What::Datagram(..)) => {}
            Net::Timeout { bytes, .. } => {
                let rest = self.pass(active.id, *bytes, piece, out);
                active.struck |= rest.is_some();
                out.extend(rest.map(|piece| Piece { gate: Some(active.id), ..piece }));
            }
            Net::Reset { bytes: Some(bytes), .. } | Net::Limit { bytes } | Net::HalfOpen { bytes } => {
                let (at, is_order) = (piece.at, matches!(piece.what, What::Do(_)));
                let rest = self.pass(active.id, *bytes, piece, out);
                if is_order {
                    // What the module wants of the world has no bytes to be counted.
                    out.extend(rest);
                } else if self.has_passed(active.id, *bytes) && !self.is_dead {
                    (active.struck, self.is_dead) = (true, true);
                    let conn = active.conn;
                    let ends = match net {
                        Net::HalfOpen { .. } => {
                            self.is_mute = true;
                            vec![]
                        }
                        Net::Limit { .. } => vec![What::Tell(Input::NetEof(conn))],
                        _ => vec![
                            What::Do(Action::Abort(conn)),
                            What::Tell(Input::NetReset(conn, NetFailure::Reset)),
                        ],
                    };
                    out.extend(ends.into_iter().map(|what| Piece::new(at, what)));
                }
            }
            Net::Lose => {
                if !active.strikes_datagram(&piece.what) {
                    out.push(piece);
                }
            }
            Net::Duplicate => {
                if let What::Datagram(to, bytes) = &piece.what
                    && active.strikes_datagram(&piece.what)
                {
                    out.push(piece.with(What::Datagram(*to, bytes.clone())));
                }
                out.push(piece);
            }
            Net::Reorder { late } => {
                if active.strikes_datagram(&piece.what) {
                    piece.at += *late;
                    piece.late = true;
                }
                out.push(piece);
            }
            Net::Reset { bytes: None, .. } | Net::Refuse | Net::Unreachable | Net::Socket(_) => {
                out.push(piece);
            }
        }
    }

    /// Lets a fault's first bytes pass; what comes behind them.
    pub(super) fn pass(&mut self, id: u32, bytes: u64, piece: Piece, out: &mut Vec<Piece>) -> Option<Piece> {
        let count = self.counts.entry(id).or_default();
        let (passes, rest) = divide(piece, bytes.saturating_sub(*count));
        *count += passes.iter().map(|piece| piece.what.len() as u64).sum::<u64>();
        out.extend(passes);
        rest
    }

    /// So many bytes have passed a fault.
    pub(super) fn has_passed(&self, id: u32, bytes: u64) -> bool {
        self.counts.get(&id).is_some_and(|count| *count >= bytes)
    }
}

/// The first `n` bytes of a piece, and the rest; what has no bytes belongs to the rest once `n` is 0.
fn divide(piece: Piece, n: u64) -> (Option<Piece>, Option<Piece>) {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    match &piece.what {
        What::Bytes(bytes) if n < bytes.len() => {
            let (first, rest) = bytes.split_at(n);
            let [first, rest] = [first, rest].map(|part| piece.with(What::Bytes(part.to_vec())));
            ((n > 0).then_some(first), Some(rest))
        }
        What::Bytes(_) => (Some(piece), None),
        _ if n == 0 => (None, Some(piece)),
        _ => (Some(piece), None),
    }
}
