//! What the host says.

use super::{Cx, MAX_AHEAD, MAX_PAYLOAD, Port, State, Waiting};
use crate::{
    fact::{Early, End, Fact, Flaw, Outcome, Payload},
    line::Line,
    rules,
};
use at::line::Edit;

const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;

impl Port {
    /// The host says this.
    pub(crate) fn host(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) {
        let mut rest = bytes;
        while let [byte, more @ ..] = rest {
            match &mut self.state {
                // What is said in frames is not shown, so the multiplexer is over.
                State::Wire => {
                    self.state = State::Command;
                    continue;
                }
                State::Online(_) => return self.data(cx, rest),
                State::Command => self.command_byte(cx, *byte),
                State::Waiting(_) => self.early_byte(cx, *byte),
                State::Payload(..) => self.payload_byte(cx, *byte),
            }
            rest = more;
        }
    }

    fn data(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) {
        let bytes = match (bytes, std::mem::take(&mut self.after_cr), self.host_sends_lf) {
            ([b'\n', rest @ ..], true, true) => rest,
            _ => bytes,
        };
        if bytes.is_empty() {
            return;
        }
        if let State::Online(online) = &mut self.state {
            let pluses = bytes.iter().rev().take_while(|byte| **byte == b'+').count();
            let all = pluses == bytes.len();
            online.pluses = if all { online.pluses + pluses } else { pluses };
            online.last = cx.now;
        }
        (cx.sink)(&Fact::Data(bytes));
    }

    fn command_byte(&mut self, cx: &mut Cx<'_>, byte: u8) {
        if std::mem::take(&mut self.after_cr) {
            self.host_sends_lf = byte == b'\n';
            if self.host_sends_lf {
                return;
            }
        }
        if self.editor.half_typed_since().is_none() {
            self.between(cx, byte);
        } else if byte == b'\n' && ![self.settings.cr(), self.settings.backspace()].contains(&byte) {
            (cx.sink)(&Fact::Flaw(Flaw::LfLineEnd));
        }
        // The echo is the module's business.
        let mut echo = Vec::new();
        let (_, edit) = self.editor.take(cx.now, &[byte], &self.settings, &mut echo);
        let first = self.prefix.unwrap_or(b'A');
        let body = match edit {
            Edit::More => return,
            Edit::Line => self.editor.line(),
            Edit::TooLong => {
                (cx.sink)(&Fact::Flaw(Flaw::TooLong));
                &[]
            }
        };
        let line = Line::new(body, cx.now, first == b'a');
        (self.prefix, self.after_cr) = (None, true);
        (cx.sink)(&Fact::Line(&line));
        // What S3 and S4 say holds from the answer on (V.250 6.2.1).
        line.commands.iter().filter(|command| command.sets("S")).for_each(|command| self.apply(command));
        if !line.is_probe() {
            let text = || format!("AT{}", String::from_utf8_lossy(&line.body));
            self.unheard.get_or_insert_with(|| (text(), 0)).1 += 1;
        }
        self.state = State::Waiting(Box::new(Waiting::new(line)));
    }

    /// A byte outside command lines.
    fn between(&mut self, cx: &mut Cx<'_>, byte: u8) {
        match (self.prefix.take(), byte) {
            (before, b'A' | b'a') => {
                self.prefix = Some(byte);
                if let Some(before) = before {
                    self.noise(cx, before);
                }
            }
            (Some(a), b'T' | b't') if a.is_ascii_uppercase() == byte.is_ascii_uppercase() => {
                self.prefix = Some(a);
                self.behind = None;
            }
            (Some(_), b'T' | b't') => {
                self.mixed = true;
                (cx.sink)(&Fact::Flaw(Flaw::MixedPrefix));
            }
            (Some(prefix), b'/') => {
                self.prefix = Some(prefix);
                self.behind = None;
            }
            (before, _) => {
                if let Some(before) = before {
                    self.noise(cx, before);
                }
                self.noise(cx, byte);
            }
        }
    }

    fn noise(&mut self, cx: &mut Cx<'_>, byte: u8) {
        let limit = rules::PAYLOAD_SURPLUS.time();
        match self.behind.take() {
            Some(payload) if self.draining || cx.now.since(payload.last) <= limit => {
                (cx.sink)(&Fact::Behind(&payload, byte));
                self.behind = Some(payload);
            }
            // What was meant as a line is one mistake, and without result codes nothing is certain.
            _ if self.mixed || self.settings.quiet => self.mixed &= byte != b'\r',
            _ => (cx.sink)(&Fact::Flaw(Flaw::Noise(byte))),
        }
    }

    /// A byte while a line is worked off.
    fn early_byte(&mut self, cx: &mut Cx<'_>, byte: u8) {
        let quiet = self.settings.quiet;
        let echoes = self.settings.echo;
        let State::Waiting(waiting) = &mut self.state else { return };
        let gives_up = waiting.ahead.iter().all(|byte| matches!(*byte, b'\r' | b'\n'))
            && (quiet || waiting.line.may_go_quiet() || waiting.has_had_time(cx.now, echoes));
        if gives_up {
            self.finish(cx, Outcome::Unknown);
            return self.host(cx, &[byte]);
        }
        if waiting.ahead.len() < MAX_AHEAD {
            waiting.ahead.push(byte);
        }
        if !waiting.told
            && let Some(early) = waiting.early()
        {
            waiting.told = true;
            (cx.sink)(&Fact::Early(&waiting.line, early));
        }
        if waiting.download.is_some() {
            waiting.ahead.clear();
        }
    }

    fn payload_byte(&mut self, cx: &mut Cx<'_>, byte: u8) {
        let echoes = self.settings.echo && cx.options.payload_echo;
        let State::Payload(_, payload) = &mut self.state else { return };
        if std::mem::take(&mut self.after_cr) && byte == b'\n' {
            (cx.sink)(&Fact::Flaw(Flaw::LfBeforePayload));
            if self.host_sends_lf {
                return;
            }
        }
        if cx.now.since(payload.last) >= rules::PAYLOAD_SHORT.time() {
            payload.paused_at = Some(payload.count);
        }
        payload.last = cx.now;
        payload.end = match (payload.announced, byte) {
            (None, CTRL_Z) => Some(End::CtrlZ),
            (None, ESC) => Some(End::Esc),
            _ => None,
        };
        if payload.end.is_none() {
            payload.count += 1;
            if payload.bytes.len() < MAX_PAYLOAD {
                payload.bytes.push(byte);
            }
            if echoes && payload.command.is_send() {
                self.echo_due += 1;
                payload.echoed = true;
            }
            if payload.announced == Some(payload.count) {
                payload.end = Some(End::Length);
            }
        }
        if payload.end.is_some() {
            self.payload_done(cx);
        }
    }

    fn payload_done(&mut self, cx: &mut Cx<'_>) {
        match std::mem::take(&mut self.state) {
            State::Payload(mut waiting, payload) => {
                (cx.sink)(&Fact::Payload(&payload));
                waiting.payload = Some(*payload);
                waiting.line.at = cx.now;
                self.state = State::Waiting(waiting);
            }
            other => self.state = other,
        }
    }

    /// The module asks for the payload.
    pub(super) fn prompted(&mut self, cx: &mut Cx<'_>) {
        let State::Waiting(mut waiting) = std::mem::take(&mut self.state) else { return };
        let Some(command) = waiting.line.sender().cloned() else {
            self.state = State::Waiting(waiting);
            return;
        };
        self.unheard = None;
        let ahead = std::mem::take(&mut waiting.ahead);
        waiting.told = false;
        let announced = command.number(1).and_then(|n| usize::try_from(n).ok());
        let payload: Payload = super::new_payload(&command, announced, cx.now);
        self.state = State::Payload(waiting, Box::new(payload));
        self.drain(cx, &ahead);
    }
}

impl Waiting {
    /// What is too early of the bytes that have come, as soon as that is certain.
    fn early(&self) -> Option<Early> {
        // Line ends are no mistake by themselves.
        let blanks = self.ahead.iter().take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
        let view = self.ahead.get(blanks..).unwrap_or_default();
        let is_command = match view {
            [] | [b'A' | b'a'] => return None,
            [b'A', b'T' | b'/', ..] | [b'a', b't' | b'/', ..] => true,
            _ => false,
        };
        let wants_payload = self.line.sender().is_some() && self.payload.is_none();
        match (is_command, self.payload.is_some()) {
            (true, true) => Some(Early::AfterPayload),
            (true, false) => Some(Early::Command),
            (false, _) if wants_payload => Some(Early::Payload),
            (false, false) if self.line.connects().is_some() && self.download.is_none() => Some(Early::Data),
            (false, _) => None,
        }
    }
}
