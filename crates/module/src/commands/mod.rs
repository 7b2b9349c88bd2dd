//! The command table. To add a command: a row here in its family's file, a transcript, a handler.

pub(crate) mod basic;
pub(crate) mod clock;
pub(crate) mod cmux;
pub(crate) mod file;
pub(crate) mod general;
pub(crate) mod handle;
pub(crate) mod identity;
pub(crate) mod network;
pub(crate) mod packet;
pub(crate) mod params;
pub(crate) mod pdp;
pub(crate) mod power;
pub(crate) mod probe;
pub(crate) mod qicfg;
pub(crate) mod serial;
pub(crate) mod sim;
pub(crate) mod socket;
pub(crate) mod ssl;
pub(crate) mod tcpip;
pub(crate) mod transfer;

use crate::dispatch::{Row, Run};
use at::spec::{Alias, Answer, Arg, Command, Form, MaxResponse, Saved, Source, Test, To};

pub(crate) use transfer::MAX_SEND;

/// Families of commands: how errors are reported, and what `AT+QIGETERROR` remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// V.250: `ERROR`.
    Basic,
    /// Document \[3\]: `+CME ERROR`.
    General,
    /// Document \[2\]: `+CME ERROR` 400 to 426.
    File,
    /// Document \[1\]: `ERROR` and a code of Table 5.
    TcpIp,
    /// The note: `ERROR` and a code of Table 5.
    Ssl,
    /// `AT+QIGETERROR`, which does not touch what it shows.
    LastError,
}

impl Group {
    /// Does a command of the family set the register of `AT+QIGETERROR`?
    pub const fn has_register(self) -> bool {
        matches!(self, Group::TcpIp | Group::Ssl)
    }
}

/// All commands, in the order of `AT+CLAC`.
pub(crate) static TABLE: &[&Row] = &[
    &basic::ECHO,
    &basic::QUIET,
    &basic::VERBOSE,
    &basic::PROGRESS,
    &basic::RESET,
    &basic::IDENTITY,
    &basic::ONLINE,
    &basic::HANG_UP,
    &basic::DIAL,
    &basic::ANSWER,
    &basic::S_REGISTER,
    &basic::CARRIER,
    &basic::DTR,
    &basic::DSR,
    &basic::FACTORY,
    &basic::SHOW_PROFILE,
    &basic::STORE_PROFILE,
    &general::CLAC,
    &general::CMEE,
    &probe::GCAP,
    &probe::FCLASS,
    &probe::CSCS,
    &identity::CGMI,
    &identity::CGMM,
    &identity::CGMR,
    &identity::CGSN,
    &identity::GSN,
    &sim::CIMI,
    &sim::QCCID,
    &sim::ICCID,
    &sim::CCID,
    &sim::CPIN,
    &sim::CLCK,
    &sim::CPWD,
    &sim::QPINC,
    &sim::QINISTAT,
    &sim::QSIMSTAT,
    &network::CSQ,
    &probe::CESQ,
    &network::CREG,
    &network::CGREG,
    &network::CEREG,
    &network::COPS,
    &network::QNWINFO,
    &network::QSPN,
    &network::CPAS,
    &network::CEER,
    &packet::CGATT,
    &packet::CGDCONT,
    &packet::CGACT,
    &packet::CGPADDR,
    &probe::CGEREP,
    &probe::CMGF,
    &probe::CNMI,
    &clock::CCLK,
    &clock::CTZU,
    &clock::CTZR,
    &clock::QLTS,
    &power::CFUN,
    &power::QPOWD,
    &power::QSCLK,
    &power::CBC,
    &serial::IPR,
    &serial::IFC,
    &serial::ICF,
    &serial::QURCCFG,
    &serial::QINDCFG,
    &serial::QCFG,
    &cmux::CMUX,
    &pdp::QICSGP,
    &pdp::QIACT,
    &pdp::QIDEACT,
    &pdp::QIACTEX,
    &pdp::QIDEACTEX,
    &pdp::QIDNSCFG,
    &tcpip::QIDNSGIP,
    &tcpip::QPING,
    &tcpip::QNTP,
    &qicfg::QICFG,
    &socket::QIOPEN,
    &socket::QICLOSE,
    &socket::QISTATE,
    &socket::QISEND,
    &socket::QISENDEX,
    &socket::QIRD,
    &socket::QISWTMD,
    &tcpip::QISDE,
    &tcpip::QIGETERROR,
    &file::QFLST,
    &file::QFDEL,
    &file::QFUPL,
    &file::QFDWL,
    &file::QFLDS,
    &file::QFSIZE,
    &file::QFMD5,
    &handle::QFOPEN,
    &handle::QFREAD,
    &handle::QFWRITE,
    &handle::QFSEEK,
    &handle::QFPOSITION,
    &handle::QFTUCAT,
    &handle::QFCLOSE,
    &ssl::QSSLCFG,
    &ssl::QSSLOPEN,
    &ssl::QSSLSEND,
    &ssl::QSSLRECV,
    &ssl::QSSLCLOSE,
    &ssl::QSSLSTATE,
];

/// A row with nothing in it yet: families start from it, so that a row says only what it has.
const fn row(name: &'static str, group: Group, section: &'static str, summary: &'static str) -> Row {
    Command {
        name,
        group,
        summary,
        section,
        test: Test::Derived,
        read: None,
        set: &[],
        exec: None,
        answers: &[],
        errors: &[],
        aliases: &[],
        max_response: MaxResponse::Millis(300),
        saved: Saved::NotApplicable,
    }
}

/// A form without selector.
const fn form(params: &'static [Arg], run: Run) -> Form<Run> {
    Form::plain(params, run)
}

/// The form that a quoted item selects.
const fn item(selector: &'static str, params: &'static [Arg], run: Run) -> Form<Run> {
    Form::item(selector, params, run)
}

/// A line of the answer to `?`.
const fn reads(line: &'static str) -> Answer {
    Answer { to: To::Read, line }
}

/// A line of the answer to the bare name.
const fn execs(line: &'static str) -> Answer {
    Answer { to: To::Exec, line }
}

/// A line of the answer to `=`.
const fn writes(line: &'static str) -> Answer {
    Answer { to: To::Write, line }
}

/// A line of the answer to the form of a quoted item.
const fn shows(selector: &'static str, line: &'static str) -> Answer {
    Answer { to: To::Item(selector), line }
}

/// A line that comes when what the command began has ended.
const fn later(line: &'static str) -> Answer {
    Answer { to: To::Later, line }
}

/// Another spelling that the note misprints in this section (D1).
const fn misprint(name: &'static str, section: &'static str) -> Alias {
    Alias { name, source: Source::Misprint(section) }
}

/// Another spelling that is as good.
const fn synonym(name: &'static str) -> Alias {
    Alias { name, source: Source::Synonym }
}

#[cfg(test)]
mod tests;
