//! What of a port's bytes nobody but host and module should see.
//!
//! Both directions are followed byte by byte, because a host may type a PIN one digit at a time and the module echoes it.
//! Values of secret parameters become asterisks, one for each byte; the contents of files become a count. Where it
//! cannot be known whether bytes belong to such a content they are left out: nothing of the host is shown between
//! a command that takes a content and its result.

mod command;

use command::Command;
pub(crate) use command::discreet;
use module::{AtPort, OnChannel, Talk};
use std::sync::Arc;

/// What is done with secrets in what is written down of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// PINs, passwords and the contents of files are left out.
    #[default]
    Hidden,
    /// And so are data that host and servers exchange.
    HiddenWithPayload,
    /// Everything is written down.
    Shown,
}

/// What stands for the digits of PINs where a dialogue has to hold without them: at each place of a PIN another digit for
/// each. So a PIN that is right stays right and a wrong one wrong, and it tells nothing of either.
#[derive(Clone, Debug)]
pub(crate) struct Disguise([[u8; 10]; 8]);

impl Disguise {
    /// Another one for each seed.
    pub(crate) fn new(seed: [u8; 80]) -> Disguise {
        let mut places = [*b"0123456789"; 8];
        for (place, seed) in places.iter_mut().zip(seed.chunks_exact(10)) {
            for (at, byte) in seed.iter().enumerate() {
                place.swap(at, at + usize::from(*byte) % (10 - at));
            }
        }
        Disguise(places)
    }

    /// What stands for this PIN.
    pub(crate) fn pin(&self, pin: &str) -> String {
        pin.bytes().enumerate().map(|(at, byte)| char::from(self.byte(at, byte))).collect()
    }

    fn byte(&self, at: usize, byte: u8) -> u8 {
        let digit = byte.wrapping_sub(b'0');
        let place = self.0.get(at).filter(|_| byte.is_ascii_digit());
        place.and_then(|place| place.get(usize::from(digit))).copied().unwrap_or(b'*')
    }
}

/// Lines of the module behind which received data come, as many as their first number says, or the second.
const RECEIVED: &[(&str, usize)] =
    &[("+QSSLRECV:", 0), ("+QIRD:", 0), ("+QSSLURC:\"RECV\",", 1), ("+QIURC:\"RECV\",", 1)];

/// Settings with which received data look in another way.
const FORMS: &[&str] = &["+QICFG=\"VIEWMODE\",", "+QICFG=\"DATAFORMAT\",", "+QICFG=\"RECVIND\","];

/// Commands with a content behind them.
const CONTENTS: &[(&str, Content)] = &[
    ("+QFUPL=", Content::Upload),
    ("+QFWRITE=", Content::Upload),
    ("+QFDWL=", Content::Download),
    ("+QFREAD=", Content::Download),
    ("+QSSLSEND=", Content::Send),
    ("+QISEND=", Content::Send),
];

/// Lines of the module that end a content, with blanks left out.
const RESULTS: &[&str] = &["OK", "ERROR", "SENDOK", "SENDFAIL", "0", "4"];

/// Beginnings of such lines.
const RESULTS_WITH_VALUES: &[&str] = &["+CMEERROR:", "+QFUPL:", "+QFWRITE:"];

/// Bytes of a line that are looked at; everything of interest is shorter.
const LINE: usize = 32;

/// Bytes that are looked at in one go.
const STRIDE: usize = 64;

/// What follows a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// A file of the host.
    Upload,
    /// A file of the module.
    Download,
    /// Data for a connection, which the module echoes.
    Send,
}

/// A piece of what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// To be shown.
    Shown(Vec<u8>),
    /// So many bytes that are not.
    Hidden(usize),
}

/// Both directions of one port.
#[derive(Debug)]
pub(crate) struct Eyes {
    secrets: Secrets,
    host: Reader,
    module: Reader,
    content: Option<Content>,
    /// The module's side of the content has begun.
    flows: bool,
    /// Received data that come behind this line, and those that are due now.
    behind: usize,
    due: usize,
    disguise: Option<Arc<Disguise>>,
}

impl Eyes {
    pub(crate) fn new(secrets: Secrets) -> Eyes {
        let hides_payload = secrets == Secrets::HiddenWithPayload;
        let host = Reader::of_host(hides_payload);
        let module = Reader { hides_payload, ..Reader::default() };
        Eyes { secrets, host, module, content: None, flows: false, behind: 0, due: 0, disguise: None }
    }

    /// The same, with other digits in the place of PINs instead of asterisks.
    pub(crate) fn with_disguise(secrets: Secrets, disguise: Arc<Disguise>) -> Eyes {
        Eyes { disguise: Some(disguise), ..Eyes::new(secrets) }
    }

    /// A file of the host is on its way, or its result.
    pub(crate) fn uploads(&self) -> bool {
        self.content == Some(Content::Upload)
    }

    /// What may be shown of bytes that are no dialogue, or if nothing is left out.
    fn at_once(&self, talk: Talk, bytes: &[u8]) -> Option<Vec<Piece>> {
        Some(vec![match (self.secrets, talk) {
            (Secrets::Shown, _) | (Secrets::Hidden, Talk::Data) => Piece::Shown(bytes.to_vec()),
            // Frames may cut a secret into pieces; what is in them is told channel by channel.
            (Secrets::HiddenWithPayload, Talk::Data) | (_, Talk::Frames) => Piece::Hidden(bytes.len()),
            (_, Talk::Dialogue) => return None,
        }])
    }

    /// What may be shown of what the host says.
    pub(crate) fn host(&mut self, talk: Talk, bytes: &[u8]) -> Vec<Piece> {
        if let Some(all) = self.at_once(talk, bytes) {
            return all;
        }
        let mut pieces = Pieces::new(bytes.len());
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if matches!(self.content, Some(Content::Upload | Content::Send)) {
                pieces.hide(rest.len());
                break;
            }
            let (run, beyond) = rest.split_at(self.host.skim(rest));
            if !run.is_empty() {
                pieces.show(run);
                rest = beyond;
                continue;
            }
            rest = after;
            match self.host.take(*byte) {
                Seen::Plain => pieces.show(&[*byte]),
                Seen::Secret => pieces.show(&[self.host.masked(*byte, self.disguise.as_deref())]),
                Seen::LineEnd(content) => {
                    pieces.show(&[*byte]);
                    let hides_sends = self.secrets == Secrets::HiddenWithPayload;
                    let content = content.filter(|content| *content != Content::Send || hides_sends);
                    self.content = self.content.or(content);
                }
            }
        }
        pieces.done
    }

    /// What may be shown of what the module says.
    pub(crate) fn module(&mut self, talk: Talk, bytes: &[u8]) -> Vec<Piece> {
        if let Some(all) = self.at_once(talk, bytes) {
            return all;
        }
        let mut pieces = Pieces::new(bytes.len());
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if self.due > 0 {
                let (data, beyond) = rest.split_at(self.due.min(rest.len()));
                pieces.hide(data.len());
                self.due -= data.len();
                rest = beyond;
                continue;
            }
            // At the prompt of a send each byte counts.
            let calm = if self.content == Some(Content::Send) { 0 } else { self.module.skim(rest) };
            let (run, beyond) = rest.split_at(calm);
            if !run.is_empty() {
                if self.flows || self.host.has_other_forms {
                    pieces.hide(run.len())
                } else {
                    pieces.show(run)
                }
                rest = beyond;
                continue;
            }
            rest = after;
            let seen = self.module.take(*byte);
            if *byte == b'\n' {
                self.due = std::mem::take(&mut self.behind);
            } else if matches!(seen, Seen::LineEnd(_)) && self.secrets == Secrets::HiddenWithPayload {
                self.behind = received(&self.module.ended);
            }
            match (&seen, self.flows || self.host.has_other_forms) {
                (_, true) => pieces.hide(1),
                (Seen::Secret, false) => pieces.show(&[self.module.masked(*byte, self.disguise.as_deref())]),
                (Seen::Plain | Seen::LineEnd(..), false) => pieces.show(&[*byte]),
            }
            match (seen, self.content) {
                (Seen::LineEnd(_), Some(content)) => {
                    let line = self.module.ended.as_slice();
                    let is_result = RESULTS.iter().any(|result| result.as_bytes() == line)
                        || RESULTS_WITH_VALUES.iter().any(|head| line.starts_with(head.as_bytes()));
                    if is_result {
                        (self.content, self.flows) = (None, false);
                    } else if content == Content::Download && (line.starts_with(b"CONNECT") || line == b"1") {
                        self.flows = true;
                    }
                }
                // The prompt has no line end.
                (Seen::Plain, Some(Content::Send)) if *byte == b' ' && self.module.line == b">" => {
                    self.flows = true
                }
                _ => {}
            }
        }
        pieces.done
    }
}

/// The ports of the channels of a multiplexer.
#[derive(Debug)]
pub(crate) struct Channels {
    secrets: Secrets,
    eyes: Vec<(AtPort, Eyes)>,
}

impl Channels {
    pub(crate) fn new(secrets: Secrets) -> Channels {
        Channels { secrets, eyes: Vec::new() }
    }

    /// Those that follow a channel, to which this happens. Who opens it begins anew.
    pub(crate) fn eyes(&mut self, port: AtPort, what: &OnChannel) -> &mut Eyes {
        let known = self.eyes.iter().position(|(known, _)| *known == port);
        let at = known.unwrap_or(self.eyes.len());
        if known.is_none() {
            self.eyes.push((port, Eyes::new(self.secrets)));
        }
        let (_, eyes) = &mut self.eyes[at];
        if matches!(what, OnChannel::Opened) {
            *eyes = Eyes::new(self.secrets);
        }
        eyes
    }
}

/// How many received bytes come behind a line of the module.
fn received(line: &[u8]) -> usize {
    let line = str::from_utf8(line).unwrap_or_default();
    let fields = RECEIVED.iter().find_map(|(head, at)| Some((line.strip_prefix(head)?, *at)));
    let Some((fields, at)) = fields else { return 0 };
    let fields: Vec<_> = fields.split(',').map(|field| field.parse::<usize>().ok()).collect();
    match fields.as_slice() {
        // How much has come and been read: no data follow.
        [Some(_), Some(_), Some(_)] => 0,
        fields => fields.get(at).copied().flatten().unwrap_or(0),
    }
}

/// What a byte is.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Plain,
    Secret,
    /// The end of the line that is [`Reader::ended`] now, and what its command has behind it.
    LineEnd(Option<Content>),
}

/// Follows the lines of one direction.
#[derive(Debug, Default)]
struct Reader {
    is_host: bool,
    /// In capitals, without blanks and control characters, and only its last [`LINE`] bytes or some more.
    line: Vec<u8>,
    /// The one before.
    ended: Vec<u8>,
    /// The line ends with what may become the name of a command with secrets.
    is_naming: bool,
    /// The command with secrets that is being read.
    command: Option<Command>,
    content: Option<Content>,
    hides_payload: bool,
    /// Data that are received look in a way from now on that is not known here.
    has_other_forms: bool,
    /// Half of the echo of a backspace has come: it is two, with a blank between them.
    rubs_out: bool,
    /// How many bytes of a secret have been read.
    secret: usize,
}

impl Reader {
    fn of_host(hides_payload: bool) -> Reader {
        Reader { is_host: true, hides_payload, ..Reader::default() }
    }

    fn take(&mut self, byte: u8) -> Seen {
        let seen = self.look(byte);
        self.secret = match seen {
            Seen::Secret => self.secret + 1,
            // The module drops a LF in a PIN.
            Seen::LineEnd(_) if self.command.is_some() => self.secret,
            Seen::Plain | Seen::LineEnd(_) => 0,
        };
        seen
    }

    /// What stands for a byte that has just been found to be secret.
    fn masked(&self, byte: u8, disguise: Option<&Disguise>) -> u8 {
        let disguise = disguise.filter(|_| self.command.as_ref().is_some_and(Command::has_pins));
        disguise.map_or(b'*', |disguise| disguise.byte(self.secret - 1, byte))
    }

    fn look(&mut self, byte: u8) -> Seen {
        if byte == b'\n' && self.is_host {
            // The end of a line for a host that has set S3 so; the module drops it otherwise.
            if let Some(command) = &mut self.command {
                command.line_feed();
            }
            return Seen::LineEnd(self.content.take());
        }
        if matches!(byte, b'\r' | b'\n') {
            (self.command, self.is_naming, self.rubs_out) = (None, false, false);
            // In turns, so that no line asks for memory.
            std::mem::swap(&mut self.line, &mut self.ended);
            self.line.clear();
            return Seen::LineEnd(self.content.take());
        }
        match self.command.as_mut().and_then(|command| command.hides(byte)) {
            Some(true) => return Seen::Secret,
            Some(false) => return Seen::Plain,
            None => self.command = None,
        }
        match byte {
            // Backspace and delete of a host that types.
            0x08 | 0x7f => {
                self.rubs_out = !self.rubs_out;
                if self.is_host || self.rubs_out {
                    self.line.pop();
                }
            }
            0..=b' ' => {}
            _ => self.line.push(byte.to_ascii_uppercase()),
        }
        if byte == b'=' {
            let content = CONTENTS.iter().find(|(head, _)| self.line.ends_with(head.as_bytes()));
            self.content = content.map(|(_, content)| *content).or(self.content);
        }
        self.has_other_forms |= self.hides_payload
            && byte == b','
            && FORMS.iter().any(|form| self.line.ends_with(form.as_bytes()));
        let plus = self.line.iter().rposition(|byte| *byte == b'+');
        let name = plus.and_then(|at| self.line.get(at..)).unwrap_or_default();
        self.is_naming = !name.is_empty() && command::may_be_secret(name, self.hides_payload);
        if self.is_naming {
            // An echo has `AT` in front.
            let may_be_answer = !self.is_host && plus == Some(0);
            self.command = Command::named(name, self.hides_payload, may_be_answer);
        }
        self.shorten();
        Seen::Plain
    }

    /// Takes what lies in front and is plain at a glance, in long strides; says how many bytes. Without it a fast
    /// connection in transparent mode would wait for this.
    fn skim(&mut self, bytes: &[u8]) -> usize {
        if self.command.is_some() || self.is_naming {
            return 0;
        }
        // Without a way out of the inner loop: it is one comparison for many bytes.
        let is_calm = |stride: &&[u8]| !stride.iter().fold(false, |any, byte| any | is_notable(*byte));
        let strides = bytes.chunks_exact(STRIDE).take_while(is_calm).count() * STRIDE;
        let run =
            strides + bytes[strides..].iter().take(STRIDE).take_while(|byte| !is_notable(**byte)).count();
        // No more is looked at of a line than its end.
        let lengthening = bytes[..run].iter().rev().filter(|byte| **byte > b' ').take(LINE);
        let before = self.line.len();
        self.line.extend(lengthening.map(u8::to_ascii_uppercase));
        self.line[before..].reverse();
        self.shorten();
        run
    }

    fn shorten(&mut self) {
        if self.line.len() > 2 * LINE {
            self.line.drain(..self.line.len() - LINE);
        }
    }
}

/// Whether a byte does more to a [`Reader`] than to lengthen its line.
fn is_notable(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b'=' | b'+' | b',' | 0x08 | 0x7f)
}

/// Pieces as they come together.
#[derive(Debug)]
struct Pieces {
    done: Vec<Piece>,
    /// Of all that they are made of.
    length: usize,
}

impl Pieces {
    /// Of so many bytes.
    fn new(length: usize) -> Pieces {
        Pieces { done: Vec::new(), length }
    }

    fn show(&mut self, bytes: &[u8]) {
        match self.done.last_mut() {
            Some(Piece::Shown(before)) => before.extend(bytes),
            Some(Piece::Hidden(_)) | None => {
                // There is room for all at once: it is one piece as a rule.
                let mut piece = Vec::with_capacity(self.length);
                piece.extend(bytes);
                self.done.push(Piece::Shown(piece));
            }
        }
    }

    fn hide(&mut self, bytes: usize) {
        match self.done.last_mut() {
            Some(Piece::Hidden(count)) => *count += bytes,
            Some(Piece::Shown(_)) | None => self.done.push(Piece::Hidden(bytes)),
        }
    }
}
