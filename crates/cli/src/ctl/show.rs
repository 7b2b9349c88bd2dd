//! Answers of the control interface for people.

use control::{
    api,
    client::{Client, Failure},
};
use std::{fmt::Write, path::PathBuf};

/// What an answer is, and so how it is shown.
pub(super) enum Show {
    /// It has nothing in it.
    Nothing,
    /// It goes into a file as it is.
    File(Option<PathBuf>),
    /// It is a stream.
    Events,
    Modules,
    Module,
    Ports,
    Sockets,
    Ssl,
    Files,
    Clock,
    Sim,
    Network,
    Pdp,
    Lines,
    Why,
    Faults,
    FaultId,
    Lifted,
    Lint,
    Met,
}

impl Show {
    /// The text of an answer.
    pub(super) fn text(&self, client: &Client, answer: &[u8]) -> Result<String, Failure> {
        Ok(match self {
            Show::Nothing | Show::File(_) | Show::Events => String::new(),
            Show::Modules => modules(&client.understand(answer)?),
            Show::Module => module(&client.understand(answer)?),
            Show::Ports => rows(client.understand::<api::Ports>(answer)?.ports.iter().map(port)),
            Show::Sockets => rows(client.understand::<api::Sockets>(answer)?.sockets.iter().map(socket)),
            Show::Ssl => rows(client.understand::<api::SslContexts>(answer)?.contexts.iter().map(ssl)),
            Show::Files => files(&client.understand(answer)?),
            Show::Clock => clock(&client.understand(answer)?) + "\n",
            Show::Sim => sim(&client.understand(answer)?) + "\n",
            Show::Network => network(&client.understand(answer)?) + "\n",
            Show::Pdp => rows(client.understand::<api::PdpContexts>(answer)?.contexts.iter().map(pdp)),
            Show::Why => rows(
                client.understand::<api::Failures>(answer)?.failures.into_iter().map(|failure| failure.text),
            ),
            Show::Faults => rows(client.understand::<api::Faults>(answer)?.faults.iter().map(fault)),
            Show::FaultId => format!("fault {}\n", client.understand::<api::FaultId>(answer)?.id),
            Show::Lifted => format!("{} ended\n", client.understand::<api::Lifted>(answer)?.lifted),
            Show::Lint => rows(client.understand::<api::Findings>(answer)?.findings.iter().map(finding)),
            Show::Met => met(&client.understand(answer)?),
            Show::Lines => lines(client.understand(answer)?) + "\n",
        })
    }
}

fn rows(rows: impl Iterator<Item = String>) -> String {
    let text: String = rows.map(|row| row + "\n").collect();
    if text.is_empty() { "none\n".into() } else { text }
}

fn modules(list: &api::Modules) -> String {
    let mut text = String::new();
    for module in &list.modules {
        for port in &module.ports {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(text, "{}  {} {}", module.name, port.name, port.endpoint);
        }
    }
    text
}

fn module(module: &api::Module) -> String {
    let api::Module { name, model, tolerance, identity, power, functionality, .. } = module;
    let rows = [
        ("module", format!("{name}, {model}, {}", format!("{tolerance:?}").to_lowercase())),
        ("identity", format!("{}, IMEI {}, serial {}", identity.revision, identity.imei, identity.serial)),
        ("SIM", format!("{}, IMSI {}, ICCID {}", sim(&module.sim), identity.imsi, identity.iccid)),
        ("power", format!("{}, AT+CFUN {functionality}", format!("{power:?}").to_lowercase())),
        ("network", network(&module.network)),
        ("clock", clock(&module.clock)),
        ("last error", format!("{}, {}", module.last_error.code, module.last_error.text)),
    ];
    rows.iter().map(|(name, value)| format!("{name:<11}{value}\n")).collect()
}

fn sim(sim: &api::Sim) -> String {
    match sim.wants {
        None => "no card".into(),
        Some(api::SimWants::Nothing) => "ready".into(),
        Some(api::SimWants::Pin) => format!("wants its PIN, {} tries left", sim.pin_tries),
        Some(api::SimWants::Puk) => format!("wants its PUK, {} tries left", sim.puk_tries),
        Some(api::SimWants::Another) => "blocked for good".into(),
    }
}

fn network(network: &api::Network) -> String {
    let registration = match network.registration {
        0 => "not registered",
        1 => "registered at home",
        2 => "searching",
        3 => "registration denied",
        5 => "registered, roaming",
        _ => "registration unknown",
    };
    let coverage = format!("{:?}", network.coverage).to_lowercase();
    let refusal = if network.refuse_pdp { ", PDP contexts refused" } else { "" };
    format!("{registration}, signal {}, coverage {coverage}{refusal}", network.signal)
}

fn clock(clock: &api::Clock) -> String {
    format!("{}, AT+CCLK {}", clock.utc, clock.cclk)
}

fn port(port: &api::Port) -> String {
    let host = if port.attached { "host" } else { "no host" };
    let online = port.online.map_or(String::new(), |socket| format!(", socket {socket}"));
    let place = port.endpoint.as_deref().unwrap_or("a channel of AT+CMUX");
    let activity = format!("{:?}", port.activity).to_lowercase();
    format!("{:<9}{place}, {host}, {activity}{online}, {}", port.name, lines(port.lines))
}

fn lines(lines: api::Lines) -> String {
    let api::Lines { dtr, rts, dcd, ri, dsr, cts } = lines;
    let named = [("DTR", dtr), ("RTS", rts), ("DCD", dcd), ("RI", ri), ("DSR", dsr), ("CTS", cts)];
    let on: Vec<&str> = named.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect();
    if on.is_empty() { "no line on".into() } else { format!("{} on", on.join(" ")) }
}

fn socket(socket: &api::Socket) -> String {
    let mode = ["buffer", "direct push", "transparent"].get(usize::from(socket.mode)).unwrap_or(&"unknown");
    let remote = socket.remote.map_or(String::new(), |address| format!(" ({address})"));
    let context = socket.ssl_context.map_or(String::new(), |context| format!(", SSL context {context}"));
    let tls = socket.tls.as_ref().map_or(String::new(), |tls| format!("\n   {}", tls.summary));
    format!(
        "{:<3}{} {}{remote}:{}, {}\n   {mode} mode, by {}{context}\n   {} received ({} unread), {} sent ({} on the way){tls}",
        socket.id,
        socket.service,
        socket.host,
        socket.remote_port,
        socket.state,
        socket.opened_by,
        socket.received,
        socket.unread,
        socket.sent,
        socket.unsent,
    )
}

fn ssl(context: &api::SslContext) -> String {
    let mut text = format!(
        "{}  sslversion {}, ciphersuite {}, seclevel {}, sni {}\n   ignorelocaltime {}, negotiatetime {}, session_cache {}",
        context.id,
        context.sslversion,
        context.ciphersuite.join(":"),
        context.seclevel,
        context.sni,
        context.ignorelocaltime,
        context.negotiatetime,
        context.session_cache,
    );
    let paths = [
        ("cacert", &context.cacert),
        ("cacertex", &context.cacertex),
        ("clientcert", &context.clientcert),
        ("clientkey", &context.clientkey),
    ];
    for (name, path) in paths.into_iter().filter(|(_, path)| !path.is_empty()) {
        let _ = write!(text, "\n   {name} {path}");
    }
    text
}

fn pdp(context: &api::PdpContext) -> String {
    let state = match (context.active, context.lost) {
        (true, _) => "active",
        (false, true) => "ended by the network",
        (false, false) => "not active",
    };
    let addresses: String = context.addresses.iter().map(|address| format!(" {address}")).collect();
    format!("{:<3}{state}, APN \"{}\"{addresses}", context.id, context.apn)
}

fn files(files: &api::Files) -> String {
    let mut text = String::new();
    for file in &files.files {
        let _ = writeln!(text, "{:>8}  {}{}", file.size, file.name, if file.open { "  (open)" } else { "" });
    }
    text + &format!("{:>8}  free of {}\n", files.free, files.size)
}

fn fault(fault: &api::Fault) -> String {
    let state = if fault.on { "on" } else { "to come" };
    let of = if fault.asked == fault.fault { String::new() } else { format!(", of {}", fault.asked) };
    format!("{:<3}{}{of}, {state}, struck {} times", fault.id, fault.fault, fault.hits)
}

fn finding(finding: &api::Finding) -> String {
    let detail = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
    format!(
        "{}[{}] {} at {:.6}: {}{detail} ({}); remedy: {}",
        finding.severity,
        finding.rule,
        finding.port,
        finding.t,
        finding.what,
        finding.section,
        finding.remedy
    )
}

fn met(coverage: &api::Coverage) -> String {
    let commands = coverage.commands.iter().map(|form| {
        let item = form.item.as_ref().map_or(String::new(), |item| format!(" \"{item}\""));
        format!("{}{item} {} ({} sent, {} failed)", form.command, form.form, form.sent, form.failed)
    });
    let counted = |counts: &std::collections::BTreeMap<String, u64>| {
        rows(counts.iter().map(|(name, count)| format!("{name} ({count})")))
    };
    format!(
        "commands:\n{}results:\n{}codes:\n{}unsolicited codes:\n{}",
        rows(commands),
        counted(&coverage.results),
        counted(&coverage.codes),
        counted(&coverage.urcs),
    )
}
