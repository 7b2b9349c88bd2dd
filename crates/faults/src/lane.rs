//! One direction of a connection or a port while faults act on it: what has come and is not due yet, in order.

use crate::{
    active::Active,
    effect::{Effect, Net, Port, Tls},
    records::{ALERT, Records},
    table::Family,
};
use at::{fifo::Fifo, time::Instant};
use core::net::SocketAddr;
use module::{Action, Input, NetFailure};
use std::collections::{BTreeMap, VecDeque};

/// How fine bandwidth is: so many parts of a second.
const STEPS: u64 = 100;

/// Something on its way.
#[derive(Debug)]
pub(crate) struct Piece {
    /// When it is due.
    pub(crate) at: Instant,
    /// It waits until this fault is over.
    pub(crate) gate: Option<u32>,
    /// Others may overtake it.
    late: bool,
    /// It is one piece with what is due at the same time.
    joins: bool,
    pub(crate) what: What,
}

/// What is on its way.
#[derive(Debug)]
pub(crate) enum What {
    /// A part of a stream.
    Bytes(Vec<u8>),
    /// A datagram: from whom, or to whom where there is not only one.
    Datagram(Option<SocketAddr>, Vec<u8>),
    /// The module hears of this when everything before it has passed.
    Tell(Input),
    /// The world does this when everything before it has passed.
    Do(Action),
}

impl What {
    fn len(&self) -> usize {
        match self {
            What::Bytes(bytes) | What::Datagram(_, bytes) => bytes.len(),
            What::Tell(_) | What::Do(_) => 0,
        }
    }
}

/// A direction.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) queue: VecDeque<Piece>,
    /// Bytes in it.
    len: usize,
    /// What leaves next, and whom a datagram goes to.
    pub(crate) ready: Fifo,
    pub(crate) to: Option<SocketAddr>,
    /// When the last piece that keeps the order is due.
    last: Instant,
    /// What each fault counts here: bytes, or microseconds.
    counts: BTreeMap<u32, u64>,
    /// Where a fault is in the stream of records.
    records: BTreeMap<u32, Records>,
    /// Everything that comes is swallowed.
    pub(crate) is_dead: bool,
    /// And the end of the connection with it.
    pub(crate) is_mute: bool,
}

impl Lane {
    /// Nothing is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.ready.is_empty()
    }

    /// Bytes on their way.
    pub(crate) fn len(&self) -> usize {
        self.len + self.ready.len()
    }

    /// When something is due, after `now`; what is due already waits for somebody else.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        self.queue.front().map(|piece| piece.at).filter(|at| *at > now)
    }

    /// Lets something enter, through every fault that acts here, in the order in which they were asked for.
    pub(crate) fn enter<'a>(
        &mut self,
        now: Instant,
        what: What,
        acting: impl Iterator<Item = &'a mut Active>,
    ) {
        if self.is_dead && !matches!(what, What::Do(_)) {
            return;
        }
        let mut pieces = vec![Piece { at: now, gate: None, late: false, joins: false, what }];
        for active in acting {
            pieces = self.shape(active, pieces);
        }
        for piece in pieces {
            self.push(piece);
        }
    }

    /// A fault follows the records of this stream from here on.
    pub(crate) fn follow(&mut self, id: u32, records: Records) {
        self.records.insert(id, records);
    }

    /// The bytes of a stream that are on their way.
    pub(crate) fn queued(&self) -> impl Iterator<Item = u8> {
        let pieces = self.queue.iter().filter_map(|piece| match &piece.what {
            What::Bytes(bytes) => Some(bytes),
            _ => None,
        });
        pieces.flatten().copied()
    }

    /// Nothing enters and nothing leaves any more.
    pub(crate) fn clear(&mut self) {
        *self = Lane { is_dead: self.is_dead, is_mute: self.is_mute, ..Lane::default() };
    }

    /// Everything is due, whatever it waits for.
    pub(crate) fn hurry(&mut self) {
        for piece in &mut self.queue {
            (piece.at, piece.gate) = (Instant::ZERO, None);
        }
    }

    fn push(&mut self, mut piece: Piece) {
        if !piece.late {
            self.last = self.last.max(piece.at);
            piece.at = self.last;
        }
        self.len += piece.what.len();
        if piece.joins
            && let Some(last) = self.queue.back_mut().filter(|last| last.joins && last.at == piece.at)
            && let (What::Bytes(all), What::Bytes(more)) = (&mut last.what, &piece.what)
        {
            all.extend_from_slice(more);
            return;
        }
        let behind = self.queue.iter().rev().take_while(|other| other.at > piece.at).count();
        self.queue.insert(self.queue.len() - behind, piece);
    }

    /// The first piece, if it is due and nothing holds it.
    pub(crate) fn pop(&mut self, now: Instant, is_on: impl Fn(u32) -> bool) -> Option<What> {
        let front = self.queue.front()?;
        if front.at > now || front.gate.is_some_and(is_on) {
            return None;
        }
        let what = self.queue.pop_front()?.what;
        self.len -= what.len();
        Some(what)
    }

    /// What could not be taken as a whole is the first again.
    pub(crate) fn unpop(&mut self, now: Instant, rest: Vec<u8>) {
        self.len += rest.len();
        self.queue.push_front(Piece {
            at: now,
            gate: None,
            late: false,
            joins: false,
            what: What::Bytes(rest),
        });
    }

    fn shape(&mut self, active: &mut Active, pieces: Vec<Piece>) -> Vec<Piece> {
        let is_port = active.fault.row.family == Family::Port;
        let count = self.counts.entry(active.id).or_default();
        let mut out = Vec::with_capacity(pieces.len());
        for mut piece in pieces {
            match &active.fault.effect {
                Effect::Delay(span) => {
                    if !is_port || active.chance.strikes() {
                        piece.at += span.draw(&mut active.chance.random);
                    }
                    out.push(piece);
                }
                Effect::Bandwidth { kbit } => {
                    // Bytes per second, and bytes per step.
                    let rate = (kbit * 125).max(1);
                    let step = usize::try_from(rate / STEPS).unwrap_or(usize::MAX).max(1);
                    for mut part in cut(piece, || step) {
                        let start = part.at.as_micros().max(*count);
                        let takes = (part.what.len() as u64 * 1_000_000).div_ceil(rate);
                        *count = start + takes;
                        part.at = Instant::from_micros(*count);
                        out.push(part);
                    }
                }
                Effect::Slice { size, vary, gap } => {
                    if is_port && !active.chance.strikes() {
                        out.push(piece);
                        continue;
                    }
                    let random = &mut active.chance.random;
                    let size = || {
                        let more = random.below(*vary as u64 * 2 + 1);
                        usize::try_from((*size as u64 + more).saturating_sub(*vary as u64))
                            .unwrap_or(*size)
                            .max(1)
                    };
                    for mut part in cut(piece, size) {
                        let at = part.at.as_micros().max(*count);
                        part.at = Instant::from_micros(at);
                        *count = (part.at + *gap).as_micros();
                        out.push(part);
                    }
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
                Effect::Net(net) => {
                    let (id, conn) = (active.id, active.conn);
                    match net {
                        Net::Timeout { bytes, .. } => {
                            if matches!(piece.what, What::Datagram(..)) {
                                continue;
                            }
                            let (passes, rest) = divide(piece, bytes.saturating_sub(*count));
                            out.extend(passes.inspect(|p| *count += p.what.len() as u64));
                            out.extend(rest.map(|piece| {
                                active.struck = true;
                                Piece { gate: Some(id), ..piece }
                            }));
                        }
                        Net::Reset { bytes: Some(bytes), .. }
                        | Net::Limit { bytes }
                        | Net::HalfOpen { bytes } => {
                            let at = piece.at;
                            let is_order = matches!(piece.what, What::Do(_));
                            let (passes, rest) = divide(piece, bytes.saturating_sub(*count));
                            out.extend(passes.inspect(|p| *count += p.what.len() as u64));
                            if is_order {
                                // What the module wants of the world has no bytes to be counted.
                                out.extend(rest);
                                continue;
                            }
                            if *count < *bytes || self.is_dead {
                                continue;
                            }
                            active.struck = true;
                            self.is_dead = true;
                            let broken = What::Tell(Input::NetReset(conn, NetFailure::Reset));
                            let ends = match net {
                                Net::HalfOpen { .. } => {
                                    self.is_mute = true;
                                    vec![]
                                }
                                Net::Limit { .. } => vec![What::Tell(Input::NetEof(conn))],
                                _ => vec![What::Do(Action::Abort(conn)), broken],
                            };
                            out.extend(ends.into_iter().map(|what| Piece {
                                at,
                                gate: None,
                                late: false,
                                joins: false,
                                what,
                            }));
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
                                let what = What::Datagram(*to, bytes.clone());
                                out.push(Piece { what, gate: None, ..piece });
                            }
                            out.push(piece);
                        }
                        Net::Reorder { late } => {
                            let late = *late;
                            if active.strikes_datagram(&piece.what) {
                                piece.at += late;
                                piece.late = true;
                            }
                            out.push(piece);
                        }
                        Net::Reset { bytes: None, .. } | Net::Refuse | Net::Unreachable | Net::Socket(_) => {
                            out.push(piece);
                        }
                    }
                }
                Effect::Tls(tls) => {
                    let (id, conn, at) = (active.id, active.conn, piece.at);
                    let is_due = |flight: &u64| active.flight >= *flight;
                    match tls {
                        Tls::Alert { code, flight } => {
                            let What::Bytes(bytes) = &mut piece.what else {
                                out.push(piece);
                                continue;
                            };
                            let records = self.records.entry(id).or_default();
                            if !is_due(flight) {
                                records.pass(bytes);
                                out.push(piece);
                                continue;
                            }
                            // It stands in for a record, and speaks its version.
                            let (kept, version) = records.give_way(bytes);
                            *bytes = kept;
                            out.push(piece);
                            let Some([major, minor]) = version else { continue };
                            let alert = vec![ALERT, major, minor, 0, 2, 2, *code];
                            for what in [What::Bytes(alert), What::Tell(Input::NetEof(conn))] {
                                out.push(Piece { at, gate: None, late: false, joins: false, what });
                            }
                            (active.struck, self.is_dead) = (true, true);
                        }
                        Tls::Stall { flight } if is_due(flight) => {
                            active.struck = true;
                            out.push(Piece { gate: Some(id), ..piece });
                        }
                        Tls::Cut { flight, bytes } if is_due(flight) => {
                            let (passes, _) = divide(piece, bytes.saturating_sub(*count));
                            out.extend(passes.inspect(|p| *count += p.what.len() as u64));
                            if *count >= *bytes && !self.is_dead {
                                (active.struck, self.is_dead) = (true, true);
                                let what = What::Tell(Input::NetEof(conn));
                                out.push(Piece { at, gate: None, late: false, joins: false, what });
                            }
                        }
                        Tls::Corrupt { record } => {
                            if let What::Bytes(bytes) = &mut piece.what {
                                let records = self.records.entry(id).or_default();
                                active.struck |= records.corrupt(bytes, *record);
                            }
                            out.push(piece);
                        }
                        Tls::NoCloseNotify => {
                            if let What::Bytes(bytes) = &mut piece.what {
                                let all = bytes.len();
                                *bytes = self.records.entry(id).or_default().without(bytes, ALERT);
                                active.struck |= bytes.len() < all;
                            }
                            out.push(piece);
                        }
                        Tls::Stall { .. } | Tls::Cut { .. } | Tls::Pretend(_) => {
                            out.push(piece);
                        }
                    }
                }
                Effect::Port(port) => {
                    if let What::Bytes(bytes) = &mut piece.what {
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
                                if piece.at.as_micros() >= *count {
                                    *count = (piece.at + *within).as_micros();
                                }
                                piece.at = Instant::from_micros(*count);
                                piece.joins = true;
                            }
                            Port::Merge { .. } | Port::LostDtr => {}
                        }
                    }
                    out.push(piece);
                }
                Effect::Dns(_) | Effect::Modem(_) | Effect::Code { .. } | Effect::Several(_) => {
                    out.push(piece)
                }
            }
        }
        out
    }
}

/// A piece of a stream in parts of these sizes; anything else is whole.
fn cut(piece: Piece, mut size: impl FnMut() -> usize) -> Vec<Piece> {
    let Piece { at, gate, late, joins, what } = piece;
    match what {
        What::Bytes(bytes) => {
            let mut rest = bytes.as_slice();
            let mut parts = Vec::new();
            while !rest.is_empty() {
                let (part, tail) = rest.split_at(size().min(rest.len()));
                parts.push(Piece { at, gate, late, joins, what: What::Bytes(part.to_vec()) });
                rest = tail;
            }
            parts
        }
        what => vec![Piece { at, gate, late, joins, what }],
    }
}

/// The first `n` bytes of a piece, and the rest; what has no bytes belongs to the rest once `n` is 0.
fn divide(piece: Piece, n: u64) -> (std::option::IntoIter<Piece>, Option<Piece>) {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let Piece { at, gate, late, joins, what } = piece;
    let whole = |what| Piece { at, gate, late, joins, what };
    let (passes, rest) = match what {
        What::Bytes(bytes) if n < bytes.len() => {
            let (first, rest) = bytes.split_at(n);
            let first = (!first.is_empty()).then(|| whole(What::Bytes(first.to_vec())));
            (first, Some(whole(What::Bytes(rest.to_vec()))))
        }
        What::Bytes(_) => (Some(whole(what)), None),
        what if n == 0 => (None, Some(whole(what))),
        what => (Some(whole(what)), None),
    };
    (passes.into_iter(), rest)
}
