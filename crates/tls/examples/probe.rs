//! Finds out what a server speaks: in each version, the suites that it takes, in the order of its preference.
//!
//! ```text
//! cargo run -p modemtwin-tls --example probe -- example.org:443
//! ```
//!
//! Each suite is a handshake, after which the next one goes without it, until the server finds nothing any more.
#![allow(clippy::print_stdout, reason = "an example talks")]

use modemtwin_tls::{Client, Config, Rng, ServerName, Summary, UnixTime, Version, Versions, x509::Policy};
use std::{
    error::Error,
    io::{Read, Write},
    net::TcpStream,
    process::ExitCode,
    sync::Arc,
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: probe HOST:PORT")?;
    let (host, _) = address.rsplit_once(':').ok_or("no port in the address")?;
    let name = host.parse().map_or_else(|_| ServerName::Dns(host.to_owned()), ServerName::Ip);
    for version in Version::ALL {
        println!("{version}");
        let mut config = Config {
            versions: Versions::only(version),
            // Or else none of the EC suites would be offered in SSL 3.0.
            suites_explicit: true,
            ..Config::new(Policy::None)
        };
        let reason = loop {
            let stream = TcpStream::connect(&address)?;
            match handshake(stream, name.clone(), config.clone()) {
                Ok(summary) => {
                    println!("  {summary}");
                    config.suites.retain(|suite| *suite != summary.suite);
                }
                Err(reason) => break reason,
            }
        };
        println!("  then: {reason}");
    }
    Ok(())
}

/// One handshake, and what it agreed on.
fn handshake(mut stream: TcpStream, name: ServerName, config: Config) -> Result<Summary, Box<dyn Error>> {
    let mut out = Vec::new();
    // No secret ever goes this way, so the seed need not be one; and no date is looked at.
    let (rng, now) = (Rng::from_seed([0; 32]), UnixTime(0));
    let mut client = Client::new(Arc::new(config), Some(name), None, rng, now, &mut out);
    loop {
        stream.write_all(&out)?;
        out.clear();
        if let Some(error) = client.error() {
            return Err(error.clone().into());
        }
        if let Some(summary) = client.summary() {
            return Ok(summary.clone());
        }
        let mut bytes = [0; 1 << 14];
        let room = client.room().min(bytes.len());
        let len = stream.read(&mut bytes[..room])?;
        if len == 0 {
            return Err("the server has closed without saying why".into());
        }
        // An error is looked at when its alert has been sent.
        let _ = client.read_tls(&bytes[..len], &mut out);
    }
}
