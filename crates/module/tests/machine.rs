//! Every (state, event) pair of the port and of the socket.
//!
//! A state is the dialogue that leads to it, an event what happens then; both are transcript lines. What the
//! module says to each pair stands in `machine/port.txt` and `machine/socket.txt`: a line per event, what is said
//! after each of its steps between slashes. `UPDATE_EXPECT=1` rewrites them; read the difference before you
//! believe it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what breaks here fails it"
)]

use std::fmt::Write;
use std::path::Path;
use testkit::transcript;

/// Name and transcript lines.
type Lines = (&'static str, &'static str);

/// What a state needs for an event to make sense.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// Somebody at the other end.
    Peer,
}

const PORTS: &str = "use port uart1\nuse port usbat\nuse port usbmodem\n";

/// Socket 4 in buffer mode to a peer that never answers an end, socket 5 in direct push mode.
const TWO_SOCKETS: &str = "\
peer rustls 192.0.2.1:443 localport=5000 lingers
peer rustls 192.0.2.2:443 localport=5001
> AT+QIACT=1
> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0
> AT+QSSLOPEN=1,0,5,\"192.0.2.2\",443,1
";

const PORT_STATES: &[Lines] = &[
    ("command", ""),
    ("half a line", ">> AT+QSSL"),
    ("executing", "> AT+QSSLCLOSE=4,3"),
    ("prompt, fixed length", "> AT+QSSLSEND=4,3"),
    ("prompt, up to Ctrl-Z", "> AT+QSSLSEND=4\n>> a"),
    ("upload", "> AT+QFUPL=\"f\",3"),
    ("online", "> AT+QISWTMD=4,2"),
    ("online, two pluses held", "> AT+QISWTMD=4,2\n+1s\n>> ++"),
    ("online, three pluses held", "> AT+QISWTMD=4,2\n+1s\n>> +++"),
    ("online, DTR keeps the link", "> AT&D1\n> AT+QISWTMD=4,2"),
    ("suspended", "> AT+QISWTMD=4,2\n+1s\n>> +++\n+1s"),
    ("detached", "detach"),
];

const PORT_EVENTS: &[Lines] = &[
    ("a command line", "> AT+CSQ"),
    ("CR", ">> \\r"),
    ("noise", ">> xyz"),
    ("one plus", ">> +"),
    ("Ctrl-Z", ">> \\x1a"),
    ("ESC", ">> \\x1b"),
    ("escape sequence", "+1s\n>> +++\n+1s"),
    ("ATO", "> ATO"),
    ("an hour", "+1h"),
    ("DTR off and on", "dtr off\ndtr on"),
    ("host leaves and comes back", "detach\nattach"),
    ("host reads late", "host stops\npeer 2 sends \"push\"\nhost reads"),
    ("data for its socket", "peer 1 sends \"data\""),
    ("data for another socket", "peer 2 sends \"push\""),
    ("its peer closes", "peer 1 closes"),
    ("its peer resets", "peer 1 resets"),
    ("another peer closes", "peer 2 closes"),
    ("its socket is closed elsewhere", "usbat> AT+QSSLCLOSE=4,0"),
    ("the PDP context is deactivated elsewhere", "usbat> AT+QIDEACT=1"),
];

/// And then: whatever was begun ends, and the port answers.
const PORT_AFTER: &str = "+10s\n>> \\rAT\\r";

/// Socket 4 connected in an access mode, to a peer that never answers an end.
macro_rules! connected {
    ($mode:literal) => {
        concat!(
            "peer rustls 192.0.2.1:443 localport=5000 lingers\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,",
            $mode,
            "\n"
        )
    };
}
/// The prelude of a state, and whether somebody is at the other end.
const SOCKET_STATES: &[(&str, &str, Needs)] = &[
    ("Initial", "> AT+QIACT=1", Needs::Nothing),
    (
        "Opening, name not resolved",
        "dns a.example silent\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"a.example\",443,0",
        Needs::Nothing,
    ),
    (
        "Opening, TCP not connected",
        "peer blackhole 192.0.2.1:443\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        Needs::Nothing,
    ),
    (
        "Opening, handshake",
        "peer plain 192.0.2.1:443 localport=5000\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        Needs::Peer,
    ),
    ("Connected, buffer", connected!("0"), Needs::Peer),
    ("Connected, buffer, unread data", concat!(connected!("0"), "peer 1 sends \"old\""), Needs::Peer),
    ("Connected, direct push", connected!("1"), Needs::Peer),
    ("Connected, transparent elsewhere", concat!(connected!("0"), "usbat> AT+QISWTMD=4,2"), Needs::Peer),
    ("Connected, suspended", concat!(connected!("2"), "+1s\n>> +++\n+1s"), Needs::Peer),
    ("Closing, ours", concat!(connected!("0"), "usbat> AT+QSSLCLOSE=4"), Needs::Peer),
    ("Closing, theirs", concat!(connected!("0"), "peer 1 closes"), Needs::Nothing),
    (
        "Closing, theirs, unread data",
        concat!(connected!("0"), "peer 1 sends \"old\"\npeer 1 closes"),
        Needs::Nothing,
    ),
];

const SOCKET_EVENTS: &[(&str, &str, Needs)] = &[
    ("QSSLOPEN", "> AT+QSSLOPEN=1,0,4,\"192.0.2.9\",443,0", Needs::Nothing),
    ("QSSLOPEN, transparent", "> AT+QSSLOPEN=1,0,4,\"192.0.2.9\",443,2", Needs::Nothing),
    ("QSSLSEND", "> AT+QSSLSEND=4,2\n>> hi", Needs::Nothing),
    ("QSSLRECV", "> AT+QSSLRECV=4", Needs::Nothing),
    ("QSSLRECV, counts", "> AT+QSSLRECV=4,0", Needs::Nothing),
    ("QSSLCLOSE", "> AT+QSSLCLOSE=4", Needs::Nothing),
    ("QSSLCLOSE, no waiting", "> AT+QSSLCLOSE=4,0", Needs::Nothing),
    ("QISWTMD to buffer", "> AT+QISWTMD=4,0", Needs::Nothing),
    ("QISWTMD to direct push", "> AT+QISWTMD=4,1", Needs::Nothing),
    ("QISWTMD to transparent", "> AT+QISWTMD=4,2", Needs::Nothing),
    ("ATO", "> ATO", Needs::Nothing),
    ("data", "peer 1 sends \"new\"", Needs::Peer),
    ("close_notify and FIN", "peer 1 closes", Needs::Peer),
    ("FIN", "peer 1 cuts", Needs::Peer),
    ("RST", "peer 1 resets", Needs::Peer),
    ("QIDEACT", "> AT+QIDEACT=1", Needs::Nothing),
    ("radio off", "> AT+CFUN=4", Needs::Nothing),
    ("ten seconds", "+10s", Needs::Nothing),
    ("ten minutes", "+10m", Needs::Nothing),
];

/// Plain sockets: socket 4 as each service, in its states.
macro_rules! plain {
    ($open:literal) => {
        concat!(
            "peer plain 192.0.2.1:443 localport=5000 lingers\npeer udp 192.0.2.1:7 to=3030\n",
            "peer caller 192.0.2.9:40000 to=3030\n> AT+QIACT=1\n> AT+QIOPEN=1,",
            $open,
            "\n"
        )
    };
}

const PLAIN_STATES: &[(&str, &str, Needs)] = &[
    ("Initial", "> AT+QIACT=1", Needs::Nothing),
    (
        "TCP, opening",
        "peer blackhole 192.0.2.1:443\n> AT+QIACT=1\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",443",
        Needs::Nothing,
    ),
    ("TCP, connected, buffer", plain!("4,\"TCP\",\"192.0.2.1\",443"), Needs::Peer),
    (
        "TCP, connected, unread data",
        concat!(plain!("4,\"TCP\",\"192.0.2.1\",443"), "peer 1 sends \"old\""),
        Needs::Peer,
    ),
    ("TCP, connected, direct push", plain!("4,\"TCP\",\"192.0.2.1\",443,0,1"), Needs::Peer),
    (
        "TCP, transparent elsewhere",
        concat!(plain!("4,\"TCP\",\"192.0.2.1\",443"), "usbat> AT+QISWTMD=4,2"),
        Needs::Peer,
    ),
    ("TCP, suspended", concat!(plain!("4,\"TCP\",\"192.0.2.1\",443,0,2"), "+1s\n>> +++\n+1s"), Needs::Peer),
    (
        "TCP, closing, ours",
        concat!(plain!("4,\"TCP\",\"192.0.2.1\",443"), "usbat> AT+QICLOSE=4"),
        Needs::Peer,
    ),
    (
        "TCP, closing, theirs, unread data",
        concat!(plain!("4,\"TCP\",\"192.0.2.1\",443"), "peer 1 sends \"old\"\npeer 1 closes"),
        Needs::Nothing,
    ),
    ("UDP", plain!("4,\"UDP\",\"192.0.2.1\",7,3030"), Needs::Nothing),
    ("UDP SERVICE", plain!("4,\"UDP SERVICE\",\"127.0.0.1\",0,3030"), Needs::Nothing),
    ("TCP LISTENER", plain!("4,\"TCP LISTENER\",\"127.0.0.1\",0,3030,0,1"), Needs::Nothing),
];

const PLAIN_EVENTS: &[(&str, &str, Needs)] = &[
    ("QIOPEN", "> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.9\",443", Needs::Nothing),
    ("QISEND", "> AT+QISEND=4,2\n>> hi", Needs::Nothing),
    ("QISEND to an address", "> AT+QISEND=4,2,\"192.0.2.1\",7\n>> hi", Needs::Nothing),
    ("QISEND, counts", "> AT+QISEND=4,0", Needs::Nothing),
    ("QISENDEX", "> AT+QISENDEX=4,\"41\"", Needs::Nothing),
    ("QIRD", "> AT+QIRD=4", Needs::Nothing),
    ("QIRD, counts", "> AT+QIRD=4,0", Needs::Nothing),
    ("QICLOSE", "> AT+QICLOSE=4", Needs::Nothing),
    ("QICLOSE, no waiting", "> AT+QICLOSE=4,0", Needs::Nothing),
    ("QSSLCLOSE", "> AT+QSSLCLOSE=4", Needs::Nothing),
    ("QISWTMD to buffer", "> AT+QISWTMD=4,0", Needs::Nothing),
    ("QISWTMD to direct push", "> AT+QISWTMD=4,1", Needs::Nothing),
    ("QISWTMD to transparent", "> AT+QISWTMD=4,2", Needs::Nothing),
    ("ATO", "> ATO", Needs::Nothing),
    ("data", "peer 1 sends \"new\"", Needs::Peer),
    ("FIN", "peer 1 closes", Needs::Peer),
    ("RST", "peer 1 resets", Needs::Peer),
    ("QIDEACT", "> AT+QIDEACT=1", Needs::Nothing),
    ("the network ends the context", "operator pdp lost 1", Needs::Nothing),
    ("ten seconds", "+10s", Needs::Nothing),
    ("ten minutes", "+10m", Needs::Nothing),
];

/// The port that looks at the socket afterwards.
const OBSERVER: &str = "usbmodem";

/// Where the socket is then.
const SOCKET_AFTER: &str = "usbmodem> AT+QSSLSTATE=4";
const PLAIN_AFTER: &str = "usbmodem> AT+QISTATE=1,4";

#[test]
fn port() {
    let mut pairs = Vec::new();
    for (state, prelude) in PORT_STATES {
        for (event, lines) in PORT_EVENTS {
            let back = if *state == "detached" { "attach" } else { "" };
            let prelude = format!("{PORTS}{TWO_SOCKETS}{prelude}");
            pairs.push(Pair { state, event, prelude, lines: format!("{lines}\n{back}\n{PORT_AFTER}") });
        }
    }
    compare("port.txt", &pairs);
}

#[test]
fn socket() {
    let mut pairs = Vec::new();
    for (state, prelude, has) in SOCKET_STATES {
        for (event, lines, needs) in SOCKET_EVENTS {
            if *needs == Needs::Nothing || has == needs {
                let prelude = format!("{PORTS}{prelude}");
                pairs.push(Pair { state, event, prelude, lines: format!("{lines}\n{SOCKET_AFTER}") });
            }
        }
    }
    compare("socket.txt", &pairs);
}

#[test]
fn plain_socket() {
    let mut pairs = Vec::new();
    for (state, prelude, has) in PLAIN_STATES {
        for (event, lines, needs) in PLAIN_EVENTS {
            if *needs == Needs::Nothing || has == needs {
                let prelude = format!("{PORTS}{prelude}");
                pairs.push(Pair { state, event, prelude, lines: format!("{lines}\n{PLAIN_AFTER}") });
            }
        }
    }
    // Datagrams and calls, which need no connection.
    for (state, prelude, _) in PLAIN_STATES.iter().filter(|(_, prelude, _)| prelude.contains(",3030")) {
        for (event, line) in [("a datagram", "peer 2 sends \"new\""), ("a call", "peer 3 calls")] {
            let prelude = format!("{PORTS}{prelude}");
            pairs.push(Pair { state, event, prelude, lines: format!("{line}\n{PLAIN_AFTER}") });
        }
    }
    compare("plain.txt", &pairs);
}

struct Pair {
    state: &'static str,
    event: &'static str,
    prelude: String,
    lines: String,
}

impl Pair {
    /// What the module says; the same in whatever pieces the bytes arrive.
    fn played(&self) -> String {
        const MARK: &str = "# ----";
        let text = format!("{}\n{MARK}\n{}\n", self.prelude, self.lines);
        let at = || format!("{} | {}", self.state, self.event);
        let now = transcript::update(&text).unwrap_or_else(|failure| panic!("{}: {failure}", at()));
        transcript::check(&now).unwrap_or_else(|failure| panic!("{}: {failure}\n{now}", at()));
        let (_, lines) = now.split_once(MARK).unwrap();
        let mut steps: Vec<String> = Vec::new();
        for line in lines.lines().filter(|line| !line.is_empty()) {
            match (line.split_once("< "), steps.last_mut()) {
                (Some(("", text)), Some(step)) => step.push_str(text),
                (Some((OBSERVER, "OK\\r\\n")), Some(step)) if step.is_empty() => step.push_str("state 0"),
                (Some((OBSERVER, text)), Some(step)) => step.push_str(&seen(text)),
                (Some(("usbat", text)), Some(step)) => write!(step, "[usbat]{text}").unwrap(),
                _ => steps.push(String::new()),
            }
        }
        let steps: Vec<&str> = steps.iter().map(|s| if s.is_empty() { "-" } else { s }).collect();
        format!("{}: {}", self.event, steps.join(" / "))
    }
}

/// State, number and access mode of a line of `AT+QSSLSTATE`, and nothing of any other line.
fn seen(text: &str) -> String {
    let fields: Vec<&str> = text.split(',').collect();
    match fields.as_slice() {
        [_, _, _, _, _, state, _, _, mode, _, ..] => format!("state {state}, mode {mode}"),
        _ => String::new(),
    }
}

/// Plays all pairs on all processors and compares them with a file.
fn compare(file: &str, pairs: &[Pair]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machine").join(file);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let played: Vec<String> = std::thread::scope(|scope| {
        let shares = pairs.chunks(pairs.len().div_ceil(threads));
        let running: Vec<_> =
            shares.map(|share| scope.spawn(|| share.iter().map(Pair::played).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|share| share.join().expect("every pair plays")).collect()
    });
    let mut now = String::new();
    let mut state = "";
    for (pair, played) in pairs.iter().zip(played) {
        if pair.state != state {
            state = pair.state;
            writeln!(now, "== {state}").unwrap();
        }
        writeln!(now, "{played}").unwrap();
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    let mut then = then.lines();
    for (number, now) in now.lines().enumerate() {
        let then = then.next().unwrap_or_default();
        assert!(now == then, "{}:{}\n     now {now}\nexpected {then}", path.display(), number + 1);
    }
    assert_eq!(then.next(), None, "{}", path.display());
}
