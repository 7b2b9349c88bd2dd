//! Why something failed: what happened, and what the developer can do about it.
//!
//! A [`Cause`] carries facts. One row for each kind ([`Explanation`]) makes of them the sentence that says what happened
//! (`Display`), the one that says what helps ([`Cause::remedy`]), and the name under which `docs/why.md` has it. The AT port
//! shows none of this: it says what a real module says.
//!
//! | file | failures of |
//! |---|---|
//! | `command` | what a host types, and when |
//! | `network` | SIM, registration, PDP contexts, names, TCP and UDP |
//! | `context` | what an SSL context is set to, and the files that it names |
//! | `certificate` | the server's certificate |
//! | `tls` | the server, from ClientHello to the end |
//! | `suites` | a ClientHello that offers nothing that the server takes |

mod certificate;
mod command;
mod context;
mod network;
mod suites;
mod tls;

pub use certificate::CertificateCause;
pub use command::CommandCause;
pub use context::{ContextCause, FileFault, Item};
pub use network::{Bearer, NetworkCause, Wait};
pub use tls::{ServerCause, SslFacts};

use crate::errors::{ErrorCode, Failure};
use alloc::{borrow::ToOwned, boxed::Box, format, string::String};
use core::fmt;

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What the host typed, or when.
    Command(CommandCause),
    /// SIM, network, PDP context, name, TCP or UDP.
    Network(NetworkCause),
    /// Settings and files of an SSL context.
    Context(Box<ContextCause>),
    /// The server's certificate.
    Certificate(Box<CertificateCause>),
    /// What the server did.
    Server(Box<ServerCause>),
    /// What it says has happened because somebody has asked for it.
    Fault(Injected, Box<Cause>),
    /// No more is known than the result that the host has.
    Result(Failure),
}

/// A fault that somebody has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// Its name.
    pub fault: &'static str,
    /// What a good driver does then, as an order. Nothing else helps: nothing is wrong but what was asked for.
    pub driver: &'static str,
}

macro_rules! kinds {
    ($($kind:ident = $name:literal;)*) => {
        /// Kinds of causes, for programs and for looking up: `docs/why.md` has a row for each.
        #[allow(missing_docs, reason = "their names say what they are; docs/why.md says more")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// Stable, in snake case.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    NotACommand = "not_a_command";
    NoSuchCommand = "no_such_command";
    Misprint = "misprint";
    NoSuchForm = "no_such_form";
    WrongParameter = "wrong_parameter";
    LineTooLong = "line_too_long";
    PayloadLate = "payload_late";
    PayloadNotHex = "payload_not_hex";
    IdInUse = "id_in_use";
    NotConnected = "not_connected";
    OtherFamily = "other_family";
    SendBufferFull = "send_buffer_full";
    ErrandBusy = "errand_busy";
    Refused = "refused";
    Result = "result";

    RadioOff = "radio_off";
    NotRegistered = "not_registered";
    StillSearching = "still_searching";
    RegistrationDenied = "registration_denied";
    NotAttached = "not_attached";
    PdpRefused = "pdp_refused";
    PdpInactive = "pdp_inactive";
    PdpActive = "pdp_active";
    PdpTooMany = "pdp_too_many";
    PdpLost = "pdp_lost";
    PdpDeactivated = "pdp_deactivated";
    AddressFamily = "address_family";
    NameNotFound = "name_not_found";
    NameServersSilent = "name_servers_silent";
    ConnectRefused = "connect_refused";
    Unreachable = "unreachable";
    ConnectTimeout = "connect_timeout";
    Reset = "reset";
    LocalPortInUse = "local_port_in_use";
    LocalPortLingers = "local_port_lingers";
    Denied = "denied";
    PingDenied = "ping_denied";
    NoSocket = "no_socket";
    NetworkError = "network_error";
    CallerRefused = "caller_refused";
    NoReply = "no_reply";

    CaNotSet = "ca_not_set";
    ClientNotSet = "client_not_set";
    FileMissing = "file_missing";
    FileEmpty = "file_empty";
    FileNotPem = "file_not_pem";
    FileByteOrderMark = "file_byte_order_mark";
    FileDamaged = "file_damaged";
    FileIsKey = "file_is_key";
    FileIsCertificate = "file_is_certificate";
    FileWithoutBlock = "file_without_block";
    FileBadCertificate = "file_bad_certificate";
    FileBadKey = "file_bad_key";
    KeyEncrypted = "key_encrypted";
    KeyMismatch = "key_mismatch";
    NothingToOffer = "nothing_to_offer";

    CertificateExpired = "certificate_expired";
    CertificateNotYetValid = "certificate_not_yet_valid";
    ClockUnset = "clock_unset";
    UnknownIssuer = "unknown_issuer";
    SelfSigned = "self_signed";
    NameMismatch = "name_mismatch";
    BadSignature = "bad_signature";
    WeakKey = "weak_key";
    UnsupportedAlgorithm = "unsupported_algorithm";
    NotAnAuthority = "not_an_authority";
    CertificateUsage = "certificate_usage";
    CertificateChain = "certificate_chain";
    CertificateMalformed = "certificate_malformed";

    NoCommonSuite = "no_common_suite";
    SniOff = "sni_off";
    SniUnknown = "sni_unknown";
    FailureWithoutSni = "failure_without_sni";
    VersionRefused = "version_refused";
    NewerTlsOnly = "newer_tls_only";
    VersionChosen = "version_chosen";
    ClientCertificateWanted = "client_certificate_wanted";
    ClientCertificateRefused = "client_certificate_refused";
    Alert = "alert";
    NotTls = "not_tls";
    ProtocolError = "protocol_error";
    Corrupted = "corrupted";
    ClosedSilently = "closed_silently";
    ClosedInHandshake = "closed_in_handshake";
    ResetInHandshake = "reset_in_handshake";
    NegotiationTimeout = "negotiation_timeout";
    ClosedByPeer = "closed_by_peer";
    ClosedWithoutNotify = "closed_without_notify";
}

/// One kind of cause in words.
struct Explanation {
    kind: Kind,
    what: String,
    remedy: String,
}

/// A row: the kind, what happened, what helps.
fn row(kind: Kind, what: impl Into<String>, remedy: impl Into<String>) -> Explanation {
    Explanation { kind, what: what.into(), remedy: remedy.into() }
}

impl Cause {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.explain().kind
    }

    /// What the developer can do, in one line, with the command where there is one.
    pub fn remedy(&self) -> String {
        self.explain().remedy
    }

    /// The fault that somebody has asked for, if that is what it comes from.
    pub fn fault(&self) -> Option<&str> {
        if let Cause::Fault(by, _) = self { Some(by.fault) } else { None }
    }

    /// Is it a failure, and not the orderly end of a connection? One that a fault has made is.
    pub fn is_failure(&self) -> bool {
        self.kind() != Kind::ClosedByPeer || self.fault().is_some()
    }

    fn explain(&self) -> Explanation {
        match self {
            Cause::Command(cause) => cause.explain(),
            Cause::Network(cause) => cause.explain(),
            Cause::Context(cause) => cause.explain(),
            Cause::Certificate(cause) => cause.explain(),
            Cause::Server(cause) => cause.explain(),
            Cause::Fault(Injected { fault, driver }, cause) => {
                let Explanation { kind, what, .. } = cause.explain();
                row(kind, format!("{what} (injected by fault {fault})"), format!("a driver should {driver}"))
            }
            Cause::Result(failure) => failure.explain(),
        }
    }
}

impl Failure {
    /// The result in words.
    pub fn text(self) -> &'static str {
        match self {
            Failure::Code(code) => code.text(),
            Failure::Cme(cme) => cme.text,
            Failure::Plain => "the command cannot be done now",
        }
    }

    fn explain(self) -> Explanation {
        let remedy = match self {
            Failure::Cme(cme) => match cme.code {
                10 => "put a SIM card in: start without --no-sim",
                11 => "unlock the SIM: AT+CPIN=\"<pin>\"",
                12 => "unlock the SIM: AT+CPIN=\"<puk>\",\"<new pin>\"",
                16 => "AT+QPINC? tells how many tries are left",
                30 => "AT+CREG? tells how the module is registered",
                402 => "the file has been read to its end: AT+QFSEEK goes back",
                405 => "AT+QFLST lists the files there are, AT+QFUPL puts one there",
                407 => "remove the old file first: AT+QFDEL=\"<name>\"",
                413 | 426 => "close it first: AT+QFOPEN? lists open files, AT+QFCLOSE=<handle> closes one",
                414 => "open the file for writing: AT+QFOPEN=\"<name>\",0",
                416 => "AT+QFOPEN? lists the handles there are",
                420 | 423 => {
                    "make room: AT+QFLDS=\"UFS\" tells how much there is, AT+QFDEL=\"<name>\" removes a file"
                }
                421 => "send faster, or give AT+QFUPL a longer <timeout>",
                _ => "the section of the command tells when it can be given: docs/at-reference.md",
            },
            Failure::Code(ErrorCode::Busy) => "wait for the URC of the operation that is on its way",
            Failure::Code(_) | Failure::Plain => {
                "the section of the command tells when it can be given: docs/at-reference.md"
            }
        };
        row(Kind::Result, self.text(), remedy)
    }
}

/// What happened; with `{:#}` also what helps, and the kind: `what happened: what helps [kind]`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { kind, what, remedy } = self.explain();
        match f.alternate() {
            true => write!(f, "{what}: {remedy} [{}]", kind.name()),
            false => f.write_str(&what),
        }
    }
}

impl From<Failure> for Cause {
    fn from(failure: Failure) -> Cause {
        Cause::Result(failure)
    }
}

/// A refusal that needs no more than words.
impl From<&str> for Cause {
    fn from(why: &str) -> Cause {
        Cause::Command(CommandCause::Refused(why.to_owned()))
    }
}

impl From<String> for Cause {
    fn from(why: String) -> Cause {
        Cause::Command(CommandCause::Refused(why))
    }
}

macro_rules! from_part {
    ($($part:ident in $whole:expr,)*) => {
        $(impl From<$part> for Cause {
            fn from(cause: $part) -> Cause {
                $whole(cause.into())
            }
        })*
    };
}

from_part! {
    CommandCause in Cause::Command,
    NetworkCause in Cause::Network,
    ContextCause in Cause::Context,
    CertificateCause in Cause::Certificate,
    ServerCause in Cause::Server,
}
