//! A whole session by the driver `quectel-bg9x-atat`: bg9x-session MODEM CA-FILE SERVER-PORT. The driver has no
//! sockets, so the commands of an SSL socket are sent through its client.

use atat::{
    AtDigester, AtatCmd, AtatIngress, AtatResp, Config, Ingress, InternalError, ResponseSlot, UrcChannel,
    asynch::{AtatClient, Client},
    digest::ParseError,
    heapless,
};
use embassy_time::Duration;
use quectel_bg9x_atat::{Bg9xModem, SslConfig, Urc};
use std::{
    env,
    error::Error,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    process::Command,
    thread,
};

const BUFFER: usize = 2048;

static RESPONSES: ResponseSlot<BUFFER> = ResponseSlot::new();
static URCS: UrcChannel<Urc, 32, 2> = UrcChannel::new();

/// The writing side of the port.
struct Port(File);

impl embedded_io::ErrorType for Port {
    type Error = io::Error;
}

impl embedded_io_async::Write for Port {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
}

/// A line, or a payload, as it is.
struct Raw(String);

/// What it was answered.
struct Answer(String);

impl AtatResp for Answer {}

impl AtatCmd for Raw {
    type Response = Answer;
    const MAX_LEN: usize = 256;
    const MAX_TIMEOUT_MS: u32 = 10_000;

    fn write(&self, buf: &mut [u8]) -> usize {
        buf[..self.0.len()].copy_from_slice(self.0.as_bytes());
        self.0.len()
    }

    fn parse(&self, answer: Result<&[u8], InternalError>) -> Result<Answer, atat::Error> {
        Ok(Answer(String::from_utf8_lossy(answer?).into_owned()))
    }
}

/// The result of a payload.
fn send_ok(bytes: &[u8]) -> Result<(&[u8], usize), ParseError> {
    const SEND_OK: &[u8] = b"\r\nSEND OK\r\n";
    if bytes.starts_with(SEND_OK) { Ok((&[], SEND_OK.len())) } else { Err(ParseError::NoMatch) }
}

/// Feeds what the module says to the driver, on a thread of its own.
fn listen(mut port: File) {
    let buffer = Box::leak(Box::new([0; BUFFER]));
    let digester = AtDigester::<Urc>::new().with_custom_success(send_ok);
    let mut ingress = Ingress::new(digester, buffer, &RESPONSES, &URCS);
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok(n @ 1..) = port.read(&mut bytes) {
            embassy_futures::block_on(ingress.write(&bytes[..n]));
        }
    });
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let [_, modem, ca, server] = args.as_slice() else { return Err("MODEM CA-FILE SERVER-PORT".into()) };
    let ca = fs::read(ca)?;
    let port = OpenOptions::new().read(true).write(true).open(modem)?;
    if !Command::new("stty").args(["-F", modem, "raw", "-echo"]).status()?.success() {
        return Err("stty".into());
    }
    listen(port.try_clone()?);
    let buffer = Box::leak(Box::new([0; BUFFER]));
    let client = Client::new(Port(port), &RESPONSES, buffer, Config::new());
    embassy_futures::block_on(session(client, &ca, server)).map_err(|e| format!("{e:?}").into())
}

#[derive(Debug)]
#[allow(dead_code, reason = "printed")]
enum Failure {
    Driver(quectel_bg9x_atat::ModemError),
    Client(atat::Error),
    Wrong(String),
}

impl From<quectel_bg9x_atat::ModemError> for Failure {
    fn from(error: quectel_bg9x_atat::ModemError) -> Failure {
        Failure::Driver(error)
    }
}

async fn session(client: impl AtatClient, ca: &[u8], server: &str) -> Result<(), Failure> {
    let subscription = URCS.subscribe().map_err(|_| Failure::Wrong("no subscription".into()))?;
    let mut modem = Bg9xModem::new(client).with_urc_subscription(subscription);
    modem.is_alive().await?;
    modem.set_echo(false).await?;
    modem.wait_sim_ready(Duration::from_secs(10)).await?;
    modem.get_imei().await?;
    modem.get_iccid().await?;
    modem.get_network_info().await?;
    modem.configure_context(1, "cmnet", "", "", 0).await?;
    modem.activate_context(1).await?;
    modem.upload_file("ca.pem", ca, Duration::from_secs(10)).await?;
    let mut ssl = SslConfig::new(1);
    ssl.ca_cert_filename = heapless::String::try_from("UFS:ca.pem").ok();
    modem.configure_ssl_context(&ssl).await?;

    let mut client = modem.into_base().into_inner();
    say(&mut client, &format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{server},0\r"), "").await?;
    ask(&mut client, "AT+QSSLSTATE=4\r", ",2,1,4,0,").await?;
    say(&mut client, "AT+QSSLSEND=4,10\r", "").await?;
    say(&mut client, "hello atat", "").await?;
    ask(&mut client, "AT+QSSLRECV=4,1500\r", "hello atat").await?;
    say(&mut client, "AT+QSSLCLOSE=4\r", "").await?;
    Bg9xModem::new(client).deactivate_context(1).await?;
    Ok(())
}

/// Sends, and wants an answer with `expected` in it.
async fn say(client: &mut impl AtatClient, bytes: &str, expected: &str) -> Result<(), Failure> {
    let Answer(answer) = client.send(&Raw(bytes.into())).await.map_err(Failure::Client)?;
    if answer.contains(expected) { Ok(()) } else { Err(Failure::Wrong(format!("{bytes}: {answer}"))) }
}

/// Asks until the answer has `expected` in it.
async fn ask(client: &mut impl AtatClient, line: &str, expected: &str) -> Result<(), Failure> {
    for _ in 0..300 {
        if say(client, line, expected).await.is_ok() {
            return Ok(());
        }
    }
    Err(Failure::Wrong(format!("{line}: never {expected}")))
}
