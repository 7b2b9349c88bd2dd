//! Lines about what happens.

use super::fixture;
use super::forms::Fields;
use super::service::{Placed, placed};
use super::setup::sim;
use super::words::{duration, number, on, ordinal, quoted, text, unix_time};
use crate::world::{Answer, Echo, Whom};
use core::time::Duration;
use faults::{FaultError, Lift, Request, nearest};
use module::{Coverage, NetFailure, Operator, Pong};
use std::net::IpAddr;

/// What happens in a step. Ports and peers are counted from 0 here.
pub(super) enum Act {
    Boot,
    Name(String, Answer),
    Serve(Placed),
    Latency(Duration),
    Window(usize),
    Host(usize, HostAct),
    Wait(Duration),
    Peer(Whom, PeerAct),
    Echo(IpAddr, Echo),
    Fault(Request),
    Dtr(usize, bool),
    Rts(usize, bool),
    Attach(usize, bool),
    HostReads(usize, bool),
    HostTakes(usize, usize),
    /// A line of the module, by name, and how it has to be.
    Line(usize, String, bool),
    Event(String),
    NoEvent(String),
    Stored(String, Option<Vec<u8>>),
    Operate(Operator),
    Settings(String),
}

/// What the host sends.
pub(super) enum HostAct {
    Sends(Vec<u8>),
    /// It may; a module without a driver gets nothing.
    May(Vec<u8>),
    /// What it is, the driver knows; the module gets this line, if there is one.
    AnyLine(Option<Vec<u8>>),
    /// What they are, the driver knows; without a driver they are these.
    AnyBytes(usize, Option<Vec<u8>>),
    Anything,
}

/// What a peer does, or has to have seen.
pub(super) enum PeerAct {
    Sends(Vec<u8>),
    /// With these as its last data, in one piece.
    Closes(Vec<u8>),
    Cuts,
    Resets,
    Reads(bool),
    Accepts,
    Fails(NetFailure),
    Calls,
    Got(Vec<u8>),
    Saw(String),
    Missed(String),
    Met(usize),
    Refused(usize),
}

type Read = Result<Act, String>;

pub(super) fn host_sends(fields: &Fields<'_>) -> Read {
    Ok(Act::Host(0, HostAct::Sends(fixture(fields.rest())?)))
}

pub(super) fn dtr(fields: &Fields<'_>) -> Read {
    Ok(Act::Dtr(fields.port, on(fields.get(0))))
}

pub(super) fn rts(fields: &Fields<'_>) -> Read {
    Ok(Act::Rts(fields.port, on(fields.get(0))))
}

pub(super) fn attach(fields: &Fields<'_>) -> Read {
    Ok(Act::Attach(fields.port, true))
}

pub(super) fn detach(fields: &Fields<'_>) -> Read {
    Ok(Act::Attach(fields.port, false))
}

pub(super) fn host_reads(fields: &Fields<'_>) -> Read {
    Ok(Act::HostReads(fields.port, fields.get(0) == "reads"))
}

pub(super) fn host_takes(fields: &Fields<'_>) -> Read {
    Ok(Act::HostTakes(fields.port, number(fields.get(0))?))
}

pub(super) fn line(fields: &Fields<'_>) -> Read {
    Ok(Act::Line(fields.port, fields.get(0).into(), on(fields.get(1))))
}

pub(super) fn wait(fields: &Fields<'_>) -> Read {
    Ok(Act::Wait(duration(fields.get(0).trim_start_matches('+'))?))
}

pub(super) fn no_name(fields: &Fields<'_>) -> Read {
    let answer = match fields.get(1) {
        "none" => Answer::NotFound,
        "dead" => Answer::Unreachable,
        _ => Answer::Silence,
    };
    Ok(Act::Name(fields.get(0).into(), answer))
}

pub(super) fn name(fields: &Fields<'_>) -> Read {
    let ttl = fields.from(1).last().and_then(|word| word.strip_prefix("ttl="));
    let words = fields.from(1);
    let words = if ttl.is_some() { &words[..words.len() - 1] } else { words };
    let addresses = words.iter().map(|word| {
        word.parse().map_err(|_| format!("`{word}` is no IP address, and none of none, dead, silent"))
    });
    let addresses = addresses.collect::<Result<_, _>>()?;
    let answer = match ttl {
        None => Answer::Addresses(addresses),
        Some(ttl) => {
            let wrong = |_| format!("`ttl={ttl}` is no number of seconds");
            Answer::AddressesFor(addresses, ttl.parse().map_err(wrong)?)
        }
    };
    Ok(Act::Name(fields.get(0).into(), answer))
}

pub(super) fn no_echo(fields: &Fields<'_>) -> Read {
    Ok(Act::Echo(ip(fields.get(0))?, Echo::Silence))
}

pub(super) fn failed_echo(fields: &Fields<'_>) -> Read {
    let failure = match fields.get(1) {
        "unreachable" => NetFailure::Unreachable,
        "denied" => NetFailure::Denied("as the scenario has it".into()),
        _ => NetFailure::Other("as the scenario has it".into()),
    };
    Ok(Act::Echo(ip(fields.get(0))?, Echo::After(duration(fields.get(2))?, Err(failure))))
}

pub(super) fn echo(fields: &Fields<'_>) -> Read {
    let ttl = match fields.from(2) {
        [] => 255,
        [key] => key
            .strip_prefix("ttl=")
            .and_then(|ttl| ttl.parse().ok())
            .ok_or_else(|| format!("`{key}` is no time to live from 0 to 255, as in ttl=64"))?,
        _ => return Err("there is more than a time to live".into()),
    };
    let time = duration(fields.get(1))?;
    Ok(Act::Echo(ip(fields.get(0))?, Echo::After(time, Ok(Pong { bytes: 32, ttl }))))
}

fn ip(word: &str) -> Result<IpAddr, String> {
    word.parse().map_err(|_| format!("`{word}` is no IP address, as in 192.0.2.1 or 2001:db8::1"))
}

pub(super) fn latency(fields: &Fields<'_>) -> Read {
    Ok(Act::Latency(duration(fields.get(0))?))
}

pub(super) fn window(fields: &Fields<'_>) -> Read {
    Ok(Act::Window(number(fields.get(0))?))
}

pub(super) fn fault(fields: &Fields<'_>) -> Read {
    let request = fields.from(0).join(" ").parse().map_err(|e: FaultError| e.to_string())?;
    if let Request::Lift(Lift::Name(name)) = &request {
        let names = || faults::rows().flat_map(|row| [row.name, row.family.name()]);
        if !names().any(|known| known == name) {
            let meant = nearest(name, names()).map_or(String::new(), |n| format!(" (did you mean `{n}`?)"));
            return Err(format!("no fault or family is called `{name}`{meant}"));
        }
    }
    Ok(Act::Fault(request))
}

pub(super) fn power(_: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::PowerKey))
}

pub(super) fn reset(_: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::Reset))
}

pub(super) fn clock(fields: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::Clock(unix_time(fields.get(0))?)))
}

pub(super) fn sim_removed(_: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::Sim(None)))
}

pub(super) fn sim_inserted(fields: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::Sim(Some(sim(fields.from(0).first().copied())?))))
}

pub(super) fn signal(fields: &Fields<'_>) -> Read {
    let rssi = fields
        .get(0)
        .parse()
        .ok()
        .filter(|rssi| *rssi <= 31 || *rssi == 99)
        .ok_or("a signal is 0 to 31, or 99")?;
    Ok(Act::Operate(Operator::Signal(rssi)))
}

pub(super) fn network(fields: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::Coverage(match fields.get(0) {
        "gone" => Coverage::None,
        "home" => Coverage::Home,
        "roaming" => Coverage::Roaming,
        _ => Coverage::Denied,
    })))
}

pub(super) fn pdp_lost(fields: &Fields<'_>) -> Read {
    let id =
        fields.get(0).parse().ok().filter(|id| (1..=15).contains(id)).ok_or("a PDP context is 1 to 15")?;
    Ok(Act::Operate(Operator::LosePdp(id)))
}

pub(super) fn pdp(fields: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::RefusePdp(fields.get(0) == "refused")))
}

pub(super) fn time(fields: &Fields<'_>) -> Read {
    let zone = fields.get(1).parse().ok().filter(|zone| (-48..=56).contains(zone));
    let zone = zone.ok_or("a zone is -48 to +56 quarter hours, as in +32")?;
    Ok(Act::Operate(Operator::NetworkTime(unix_time(fields.get(0))?, zone)))
}

pub(super) fn stop(_: &Fields<'_>) -> Read {
    Ok(Act::Operate(Operator::ShutDown))
}

fn of_peer(fields: &Fields<'_>, act: PeerAct) -> Read {
    let (service, conn) = match fields.get(0).split_once('.') {
        Some((service, conn)) => (service, Some(ordinal(conn)?)),
        None => (fields.get(0), None),
    };
    Ok(Act::Peer(Whom { service: ordinal(service)?, conn }, act))
}

pub(super) fn peer_sends(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Sends(quoted(fields.rest())?))
}

pub(super) fn peer_closes(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Closes(Vec::new()))
}

pub(super) fn peer_closes_with(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Closes(quoted(fields.rest())?))
}

pub(super) fn peer_cuts(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Cuts)
}

pub(super) fn peer_resets(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Resets)
}

pub(super) fn peer_reads(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Reads(fields.get(1) == "reads"))
}

pub(super) fn peer_accepts(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Accepts)
}

pub(super) fn peer_refuses(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Fails(NetFailure::Refused))
}

pub(super) fn peer_unreachable(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Fails(NetFailure::Unreachable))
}

pub(super) fn peer_calls(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Calls)
}

pub(super) fn peer_got_nothing(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Got(Vec::new()))
}

pub(super) fn peer_got(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Got(quoted(fields.rest())?))
}

pub(super) fn peer_saw(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Saw(fields.from(1).join(" ")))
}

pub(super) fn peer_missed(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Missed(fields.from(1).join(" ")))
}

pub(super) fn peer_met(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Met(number(fields.get(1))?))
}

pub(super) fn peer_refused(fields: &Fields<'_>) -> Read {
    of_peer(fields, PeerAct::Refused(number(fields.get(1))?))
}

pub(super) fn peer(fields: &Fields<'_>) -> Read {
    let address = fields.get(1);
    let address = address.parse().map_err(|_| {
        format!("`{address}` is no IP address with a port, as in 192.0.2.1:443 or [2001:db8::1]:443")
    })?;
    Ok(Act::Serve(placed(fields.get(0), address, fields.from(2))?))
}

pub(super) fn event(fields: &Fields<'_>) -> Read {
    Ok(Act::Event(text(fields.rest())?))
}

pub(super) fn no_event(fields: &Fields<'_>) -> Read {
    Ok(Act::NoEvent(text(fields.rest())?))
}

pub(super) fn stored_nothing(fields: &Fields<'_>) -> Read {
    Ok(Act::Stored(fields.get(0).into(), None))
}

pub(super) fn stored(fields: &Fields<'_>) -> Read {
    Ok(Act::Stored(fields.get(0).into(), Some(quoted(fields.rest())?)))
}

pub(super) fn settings(fields: &Fields<'_>) -> Read {
    Ok(Act::Settings(text(fields.rest())?))
}
