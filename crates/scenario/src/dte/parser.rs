//! Reads one host's stay at a port: command state, from echo to final result. Payload, upload and online data
//! state are in [`super::phases`].

use super::line::{Cmd, Settings, commands};
use super::tape::Tape;
use super::{Complaint, Item, urc};
use at::time::Instant;
use core::time::Duration;

/// A port in hand: output read up to `p`, the host's bytes understood up to `s`.
pub(super) struct Parser<'a> {
    pub(super) tape: &'a Tape,
    pub(super) set: &'a mut Settings,
    pub(super) items: &'a mut Vec<Item>,
    pub(super) p: usize,
    pub(super) s: usize,
    /// The byte understood last was the CR of a command line.
    pub(super) after_cr: bool,
    /// The body that `A/` repeats.
    last_body: String,
}

/// A command line among the host's bytes.
struct Line {
    start: usize,
    /// Behind its last byte.
    end: usize,
    complete: bool,
    /// What its echo looks like: the byte, and the host's byte that causes it.
    echo: Vec<(u8, usize)>,
    body: String,
}

/// The longest line that is executed.
const MAX_LINE: usize = 4096;
/// Half a line keeps unsolicited codes back this long (D21).
const HOLD: Duration = Duration::from_secs(2);

pub(super) type Result<T> = core::result::Result<T, Complaint>;

impl<'a> Parser<'a> {
    pub(super) fn new(tape: &'a Tape, set: &'a mut Settings, items: &'a mut Vec<Item>) -> Parser<'a> {
        Parser { tape, set, items, p: 0, s: 0, after_cr: false, last_body: String::new() }
    }

    /// Reads everything. True when a command line waits for its result. `owed`: the host before this one left
    /// while its command was executed, so its result may come first.
    pub(super) fn run(&mut self, owed: bool) -> Result<bool> {
        if owed && let Some(words) = self.result(self.set.verbose) {
            self.items.push(Item::Result(words));
        }
        while self.p < self.tape.out.len() {
            if !self.command_state()? {
                return Ok(true);
            }
        }
        Ok(self.next_line().is_some_and(|line| line.complete) && !self.set.quiet)
    }

    /// In command state, with output waiting. False when the output ends inside a response.
    fn command_state(&mut self) -> Result<bool> {
        if self.power_code()? {
            return Ok(true);
        }
        let line = self.next_line();
        let starts_echo = matches!(self.tape.out[self.p], b'A' | b'a');
        match (line, self.set.echo) {
            (Some(line), Some(true) | None) if starts_echo => {
                self.set.echo = Some(true);
                self.echoed_line(&line)
            }
            (None, Some(true) | None) if starts_echo => {
                Err(self.wrong("echo of a line that the host did not send"))
            }
            (Some(line), Some(false) | None)
                if line.complete && self.caused(line.end - 1) && !self.at_urc(&line) =>
            {
                self.set.echo = Some(false);
                self.answer(&line)
            }
            _ => self.urc().map(|()| true),
        }
    }

    /// `RDY` and `POWERED DOWN`: what was sent before them has not been heard.
    fn power_code(&mut self) -> Result<bool> {
        let begin = self.p;
        if !matches!(self.frame_text(true).as_deref(), Ok("RDY" | "POWERED DOWN")) {
            self.p = begin;
            return Ok(false);
        }
        self.p = begin;
        self.urc()?;
        while self.tape.sent.get(self.s).is_some_and(|sent| sent.after_out <= begin) {
            self.s += 1;
        }
        // A stored profile may be anything; the next line will tell.
        *self.set = Settings { echo: None, sends_lf: self.set.sends_lf, ..Settings::default() };
        Ok(true)
    }

    fn echoed_line(&mut self, line: &Line) -> Result<bool> {
        let began = self.tape.sent[line.start].at;
        let mut echoed = Vec::new();
        for (byte, cause) in &line.echo {
            self.held_back_urcs(began, |p| p.tape.out[p.p] == *byte && p.caused(*cause))?;
            if self.p == self.tape.out.len() {
                return Ok(!line.complete);
            }
            echoed.push(*byte);
            self.p += 1;
        }
        if !line.complete {
            self.held_back_urcs(began, |_| false)?;
            return Ok(true);
        }
        self.items.push(Item::Echo(echoed));
        self.answer(line)
    }

    /// Unsolicited codes inside a half-typed line: none before it is 2 s old (D21).
    fn held_back_urcs(&mut self, began: Instant, echo_goes_on: impl Fn(&Self) -> bool) -> Result<()> {
        while self.p < self.tape.out.len() && !echo_goes_on(self) {
            if !self.starts_frame() || self.tape.came[self.p].0 - began < HOLD {
                return Err(self.wrong("not the echo of what the host sent"));
            }
            self.urc()?;
        }
        Ok(())
    }

    /// The next command line among the host's bytes; what starts none is skipped (D33).
    fn next_line(&mut self) -> Option<Line> {
        let sent = &self.tape.sent;
        if self.after_cr
            && let Some(next) = sent.get(self.s)
        {
            self.set.sends_lf = next.byte == b'\n';
            self.after_cr = false;
        }
        let byte = |i: usize| sent.get(i).map(|s| s.byte);
        let start = (self.s..sent.len()).find(|i| {
            matches!(
                (byte(*i), byte(i + 1)),
                (Some(b'A'), Some(b'T')) | (Some(b'a'), Some(b't')) | (Some(b'A' | b'a'), Some(b'/'))
            )
        })?;
        let mut echo = vec![(sent[start].byte, start), (sent[start + 1].byte, start + 1)];
        if byte(start + 1) == Some(b'/') {
            return Some(Line { start, end: start + 2, complete: true, echo, body: self.last_body.clone() });
        }
        let mut body = Vec::new();
        let mut too_long = false;
        for (i, sent) in sent.iter().enumerate().skip(start + 2) {
            match sent.byte {
                b if b == self.set.s3 => {
                    echo.push((b, i));
                    let body =
                        if too_long { "?".into() } else { String::from_utf8_lossy(&body).into_owned() };
                    return Some(Line { start, end: i + 1, complete: true, echo, body });
                }
                b if b == self.set.s5 && !too_long => {
                    if body.pop().is_some() {
                        echo.extend([(b, i), (b' ', i), (b, i)]);
                    }
                }
                0..=0x1F | 0x7F => {}
                b => {
                    echo.push((b, i));
                    body.push(b);
                    too_long |= body.len() + 2 > MAX_LINE;
                }
            }
        }
        Some(Line { start, end: sent.len(), complete: false, echo, body: String::new() })
    }

    /// Everything from behind the echo to the final result. False when the output ends before it.
    fn answer(&mut self, line: &Line) -> Result<bool> {
        self.s = line.end;
        self.after_cr = self.tape.sent[line.end - 1].byte == self.set.s3;
        self.last_body.clone_from(&line.body);
        let cmds = commands(&line.body);
        let may_be_quiet = self.set.quiet || cmds.iter().any(|c| c.name == "Q" || c.name == "Z");
        self.set.take_line_ends(&cmds, self.tape.out.get(self.p..self.p + 2));
        let mut group = self.p;
        loop {
            if self.p == self.tape.out.len() {
                return Ok(may_be_quiet);
            }
            let prompt: &[u8] = if self.set.prompt_line { b"\r\n>\r\n" } else { b"\r\n> " };
            if cmds.iter().any(Cmd::may_prompt) && self.tape.out[self.p..].starts_with(prompt) {
                self.p += prompt.len();
                self.one_write(group, "prompt")?;
                self.items.push(Item::Prompt);
                if !self.payload(&cmds)? {
                    return Ok(false);
                }
                group = self.p;
                continue;
            }
            let begin = self.p;
            let framed = match cmds.iter().any(Cmd::sets_form) {
                true => self.at_line_end(),
                false => self.set.verbose,
            };
            if let Some(text) = self.result(framed) {
                self.one_write(group, "response")?;
                if text == "CONNECT" || text.starts_with("CONNECT ") {
                    if !cmds.iter().any(Cmd::may_connect) {
                        return Err(self.wrong_at(begin, "CONNECT that nobody asked for"));
                    }
                    let announced = text.strip_prefix("CONNECT ").and_then(|n| n.parse().ok());
                    self.items.push(Item::Result(text));
                    match cmds.iter().find(|c| c.moves_file()) {
                        Some(cmd) => {
                            if !self.file(cmd, announced)? {
                                return Ok(false);
                            }
                            group = self.p;
                            continue;
                        }
                        None => return self.online().map(|()| true),
                    }
                }
                if text == "NO CARRIER" && !cmds.iter().any(|c| ["O", "D", "A"].contains(&c.name.as_str())) {
                    return Err(self.wrong_at(begin, "NO CARRIER without a call"));
                }
                if cmds.iter().any(Cmd::sets_form) {
                    self.set.verbose = framed;
                    self.set.quiet = false;
                }
                match text.as_str() {
                    "OK" => self.set.apply(&cmds),
                    _ => self.set.apply_failed(&cmds),
                }
                self.items.push(Item::Result(text));
                return Ok(true);
            }
            if may_be_quiet && self.next_line_begins() {
                self.set.apply(&cmds);
                return Ok(true);
            }
            if let Some((header, data)) = self.joined(begin) {
                self.items.push(Item::InfoData(header, data));
                continue;
            }
            let text = self.frame_text(framed)?;
            let belongs = cmds.iter().any(|cmd| cmd.answers_with(&text)) && !urc::is_unsolicited(&text);
            if !belongs && may_be_quiet {
                self.p = begin;
                self.set.apply(&cmds);
                return Ok(true);
            }
            if !belongs {
                return Err(self.wrong_at(begin, "no answer to the command in hand"));
            }
            self.info(text)?;
            while self.p < self.tape.out.len() && framed && !self.at_line_end() && !self.next_line_begins() {
                let text = self.rest_of_line()?;
                if !cmds.iter().any(|cmd| cmd.answers_with(&text)) {
                    return Err(self.wrong("no answer to the command in hand"));
                }
                self.info(text)?;
            }
        }
    }

    /// With `viewmode` 1, a header with its data behind a comma, which may be any bytes, if one begins at `begin`.
    fn joined(&mut self, begin: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        const HEADERS: [&str; 4] = ["+QIRD: ", "+QSSLRECV: ", "+QIURC: \"recv\",", "+QSSLURC: \"recv\","];
        let from = begin + if self.set.verbose { 2 } else { 0 };
        let line = self.tape.out.get(from..).filter(|_| self.set.comma)?;
        let head = HEADERS.iter().find(|head| line.starts_with(head.as_bytes()))?;
        let mut fields = line[head.len()..].splitn(6, |b| *b == b',');
        let number =
            |field: Option<&[u8]>| Some((field?.len(), urc::number(str::from_utf8(field?).ok()?).ok()?));
        // The id of an unsolicited code, the length, and the sender's address and port.
        let before = if head.ends_with(',') { number(fields.next())?.0 + 1 } else { 0 };
        let (digits, n) = number(fields.next())?;
        let n = n * if self.set.hex { 2 } else { 1 };
        let data = head.len() + before + digits + 1;
        let sender = data + fields.next()?.len() + 1 + fields.next().map_or(0, |port| port.len() + 1);
        let end = [self.set.s3, self.set.s4];
        let starts = [data, sender].into_iter().filter(|at| *at == data || line.get(data) == Some(&b'"'));
        let at = starts.into_iter().find(|at| line.get(at + n..at + n + 2) == Some(&end))?;
        let (header, data) = (line[..at - 1].to_vec(), line[at..at + n].to_vec());
        self.p = from + at + n + 2;
        Some((header, data))
    }

    /// Do so many bytes and a line end stand here, in one write with what began at `begin` (D31)?
    fn announces(&self, begin: usize, n: usize) -> bool {
        let n = if self.set.hex { 2 * n } else { n };
        let end = [self.set.s3, self.set.s4];
        let starts_frame = self.at_line_end() || self.p == self.tape.out.len();
        let is_one = self.tape.came.get(self.p).map(|(_, write)| write)
            == self.tape.came.get(begin).map(|(_, write)| write);
        !starts_frame && is_one && self.tape.out.get(self.p + n..self.p + n + 2) == Some(&end)
    }

    /// A line of information text has been read; takes the data that it announces.
    fn info(&mut self, text: String) -> Result<()> {
        let read = text.strip_prefix("+QSSLRECV: ").or_else(|| text.strip_prefix("+QIRD: "));
        // Behind the length of a UDP service stands its sender.
        let length = read.map(|rest| rest.split_once(",\"").map_or(rest, |(length, _)| length));
        match length.map(urc::number) {
            Some(Ok(n @ 1..)) => {
                let data = self.data(n)?;
                self.items.push(Item::InfoData(text.into_bytes(), data));
            }
            _ => self.items.push(Item::Info(text.into_bytes())),
        }
        Ok(())
    }

    /// A result code, in words, if one stands here.
    fn result(&mut self, framed: bool) -> Option<String> {
        let begin = self.p;
        let words = match self.digits_result(framed) {
            Some(words) => Some(words.to_string()),
            None => self.frame_text(framed).ok().filter(|text| {
                let known = ["OK", "ERROR", "CONNECT", "NO CARRIER", "SEND OK", "SEND FAIL"];
                framed && (known.contains(&text.as_str()) || text.starts_with("CONNECT "))
                    || text.starts_with("+CME ERROR: ")
            }),
        };
        if words.is_none() {
            self.p = begin;
        }
        words
    }

    /// A result code of `ATV0`: digits and S3. What follows may be S4, as online data; no information text is
    /// one or two digits.
    fn digits_result(&mut self, framed: bool) -> Option<&'static str> {
        let rest = &self.tape.out[self.p..];
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if framed || rest.get(digits) != Some(&self.set.s3) {
            return None;
        }
        let words = match &rest[..digits] {
            b"0" => "OK",
            b"1" => "CONNECT",
            b"3" => "NO CARRIER",
            b"4" => "ERROR",
            b"17" => "SEND OK",
            b"18" => "SEND FAIL",
            _ => return None,
        };
        self.p += digits + 1;
        Some(words)
    }

    /// An unsolicited result code has to stand here.
    pub(super) fn urc(&mut self) -> Result<()> {
        let begin = self.p;
        if let Some((header, data)) = self.joined(begin) {
            self.items.push(Item::UrcData(header, data));
            return self.one_write(begin, "URC");
        }
        let text = self.frame_text(self.set.verbose)?;
        match urc::check(&text) {
            Err(why) => Err(self.wrong_at(begin, &why)),
            // The length of a notice, and no data behind it.
            Ok(Some(n)) if self.set.notice_length && !self.announces(begin, n) => {
                self.items.push(Item::Urc(text.into_bytes()));
                self.one_write(begin, "URC")
            }
            Ok(None) => {
                self.items.push(Item::Urc(text.into_bytes()));
                self.one_write(begin, "URC")
            }
            Ok(Some(n)) if n > urc::MAX_FRAME => Err(self.wrong_at(begin, &format!("a frame of {n} bytes"))),
            Ok(Some(n)) => {
                let data = self.data(n)?;
                self.items.push(Item::UrcData(text.into_bytes(), data));
                self.one_write(begin, "URC")
            }
        }
    }

    /// With echo off: does an unsolicited code stand here, before the answer to `line`?
    fn at_urc(&mut self, line: &Line) -> bool {
        let begin = self.p;
        if let Some((header, _)) = self.joined(begin) {
            self.p = begin;
            return urc::is_unsolicited(&String::from_utf8_lossy(&header));
        }
        let text = self.frame_text(self.set.verbose).unwrap_or_default();
        self.p = begin;
        let is_answer = commands(&line.body).iter().any(|c| c.answers_with(&text));
        urc::check(&text).is_ok() && !is_answer
    }

    /// The text of the frame that has to begin here, up to and with its line end.
    pub(super) fn frame_text(&mut self, framed: bool) -> Result<String> {
        if framed {
            if !self.at_line_end() {
                return Err(self.wrong("a frame begins with CR LF"));
            }
            self.p += 2;
        }
        self.rest_of_line()
    }

    fn rest_of_line(&mut self) -> Result<String> {
        let end = [self.set.s3, self.set.s4];
        let rest = &self.tape.out[self.p..];
        let Some(n) = rest.windows(2).position(|w| w == end) else {
            return Err(self.wrong("a frame without its end"));
        };
        let text = String::from_utf8_lossy(&rest[..n]).into_owned();
        if text.is_empty() || text.bytes().any(|b| b < 0x20) {
            return Err(self.wrong("a line that is empty or holds control characters"));
        }
        self.p += n + 2;
        Ok(text)
    }

    /// `n` raw bytes and the line end behind them.
    fn data(&mut self, n: usize) -> Result<Vec<u8>> {
        let n = if self.set.hex { 2 * n } else { n };
        let end = [self.set.s3, self.set.s4];
        let rest = &self.tape.out[self.p..];
        if rest.len() < n + 2 || rest[n..n + 2] != end {
            return Err(self.wrong("the data is not as long as announced"));
        }
        let data = rest[..n].to_vec();
        self.p += n + 2;
        Ok(data)
    }

    fn starts_frame(&self) -> bool {
        if self.set.verbose { self.at_line_end() } else { self.tape.out[self.p..].starts_with(b"+") }
    }

    fn at_line_end(&self) -> bool {
        self.tape.out[self.p..].starts_with(&[self.set.s3, self.set.s4])
    }

    /// The echo of a command line stands here.
    fn next_line_begins(&self) -> bool {
        self.set.echo != Some(false) && matches!(self.tape.out[self.p], b'A' | b'a')
    }

    /// Was the host's byte sent before the output that is read now?
    pub(super) fn caused(&self, sent: usize) -> bool {
        self.tape.sent[sent].after_out <= self.p
    }

    /// Everything from `begin` on left the module in one write (D31).
    fn one_write(&self, begin: usize, what: &str) -> Result<()> {
        let writes = &self.tape.came[begin..self.p];
        match writes.iter().all(|(_, write)| Some(*write) == writes.first().map(|(_, w)| *w)) {
            true => Ok(()),
            false => Err(self.wrong_at(begin, &format!("a {what} in several writes"))),
        }
    }

    pub(super) fn wrong(&self, what: &str) -> Complaint {
        self.wrong_at(self.p, what)
    }

    fn wrong_at(&self, at: usize, what: &str) -> Complaint {
        let out = &self.tape.out;
        let before = out[at.saturating_sub(40)..at].escape_ascii();
        let after = out[at..out.len().min(at + 80)].escape_ascii();
        Complaint { at, what: what.into(), excerpt: format!("`{before}` | `{after}`") }
    }
}
