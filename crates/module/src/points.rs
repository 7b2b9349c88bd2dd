//! Fault points: what the module itself is made to do wrong because somebody asks for it. All are off as a rule; which
//! occurrences are struck is decided by who sets them.

use crate::{
    cause::Cause,
    commands::{Group, params},
    contract::{ConnId, FaultPoint, Pretend},
    dispatch::{Cx, Outcome, Row},
    errors::{ErrorCode, Failure},
    events::Event,
    socket::{ClientId, SocketState},
    state::Core,
};
use alloc::{boxed::Box, format, vec::Vec};
use at::args::Args;

/// The fault points that are set, each with the number of its fault.
#[derive(Debug, Default)]
pub struct Points {
    set: Vec<(u32, FaultPoint)>,
    /// What the open that begins now fails with.
    open_fails: Option<ErrorCode>,
}

impl Points {
    /// Sets one.
    pub fn set(&mut self, fault: u32, point: FaultPoint) {
        self.set.push((fault, point));
    }

    /// Clears those of a fault.
    pub fn clear(&mut self, fault: u32) {
        self.set.retain(|(id, _)| *id != fault);
    }

    /// Is one of this kind set?
    pub fn has(&self, is_meant: impl Fn(&FaultPoint) -> bool) -> bool {
        self.set.iter().any(|(_, point)| is_meant(point))
    }

    /// No send buffer takes anything.
    pub fn fill_send_buffers(&self) -> bool {
        self.has(|point| *point == FaultPoint::SendBufferFull)
    }

    /// How much longer a write to flash takes, in milliseconds.
    pub fn flash_delay(&self) -> u32 {
        let delay = |point: &FaultPoint| if let FaultPoint::SlowFlash(millis) = point { *millis } else { 0 };
        self.set.iter().map(|(_, point)| delay(point)).sum()
    }

    /// What a connection is to believe of its server, once.
    pub fn take_pretend(&mut self, conn: ConnId) -> Option<Pretend> {
        let index =
            self.set.iter().position(|(_, point)| matches!(point, FaultPoint::Tls(c, _) if *c == conn))?;
        match self.set.remove(index) {
            (_, FaultPoint::Tls(_, pretend)) => Some(pretend),
            _ => None,
        }
    }

    /// The code that a command is to fail with, and by which fault.
    fn code(&mut self, command: &str) -> Option<(u32, ErrorCode)> {
        let fits = |on: &Option<&str>| on.is_none_or(|on| on == command);
        let mut found = None;
        for (index, (fault, point)) in self.set.iter_mut().enumerate() {
            if let FaultPoint::Code { on, code, skip } = point
                && fits(on)
            {
                match skip {
                    0 if found.is_none() => found = Some((index, *fault, *code)),
                    0 => {}
                    n => *n -= 1,
                }
            }
        }
        let (index, fault, code) = found?;
        self.set.remove(index);
        Some((fault, code))
    }
}

/// Why a command fails that is made to.
fn made(code: ErrorCode) -> Cause {
    let name = format!("error.{}", code.code());
    Cause::Fault(name, Box::new(Cause::Result(Failure::Code(code))))
}

/// Codes that a command finds out before it begins anything: they come as `ERROR`, never by URC (V170).
const fn is_at_once(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Blocked
            | ErrorCode::InvalidParameter
            | ErrorCode::NotSupported
            | ErrorCode::OpenPdpFailed
            | ErrorCode::IdentityUsed
            | ErrorCode::Busy
            | ErrorCode::NotAllowed
            | ErrorCode::ApnNotConfigured
            | ErrorCode::PortBusy
    )
}

impl Cx<'_> {
    /// The outcome that a fault gives to a command in place of its own.
    pub fn point(&mut self, row: &'static Row, args: &Args) -> Option<Outcome> {
        if !matches!(row.group, Group::Ssl | Group::TcpIp) {
            return None;
        }
        let (fault, code) = self.core.points.code(row.name)?;
        self.core.event(Event::Struck { fault });
        if is_at_once(code) {
            return Some(self.refuse(code, made(code)));
        }
        let urc = match row.name {
            "+QSSLOPEN" | "+QIOPEN" => {
                // It begins as ever, and Core::open ends it.
                self.core.points.open_fails = Some(code);
                return None;
            }
            "+QIDNSGIP" => format!("+QIURC: \"dnsgip\",{}", code.code()),
            "+QPING" | "+QNTP" => format!("{}: {}", row.name, code.code()),
            "+QIACTEX" | "+QIDEACTEX" => {
                format!("{}: {},{}", row.name, args.int(&params::CONTEXT_ID), code.code())
            }
            _ => return Some(self.refuse(code, made(code))),
        };
        self.core.event(Event::ErrandFailed { command: row.name, code, cause: made(code) });
        self.core.report(self.port.id, urc);
        Some(Outcome::Done)
    }
}

impl Core {
    /// Ends an open that has begun, if it is made to fail.
    pub fn open_point(&mut self, client: ClientId) -> bool {
        let failure = match self.points.open_fails.take() {
            Some(code) => Some((code, made(code))),
            None => self.points.has(|point| matches!(point, FaultPoint::MemoryFull)).then(|| {
                let code = ErrorCode::MemoryNotEnough;
                let cause = Box::new(Cause::Result(Failure::Code(code)));
                (code, Cause::Fault("module.memory_full".into(), cause))
            }),
        };
        if let Some((code, cause)) = failure {
            self.open_failed(client, code, cause);
            return true;
        }
        false
    }

    /// The power is gone: no connection hears a word of it.
    pub fn lose_power(&mut self) {
        for client in ClientId::all() {
            if matches!(self.links.get(client).state(), SocketState::Initial) {
                continue;
            }
            self.vanish(client, "the power is gone", SocketState::Initial);
        }
    }
}
