//! One direction of a connection or a port while faults act on it: what has come and is not due yet, in order.

mod net;
mod shape;
mod tls;

use crate::{
    active::Active,
    records::{ALERT, Records},
};
use at::{fifo::Fifo, time::Instant};
use core::{net::SocketAddr, ops::RangeInclusive};
use module::{Action, Input};
use std::collections::{BTreeMap, VecDeque};

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

impl Piece {
    /// Something that keeps the order.
    fn new(at: Instant, what: What) -> Piece {
        Piece { at, gate: None, late: false, joins: false, what }
    }

    /// Something else in its place.
    fn with(&self, what: What) -> Piece {
        Piece { what, ..*self }
    }
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
    /// A record whose beginning a fault has taken out before it ended: the rest of it goes, too.
    rests: BTreeMap<u32, Records>,
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

    /// What comes is changed, also when no fault is on any more.
    pub(crate) fn is_marked(&self) -> bool {
        self.is_dead || !self.rests.is_empty()
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
        let mut pieces = vec![Piece::new(now, what)];
        let mut behind = 0;
        for active in acting {
            self.drop_rests(behind..=active.id, &mut pieces);
            pieces = self.shape(active, pieces);
            behind = active.id + 1;
        }
        self.drop_rests(behind..=u32::MAX, &mut pieces);
        for piece in pieces {
            self.push(piece);
        }
    }

    /// A fault follows the records of this stream from here on.
    pub(crate) fn follow(&mut self, id: u32, records: Records) {
        self.records.insert(id, records);
    }

    /// A fault is over: what it has begun to take out goes as a whole.
    pub(crate) fn unfollow(&mut self, id: u32) {
        self.counts.remove(&id);
        let records = self.records.remove(&id).filter(|records| records.is_within(ALERT));
        self.rests.extend(records.map(|records| (id, records)));
    }

    /// Takes out what faults that are over have left to be taken out, where those faults stood.
    fn drop_rests(&mut self, of: RangeInclusive<u32>, pieces: &mut [Piece]) {
        for (_, records) in self.rests.range_mut(of) {
            for piece in &mut *pieces {
                if let What::Bytes(bytes) = &mut piece.what {
                    *bytes = records.rest(bytes);
                }
            }
        }
        self.rests.retain(|_, records| records.is_within(ALERT));
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
        if matches!(&piece.what, What::Bytes(bytes) if bytes.is_empty()) {
            return;
        }
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
        self.queue.push_front(Piece::new(now, What::Bytes(rest)));
    }
}
