//! Emulated modules for the tests of host drivers.
//!
//! A [`ModemTwin`] is a module in this process, on a pty (or TCP) of its own: ready in milliseconds, parallel to any number
//! of others, gone with the value. A test gives its port to the driver, and looks inside or acts on the module meanwhile.
//!
//! ```
//! use modemtwin_harness::ModemTwin;
//! use std::io::Write;
//!
//! let twin = ModemTwin::builder().model("EC800M-CN").file("ca.pem", "-----BEGIN").spawn()?;
//! let mut port = twin.open()?;
//! port.write_all(b"AT+QFLST\r")?;
//! assert!(port.hear("OK\r\n").contains("+QFLST: \"UFS:ca.pem\",10"));
//! assert!(twin.sockets().is_empty());
//! twin.finish();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A driver opens [`ModemTwin::port`] by itself, as it opens the device of a module; [`ModemTwin::open`] is for tests that
//! are their own driver.
//!
//! **The driver is watched.** When it does something that breaks on the real module (an error of docs/lint.md), the test
//! fails at [`ModemTwin::finish`], or when the value goes.
//!
//! Nothing here waits for ever: what takes longer than [`PATIENCE`] fails the test with a text that says what was waited
//! for. The functions panic, as assertions do, when the module has ended or cannot do what is asked for.
#![forbid(unsafe_code)]
#![allow(clippy::panic, reason = "what fails here fails the test that uses it")]

mod builder;
mod port;
mod wait;

pub use builder::Builder;
pub use daemon::{AtPort, Config, Coverage, Failure, Place, SetupError, view};
pub use lint::{Finding, Severity};
pub use port::HostPort;

use daemon::{
    Background, Events, Form, Handle, LinesError, LintView, Operator, Sight, SimCard,
    faults::{Fault, Lift},
};
use std::{
    fmt::Display,
    io,
    path::Path,
    time::{Duration, Instant},
};
use wait::wait;

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An emulated module that runs in this process until the value goes.
#[derive(Debug)]
pub struct ModemTwin {
    module: Handle,
    /// Taken by [`ModemTwin::finish`].
    running: Option<Background>,
}

impl ModemTwin {
    /// A module to be made.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn start(config: Config, files: Vec<(String, Vec<u8>)>) -> Result<ModemTwin, SetupError> {
        let running = Background::start(config)?;
        let twin = ModemTwin { module: running.handle(), running: Some(running) };
        for (name, content) in files {
            let wanted = name.clone();
            twin.ask(move |module, _| module.put_file(&wanted, content)).map_err(|cme| {
                SetupError::new(
                    format_args!("UFS:{name}"),
                    cme.text,
                    "UFS takes 280 KiB in all, and names of 1 to 80 bytes",
                )
            })?;
        }
        Ok(twin)
    }

    /// The path of the first pty, for the driver to open like a serial port. Of a module without one: panics.
    pub fn port(&self) -> &Path {
        let path = self.module.ports().iter().find_map(|(_, place)| match place {
            Place::Pty(path) => Some(path),
            _ => None,
        });
        path.map_or_else(|| panic!("no port of this module is a pty: see `places`"), |path| path.as_path())
    }

    /// The ports, and where hosts find them.
    pub fn places(&self) -> &[(AtPort, Place)] {
        self.module.ports()
    }

    /// Opens the first pty as a host does that sets its terminal to raw, for a test that is its own driver.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(&self) -> io::Result<HostPort> {
        daemon::open_as_host(self.port()).map(HostPort::new)
    }

    /// The module as a whole: identity, power, SIM, registration, clock, last error.
    pub fn state(&self) -> view::State {
        self.ask(|module, now| module.state(now))
    }

    /// Its ports: who is there, what they do, modem lines.
    pub fn ports(&self) -> Vec<view::PortState> {
        self.ask(|module, _| module.ports())
    }

    /// Its sockets that are not in Initial.
    pub fn sockets(&self) -> Vec<view::SocketView> {
        self.ask(|module, _| module.sockets())
    }

    /// One socket, if it is not in Initial.
    pub fn socket(&self, id: u8) -> Option<view::SocketView> {
        self.sockets().into_iter().find(|socket| socket.id == id)
    }

    /// What `AT+QSSLCFG` has set.
    pub fn ssl_contexts(&self) -> Vec<view::SslContext> {
        self.ask(|module, _| module.ssl_contexts())
    }

    /// Its PDP contexts that the host has defined or activated.
    pub fn pdp_contexts(&self) -> Vec<view::Pdp> {
        self.ask(|module, _| module.pdp_contexts())
    }

    /// Its files.
    pub fn files(&self) -> Vec<view::File> {
        self.ask(|module, _| module.files()).files
    }

    /// The content of a file.
    pub fn read_file(&self, name: &str) -> Option<Vec<u8>> {
        let wanted = name.to_owned();
        self.ask(move |module, _| module.read_file(&wanted)).ok().map(|content| content.to_vec())
    }

    /// Puts a file into UFS in place of whatever has its name.
    pub fn put_file(&self, name: &str, content: impl Into<Vec<u8>>) {
        let (wanted, content) = (name.to_owned(), content.into());
        let done = self.ask(move |module, _| module.put_file(&wanted, content));
        done.unwrap_or_else(|cme| panic!("UFS:{name}: {}", cme.text));
    }

    /// Removes a file.
    pub fn remove_file(&self, name: &str) {
        let wanted = name.to_owned();
        let done = self.ask(move |module, _| module.remove_file(&wanted));
        done.unwrap_or_else(|cme| panic!("UFS:{name}: {}", cme.text));
    }

    /// Sets the module's clock: seconds since 1970 UTC.
    pub fn set_clock(&self, unix: i64) {
        self.operate(Operator::Clock(unix));
    }

    /// PWRKEY: switches the module off, or on again.
    pub fn press_power(&self) {
        self.operate(Operator::PowerKey);
    }

    /// RESET_N: the module starts anew.
    pub fn reset(&self) {
        self.operate(Operator::Reset);
    }

    /// Another SIM card, which asks for a PIN or not.
    pub fn insert_sim(&self, pin: Option<&str>) {
        self.operate(Operator::Sim(Some(SimCard { pin: pin.map(str::to_owned) })));
    }

    /// An empty SIM holder.
    pub fn remove_sim(&self) {
        self.operate(Operator::Sim(None));
    }

    /// Signal strength as `AT+CSQ` prints it, 0 to 31.
    pub fn set_signal(&self, strength: u8) {
        self.operate(Operator::Signal(strength));
    }

    /// What there is to find for the module.
    pub fn set_coverage(&self, coverage: Coverage) {
        self.operate(Operator::Coverage(coverage));
    }

    /// The network refuses PDP contexts, or does not.
    pub fn refuse_pdp(&self, refuses: bool) {
        self.operate(Operator::RefusePdp(refuses));
    }

    /// The network ends a PDP context.
    pub fn drop_pdp(&self, context: u8) {
        self.operate(Operator::LosePdp(context));
    }

    /// Drives DTR of the host on a port whose wire has no modem lines (D24).
    pub fn set_dtr(&self, port: AtPort, on: bool) {
        self.move_lines(port, Some(on), None);
    }

    /// Drives RTS of the host on a port whose wire has no modem lines.
    pub fn set_rts(&self, port: AtPort, on: bool) {
        self.move_lines(port, None, Some(on));
    }

    fn move_lines(&self, port: AtPort, dtr: Option<bool>, rts: Option<bool>) {
        let moved: Result<(), LinesError> =
            self.wait("the modem lines", self.module.move_lines(port, dtr, rts));
        moved.unwrap_or_else(|error| panic!("{}: {error}", port.name()));
    }

    /// Waits until something is so: looks at once, and again after whatever happens in the module. Panics with `what` when
    /// it does not come true within [`PATIENCE`].
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&ModemTwin) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut events = self.events();
        while !is_so(self) {
            if events.next(deadline).is_none() {
                panic!(
                    "{what}: not within {PATIENCE:?}; sockets {:?}, ports {:?}",
                    self.sockets(),
                    self.ports()
                );
            }
        }
    }

    /// What happens from now on.
    pub fn events(&self) -> EventLines {
        let events = self.wait("events", self.module.events(Form::Json, Vec::new()));
        EventLines(events.unwrap_or_else(|gone| panic!("{gone}")))
    }

    /// Asks for a fault, as behind `--fault` (docs/faults.md); its number.
    pub fn add_fault(&self, fault: &str) -> u32 {
        let wanted: Fault = fault.parse().unwrap_or_else(|error| panic!("{error}"));
        let asked = self.wait("a fault", self.module.inject(wanted));
        asked.unwrap_or_else(|refused| panic!("{fault}: {refused}"))
    }

    /// Ends faults: a number, a name, a family or `all`; how many there were.
    pub fn end_faults(&self, which: &str) -> usize {
        self.wait("faults", self.module.lift(Lift::parse(which))).unwrap_or_else(|gone| panic!("{gone}"))
    }

    /// The last failures: what happened, and what helps.
    pub fn why(&self) -> Vec<Failure> {
        self.module.failures()
    }

    /// What the driver has done wrong so far.
    pub fn lint(&self) -> Vec<Finding> {
        self.module.lint().map(LintView::findings).unwrap_or_default()
    }

    /// What of the module the driver has met so far.
    pub fn coverage(&self) -> lint::Coverage {
        self.module.lint().map(LintView::coverage).unwrap_or_default()
    }

    /// Fails when something has failed in the module: its cause, and what helps, are in the text.
    #[track_caller]
    pub fn assert_no_failures(&self) {
        let failures: Vec<String> = self.why().iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "failures of the module:\n{}", failures.join("\n"));
    }

    /// Ends the module in good order (connections end with close_notify, the host hangs up), and fails when the driver has
    /// done something that breaks on the real module.
    #[track_caller]
    pub fn finish(mut self) {
        self.end();
    }

    /// What only the end tells, such as a notice that was never read, is among the findings afterwards.
    #[track_caller]
    fn end(&mut self) {
        if self.running.take().is_none() {
            return;
        }
        let is_error = |finding: &Finding| finding.rule.severity == Severity::Error;
        let errors: Vec<String> = self.lint().into_iter().filter(is_error).map(|f| f.to_string()).collect();
        assert!(errors.is_empty(), "what the driver does breaks on the real module:\n{}", errors.join("\n"));
    }

    fn operate(&self, order: Operator) {
        self.wait("an order", self.module.operate(order)).unwrap_or_else(|gone| panic!("{gone}"));
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut daemon::Module, daemon::Instant) -> T + Send + 'static,
    ) -> T {
        self.wait("an answer", self.module.ask(question)).unwrap_or_else(|gone| panic!("{gone}"))
    }

    fn wait<T>(&self, what: impl Display, future: impl Future<Output = T>) -> T {
        let came = wait(future, Instant::now() + PATIENCE);
        came.unwrap_or_else(|| panic!("{what}: the module did not say anything within {PATIENCE:?}"))
    }
}

impl Drop for ModemTwin {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The test has failed already; this may be why.
            self.running = None;
            for failure in self.why() {
                eprintln!("modemtwin: {failure}");
            }
        } else {
            self.end();
        }
    }
}

/// What happens in a module, as JSON lines (docs/trace.md).
#[derive(Debug)]
pub struct EventLines(Events);

impl EventLines {
    /// The next line. `None`: nothing happened until `deadline`, or the module has ended.
    pub fn next(&mut self, deadline: Instant) -> Option<String> {
        match wait(self.0.next(), deadline)?? {
            Sight::Line(line) => Some(line),
            Sight::Lost(lines) => Some(format!("{{\"kind\":\"lost\",\"lines\":{lines}}}")),
        }
    }
}
