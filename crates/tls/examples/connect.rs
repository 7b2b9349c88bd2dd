//! Connects over TCP, says what was agreed, and copies between the terminal and the server.
//!
//! ```text
//! printf 'GET / HTTP/1.0\r\nHost: example.org\r\n\r\n' |
//!     cargo run -p modemtwin-tls --example connect -- example.org:443 [CA.pem]
//! ```
//!
//! Without a CA file nothing is verified.
#![allow(clippy::print_stdout, reason = "an example talks")]

use modemtwin_tls::{Client, Config, Error, Rng, ServerName, UnixTime, x509};
use std::{
    error,
    fs::{self, File},
    io::{self, Read, Write},
    net::TcpStream,
    process::ExitCode,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
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

fn run() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: connect HOST:PORT [CA.pem]")?;
    let (host, _) = address.rsplit_once(':').ok_or("no port in the address")?;
    let policy = match arguments.next() {
        None => x509::Policy::None,
        Some(path) => {
            let mut anchors = x509::Anchors::default();
            anchors.add_file(&fs::read(path)?)?;
            x509::Policy::strict(anchors)
        }
    };
    let config = Config { resumption: false, ..Config::new(policy) };

    // Time and randomness come from outside.
    let now = UnixTime(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?);
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let name = host.parse().map_or_else(|_| ServerName::Dns(host.to_owned()), ServerName::Ip);

    let mut stream = TcpStream::connect(&address)?;
    let mut out = Vec::new();
    let mut client = Client::new(Arc::new(config), Some(name), None, Rng::from_seed(seed), now, &mut out);
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    while !client.peer_has_closed() {
        stream.write_all(&out)?;
        out.clear();
        let mut bytes = [0; 1 << 14];
        let room = client.room().min(bytes.len());
        let len = stream.read(&mut bytes[..room])?;
        if len == 0 {
            return Err("the server has closed without saying so".into());
        }
        let result = receive(&mut client, &bytes[..len], &mut out);
        if let Err(error) = result {
            // The alert that says why.
            stream.write_all(&out)?;
            return Err(error.into());
        }
        if let (true, Some(summary)) = (!request.is_empty(), client.summary()) {
            eprintln!("{summary}");
            client.write(&request, &mut out)?;
            request.clear();
        }
    }
    Ok(())
}

/// Gives the client what has come, and the terminal what was in it.
fn receive(client: &mut Client, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    client.read_tls(bytes, out)?;
    while !client.plaintext().is_empty() {
        let plaintext = client.plaintext();
        // A terminal that is gone is no reason to stop reading.
        let _ = io::stdout().write_all(plaintext);
        let len = plaintext.len();
        client.consume(len, out)?;
    }
    Ok(())
}
