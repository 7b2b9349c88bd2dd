//! What is not on the tape yet: the last step, and what follows the first thing of which it is not known what it is.

use module::{ConnId, QueryId};
use std::{collections::VecDeque, net::IpAddr, time::Duration};

/// What may wait, in bytes. Above it nothing is waited for any more.
const ROOM: usize = 8 * 1024 * 1024;

/// What an entry takes beyond its bytes, about.
const ENTRY: usize = 128;

/// Something for the tape.
#[derive(Debug)]
pub(super) enum Entry {
    /// A host says this; there may be something else in the place of a secret.
    Host(Duration, usize, Vec<u8>, bool),
    /// A piece of a file of a host, of which it is known at its end whether it may be written down.
    Upload(Duration, usize, Vec<u8>),
    /// The module says this.
    Module(usize, Vec<u8>),
    /// Time has passed before what the module says next.
    Late(Duration),
    /// Something else happens.
    Step(Duration, String),
    /// A line of its own.
    Note(String),
    /// A connection, or a port for datagrams, is asked for; what is at its other end, is said here.
    Peer(ConnId),
    /// The other end does something.
    Act(Duration, ConnId, Act),
    /// An echo request, and what became of it, once that is known.
    Echo(QueryId, u16, IpAddr, Option<String>),
    /// Nothing more will be said of a connection.
    Gone(ConnId),
}

/// What the other end of a connection does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// TCP comes up: it accepts, unless it turns out to be TLS, of which it is told when its handshake is complete.
    Comes,
    /// These bytes have come, if it turns out not to be TLS.
    Raw(Vec<u8>),
    /// A handshake has failed by these bytes.
    Fails(Vec<u8>),
    Accepts,
    Refuses,
    IsUnreachable,
    Sends(Vec<u8>),
    /// What a piece of a TLS stream is in clear, and whether a close_notify is at its end. The module may have room for it
    /// much later, or a fault may keep it from it: until then it is open.
    Piece {
        clear: Vec<u8>,
        closes: bool,
        is_open: bool,
    },
    /// In one piece with the end of the handshake; and whether the server then closes.
    SendsEarly(Vec<u8>, bool),
    Cuts,
    Resets,
}

impl Entry {
    /// What is said.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Entry::Host(_, _, bytes, _) | Entry::Upload(_, _, bytes) | Entry::Module(_, bytes) => bytes,
            Entry::Act(_, _, Act::Raw(bytes) | Act::Fails(bytes) | Act::Sends(bytes)) => bytes,
            Entry::Act(_, _, Act::SendsEarly(bytes, _) | Act::Piece { clear: bytes, .. }) => bytes,
            _ => &[],
        }
    }

    fn weight(&self) -> usize {
        ENTRY + self.bytes().len()
    }
}

/// Entries on their way to the tape.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// Where the last step begins.
    step: usize,
    weight: usize,
    /// Time alone has moved the module since the last step.
    tick: Option<Duration>,
}

impl Queue {
    /// A new step begins.
    pub(super) fn begin(&mut self, entry: Entry) {
        self.tick = None;
        self.step = self.entries.len();
        self.push(entry);
    }

    /// Something that belongs to the present step.
    pub(super) fn push(&mut self, entry: Entry) {
        self.weight += entry.weight();
        self.entries.push_back(entry);
    }

    /// Puts something in front of the present step.
    pub(super) fn before(&mut self, entry: Entry) {
        self.weight += entry.weight();
        self.entries.insert(self.step, entry);
        self.step += 1;
    }

    /// The module moves because of something of which a scenario has no line, such as time.
    pub(super) fn tick(&mut self, at: Duration) {
        self.tick = Some(at);
        self.step = self.entries.len();
    }

    /// The module says something.
    pub(super) fn said(&mut self, port: usize, bytes: Vec<u8>) {
        if let Some(at) = self.tick.take() {
            self.push(Entry::Late(at));
        }
        self.push(Entry::Module(port, bytes));
    }

    /// What a host has taken since the present step began is what it took after it had stopped.
    pub(super) fn stopped(
        &mut self,
        at: Duration,
        port: usize,
        stops: String,
        takes: impl Fn(usize) -> String,
    ) {
        self.before(Entry::Note(stops));
        let since = self.entries.split_off(self.step);
        for entry in since {
            if let Entry::Module(by, bytes) = &entry
                && *by == port
            {
                self.push(Entry::Step(at, takes(bytes.len())));
            }
            self.entries.push_back(entry);
        }
    }

    /// What comes last, if it belongs to the present step.
    pub(super) fn last(&mut self) -> Option<&mut Entry> {
        self.entries.back_mut()
    }

    /// What comes first, if all that is needed for it is known, or nothing can be waited for any more.
    pub(super) fn next(&mut self, is_known: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let first = self.entries.front()?;
        if !is_known(first) && self.weight <= ROOM {
            return None;
        }
        let first = self.entries.pop_front()?;
        self.weight = self.weight.saturating_sub(first.weight());
        self.step = self.step.saturating_sub(1);
        Some(first)
    }

    /// Nothing else happens before the handshake of this connection is complete.
    pub(super) fn is_secured_next(&self, id: ConnId) -> bool {
        let is_its_own = |entry: &&Entry| matches!(entry, Entry::Act(_, conn, Act::Raw(_)) if *conn == id);
        let next = self.entries.iter().find(|entry| !is_its_own(entry));
        matches!(next, Some(Entry::Act(_, conn, Act::SendsEarly(..) | Act::Accepts)) if *conn == id)
    }

    /// What has become of an echo request; of all that nothing is known of, if none is named.
    pub(super) fn echo(&mut self, which: Option<(QueryId, u16)>, fate: &str) {
        for entry in &mut self.entries {
            if let Entry::Echo(query, sequence, _, known @ None) = entry
                && which.is_none_or(|which| which == (*query, *sequence))
            {
                *known = Some(fate.to_owned());
            }
        }
    }

    /// What the module has in clear now came with the first open piece of this connection. Without more to come, all of
    /// them are complete. False: there is none.
    pub(super) fn clear(&mut self, id: ConnId, bytes: &[u8], more: bool) -> bool {
        let mut bytes = Some(bytes);
        for entry in &mut self.entries {
            if let Entry::Act(_, conn, Act::Piece { clear, is_open: is_open @ true, .. }) = entry
                && *conn == id
            {
                clear.extend_from_slice(bytes.take().unwrap_or_default());
                *is_open = more;
            }
        }
        bytes.is_none()
    }

    /// The pieces of a file that has come to its end, in their order.
    pub(super) fn uploads(&mut self, port: usize) -> Vec<&mut Entry> {
        let is_one = |entry: &&mut Entry| matches!(entry, Entry::Upload(_, at, _) if *at == port);
        self.entries.iter_mut().filter(is_one).collect()
    }
}
