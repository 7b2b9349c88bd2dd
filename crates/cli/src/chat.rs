//! `modemtwin chat`: a console on a module of the same process.
//!
//! The console is a host on a pty like any other. What it shows as its prompt follows from what the module
//! says: `> ` asks for payload, `CONNECT` begins data, a final result code ends both.

use daemon::{Background, Config, commands};
use modemtwin::dte::Dte;
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Config as LineConfig, Context, Editor, Event, EventContext,
    EventHandler, ExternalPrinter, Helper, KeyEvent, RepeatCount, Result as LineResult,
    completion::Completer, error::ReadlineError, highlight::Highlighter, hint::Hinter, history::MemHistory,
    validate::Validator,
};
use std::{
    error::Error,
    io::{ErrorKind, IsTerminal, Write, stdout},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// What payload ends with, and what cancels it (2.2.3).
const CTRL_Z: u8 = 0x1a;
const ESC: u8 = 0x1b;
/// How long an answer is waited for before the next line may be typed; it is shown whenever it comes.
const POLITENESS: Duration = Duration::from_millis(300);

/// Talks until the end of input.
pub(crate) fn chat(config: Config) -> Result<(), Box<dyn Error>> {
    let twin = Background::start(config)?;
    let (_, place) = twin.ports().first().ok_or("the module has no port")?;
    let mut dte = Dte::open(place)?;
    // The line editor shows what is typed.
    dte.command("ATE0")?;

    let mut editor = Editor::<Names, MemHistory>::with_history(
        LineConfig::builder().auto_add_history(true).completion_type(CompletionType::List).build(),
        MemHistory::new(),
    )?;
    editor.set_helper(Some(Names));
    let send = Arc::new(AtomicBool::new(false));
    let on_ctrl_z = EventHandler::Conditional(Box::new(SendKey(Arc::clone(&send))));
    editor.bind_sequence(KeyEvent::ctrl('Z'), on_ctrl_z);

    let wire = Arc::new(Wire::default());
    let printer: Box<dyn ExternalPrinter + Send> = match editor.create_external_printer() {
        Ok(printer) => Box::new(printer),
        // No terminal: nothing to keep apart.
        Err(_) => Box::new(Plain),
    };
    let (listener, shared) = (dte.try_clone()?, Arc::clone(&wire));
    thread::spawn(move || listen(listener, printer, &shared));

    loop {
        let state = wire.state();
        let line = editor.readline(state.prompt());
        let ended_by_ctrl_z = send.swap(false, Ordering::Relaxed);
        let bytes = match (line, state) {
            (Ok(line), State::Command) => [line.as_bytes(), b"\r"].concat(),
            (Ok(line), State::Payload) if ended_by_ctrl_z => [line.as_bytes(), &[CTRL_Z]].concat(),
            (Ok(line), State::Online) if line == "+++" => line.into_bytes(),
            (Ok(line), State::Payload | State::Online) => [line.as_bytes(), b"\r\n"].concat(),
            (Err(ReadlineError::Interrupted), State::Payload) => vec![ESC],
            (Err(ReadlineError::Interrupted), State::Command | State::Online) => continue,
            (Err(ReadlineError::Eof), _) => return Ok(()),
            (Err(e), _) => return Err(e.into()),
        };
        wire.expect_answer();
        dte.say(&bytes)?;
        wire.wait_for_answer();
    }
}

/// Shows what the module says until the module is gone.
fn listen(mut dte: Dte, mut printer: Box<dyn ExternalPrinter + Send>, wire: &Wire) {
    let colours = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    loop {
        match dte.hear(4096, Duration::from_secs(3600)) {
            Ok(bytes) => {
                wire.heard(&bytes);
                let text = readable(&bytes, colours);
                if !text.is_empty() && printer.print(text).is_err() {
                    return;
                }
                wire.shown();
            }
            Err(e) if e.kind() == ErrorKind::TimedOut => {}
            Err(_) => return,
        }
    }
}

/// Lines without the empty ones and without the prompt, which the editor shows; other bytes escaped.
fn readable(bytes: &[u8], colours: bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix("\r\n> ").unwrap_or(&text);
    let mut out = String::new();
    for line in text.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
            .collect();
        out += &if colours { format!("\x1b[32m{line}\x1b[0m\n") } else { format!("{line}\n") };
    }
    out
}

/// What the module takes typed bytes for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Command,
    /// After the prompt of a send.
    Payload,
    /// After `CONNECT`.
    Online,
}

impl State {
    fn prompt(self) -> &'static str {
        match self {
            State::Command => "at: ",
            State::Payload => "payload> ",
            State::Online => "data> ",
        }
    }

    /// What follows from the module's last words.
    fn after(self, heard: &[u8]) -> Option<State> {
        const FINALS: [&[u8]; 6] = [
            b"\r\nOK\r\n",
            b"\r\nERROR\r\n",
            b"\r\nNO CARRIER\r\n",
            b"\r\nSEND OK\r\n",
            b"\r\nSEND FAIL\r\n",
            b"\r\n0\r",
        ];
        if heard.ends_with(b"\r\n> ") {
            Some(State::Payload)
        } else if heard.ends_with(b"\r\nCONNECT\r\n") {
            Some(State::Online)
        } else if FINALS.iter().any(|code| heard.ends_with(code)) || is_cme_error(heard) {
            Some(State::Command)
        } else {
            None
        }
    }
}

fn is_cme_error(heard: &[u8]) -> bool {
    let line = heard.strip_suffix(b"\r\n").and_then(|text| text.split(|b| *b == b'\n').next_back());
    line.is_some_and(|line| line.starts_with(b"+CME ERROR: "))
}

/// What the typing side and the listening side know of each other.
#[derive(Default)]
struct Wire {
    known: Mutex<Known>,
    changed: Condvar,
}

#[derive(Default)]
struct Known {
    state: State,
    /// Something was said to the module; its result has not been shown yet.
    awaited: bool,
    decided: bool,
}

impl Wire {
    fn state(&self) -> State {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).state
    }

    fn expect_answer(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (known.awaited, known.decided) = (true, false);
    }

    fn heard(&self, bytes: &[u8]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = known.state.after(bytes) {
            (known.state, known.decided) = (state, true);
        }
    }

    fn shown(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.awaited &= !known.decided;
        self.changed.notify_all();
    }

    fn wait_for_answer(&self) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(known, POLITENESS, |known| known.awaited);
        drop(waited);
    }
}

/// Ctrl-Z ends the payload instead of stopping the program.
struct SendKey(Arc<AtomicBool>);

impl ConditionalEventHandler for SendKey {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.store(true, Ordering::Relaxed);
        Some(Cmd::AcceptLine)
    }
}

/// Prints for whoever is not a terminal.
struct Plain;

impl ExternalPrinter for Plain {
    fn print(&mut self, text: String) -> LineResult<()> {
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

/// Completion from the command table.
struct Names;

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> LineResult<(usize, Vec<String>)> {
        Ok(complete(line.get(..pos).unwrap_or_default()))
    }
}

impl Helper for Names {}
impl Highlighter for Names {}
impl Validator for Names {}
impl Hinter for Names {
    type Hint = String;
}

/// The start of the name before the cursor, and the names it can become. A name follows `AT` or `;`.
fn complete(line: &str) -> (usize, Vec<String>) {
    let start = match (line.rfind(';'), line.get(..2)) {
        (Some(at), _) => at + 1,
        (None, Some(prefix)) if prefix.eq_ignore_ascii_case("AT") => 2,
        (None, _) => return (0, Vec::new()),
    };
    let typed = line.get(start..).unwrap_or_default().to_ascii_uppercase();
    (start, commands().filter(|name| name.starts_with(&typed)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_complete_after_at_and_semicolon_in_any_case() {
        let expected =
            |start: usize, names: &[&str]| (start, names.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(complete("at+qsslst"), expected(2, &["+QSSLSTATE"]));
        assert_eq!(complete("AT+CSQ;+QFU"), expected(7, &["+QFUPL"]));
        assert_eq!(complete("+QFU"), (0, vec![]));
        assert_eq!(complete("AT+QSSLOPEN=1"), expected(2, &[]));
    }

    #[test]
    fn the_prompt_follows_what_the_module_says() {
        let after = |text: &str| State::Command.after(text.as_bytes());
        assert_eq!(after("\r\n> "), Some(State::Payload));
        assert_eq!(after("\r\nCONNECT\r\n"), Some(State::Online));
        assert_eq!(after("\r\n+CSQ: 24,99\r\n\r\nOK\r\n"), Some(State::Command));
        assert_eq!(after("\r\n+CME ERROR: 407\r\n"), Some(State::Command));
        assert_eq!(after("\r\n+QSSLURC: \"recv\",4\r\n"), None);
    }

    #[test]
    fn output_is_made_readable() {
        assert_eq!(
            readable(b"\r\n+QSSLURC: \"recv\",4,3\r\na\x00b", false),
            "+QSSLURC: \"recv\",4,3\na\\u{0}b\n"
        );
        assert_eq!(readable(b"\r\n> ", false), "");
        assert_eq!(readable(b"\r\nOK\r\n", true), "\x1b[32mOK\x1b[0m\n");
    }
}
