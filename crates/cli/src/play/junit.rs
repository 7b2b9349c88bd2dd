//! The outcomes as JUnit XML, in the form that CI systems read: one test case a scenario.

use super::{Outcome, Show};
use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

/// What came of the files so far.
#[derive(Default)]
pub(super) struct Report(Vec<(PathBuf, Outcome, Duration)>);

impl Report {
    /// This came of a file, and took so long.
    pub(super) fn add(&mut self, path: PathBuf, outcome: Outcome, took: Duration) {
        self.0.push((path, outcome, took));
    }

    /// How many hold, how many do not, and how many could not be played.
    pub(super) fn counts(&self) -> [usize; 3] {
        let count = |is: fn(&Outcome) -> bool| self.0.iter().filter(|(_, outcome, _)| is(outcome)).count();
        [
            count(|outcome| matches!(outcome, Outcome::Holds | Outcome::Updated)),
            count(|outcome| matches!(outcome, Outcome::Different(_))),
            count(|outcome| matches!(outcome, Outcome::Wrong(_) | Outcome::Unreadable(_))),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, failures, errors] = self.counts();
        let all: Duration = self.0.iter().map(|(_, _, took)| *took).sum();
        let sums = format!(
            "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{:.3}\"",
            self.0.len(),
            all.as_secs_f64()
        );
        writeln!(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(f, "<testsuites {sums}>\n<testsuite name=\"modemtwin play\" {sums}>")?;
        self.0.iter().try_for_each(|(path, outcome, took)| case(f, path, outcome, *took))?;
        writeln!(f, "</testsuite>\n</testsuites>")
    }
}

fn case(f: &mut fmt::Formatter<'_>, path: &Path, outcome: &Outcome, took: Duration) -> fmt::Result {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let name =
        path.file_name().map_or(path.display().to_string(), |name| name.to_string_lossy().into_owned());
    write!(
        f,
        "<testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{:.3}\"",
        Xml(&folder.to_string_lossy()),
        Xml(&name),
        Xml(&path.to_string_lossy()),
        took.as_secs_f64()
    )?;
    let (element, kind) = match outcome {
        Outcome::Holds | Outcome::Updated => return writeln!(f, "/>"),
        Outcome::Different(_) => ("failure", "difference"),
        Outcome::Wrong(_) => ("error", "scenario"),
        Outcome::Unreadable(_) => ("error", "file"),
    };
    let text = Show::plain(path, outcome);
    // Behind the word for the outcome: place and reason.
    let message =
        text.lines().next().and_then(|line| line.split_once(' ')).unwrap_or_default().1.trim_start();
    writeln!(
        f,
        ">\n<{element} type=\"{kind}\" message=\"{}\">{}</{element}>\n</testcase>",
        Xml(message),
        Xml(&text)
    )
}

/// Text in an element or an attribute. Characters that XML cannot have at all are shown as U+FFFD.
struct Xml<'a>(&'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\n' | '\t' => write!(f, "{c}"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => f.write_str("\u{fffd}"),
            c => write!(f, "{c}"),
        })
    }
}
