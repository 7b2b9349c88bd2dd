//! What happens to the module itself.

use super::{Family, MS, Row, Takes, net, param};
use crate::{
    effect::{Effect, Modem},
    values::Values,
};
use core::time::Duration;
use module::{Coverage, FaultPoint};

const fn modem(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Module, counts: "beginnings", ..net(name, make) }
}

pub(super) static ROWS: &[Row] = &[
    Row {
        does: "There is no SIM: not at the start, or it is taken out. It is put back when this ends.",
        sees: "`+CPIN: NOT READY`, `+CME ERROR: 10`, `pdpdeact`; QIACT 561",
        driver: "tell it, and wait for +CPIN: READY",
        ..modem("module.no_sim", |_| Effect::Modem(Modem::NoSim))
    },
    Row {
        does: "There is no cell anywhere.",
        sees: "`+CREG: 2`, `+CSQ: 99,99`, `pdpdeact`; QIACT 561",
        driver: "wait for +CREG: 1 or 5, then activate the context and open its sockets again",
        ..modem("module.no_network", |_| Effect::Modem(Modem::Coverage(Coverage::None)))
    },
    Row {
        does: "The network denies registration.",
        sees: "`+CREG: 3`, `pdpdeact`; QIACT 561",
        driver: "tell it, and try again much later: the SIM or the contract does not allow this network",
        ..modem("module.denied", |_| Effect::Modem(Modem::Coverage(Coverage::Denied)))
    },
    Row {
        params: &[param("rssi", Takes::Number(0, 31), Some(3), "as AT+CSQ prints it")],
        does: "The signal is weak.",
        sees: "`+CSQ: 3,99`; `+QIND: \"csq\"` where wanted",
        driver: "expect everything to take longer",
        ..modem("module.signal", |v| Effect::Modem(Modem::Signal(v.byte("rssi"))))
    },
    Row {
        does: "The network refuses PDP contexts.",
        sees: "QIACT: ERROR, 561",
        driver: "try again with growing pauses; check the APN: AT+QICSGP",
        ..modem("module.pdp_refused", |_| Effect::Modem(Modem::PdpRefused))
    },
    Row {
        params: &[param("cid", Takes::Number(1, 15), Some(1), "the PDP context")],
        once: true,
        does: "The network deactivates a PDP context.",
        sees: "`+QIURC: \"pdpdeact\",1`; SSL sockets `closed`",
        driver: "deactivate the context (AT+QIDEACT), activate it, and open its sockets again",
        ..modem("module.pdp_drop", |v| Effect::Modem(Modem::PdpDrop(v.byte("cid"))))
    },
    Row {
        once: true,
        does: "The module starts anew without being asked: connections are gone without a goodbye.",
        sees: "RDY and the other codes of a start",
        driver: "begin again at RDY: settings, contexts and sockets are gone",
        ..modem("module.reboot", |_| Effect::Modem(Modem::NoPower(Duration::ZERO)))
    },
    Row {
        params: &[param("ms", MS, Some(500), "so many milliseconds")],
        once: true,
        does: "The supply breaks down: ports are dead and connections gone, then the module starts.",
        sees: "nothing, then RDY and the other codes of a start",
        driver: "begin again at RDY; after some timeouts switch the module off and on",
        ..modem("module.brown_out", |v| Effect::Modem(Modem::NoPower(v.millis("ms"))))
    },
    Row {
        does: "There is no memory: files cannot grow, sockets cannot be opened.",
        sees: "QFUPL, QFWRITE: `+CME ERROR: 420`; QSSLOPEN, QIOPEN: 553",
        driver: "close sockets and remove files that are not needed, then try again",
        ..modem("module.memory_full", |_| Effect::Modem(Modem::Point(FaultPoint::MemoryFull)))
    },
    Row {
        does: "The send buffer of every socket is full.",
        sees: "SEND FAIL, 553; in transparent mode the module takes nothing: CTS off with AT+IFC=2,2",
        driver: "ask AT+QISEND=<id>,0 what has left, wait, and send the same again; heed CTS",
        ..modem("module.send_buffer_full", |_| Effect::Modem(Modem::Point(FaultPoint::SendBufferFull)))
    },
    Row {
        does: "The port that a socket needs is busy.",
        sees: "commands for sockets and SSL: ERROR, 574",
        driver: "try again later, or with another port",
        ..modem("module.port_busy", |_| Effect::Several(&["error.574 every=1"]))
    },
    Row {
        params: &[param("ms", Takes::Number(1, 600_000), Some(1000), "so many milliseconds")],
        does: "Flash is slow: commands on files take longer.",
        sees: "their OK later",
        driver: "wait for the final result",
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
        driver: "set the clock (AT+QNTP), and try again",
        ..modem("module.clock_jump", |v| Effect::Modem(Modem::ClockJump(v.signed("s"))))
    },
];
