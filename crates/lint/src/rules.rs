//! The rules, one row each. Documentation, `modemtwin lint --rules`, findings and tests derive from the rows.

use serde::{Serialize, Serializer};
use std::{fmt, time::Duration};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works here and now, and breaks when something else is slower, later or set otherwise.
    Warning,
    /// Breaks on the real module.
    Error,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often within which time: what a rule allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// That often in a row; 1 for a rule that looks at a single event.
    pub times: u32,
    /// Each less (or, for a rule that waits, at least) this many milliseconds after the one before.
    pub millis: u64,
}

impl Limit {
    /// The time.
    pub const fn time(self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            1 => write!(f, "{} ms", self.millis),
            times => write!(f, "{times} in a row, each less than {} ms after the one before", self.millis),
        }
    }
}

/// A rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable, in kebab-case.
    pub name: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// Where it comes from: section of the note, clause of V.250, D-number.
    pub section: &'static str,
    /// What a host does that breaks it.
    pub what: &'static str,
    /// What it should do.
    pub remedy: &'static str,
    /// What the rule allows, where that is a number.
    pub limit: Option<Limit>,
}

impl Serialize for Rule {
    /// A rule is its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl Rule {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<&'static Rule> {
        RULES.iter().copied().find(|rule| rule.name == name)
    }

    /// The limit's time; zero for a rule without.
    pub(crate) fn time(&self) -> Duration {
        self.limit.map_or(Duration::ZERO, Limit::time)
    }

    /// The limit's number; 1 for a rule without.
    pub(crate) fn times(&self) -> u32 {
        self.limit.map_or(1, |limit| limit.times)
    }
}

macro_rules! rules {
    ($($id:ident = $name:literal, $severity:ident, $section:literal, $what:literal, $remedy:literal $(, $times:literal in $millis:literal ms)?;)*) => {
        $(
            #[doc = $what]
            pub(crate) static $id: Rule = Rule {
                name: $name,
                severity: Severity::$severity,
                section: $section,
                what: $what,
                remedy: $remedy,
                limit: rules!(@limit $($times, $millis)?),
            };
        )*
        /// All rules.
        pub static RULES: &[&Rule] = &[$(&$id,)*];
    };
    (@limit) => { None };
    (@limit $times:literal, $millis:literal) => { Some(Limit { times: $times, millis: $millis }) };
}

rules! {
    // ---- waiting for the module
    COMMAND_BEFORE_RESULT = "command-before-result", Error, "V.250 5.6",
        "the next command is sent before the final result code of the one before",
        "wait for OK, ERROR, +CME ERROR or what else ends the command; a character may abort a command that is executed";
    SEND_BEFORE_SEND_OK = "send-before-send-ok", Error, "§2.2.3",
        "the next command is sent before SEND OK or SEND FAIL",
        "wait for SEND OK, SEND FAIL or ERROR after the payload";
    PAYLOAD_BEFORE_PROMPT = "payload-before-prompt", Error, "§2.2.3, D16",
        "the payload is sent before the prompt `> `",
        "wait for CR LF `> `, then send the payload; the real module loses what comes earlier";
    DATA_BEFORE_CONNECT = "data-before-connect", Error, "§1.4, §2.2.2",
        "data are sent before CONNECT",
        "wait for CONNECT; what comes earlier is not data";
    NO_WAIT_FOR_READY = "no-wait-for-ready", Error, "D29",
        "commands are sent while the module starts, and are not heard",
        "wait for RDY, or repeat a bare AT until OK comes";

    // ---- payloads
    PAYLOAD_TOO_LONG = "payload-too-long", Error, "§2.2.3, D16",
        "a payload of more than 1460 bytes",
        "send it in pieces of at most 1460 bytes, each with a SEND OK of its own";
    PAYLOAD_SHORT = "payload-short", Error, "§2.2.3, D16",
        "fewer bytes than the command has announced: the module waits for the rest",
        "announce the number of bytes that follow; commands sent meanwhile are taken as payload", 1 in 1000 ms;
    PAYLOAD_SURPLUS = "payload-surplus", Error, "§2.2.3, D16",
        "more bytes than the command has announced: the surplus is not sent to the peer",
        "announce the number of bytes that follow", 1 in 100 ms;
    STRAY_AFTER_PAYLOAD = "stray-after-payload", Warning, "§2.2.3, D33",
        "CTRL+Z, ESC, CR or LF behind a payload of fixed length",
        "send the announced bytes and nothing else: the length ends the payload", 1 in 100 ms;
    PAYLOAD_CUT = "payload-cut", Error, "§2.2.3, D16",
        "0x1A or 0x1B stands inside a payload of variable length and ends it",
        "send binary data with a length: AT+QSSLSEND=<clientID>,<sendlen>", 1 in 100 ms;
    LF_BEFORE_PAYLOAD = "lf-before-payload", Warning, "§2.1.2, D30",
        "the line that asks for a payload ends with CR LF: the LF comes where the payload begins",
        "end command lines with CR alone";
    PAYLOAD_ECHO = "payload-echo", Note, "§3.3.2, D16",
        "the payload is echoed: its bytes come back before SEND OK",
        "switch it off with ATE0 or AT+QISDE=0, so that data cannot be mistaken for answers";
    SEND_FAIL_IGNORED = "send-fail-ignored", Error, "§2.2.3, D17",
        "after SEND FAIL nothing was taken, and the data are not sent again",
        "send the same data again later, or close the connection", 1 in 3000 ms;

    // ---- transparent mode
    ESCAPE_GUARD_BEFORE = "escape-guard-before", Error, "§1.4, D23",
        "+++ comes less than 1 s after other data, so that it is data itself",
        "send nothing for at least 1 s before +++";
    ESCAPE_GUARD_AFTER = "escape-guard-after", Error, "§1.4, D23",
        "something follows +++ within 1 s, so that it is data itself",
        "send nothing for at least 1 s behind +++, no CR either, and wait for OK";
    ESCAPE_TOO_SLOW = "escape-too-slow", Error, "§1.4, D23",
        "the three + take more than 1 s, so that they are data",
        "send +++ in one write";
    ESCAPE_ON_CHANNEL = "escape-on-channel", Error, "V105",
        "+++ on a channel of AT+CMUX, where it is data",
        "close the connection from another channel, with AT+QSSLCLOSE or AT+QICLOSE";
    COMMAND_AS_DATA = "command-as-data", Error, "§1.4",
        "a command is sent in transparent mode and goes to the peer",
        "leave transparent mode first: +++ with a second of silence on both sides, or DTR with AT&D1, and wait for OK", 1 in 20 ms;
    DATA_AFTER_NO_CARRIER = "data-after-no-carrier", Error, "§3.5, D20",
        "data are sent after NO CARRIER and are lost",
        "look for NO CARRIER in what the module says: it ends transparent mode", 1 in 200 ms;
    DTR_IGNORED = "dtr-ignored", Error, "§1.4, D24",
        "DTR goes off to leave transparent mode, and AT&D0 ignores it",
        "set AT&D1 before transparent mode is entered";

    // ---- sockets
    OPEN_BEFORE_ACTIVATION = "open-before-activation", Error, "§1.3",
        "a connection is opened before its PDP context is active",
        "AT+QIACT=<contextID> first, and wait for OK";
    OPEN_AFTER_FAILED_ACTIVATION = "open-after-failed-activation", Error, "§1.3",
        "AT+QIACT has failed, and a connection is opened all the same",
        "look at the result of AT+QIACT; wait for registration and activate again";
    OPEN_AFTER_FAILED_CONFIG = "open-after-failed-config", Error, "§2.2.1",
        "AT+QSSLCFG has failed, and a connection is opened with the context as it was before",
        "look at the result of every AT+QSSLCFG";
    USE_BEFORE_OPEN = "use-before-open", Error, "§2.2.2",
        "a connection is used before +QSSLOPEN or +QIOPEN has said that it is open",
        "OK means that the open has begun: wait for the code with <err> 0";
    USE_AFTER_FAILED_OPEN = "use-after-failed-open", Error, "§2.2.2",
        "a connection is used although its open has failed",
        "look at <err> of +QSSLOPEN and +QIOPEN";
    USE_AFTER_CLOSED = "use-after-closed", Warning, "§2.3.2",
        "something is sent on a connection after its \"closed\"",
        "look for \"closed\" before you send", 1 in 200 ms;
    ID_IN_USE = "id-in-use", Error, "D12",
        "a connection is opened with an id that is not free (563)",
        "close the id first, with AT+QSSLCLOSE or AT+QICLOSE, also after \"closed\"";
    CLOSED_NOT_CLOSED = "closed-not-closed", Error, "§2.3.2",
        "\"closed\" or NO CARRIER has come, and the id is never closed: it stays taken",
        "AT+QSSLCLOSE=<clientID> or AT+QICLOSE=<connectID> after every \"closed\"", 1 in 3000 ms;
    ID_LEFT_OPEN = "id-left-open", Note, "§2.2.5",
        "an id is still open at the end",
        "close what has been opened";
    OPEN_RETRY_NO_BACKOFF = "open-retry-no-backoff", Warning, "§2.2.2",
        "failed opens are repeated without a pause",
        "wait before the next try, longer each time", 3 in 1000 ms;
    OPEN_GIVEN_UP = "open-given-up", Note, "§2.2.2",
        "an open is given up before the longest time that it may take",
        "wait 150 s and the negotiation time for +QSSLOPEN before you close";

    // ---- receiving
    RECV_NOT_READ = "recv-not-read", Error, "§2.3.1, D18",
        "\"recv\" has come, and the data are never read",
        "AT+QSSLRECV or AT+QIRD after every \"recv\"; the next one comes only after everything has been read", 1 in 3000 ms;
    RECV_NOT_EMPTIED = "recv-not-emptied", Warning, "§2.2.4, D18",
        "a read brought as much as it asked for, or less than was announced, and nobody reads on",
        "read until less comes than you ask for: \"recv\" comes again only when everything has been read", 1 in 3000 ms;
    POLLING_READ = "polling-read", Warning, "§2.3.1",
        "data are asked for again and again while there are none",
        "wait for \"recv\"", 5 in 1000 ms;
    POLLING_STATE = "polling-state", Warning, "§2.3",
        "the state of sockets is asked for again and again",
        "wait for +QSSLOPEN, \"recv\" and \"closed\"", 5 in 1000 ms;
    POLLING_NETWORK = "polling-network", Note, "D29",
        "registration or signal strength are asked for again and again",
        "AT+CREG=1 (CEREG, CGREG) tells of every change; ask once a second at most", 5 in 500 ms;

    // ---- TLS
    CLOCK_NOT_SET = "clock-not-set", Error, "§1.5, D9",
        "certificate dates are checked (ignorelocaltime 0), and nobody has set the module's clock or looked at it",
        "AT+CCLK, AT+QNTP or AT+CTZU before AT+QSSLOPEN";
    DATES_NOT_CHECKED = "dates-not-checked", Note, "§1.5",
        "the server is verified without the dates of its certificate (ignorelocaltime 1)",
        "AT+QSSLCFG=\"ignorelocaltime\",<SSL_ctxID>,0 with a clock that is right";
    SERVER_NOT_VERIFIED = "server-not-verified", Note, "§2.2.1, D7",
        "seclevel 0: any server is accepted",
        "AT+QSSLCFG=\"seclevel\",<SSL_ctxID>,1 with a CA file";
    NAME_NOT_CHECKED = "name-not-checked", Note, "§1.6, D8",
        "sni 0: the server does not learn the name, and its certificate may be for another",
        "AT+QSSLCFG=\"sni\",<SSL_ctxID>,1";
    CERTIFICATE_NOT_SET = "certificate-not-set", Error, "§2.2.1, D7",
        "seclevel asks for certificate files that the context does not name",
        "set \"cacert\" for seclevel 1 and 2, \"clientcert\" and \"clientkey\" for seclevel 2";
    OLD_VERSION = "old-version", Note, "§2.2.1, RFC 7568, RFC 8996",
        "SSL 3.0, TLS 1.0 or TLS 1.1 alone is asked for",
        "AT+QSSLCFG=\"sslversion\",<SSL_ctxID>,3";
    WEAK_SUITE = "weak-suite", Note, "§1.2, RFC 7465, RFC 9325",
        "a cipher suite with RC4 or 3DES is asked for",
        "ask for suites with AES";
    CONFIG_AFTER_OPEN = "config-after-open", Warning, "§2.2.1, D5",
        "a context is changed while its connection is open, and nothing is opened with it afterwards",
        "AT+QSSLCFG before AT+QSSLOPEN: it has no effect on connections that exist";

    // ---- the lines
    MISPRINT = "misprint", Error, "D1",
        "a command or item is spelled as the note misprints it",
        "write +QSSLCFG, +QSSLSEND, +QSSLRECV, \"seclevel\"";
    FOREIGN_HABIT = "foreign-habit", Error, "D34",
        "something that only sibling modules take, and this one with --lenient",
        "write what the note has";
    UNKNOWN_COMMAND = "unknown-command", Warning, "D33",
        "a command that the documents of this module do not have",
        "look it up in the module's AT commands manual";
    OTHER_VENDOR = "other-vendor", Error, "D33",
        "a command of another vendor's modules",
        "use the AT+Q commands of the note and its companion documents";
    BAD_PARAMETER = "bad-parameter", Error, "§2.1.2",
        "a command in a form, or with a parameter, that it cannot have",
        "see docs/at-reference.md, or ask with =?";
    LF_LINE_END = "lf-line-end", Error, "§2.1.2",
        "a line ends with LF alone: the module waits for CR",
        "end command lines with CR";
    MIXED_PREFIX = "mixed-prefix", Error, "§2.1.2",
        "`At` or `aT` begins no line and is not answered",
        "write AT or at";
    LINE_TOO_LONG = "line-too-long", Error, "V.250 5.2",
        "a command line of more than 4096 characters",
        "send commands one by one, and data as a payload";
    LOWER_CASE = "lower-case", Note, "§2.1.2",
        "commands are written in lower case",
        "it is allowed; answers come in upper case";
    NOISE = "noise", Warning, "D33",
        "bytes between command lines that begin none: the module drops them",
        "send nothing but command lines, each from AT to CR";
}
