//! `modemtwin demo`: the dialogues of chapter 3 of the note, in the three access modes, with a module and a
//! TLS server of this process, over a real pty and real sockets on loopback.
//!
//! Against the print of the note the server's address, the version and the suite differ (rustls has none of
//! TLS 1.0 and 0X0035), and the note's misprints are put right.

use daemon::{AtPort, Background, Config, Endpoint};
use modemtwin::{
    dte::{Dte, Surprise},
    peer::{Identity, Peer, Stream},
};
use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    thread::sleep,
    time::Duration,
};

/// What both sides say in chapter 3.
const DATA: &str = "Test data from SSL";
/// Silence before and after `+++`, with a little more than the second of 1.4.
const GUARD: Duration = Duration::from_millis(1050);

/// Runs the dialogues; the error is the first answer that is not as documented.
pub(crate) fn demo(config: Config) -> Result<(), Box<dyn Error>> {
    let identity = Identity::new().map_err(|e| e as Box<dyn Error>)?;
    let server = Peer::start(&identity, answer_after_two)?;
    let twin = Background::start(Config {
        ports: vec![(AtPort::UsbModem, Endpoint::Pty { link: None })],
        ..config
    })?;
    let mut talk = Talk::start(&twin)?;

    talk.title("3.1 Configure and activate a PDP context")?;
    talk.command("AT+QICSGP=1,1,\"UNINET\",\"\",\"\",1", &[], "OK")?;
    talk.command("AT+QIACT=1", &[], "OK")?;
    talk.command("AT+QIACT?", &["+QIACT: 1,1,1,\"10.7.157.#\""], "OK")?;

    talk.title("3.2 Configure an SSL context, with the server's CA certificate in UFS:cacert.pem")?;
    upload(&mut talk, "UFS:cacert.pem", identity.ca_pem.as_bytes())?;
    for setting in ["\"sslversion\",1,3", "\"ciphersuite\",1,0XC02F", "\"seclevel\",1,1"] {
        talk.command(&format!("AT+QSSLCFG={setting}"), &[], "OK")?;
    }
    talk.command("AT+QSSLCFG=\"cacert\",1,\"UFS:cacert.pem\"", &[], "OK")?;

    let port = server.addr().port();
    for (section, name, mode) in [("3.3", "buffer access", 0), ("3.4", "direct push", 1)] {
        talk.title(&format!("{section} SSL client in {name} mode"))?;
        talk.command(&format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},{mode}"), &[], "OK")?;
        talk.unasked("+QSSLOPEN: 4,0\r\n")?;
        let state = format!("+QSSLSTATE: 4,\"SSLClient\",\"127.0.0.1\",{port},#,2,1,4,{mode},\"usbmodem\",1");
        talk.command("AT+QSSLSTATE", &[&state], "OK")?;
        talk.command("AT+QSSLSEND=4", &[], "> ")?;
        talk.payload(DATA, "\x1a", "SEND OK")?;
        talk.command("AT+QSSLSEND=4,18", &[], "> ")?;
        talk.payload(DATA, "", "SEND OK")?;
        if mode == 0 {
            talk.unasked("+QSSLURC: \"recv\",4\r\n")?;
            talk.command("AT+QSSLRECV=4,1500", &["+QSSLRECV: 18", DATA], "OK")?;
            talk.command("AT+QSSLRECV=4,1500", &["+QSSLRECV: 0"], "OK")?;
        } else {
            talk.unasked(&format!("+QSSLURC: \"recv\",4,18\r\n{DATA}\r\n"))?;
        }
        talk.command("AT+QSSLCLOSE=4", &[], "OK")?;
    }

    talk.title("3.5 SSL client in transparent transmission mode")?;
    talk.command(&format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},2"), &[], "CONNECT")?;
    talk.online(&DATA.repeat(2))?;
    talk.hear(DATA)?;
    sleep(GUARD);
    talk.online("+++")?;
    talk.hear("\r\nOK\r\n")?;
    talk.command("AT+QSSLCLOSE=4", &[], "OK")?;

    talk.title("3.1.3 Deactivate the PDP context")?;
    talk.command("AT+QIDEACT=1", &[], "OK")?;
    talk.title("Every answer was as documented.")?;
    Ok(())
}

/// The server of chapter 3: answers the second of two messages.
fn answer_after_two(stream: &mut Stream) -> io::Result<()> {
    let mut messages = [0; 2 * DATA.len()];
    stream.read_exact(&mut messages)?;
    stream.write_all(DATA.as_bytes())?;
    // Until the module says that it closes.
    stream.read(&mut messages).map(|_| ())
}

/// Puts a file into UFS (FILE note, `AT+QFUPL`).
fn upload(talk: &mut Talk, name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let size = content.len();
    talk.command(&format!("AT+QFUPL=\"{name}\",{size},60"), &[], "CONNECT")?;
    talk.show(Side::Host, &format!("({size} bytes of {name})"))?;
    talk.dte.say(content)?;
    let sum = checksum(content);
    talk.unasked(&format!("+QFUPL: {size},{sum:04x}\r\n\r\nOK\r\n"))
}

/// Exclusive or over big-endian pairs of bytes; an odd last byte is a high one.
fn checksum(content: &[u8]) -> u16 {
    let word = |pair: &[u8]| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => pair.first().map_or(0, |high| u16::from_be_bytes([*high, 0])),
    };
    content.chunks(2).fold(0, |sum, pair| sum ^ word(pair))
}

/// The host of the dialogues: says, checks the answers, and prints both.
struct Talk {
    dte: Dte,
    out: io::Stdout,
    colours: bool,
}

#[derive(Clone, Copy)]
enum Side {
    Title,
    Host,
    Module,
}

impl Talk {
    fn start(twin: &Background) -> Result<Talk, Box<dyn Error>> {
        let (_, place) = twin.ports().first().ok_or("the module has no port")?;
        let out = io::stdout();
        let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Ok(Talk { dte: Dte::open(place)?, out, colours })
    }

    /// A command line, its information lines and its result.
    fn command(&mut self, line: &str, info: &[&str], result: &str) -> Result<(), Box<dyn Error>> {
        self.show(Side::Host, line)?;
        self.dte.say(format!("{line}\r").as_bytes())?;
        let mut answer = format!("{line}\r");
        if !info.is_empty() {
            answer += &format!("\r\n{}\r\n", info.join("\r\n"));
        }
        answer += "\r\n";
        answer += result;
        if result != "> " {
            answer += "\r\n";
        }
        let heard = self.dte.expect(&answer)?;
        let echo = line.len() + 1;
        self.show(Side::Module, &String::from_utf8_lossy(heard.get(echo..).unwrap_or_default()))?;
        Ok(())
    }

    /// Payload at a prompt, and what ends it. The payload is echoed, what ends it is not.
    fn payload(&mut self, data: &str, end: &str, result: &str) -> Result<(), Box<dyn Error>> {
        self.online(&format!("{data}{end}"))?;
        let answer = format!("\r\n{result}\r\n");
        self.dte.expect(&format!("{data}{answer}"))?;
        Ok(self.show(Side::Module, &answer)?)
    }

    /// Bytes as they are.
    fn online(&mut self, data: &str) -> Result<(), Box<dyn Error>> {
        self.show(Side::Host, &data.replace('\x1a', "<CTRL+Z>"))?;
        Ok(self.dte.say(data.as_bytes())?)
    }

    /// What the module says by itself.
    fn unasked(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        Ok(self.hear(&format!("\r\n{text}"))?)
    }

    fn hear(&mut self, text: &str) -> Result<(), Surprise> {
        let heard = self.dte.expect(text)?;
        // A transcript that nobody reads is no reason to stop.
        let _ = self.show(Side::Module, &String::from_utf8_lossy(&heard));
        Ok(())
    }

    fn title(&mut self, text: &str) -> io::Result<()> {
        self.show(Side::Title, text)
    }

    fn show(&mut self, side: Side, text: &str) -> io::Result<()> {
        let (sign, colour) = match side {
            Side::Title => ("\n", "1"),
            Side::Host => ("> ", "36"),
            Side::Module => ("< ", "32"),
        };
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            match self.colours {
                true => writeln!(self.out, "{sign}\x1b[{colour}m{line}\x1b[0m")?,
                false => writeln!(self.out, "{sign}{line}")?,
            }
        }
        Ok(())
    }
}
