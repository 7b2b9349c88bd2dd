//! Error vocabularies of the AT port: the result codes of Table 5 of the note, and the numbers of
//! `+CME ERROR`. One table each; the only conversions from other errors are here.

use at::result::Cme;
use core::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Result codes of TCP/IP and SSL commands (Table 5), kept for `AT+QIGETERROR`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode { $($(#[$doc])* $name = $code,)* }

        impl ErrorCode {
            /// All codes in the order of Table 5.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The text of Table 5.
            pub const fn text(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }
        }
    };
}

error_codes! {
    /// No error.
    Success = 0, "Operation successful";
    /// Nothing better fits.
    Unknown = 550, "Unknown error";
    /// The operation is blocked.
    Blocked = 551, "Operation blocked";
    /// A parameter is missing, malformed or out of range.
    InvalidParameter = 552, "Invalid parameter";
    /// No memory.
    MemoryNotEnough = 553, "Memory not enough";
    /// No socket could be created.
    CreateSocketFailed = 554, "Create socket failed";
    /// Not supported.
    NotSupported = 555, "Operation not supported";
    /// Bind failed.
    BindFailed = 556, "Socket bind failed";
    /// Listen failed.
    ListenFailed = 557, "Socket listen failed";
    /// Write failed.
    WriteFailed = 558, "Socket write failed";
    /// Read failed.
    ReadFailed = 559, "Socket read failed";
    /// Accept failed.
    AcceptFailed = 560, "Socket accept failed";
    /// The PDP context is not active, or cannot be activated.
    OpenPdpFailed = 561, "Open PDP context failed";
    /// The PDP context cannot be deactivated.
    ClosePdpFailed = 562, "Close PDP context failed";
    /// The id is not in state Initial.
    IdentityUsed = 563, "Socket identity has been used";
    /// No name server answered.
    DnsBusy = 564, "DNS busy";
    /// The name has no address.
    DnsFailed = 565, "DNS parse failed";
    /// TCP, TLS or certificate failure.
    ConnectFailed = 566, "Socket connection failed";
    /// The connection has ended.
    SocketClosed = 567, "Socket has been closed";
    /// Another operation is in progress.
    Busy = 568, "Operation busy";
    /// The time allowed has passed.
    Timeout = 569, "Operation timeout";
    /// The PDP context was lost meanwhile.
    PdpBroken = 570, "PDP context break down";
    /// The host cancelled a send.
    CancelSend = 571, "Cancel send";
    /// Not allowed in this state.
    NotAllowed = 572, "Operation not allowed";
    /// The PDP context has no APN.
    ApnNotConfigured = 573, "APN not configured";
    /// The port is in use.
    PortBusy = 574, "Port busy";
}

impl ErrorCode {
    /// The number of Table 5.
    pub const fn code(self) -> u16 {
        self as u16
    }
}

/// How a command fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `ERROR`; the code goes into the register of `AT+QIGETERROR`.
    Code(ErrorCode),
    /// `+CME ERROR`.
    Cme(Cme),
    /// `ERROR` and nothing to know about it.
    Plain,
}

impl Failure {
    /// The number of Table 5 or of `+CME ERROR`, if it has one.
    pub const fn number(self) -> Option<u16> {
        match self {
            Failure::Code(code) => Some(code.code()),
            Failure::Cme(cme) => Some(cme.code),
            Failure::Plain => None,
        }
    }
}

/// As it is spoken of: `563`, `CME 50`, `ERROR`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Code(code) => write!(f, "{}", code.code()),
            Failure::Cme(cme) => write!(f, "CME {}", cme.code),
            Failure::Plain => f.write_str("ERROR"),
        }
    }
}

/// The numbers of `+CME ERROR` that this module uses (27.007 9.2 and the FILE commands).
pub(crate) mod cme {
    use super::Cme;

    macro_rules! mobile_errors {
        ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
            $($(#[$doc])* pub(crate) const $name: Cme = Cme { code: $code, text: $text };)*

            /// All of them, in the order of their numbers.
            pub(crate) const ALL: &[Cme] = &[$($name,)*];
        };
    }

    mobile_errors! {
        /// Not allowed in this state.
        NOT_ALLOWED = 3, "operation not allowed";
        /// There is no SIM.
        NO_SIM = 10, "SIM not inserted";
        /// The SIM wants its PIN.
        SIM_PIN = 11, "SIM PIN required";
        /// The SIM wants its PUK.
        SIM_PUK = 12, "SIM PUK required";
        /// The SIM does not answer.
        SIM_FAILURE = 13, "SIM failure";
        /// The SIM is starting.
        SIM_BUSY = 14, "SIM busy";
        /// A wrong PIN or PUK.
        WRONG_PASSWORD = 16, "incorrect password";
        /// The SIM wants its PUK2.
        SIM_PUK2 = 18, "SIM PUK2 required";
        /// Not registered, or nothing to register in.
        NO_SERVICE = 30, "no network service";
        /// A wrong parameter of an ordinary command.
        INCORRECT_PARAMETERS = 50, "incorrect parameters";
        /// FILE: a position behind the end.
        LARGER_THAN_FILE = 401, "larger than the size of the file";
        /// FILE: nothing left to read.
        READ_ZERO = 402, "read zero byte";
        /// FILE: no such file.
        FILE_NOT_FOUND = 405, "file not found";
        /// FILE: not a name that the storage can hold.
        INVALID_FILE_NAME = 406, "invalid file name";
        /// FILE: the name is taken.
        FILE_EXISTS = 407, "file already exist";
        /// FILE: ten files are open.
        MAX_OPEN_FILES = 413, "reach the max number of opened files";
        /// FILE: opened for reading only.
        READ_ONLY = 414, "the file is read-only";
        /// FILE: no such handle.
        INVALID_HANDLE = 416, "invalid file descriptor";
        /// FILE: the storage is full.
        NO_SPACE = 420, "no space";
        /// FILE: the host did not send in time.
        FILE_TIMEOUT = 421, "time-out";
        /// FILE: larger than the storage.
        FILE_TOO_LARGE = 423, "file too large";
        /// FILE: a wrong parameter.
        FILE_PARAMETER = 425, "invalid parameter";
        /// FILE: the file is open.
        FILE_OPEN = 426, "file already open";
    }
}
