//! What the module says.

use super::{Cx, Online, Port, State};
use crate::fact::{Fact, Good, Outcome};
use std::time::Duration;

/// Bytes of a line that are kept; what is longer is no line that means anything here.
const MAX_TEXT: usize = 1024;
/// The most that a module can have to say in one piece: its file system (D27).
const MAX_DATA: usize = 286_720;
/// The longest end of transparent mode.
const MAX_END: usize = b"\r\nNO CARRIER\r\n".len();
/// Silence behind `+++` that makes it an escape, with something off for clocks that are read one after the other.
const GUARD: Duration = Duration::from_millis(950);

impl Port {
    /// The module says this.
    pub(crate) fn module(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) {
        if std::mem::take(&mut self.gap) && matches!(self.state, State::Waiting(_) | State::Payload(..)) {
            // What was left out ended the command.
            self.finish(cx, Outcome::Unknown);
        }
        let mut rest = bytes;
        while let [byte, more @ ..] = rest {
            match &mut self.state {
                State::Wire => {
                    self.state = State::Command;
                    continue;
                }
                State::Online(online) => {
                    let (used, end) = online.take(cx.now, rest, self.settings.verbose);
                    rest = rest.get(used..).unwrap_or_default();
                    if let Some(end) = end {
                        self.went_offline(cx, end);
                    }
                    continue;
                }
                State::Command | State::Waiting(_) | State::Payload(..) => self.output_byte(cx, *byte),
            }
            rest = more;
        }
    }

    /// So many bytes of the module are not in the trace.
    pub(crate) fn module_hidden(&mut self) {
        if !matches!(self.state, State::Online(_) | State::Wire) {
            self.gap = true;
            (self.skip, self.skip_next, self.echo_due) = (0, 0, 0);
            self.text.clear();
        }
    }

    fn went_offline(&mut self, cx: &mut Cx<'_>, end: OnlineEnd) {
        let State::Online(online) = std::mem::take(&mut self.state) else { return };
        (self.text, self.skip, self.skip_next) = (Vec::new(), 0, 0);
        match end {
            OnlineEnd::Ok => (cx.sink)(&Fact::Escaped),
            OnlineEnd::Restart => {
                self.restarted(cx);
                (cx.sink)(&Fact::NoCarrier { client: online.client, by_dtr: true });
                (cx.sink)(&Fact::Urc("RDY"));
            }
            OnlineEnd::NoCarrier => {
                (cx.sink)(&Fact::Words("NO CARRIER"));
                (cx.sink)(&Fact::NoCarrier { client: online.client, by_dtr: online.dtr_off });
            }
        }
    }

    fn output_byte(&mut self, cx: &mut Cx<'_>, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if self.echo_due > 0 {
            self.echo_due -= 1;
            return;
        }
        if let State::Waiting(waiting) = &mut self.state
            && let Some(count) = &mut waiting.download
        {
            *count += 1;
        }
        let (cr, lf) = (self.settings.cr(), self.settings.lf());
        if byte == cr || byte == lf {
            let text = std::mem::take(&mut self.text);
            if !text.is_empty() {
                self.output_line(cx, &String::from_utf8_lossy(&text));
            }
            if byte == lf {
                self.skip = std::mem::take(&mut self.skip_next);
            }
            return;
        }
        if byte == b',' && cx.options.comma && self.skip_next == 0 {
            let text = String::from_utf8_lossy(&self.text).into_owned();
            let data = self.data_behind(cx, &text);
            if data > 0 {
                self.text.clear();
                self.output_line(cx, &text);
                (self.skip, self.skip_next) = (data, 0);
                return;
            }
        }
        self.text.push(byte);
        if self.text.len() > 2 * MAX_TEXT {
            self.text.drain(..MAX_TEXT);
        }
        if self.text == b"> " && self.wants_payload() {
            self.text.clear();
            self.prompted(cx);
        }
    }

    fn wants_payload(&self) -> bool {
        matches!(&self.state, State::Waiting(waiting) if waiting.line.sender().is_some() && waiting.payload.is_none())
    }

    fn output_line(&mut self, cx: &mut Cx<'_>, text: &str) {
        if self.download_goes_on(text) {
            return;
        }
        if let "RDY" | "POWERED DOWN" = text {
            self.restarted(cx);
            return (cx.sink)(&Fact::Urc(text));
        }
        let sets_form = match &mut self.state {
            State::Waiting(waiting) if is_echo(text) => {
                waiting.echoed = true;
                self.settings.echo = true;
                self.unheard = None;
                return;
            }
            State::Waiting(waiting) | State::Payload(waiting, _) => waiting.line.sets_form(),
            State::Command => return self.unsolicited(cx, text),
            State::Online(_) | State::Wire => return,
        };
        if text == ">" && self.wants_payload() {
            return self.prompted(cx);
        }
        if let Some((words, outcome)) = result(text, !self.settings.verbose || self.form_unknown || sets_form)
        {
            (cx.sink)(&Fact::Words(words));
            self.skip_next = self.data_behind(cx, text);
            return self.finish(cx, outcome);
        }
        let is_solicited = match &self.state {
            State::Waiting(waiting) | State::Payload(waiting, _) => {
                let name = text.split(':').next().unwrap_or_default();
                let is_urc = ["+QSSLURC", "+QIURC"].contains(&name);
                !name.starts_with('+') || waiting.line.commands.iter().any(|c| c.name() == name) && !is_urc
            }
            _ => false,
        };
        if !is_solicited {
            return self.unsolicited(cx, text);
        }
        self.skip_next = self.data_behind(cx, text);
        if let State::Waiting(waiting) | State::Payload(waiting, _) = &self.state {
            (cx.sink)(&Fact::Info(&waiting.line, text));
        }
    }

    fn unsolicited(&mut self, cx: &mut Cx<'_>, text: &str) {
        // Echo of a line that is not complete, or what is left of one.
        if !text.starts_with('+') {
            return;
        }
        cx.options.incoming(text);
        self.skip_next = self.data_behind(cx, text);
        (cx.sink)(&Fact::Urc(text));
        let mut fields = text.strip_prefix("+QIURC: \"recv\",").unwrap_or_default().split(',');
        let (id, length) = (fields.next().map(str::parse), fields.next().map(str::parse));
        if let (Some(Ok(id)), Some(Ok(length)), 0) = (id, length, self.skip_next) {
            (cx.sink)(&Fact::Announced(id, length));
        }
    }

    /// The content of a file is skipped up to the report that fits it.
    fn download_goes_on(&mut self, text: &str) -> bool {
        let State::Waiting(waiting) = &mut self.state else { return false };
        let Some(count) = waiting.download else { return false };
        // Counted are LF behind CONNECT, the content, CR LF, the report, and CR; without words the content, the report,
        // and CR.
        let report = text.rfind("+QFDWL: ").and_then(|at| text.get(at..)).unwrap_or_default();
        let around = if self.settings.verbose { 4 } else { 1 };
        let size = report.strip_prefix("+QFDWL: ").and_then(|rest| rest.split(',').next());
        let size = size.and_then(|size| size.parse::<usize>().ok());
        if size.and_then(|size| size.checked_add(report.len() + around)) == Some(count) {
            waiting.download = None;
        }
        true
    }

    /// How many raw bytes follow this line.
    fn data_behind(&self, cx: &Cx<'_>, text: &str) -> usize {
        let times = if cx.options.hex { 2 } else { 1 };
        if let Some(length) = text.strip_prefix("CONNECT ") {
            return length.parse::<usize>().unwrap_or_default().min(MAX_DATA);
        }
        let recv =
            text.strip_prefix("+QSSLURC: \"recv\",").or_else(|| text.strip_prefix("+QIURC: \"recv\","));
        if let Some(rest) = recv {
            let mut fields = rest.split(',');
            let id = fields.next().and_then(|id| id.parse::<usize>().ok());
            let is_push = id.and_then(|id| cx.options.modes.get(id)).is_some_and(|mode| *mode == 1);
            let length = fields.next().filter(|_| is_push).and_then(|n| n.parse::<usize>().ok());
            return length.unwrap_or_default().min(MAX_DATA) * times;
        }
        let read = text.strip_prefix("+QSSLRECV: ").or_else(|| text.strip_prefix("+QIRD: "));
        let mut fields = read.unwrap_or_default().split(',');
        let length = fields.next().and_then(|n| n.parse::<usize>().ok()).unwrap_or_default();
        // Counts are three numbers, and no data follow them.
        if fields.next().is_some_and(|field| !field.starts_with('"')) {
            0
        } else {
            length.min(MAX_DATA) * times
        }
    }
}

/// How transparent mode ends.
#[derive(Clone, Copy, Debug)]
enum OnlineEnd {
    Ok,
    NoCarrier,
    Restart,
}

impl Online {
    /// Takes data up to the end of transparent mode: how many bytes, and which end.
    fn take(&mut self, now: at::time::Instant, bytes: &[u8], verbose: bool) -> (usize, Option<OnlineEnd>) {
        let escaped = self.pluses == 3 && now.since(self.last) >= GUARD;
        if !(escaped || self.ended || self.dtr_off || self.urc_due) {
            let start = bytes.len().saturating_sub(MAX_END);
            self.tail.extend_from_slice(bytes.get(start..).unwrap_or_default());
            self.tail.drain(..self.tail.len().saturating_sub(MAX_END));
            return (bytes.len(), None);
        }
        let (ok, no_carrier): (&[u8], &[u8]) =
            if verbose { (b"\r\nOK\r\n", b"\r\nNO CARRIER\r\n") } else { (b"0\r", b"3\r") };
        for (i, byte) in bytes.iter().enumerate() {
            self.tail.push(*byte);
            if (escaped || self.dtr_off) && self.tail.ends_with(ok) {
                return (i + 1, Some(OnlineEnd::Ok));
            }
            if (self.ended || self.dtr_off) && self.tail.ends_with(no_carrier) {
                return (i + 1, Some(OnlineEnd::NoCarrier));
            }
            if self.urc_due && self.tail.ends_with(b"\r\nRDY\r\n") {
                return (i + 1, Some(OnlineEnd::Restart));
            }
        }
        self.tail.drain(..self.tail.len().saturating_sub(MAX_END));
        (bytes.len(), None)
    }
}

/// Is it a command line that comes back?
fn is_echo(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A', b'T' | b'/', ..] | [b'a', b't' | b'/', ..])
}

/// The result code that a line is, in words.
fn result(text: &str, digits: bool) -> Option<(&str, Outcome)> {
    let outcome = match text {
        "OK" => Outcome::Good(Good::Ok),
        "SEND OK" => Outcome::Good(Good::SendOk),
        "SEND FAIL" => Outcome::SendFail,
        "ERROR" | "NO CARRIER" => Outcome::Bad,
        "CONNECT" => Outcome::Good(Good::Connect),
        _ if text.starts_with("CONNECT ") => return Some(("CONNECT", Outcome::Good(Good::Connect))),
        _ if text.starts_with("+CME ERROR: ") => Outcome::Bad,
        "0" if digits => return Some(("OK", Outcome::Good(Good::Ok))),
        "1" if digits => return Some(("CONNECT", Outcome::Good(Good::Connect))),
        "3" if digits => return Some(("NO CARRIER", Outcome::Bad)),
        "4" if digits => return Some(("ERROR", Outcome::Bad)),
        "17" if digits => return Some(("SEND OK", Outcome::Good(Good::SendOk))),
        "18" if digits => return Some(("SEND FAIL", Outcome::SendFail)),
        _ => return None,
    };
    Some((text, outcome))
}
