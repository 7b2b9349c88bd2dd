//! Plays a script in a virtual world.

use super::acts::{Act, HostAct};
use super::compare::{Verdict, as_lines, as_written, compare, difference, what_differs};
use super::escape::lines;
use super::parse::{Script, Step};
use super::stage::Stage;
use super::{Failure, escape::escape};
use crate::dte;
use crate::world::{Event, Instant, Split, World};
use module::PortId;

/// Plays everything and compares everything.
pub(super) fn play<'a>(
    script: &'a Script,
    split: Split,
    events: &mut Vec<(Instant, Event)>,
) -> Result<Stage<'a>, Failure> {
    let mut stage = stage(script, split)?;
    for step in &script.steps {
        let outcome = act(&mut stage, step).and_then(|()| compare_step(script, step, &stage.spoken()));
        events.extend_from_slice(&stage.world.events()[events.len()..]);
        outcome?;
    }
    Ok(stage)
}

/// A stage for a module without a driver.
fn stage(script: &Script, split: Split) -> Result<Stage<'_>, Failure> {
    let mut stage = Stage::new(script);
    stage.world.set_split(split);
    stage.check_files()?;
    Ok(stage)
}

/// Does what a step says; the host is part of the play.
fn act(stage: &mut Stage<'_>, step: &Step) -> Result<(), Failure> {
    match &step.act {
        Act::Host(
            port,
            HostAct::Sends(bytes) | HostAct::AnyLine(Some(bytes)) | HostAct::AnyBytes(_, Some(bytes)),
        ) => stage.world.send(PortId(*port as u8), bytes),
        Act::Host(_, HostAct::May(_)) => {}
        Act::Host(..) => {
            return Err(Failure::new("what comes here only a driver knows")
                .remedy("give it a port: modemtwin play --port uart1=pty:/tmp/modem FILE")
                .at(step.line));
        }
        Act::Dtr(port, on) => stage.world.set_dtr(PortId(*port as u8), *on),
        Act::Rts(port, on) => stage.world.set_rts(PortId(*port as u8), *on),
        Act::Attach(port, true) => stage.world.attach(PortId(*port as u8)),
        Act::Attach(port, false) => stage.world.detach(PortId(*port as u8)),
        Act::HostReads(port, reads) => stage.world.set_host_reads(PortId(*port as u8), *reads),
        Act::HostTakes(port, bytes) => stage.world.take(PortId(*port as u8), *bytes),
        Act::Wait(time) => stage.world.run_for(*time),
        _ => stage.act(step)?,
    }
    stage.check_rest(step.line)
}

/// Compares what a step wants the module to say with what it has said.
fn compare_step(script: &Script, step: &Step, spoken: &[Vec<u8>]) -> Result<(), Failure> {
    if matches!(step.act, Act::Host(_, HostAct::May(_))) {
        return Ok(());
    }
    for (port, spoken) in spoken.iter().enumerate() {
        if let Some((line, diff)) = deviation(script, step, port, spoken) {
            let what = what_differs(script.setup.ports[port].name(), &diff, spoken);
            return Err(Failure { diff, ..Failure::new(what).at(line) });
        }
    }
    Ok(())
}

/// Where what a port says is not all and only what a step wants: line of the file, and the difference.
fn deviation(
    script: &Script,
    step: &Step,
    port: usize,
    spoken: &[u8],
) -> Option<(usize, Vec<super::Difference>)> {
    let expects: Vec<_> = step.expect.iter().filter(|expect| expect.port == port).collect();
    let wanted: Vec<_> = expects.iter().map(|expect| &expect.what).collect();
    let at = match compare(&wanted, spoken) {
        Verdict::Whole(n) if n == spoken.len() => return None,
        Verdict::Different(index) => expects.get(index),
        Verdict::Whole(_) | Verdict::Part => expects.last(),
    };
    // The boot is at no line.
    let line = at.map_or(step.line.max(1), |expect| expect.line);
    let prefix = prefix(script, port);
    let wanted: Vec<String> = wanted.iter().flat_map(|what| as_written(prefix, what)).collect();
    Some((line, difference(&wanted, &as_lines(prefix, spoken))))
}

/// The name of a port in front of a mark.
pub(super) fn prefix(script: &Script, port: usize) -> &'static str {
    if port == 0 { "" } else { script.setup.ports[port].name() }
}

/// What every port says has to make sense to a strict host.
pub(super) fn read_strictly(script: &Script, stage: &Stage<'_>) -> Result<(), Failure> {
    for (index, port) in script.setup.ports.iter().enumerate() {
        dte::read(stage.world.log(PortId(index as u8))).map_err(|complaint| {
            Failure::new(format!("a strict host at {} could not read this: {complaint}", port.name()))
                .at(script.steps.last().map_or(0, |step| step.line))
        })?;
    }
    Ok(())
}

/// Plays everything, whatever the module says.
pub(super) fn world(script: &Script, split: Split) -> Result<World, Failure> {
    let mut stage = stage(script, split)?;
    script.steps.iter().try_for_each(|step| act(&mut stage, step))?;
    Ok(stage.world)
}

/// Plays everything and writes down what the module says.
pub(super) fn update(script: &Script, text: &str) -> Result<String, Failure> {
    let mut stage = stage(script, Split::Whole)?;
    let mut source: Vec<Option<String>> = text.lines().map(|l| Some(l.to_string())).collect();
    for step in &script.steps {
        act(&mut stage, step)?;
        let spoken = stage.spoken();
        if compare_step(script, step, &spoken).is_ok() {
            continue;
        }
        for expect in &step.expect {
            source[expect.line - 1] = None;
        }
        let mut said = String::new();
        for (port, bytes) in spoken.iter().enumerate() {
            for line in lines(bytes) {
                said.push_str(&format!("\n{}< {}", prefix(script, port), escape(line)));
            }
        }
        match step.line {
            0 => {
                let first = source.iter_mut().find(|l| l.as_ref().is_some_and(|l| !is_head(l)));
                if let Some(line) = first.and_then(Option::as_mut) {
                    *line = format!("{}\n{line}", said.trim_start());
                }
            }
            line => {
                if let Some(line) = &mut source[line - 1] {
                    line.push_str(&said);
                }
            }
        }
    }
    let mut out = source.into_iter().flatten().collect::<Vec<_>>().join("\n");
    out.push('\n');
    Ok(if text.contains("\r\n") { out.replace('\n', "\r\n") } else { out })
}

/// Lines that come before boot.
fn is_head(line: &str) -> bool {
    line.trim().is_empty()
        || ["#", "use ", "clock ", "file ", "allow "].iter().any(|head| line.starts_with(head))
}
