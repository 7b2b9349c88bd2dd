//! Parameters, each declared once: name and range of the documents.

use at::spec::{Kind, Param};

macro_rules! params {
    ($($(#[$doc:meta])* $id:ident = $name:literal, $kind:expr, $text:literal;)*) => {
        $($(#[$doc])* #[doc = $text] pub(crate) static $id: Param = Param { name: $name, kind: $kind, doc: $text };)*
    };
}

/// The character sets of `AT+CSCS`.
pub(crate) const CHARACTER_SETS: [&str; 3] = ["GSM", "IRA", "UCS2"];

/// The codes of Table 3 and `0XFFFF`.
const SUITE_CODES: [u16; tls::suites::SUITES.len() + 1] = {
    let mut codes = [0xFFFF; tls::suites::SUITES.len() + 1];
    let mut i = 0;
    while i < tls::suites::SUITES.len() {
        codes[i] = tls::suites::SUITES[i].code;
        i += 1;
    }
    codes
};

params! {
    // Basic
    ZERO = "value", Kind::List(&[0]), "0, the only value";
    SWITCH = "value", Kind::List(&[0, 1]), "0 off, 1 on";
    PROGRESS = "value", Kind::Range(0, 4), "Result code set; kept, no effect";
    DTR_MODE = "value", Kind::Range(0, 2), "0 DTR is ignored, 1 DTR off enters command mode, 2 DTR off closes the link";
    REGISTER = "register", Kind::Range(0, 255), "Number of an S-parameter";
    REGISTER_VALUE = "value", Kind::Range(0, 255), "Value of an S-parameter";
    DIAL_STRING = "dialstring", Kind::Raw(64), "Digits and modifiers";
    // General
    CMEE_MODE = "n", Kind::Range(0, 2), "0 ERROR, 1 numbers, 2 words";
    CHARACTER_SET = "chset", Kind::Word(&CHARACTER_SETS), "Character set. Default GSM";
    MESSAGE_FORMAT = "mode", Kind::List(&[0, 1]), "0 PDU, 1 text. Default 0";
    CNMI_MODE = "mode", Kind::Range(0, 2), "When messages are told of. Default 2";
    CNMI_MT = "mt", Kind::Range(0, 3), "How messages are told of. Default 1";
    CNMI_BM = "bm", Kind::List(&[0, 2]), "How cell broadcasts are told of. Default 0";
    CNMI_DS = "ds", Kind::Range(0, 2), "How reports are told of. Default 0";
    CNMI_BFR = "bfr", Kind::List(&[0, 1]), "What becomes of what waits. Default 0";
    EVENT_MODE = "mode", Kind::Range(0, 2), "When events are told of. Default 0";
    EVENT_BUFFER = "bfr", Kind::List(&[0, 1]), "What becomes of what waits. Default 0";
    SNT = "snt", Kind::List(&[0, 1]), "0 serial number, 1 IMEI";
    PIN = "pin", Kind::Loose(8), "PIN or PUK of the SIM, 4 to 8 digits";
    NEW_PIN = "newpin", Kind::Loose(8), "New PIN, 4 to 8 digits";
    FACILITY = "fac", Kind::Word(&["SC"]), "The SIM";
    SECRET = "fac", Kind::Word(&["SC", "P2"]), "The SIM's PIN, or its PIN2";
    LOCK_MODE = "mode", Kind::Range(0, 2), "0 unlock, 1 lock, 2 query";
    ENABLE = "enable", Kind::List(&[0, 1]), "0 off, 1 on";
    STATE = "state", Kind::List(&[0, 1]), "0 off, 1 on";
    REGISTRATION = "n", Kind::Range(0, 2), "0 no URC, 1 URC with state, 2 URC with state and cell";
    COPS_MODE = "mode", Kind::Range(0, 4), "0 automatic, 1 manual, 2 deregister, 3 format only, 4 manual then automatic";
    COPS_FORMAT = "format", Kind::Range(0, 2), "0 long name, 1 short name, 2 number";
    COPS_ACCESS = "Act", Kind::List(&[7]), "7 LTE";
    COPS_OPERATOR = "oper", Kind::Text(16), "Operator in the given format";
    TIME = "time", Kind::Text(20), "\"yy/MM/dd,hh:mm:ss\" with or without zone in quarter hours";
    FUNCTIONALITY = "fun", Kind::List(&[0, 1, 4]), "0 minimum, 1 full, 4 radio off";
    POWER_DOWN = "n", Kind::List(&[0, 1]), "0 at once, 1 in order";
    ZONE_UPDATE = "onoff", Kind::List(&[0, 1, 3]), "0 no, 1 and 3 yes. Default 1";
    ZONE_REPORT = "reporting", Kind::Range(0, 2), "0 no, 1 +CTZV, 2 +CTZE. Default 0";
    TIME_MODE = "mode", Kind::Range(0, 2), "0 the last told, 1 now in UTC, 2 now in local time";
    RATE = "rate", Kind::Number(600, 1_000_000), "Bits a second. Default 115200";
    FLOW_BY_DCE = "dce_by_dte", Kind::List(&[0, 2]), "0 none, 2 RTS. Default 0";
    FLOW_BY_DTE = "dte_by_dce", Kind::List(&[0, 2]), "0 none, 2 CTS; the same as the other. Default 0";
    FRAMING = "format", Kind::Range(1, 6), "1 8N2, 2 8 bits and parity, 3 8N1, 4 7N2, 5 7 bits and parity, 6 7N1. Default 3";
    PARITY = "parity", Kind::List(&[0, 1]), "0 odd, 1 even";
    URC_PORT = "urcport", Kind::Word(&["usbat", "usbmodem", "uart1"]), "Name of the port. Default usbat";
    RI_TYPE = "typeRI", Kind::Word(&["off", "pulse"]), "What RI does. Default pulse";
    RI_DURATION = "pulse_duration", Kind::Range(5, 2000), "Milliseconds. Default 120";
    RI_COUNT = "pulse_count", Kind::Range(1, 5), "Number of pulses. Default 1";
    ITEM_VALUE = "value", Kind::Range(0, 3), "Value of the item";
    EFFECT = "effect", Kind::List(&[0, 1]), "0 after a restart, 1 at once; the item has no effect. Default 1";
    RESET = "rst", Kind::List(&[0, 1]), "1 restarts the module";
    MUX_MODE = "mode", Kind::List(&[0]), "0 basic option";
    MUX_SUBSET = "subset", Kind::List(&[0]), "0 UIH frames";
    MUX_SPEED = "port_speed", Kind::Range(1, 8), "Speed of the wire; kept, the wire stays as it is";
    MUX_N1 = "N1", Kind::Range(1, 1509), "Longest information field of a frame, in bytes";
    MUX_T1 = "T1", Kind::Range(1, 255), "Acknowledgement timer, 10 ms; kept, the module asks for nothing";
    MUX_N2 = "N2", Kind::Range(0, 100), "Repetitions; kept";
    MUX_T2 = "T2", Kind::Range(2, 255), "Response timer of the control channel, 10 ms; kept";
    MUX_T3 = "T3", Kind::Range(1, 255), "Wake-up timer, s; kept";
    MUX_K = "k", Kind::Range(1, 7), "Window of error recovery; kept";
    // Packet service
    CID = "cid", Kind::Range(1, 15), "PDP context";
    PDP_TYPE = "PDP_type", Kind::Text(8), "\"IP\", \"IPV6\" or \"IPV4V6\"";
    PDP_ADDRESS = "PDP_addr", Kind::Text(63), "Wanted address; the network gives its own";
    DATA_COMPRESSION = "data_comp", Kind::Range(0, 2), "Kept at 0";
    HEADER_COMPRESSION = "head_comp", Kind::Range(0, 4), "Kept at 0";
    ADDRESS_ALLOCATION = "IPv4AddrAlloc", Kind::List(&[0, 1]), "Kept at 0";
    REQUEST_TYPE = "request_type", Kind::Range(0, 2), "Kept at 0";
    // PDP
    CONTEXT_ID = "contextID", Kind::Range(1, 15), "PDP context";
    CONTEXT_TYPE = "context_type", Kind::Range(1, 3), "1 IPv4, 2 IPv6, 3 IPv4v6";
    APN = "APN", Kind::Text(127), "Access point name";
    USER = "username", Kind::Text(127), "User name";
    PASSWORD = "password", Kind::Text(127), "Password";
    AUTH = "authentication", Kind::Range(0, 3), "0 none, 1 PAP, 2 CHAP, 3 PAP or CHAP";
    PRI_DNS = "pridnsaddr", Kind::Text(46), "Primary name server";
    SEC_DNS = "secdnsaddr", Kind::Text(46), "Secondary name server";
    // TCP/IP
    CONNECT_ID = "connectID", Kind::Range(0, 11), "Socket";
    ACCESS_MODE = "access_mode", Kind::Range(0, 2), "0 buffer access, 1 direct push, 2 transparent transmission";
    SERVICE_TYPE = "service_type", Kind::Word(&["TCP", "UDP", "TCP LISTENER", "UDP SERVICE"]), "What is opened";
    ADDRESS = "IP_address>/<domain_name", Kind::Text(255), "The peer; 127.0.0.1 for one that serves";
    REMOTE_PORT = "remote_port", Kind::Number(0, 65535), "Port of the peer; 0 for one that serves";
    LOCAL_PORT = "local_port", Kind::Number(0, 65535), "Own port; 0 or nothing for any";
    MAX_CLIENTS = "max_clients", Kind::Range(0, 11), "Connections that a listener takes. Default 11";
    OPEN_TIMEOUT = "timeout", Kind::Range(10, 150), "Longest time to connect. Unit: second. Default 150";
    TIMEOUT = "timeout", Kind::Range(0, 65535), "Longest wait for the peer; 0 does not wait. Unit: second. Default 10";
    STATE_QUERY = "query_type", Kind::List(&[0, 1]), "0 sockets of a context, 1 one socket";
    STATE_ID = "ID", Kind::Range(0, 15), "PDP context or socket";
    SEND_LENGTH = "send_length", Kind::Range(0, 1460), "Bytes to send; 0 asks for the counts. Without it, up to Ctrl-Z";
    REMOTE_IP = "remoteIP", Kind::Text(46), "To whom a UDP service sends";
    HEX_STRING = "hex_string", Kind::Text(512), "Two hexadecimal digits for each byte";
    HOST_NAME = "hostname", Kind::Text(255), "Name to look up";
    PING_HOST = "host", Kind::Text(255), "Name or address";
    PING_TIMEOUT = "timeout", Kind::Range(1, 255), "Longest wait for a reply. Unit: second. Default 4";
    PING_COUNT = "pingnum", Kind::Range(1, 10), "How many requests. Default 4";
    NTP_SERVER = "server", Kind::Text(255), "Name or address of the time server";
    NTP_PORT = "port", Kind::Number(1, 65535), "Its UDP port. Default 123";
    AUTO_SET = "autosettime", Kind::List(&[0, 1]), "1 sets the clock. Default 1";
    NTP_RETRIES = "retry_cnt", Kind::Range(1, 10), "How often it is asked again. Default 3";
    NTP_INTERVAL = "retry_interval", Kind::Range(5, 60), "Time between two questions. Unit: second. Default 15";
    VIEW = "view_mode", Kind::List(&[0, 1]), "1 the result shows type and address. Default 0";
    PACKET_SIZE = "transpktsize", Kind::Range(1, 1460), "Bytes that make a packet in transparent mode. Default 1024";
    PACKET_WAIT = "transwaittm", Kind::Range(0, 20), "Silence that sends fewer. Unit: 100 ms. Default 2";
    SEND_FORMAT = "send_data_format", Kind::List(&[0, 1]), "1 payloads are hexadecimal digits. Default 0";
    RECEIVE_FORMAT = "recv_data_format", Kind::List(&[0, 1]), "1 received data are hexadecimal digits. Default 0";
    VIEW_MODE = "view_mode", Kind::List(&[0, 1]), "1 a comma between header and data. Default 0";
    UDP_SEND_MODE = "udp_send_mode", Kind::List(&[0, 1]), "0 each send is a datagram, 1 sends that wait for the network are one. Default 0";
    UDP_READ_MODE = "udp_read_mode", Kind::List(&[0, 1]), "0 one datagram at a time, 1 across boundaries. Default 0";
    AUTO_ACCEPT = "auto_accept", Kind::List(&[0, 1]), "0 incoming connections are refused. Default 1";
    PASSIVE_CLOSE = "closed", Kind::List(&[0, 1]), "1 a socket that its peer has closed closes by itself. Default 0";
    RECYCLE = "enable", Kind::List(&[0, 1]), "1 the own port of a connection that was closed can be taken again at once. Default 0";
    CLOSE_MODE = "close_mode", Kind::List(&[0, 1]), "1 AT+QICLOSE is OK at once, a URC tells the end. Default 0";
    RECEIVE_LENGTH = "recv_ind", Kind::List(&[0, 1]), "1 \"recv\" in buffer access mode tells the length. Default 0";
    SEND_REPORT = "sendinfo", Kind::List(&[0, 1]), "1 a report in place of SEND OK and SEND FAIL. Default 0";
    KEEP_ALIVE = "enable", Kind::List(&[0, 1]), "1 idle connections are probed. Default 0";
    KEEP_ALIVE_IDLE = "idle_time", Kind::Range(1, 1800), "Before the first probe. Unit: second";
    KEEP_ALIVE_INTERVAL = "interval_time", Kind::Range(25, 100), "Between probes. Unit: second";
    KEEP_ALIVE_PROBES = "probe_cnt", Kind::Range(3, 10), "Probes without answer that end the connection";
    RETRANSMISSIONS = "max_backoffs", Kind::Range(3, 12), "Retransmissions. Shown: 8";
    RETRANSMISSION_PERIOD = "max_rto", Kind::Range(5, 1000), "Longest time between two. Unit: 100 ms. Shown: 60";
    SEND_CYCLE = "cycle", Kind::Range(0, 86400), "Seconds between two messages, 20 or more; 0 ends it";
    AUTO_MESSAGE = "message", Kind::Text(400), "Message in hexadecimal digits";
    PROMPT_FORM = "format", Kind::List(&[0, 1]), "1 the prompt is a line of its own. Default 0";
    SEND_TIMEOUT = "timeout", Kind::Range(0, 120), "Longest silence behind a prompt; 0 no limit. Unit: second. Default 0";
    SEND_BUFFER = "send_buffersize", Kind::Range(1460, 10240), "Bytes that a socket takes before SEND FAIL. Default 10240";
    RECEIVE_BUFFER = "recv_buffersize", Kind::Range(10240, 524_288), "Bytes that a socket keeps for the host. Default 10240";
    RETRY_OF = "action", Kind::List(&[0, 1]), "0 deactivation, which no network refuses; 1 activation";
    RETRY_NETWORK = "network", Kind::List(&[0]), "0 LTE";
    RETRY_COUNT = "count", Kind::Range(2, 4), "How often a network that refuses is asked again. Shown: 4";
    RETRY_PERIOD = "period", Kind::Range(1, 255), "Time between two. Unit: second. Shown: 8";
    DNS_CACHE = "enable", Kind::List(&[0, 1]), "1 names are looked up again only when their time to live is over. Default 0";
    WINDOW_SCALE = "enable", Kind::List(&[0, 1]), "0 at most 65535 bytes of a peer are on their way, 1 more. For connections to come. Default 0";
    ECHO = "echo", Kind::List(&[0, 1]), "1 payloads are echoed";
    // FILE
    FILE_NAME = "filename", Kind::Text(84), "Name of up to 80 bytes, with or without UFS:";
    STORAGE = "storage", Kind::Word(&["UFS"]), "The storage";
    OPEN_MODE = "mode", Kind::Range(0, 2), "0 create or open, 1 create or empty, 2 read only. Default 0";
    FILE_HANDLE = "filehandle", Kind::Number(0, u32::MAX), "Handle of an open file";
    LENGTH = "length", Kind::Number(1, 286_720), "Bytes; without it 10240 to write, all that is left to read";
    OFFSET = "offset", Kind::Number(0, u32::MAX), "Bytes";
    ORIGIN = "position", Kind::Range(0, 2), "0 from the beginning, 1 from the current position, 2 back from the end. Default 0";
    FILE_SIZE = "filesize", Kind::Range(1, u32::MAX), "Bytes to come. Default 10240";
    FILE_TIMEOUT = "timeout", Kind::Number(1, 65535), "Longest pause between bytes. Unit: second. Default 5";
    ACK_MODE = "ackmode", Kind::List(&[0, 1]), "1 acknowledges every 1024 bytes with A";
    // SSL
    PDP_CTX_ID = "PDP_ctxID", Kind::Range(1, 15), "PDP context";
    SSL_CTX_ID = "SSL_ctxID", Kind::Range(0, 5), "SSL context";
    SSL_VERSION = "SSL_version", Kind::Range(0, 4), "0 SSL 3.0, 1 TLS 1.0, 2 TLS 1.1, 3 TLS 1.2, 4 all. Default 4";
    CIPHER_SUITES = "cipher_suites", Kind::Codes(&SUITE_CODES), "Codes of Table 3, 0XFFFF for all. Default 0XFFFF";
    CACERTPATH = "cacertpath", Kind::Text(84), "Trusted CA certificate";
    CLIENT_CERT_PATH = "client_cert_path", Kind::Text(84), "Client certificate";
    CLIENT_KEY_PATH = "client_key_path", Kind::Text(84), "Client private key";
    SECLEVEL = "seclevel", Kind::Range(0, 2), "0 no authentication, 1 of the server, 2 of server and client. Default 0";
    IGNORE_LTIME = "ignore_ltime", Kind::List(&[0, 1]), "1 ignores certificate dates. Default 1";
    NEGOTIATE_TIME = "negotiate_time", Kind::Range(10, 300), "Longest handshake. Unit: second. Default 300";
    SNI = "SNI", Kind::List(&[0, 1]), "1 sends and checks the server name. Default 0";
    CLOSE_TIME_MODE = "close_time_mode", Kind::List(&[0, 1]), "Unit of close_timeout: 0 second, 1 millisecond. Default 0";
    IGNORE_MULTICERTCHAIN_VERIFY = "ignore_multicertchain_verify", Kind::List(&[0, 1]),
        "1 does not follow the issuer's own chain. Default 0";
    IGNORE_INVALID_CERTSIGN = "ignore_invalid_certsign", Kind::List(&[0, 1]), "1 accepts wrong signatures. Default 0";
    SESSION_CACHE_ENABLE = "session_cache_enable", Kind::List(&[0, 1]), "1 resumes sessions. Default 0";
    CHECK_HOST = "checkhost", Kind::List(&[0, 1]), "1 checks the server name; an item of other modules. Default 0";
    CLIENT_ID = "clientID", Kind::Range(0, 11), "Socket";
    SERVERADDR = "serveraddr", Kind::Text(255), "Name or address of the server";
    SERVER_PORT = "server_port", Kind::Number(1, 65535), "TCP port of the server";
    SENDLEN = "sendlen", Kind::Range(1, 1460), "Bytes to send. Without it, up to Ctrl-Z";
    READLEN = "readlen", Kind::Length(0, 1500), "Bytes to read at most; 0 asks for the counts. Default 1500";
    CLOSE_TIMEOUT = "close_timeout", Kind::Range(0, 65535), "Longest wait for the peer; 0 does not wait. Default 10";
    QUERY_TYPE = "query_type", Kind::List(&[1]), "1, an item of other modules";
}
