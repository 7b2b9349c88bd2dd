//! Who does not wait: for results, prompts, `CONNECT`, `RDY`.

use super::Out;
use crate::{
    fact::{Early, Fact},
    line::Line,
    rules,
};

pub(crate) struct Topic;

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Early(line, early) => {
                let (rule, what) = match early {
                    Early::Command => (&rules::COMMAND_BEFORE_RESULT, "has no result yet"),
                    Early::AfterPayload if line.sender().is_none() => {
                        (&rules::COMMAND_BEFORE_RESULT, "has no result yet")
                    }
                    Early::AfterPayload => (&rules::SEND_BEFORE_SEND_OK, "has no result yet"),
                    Early::Payload => (&rules::PAYLOAD_BEFORE_PROMPT, "has no prompt yet"),
                    Early::Data => (&rules::DATA_BEFORE_CONNECT, "has not connected yet"),
                };
                out.find(rule, format!("{} {what}", shown(line)));
            }
            Fact::Unheard(first, count) => {
                out.find(&rules::NO_WAIT_FOR_READY, format!("{first} came before RDY ({count} in all)"));
            }
            _ => {}
        }
    }
}

/// A command line for people: names and forms, without parameters, which may be secret.
pub(crate) fn shown(line: &Line) -> String {
    let names: Vec<&str> = line.commands.iter().map(|command| command.typed.as_str()).collect();
    format!("AT{}", names.join(";"))
}
