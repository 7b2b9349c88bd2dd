//! A driver in Rust, and its test against an emulated module and a TLS server that is made on the spot.
//!
//! ```sh
//! cargo run -p modemtwin-harness --example driver_test
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use modemtwin::peer::{Identity, Peer, echo};
use modemtwin_harness::{AtPort, ModemTwin};
use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::Path,
};

/// The driver: plain reading and writing, as on a serial port. It knows nothing of emulated modules.
struct Driver(File);

impl Driver {
    fn open(device: &Path) -> std::io::Result<Driver> {
        OpenOptions::new().read(true).write(true).open(device).map(Driver)
    }

    /// Everything up to and including `end`.
    fn hear(&mut self, end: &str) -> std::io::Result<String> {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            heard.extend(byte);
        }
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }

    /// A command line that ends with OK.
    fn command(&mut self, line: &str) -> std::io::Result<String> {
        self.0.write_all(format!("{line}\r").as_bytes())?;
        self.hear("\r\nOK\r\n")
    }

    /// Says something to a server over TLS, and gives back what it answers.
    fn exchange(&mut self, port: u16, text: &str) -> std::io::Result<String> {
        for line in [
            "ATE0".into(),
            "AT+QIACT=1".into(),
            "AT+QSSLCFG=\"sslversion\",1,3".into(),
            "AT+QSSLCFG=\"seclevel\",1,1".into(),
            "AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"".into(),
            format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},0"),
        ] {
            self.command(&line)?;
        }
        self.hear("+QSSLOPEN: 4,0\r\n")?;
        self.0.write_all(format!("AT+QSSLSEND=4,{}\r", text.len()).as_bytes())?;
        self.hear("> ")?;
        self.0.write_all(text.as_bytes())?;
        self.hear("SEND OK\r\n")?;
        self.hear("+QSSLURC: \"recv\",4\r\n")?;
        let answer = self.command("AT+QSSLRECV=4,1500")?;
        let data = answer.split("\r\n").nth(2).unwrap_or_default().to_owned();
        self.command("AT+QSSLRECV=4,1500")?;
        self.command("AT+QSSLCLOSE=4")?;
        Ok(data)
    }
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let identity = Identity::new()?;
    let server = Peer::start(&identity, echo)?;
    let twin = ModemTwin::builder().model("EC800N-CN").file("ca.pem", identity.ca_pem.clone()).spawn()?;
    println!("module on {}", twin.port().display());

    let mut driver = Driver::open(twin.port())?;
    let answer = driver.exchange(server.addr().port(), "hello")?;
    assert_eq!(answer, "hello");
    twin.wait_until("socket 4 is closed", |twin| twin.socket(4).is_none());
    twin.assert_no_failures();
    assert_eq!(twin.places()[0].0, AtPort::Uart1);
    println!(
        "the server answered {answer:?}; the driver has met {} commands",
        twin.coverage().commands.len()
    );
    twin.finish();
    Ok(())
}
