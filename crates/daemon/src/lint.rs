//! The host lint of a running module (`docs/lint.md`): findings as they happen, a summary and the coverage at the end.

use crate::{
    SetupError,
    aside::Aside,
    config::say,
    trace::Form,
    watch::{Seen, Stamp, Watch},
};
use at::time::Instant;
use lint::{Coverage, Finding, Lint, Rule, Severity};
use module::{Action, AtPort, Input, Operator, PortId, Talk};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What is watched of a host driver, and where it is written. The default writes nothing: ask the handle of the module.
#[derive(Clone, Debug, Default)]
pub struct HostLint {
    ignored: Vec<&'static Rule>,
    outputs: Vec<(Form, Arc<Aside<String>>)>,
    coverage: Option<PathBuf>,
}

impl HostLint {
    /// Says nothing of these rules.
    #[must_use]
    pub fn ignoring(mut self, rules: impl IntoIterator<Item = &'static Rule>) -> HostLint {
        self.ignored.extend(rules);
        self
    }

    /// Writes every finding as it happens into a file, which is emptied, and for people a summary at the end; `-` is
    /// the standard output.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn to(mut self, path: &Path, form: Form) -> Result<HostLint, SetupError> {
        let mut out: Box<dyn Write + Send> = match path == Path::new("-") {
            true => Box::new(io::stdout()),
            false => Box::new(io::BufWriter::new(create(path, "the findings")?)),
        };
        let place = path.display().to_string();
        let lines = Aside::start(move |mut lines| {
            while let Some(line) = lines.next() {
                // A full disk or a closed pipe ends the report, not the module.
                if let Err(e) = out.write_all(String::as_bytes(&line)).and_then(|()| out.flush()) {
                    say(&format!(
                        "{place}: {e}; no more findings are written: free some space, then start again"
                    ));
                    return;
                }
            }
        });
        self.outputs.push((form, Arc::new(lines)));
        Ok(self)
    }

    /// Writes at the end what of the module the driver has met: as JSON if the file is called `*.json`, else for
    /// people; `-` is the standard output.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn coverage(mut self, path: &Path) -> Result<HostLint, SetupError> {
        if path != Path::new("-") {
            create(path, "the coverage")?;
        }
        self.coverage = Some(path.to_owned());
        Ok(self)
    }

    /// For a module with these ports.
    pub(crate) fn linter(&self, ports: Vec<AtPort>, report: fn(&str)) -> Linter {
        self.linter_with(Lint::new(&self.ignored), ports, report)
    }

    /// For a module of which nothing is known but what it says on this port.
    pub(crate) fn linter_of_bytes(&self, port: AtPort, report: fn(&str)) -> Linter {
        self.linter_with(Lint::new(&self.ignored).without_events(), vec![port], report)
    }

    fn linter_with(&self, lint: Lint, ports: Vec<AtPort>, report: fn(&str)) -> Linter {
        Linter { run: self.run_with(lint), ports, report }
    }

    /// For a module that runs elsewhere. Its coverage is written by [`HostLint::write_coverage`].
    pub fn start(&self) -> LintRun {
        self.run_with(Lint::new(&self.ignored))
    }

    fn run_with(&self, lint: Lint) -> LintRun {
        LintRun { view: LintView(Arc::new(Mutex::new(lint))), setup: self.clone() }
    }

    /// Writes what has been met where [`HostLint::coverage`] has said, if it has.
    ///
    /// # Errors
    /// It cannot be written there.
    pub fn write_coverage(&self, coverage: &Coverage) -> io::Result<()> {
        let Some(path) = &self.coverage else { return Ok(()) };
        let text = match path.extension().is_some_and(|e| e == "json") {
            true => json(coverage),
            false => coverage.to_string(),
        };
        let done = match path == Path::new("-") {
            true => io::stdout().write_all(text.as_bytes()),
            false => std::fs::write(path, text),
        };
        done.map_err(|e| io::Error::new(e.kind(), format!("coverage: {}: {e}", path.display())))
    }
}

fn create(path: &Path, what: &str) -> Result<File, SetupError> {
    let remedy = format!("give {what} a file that can be made, or - for standard output");
    File::create(path).map_err(|e| SetupError::new(path.display(), e, remedy))
}

/// What the lint of a module has found so far, and after the end of the module all of it. Clones look at the same.
#[derive(Clone, Debug)]
pub struct LintView(Arc<Mutex<Lint>>);

impl LintView {
    /// Everything found so far, in order; of each rule at most [`lint::KEPT`].
    pub fn findings(&self) -> Vec<Finding> {
        self.lock().findings().to_vec()
    }

    /// The severity of the worst finding.
    pub fn worst(&self) -> Option<Severity> {
        self.lock().worst()
    }

    /// What of the module the driver has met so far.
    pub fn coverage(&self) -> Coverage {
        self.lock().coverage()
    }

    /// What the drivers of all these have met together.
    pub fn coverage_of(views: &[LintView]) -> Coverage {
        let lints: Vec<_> = views.iter().map(LintView::lock).collect();
        Coverage::of(lints.iter().map(|lint| &**lint))
    }

    fn lock(&self) -> MutexGuard<'_, Lint> {
        // A panic elsewhere has been said; what was found stays true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lint of one module at work: what it finds is written at once.
#[derive(Debug)]
pub struct LintRun {
    view: LintView,
    setup: HostLint,
}

impl LintRun {
    /// What it has found so far.
    pub fn view(&self) -> LintView {
        self.view.clone()
    }

    /// Something crossed the border of the module at this time.
    pub fn see(&self, at: Instant, seen: lint::Seen<'_>) {
        let mut lint = self.view.lock();
        lint.see(at, seen);
        self.write(lint.news());
    }

    /// The run is over.
    pub fn end(&self, at: Instant) {
        let mut lint = self.view.lock();
        lint.end(at);
        self.write(lint.news());
        for (_, lines) in self.setup.outputs.iter().filter(|(form, _)| *form == Form::Human) {
            give(lines, lint.summary());
        }
    }

    fn write(&self, findings: &[Finding]) {
        for (form, lines) in &self.setup.outputs {
            for finding in findings {
                give(
                    lines,
                    match form {
                        Form::Human => format!("{finding}\n"),
                        Form::Json => json(finding),
                    },
                );
            }
        }
    }
}

/// The watcher of one module.
pub(crate) struct Linter {
    run: LintRun,
    ports: Vec<AtPort>,
    report: fn(&str),
}

impl Linter {
    pub(crate) fn view(&self) -> LintView {
        self.run.view()
    }

    fn port(&self, id: PortId) -> Option<AtPort> {
        self.ports.get(usize::from(id.0)).copied()
    }

    fn seen<'a>(&self, seen: &'a Seen<'a>) -> Option<lint::Seen<'a>> {
        Some(match seen {
            // What is said in frames is told channel by channel.
            Seen::Host(_, Talk::Frames, _) | Seen::Module(_, Talk::Frames, _) => return None,
            Seen::Host(id, _, bytes) => lint::Seen::Host(self.port(*id)?, bytes),
            Seen::Module(id, _, bytes) => lint::Seen::Module(self.port(*id)?, bytes),
            Seen::Input(Input::PortAttached(id)) => lint::Seen::Attached(self.port(*id)?),
            Seen::Input(Input::PortDetached(id)) => lint::Seen::Detached(self.port(*id)?),
            Seen::Input(Input::PortLines(id, lines)) => lint::Seen::Dtr(self.port(*id)?, lines.dtr),
            Seen::Action(Action::Event(event)) => return lint::Seen::event(event),
            Seen::Input(_)
            | Seen::Action(_)
            | Seen::NetIn { .. }
            | Seen::NetOut { .. }
            | Seen::NetFin(_)
            | Seen::Held(..)
            | Seen::Fault(_) => return None,
        })
    }
}

/// Findings are few; a thread that does not take them is stuck or over, and the handle of the module has them all.
fn give(lines: &Aside<String>, line: String) {
    let size = line.len();
    lines.give(line, size);
}

/// A line of JSON. These values cannot fail to become one.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

impl Watch for Linter {
    fn wants_channels(&self) -> bool {
        true
    }

    fn see(&mut self, at: Stamp, seen: &Seen<'_>) {
        let now = Instant::ZERO + at.elapsed;
        if let Some(seen) = self.seen(seen) {
            self.run.see(now, seen);
        } else if let Seen::Input(Input::Operator(Operator::ShutDown)) = seen {
            self.run.end(now);
            if let Err(e) = self.run.setup.write_coverage(&self.view().coverage()) {
                (self.report)(&e.to_string());
            }
        }
    }
}
