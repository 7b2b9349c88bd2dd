//! The forms of lines: one table, from which parser, suggestions and `docs/scenario.md` derive.
//!
//! In a form, words in lower case stand for themselves (`on|off`: one of them), words in capitals for what the user
//! writes, `"TEXT"` for a text in quotes, `[N]` for a number that may be missing, and `...` behind a word for any
//! number of words. A form that begins with `[PORT]` may have the name of a port in front.

use super::acts::{self, Act};
use super::parse::Script;
use super::setup;
use faults::nearest;

/// One kind of line.
pub struct Form {
    /// How it is written.
    pub form: &'static str,
    /// What it means.
    pub means: &'static str,
    /// A line of this kind.
    pub example: &'static str,
    pub(super) read: Read,
}

impl Form {
    /// What to write instead of a line of this form that is wrong.
    pub(super) fn remedy(&self) -> String {
        match self.form == self.example {
            true => format!("write `{}`", self.form),
            false => format!("write `{}`, as in `{}`", self.form, self.example),
        }
    }
}

/// What a line of a form becomes.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// Between host and module; these are told apart by their mark, not by words.
    Dialogue,
    /// A property of the module.
    Setup(fn(&mut Script, &Fields<'_>) -> Result<(), String>),
    /// Something that happens.
    Act(fn(&Fields<'_>) -> Result<Act, String>),
}

/// What the capitals of a form stand for in a line.
pub(super) struct Fields<'a> {
    words: Vec<&'a str>,
    /// The line from the last field on.
    rest: &'a str,
    /// The port that is named in front, or the first.
    pub(super) port: usize,
    /// Reads a file that a line names.
    pub(super) load: Load<'a>,
}

/// How the content of a file that a line names is had.
pub type Load<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, String>;

impl<'a> Fields<'a> {
    /// The field of this number, or nothing.
    pub(super) fn get(&self, index: usize) -> &'a str {
        self.words.get(index).copied().unwrap_or_default()
    }

    /// The fields from this number on.
    pub(super) fn from(&self, index: usize) -> &[&'a str] {
        self.words.get(index..).unwrap_or_default()
    }

    /// The line from the last field on: a text in quotes, or words.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }
}

/// A section of the table: its title and its forms.
pub struct Section {
    /// As in `docs/scenario.md`.
    pub title: &'static str,
    /// In the order in which they are tried.
    pub forms: &'static [Form],
}

macro_rules! forms {
    ($($form:literal, $means:literal, $example:literal => $read:expr;)*) => {
        &[$(Form { form: $form, means: $means, example: $example, read: $read }),*]
    };
}

/// All forms there are.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "The module",
        forms: forms! {
            "use model MODEL", "the model (default EC200N-CN)",
                "use model EC800M-CN" => Read::Setup(setup::model);
            "use port PORT", "a port; repeated for several. The first is meant where no port is named (default uart1)",
                "use port usbat" => Read::Setup(setup::port);
            "use port PORT closed", "the same, and no host has opened it when the module boots",
                "use port usbmodem closed" => Read::Setup(setup::closed_port);
            "use strict|lenient", "misprints of the note are refused; habits of sibling modules are taken",
                "use lenient" => Read::Setup(setup::tolerance);
            "use real timing", "the module takes the time that hardware takes, and boots when a host comes",
                "use real timing" => Read::Setup(setup::real_timing);
            "use no sim", "the SIM holder is empty", "use no sim" => Read::Setup(setup::no_sim);
            "use pin PIN", "the SIM asks for this PIN of 4 to 8 digits", "use pin 1234" => Read::Setup(setup::pin);
            "use unit NUMBER", "which unit of the model: IMEI, serial number, IMSI and ICCID count up with it",
                "use unit 7" => Read::Setup(setup::unit);
            "use settings \"TEXT\"", "what the module has saved in a former life, as `--files` keeps it",
                "use settings \"profile.rate=9600\"" => Read::Setup(setup::settings);
            "use trusted peers", "servers of the scenario are trusted whatever the host's CA files are, as in a recording",
                "use trusted peers" => Read::Setup(setup::trusted_peers);
            "clock TIME", "what the clock shows at boot, UTC (default 2026-11-22T12:00:00Z)",
                "clock 2024-05-01T00:00:00Z" => Read::Setup(setup::clock);
            "file NAME from PATH", "a file in UFS at boot, read from beside the scenario",
                "file ca.pem from certs/ca.pem" => Read::Setup(setup::file_from);
            "file NAME \"TEXT\"", "a file in UFS at boot, with this content",
                "file hello.txt \"hello\\n\"" => Read::Setup(setup::file_text);
            "file NAME CONTENT...", "a file in UFS at boot, with a content that is built in",
                "file ca.pem ca" => Read::Setup(setup::file_builtin);
        },
    },
    Section {
        title: "Host and module",
        forms: forms! {
            "> LINE", "the host sends this line and CR; no escapes", "> AT+CSQ" => Read::Dialogue;
            ">> BYTES", "the host sends exactly these bytes", ">> Test data\\x1a" => Read::Dialogue;
            "< BYTES", "the module says exactly this; written down a line of the module a line",
                "< +CSQ: 24,99\\r\\n" => Read::Dialogue;
            "<*", "the module says a line, whatever it is", "<*" => Read::Dialogue;
            "<...", "the module says anything, or nothing", "<..." => Read::Dialogue;
            ">? LINE", "the host may send this line here; without a driver it does not", ">? AT+CSQ" => Read::Dialogue;
            ">*", "the driver sends a line, whatever it is", ">*" => Read::Dialogue;
            ">* LINE", "the same; the module gets this line, also without a driver", ">* AT+CPIN=\"1234\"" => Read::Dialogue;
            ">>* NUMBER", "the driver sends so many bytes, whatever they are", ">>* 18" => Read::Dialogue;
            ">>* NUMBER BYTES", "the same; without a driver they are these", ">>* 4 \\{4*x}" => Read::Dialogue;
            ">...", "the driver sends anything, up to what the next line of the host says", ">..." => Read::Dialogue;
            "allow LINE", "a line that the driver may send at any time, and its answer; with * at the end: that begins so",
                "allow AT+CREG*" => Read::Setup(setup::allow);
            "host sends CONTENT...", "the host sends a content that is built in",
                "host sends ca" => Read::Act(acts::host_sends);
            "[PORT] dtr on|off", "the host moves DTR", "dtr off" => Read::Act(acts::dtr);
            "[PORT] rts on|off", "the host moves RTS", "rts off" => Read::Act(acts::rts);
            "[PORT] attach", "the host opens the port", "usbat attach" => Read::Act(acts::attach);
            "[PORT] detach", "the host closes the port", "detach" => Read::Act(acts::detach);
            "[PORT] host stops|reads", "the host takes nothing any more, or takes it again",
                "host stops" => Read::Act(acts::host_reads);
            "[PORT] host takes NUMBER", "a host that takes nothing takes so many bytes all the same",
                "host takes 4096" => Read::Act(acts::host_takes);
            "[PORT] dcd|ri|dsr|cts on|off", "the module drives this line so", "dcd on" => Read::Act(acts::line);
        },
    },
    Section {
        title: "Time and world",
        forms: forms! {
            "+TIME", "so much time passes (`us`, `ms`, `s`, `m`, `h`)", "+120ms" => Read::Act(acts::wait);
            "dns NAME none|dead|silent",
                "there is no such name; the resolver cannot be reached; it does not answer, until there is another such line",
                "dns none.example none" => Read::Act(acts::no_name);
            "dns NAME ADDRESS...", "what a name resolves to; with `ttl=5` at the end for so many seconds (60)",
                "dns a.example 192.0.2.1" => Read::Act(acts::name);
            "ping ADDRESS silent", "nothing answers echo requests to this address",
                "ping 192.0.2.1 silent" => Read::Act(acts::no_echo);
            "ping ADDRESS unreachable|denied|failed TIME",
                "so long after an echo request it is known that there is no way; that this machine may not send it; that it cannot",
                "ping 192.0.2.1 unreachable 3s" => Read::Act(acts::failed_echo);
            "ping ADDRESS TIME KEY...", "so long after an echo request its reply comes, with a time to live of 255 or `ttl=54`",
                "ping 192.0.2.1 34.5ms ttl=54" => Read::Act(acts::echo);
            "latency TIME", "how long a packet is on its way, one way (default 0)",
                "latency 30ms" => Read::Act(acts::latency);
            "window NUMBER", "how many bytes one direction of a connection holds (default 65536)",
                "window 4096" => Read::Act(acts::window);
            "fault FAULT...", "a fault begins (docs/faults.md); with off and a name, a family or all, it ends",
                "fault net.latency ms=200" => Read::Act(acts::fault);
            "operator power", "PWRKEY is pressed", "operator power" => Read::Act(acts::power);
            "operator reset", "RESET_N is pressed", "operator reset" => Read::Act(acts::reset);
            "operator clock TIME", "the module's clock is set; its zone stays",
                "operator clock 2026-11-22T12:00:00Z" => Read::Act(acts::clock);
            "operator sim removed", "the SIM is taken out", "operator sim removed" => Read::Act(acts::sim_removed);
            "operator sim inserted", "a SIM without PIN is put in",
                "operator sim inserted" => Read::Act(acts::sim_inserted);
            "operator sim inserted PIN", "a SIM with this PIN is put in",
                "operator sim inserted 1234" => Read::Act(acts::sim_inserted);
            "operator signal NUMBER", "signal strength as AT+CSQ prints it, 0 to 31, or 99 for none",
                "operator signal 9" => Read::Act(acts::signal);
            "operator network gone|home|roaming|denies", "what the network has for the module",
                "operator network roaming" => Read::Act(acts::network);
            "operator pdp lost NUMBER", "the network deactivates this PDP context, 1 to 15",
                "operator pdp lost 1" => Read::Act(acts::pdp_lost);
            "operator pdp refused|accepted", "the network refuses PDP contexts, or does not",
                "operator pdp refused" => Read::Act(acts::pdp);
            "operator time TIME ZONE", "the network tells the time, and the zone in quarter hours",
                "operator time 2026-11-22T12:00:00Z +32" => Read::Act(acts::time);
            "stop", "the program ends: connections are closed", "stop" => Read::Act(acts::stop);
        },
    },
    Section {
        title: "Peers",
        forms: forms! {
            "peer [N] sends \"TEXT\"", "data for the module; behind a TLS handshake if there is one",
                "peer 1 sends \"Test data\"" => Read::Act(acts::peer_sends);
            "peer [N] closes", "close_notify if it is TLS, and FIN", "peer 1 closes" => Read::Act(acts::peer_closes);
            "peer [N] closes with \"TEXT\"", "the same behind these data, in one piece",
                "peer 1 closes with \"bye\"" => Read::Act(acts::peer_closes_with);
            "peer [N] cuts", "FIN alone", "peer 1 cuts" => Read::Act(acts::peer_cuts);
            "peer [N] resets", "RST", "peer 1 resets" => Read::Act(acts::peer_resets);
            "peer [N] stops|reads", "it takes no data any more, or takes them again",
                "peer 1 stops" => Read::Act(acts::peer_reads);
            "peer [N] accepts", "a peer that `waits` accepts who has connected", "peer 1 accepts" => Read::Act(acts::peer_accepts);
            "peer [N] refuses", "a peer that `waits` answers with RST", "peer 1 refuses" => Read::Act(acts::peer_refuses);
            "peer [N] is unreachable", "a router says that there is no way to a peer that `waits`",
                "peer 1 is unreachable" => Read::Act(acts::peer_unreachable);
            "peer [N] calls", "a caller connects to the module", "peer 2 calls" => Read::Act(acts::peer_calls);
            "peer [N] got nothing", "no data have come since the last such line",
                "peer 1 got nothing" => Read::Act(acts::peer_got_nothing);
            "peer [N] got \"TEXT\"", "exactly these data have come since the last such line",
                "peer 1 got \"GET / HTTP/1.0\\r\\n\"" => Read::Act(acts::peer_got);
            "peer [N] saw FACT...", "a fact that it has noted about the connection, as listed below",
                "peer 1 saw sni a.example" => Read::Act(acts::peer_saw);
            "peer [N] missed FACT...", "a fact that it has not noted",
                "peer 1 missed resumption" => Read::Act(acts::peer_missed);
            "peer [N] met NUMBER", "so many connections it has had", "peer 1 met 2" => Read::Act(acts::peer_met);
            "peer [N] refused NUMBER", "so many calls of it were turned away",
                "peer 2 refused 1" => Read::Act(acts::peer_refused);
            "peer KIND ADDRESS:PORT KEY...", "a server at an address; the first is peer 1",
                "peer tls 192.0.2.1:443 version=1.0" => Read::Act(acts::peer);
        },
    },
    Section {
        title: "What has to be so",
        forms: forms! {
            "event \"TEXT\"", "since the last such line something has happened that a trace tells in these words; a failure with its remedy and kind",
                "event \"open failed with 566\"" => Read::Act(acts::event);
            "no event \"TEXT\"", "nothing such has happened so far", "no event \"reset\"" => Read::Act(acts::no_event);
            "stored NAME nothing", "no file of this name is kept", "stored a.pem nothing" => Read::Act(acts::stored_nothing);
            "stored NAME \"TEXT\"", "what is kept under this name", "stored a.pem \"abc\"" => Read::Act(acts::stored);
            "settings \"TEXT\"", "what the module keeps beside its files contains this",
                "settings \"profile.rate=9600\"" => Read::Act(acts::settings);
        },
    },
];

/// All forms, in the order in which they are tried.
pub fn forms() -> impl Iterator<Item = &'static Form> {
    SECTIONS.iter().flat_map(|section| section.forms)
}

/// The words of a line, each with the line from there on.
fn words(line: &str) -> Vec<(&str, &str)> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        words.push((&rest[..end], rest));
        rest = rest[end..].trim_start();
    }
    words
}

/// What a line is.
pub(super) enum Found<'a> {
    /// A line of this form.
    Line(&'static Form, Fields<'a>),
    /// None, and what may have been meant: the form that it is most like, or a better word.
    Nothing { closest: Option<&'static Form>, instead_of: &'a str, word: Option<&'static str> },
}

/// Finds the form of a line that is no dialogue. `ports` are the names of the ports in use.
pub(super) fn find<'a>(line: &'a str, ports: &[&str], load: Load<'a>) -> Found<'a> {
    let words = words(line);
    let named = words.first().and_then(|(word, _)| ports.iter().position(|port| port == word));
    let mut best = (0, None);
    let mut candidates: Vec<&str> = Vec::new();
    for form in forms().filter(|form| !matches!(form.read, Read::Dialogue)) {
        let (pattern, takes_port) = match form.form.strip_prefix("[PORT] ") {
            Some(pattern) => (pattern, true),
            None => (form.form, false),
        };
        let skipped = usize::from(takes_port && named.is_some());
        match fit(pattern, &words[skipped..]) {
            Ok((fields, rest)) => {
                let port = if skipped == 1 { named.unwrap_or(0) } else { 0 };
                return Found::Line(form, Fields { words: fields, rest, port, load });
            }
            Err((matched, expected)) => {
                if matched + skipped > best.0 {
                    best = (matched + skipped, Some(form));
                    candidates.clear();
                }
                if matched + skipped == best.0 {
                    candidates.extend(expected.split('|').filter(|word| is_literal(word)));
                }
            }
        }
    }
    let instead_of = words.get(best.0).map_or("", |(word, _)| *word);
    Found::Nothing { closest: best.1, instead_of, word: nearest(instead_of, candidates.into_iter()) }
}

fn is_literal(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The fields of words that fit a pattern and the line from the last of them on, or how many fit and what the next
/// should have been.
fn fit<'a>(
    pattern: &'static str,
    words: &[(&'a str, &'a str)],
) -> Result<(Vec<&'a str>, &'a str), (usize, &'static str)> {
    let mut fields = Vec::new();
    let mut rest = "";
    let mut at = 0;
    for expected in pattern.split(' ') {
        let Some((word, from)) = words.get(at).copied() else {
            // An optional number and any number of words may be missing at the end; the former only before a literal.
            if expected.ends_with("...") && !fields.is_empty() && expected == "KEY..." {
                return Ok((fields, ""));
            }
            return Err((at, expected));
        };
        match expected {
            "[N]" => {
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    fields.push(word);
                    at += 1;
                } else {
                    fields.push("1");
                }
                continue;
            }
            "\"TEXT\"" if !word.starts_with('"') => return Err((at, expected)),
            "\"TEXT\"" => return Ok((fields, from)),
            "LINE" => return Ok((fields, from)),
            "+TIME" if !word.starts_with('+') => return Err((at, expected)),
            "ADDRESS:PORT" if !word.contains(':') => return Err((at, expected)),
            _ if expected.ends_with("...") => {
                fields.extend(words[at..].iter().map(|(word, _)| *word));
                return Ok((fields, from));
            }
            _ if !is_literal(expected) => {
                fields.push(word);
                rest = from;
            }
            _ if expected.contains('|') => {
                if !expected.split('|').any(|one| one == word) {
                    return Err((at, expected));
                }
                fields.push(word);
                rest = from;
            }
            _ if expected != word => return Err((at, expected)),
            _ => {}
        }
        at += 1;
    }
    if at < words.len() { Err((at, "")) } else { Ok((fields, rest)) }
}
