//! How command lines are written, and whether the module has what they say.

use super::Out;
use crate::{
    fact::{Fact, Flaw, Outcome},
    line::{Command, Line, SECRET, before_secrets},
    rules,
};
use at::{
    args::{Args, Leniency},
    spec::Test,
    syntax::Kind,
    time::Instant,
};
use module::Group;

/// Beginnings of commands that other vendors have, and whose they are.
const OTHERS: &[(&str, &str)] = &[
    ("+CIP", "SIMCom and Espressif"),
    ("+USO", "u-blox"),
    ("+UPSD", "u-blox"),
    ("+USEC", "u-blox"),
    ("+CCH", "SIMCom"),
    ("+CSSLCFG", "SIMCom"),
    ("#", "Telit"),
    ("^S", "Cinterion"),
    ("%X", "Nordic"),
];

#[derive(Default)]
pub(crate) struct Topic {
    /// Lower case has been reported: it is a habit, not an event.
    lower: bool,
    /// Printable bytes since the last line.
    noise: Vec<u8>,
    /// When the first of them came.
    began: Instant,
    /// When `NO CARRIER` came, and no line since.
    gone: Option<Instant>,
}

/// Bytes of noise that are shown.
const SHOWN: usize = 24;

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Line(line) => self.line(line, out),
            Fact::Result(line, Outcome::Bad) => refused(line, out),
            Fact::Flaw(flaw) => self.flaw(*flaw, out),
            // Misprints and long payloads are seen on the port itself.
            Fact::Habit { command, what }
                if !what.contains("misprint of section") && !what.contains("above the") =>
            {
                out.find(&rules::FOREIGN_HABIT, format!("AT{command}: {what}"));
            }
            Fact::NoCarrier { by_dtr: false, .. } => self.gone = Some(out.now),
            Fact::Detached | Fact::End => self.tell_noise(out),
            _ => {}
        }
    }
}

impl Topic {
    fn line(&mut self, line: &Line, out: &mut Out<'_>) {
        self.tell_noise(out);
        let has_lower = line.lower
            || line.body.first().is_some_and(|c| line.body.len() > 1 && is_lower(*c))
            || line.body.starts_with(b"+") && line.body.get(1).is_some_and(|c| is_lower(*c));
        if has_lower && !self.lower {
            self.lower = true;
            out.find(&rules::LOWER_CASE, format!("{} and perhaps others", super::early::shown(line)));
        }
        for command in &line.commands {
            if let Some(section) = command.misprint() {
                let detail = format!("AT{} of §{section} is AT{}", command.typed, command.name());
                out.find(&rules::MISPRINT, detail);
            }
            if let (Some(section), Some(item)) = (command.misprinted_item(), command.text(0)) {
                out.find(&rules::MISPRINT, format!("\"{item}\" of §{section} in AT{}", command.typed));
            }
            if command.row.is_none() {
                let other = OTHERS.iter().find(|(head, _)| command.typed.starts_with(head));
                match other {
                    Some((_, vendor)) => {
                        out.find(&rules::OTHER_VENDOR, format!("AT{} ({vendor})", command.typed));
                    }
                    None => out.find(&rules::UNKNOWN_COMMAND, format!("AT{}", command.typed)),
                }
            }
        }
    }

    fn flaw(&mut self, flaw: Flaw, out: &mut Out<'_>) {
        match flaw {
            Flaw::LfLineEnd => out.find(&rules::LF_LINE_END, ""),
            Flaw::MixedPrefix => out.find(&rules::MIXED_PREFIX, ""),
            Flaw::TooLong => out.find(&rules::LINE_TOO_LONG, ""),
            Flaw::LfBeforePayload => out.find(&rules::LF_BEFORE_PAYLOAD, ""),
            // Stray line ends and the like harm nobody.
            Flaw::Noise(byte) if byte.is_ascii_control() => {}
            Flaw::Noise(byte) => {
                if self.noise.is_empty() {
                    self.began = out.now;
                }
                if self.noise.len() <= SHOWN {
                    self.noise.push(byte);
                }
            }
        }
    }

    fn tell_noise(&mut self, out: &mut Out<'_>) {
        let noise = std::mem::take(&mut self.noise);
        let gone = self.gone.take();
        // Who does not know whether transparent mode is on leaves it.
        if noise.is_empty() || noise == b"+++" {
            return;
        }
        let more = if noise.len() > SHOWN { " ..." } else { "" };
        // A line whose prefix got lost may have something secret behind its name.
        let noise = &noise[..before_secrets(&noise)];
        let name = noise.split(|byte| *byte == b'=').next().unwrap_or_default();
        let shown = name.get(..SHOWN).unwrap_or(name).escape_ascii();
        let rule = match gone {
            None => &rules::NOISE,
            Some(gone) if self.began.since(gone) >= rules::DATA_AFTER_NO_CARRIER.time() => {
                &rules::DATA_AFTER_NO_CARRIER
            }
            // It was on its way.
            Some(_) => return,
        };
        out.find(rule, format!("{shown}{more}"));
    }
}

fn is_lower(c: u8) -> bool {
    c.is_ascii_lowercase()
}

/// A line was refused: is that certain from how it was written?
fn refused(line: &Line, out: &mut Out<'_>) {
    let Some((command, why)) = line.commands.iter().find_map(|c| fault(c).map(|why| (c, why))) else {
        return;
    };
    if command.is_send() && command.number(1).is_some_and(|n| n > 1460) {
        return out.find(&rules::PAYLOAD_TOO_LONG, format!("AT{} announces it", command.typed));
    }
    // The value that does not do stands at the end.
    let why = match why.rsplit_once(", not ") {
        Some((rule, _)) if SECRET.contains(&command.name()) => rule.to_owned(),
        _ => why,
    };
    out.find(&rules::BAD_PARAMETER, format!("AT{}: {why}", command.typed));
}

/// Why a command cannot be accepted, whatever the module's state.
pub(crate) fn fault(command: &Command) -> Option<String> {
    let row = command.row?;
    let form = |form: &str| Some(format!("there is no form AT{}{form}", row.name));
    match command.kind {
        Kind::Read if row.read.is_none() => form("?"),
        Kind::Test if row.group == Group::Basic && matches!(row.test, Test::Derived) => form("=?"),
        Kind::Exec if row.exec.is_none() && (row.group != Group::Basic || row.set.is_empty()) => form(""),
        Kind::Set if row.set.is_empty() => form("="),
        Kind::Set => {
            let all = Leniency { misprints: true, foreign: false };
            Args::parse(row.set, command.register, &command.tail, all).err().map(|e| e.to_string())
        }
        Kind::Read | Kind::Test | Kind::Exec => None,
    }
}
