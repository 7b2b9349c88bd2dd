//! What the values of options say; keys of `--config` say the same.

use daemon::{AtPort, Baud, Endpoint};
use std::{ops::RangeInclusive, path::PathBuf, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Longest silence and latency.
const MAX_MILLIS: u32 = 60_000;

/// The ports of the module that a host can be connected to from outside.
pub(crate) const PORTS: [AtPort; 3] = [AtPort::UsbAt, AtPort::UsbModem, AtPort::Uart1];

pub(crate) fn port_name(name: &str) -> Result<AtPort, String> {
    let port = PORTS.into_iter().find(|port| port.name() == name);
    port.ok_or_else(|| format!("no port is called `{name}` (write usbat, usbmodem or uart1)"))
}

pub(crate) fn port(text: &str) -> Result<(AtPort, Endpoint), String> {
    let (name, endpoint) = text.split_once('=').ok_or("write NAME=ENDPOINT, as in uart1=pty")?;
    Ok((port_name(name)?, endpoint.parse().map_err(|e| format!("{e}"))?))
}

pub(crate) fn put(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, path) = text.split_once('=').ok_or("write UFSNAME=FILE, as in cacert.pem=certs/ca.pem")?;
    Ok((name.to_owned(), path.into()))
}

pub(crate) fn baud(text: &str) -> Result<Baud, &'static str> {
    match text {
        "ipr" => Ok(Baud::Ipr),
        _ => {
            text.parse().ok().filter(|rate| *rate > 0).map(Baud::Fixed).ok_or("write bits per second, or ipr")
        }
    }
}

pub(crate) fn pieces(text: &str) -> Result<(usize, Duration), &'static str> {
    let (size, gap) = text.split_once(',').unwrap_or((text, "10"));
    let size = size.parse().ok().filter(|size| *size > 0);
    let gap = gap.parse::<u32>().ok().filter(|gap| *gap <= MAX_MILLIS);
    let pair = size.zip(gap.map(u64::from).map(Duration::from_millis));
    pair.ok_or("write bytes and milliseconds up to 60000, as in 16,5")
}

pub(crate) fn latency(text: &str) -> Result<RangeInclusive<u32>, &'static str> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let range = least.parse().ok().zip(most.parse().ok());
    let range = range.filter(|(least, most)| least <= most && *most <= MAX_MILLIS);
    range.map(|(least, most)| least..=most).ok_or("write milliseconds up to 60000, as in 20 or 5-50")
}

pub(crate) fn sim_pin(text: &str) -> Result<String, &'static str> {
    let is_pin = (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_pin { Ok(text.to_owned()) } else { Err("write 4 to 8 digits, as in 1234") }
}

pub(crate) fn clock(text: &str) -> Result<i64, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map(OffsetDateTime::unix_timestamp)
        .map_err(|_| "write date, time and zone, as in 2026-03-01T12:00:00Z")
}
