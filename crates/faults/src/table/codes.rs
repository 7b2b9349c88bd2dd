//! The codes of Table 5, each by its number.

use super::{Family, Param, Row, Takes, net, param};
use crate::{effect::Effect, values::Values};
use module::ErrorCode;

/// A code of Table 5, at the next command.
const fn error(
    name: &'static str,
    code: ErrorCode,
    driver: &'static str,
    make: fn(&Values) -> Effect,
) -> Row {
    Row {
        family: Family::Error,
        params: ON,
        once: true,
        counts: "commands",
        does: code.text(),
        sees: "ERROR and the code by AT+QIGETERROR, or the code in the URC of the command",
        driver,
        ..net(name, make)
    }
}

const ON: &[Param] = &[param(
    "on",
    Takes::Command,
    None,
    "this command; without it, the next one for sockets or SSL, whatever it is",
)];

macro_rules! errors {
    ($($name:literal $code:ident $driver:literal,)*) => {
        &[$(error($name, ErrorCode::$code, $driver, |v| Effect::Code { code: ErrorCode::$code, on: v.word("on") })),*]
    };
}

pub(super) static ROWS: &[Row] = errors! {
    "error.550" Unknown "close the socket and try again, later the whole module",
    "error.551" Blocked "wait, and try again",
    "error.552" InvalidParameter "correct the parameter: the same command fails again",
    "error.553" MemoryNotEnough "wait for what was sent to leave, close what is not needed, and try again",
    "error.554" CreateSocketFailed "close sockets that are not needed, and try again",
    "error.555" NotSupported "do without: the same command fails again",
    "error.556" BindFailed "take another local port, or 0 for any",
    "error.557" ListenFailed "take another local port, or close the other listener",
    "error.558" WriteFailed "close the socket, open it again, and send again",
    "error.559" ReadFailed "close the socket, and open it again",
    "error.560" AcceptFailed "wait for the next caller",
    "error.561" OpenPdpFailed "check registration (AT+CREG?) and APN, and try again with growing pauses",
    "error.562" ClosePdpFailed "try again; after some tries AT+CFUN=0 and AT+CFUN=1",
    "error.563" IdentityUsed "close the socket of this id first, or take another one",
    "error.564" DnsBusy "wait for the lookup that is on its way, and try again",
    "error.565" DnsFailed "tell it, and try again much later",
    "error.566" ConnectFailed "close the socket, and try again with growing pauses",
    "error.567" SocketClosed "close the socket, and open it again",
    "error.568" Busy "wait for the URC of what is on its way, and try again",
    "error.569" Timeout "close the socket, and try again with growing pauses",
    "error.570" PdpBroken "deactivate the context (AT+QIDEACT), activate it, and open its sockets again",
    "error.571" CancelSend "send again if it is still wanted",
    "error.572" NotAllowed "ask for the state first (AT+QISTATE, AT+QSSLSTATE)",
    "error.573" ApnNotConfigured "set the APN first: AT+QICSGP",
    "error.574" PortBusy "try again later, or with another port",
};
