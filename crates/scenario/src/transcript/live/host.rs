//! What a driver sends, and what of it the scenario has come to.

use super::{Deed, Live};
use crate::tape::as_sent;
use crate::transcript::Failure;
use crate::transcript::acts::{Act, HostAct};
use crate::transcript::compare::Difference;
use crate::transcript::play::prefix;
use at::time::Instant;
use core::time::Duration;
use module::{DteLines, PortId};
use std::collections::VecDeque;

/// Bytes of a driver that wait at most, and bytes that wait for it before the module is made to wait.
const MOST_WAITING: usize = 64 * 1024;
const MOST_UNREAD: usize = 16 * 1024;

/// How long a driver that has sent something else may go on before it is told: until then, the rest of its line comes.
const GRACE: Duration = Duration::from_millis(300);

/// How far a step is.
pub(super) enum Progress {
    Done,
    /// It was one that need not be, and is not.
    Skipped,
    /// Not yet, and what to say when that takes too long.
    Waiting(Failure),
    Failed(Failure),
}

/// A port, seen from the module's side.
#[derive(Default)]
pub(super) struct Host {
    /// What the driver has done and the scenario has not come to. Neighbouring bytes are one.
    waiting: VecDeque<Item>,
    /// When bytes have come last.
    sent_at: Instant,
    /// Bytes of the present line that the module has already.
    fed: usize,
    pub(super) is_open: bool,
    lines: Option<DteLines>,
    /// Movements of lines, openings and closings that no step has asked for yet.
    moves: Vec<Item>,
    /// What the module has said and no step has asked for yet.
    pub(super) heard: Vec<u8>,
    /// What the driver has not been given yet.
    pub(super) out: Vec<u8>,
    /// Anything may stand before what is heard next.
    pub(super) loose: bool,
    /// The answer to a line that is allowed at any time, while it comes.
    aside: Option<Vec<u8>>,
}

enum Item {
    Bytes(Vec<u8>),
    Lines(DteLines),
    Open(bool),
}

impl Host {
    pub(super) fn push(&mut self, now: Instant, deed: Deed<'_>) {
        let item = match deed {
            Deed::Sends(bytes) => {
                self.sent_at = now;
                if let Some(Item::Bytes(last)) = self.waiting.back_mut() {
                    return last.extend_from_slice(bytes);
                }
                Item::Bytes(bytes.to_vec())
            }
            Deed::Opens => Item::Open(true),
            Deed::Closes => Item::Open(false),
            Deed::Moves(lines) => Item::Lines(lines),
        };
        self.waiting.push_back(item);
    }

    pub(super) fn room(&self) -> usize {
        let waiting = self.waiting.iter().map(|item| match item {
            Item::Bytes(bytes) => bytes.len(),
            Item::Lines(_) | Item::Open(_) => 1,
        });
        MOST_WAITING.saturating_sub(waiting.sum())
    }

    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= MOST_UNREAD
    }

    /// When a driver that has sent something else is told.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.has_sent().then(|| self.sent_at + GRACE)
    }

    pub(super) fn has_sent(&self) -> bool {
        !self.bytes().is_empty()
    }

    fn bytes(&self) -> &[u8] {
        match self.waiting.front() {
            Some(Item::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    fn take(&mut self, n: usize) -> Vec<u8> {
        let Some(Item::Bytes(bytes)) = self.waiting.front_mut() else { return Vec::new() };
        let rest = bytes.split_off(n.min(bytes.len()));
        let taken = std::mem::replace(bytes, rest);
        if bytes.is_empty() {
            self.waiting.pop_front();
        }
        taken
    }

    /// The module says something.
    pub(super) fn say(&mut self, said: &[u8]) {
        if said.is_empty() {
            return;
        }
        self.out.extend_from_slice(said);
        match &mut self.aside {
            None => self.heard.extend_from_slice(said),
            Some(aside) => {
                aside.extend_from_slice(said);
                if is_answered(aside) {
                    self.aside = None;
                }
            }
        }
    }

    /// The driver has moved a line so since the last step that asked, or it has been so all the time.
    pub(super) fn has_moved(&mut self, line: impl Fn(DteLines) -> bool, on: bool) -> bool {
        let moved = |item: &Item| matches!(item, Item::Lines(lines) if line(*lines) == on);
        if let Some(at) = self.moves.iter().position(moved) {
            self.moves.drain(..=at);
            return true;
        }
        self.is_open && self.lines.is_none_or(&line) == on
    }

    /// The driver has opened or closed the port since the last step that asked, or it has been so all the time.
    pub(super) fn has_opened(&mut self, open: bool) -> bool {
        if let Some(at) = self.moves.iter().position(|item| matches!(item, Item::Open(is) if *is == open)) {
            self.moves.drain(..=at);
            return true;
        }
        self.is_open == open
    }
}

impl Live<'_> {
    /// Does what needs no step: lines and openings, and what is allowed at any time.
    pub(super) fn serve(&mut self, port: usize) {
        loop {
            let host = &mut self.hosts[port];
            match host.waiting.front() {
                Some(Item::Bytes(_)) => {
                    if !self.serve_allowed(port) {
                        return;
                    }
                }
                Some(Item::Lines(_) | Item::Open(_)) => {
                    let Some(item) = host.waiting.pop_front() else { return };
                    self.apply(port, &item);
                    self.hosts[port].moves.push(item);
                }
                None => return,
            }
        }
    }

    fn apply(&mut self, port: usize, item: &Item) {
        let (host, id) = (&mut self.hosts[port], PortId(port as u8));
        let world = self.stage.as_mut().map(|stage| &mut stage.world);
        match item {
            Item::Open(open) => {
                (host.is_open, host.fed) = (*open, 0);
                if !open {
                    host.out.clear();
                }
                match world {
                    Some(world) if *open => world.attach(id),
                    Some(world) => world.detach(id),
                    None => {}
                }
            }
            Item::Lines(lines) => {
                let before = host.lines.replace(*lines);
                let Some(world) = world else { return };
                if before.is_none_or(|before| before.dtr != lines.dtr) {
                    world.set_dtr(id, lines.dtr);
                }
                if before.is_none_or(|before| before.rts != lines.rts) {
                    world.set_rts(id, lines.rts);
                }
            }
            Item::Bytes(_) => {}
        }
    }

    /// Gives the module a line that may come at any time. True when there was one.
    fn serve_allowed(&mut self, port: usize) -> bool {
        let host = &self.hosts[port];
        let Some(cr) = host.bytes().iter().position(|b| *b == b'\r').filter(|_| host.fed == 0) else {
            return false;
        };
        let line = &host.bytes()[..cr];
        let is = |allowed: &String| match allowed.strip_suffix('*') {
            Some(start) => line.starts_with(start.as_bytes()),
            None => line == allowed.as_bytes(),
        };
        let is_wanted = matches!(self.script.steps.get(self.at).map(|step| &step.act),
            Some(Act::Host(at, HostAct::Sends(bytes) | HostAct::May(bytes)))
                if *at == port && host.bytes().starts_with(bytes));
        if is_wanted || self.stage.is_none() || !self.script.allowed.iter().any(is) {
            return false;
        }
        self.collect();
        let bytes = self.hosts[port].take(cr + 1);
        self.hosts[port].aside = Some(Vec::new());
        self.feed(port, &bytes);
        true
    }

    fn feed(&mut self, port: usize, bytes: &[u8]) {
        if let Some(stage) = &mut self.stage {
            stage.world.send(PortId(port as u8), bytes);
        }
        self.collect();
    }

    /// Looks whether the driver sends what it is to send, and lets the module have it.
    pub(super) fn host_acts(&mut self, line: usize, port: usize, act: &HostAct) -> Progress {
        let nothing = || Progress::Waiting(Failure::new("the driver has sent nothing more").at(line));
        match act {
            HostAct::Sends(wanted) => self.exactly(line, port, wanted),
            HostAct::May(wanted) => {
                let bytes = self.hosts[port].bytes();
                if bytes.starts_with(wanted) {
                    return self.exactly(line, port, wanted);
                }
                let next = self.script.steps.get(self.at + 1).map(|next| &next.act);
                let may_come = bytes.len() < wanted.len() && wanted.starts_with(bytes);
                match next {
                    Some(Act::Host(..)) if may_come => nothing(),
                    _ => Progress::Skipped,
                }
            }
            HostAct::AnyLine(instead) => match self.hosts[port].bytes().iter().position(|b| *b == b'\r') {
                Some(cr) => {
                    let sent = self.hosts[port].take(cr + 1);
                    let line = instead.as_ref().unwrap_or(&sent);
                    self.remember(vec![as_sent(prefix(self.script, port), line)]);
                    self.feed(port, line);
                    Progress::Done
                }
                None => nothing(),
            },
            HostAct::AnyBytes(count, _) => {
                let left = count - self.hosts[port].fed;
                let bytes = self.hosts[port].take(left);
                self.feed(port, &bytes);
                if bytes.len() < left {
                    self.hosts[port].fed += bytes.len();
                    return nothing();
                }
                self.hosts[port].fed = 0;
                Progress::Done
            }
            HostAct::Anything => self.anything(line, port),
        }
    }

    fn exactly(&mut self, line: usize, port: usize, wanted: &[u8]) -> Progress {
        let host = &mut self.hosts[port];
        let left = &wanted[host.fed..];
        let bytes = host.bytes();
        let alike = left.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        if alike == left.len() {
            let bytes = host.take(alike);
            host.fed = 0;
            self.remember(vec![as_sent(prefix(self.script, port), wanted)]);
            self.feed(port, &bytes);
            return Progress::Done;
        }
        let sent = [&wanted[..host.fed], bytes].concat();
        let prefix = prefix(self.script, port);
        let mut failure = Failure::new("the driver has sent nothing more").at(line);
        failure.diff.push(Difference::Wanted(as_sent(prefix, wanted)));
        if !sent.is_empty() {
            failure.what = "the driver sends something else".into();
            let end = sent.iter().position(|b| *b == b'\r').map_or(sent.len(), |cr| cr + 1);
            failure.diff.push(Difference::Found(as_sent(prefix, &sent[..end])));
        }
        if alike < bytes.len() {
            // The rest of its line makes the difference clearer, if it comes.
            let is_whole = bytes.contains(&b'\r') || self.now >= host.sent_at + GRACE;
            return if is_whole { Progress::Failed(failure) } else { Progress::Waiting(failure) };
        }
        // What may still become another line waits until it is one.
        if self.script.allowed.is_empty() {
            let bytes = host.take(alike);
            host.fed += alike;
            self.feed(port, &bytes);
        }
        Progress::Waiting(failure)
    }

    /// Everything up to what the next line wants, or for ever.
    fn anything(&mut self, line: usize, port: usize) -> Progress {
        self.hosts[port].loose = true;
        let next = match self.script.steps.get(self.at + 1).map(|next| &next.act) {
            Some(Act::Host(at, HostAct::Sends(bytes))) if *at == port => bytes.as_slice(),
            _ => &[],
        };
        let nothing = || Progress::Waiting(Failure::new("the driver has not sent what ends this").at(line));
        loop {
            let bytes = self.hosts[port].bytes();
            if next.is_empty() {
                if !self.hosts[port].is_open {
                    return Progress::Done;
                }
            } else if bytes.starts_with(next) {
                self.hosts[port].heard.clear();
                return Progress::Done;
            }
            // A line is looked at from its start, other bytes from everywhere.
            let n = match next.last() {
                Some(b'\r') => bytes.iter().position(|b| *b == b'\r').map_or(bytes.len(), |cr| cr + 1),
                _ => bytes.len().min(1),
            };
            let may_become = !next.is_empty() && next.starts_with(&bytes[..bytes.len().min(next.len())]);
            if n == 0 || may_become {
                return nothing();
            }
            let bytes = self.hosts[port].take(n);
            self.feed(port, &bytes);
            self.hosts[port].heard.clear();
        }
    }
}

/// The last line is a final result code.
fn is_answered(said: &[u8]) -> bool {
    let text = String::from_utf8_lossy(said);
    let Some(last) = text.strip_suffix("\r\n").and_then(|text| text.rsplit('\n').next()) else {
        return false;
    };
    ["OK", "ERROR", "NO CARRIER", "SEND OK", "SEND FAIL"].contains(&last) || last.starts_with("+CME ERROR: ")
}
