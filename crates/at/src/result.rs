//! Result codes (V.250 5.7, 27.007 9.2): their words, digits and `+CME ERROR` forms.

use crate::settings::Settings;
use alloc::{format, string::String};

/// A final or intermediate result code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultCode {
    /// Done.
    Ok,
    /// Online data state begins.
    Connect,
    /// So many bytes follow.
    ConnectLength(usize),
    /// The link is gone, or there is none to return to.
    NoCarrier,
    /// Failed.
    Error,
    /// Payload accepted.
    SendOk,
    /// Payload refused: the send buffer is full.
    SendFail,
    /// Failed, with a cause that `AT+CMEE` shows or hides.
    Cme(Cme),
}

/// A mobile equipment error: number and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cme {
    /// The number of `AT+CMEE=1`.
    pub code: u16,
    /// The words of `AT+CMEE=2`.
    pub text: &'static str,
}

impl ResultCode {
    /// The words of `ATV1`.
    fn words(self, settings: &Settings) -> String {
        match self {
            ResultCode::Ok => "OK".into(),
            ResultCode::Connect => "CONNECT".into(),
            ResultCode::ConnectLength(n) => format!("CONNECT {n}"),
            ResultCode::NoCarrier => "NO CARRIER".into(),
            ResultCode::Error => "ERROR".into(),
            ResultCode::SendOk => "SEND OK".into(),
            ResultCode::SendFail => "SEND FAIL".into(),
            ResultCode::Cme(cme) => match settings.cmee {
                0 => "ERROR".into(),
                1 => format!("+CME ERROR: {}", cme.code),
                _ => format!("+CME ERROR: {}", cme.text),
            },
        }
    }

    /// The number of `ATV0`; a `+CME ERROR` has none and stays words.
    fn number(self, settings: &Settings) -> Option<u8> {
        match self {
            ResultCode::Ok => Some(0),
            ResultCode::Connect | ResultCode::ConnectLength(_) => Some(1),
            ResultCode::NoCarrier => Some(3),
            ResultCode::Error => Some(4),
            ResultCode::SendOk => Some(17),
            ResultCode::SendFail => Some(18),
            ResultCode::Cme(_) if settings.cmee == 0 => Some(4),
            ResultCode::Cme(_) => None,
        }
    }

    /// How this result code is printed under `settings`.
    pub fn form(self, settings: &Settings) -> Form {
        match self.number(settings) {
            _ if settings.quiet => Form::Suppressed,
            Some(number) if !settings.verbose => Form::Digits(number),
            _ => Form::Words(self.words(settings)),
        }
    }
}

/// The printed form of a result code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `ATQ1`: nothing.
    Suppressed,
    /// `ATV0`: digits and one line end character.
    Digits(u8),
    /// Words, framed like information text.
    Words(String),
}
