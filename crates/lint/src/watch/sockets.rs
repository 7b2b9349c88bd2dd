//! The life of socket ids, as far as the host can know it.

use super::{Out, form::fault};
use crate::{
    SOCKETS,
    fact::{Fact, Outcome},
    line::Command,
    rules,
};
use at::{syntax::Kind, time::Instant};
use module::AtPort;
use std::time::Duration;

/// How long a connect may take (§2.2.2), without the negotiation.
const NETWORK_TIME: Duration = Duration::from_secs(150);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    /// Initial.
    #[default]
    Free,
    /// Initial after an open that failed.
    Failed,
    /// `OK`, and the result of the open is to come.
    Opening(Instant),
    Open,
    /// The peer, or the network, has ended it; the id is taken.
    Ended(Instant),
}

#[derive(Clone, Copy, Debug)]
struct Id {
    life: Life,
    pdp: u32,
    is_ssl: bool,
    /// The port that opened it.
    port: AtPort,
    /// What it was when the line in hand began.
    before: Life,
}

pub(crate) struct Topic {
    ids: [Id; SOCKETS],
    /// `AT+QICFG="passiveclosed",1`
    frees_itself: bool,
}

impl Default for Topic {
    fn default() -> Topic {
        let id = Id { life: Life::Free, pdp: 0, is_ssl: false, port: AtPort::Uart1, before: Life::Free };
        Topic { ids: [id; SOCKETS], frees_itself: false }
    }
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Line(line) => {
                self.ids.iter_mut().for_each(|id| id.before = id.life);
                line.commands.iter().for_each(|command| self.begins(command, out));
            }
            Fact::Result(line, outcome) => {
                for command in &line.commands {
                    if outcome.may_be_good() {
                        self.done(command, out);
                    }
                }
                if let (Outcome::Bad, Some(command)) = (outcome, line.only()) {
                    self.failed(command, out);
                }
            }
            Fact::Urc(text) => self.urc(text, out),
            Fact::NoCarrier { client: Some(client), by_dtr } => {
                let life = if *by_dtr || self.frees_itself { Life::Free } else { Life::Ended(out.now) };
                self.set(*client, life);
            }
            Fact::End => self.end(out),
            _ => {}
        }
    }
}

impl Topic {
    fn set(&mut self, id: u8, life: Life) {
        if let Some(slot) = self.ids.get_mut(usize::from(id)) {
            slot.life = life;
        }
    }

    fn get(&self, id: u8) -> Option<&Id> {
        self.ids.get(usize::from(id))
    }

    fn begins(&mut self, command: &Command, out: &mut Out<'_>) {
        let Some(id) = closed_id(command) else { return };
        if let Some(Id { life: Life::Opening(since), .. }) = self.get(id)
            && out.now.since(*since) < NETWORK_TIME
        {
            let seconds = out.now.since(*since).as_secs();
            out.find(&rules::OPEN_GIVEN_UP, format!("socket {id} after {seconds} s"));
        }
    }

    fn done(&mut self, command: &Command, out: &Out<'_>) {
        if command.kind != Kind::Set {
            return;
        }
        if let Some((id, pdp)) = opened_id(command) {
            let life = if command.goes_online() { Life::Open } else { Life::Opening(out.now) };
            if let Some(slot) = self.ids.get_mut(usize::from(id)) {
                let is_ssl = command.name() == "+QSSLOPEN";
                *slot = Id { life, pdp, is_ssl, port: out.port, before: slot.before };
            }
        } else if let Some(id) = closed_id(command) {
            self.set(id, Life::Free);
        } else {
            match (command.name(), command.number(0)) {
                // An SSL socket says "closed", and stays taken (V38, V109).
                ("+QIDEACT", Some(pdp)) => self.free(|id| id.pdp == pdp && !id.is_ssl),
                ("+CFUN", Some(0 | 4)) | ("+CGATT", Some(0)) => self.free(|id| !id.is_ssl),
                ("+QICFG", _) if command.text(0).is_some_and(|t| t.eq_ignore_ascii_case("passiveclosed")) => {
                    self.frees_itself = command.number(1) == Some(1);
                }
                _ => {}
            }
        }
    }

    fn free(&mut self, which: impl Fn(&Id) -> bool) {
        self.ids.iter_mut().filter(|id| which(id)).for_each(|id| id.life = Life::Free);
    }

    /// The module refused it; the id's state tells why.
    fn failed(&mut self, command: &Command, out: &mut Out<'_>) {
        if command.kind != Kind::Set || fault(command).is_some() {
            return;
        }
        let name = &command.typed;
        if let Some((id, _)) = opened_id(command) {
            match self.get(id).map(|id| id.before) {
                Some(Life::Opening(_) | Life::Open | Life::Ended(_)) => {
                    out.find(&rules::ID_IN_USE, format!("AT{name}, socket {id}"));
                }
                Some(Life::Free | Life::Failed) => self.set(id, Life::Failed),
                None => {}
            }
            return;
        }
        let uses = ["+QSSLSEND", "+QISEND", "+QISENDEX", "+QSSLRECV", "+QIRD", "+QISWTMD"];
        let Some(id) = command.id(0).filter(|_| uses.contains(&command.name())) else { return };
        let rule = match self.get(id).map(|id| id.before) {
            Some(Life::Free | Life::Opening(_)) => &rules::USE_BEFORE_OPEN,
            Some(Life::Failed) => &rules::USE_AFTER_FAILED_OPEN,
            Some(Life::Ended(at)) if out.now.since(at) >= rules::USE_AFTER_CLOSED.time() => {
                &rules::USE_AFTER_CLOSED
            }
            // It was on its way.
            Some(Life::Ended(_)) | Some(Life::Open) | None => return,
        };
        out.find(rule, format!("AT{name}, socket {id}"));
    }

    fn urc(&mut self, text: &str, out: &Out<'_>) {
        if text == "RDY" || text == "POWERED DOWN" {
            return self.free(|_| true);
        }
        let Some((name, rest)) = text.split_once(": ") else { return };
        let fields: Vec<&str> = rest.split(',').collect();
        let number = |i: usize| fields.get(i).and_then(|field| field.parse::<u8>().ok());
        match (name, fields.as_slice()) {
            ("+QSSLOPEN" | "+QIOPEN", [_, error]) => {
                let Some(id) = number(0) else { return };
                self.set(id, if *error == "0" { Life::Open } else { Life::Failed });
            }
            ("+QSSLURC" | "+QIURC", ["\"closed\"", _]) => {
                let Some(id) = number(1) else { return };
                // `closemode` 1 tells the end of the host's own close in this way.
                let is_taken = self.get(id).is_some_and(|id| !matches!(id.life, Life::Free | Life::Failed));
                if is_taken {
                    self.set(id, if self.frees_itself { Life::Free } else { Life::Ended(out.now) });
                }
            }
            ("+QIURC", ["\"incoming\"", ..]) => {
                if let Some(slot) = number(1).and_then(|id| self.ids.get_mut(usize::from(id))) {
                    *slot = Id { life: Life::Open, is_ssl: false, port: out.port, ..*slot };
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, out: &mut Out<'_>) {
        for (number, id) in self.ids.iter().enumerate() {
            out.port = id.port;
            match id.life {
                Life::Ended(at) if out.now.since(at) >= rules::CLOSED_NOT_CLOSED.time() => {
                    out.find(&rules::CLOSED_NOT_CLOSED, format!("socket {number}"));
                }
                Life::Open | Life::Opening(_) => {
                    out.find(&rules::ID_LEFT_OPEN, format!("socket {number}"));
                }
                Life::Free | Life::Failed | Life::Ended(_) => {}
            }
        }
    }
}

/// The socket and the PDP context of an open.
fn opened_id(command: &Command) -> Option<(u8, u32)> {
    let id = match command.name() {
        "+QSSLOPEN" => command.id(2)?,
        "+QIOPEN" => command.id(1)?,
        _ => return None,
    };
    Some((id, command.number(0)?))
}

/// The socket of a close.
pub(crate) fn closed_id(command: &Command) -> Option<u8> {
    let closes = command.sets("+QSSLCLOSE") || command.sets("+QICLOSE");
    command.id(0).filter(|_| closes)
}
