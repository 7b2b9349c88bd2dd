//! Alerts (RFC 5246 7.2).

use crate::version::Version;
use std::fmt;

/// How bad an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertLevel {
    /// The connection may go on.
    Warning = 1,
    /// It may not.
    Fatal = 2,
}

/// What an alert says: a newtype over the wire number, so that an unknown one keeps its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlertDescription(pub u8);

macro_rules! alerts {
    ($($name:ident = $code:literal $text:literal;)*) => {
        #[allow(missing_docs)] // The names are those of the registry.
        impl AlertDescription {
            $(pub const $name: AlertDescription = AlertDescription($code);)*

            /// The alerts of the registry, by number.
            pub const ALL: &[AlertDescription] = &[$(AlertDescription::$name,)*];

            /// The name of the registry, for the alerts it knows.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

alerts! {
    CLOSE_NOTIFY = 0 "close_notify";
    UNEXPECTED_MESSAGE = 10 "unexpected_message";
    BAD_RECORD_MAC = 20 "bad_record_mac";
    DECRYPTION_FAILED = 21 "decryption_failed";
    RECORD_OVERFLOW = 22 "record_overflow";
    DECOMPRESSION_FAILURE = 30 "decompression_failure";
    HANDSHAKE_FAILURE = 40 "handshake_failure";
    NO_CERTIFICATE = 41 "no_certificate";
    BAD_CERTIFICATE = 42 "bad_certificate";
    UNSUPPORTED_CERTIFICATE = 43 "unsupported_certificate";
    CERTIFICATE_REVOKED = 44 "certificate_revoked";
    CERTIFICATE_EXPIRED = 45 "certificate_expired";
    CERTIFICATE_UNKNOWN = 46 "certificate_unknown";
    ILLEGAL_PARAMETER = 47 "illegal_parameter";
    UNKNOWN_CA = 48 "unknown_ca";
    ACCESS_DENIED = 49 "access_denied";
    DECODE_ERROR = 50 "decode_error";
    DECRYPT_ERROR = 51 "decrypt_error";
    EXPORT_RESTRICTION = 60 "export_restriction";
    PROTOCOL_VERSION = 70 "protocol_version";
    INSUFFICIENT_SECURITY = 71 "insufficient_security";
    INTERNAL_ERROR = 80 "internal_error";
    INAPPROPRIATE_FALLBACK = 86 "inappropriate_fallback";
    USER_CANCELED = 90 "user_canceled";
    NO_RENEGOTIATION = 100 "no_renegotiation";
    UNSUPPORTED_EXTENSION = 110 "unsupported_extension";
    CERTIFICATE_UNOBTAINABLE = 111 "certificate_unobtainable";
    UNRECOGNIZED_NAME = 112 "unrecognized_name";
    BAD_CERTIFICATE_STATUS_RESPONSE = 113 "bad_certificate_status_response";
    BAD_CERTIFICATE_HASH_VALUE = 114 "bad_certificate_hash_value";
    UNKNOWN_PSK_IDENTITY = 115 "unknown_psk_identity";
    CERTIFICATE_REQUIRED = 116 "certificate_required";
    NO_APPLICATION_PROTOCOL = 120 "no_application_protocol";
}

impl AlertDescription {
    /// The nearest alert that exists in `version`: SSL 3.0 has twelve (RFC 6101 5.4.2).
    pub(crate) fn in_version(self, version: Version) -> AlertDescription {
        if version.facts().tls_alerts {
            return self;
        }
        match self {
            Self::RECORD_OVERFLOW | Self::DECODE_ERROR => Self::ILLEGAL_PARAMETER,
            Self::DECRYPTION_FAILED => Self::BAD_RECORD_MAC,
            Self::UNKNOWN_CA | Self::UNRECOGNIZED_NAME => Self::CERTIFICATE_UNKNOWN,
            AlertDescription(0..=47) => self,
            AlertDescription(_) => Self::HANDSHAKE_FAILURE,
        }
    }
}

impl fmt::Display for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.name().unwrap_or("unknown"))
    }
}

impl fmt::Debug for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
