//! Every fault in a row of its own. The parser, `modemtwin faults`, `docs/faults.md` and the tests derive from here.

use crate::{
    effect::{Dns, Effect, Modem, Net, Port, Tls},
    values::Values,
};
use core::time::Duration;
use module::{Coverage, ErrorCode, FaultPoint, Pretend};

/// What a fault has to do with, and so what can be its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Connections, datagrams and echo requests.
    Net,
    /// Names.
    Dns,
    /// TLS.
    Tls,
    /// AT ports.
    Port,
    /// The module itself.
    Module,
    /// Result codes of Table 5.
    Error,
    /// Several faults under one name.
    Preset,
}

impl Family {
    /// The word before the dot.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Net => "net",
            Family::Dns => "dns",
            Family::Tls => "tls",
            Family::Port => "port",
            Family::Module => "module",
            Family::Error => "error",
            Family::Preset => "preset",
        }
    }
}

/// Which way bytes go. `up` is away from the host: host to module, module to server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// Host to module, module to server.
    Up,
    /// Server to module, module to host.
    Down,
    /// Either way.
    Both,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A whole number of this range.
    Number(i64, i64),
    /// An IP address.
    Address,
    /// The name of a command for sockets.
    Command,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A parameter of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// What stands before `=`.
    pub name: &'static str,
    /// What stands behind it.
    pub takes: Takes,
    /// What it is when nothing is said; `None`: nothing.
    pub default: Option<i64>,
    /// It has to be said.
    pub required: bool,
    /// What it means, with its unit.
    pub means: &'static str,
}

/// A fault that there is.
#[derive(Debug)]
pub struct Row {
    /// `family.name`; the second part is toxiproxy's word where it has one.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// What it can be told besides what every fault can.
    pub params: &'static [Param],
    /// Directions that make sense, the first one unless told otherwise; none: it has no direction.
    pub dirs: &'static [Dir],
    /// It strikes once unless told otherwise.
    pub once: bool,
    /// What `prob`, `nth`, `first` and `every` count.
    pub counts: &'static str,
    /// What happens.
    pub does: &'static str,
    /// What the host sees of it.
    pub sees: &'static str,
    pub(crate) make: fn(&Values) -> Effect,
}

impl Row {
    /// The faults that a preset consists of.
    pub fn parts(&'static self) -> &'static [&'static str] {
        match (self.make)(&Values::none(self)) {
            Effect::Several(parts) => parts,
            _ => &[],
        }
    }
}

const fn param(name: &'static str, takes: Takes, default: Option<i64>, means: &'static str) -> Param {
    Param { name, takes, default, required: false, means }
}

const fn required(name: &'static str, takes: Takes, means: &'static str) -> Param {
    Param { name, takes, default: None, required: true, means }
}

/// Ten minutes, in milliseconds.
const MS: Takes = Takes::Number(0, 600_000);
const BYTES: Takes = Takes::Number(0, 1_000_000_000);
const SIZE: Takes = Takes::Number(1, 65_535);

const EVERY_WAY: &[Dir] = &[Dir::Both, Dir::Up, Dir::Down];
const DOWN_FIRST: &[Dir] = &[Dir::Down, Dir::Up, Dir::Both];
const LATENCY: &[Param] = &[
    param("ms", MS, Some(100), "delay one way, milliseconds"),
    param("jitter", MS, Some(0), "up to so many milliseconds more or less, evenly spread"),
];

const fn net(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row {
        name,
        family: Family::Net,
        params: &[],
        dirs: &[],
        once: false,
        counts: "connections",
        does: "",
        sees: "",
        make,
    }
}

const fn dns(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Dns, counts: "queries", ..net(name, make) }
}

const fn port(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Port, dirs: EVERY_WAY, counts: "pieces of bytes", ..net(name, make) }
}

const fn tls(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Tls, ..net(name, make) }
}

const fn modem(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Module, counts: "beginnings", ..net(name, make) }
}

/// A code of Table 5, at the next command.
const fn error(name: &'static str, code: ErrorCode, make: fn(&Values) -> Effect) -> Row {
    Row {
        family: Family::Error,
        params: ON,
        once: true,
        counts: "commands",
        does: code.text(),
        sees: "ERROR and the code by AT+QIGETERROR, or the code in the URC of the command",
        ..net(name, make)
    }
}

macro_rules! errors {
    ($($name:literal $code:ident,)*) => {
        &[$(error($name, ErrorCode::$code, |v| Effect::Code { code: ErrorCode::$code, on: v.word("on") })),*]
    };
}

const ON: &[Param] = &[param(
    "on",
    Takes::Command,
    None,
    "this command; without it, the next one for sockets or SSL, whatever it is",
)];

const FLIGHT: Param = param(
    "flight",
    Takes::Number(1, 1000),
    Some(1),
    "of the server: 1 ServerHello and so on, 2 ends a full handshake",
);

const fn preset(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Preset, counts: "", ..net(name, make) }
}

/// All faults, family by family.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(CODES).chain(PRESETS)
}

/// The codes that a command can fail with.
static CODES: &[Row] = errors! {
    "error.550" Unknown,
    "error.551" Blocked,
    "error.552" InvalidParameter,
    "error.553" MemoryNotEnough,
    "error.554" CreateSocketFailed,
    "error.555" NotSupported,
    "error.556" BindFailed,
    "error.557" ListenFailed,
    "error.558" WriteFailed,
    "error.559" ReadFailed,
    "error.560" AcceptFailed,
    "error.561" OpenPdpFailed,
    "error.562" ClosePdpFailed,
    "error.563" IdentityUsed,
    "error.564" DnsBusy,
    "error.565" DnsFailed,
    "error.566" ConnectFailed,
    "error.567" SocketClosed,
    "error.568" Busy,
    "error.569" Timeout,
    "error.570" PdpBroken,
    "error.571" CancelSend,
    "error.572" NotAllowed,
    "error.573" ApnNotConfigured,
    "error.574" PortBusy,
};

static ROWS: &[Row] = &[
    Row {
        params: LATENCY,
        dirs: EVERY_WAY,
        does: "Bytes, datagrams and echo requests take longer; a connect takes both ways. Order is kept.",
        sees: "the same, later",
        ..net("net.latency", |v| Effect::Delay(v.span("ms", "jitter")))
    },
    Row {
        params: &[required("kbit", Takes::Number(1, 10_000_000), "kilobits per second")],
        dirs: EVERY_WAY,
        does: "Each connection passes so many bits a second each way, in steps of 10 ms.",
        sees: "the same, more slowly",
        ..net("net.bandwidth", |v| Effect::Bandwidth { kbit: v.unsigned("kbit") })
    },
    Row {
        params: &[
            param("size", SIZE, Some(64), "bytes of a piece"),
            param("vary", Takes::Number(0, 65_535), Some(0), "up to so many bytes more or less"),
            param("us", Takes::Number(0, 10_000_000), Some(0), "time between two pieces, microseconds"),
        ],
        dirs: EVERY_WAY,
        does: "Bytes come in small pieces. No datagram is cut.",
        sees: "the same; more `recv`",
        ..net("net.slicer", |v| Effect::Slice {
            size: v.size("size"),
            vary: v.size("vary"),
            gap: v.micros("us"),
        })
    },
    Row {
        params: &[
            param("bytes", BYTES, Some(0), "so many bytes of each connection pass before, each way"),
            param(
                "ms",
                MS,
                None,
                "the connection breaks after so many milliseconds; without it, it only waits",
            ),
        ],
        dirs: EVERY_WAY,
        does: "Nothing passes: a connect is never answered, a connection stalls, datagrams and echo requests are lost. \
               Bytes of connections that stall wait until the fault ends.",
        sees: "open: 569 after 150 s (TCP) or negotiatetime (TLS), after `ms` if that is sooner; `+QPING: 569`",
        ..net("net.timeout", |v| {
            Effect::Net(Net::Timeout { bytes: v.unsigned("bytes"), limit: v.maybe_millis("ms") })
        })
    },
    Row {
        params: &[
            param("bytes", BYTES, None, "after so many bytes of a direction"),
            param("ms", MS, Some(0), "so many milliseconds after the connect, when no bytes are said"),
        ],
        dirs: EVERY_WAY,
        does: "The connection is reset.",
        sees: "open: 566; later `closed`, and reads what came before",
        ..net("net.reset_peer", |v| {
            Effect::Net(Net::Reset { bytes: v.maybe_unsigned("bytes"), after: v.millis("ms") })
        })
    },
    Row {
        params: &[required("bytes", BYTES, "bytes that pass")],
        dirs: DOWN_FIRST,
        does: "The connection is closed (FIN) after so many bytes.",
        sees: "open: 566; later `closed`, and reads what came before",
        ..net("net.limit_data", |v| Effect::Net(Net::Limit { bytes: v.unsigned("bytes") }))
    },
    Row {
        params: &[param("ms", MS, Some(1000), "so many milliseconds")],
        dirs: DOWN_FIRST,
        does: "FIN comes late.",
        sees: "`closed` later; QSSLCLOSE and QICLOSE wait longer",
        ..net("net.slow_close", |v| Effect::SlowClose { late: v.millis("ms") })
    },
    Row {
        params: &[param("bytes", BYTES, Some(0), "bytes that pass before")],
        dirs: DOWN_FIRST,
        does: "The peer is gone and nobody says so: its data stop, and neither FIN nor RST comes, also when the fault \
               has ended. `dir=up`: what is sent goes nowhere.",
        sees: "open: 569; later nothing, SEND OK",
        ..net("net.half_open", |v| Effect::Net(Net::HalfOpen { bytes: v.unsigned("bytes") }))
    },
    Row { does: "RST answers the connect.", sees: "566", ..net("net.refuse", |_| Effect::Net(Net::Refuse)) },
    Row {
        does: "A router answers that there is no way; echo requests too.",
        sees: "566; `+QPING: 559`",
        ..net("net.unreachable", |_| Effect::Net(Net::Unreachable))
    },
    Row {
        params: &[required(
            "why",
            Takes::Word(&["denied", "no_socket", "in_use", "other"]),
            "what the operating system says",
        )],
        does: "The socket for a connect, bind, listen or echo request cannot be had.",
        sees: "554 no_socket, 556 in_use, 557 listeners, else 566 (a chosen port that is denied: 556)",
        ..net("net.socket", |v| Effect::Net(Net::Socket(v.failure("why"))))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "datagrams and echo requests",
        does: "Datagrams and echo requests are lost.",
        sees: "nothing; `+QPING: 569`; QNTP asks again",
        ..net("net.loss", |_| Effect::Net(Net::Lose))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "datagrams",
        does: "Datagrams come twice.",
        sees: "the datagram again",
        ..net("net.duplicate", |_| Effect::Net(Net::Duplicate))
    },
    Row {
        params: &[param("ms", MS, Some(20), "so many milliseconds")],
        dirs: EVERY_WAY,
        counts: "datagrams",
        does: "Datagrams come later, and those after them overtake.",
        sees: "another order",
        ..net("net.reorder", |v| Effect::Net(Net::Reorder { late: v.millis("ms") }))
    },
    Row {
        does: "There is no such name.",
        sees: "565; `+QIURC: \"dnsgip\",565`",
        ..dns("dns.nxdomain", |_| Effect::Dns(Dns::NotFound))
    },
    Row {
        does: "No name server can be asked: SERVFAIL, or no way there.",
        sees: "564",
        ..dns("dns.servfail", |_| Effect::Dns(Dns::Unreachable))
    },
    Row {
        does: "Name servers do not answer while this is on.",
        sees: "569 after 150 s (QSSLOPEN, QIOPEN) or 60 s (QIDNSGIP, QPING)",
        ..dns("dns.timeout", |_| Effect::Dns(Dns::Silence))
    },
    Row {
        params: &[required("address", Takes::Address, "what every name is")],
        does: "The name has another address.",
        sees: "what is there instead",
        ..dns("dns.wrong_answer", |v| Effect::Dns(Dns::Wrong(v.address("address"))))
    },
    Row {
        params: LATENCY,
        does: "Answers come late.",
        sees: "the same, later",
        ..dns("dns.latency", |v| Effect::Delay(v.span("ms", "jitter")))
    },
    Row {
        params: LATENCY,
        does: "Bytes come late. Order is kept.",
        sees: "the same, later",
        ..port("port.delay", |v| Effect::Delay(v.span("ms", "jitter")))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "bytes",
        does: "Bytes are lost. Without `prob`, `nth`, `first` or `every` all are.",
        sees: "damaged commands: ERROR or nothing; damaged answers",
        ..port("port.drop", |_| Effect::Port(Port::Drop))
    },
    Row {
        params: &[param(
            "mask",
            Takes::Number(0, 255),
            Some(0),
            "bits that change; 0: one of the eight, by chance",
        )],
        counts: "bytes",
        does: "Bits of bytes change. Without `prob`, `nth`, `first` or `every` of all bytes.",
        sees: "damaged commands: ERROR; damaged answers",
        ..port("port.corrupt", |v| Effect::Port(Port::Corrupt { mask: v.byte("mask") }))
    },
    Row {
        params: &[
            param("size", SIZE, Some(1), "bytes of a piece"),
            param("vary", Takes::Number(0, 65_535), Some(0), "up to so many bytes more or less"),
            param("us", Takes::Number(0, 10_000_000), Some(10_000), "time between two pieces, microseconds"),
        ],
        does: "Bytes come in small pieces. Order is kept.",
        sees: "the same, in pieces",
        ..port("port.split", |v| Effect::Slice {
            size: v.size("size"),
            vary: v.size("vary"),
            gap: v.micros("us"),
        })
    },
    Row {
        params: &[param("ms", MS, Some(20), "so many milliseconds")],
        does: "What comes within so long after a first byte comes together with it, at the end of that time.",
        sees: "several answers in one read",
        ..port("port.merge", |v| Effect::Port(Port::Merge { within: v.millis("ms") }))
    },
    Row {
        dirs: &[],
        counts: "times that DTR moves",
        does: "The module does not see DTR move.",
        sees: "what AT&D says does not happen",
        ..port("port.lost_dtr", |_| Effect::Port(Port::LostDtr))
    },
    Row {
        params: &[param("code", Takes::Number(0, 255), Some(40), "the alert, as in RFC 5246 7.2"), FLIGHT],
        does: "The server sends a fatal alert in place of a flight, and closes.",
        sees: "566",
        ..tls("tls.alert", |v| Effect::Tls(Tls::Alert { code: v.byte("code"), flight: v.unsigned("flight") }))
    },
    Row {
        params: &[FLIGHT],
        does: "A flight of the server does not come while this is on.",
        sees: "569 after negotiatetime",
        ..tls("tls.stall", |v| Effect::Tls(Tls::Stall { flight: v.unsigned("flight") }))
    },
    Row {
        params: &[FLIGHT, param("bytes", BYTES, Some(20), "bytes of it that come")],
        does: "The server closes (FIN) in the middle of a flight, and so of a record.",
        sees: "566; later `closed`",
        ..tls("tls.cut", |v| {
            Effect::Tls(Tls::Cut { flight: v.unsigned("flight"), bytes: v.unsigned("bytes") })
        })
    },
    Row {
        params: &[param(
            "record",
            Takes::Number(1, 1_000_000),
            Some(1),
            "this one of those with application data",
        )],
        dirs: DOWN_FIRST,
        does: "A bit of a protected record changes.",
        sees: "`closed`: the record does not authenticate here, or (`dir=up`) there",
        ..tls("tls.corrupt", |v| Effect::Tls(Tls::Corrupt { record: v.unsigned("record") }))
    },
    Row {
        does: "The server's alerts do not come, close_notify among them.",
        sees: "`closed` all the same; the trace tells",
        ..tls("tls.no_close_notify", |_| Effect::Tls(Tls::NoCloseNotify))
    },
    Row {
        does: "The server's certificate has expired: for this connection it is the year 9999.",
        sees: "566 with seclevel 1 or 2 and ignorelocaltime 0",
        ..tls("tls.expired", |_| Effect::Tls(Tls::Pretend(Pretend::Expired)))
    },
    Row {
        does: "The server's certificate is not valid yet: for this connection it is the year 1990.",
        sees: "566 with seclevel 1 or 2 and ignorelocaltime 0",
        ..tls("tls.not_yet_valid", |_| Effect::Tls(Tls::Pretend(Pretend::NotYetValid)))
    },
    Row {
        does: "The CA files of the context have the certificate of nobody.",
        sees: "566 with seclevel 1 or 2",
        ..tls("tls.unknown_ca", |_| Effect::Tls(Tls::Pretend(Pretend::UnknownCa)))
    },
    Row {
        does: "The server's certificate is for another host.",
        sees: "566 with seclevel 1 or 2 and the name checked",
        ..tls("tls.wrong_host", |_| Effect::Tls(Tls::Pretend(Pretend::WrongHost)))
    },
    Row {
        does: "The server's certificate was not signed by whom it names.",
        sees: "566 with seclevel 1 or 2 and ignoreinvalidcertsign 0",
        ..tls("tls.bad_signature", |_| Effect::Tls(Tls::Pretend(Pretend::BadSignature)))
    },
    Row {
        does: "The server's Finished is wrong.",
        sees: "566",
        ..tls("tls.wrong_finished", |_| Effect::Tls(Tls::Pretend(Pretend::WrongFinished)))
    },
    Row {
        does: "There is no SIM: not at the start, or it is taken out. It is put back when this ends.",
        sees: "`+CPIN: NOT READY`, `+CME ERROR: 10`, `pdpdeact`; QIACT 561",
        ..modem("module.no_sim", |_| Effect::Modem(Modem::NoSim))
    },
    Row {
        does: "There is no cell anywhere.",
        sees: "`+CREG: 2`, `+CSQ: 99,99`, `pdpdeact`; QIACT 561",
        ..modem("module.no_network", |_| Effect::Modem(Modem::Coverage(Coverage::None)))
    },
    Row {
        does: "The network denies registration.",
        sees: "`+CREG: 3`, `pdpdeact`; QIACT 561",
        ..modem("module.denied", |_| Effect::Modem(Modem::Coverage(Coverage::Denied)))
    },
    Row {
        params: &[param("rssi", Takes::Number(0, 31), Some(3), "as AT+CSQ prints it")],
        does: "The signal is weak.",
        sees: "`+CSQ: 3,99`; `+QIND: \"csq\"` where wanted",
        ..modem("module.signal", |v| Effect::Modem(Modem::Signal(v.byte("rssi"))))
    },
    Row {
        does: "The network refuses PDP contexts.",
        sees: "QIACT: ERROR, 561",
        ..modem("module.pdp_refused", |_| Effect::Modem(Modem::PdpRefused))
    },
    Row {
        params: &[param("cid", Takes::Number(1, 15), Some(1), "the PDP context")],
        once: true,
        does: "The network deactivates a PDP context.",
        sees: "`+QIURC: \"pdpdeact\",1`; SSL sockets `closed`",
        ..modem("module.pdp_drop", |v| Effect::Modem(Modem::PdpDrop(v.byte("cid"))))
    },
    Row {
        once: true,
        does: "The module starts anew without being asked: connections are gone without a goodbye.",
        sees: "RDY and the other codes of a start",
        ..modem("module.reboot", |_| Effect::Modem(Modem::NoPower(Duration::ZERO)))
    },
    Row {
        params: &[param("ms", MS, Some(500), "so many milliseconds")],
        once: true,
        does: "The supply breaks down: ports are dead and connections gone, then the module starts.",
        sees: "nothing, then RDY and the other codes of a start",
        ..modem("module.brown_out", |v| Effect::Modem(Modem::NoPower(v.millis("ms"))))
    },
    Row {
        does: "There is no memory: files cannot grow, sockets cannot be opened.",
        sees: "QFUPL, QFWRITE: `+CME ERROR: 420`; QSSLOPEN, QIOPEN: 553",
        ..modem("module.memory_full", |_| Effect::Modem(Modem::Point(FaultPoint::MemoryFull)))
    },
    Row {
        does: "The send buffer of every socket is full.",
        sees: "SEND FAIL, 553; in transparent mode the module takes nothing: CTS off with AT+IFC=2,2",
        ..modem("module.send_buffer_full", |_| Effect::Modem(Modem::Point(FaultPoint::SendBufferFull)))
    },
    Row {
        does: "The port that a socket needs is busy.",
        sees: "commands for sockets and SSL: ERROR, 574",
        ..modem("module.port_busy", |_| Effect::Several(&["error.574 every=1"]))
    },
    Row {
        params: &[param("ms", Takes::Number(1, 600_000), Some(1000), "so many milliseconds")],
        does: "Flash is slow: commands on files take longer.",
        sees: "their OK later",
        ..modem("module.slow_flash", |v| {
            Effect::Modem(Modem::Point(FaultPoint::SlowFlash(
                u32::try_from(v.unsigned("ms")).unwrap_or_default(),
            )))
        })
    },
    Row {
        params: &[param("s", Takes::Number(-3_155_760_000, 3_155_760_000), Some(3600), "so many seconds")],
        once: true,
        does: "The module's clock jumps.",
        sees: "another AT+CCLK?; certificates that are not valid any more, or not yet",
        ..modem("module.clock_jump", |v| Effect::Modem(Modem::ClockJump(v.signed("s"))))
    },
];

/// Faults that go together.
static PRESETS: &[Row] = &[
    Row {
        does: "LTE Cat 1 where reception is good: 10 Mbit/s down, 5 up.",
        sees: "a network like the module's own",
        ..preset("preset.cat1", |_| {
            Effect::Several(&[
                "net.bandwidth kbit=5000 dir=up",
                "net.bandwidth kbit=10000 dir=down",
                "net.latency ms=35 jitter=10",
                "dns.latency ms=70 jitter=20",
            ])
        })
    },
    Row {
        does: "The edge of a cell: slow, late, and a packet in ten is lost.",
        sees: "everything later, some of it not at all",
        ..preset("preset.weak_signal", |_| {
            Effect::Several(&[
                "net.bandwidth kbit=64",
                "net.latency ms=400 jitter=300",
                "net.loss prob=0.1",
                "dns.latency ms=800 jitter=600",
                "module.signal rssi=3",
            ])
        })
    },
    Row {
        does: "Nothing passes for 30 s (another `for`: so long); then everything goes on.",
        sees: "silence, then what has waited; timeouts of the host",
        ..preset("preset.tunnel", |_| Effect::Several(&["net.timeout for=30s", "dns.timeout for=30s"]))
    },
    Row {
        does: "Nothing passes for 8 s, and it is slow for 4 s more; once a minute.",
        sees: "silence, then what has waited",
        ..preset("preset.elevator", |_| {
            Effect::Several(&[
                "net.timeout for=8s again=60s",
                "dns.timeout for=8s again=60s",
                "net.latency ms=600 jitter=400 for=12s again=60s",
            ])
        })
    },
];

/// The row of this name.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    rows().find(|row| row.name == name)
}
