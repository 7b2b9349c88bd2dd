//! Fault points: what the module itself is made to do wrong because somebody asks for it. All are off as a rule; which
//! occurrences are struck is decided by who sets them.

use crate::{
    cause::{Cause, Injected},
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
    set: Vec<(u32, Injected, FaultPoint)>,
    /// What the open that begins now fails with.
    open_fails: Option<(ErrorCode, Injected)>,
}

impl Points {
    /// Sets one.
    pub fn set(&mut self, fault: u32, by: Injected, point: FaultPoint) {
        self.set.push((fault, by, point));
    }

    /// Clears those of a fault.
    pub fn clear(&mut self, fault: u32) {
        self.set.retain(|(id, ..)| *id != fault);
    }

    fn has(&self, wanted: &FaultPoint) -> Option<Injected> {
        self.set.iter().find(|(.., point)| point == wanted).map(|(_, by, _)| *by)
    }

    /// No send buffer takes anything, by this fault.
    pub fn send_buffers_are_full(&self) -> Option<Injected> {
        self.has(&FaultPoint::SendBufferFull)
    }

    /// There is no memory, by this fault.
    pub fn memory_is_full(&self) -> Option<Injected> {
        self.has(&FaultPoint::MemoryFull)
    }

    /// How much longer a write to flash takes, in milliseconds.
    pub fn flash_delay(&self) -> u32 {
        let delay = |point: &FaultPoint| if let FaultPoint::SlowFlash(millis) = point { *millis } else { 0 };
        self.set.iter().map(|(.., point)| delay(point)).sum()
    }

    /// What a connection is to believe of its server, once.
    pub fn take_pretend(&mut self, conn: ConnId) -> Option<Pretend> {
        let index =
            self.set.iter().position(|(.., point)| matches!(point, FaultPoint::Tls(c, _) if *c == conn))?;
        match self.set.remove(index) {
            (.., FaultPoint::Tls(_, pretend)) => Some(pretend),
            _ => None,
        }
    }

    /// The code that a command is to fail with, and by which fault.
    fn code(&mut self, command: &str) -> Option<(u32, Injected, ErrorCode)> {
        let fits = |on: &Option<&str>| on.is_none_or(|on| on == command);
        let mut found = None;
        for (index, (fault, by, point)) in self.set.iter_mut().enumerate() {
            if let FaultPoint::Code { on, code, skip } = point
                && fits(on)
            {
                match skip {
                    0 if found.is_none() => found = Some((index, *fault, *by, *code)),
                    0 => {}
                    n => *n -= 1,
                }
            }
        }
        let (index, fault, by, code) = found?;
        self.set.remove(index);
        Some((fault, by, code))
    }
}

/// Why a command fails that is made to.
fn made(code: ErrorCode, by: Injected) -> Cause {
    Cause::Fault(by, Box::new(Cause::Result(Failure::Code(code))))
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
        let (fault, by, code) = self.core.points.code(row.name)?;
        self.core.event(Event::Struck { fault });
        if is_at_once(code) {
            return Some(self.refuse(code, made(code, by)));
        }
        let urc = match row.name {
            "+QSSLOPEN" | "+QIOPEN" => {
                // It begins as ever, and Core::open ends it.
                self.core.points.open_fails = Some((code, by));
                return None;
            }
            "+QIDNSGIP" => format!("+QIURC: \"dnsgip\",{}", code.code()),
            "+QPING" | "+QNTP" => format!("{}: {}", row.name, code.code()),
            "+QIACTEX" | "+QIDEACTEX" => {
                format!("{}: {},{}", row.name, args.int(&params::CONTEXT_ID), code.code())
            }
            _ => return Some(self.refuse(code, made(code, by))),
        };
        self.core.event(Event::ErrandFailed { command: row.name, code, cause: made(code, by) });
        self.core.report(self.port.id, urc);
        Some(Outcome::Done)
    }
}

impl Core {
    /// Ends an open that has begun, if it is made to fail.
    pub fn open_point(&mut self, client: ClientId) -> bool {
        let failure = match self.points.open_fails.take() {
            None => self.points.memory_is_full().map(|by| (ErrorCode::MemoryNotEnough, by)),
            failure => failure,
        };
        if let Some((code, by)) = failure {
            self.open_failed(client, code, made(code, by));
        }
        failure.is_some()
    }

    /// The power is gone: no connection hears a word of it.
    pub fn lose_power(&mut self) {
        for client in ClientId::all() {
            if matches!(self.links.get(client).state(), SocketState::Initial) {
                continue;
            }
            let left = self.change(client, "the power is gone", |state| (SocketState::Initial, state));
            self.vanish(left);
        }
    }
}
