//! What a command is. A command is one static row; parsing, range checks, test replies, the reference
//! page and the completion list derive from it.
//!
//! `R` is what a form runs (the module's handler type), `G` the family a command belongs to (the
//! module's, too: it decides how errors are reported).

/// One command: a row of the command table.
#[derive(Debug)]
pub struct Command<R: 'static, G: 'static> {
    /// Upper case, without prefix: `+QSSLCFG`, `E`, `&C`, `S`.
    pub name: &'static str,
    /// Family.
    pub group: G,
    /// One line for lists and for the reference page.
    pub summary: &'static str,
    /// Where it is specified: section of the note, or companion document.
    pub section: &'static str,
    /// What `=?` answers.
    pub test: Test<R>,
    /// `?`
    pub read: Option<R>,
    /// `=`: the first form whose selector fits.
    pub set: &'static [Form<R>],
    /// Nothing behind the name.
    pub exec: Option<R>,
    /// What its forms answer, for the reference page. Forms that show what they set need no entry.
    pub answers: &'static [Answer],
    /// Numbers of the errors that it gives beside the one for a wrong parameter, for the reference page.
    pub errors: &'static [u16],
    /// Other spellings.
    pub aliases: &'static [Alias],
    /// What the documents promise, for the reference page.
    pub max_response: MaxResponse,
    /// What survives, for the reference page.
    pub saved: Saved,
}

/// A line that a form may answer before its result code, or a result code other than `OK`.
///
/// `<name>` is a value, in the range of the command's parameter of that name if there is one. What stands in square
/// brackets may be missing; `...` is more of the same. `<data>` alone is as many bytes as the line before it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it answers.
    pub to: To,
    /// Its shape.
    pub line: &'static str,
}

/// What a line answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// `?`
    Read,
    /// The bare name.
    Exec,
    /// `=`: every write form without an item.
    Write,
    /// The write form of this item.
    Item(&'static str),
    /// Nothing: it comes after the result code, when what the command began has ended.
    Later,
}

/// One write form.
#[derive(Debug)]
pub struct Form<R: 'static> {
    /// The quoted item that selects this form as the first parameter.
    pub selector: Option<&'static str>,
    /// Other spellings of the selector.
    pub aliases: &'static [Alias],
    /// Parameters after the selector. Required ones first.
    pub params: &'static [Arg],
    /// Other modules have it, this one does not: taken with leniency only (D34).
    pub foreign: bool,
    /// The test reply shows it.
    pub listed: bool,
    /// What it runs.
    pub run: R,
}

/// A parameter at its place in a form.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// The parameter.
    pub param: &'static Param,
    /// May it be left out, may it be repeated?
    pub need: Need,
}

/// How often a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Once.
    Required,
    /// Once or not at all.
    Optional,
    /// The last one: any number of times, separated by commas.
    Repeated,
}

/// A parameter: its name in the documents and what it may be.
#[derive(Debug, PartialEq, Eq)]
pub struct Param {
    /// As in the documents, without angle brackets: `clientID`.
    pub name: &'static str,
    /// Its values.
    pub kind: Kind,
    /// What it means, with unit and default, for the reference page.
    pub doc: &'static str,
}

impl Param {
    /// What a number means, where `doc` lists its values: of `0 SSL 3.0, 1 TLS 1.0`, the `TLS 1.0` of 1.
    pub fn meaning(&self, number: u32) -> Option<&'static str> {
        let list = self.doc.split(". ").next().unwrap_or_default();
        list.split(", ").find_map(|item| {
            let (value, meaning) = item.split_once(' ')?;
            (value.parse() == Ok(number)).then_some(meaning)
        })
    }
}

/// The values of a parameter. It knows how it prints in a test reply.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// A decimal number: prints `(0-11)`.
    Range(u32, u32),
    /// A decimal number whose range the documents do not print: prints `<name>`.
    Number(u32, u32),
    /// A length in bytes: as `Range`, but with leniency a longer one is cut to the limit (D34).
    Length(u32, u32),
    /// One of these numbers: prints `(0,1)`.
    List(&'static [u32]),
    /// A quoted string of at most this many bytes: prints `<name>`.
    Text(usize),
    /// One of these words, quoted, in either case: prints `("TCP","UDP")`.
    Word(&'static [&'static str]),
    /// `0X0035`: unquoted hexadecimal codes; several may be joined by colons. Prints `(0X0035,...)`.
    Codes(&'static [u16]),
    /// Anything unquoted, up to this many bytes: prints `<name>`.
    Raw(usize),
    /// A string of at most this many bytes that needs no quotes: prints `<name>`.
    Loose(usize),
}

/// What `=?` answers.
#[derive(Clone, Copy, Debug)]
pub enum Test<R: 'static> {
    /// The forms of the command, printed from their parameters.
    Derived,
    /// `OK` alone.
    Empty,
    /// A print of the real module that does not follow from the forms.
    Literal(&'static [&'static str]),
    /// A print that depends on the module's state.
    Run(R),
}

/// Another spelling of a command or selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The spelling.
    pub name: &'static str,
    /// Where it comes from.
    pub source: Source,
}

/// Where another spelling comes from; decides when it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A misprint of the note, in this section (D1).
    Misprint(&'static str),
    /// A spelling the documents allow: always accepted, never reported.
    Synonym,
}

/// How long the documents allow the module to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxResponse {
    /// Milliseconds.
    Millis(u32),
    /// Seconds.
    Seconds(u32),
    /// In words.
    Words(&'static str),
}

/// What of a setting survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Nothing to save.
    NotApplicable,
    /// Takes effect at once, lost at restart.
    No,
    /// Kept by `AT&W`.
    ByProfile,
    /// Kept from the moment it is set.
    AtOnce,
}

/// A required parameter.
pub const fn req(param: &'static Param) -> Arg {
    Arg { param, need: Need::Required }
}

/// An optional parameter.
pub const fn opt(param: &'static Param) -> Arg {
    Arg { param, need: Need::Optional }
}

/// A parameter that may be repeated, or left out.
pub const fn rep(param: &'static Param) -> Arg {
    Arg { param, need: Need::Repeated }
}

impl<R> Form<R> {
    /// A form without selector.
    pub const fn plain(params: &'static [Arg], run: R) -> Form<R> {
        Form { selector: None, aliases: &[], params, foreign: false, listed: true, run }
    }

    /// The form that a quoted item selects.
    pub const fn item(selector: &'static str, params: &'static [Arg], run: R) -> Form<R> {
        Form { selector: Some(selector), aliases: &[], params, foreign: false, listed: true, run }
    }
}

impl<R> Form<R> {
    /// The same form, marked as another module's.
    pub const fn foreign(self) -> Form<R>
    where
        R: Copy,
    {
        Form { foreign: true, listed: false, ..self }
    }

    /// The same form, which the real module's test reply does not show.
    pub const fn unlisted(self) -> Form<R>
    where
        R: Copy,
    {
        Form { listed: false, ..self }
    }

    /// The same form with other spellings of its selector.
    pub const fn spelled(self, aliases: &'static [Alias]) -> Form<R>
    where
        R: Copy,
    {
        Form { aliases, ..self }
    }
}

impl<R, G> Command<R, G> {
    /// The row found under `name` (upper case) and the alias it was found by.
    pub fn find<'a>(
        table: &'a [&'static Command<R, G>],
        name: &str,
    ) -> Option<(&'a &'static Command<R, G>, Option<&'static Alias>)> {
        table.iter().find_map(|command| {
            if command.name == name {
                return Some((command, None));
            }
            command.aliases.iter().find(|alias| alias.name == name).map(|alias| (command, Some(alias)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_what_the_documents_list() {
        const VERSION: Param =
            Param { name: "v", kind: Kind::Range(0, 4), doc: "0 SSL 3.0, 1 TLS 1.0, 4 all. Default 4" };
        assert_eq!(VERSION.meaning(1), Some("TLS 1.0"));
        assert_eq!(VERSION.meaning(4), Some("all"));
        assert_eq!(VERSION.meaning(3), None);
        const LENGTH: Param =
            Param { name: "n", kind: Kind::Length(0, 9), doc: "Bytes to read; 0 asks. Default 9" };
        assert_eq!(LENGTH.meaning(0), None);
    }
}
