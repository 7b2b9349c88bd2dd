//! What of the command line concerns the host lint, and `modemtwin lint`.

use ::lint::{Coverage, Finding, Limit, Lint, RULES, Recorded, Rule, Severity};
use clap::{ArgGroup, Args};
use daemon::{Form, HostLint, LintView, SetupError, faults::nearest};
use serde::Serialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

/// What is watched of the host driver.
#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// Watch the host driver and write what it does wrong to a file, or to standard output (-); docs/lint.md has the
    /// rules
    #[arg(long, value_name = "FILE|-")]
    pub(crate) lint: Option<PathBuf>,
    /// The same for programs: a JSON object a finding
    #[arg(long, value_name = "FILE|-")]
    pub(crate) lint_json: Option<PathBuf>,
    /// Leave these rules out
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', value_parser = rule)]
    pub(crate) lint_ignore: Vec<&'static Rule>,
    /// End with exit code 3 if the host driver did something at least this bad: error, warning or note [default: error]
    #[arg(long, value_name = "SEVERITY", num_args = 0..=1, require_equals = true, default_missing_value = "error", value_parser = severity)]
    pub(crate) fail_on_lint: Option<Severity>,
    /// Write at the end which commands, result codes and URCs the host driver has met, and which not: JSON if the file
    /// is called *.json
    #[arg(long, value_name = "FILE|-")]
    pub(crate) coverage: Option<PathBuf>,
}

impl LintArgs {
    pub(crate) fn open(&self) -> Result<Option<HostLint>, SetupError> {
        let is_wanted = self.lint.is_some()
            || self.lint_json.is_some()
            || self.fail_on_lint.is_some()
            || self.coverage.is_some();
        if !is_wanted {
            return Ok(None);
        }
        let mut lint = HostLint::default().ignoring(self.lint_ignore.iter().copied());
        for (path, form) in [(&self.lint, Form::Human), (&self.lint_json, Form::Json)] {
            if let Some(path) = path {
                lint = lint.to(path, form)?;
            }
        }
        if let Some(path) = &self.coverage {
            lint = lint.coverage(path)?;
        }
        Ok(Some(lint))
    }

    /// The option that writes to standard output, if there is one.
    pub(crate) fn on_stdout(&self) -> Option<&'static str> {
        let outputs =
            [("--lint -", &self.lint), ("--lint-json -", &self.lint_json), ("--coverage -", &self.coverage)];
        let on_stdout = outputs.into_iter().find(|(_, path)| path.as_deref() == Some(Path::new("-")));
        on_stdout.map(|(option, _)| option)
    }
}

/// Did any of these find something that bad?
pub(crate) fn has_failed(lints: &[(LintView, Severity)]) -> bool {
    lints.iter().any(|(lint, limit)| lint.worst().is_some_and(|worst| worst >= *limit))
}

pub(crate) fn severity(text: &str) -> Result<Severity, String> {
    let known = Severity::ALL.into_iter().find(|severity| severity.name() == text);
    known.ok_or_else(|| "write error, warning or note".into())
}

pub(crate) fn rule(text: &str) -> Result<&'static Rule, String> {
    Rule::named(text).ok_or_else(|| {
        let near = nearest(text, RULES.iter().map(|rule| rule.name));
        let near = near.map_or(String::new(), |name| format!(" (did you mean {name}?)"));
        format!("no rule has this name{near}; modemtwin lint --rules lists them")
    })
}

pub(crate) const LINT_HELP: &str = "\
Examples:
  modemtwin --trace-json trace.jsonl ... ; modemtwin lint trace.jsonl
      What the driver did wrong in a run
  modemtwin lint --coverage runs/*.jsonl
      The same of many runs, and what they have met of the module together
  modemtwin lint --rules
      What is looked for

Exit codes:
  0  nothing that bad (--fail-on-lint)
  1  a trace cannot be read
  2  the command line is wrong
  3  the host driver did something wrong";

/// `modemtwin lint`
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true))]
pub(crate) struct CheckArgs {
    /// Traces that were written by --trace-json, or - for standard input; each is a run by itself
    #[arg(group = "what", value_name = "TRACE|-")]
    traces: Vec<PathBuf>,
    /// List the rules
    #[arg(long, group = "what")]
    rules: bool,
    /// Write findings, or rules, as JSON, an object a line
    #[arg(long)]
    json: bool,
    /// Leave these rules out
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', value_parser = rule)]
    lint_ignore: Vec<&'static Rule>,
    /// End with exit code 3 if there is something at least this bad: error, warning or note
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = severity)]
    fail_on_lint: Severity,
    /// Also write which commands, result codes and URCs the host driver has met in all traces together, and which not
    #[arg(long, conflicts_with = "rules")]
    coverage: bool,
}

/// Lists the rules, or checks traces; says whether something bad was found.
pub(crate) fn check(args: CheckArgs) -> Result<bool, SetupError> {
    let mut out = io::stdout().lock();
    // A reader that has gone away is no error.
    let mut write = |text: &str| drop(out.write_all(text.as_bytes()));
    if args.rules {
        for rule in RULES.iter().filter(|rule| !args.lint_ignore.contains(rule)) {
            write(&if args.json { json(&Described::from(*rule)) } else { described(rule) });
        }
        return Ok(false);
    }
    let several = args.traces.len() > 1;
    let mut lints = Vec::new();
    for path in &args.traces {
        let lint = read(path, &args.lint_ignore)?;
        if several && !args.json {
            write(&format!("{}\n", path.display()));
        }
        for finding in lint.findings() {
            write(&match (args.json, several) {
                (false, _) => format!("{finding}\n"),
                (true, false) => json(finding),
                (true, true) => json(&Of { trace: path, finding }),
            });
        }
        if !args.json {
            write(&lint.summary());
        }
        lints.push(lint);
    }
    if args.coverage {
        let coverage = Coverage::of(&lints);
        write(&if args.json { json(&coverage) } else { coverage.to_string() });
    }
    Ok(lints.iter().filter_map(Lint::worst).any(|worst| worst >= args.fail_on_lint))
}

/// A rule for programs, in the words of its findings.
#[derive(Serialize)]
struct Described {
    rule: &'static str,
    severity: Severity,
    section: &'static str,
    what: &'static str,
    remedy: &'static str,
    limit: Option<Limit>,
}

impl From<&'static Rule> for Described {
    fn from(rule: &'static Rule) -> Described {
        let Rule { name, severity, section, what, remedy, limit } = *rule;
        Described { rule: name, severity, section, what, remedy, limit }
    }
}

/// A finding of one trace of several.
#[derive(Serialize)]
struct Of<'a> {
    trace: &'a Path,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Reads a trace to its end.
fn read(path: &Path, ignored: &[&'static Rule]) -> Result<Lint, SetupError> {
    let wrong = |why: String, remedy| SetupError::new(path.display(), why, remedy);
    let reader: Box<dyn BufRead> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => {
            let file = File::open(path).map_err(|e| wrong(e.to_string(), "check the path"))?;
            Box::new(BufReader::new(file))
        }
    };
    let mut recorded = Recorded::new(ignored);
    for line in reader.lines() {
        let read = line.map_err(|e| e.to_string()).and_then(|l| recorded.line(&l).map_err(|e| e.to_string()));
        read.map_err(|why| wrong(why, "give it a trace that --trace-json has written"))?;
    }
    let (lint, gaps) = recorded.end();
    if gaps > 0 {
        let place = path.display();
        eprintln!("modemtwin: {place}: the trace has {gaps} gaps: findings beside them may be wrong");
    }
    Ok(lint)
}

/// A line of JSON. These values cannot fail to become one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// A rule for people.
fn described(rule: &Rule) -> String {
    let Rule { name, severity, section, what, remedy, .. } = rule;
    let limit = rule.limit.map_or(String::new(), |limit| format!(" [{limit}]"));
    format!("{severity:<8} {name} ({section})\n         {what}{limit}\n         {remedy}\n")
}
