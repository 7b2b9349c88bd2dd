//! Payloads: how long they are, how they end, and what becomes of them.

use super::Out;
use crate::{
    fact::{Fact, Good, Outcome, Payload},
    line::Line,
    rules,
};
use at::time::Instant;
use std::collections::BTreeMap;

/// The most that one payload may have (§2.2.3).
const MAX: usize = 1460;
/// Bytes behind a payload that are kept.
const SHOWN: usize = 24;

#[derive(Default)]
pub(crate) struct Topic {
    /// The echo has been reported: it is a setting, not an event.
    echo: bool,
    /// Bytes behind the last payload.
    behind: Vec<u8>,
    /// It had a length.
    fixed: bool,
    /// It went wrong, and what is behind it is no mistake of its own.
    spoiled: bool,
    /// The payload in hand: its socket and bytes.
    last: Option<(u8, Vec<u8>)>,
    /// Payloads that were not taken, by socket, and when that was.
    failed: BTreeMap<u8, (Instant, Vec<u8>)>,
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Line(_) | Fact::Detached => self.tell_behind(out),
            Fact::Payload(payload) => self.payload(payload, out),
            Fact::Behind(payload, byte) => {
                self.fixed = payload.announced.is_some();
                if self.behind.len() <= SHOWN {
                    self.behind.push(*byte);
                }
            }
            Fact::Result(line, outcome) => self.result(line, *outcome, out),
            Fact::Urc(text) => {
                if let Some((_, id)) = text.split_once("\"closed\",")
                    && let Ok(id) = id.parse()
                {
                    self.failed.remove(&id);
                }
            }
            Fact::End => {
                self.tell_behind(out);
                for (id, (since, bytes)) in std::mem::take(&mut self.failed) {
                    if out.now.since(since) >= rules::SEND_FAIL_IGNORED.time() {
                        lost(id, &bytes, out);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Topic {
    fn payload(&mut self, payload: &Payload, out: &mut Out<'_>) {
        let Payload { command, announced, count, end, .. } = payload;
        let name = &command.typed;
        self.spoiled = false;
        if command.is_send() {
            self.last = command.id(0).map(|id| (id, payload.bytes.clone()));
            if announced.is_none() && *count > MAX {
                out.find(&rules::PAYLOAD_TOO_LONG, format!("AT{name}: {count} bytes"));
            }
            if payload.echoed && !std::mem::replace(&mut self.echo, true) {
                out.find(&rules::PAYLOAD_ECHO, format!("AT{name} and perhaps others"));
            }
            let resumed = payload.paused_at.and_then(|at| Some((at, payload.bytes.get(at..)?)));
            if let (Some((at, [b'A', b'T', ..] | [b'a', b't', ..])), Some(n)) = (resumed, announced) {
                self.spoiled = true;
                return out
                    .find(&rules::PAYLOAD_SHORT, format!("AT{name}: {at} of {n} bytes, then a command"));
            }
        }
        let is_over = out.now.since(payload.last) >= rules::PAYLOAD_SHORT.time() || payload.broken_off;
        let counts = command.is_send() || payload.broken_off;
        match (end, announced) {
            (None, Some(n)) if is_over && counts => {
                out.find(&rules::PAYLOAD_SHORT, format!("AT{name}: {count} of {n} bytes"));
            }
            (None, None) if is_over => {
                out.find(&rules::PAYLOAD_SHORT, format!("AT{name}: {count} bytes and no CTRL+Z"));
            }
            _ => {}
        }
    }

    fn tell_behind(&mut self, out: &mut Out<'_>) {
        let behind = std::mem::take(&mut self.behind);
        if behind.is_empty() || self.spoiled {
            return;
        }
        let is_stray = behind.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0x1A | 0x1B));
        let rule = match (self.fixed, is_stray) {
            (true, true) => &rules::STRAY_AFTER_PAYLOAD,
            (true, false) => &rules::PAYLOAD_SURPLUS,
            (false, false) => &rules::PAYLOAD_CUT,
            // A line end behind CTRL+Z is a habit that harms nobody.
            (false, true) => return,
        };
        let more = if behind.len() > SHOWN { " ..." } else { "" };
        out.find(rule, format!("{}{more}", behind.get(..SHOWN).unwrap_or(&behind).escape_ascii()));
    }

    fn result(&mut self, line: &Line, outcome: Outcome, out: &mut Out<'_>) {
        let closes = line.commands.iter().filter(|c| c.sets("+QSSLCLOSE") || c.sets("+QICLOSE"));
        for id in closes.filter_map(|command| command.id(0)) {
            self.failed.remove(&id);
        }
        let Some((id, bytes)) = line.sender().and_then(|_| self.last.take()) else { return };
        match outcome {
            Outcome::SendFail => {
                self.failed.insert(id, (out.now, bytes));
            }
            Outcome::Good(Good::SendOk) => {
                if let Some((_, failed)) = self.failed.remove(&id)
                    && !(failed.starts_with(&bytes) || bytes.starts_with(&failed))
                {
                    lost(id, &failed, out);
                }
            }
            Outcome::Good(_) | Outcome::Bad | Outcome::Unknown => {}
        }
    }
}

fn lost(id: u8, bytes: &[u8], out: &mut Out<'_>) {
    out.find(&rules::SEND_FAIL_IGNORED, format!("{} bytes for socket {id}", bytes.len()));
}
