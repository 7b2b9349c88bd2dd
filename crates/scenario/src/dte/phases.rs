//! What follows a prompt or `CONNECT`: the host's bytes are payload, a file or online data.

use super::line::Cmd;
use super::parser::{Parser, Result};
use super::{Item, urc};
use at::time::Instant;
use core::time::Duration;

/// Silence around `+++`, and the time it may take (1.4).
const GUARD: Duration = Duration::from_secs(1);
/// Payload after this many bytes is surplus (D16).
const MAX_PAYLOAD: usize = 1460;

impl Parser<'_> {
    /// Payload after a prompt. False when the host has not sent all of it yet.
    pub(super) fn payload(&mut self, cmds: &[Cmd]) -> Result<bool> {
        self.line_feed();
        let length =
            cmds.iter().find(|c| c.may_prompt()).and_then(|c| c.params().get(1)?.parse::<usize>().ok());
        let sent = &self.tape.sent[self.s..];
        let (payload, used) = match length {
            Some(n) => (n.min(sent.len()), n),
            None => match sent.iter().position(|b| matches!(b.byte, 0x1A | 0x1B)) {
                Some(n) => (n, n + 1),
                None => (sent.len(), sent.len() + 1),
            },
        };
        let mut echo = Vec::new();
        if self.set.payload_echo && self.set.echo == Some(true) {
            for i in self.s..self.s + payload {
                let byte = self.tape.sent[i].byte;
                match self.tape.out.get(self.p) {
                    Some(found) if *found == byte && self.caused(i) => {}
                    None => break,
                    Some(_) if echo.len() >= MAX_PAYLOAD || self.set.impatient => break,
                    Some(_) => return Err(self.wrong("not the echo of the payload")),
                }
                echo.push(byte);
                self.p += 1;
            }
        }
        let echoed = echo.len();
        if !echo.is_empty() {
            self.items.push(Item::PayloadEcho(echo));
        }
        // The module did not wait for the rest (`qisend/timeout`).
        let taken = self.tape.sent.partition_point(|b| b.after_out <= self.p).max(self.s);
        if self.set.impatient
            && taken < self.s + used
            && self.tape.out[self.p..].starts_with(&self.printed("ERROR"))
            && echoed <= taken - self.s
        {
            self.s = taken;
            return Ok(true);
        }
        if self.s + used > self.tape.sent.len() {
            return if self.p == self.tape.out.len() {
                Ok(false)
            } else {
                Err(self.wrong("inside a payload"))
            };
        }
        self.s += used;
        if self.p < self.tape.out.len() && !self.caused(self.s - 1) {
            return Err(self.wrong("an answer before the payload was complete"));
        }
        Ok(true)
    }

    /// The content of a file, in either direction. False when its answer has not come yet. `announced` is the
    /// number behind `CONNECT`.
    pub(super) fn file(&mut self, cmd: &Cmd, announced: Option<usize>) -> Result<bool> {
        match cmd.name.as_str() {
            "+QFUPL" => self.upload(cmd),
            "+QFWRITE" => self.write(cmd),
            "+QFREAD" => self.read(announced),
            _ => self.download(),
        }
    }

    /// Bytes into an open file: the report counts them, and the file.
    fn write(&mut self, cmd: &Cmd) -> Result<bool> {
        self.line_feed();
        if self.p == self.tape.out.len() {
            return Ok(false);
        }
        let length = cmd.params().get(1).and_then(|p| p.parse().ok()).unwrap_or(10240);
        let text = self.frame_text(self.set.verbose)?;
        let report = text.strip_prefix("+QFWRITE: ").and_then(|r| r.split_once(','));
        let Some((Ok(got), Ok(size))) = report.map(|(got, size)| (urc::number(got), urc::number(size)))
        else {
            return Err(self.wrong("a write ends with its report"));
        };
        if got > length || got > size || self.s + got > self.tape.sent.len() {
            return Err(self.wrong("a write of more than was sent"));
        }
        self.s += got;
        self.items.push(Item::Info(text.into_bytes()));
        Ok(true)
    }

    /// As many bytes as `CONNECT` has announced.
    fn read(&mut self, announced: Option<usize>) -> Result<bool> {
        let Some(n) = announced.or_else(|| self.digits_announce_nothing()) else {
            return Err(self.wrong("CONNECT without the number of bytes"));
        };
        if self.tape.out.len() < self.p + n {
            return Ok(false);
        }
        self.p += n;
        Ok(true)
    }

    /// With `ATV0` the number is not printed: the bytes up to the result, if it stands at the end.
    fn digits_announce_nothing(&self) -> Option<usize> {
        let rest = &self.tape.out[self.p..];
        (!self.set.verbose).then(|| rest.windows(2).position(|w| w == [b'0', self.set.s3])).flatten()
    }

    /// A file on its way down: its bytes, then a report that fits them.
    fn download(&mut self) -> Result<bool> {
        let start = self.p;
        let mark = b"+QFDWL: ";
        let rest = &self.tape.out[start..];
        for at in (0..rest.len()).filter(|at| rest[*at..].starts_with(mark)) {
            let length = if self.set.verbose { at.checked_sub(2) } else { Some(at) };
            let Some(length) = length else { continue };
            let content = rest[..length].to_vec();
            self.p = start + length;
            let text = self.frame_text(self.set.verbose)?;
            let report = text.strip_prefix("+QFDWL: ").and_then(|r| r.split_once(','));
            if report == Some((content.len().to_string().as_str(), checksum(&content).as_str())) {
                self.items.push(Item::Info(text.into_bytes()));
                return Ok(true);
            }
        }
        self.p = start;
        Err(self.wrong("a download without a report that fits it"))
    }

    /// A file on its way up. False when its answer has not come yet.
    fn upload(&mut self, cmd: &Cmd) -> Result<bool> {
        self.line_feed();
        let params = cmd.params();
        let size = params.get(1).and_then(|p| p.parse().ok()).unwrap_or(10240);
        let mut marks = 0;
        while params.get(3) == Some(&"1") && self.tape.out.get(self.p) == Some(&b'A') {
            marks += 1;
            if self.tape.sent.get(self.s + marks * 1024 - 1).is_none_or(|b| b.after_out > self.p) {
                return Err(self.wrong("an A before 1024 bytes"));
            }
            self.p += 1;
        }
        if self.p == self.tape.out.len() {
            return Ok(false);
        }
        let text = self.frame_text(self.set.verbose)?;
        let report = text.strip_prefix("+QFUPL: ").and_then(|r| r.split_once(','));
        let Some((Ok(got), sum)) = report.map(|(got, sum)| (urc::number(got), sum)) else {
            return Err(self.wrong("an upload ends with its report"));
        };
        let file: Vec<u8> = self.tape.sent.iter().skip(self.s).take(got).map(|b| b.byte).collect();
        if file.len() != got || got > size || got / 1024 < marks {
            return Err(self.wrong("an upload of more than was sent"));
        }
        if sum != checksum(&file) {
            return Err(self.wrong("a wrong checksum"));
        }
        self.s += got;
        let cancelled =
            got < size && self.tape.sent[self.s..].iter().take(3).filter(|b| b.byte == b'+').count() == 3;
        self.s += if cancelled { 3 } else { 0 };
        self.items.push(Item::Info(text.into_bytes()));
        Ok(true)
    }

    /// Online data state, up to the result that ends it.
    pub(super) fn online(&mut self) -> Result<()> {
        let connected = self.tape.came[self.p - 1].0;
        self.line_feed();
        let begin = self.p;
        let (end, result, host) = [self.escape(connected), self.dtr(), self.no_carrier()]
            .into_iter()
            .flatten()
            .min_by_key(|(end, _, _)| *end)
            .unwrap_or((self.tape.out.len(), None, self.tape.sent.len()));
        self.p = end;
        if end > begin {
            self.items.push(Item::Online(self.tape.out[begin..end].to_vec()));
        }
        if let Some(words) = result {
            self.p += self.printed(words).len();
            self.items.push(Item::Result(words.into()));
        }
        self.s = host;
        self.after_cr = false;
        Ok(())
    }

    /// `+++` between two guard times: where its `OK` stands, and the host's bytes up to it.
    fn escape(&self, connected: Instant) -> Option<(usize, Option<&'static str>, usize)> {
        let sent = &self.tape.sent;
        let is_escape = |i: &usize| {
            let before = if *i == self.s { connected } else { sent[i - 1].at.max(connected) };
            sent[*i..i + 3].iter().all(|b| b.byte == b'+')
                && sent[*i].at - before >= GUARD
                && sent[i + 2].at - sent[*i].at <= GUARD
                && sent.get(i + 3).is_none_or(|next| next.at - sent[i + 2].at >= GUARD)
        };
        let first = (self.s..sent.len().saturating_sub(2)).find(is_escape)?;
        let due = sent[first + 2].at + GUARD;
        let from = self.tape.came.partition_point(|(at, _)| *at < due).max(self.p);
        let ok = self.printed("OK");
        let at = (from..self.tape.out.len()).find(|i| self.tape.out[*i..].starts_with(&ok))?;
        Some((at, Some("OK"), first + 3))
    }

    /// DTR went off and the module took it as the end of data state, at once.
    fn dtr(&self) -> Option<(usize, Option<&'static str>, usize)> {
        self.tape.dtr_off.iter().filter(|(_, _, out)| *out >= self.p).find_map(|(time, host, out)| {
            let next = self.tape.sent.get(*host);
            let at_once = self.tape.came.get(*out).is_some_and(|(came, _)| came == time)
                && next.is_none_or(|byte| byte.after_out > *out);
            let ends = |words: &&str| at_once && self.tape.out[*out..].starts_with(&self.printed(words));
            let words = ["OK", "NO CARRIER"].into_iter().find(ends)?;
            Some((*out, Some(words), *host))
        })
    }

    /// `NO CARRIER` at the end of a write, or before the unsolicited codes that have waited for it.
    fn no_carrier(&self) -> Option<(usize, Option<&'static str>, usize)> {
        let printed = self.printed("NO CARRIER");
        let (out, came) = (&self.tape.out, &self.tape.came);
        let at = (self.p..out.len()).find(|i| {
            let behind = i + printed.len();
            let ends_write = || came.get(behind).is_none_or(|(_, write)| *write != came[*i].1);
            let urc = if self.set.verbose { &[self.set.s3, self.set.s4, b'+', b'Q'][..] } else { b"+Q" };
            out[*i..].starts_with(&printed) && (ends_write() || out[behind..].starts_with(urc))
        })?;
        Some((at, Some("NO CARRIER"), self.tape.sent.partition_point(|b| b.after_out <= at).max(self.s)))
    }

    fn printed(&self, words: &str) -> Vec<u8> {
        match (self.set.verbose, words) {
            (true, _) => {
                [&[self.set.s3, self.set.s4], words.as_bytes(), &[self.set.s3, self.set.s4]].concat()
            }
            (false, "OK") => vec![b'0', self.set.s3],
            (false, "ERROR") => vec![b'4', self.set.s3],
            (false, _) => vec![b'3', self.set.s3],
        }
    }

    /// A host that sends CR LF: the LF belongs to the line, not to what follows (D30).
    fn line_feed(&mut self) {
        let is_lf = self.tape.sent.get(self.s).is_some_and(|b| b.byte == b'\n');
        if std::mem::take(&mut self.after_cr) && is_lf && self.set.sends_lf {
            self.s += 1;
        }
    }
}

/// The checksum of an upload: 16-bit XOR over big-endian pairs, an odd last byte as the high one.
fn checksum(bytes: &[u8]) -> String {
    let pair = |p: &[u8]| u16::from_be_bytes([p[0], p.get(1).copied().unwrap_or(0)]);
    format!("{:04x}", bytes.chunks(2).fold(0, |sum, p| sum ^ pair(p)))
}
