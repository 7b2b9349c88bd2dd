//! What a fault makes of pieces that enter a direction.

use super::{Lane, Piece, What};
use crate::{
    active::{Active, Way},
    effect::{Effect, Port},
    table::Family,
};
use at::time::Instant;
use core::time::Duration;
use module::{Action, Input};

/// How fine bandwidth is: so many parts of a second.
const STEPS: u64 = 100;

impl Lane {
    pub(super) fn shape(&mut self, active: &mut Active, pieces: Vec<Piece>) -> Vec<Piece> {
        let effect = active.fault.effect.clone();
        let mut out = Vec::with_capacity(pieces.len());
        for mut piece in pieces {
            match &effect {
                Effect::Delay(span) => {
                    if !is_port(active) || active.chance.strikes() {
                        piece.at += span.draw(&mut active.chance.random);
                    }
                    out.push(piece);
                }
                Effect::Bandwidth { kbit, is_shared } => {
                    self.pace(active, (*kbit, *is_shared), piece, &mut out);
                }
                Effect::Slice { size, vary, gap } => {
                    self.slice(active, (*size, *vary, *gap), piece, &mut out)
                }
                Effect::SlowClose { late } => {
                    let ends = matches!(
                        piece.what,
                        What::Tell(Input::NetEof(_)) | What::Do(Action::Shutdown(_) | Action::Close(..))
                    );
                    if ends {
                        piece.at += *late;
                    }
                    out.push(piece);
                }
                Effect::Net(net) => self.shape_net(active, net, piece, &mut out),
                Effect::Tls(tls) => self.shape_tls(active, tls, piece, &mut out),
                Effect::Port(port) => {
                    self.shape_port(active, port, &mut piece);
                    out.push(piece);
                }
                Effect::Dns(_) | Effect::Modem(_) | Effect::Code { .. } | Effect::Several(_) => {
                    out.push(piece);
                }
            }
        }
        out
    }

    /// Each part comes when the bandwidth has let it through.
    fn pace(
        &mut self,
        active: &mut Active,
        (kbit, is_shared): (u64, bool),
        piece: Piece,
        out: &mut Vec<Piece>,
    ) {
        let free = match (is_shared, active.way) {
            (false, _) => self.counts.entry(active.id).or_default(),
            (true, Way::Inward) => &mut active.free.0,
            (true, Way::Outward) => &mut active.free.1,
        };
        // Bytes per second, and bytes per step.
        let rate = (kbit * 125).max(1);
        let step = usize::try_from(rate / STEPS).unwrap_or(usize::MAX).max(1);
        for mut part in cut(piece, || step) {
            let start = part.at.as_micros().max(*free);
            *free = start + (part.what.len() as u64 * 1_000_000).div_ceil(rate);
            part.at = Instant::from_micros(*free);
            out.push(part);
        }
    }

    /// Parts of some size, with a gap between them.
    fn slice(
        &mut self,
        active: &mut Active,
        (size, vary, gap): (usize, usize, Duration),
        piece: Piece,
        out: &mut Vec<Piece>,
    ) {
        if is_port(active) && !active.chance.strikes() {
            out.push(piece);
            return;
        }
        let next = self.counts.entry(active.id).or_default();
        let random = &mut active.chance.random;
        let size = || {
            let more = usize::try_from(random.below(vary as u64 * 2 + 1)).unwrap_or_default();
            (size + more).saturating_sub(vary).max(1)
        };
        for mut part in cut(piece, size) {
            part.at = Instant::from_micros(part.at.as_micros().max(*next));
            *next = (part.at + gap).as_micros();
            out.push(part);
        }
    }

    fn shape_port(&mut self, active: &mut Active, port: &Port, piece: &mut Piece) {
        let What::Bytes(bytes) = &mut piece.what else { return };
        match port {
            Port::Drop => bytes.retain(|_| !active.chance.strikes()),
            Port::Corrupt { mask } => {
                for byte in bytes {
                    if active.chance.strikes() {
                        let one = 1 << active.chance.random.below(8);
                        *byte ^= if *mask == 0 { one } else { *mask };
                    }
                }
            }
            Port::Merge { within } if active.chance.strikes() => {
                let end = self.counts.entry(active.id).or_default();
                if piece.at.as_micros() >= *end {
                    *end = (piece.at + *within).as_micros();
                }
                piece.at = Instant::from_micros(*end);
                piece.joins = true;
            }
            Port::Merge { .. } | Port::LostDtr => {}
        }
    }
}

fn is_port(active: &Active) -> bool {
    active.fault.row.family == Family::Port
}

/// A piece of a stream in parts of these sizes; anything else is whole.
fn cut(piece: Piece, mut size: impl FnMut() -> usize) -> Vec<Piece> {
    let What::Bytes(bytes) = &piece.what else { return vec![piece] };
    let mut rest = bytes.as_slice();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, tail) = rest.split_at(size().min(rest.len()));
        parts.push(piece.with(What::Bytes(part.to_vec())));
        rest = tail;
    }
    parts
}
