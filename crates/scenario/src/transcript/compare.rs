//! What the module was to say beside what it has said.

use super::escape::{escape, lines};
use std::fmt;

/// A `<` line.
pub(super) struct Expect {
    pub(super) line: usize,
    pub(super) port: usize,
    pub(super) what: What,
}

/// What a `<` line wants.
pub(super) enum What {
    Bytes(Vec<u8>),
    /// Up to and including LF.
    AnyLine,
    Anything,
}

/// How far what came is what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it, in so many bytes.
    Whole(usize),
    /// So far, and more is wanted.
    Part,
    /// From here on it is something else: number of the `<` line.
    Different(usize),
}

/// Compares from the front. Where several lengths fit, all there is is taken if that is one of them, else the least.
pub(super) fn compare(wanted: &[&What], said: &[u8]) -> Verdict {
    // Where what is left of `said` may begin: several places behind `Anything`, one as a rule.
    let mut places = vec![0];
    let mut may_go_on = false;
    for (index, what) in wanted.iter().enumerate() {
        let next: Vec<usize> = match what {
            What::Bytes(bytes) => {
                may_go_on |=
                    places.iter().any(|at| bytes.len() > said.len() - at && bytes.starts_with(&said[*at..]));
                let fits = |at: &&usize| said[**at..].starts_with(bytes);
                places.iter().filter(fits).map(|at| at + bytes.len()).collect()
            }
            What::AnyLine => {
                let ends = |at: &usize| said[*at..].iter().position(|b| *b == b'\n').map(|lf| at + lf + 1);
                may_go_on |= places.iter().any(|at| ends(at).is_none());
                let mut ends: Vec<usize> = places.iter().filter_map(ends).collect();
                ends.dedup();
                ends
            }
            What::Anything => {
                may_go_on = true;
                places.first().map_or(Vec::new(), |first| (*first..=said.len()).collect())
            }
        };
        if next.is_empty() {
            return if may_go_on { Verdict::Part } else { Verdict::Different(index) };
        }
        places = next;
    }
    let all = places.last().copied().filter(|last| *last == said.len());
    Verdict::Whole(all.or(places.first().copied()).unwrap_or(0))
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Wanted and there.
    Both(String),
    /// Wanted and not there.
    Wanted(String),
    /// There and not wanted.
    Found(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Both(text) => write!(f, "    {text}"),
            Difference::Wanted(text) => write!(f, "  - {text}"),
            Difference::Found(text) => write!(f, "  + {text}"),
        }
    }
}

/// Lines in common that are shown on each side of a difference.
const CONTEXT: usize = 3;

/// Shows the place where two lists differ, with a little of what they have in common around it.
pub(super) fn difference(wanted: &[String], found: &[String]) -> Vec<Difference> {
    let front = wanted.iter().zip(found).take_while(|(a, b)| a == b).count();
    let (wanted_rest, found_rest) = (&wanted[front..], &found[front..]);
    let back = wanted_rest.iter().rev().zip(found_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let both = |lines: &[String]| lines.iter().cloned().map(Difference::Both).collect::<Vec<_>>();
    let mut out = both(&wanted[front.saturating_sub(CONTEXT)..front]);
    match (&wanted_rest[..wanted_rest.len() - back], &found_rest[..found_rest.len() - back]) {
        ([one], [other]) => {
            let (one, other) = shortened(one, other);
            out.extend([Difference::Wanted(one), Difference::Found(other)]);
        }
        (wanted, found) => {
            out.extend(wanted.iter().cloned().map(Difference::Wanted));
            out.extend(found.iter().cloned().map(Difference::Found));
        }
    }
    out.extend(both(&wanted_rest[wanted_rest.len() - back..][..back.min(CONTEXT)]));
    out
}

/// Characters in common in front of the place where two long lines differ, and characters shown from there on.
const BEFORE: usize = 30;
const AFTER: usize = 90;

/// Of two long lines the place where they differ.
fn shortened(wanted: &str, found: &str) -> (String, String) {
    let same = wanted.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
    let skipped = same.saturating_sub(BEFORE);
    let shown = |line: &str| {
        let rest: String = line.chars().skip(skipped).take(BEFORE + AFTER).collect();
        let more = if line.chars().count() > skipped + BEFORE + AFTER { " ..." } else { "" };
        if skipped > 0 { format!("... {rest}{more}") } else { format!("{rest}{more}") }
    };
    (shown(wanted), shown(found))
}

/// What a port does that is not what was wanted, in a word.
pub(super) fn what_differs(port: &str, diff: &[Difference], said: &[u8]) -> String {
    let is_lacking = diff.iter().any(|line| matches!(line, Difference::Wanted(_)));
    let is_more = diff.iter().any(|line| matches!(line, Difference::Found(_)));
    let what = match (is_lacking, is_more) {
        (true, false) if said.is_empty() => "nothing",
        (true, false) => "less",
        (false, true) => "more",
        _ => "something else",
    };
    format!("{port} says {what}")
}

/// The lines of a scenario in which a module says these bytes.
pub(super) fn as_lines(prefix: &str, bytes: &[u8]) -> Vec<String> {
    lines(bytes).map(|line| format!("{prefix}< {}", escape(line))).collect()
}

/// The line of a scenario that wants this.
pub(super) fn as_written(prefix: &str, what: &What) -> Vec<String> {
    match what {
        What::Bytes(bytes) => as_lines(prefix, bytes),
        What::AnyLine => vec![format!("{prefix}<*")],
        What::Anything => vec![format!("{prefix}<...")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(wanted: &[What], said: &str) -> Verdict {
        compare(&wanted.iter().collect::<Vec<_>>(), said.as_bytes())
    }

    #[test]
    fn what_comes_is_compared_as_it_comes() {
        let bytes = |text: &str| What::Bytes(text.into());
        let exact = [bytes("ab\n"), bytes("c\n")];
        assert_eq!(verdict(&exact, ""), Verdict::Part);
        assert_eq!(verdict(&exact, "ab"), Verdict::Part);
        assert_eq!(verdict(&exact, "ab\nc\nd"), Verdict::Whole(5));
        assert_eq!(verdict(&exact, "ab\nd"), Verdict::Different(1));
        let any = [What::AnyLine, bytes("c\n"), What::Anything, bytes("OK\n")];
        assert_eq!(verdict(&any, "xyz\nc\n1\n2\nO"), Verdict::Part);
        assert_eq!(verdict(&any, "xyz\nc\n1\n2\nOK\nrest"), Verdict::Whole(13));
        assert_eq!(verdict(&any, "xyz\nd"), Verdict::Different(1));
        assert_eq!(verdict(&[bytes("a"), What::Anything], "abc"), Verdict::Whole(3));
    }

    #[test]
    fn differences_show_a_little_around_them() {
        let lines = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let shown: Vec<String> = difference(&lines("a b c d e f g"), &lines("a b c d x y f g"))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown.join("\n"), "    b\n    c\n    d\n  - e\n  + x\n  + y\n    f\n    g");
        let long = |c| vec![format!("< {}{c}{}", "a".repeat(1000), "b".repeat(1000))];
        let Some([Difference::Wanted(one), Difference::Found(_)]) =
            difference(&long('x'), &long('y')).first_chunk::<2>().cloned()
        else {
            panic!("one line of each")
        };
        assert_eq!(one, format!("... {}x{} ...", "a".repeat(30), "b".repeat(89)));
    }

    #[test]
    fn what_is_said_in_place_of_it_has_a_word() {
        let told = |wanted: &str, found: &str| {
            let lines = |text: &str| as_lines("", text.as_bytes());
            what_differs("uart1", &difference(&lines(wanted), &lines(found)), found.as_bytes())
        };
        assert_eq!(told("a\nb\n", ""), "uart1 says nothing");
        assert_eq!(told("a\nb\n", "a\n"), "uart1 says less");
        assert_eq!(told("a\n", "a\nb\n"), "uart1 says more");
        assert_eq!(told("a\n", "b\n"), "uart1 says something else");
    }
}
