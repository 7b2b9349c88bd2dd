//! Error vocabularies of the AT port: the result codes of Table 5 of the note, and the numbers of
//! `+CME ERROR`. One table each; the only conversions from other errors are here.

use at::result::Cme;

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

/// The numbers of `+CME ERROR` that this module uses (27.007 9.2 and the FILE commands).
pub(crate) mod cme {
    use super::Cme;

    const fn cme(code: u16, text: &'static str) -> Cme {
        Cme { code, text }
    }

    /// Not allowed in this state.
    pub(crate) const NOT_ALLOWED: Cme = cme(3, "operation not allowed");
    /// There is no SIM.
    pub(crate) const NO_SIM: Cme = cme(10, "SIM not inserted");
    /// The SIM wants its PIN.
    pub(crate) const SIM_PIN: Cme = cme(11, "SIM PIN required");
    /// The SIM wants its PUK.
    pub(crate) const SIM_PUK: Cme = cme(12, "SIM PUK required");
    /// The SIM is starting.
    pub(crate) const SIM_BUSY: Cme = cme(14, "SIM busy");
    /// A wrong PIN or PUK.
    pub(crate) const WRONG_PASSWORD: Cme = cme(16, "incorrect password");
    /// The SIM wants its PUK2.
    pub(crate) const SIM_PUK2: Cme = cme(18, "SIM PUK2 required");
    /// Not registered, or nothing to register in.
    pub(crate) const NO_SERVICE: Cme = cme(30, "no network service");
    /// The SIM does not answer.
    pub(crate) const SIM_FAILURE: Cme = cme(13, "SIM failure");
    /// A wrong parameter of an ordinary command.
    pub(crate) const INCORRECT_PARAMETERS: Cme = cme(50, "incorrect parameters");
    /// FILE: a position behind the end.
    pub(crate) const LARGER_THAN_FILE: Cme = cme(401, "larger than the size of the file");
    /// FILE: nothing left to read.
    pub(crate) const READ_ZERO: Cme = cme(402, "read zero byte");
    /// FILE: no such file.
    pub(crate) const FILE_NOT_FOUND: Cme = cme(405, "file not found");
    /// FILE: not a name that the storage can hold.
    pub(crate) const INVALID_FILE_NAME: Cme = cme(406, "invalid file name");
    /// FILE: the name is taken.
    pub(crate) const FILE_EXISTS: Cme = cme(407, "file already exist");
    /// FILE: ten files are open.
    pub(crate) const MAX_OPEN_FILES: Cme = cme(413, "reach the max number of opened files");
    /// FILE: opened for reading only.
    pub(crate) const READ_ONLY: Cme = cme(414, "the file is read-only");
    /// FILE: no such handle.
    pub(crate) const INVALID_HANDLE: Cme = cme(416, "invalid file descriptor");
    /// FILE: the storage is full.
    pub(crate) const NO_SPACE: Cme = cme(420, "no space");
    /// FILE: the host did not send in time.
    pub(crate) const FILE_TIMEOUT: Cme = cme(421, "time-out");
    /// FILE: larger than the storage.
    pub(crate) const FILE_TOO_LARGE: Cme = cme(423, "file too large");
    /// FILE: a wrong parameter.
    pub(crate) const FILE_PARAMETER: Cme = cme(425, "invalid parameter");
    /// FILE: the file is open.
    pub(crate) const FILE_OPEN: Cme = cme(426, "file already open");
}
