//! `modemtwin why`: the last failures, each in a line with its remedy (`docs/why.md`).

use crate::ctl;
use clap::Args;
use control::client::VARIABLE;
use daemon::{Failure, KEPT, SetupError};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

/// Where failures are read from, and how they are told.
#[derive(Args, Debug)]
pub(crate) struct WhyArgs {
    /// A trace that --trace-json has written; - is standard input. Without one the control interface that
    /// MODEMTWIN_CONTROL names is asked, for the first module
    #[arg(value_name = "TRACE|-")]
    trace: Option<PathBuf>,
    /// Every failure, and not only the last sixteen
    #[arg(long)]
    all: bool,
    /// For programs: an object of JSON a line
    #[arg(long)]
    json: bool,
}

/// Reads the failures, and tells them.
pub(crate) fn why(args: &WhyArgs) -> Result<(), SetupError> {
    let most = if args.all { usize::MAX } else { KEPT };
    let failures = match &args.trace {
        Some(trace) => of_trace(trace, most)?,
        None => of_control()?,
    };
    // A reader that has gone away needs no more of them.
    let _ = tell(&mut io::stdout().lock(), &failures, args.json);
    Ok(())
}

/// The failures of a running module.
fn of_control() -> Result<Vec<Failure>, SetupError> {
    ctl::failures().map_err(|reason| {
        SetupError::new("why", reason, format!("give a trace, or set {VARIABLE} as docs/control.md says"))
    })
}

/// The failures of a trace, the last `most` of them.
fn of_trace(path: &Path, most: usize) -> Result<Vec<Failure>, SetupError> {
    let remedy = "give a file that --trace-json has written, or - for standard input";
    let trace: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(|e| SetupError::new(path.display(), e, remedy))?;
        Box::new(BufReader::new(file))
    };
    failures(trace, most).map_err(|(line, reason)| {
        SetupError::new(format_args!("{}, line {line}", path.display()), reason, remedy)
    })
}

/// An error has the number of the line. The last line may be half one: somebody writes there.
fn failures(trace: impl BufRead, most: usize) -> Result<Vec<Failure>, (usize, String)> {
    let (mut failures, mut torn) = (VecDeque::new(), None);
    for (line, bytes) in (1..).zip(trace.split(b'\n')) {
        if let Some(error) = torn {
            return Err(error);
        }
        let bytes = bytes.map_err(|e| (line, e.to_string()))?;
        match serde_json::from_slice::<Line>(&bytes) {
            Ok(Line::Failure(failure)) => failure.add_to(&mut failures, most),
            Ok(Line::Other { .. }) => {}
            Err(_) if bytes.trim_ascii().is_empty() => {}
            Err(_) => torn = Some((line, "this is no line of a trace".into())),
        }
    }
    // One line that is none is no trace at all.
    match torn {
        Some(error @ (1, _)) => Err(error),
        _ => Ok(failures.into()),
    }
}

/// A line of a trace.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Line {
    Failure(Failure),
    Other {
        #[expect(dead_code, reason = "it makes the line one of a trace")]
        kind: String,
    },
}

fn tell(out: &mut impl Write, failures: &[Failure], json: bool) -> io::Result<()> {
    for failure in failures {
        match json {
            true => writeln!(out, "{}", serde_json::to_string(failure)?)?,
            false => writeln!(out, "{failure}")?,
        }
    }
    if failures.is_empty() && !json {
        writeln!(out, "no failures")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = r#"{"t":1.500000,"unix":1795348801.500000,"kind":"refused","port":"uart1","command":"+QIACT","code":561,"cause":"the radio is off","reason":"radio_off","remedy":"AT+CFUN=1"}"#;
    const ENDED: &str = r#"{"t":2.000000,"unix":1795348802.000000,"kind":"ended","client":4,"cause":"the server closed the connection (close_notify)","reason":"closed_by_peer"}"#;

    fn told(trace: &str, json: bool) -> String {
        let mut out = Vec::new();
        tell(&mut out, &failures(trace.as_bytes(), KEPT).unwrap(), json).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_trace_has_failures_and_other_things() {
        let urc = r#"{"t":1.6,"unix":1.0,"kind":"urc","port":"uart1","text":"RDY"}"#;
        let lost = r#"{"kind":"lost","lines":3}"#;
        let trace = format!("{urc}\n{REFUSED}\n{REFUSED}\n{lost}\n{ENDED}\n");
        let line = "   1.500000 uart1 AT+QIACT 561: the radio is off: AT+CFUN=1 [radio_off] (2 times)\n";
        assert_eq!(told(&trace, false), line);
        assert_eq!(
            told(REFUSED, true),
            r#"{"t":1.5,"unix":1795348801.5,"port":"uart1","command":"+QIACT","code":561,"cause":"the radio is off","remedy":"AT+CFUN=1","reason":"radio_off"}"#
                .to_owned()
                + "\n"
        );
        assert_eq!((told(ENDED, false).as_str(), told(ENDED, true).as_str()), ("no failures\n", ""));
    }

    #[test]
    fn a_trace_may_end_in_the_middle_of_a_line_and_nowhere_else() {
        let half = &REFUSED[..90];
        assert_eq!(failures(format!("{REFUSED}\n{half}").as_bytes(), KEPT).unwrap().len(), 1);
        let torn = failures(format!("{REFUSED}\n{half}\n{REFUSED}\n").as_bytes(), KEPT);
        assert_eq!(torn, Err((2, "this is no line of a trace".into())));
        assert!(failures(b"   0.1 uart1 > AT\\r\n".as_slice(), KEPT).is_err());
    }
}
