//! A command line as the module will understand it.

use at::{
    spec::{Command as Spec, Source},
    syntax::{self, Kind},
    time::Instant,
};
use module::Row;

/// A complete command line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What follows the prefix.
    pub(crate) body: Vec<u8>,
    /// Its commands, as far as it follows the syntax.
    pub(crate) commands: Vec<Command>,
    /// When it was complete.
    pub(crate) at: Instant,
    /// The prefix was `at`.
    pub(crate) lower: bool,
}

/// Commands whose parameters are nobody's business.
pub(crate) const SECRET: &[&str] = &["+CPIN", "+CPWD", "+CLCK", "+QICSGP", "+CGAUTH"];

/// How much of what was typed ends with the name of such a command; all of it where there is none.
pub(crate) fn before_secrets(typed: &[u8]) -> usize {
    let at = |name: &&str| {
        let found = typed.windows(name.len()).position(|text| text.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(found + name.len())
    };
    SECRET.iter().filter_map(at).min().unwrap_or(typed.len())
}

/// One command of a line.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// As typed, in upper case; without what stands close behind a name that has secrets behind it.
    pub(crate) typed: String,
    /// Its row, misprints put right.
    pub(crate) row: Option<&'static Row>,
    /// Its form.
    pub(crate) kind: Kind,
    /// The register of an S command.
    pub(crate) register: Option<u8>,
    /// The parameters as typed.
    pub(crate) tail: Vec<u8>,
    /// The parameters one by one, without quotes.
    pub(crate) args: Vec<String>,
}

impl Line {
    pub(crate) fn new(body: &[u8], at: Instant, lower: bool) -> Line {
        let mut rest = body;
        let mut commands = Vec::new();
        while let Some(Ok(mut invocation)) = syntax::next(&mut rest) {
            let row = Spec::find(module::command_table(), &invocation.name).map(|(row, _)| *row);
            let shown = before_secrets(invocation.name.as_bytes());
            if shown < invocation.name.len() {
                invocation.name.truncate(shown);
                invocation.name += "...";
            }
            commands.push(Command {
                args: split(&invocation.tail),
                typed: invocation.name,
                row,
                kind: invocation.kind,
                register: invocation.register,
                tail: invocation.tail,
            });
        }
        Line { body: body.to_vec(), commands, at, lower }
    }

    /// Is it what hosts try until they are heard: a bare AT, or what switches echo?
    pub(crate) fn is_probe(&self) -> bool {
        self.commands.iter().all(|command| command.name() == "E")
    }

    /// The command, if the line has one only.
    pub(crate) fn only(&self) -> Option<&Command> {
        match self.commands.as_slice() {
            [command] => Some(command),
            _ => None,
        }
    }

    /// May one of its commands ask for a payload?
    pub(crate) fn sender(&self) -> Option<&Command> {
        self.commands.iter().find(|command| command.is_send())
    }

    /// May one of its commands print `CONNECT`?
    pub(crate) fn connects(&self) -> Option<&Command> {
        self.commands.iter().find(|command| command.moves_file() || command.goes_online())
    }

    /// Does it set the form of result codes, or whether there are any?
    pub(crate) fn sets_form(&self) -> bool {
        self.commands.iter().any(|command| ["V", "Q", "Z", "&F"].contains(&command.name()))
    }

    /// May it end without a result code that can be seen?
    pub(crate) fn may_go_quiet(&self) -> bool {
        self.commands.iter().any(|command| ["Q", "Z"].contains(&command.name()))
    }
}

impl Command {
    /// The name that the documents mean; as typed when they have none.
    pub(crate) fn name(&self) -> &str {
        self.row.map_or(self.typed.as_str(), |row| row.name)
    }

    /// The misprint that the name is.
    pub(crate) fn misprint(&self) -> Option<&'static str> {
        let alias = self.row?.aliases.iter().find(|alias| alias.name == self.typed)?;
        misprinted(alias.source)
    }

    /// The section whose misprint the first parameter is.
    pub(crate) fn misprinted_item(&self) -> Option<&'static str> {
        let item = self.args.first().filter(|_| self.kind == Kind::Set)?;
        let mut aliases = self.row?.set.iter().flat_map(|form| form.aliases);
        misprinted(aliases.find(|alias| alias.name.eq_ignore_ascii_case(item))?.source)
    }

    /// A write command of this name.
    pub(crate) fn sets(&self, name: &str) -> bool {
        self.kind == Kind::Set && self.name() == name
    }

    /// Parameter number `i`, if it is there and not empty.
    pub(crate) fn text(&self, i: usize) -> Option<&str> {
        self.args.get(i).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Parameter number `i` as a number.
    pub(crate) fn number(&self, i: usize) -> Option<u32> {
        self.text(i)?.parse().ok()
    }

    /// Parameter number `i` as the id of a socket.
    pub(crate) fn id(&self, i: usize) -> Option<u8> {
        self.number(i).and_then(|n| u8::try_from(n).ok()).filter(|id| usize::from(*id) < crate::SOCKETS)
    }

    pub(crate) fn is_send(&self) -> bool {
        self.sets("+QSSLSEND") || self.sets("+QISEND") && self.number(1) != Some(0)
    }

    pub(crate) fn moves_file(&self) -> bool {
        ["+QFUPL", "+QFWRITE", "+QFDWL", "+QFREAD"].iter().any(|name| self.sets(name))
    }

    pub(crate) fn goes_online(&self) -> bool {
        match self.name() {
            "O" => true,
            "+QSSLOPEN" => self.number(5) == Some(2),
            "+QIOPEN" => self.number(6) == Some(2),
            "+QISWTMD" => self.number(1) == Some(2),
            _ => false,
        }
    }
}

fn misprinted(source: Source) -> Option<&'static str> {
    match source {
        Source::Misprint(section) => Some(section),
        Source::Synonym => None,
    }
}

/// Parameters between commas outside quotes.
fn split(tail: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(tail);
    let mut args = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match (c, args.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => args.push(String::new()),
            (c, Some(arg)) => arg.push(c),
            (_, None) => {}
        }
    }
    args.into_iter().map(|arg| arg.trim().to_owned()).collect()
}
