//! Whether what has come is read, all of it, and no sooner.

use super::{Out, sockets::closed_id};
use crate::{
    SOCKETS,
    fact::Fact,
    line::{Command, Line},
    rules,
};
use at::time::Instant;

/// Bytes that a read asks for without a length (§2.2.4).
const DEFAULT_READ: u32 = 1500;

#[derive(Clone, Copy, Debug, Default)]
struct Inbox {
    /// Its "recv" has come, and no read since.
    told: Option<Instant>,
    /// The last read brought as much as it asked for, and may have left something.
    more: Option<Instant>,
    /// Bytes that were announced and have not been read.
    announced: u32,
    /// Reads in a row that brought nothing, and when the last of them was.
    empty: (u32, Instant),
}

#[derive(Default)]
pub(crate) struct Topic {
    inboxes: [Inbox; SOCKETS],
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Line(line) => line.commands.iter().for_each(|command| self.begins(command, out)),
            Fact::Info(line, text) => self.read(line, text, out),
            Fact::Announced(id, length) => {
                self.inbox(*id, |inbox| (inbox.told, inbox.announced) = (Some(out.now), *length));
            }
            Fact::Urc(text) => self.urc(text, out),
            Fact::Online(Some(client)) => self.inbox(*client, |inbox| *inbox = Inbox::default()),
            Fact::End => (0..).take(SOCKETS).for_each(|id| self.over(id, out)),
            _ => {}
        }
    }
}

impl Topic {
    fn inbox(&mut self, id: u8, change: impl FnOnce(&mut Inbox)) {
        if let Some(inbox) = self.inboxes.get_mut(usize::from(id)) {
            change(inbox);
        }
    }

    fn begins(&mut self, command: &Command, out: &mut Out<'_>) {
        if let Some(id) = closed_id(command) {
            self.over(id, out);
        }
        if let (true, Some(id)) = (is_read(command), command.id(0)) {
            self.inbox(id, |inbox| (inbox.told, inbox.more) = (None, None));
        }
    }

    /// `+QSSLRECV: 18`
    fn read(&mut self, line: &Line, text: &str, out: &mut Out<'_>) {
        let rest = text.strip_prefix("+QSSLRECV: ").or_else(|| text.strip_prefix("+QIRD: "));
        let Some(rest) = rest else { return };
        let Some(command) = line.commands.iter().find(|command| is_read(command)) else { return };
        let (Some(id), asked) = (command.id(0), command.number(1).unwrap_or(DEFAULT_READ)) else { return };
        let Some(inbox) = self.inboxes.get_mut(usize::from(id)) else { return };
        let now = out.now;
        let fields: Vec<Option<u32>> = rest.split(',').map(|field| field.parse().ok()).collect();
        match fields.as_slice() {
            // Counts: total, read, unread.
            [Some(_), Some(_), Some(unread)] => inbox.more = (*unread > 0).then_some(now),
            [Some(0), ..] => {
                let rule = &rules::POLLING_READ;
                let (times, last) = inbox.empty;
                let times = if now.since(last) < rule.time() { times + 1 } else { 1 };
                inbox.empty = (times, now);
                if times == rule.times() {
                    out.find(rule, format!("socket {id}, {times} times in a row"));
                }
            }
            [Some(n), ..] => {
                inbox.empty = (0, now);
                inbox.announced = inbox.announced.saturating_sub(*n);
                inbox.more = (*n >= asked || inbox.announced > 0).then_some(now);
            }
            _ => {}
        }
    }

    fn urc(&mut self, text: &str, out: &Out<'_>) {
        if text == "RDY" || text == "POWERED DOWN" {
            self.inboxes = Default::default();
            return;
        }
        let rest =
            text.strip_prefix("+QSSLURC: \"recv\",").or_else(|| text.strip_prefix("+QIURC: \"recv\","));
        let Some(rest) = rest else { return };
        let mut fields = rest.split(',');
        let Some(Ok(id)) = fields.next().map(str::parse) else { return };
        // With a length, the data follow, or are announced.
        if fields.next().is_none() {
            self.inbox(id, |inbox| inbox.told = Some(out.now));
        }
    }

    /// The end of a socket, or of everything.
    fn over(&mut self, id: u8, out: &mut Out<'_>) {
        let Some(inbox) = self.inboxes.get_mut(usize::from(id)) else { return };
        let Inbox { told, more, .. } = std::mem::take(inbox);
        for (since, rule) in [(told, &rules::RECV_NOT_READ), (more, &rules::RECV_NOT_EMPTIED)] {
            if since.is_some_and(|since| out.now.since(since) >= rule.time()) {
                out.find(rule, format!("socket {id}"));
            }
        }
    }
}

fn is_read(command: &Command) -> bool {
    command.sets("+QSSLRECV") || command.sets("+QIRD")
}
