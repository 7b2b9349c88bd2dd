"""The values of the control interface (docs/control.md), made of its description by `cargo xtask codegen`."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict


Activity = Literal["command", "executing", "payload", "online", "multiplexed"]
"""What a port is doing."""


class Clock(TypedDict):
    """A clock."""
    cclk: str
    """Local time as AT+CCLK prints it."""
    unix: int
    """Seconds since 1970 UTC."""
    utc: str
    """The same as date and time (RFC 3339)."""


class CommandForm(TypedDict):
    """A form of a command."""
    command: str
    """As in the documents, with AT."""
    failed: int
    """How often it, or the line that it stood in, failed."""
    form: str
    """test, read, set or exec."""
    item: Optional[str]
    """As in AT+QSSLCFG="sni"."""
    sent: int
    """How often it was sent."""


class Coverage(TypedDict):
    """What of the module the host driver has met so far."""
    codes: Dict[str, int]
    """Codes of Table 5, and how often each came."""
    codes_not_met: List[str]
    """Codes of Table 5 that never came and that matter."""
    commands: List[CommandForm]
    """Forms of commands that were sent."""
    commands_not_met: List[str]
    """Forms that were not."""
    results: Dict[str, int]
    """Result codes, and how often each came."""
    results_not_met: List[str]
    """Result codes that never came."""
    urcs: Dict[str, int]
    """Unsolicited codes, and how often each came."""
    urcs_not_met: List[str]
    """Unsolicited codes that never came."""


CoverageName = Literal["none", "home", "roaming", "denied"]
"""What the network has for a module."""


class Failure(TypedDict):
    """A failure: when, whose, what the host was told, why, and what helps."""
    cause: str
    """What happened."""
    client: Optional[int]
    """clientID or connectID, of a connection."""
    cme: Optional[int]
    """Number of +CME ERROR."""
    code: Optional[int]
    """Code of Table 5."""
    command: Optional[str]
    """The command, without AT."""
    fault: Optional[str]
    """The fault that somebody has asked for, if that is why."""
    port: Optional[str]
    """The port of the command, if it was refused."""
    reason: str
    """The kind of cause, as docs/why.md has it."""
    remedy: str
    """What helps."""
    t: float
    """Seconds since the module started."""
    text: str
    """All of it in one line."""
    times: int
    """How often it has happened in a row; the times are those of the last."""
    unix: float
    """Seconds since 1970 UTC by the clock of this machine."""


class Failures(TypedDict):
    """The last failures of a module."""
    failures: List[Failure]
    """The oldest first."""


class Fault(TypedDict):
    """A fault."""
    asked: str
    """What was asked for: itself, or the preset."""
    fault: str
    """Its text."""
    hits: int
    """How often it has struck."""
    id: int
    """Its number; the faults of a preset have the same."""
    on: bool
    """It is on now; otherwise it is to begin later."""


class FaultId(TypedDict):
    """A fault that was asked for."""
    id: int
    """Its number."""


class Faults(TypedDict):
    """Faults that are asked for and not over."""
    faults: List[Fault]
    """In the order in which they were asked for."""


class File(TypedDict):
    """A file."""
    name: str
    """Its name, with RAM: in front if it lies there."""
    open: bool
    """A host has it open (AT+QFOPEN)."""
    size: int
    """Bytes in it."""


class Files(TypedDict):
    """The file storage."""
    files: List[File]
    """In the order of their names."""
    free: int
    """Bytes that a new file may have."""
    size: int
    """Bytes of UFS."""


class Finding(TypedDict):
    """Something that the host driver has done wrong."""
    detail: str
    """By what."""
    port: str
    """Where."""
    remedy: str
    """What to do."""
    rule: str
    """The rule (docs/lint.md)."""
    section: str
    """Where the documents say so."""
    severity: str
    """error, warning or note."""
    t: float
    """Seconds since the module started."""
    what: str
    """What is wrong."""


class Findings(TypedDict):
    """What the host driver has done wrong so far."""
    findings: List[Finding]
    """In order."""


class Identity(TypedDict):
    """Who a module is."""
    iccid: str
    """AT+QCCID."""
    imei: str
    """AT+CGSN."""
    imsi: str
    """AT+CIMI."""
    product: str
    """ATI."""
    revision: str
    """AT+CGMR."""
    serial: str
    """AT+CGSN=0."""


class LastError(TypedDict):
    """The code of the last TCP/IP or SSL command."""
    code: int
    """Table 5 of the note."""
    text: str
    """Its words."""


class Lifted(TypedDict):
    """Faults that are over."""
    lifted: int
    """How many."""


class Lines(TypedDict):
    """Modem lines; true is on."""
    cts: bool
    """Of the module: clear to send."""
    dcd: bool
    """Of the module: data carrier detect."""
    dsr: bool
    """Of the module: data set ready."""
    dtr: bool
    """Of the host: data terminal ready."""
    ri: bool
    """Of the module: ring indicator."""
    rts: bool
    """Of the host: request to send."""


class Module(TypedDict):
    """A module."""
    clock: Clock
    """Its clock."""
    functionality: int
    """AT+CFUN: 0 minimum, 1 full, 4 airplane."""
    identity: Identity
    """Who it is."""
    last_error: LastError
    """AT+QIGETERROR."""
    model: str
    """EC200M-CN, EC200N-CN, EC800M-CN or EC800N-CN."""
    name: str
    """What it is called here."""
    network: Network
    """Network and registration."""
    power: PowerState
    """Is it alive?"""
    sim: Sim
    """What is in the SIM holder."""
    tolerance: ToleranceName
    """How misprints and foreign habits are treated."""


class ModuleName(TypedDict):
    """A module and where hosts find it."""
    name: str
    """What it is called here: the name of the configuration, `module0` without one."""
    ports: List[PortPlace]
    """Its ports."""


class Modules(TypedDict):
    """The modules of this process."""
    modules: List[ModuleName]
    """In the order of the configuration."""
    version: str
    """Version of modemtwin."""


class Network(TypedDict):
    """Network and registration."""
    attached: bool
    """The host wants packet service (AT+CGATT)."""
    coverage: CoverageName
    """What there is to find."""
    refuse_pdp: bool
    """The network refuses PDP contexts."""
    registration: int
    """stat of AT+CREG: 0 not registered, 1 home, 2 searching, 3 denied, 5 roaming."""
    signal: int
    """As AT+CSQ prints it: 0 to 31, 99 unknown."""


class PdpContext(TypedDict):
    """A PDP context."""
    active: bool
    """Activated."""
    addresses: List[str]
    """Its addresses while it is active."""
    apn: str
    """Access point name."""
    dns: Optional[List[str]]
    """Name servers, if the host has set them."""
    id: int
    """1 to 15."""
    kind: int
    """1 IPv4, 2 IPv6, 3 both."""
    lost: bool
    """The network has ended it, and the host has not yet said AT+QIDEACT."""


class PdpContexts(TypedDict):
    """PDP contexts that the host has defined or activated."""
    contexts: List[PdpContext]
    """In the order of their ids."""


class Port(TypedDict):
    """A port."""
    activity: Activity
    """What it is doing."""
    attached: bool
    """A host has it open."""
    dcd_setting: int
    """AT&C."""
    dtr_setting: int
    """AT&D."""
    echo: bool
    """ATE."""
    endpoint: Optional[str]
    """Where hosts find it; a channel of AT+CMUX has no place of its own."""
    lines: Lines
    """Modem lines."""
    name: str
    """usbat, usbmodem, uart1, or cmux1 to cmux4."""
    online: Optional[int]
    """The socket that it is connected to in transparent mode, also while that is suspended."""
    unsent: int
    """Bytes of answers and codes that the host has not taken yet."""


class PortPlace(TypedDict):
    """Where hosts find a port."""
    endpoint: str
    """pty, tcp, unix, stdio, serial or rfc2217, and behind it the path or address."""
    name: str
    """usbat, usbmodem or uart1."""


class Ports(TypedDict):
    """The ports of a module, and the channels of AT+CMUX behind them."""
    ports: List[Port]
    """In the order of the configuration."""


PowerState = Literal["off", "booting", "on", "falling"]
"""Is a module alive?"""


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""
    detail: str
    """What is wrong."""
    place: str
    """What it is about."""
    remedy: str
    """What to do about it."""
    status: int
    """The status of the answer."""
    title: str
    """The words of the status."""


class Sim(TypedDict):
    """What is in the SIM holder."""
    locked: bool
    """The card asks for its PIN when it gets power."""
    pin_tries: int
    """Wrong PINs that are left."""
    present: bool
    """There is a card."""
    puk_tries: int
    """Wrong PUKs that are left."""
    wants: Optional[SimWants]
    """What the card wants before it works; none without a card."""


SimWants = Literal["nothing", "pin", "puk", "another"]
"""What a SIM card wants before it works."""


class Socket(TypedDict):
    """A socket."""
    host: str
    """Name or address as given at the open."""
    id: int
    """clientID or connectID, 0 to 11."""
    local_port: int
    """Own port; 0 until known."""
    mode: int
    """Access mode: 0 buffer, 1 direct push, 2 transparent."""
    opened_by: str
    """The port that opened it."""
    pdp: int
    """PDP context."""
    received: int
    """Bytes that have come for the host on this connection."""
    remote: Optional[str]
    """Address, once known."""
    remote_port: int
    """Port of the other end."""
    sent: int
    """Bytes that the host has sent on this connection."""
    service: str
    """As AT+QISTATE and AT+QSSLSTATE print it."""
    ssl_context: Optional[int]
    """SSL context of an SSL socket."""
    state: str
    """Initial, Opening, Connected, Listening or Closing."""
    state_code: int
    """The number of the state (2.2.6)."""
    tls: Optional[Tls]
    """What the handshake agreed on, once it is complete."""
    unread: int
    """Those of them that the host has not read."""
    unsent: int
    """Those of them that have not left yet."""


class Sockets(TypedDict):
    """Sockets that are not in Initial."""
    sockets: List[Socket]
    """In the order of their ids."""


class SslContext(TypedDict):
    """What AT+QSSLCFG has set for a context; the names and numbers are the note's."""
    cacert: str
    cacertex: str
    checkhost: int
    ciphersuite: List[str]
    """0XFFFF, or codes of suites in the order of preference."""
    clientcert: str
    clientkey: str
    closetimemode: int
    id: int
    """0 to 5."""
    ignoreinvalidcertsign: int
    ignorelocaltime: int
    ignoremulticertchainverify: int
    negotiatetime: int
    seclevel: int
    session_cache: int
    sni: int
    sslversion: int


class SslContexts(TypedDict):
    """The SSL contexts."""
    contexts: List[SslContext]
    """0 to 5."""


class Tls(TypedDict):
    """What a handshake agreed on."""
    chain: List[str]
    """Subjects of the certificates that the server sent, its own first."""
    resumed: bool
    """An earlier session was resumed."""
    suite: str
    """The suite."""
    summary: str
    """Everything, in words."""
    version: str
    """The version."""


ToleranceName = Literal["strict", "default", "lenient"]
"""How misprints and foreign habits are treated."""
