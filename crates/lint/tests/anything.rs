//! Whatever comes, in whatever order: no panic, findings within their limits, and the same in every piece.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use at::time::Instant;
use modemtwin_lint::{KEPT, Lint, RULES, Seen};
use module::AtPort;
use scenario::world::next_random;

/// What random dialogues are made of, besides random bytes.
const WORDS: &[&str] = &[
    "AT",
    "at",
    "At",
    "A/",
    "\r",
    "\n",
    "\r\n",
    "+++",
    "+",
    "> ",
    "\x1a",
    "\x1b",
    "\0",
    "ATE0\r",
    "ATE1\r",
    "ATV0\r",
    "ATV1\r",
    "ATQ1\r",
    "ATQ0\r",
    "ATZ\r",
    "ATS3=35\r",
    "ATS4=30\r",
    "AT&D0\r",
    "ATO\r",
    "AT+QIACT=1\r",
    "AT+QSSLOPEN=1,0,4,\"a\",443,2\r",
    "AT+QSSLOPEN=1,0,4,\"a\",443,0\r",
    "AT+QSSLSEND=4\r",
    "AT+QSSLSEND=4,5\r",
    "AT+QSSLSEND=99,999999999999\r",
    "AT+QSSLRECV=4,1500\r",
    "AT+QIRD=0,0\r",
    "AT+QSSLCLOSE=4\r",
    "AT+QFUPL=\"f\",3\r",
    "AT+QFDWL=\"f\"\r",
    "AT+QFREAD=1,4\r",
    "AT+QSSLCFG=\"seclevel\",5,2\r",
    "AT+QSSLCFG=\"ciphersuite\",1,0X0005:0X\r",
    "AT+QICFG=\"viewmode\",1\r",
    "AT+QICFG=\"dataformat\",1,1\r",
    "AT+CMUX=0\r",
    "AT+CFUN=1,1\r",
    "\r\nOK\r\n",
    "\r\nERROR\r\n",
    "0\r",
    "4\r",
    "\r\nCONNECT\r\n",
    "\r\nCONNECT 18446744073709551615\r\n",
    "\r\nNO CARRIER\r\n",
    "\r\nSEND OK\r\n",
    "\r\nSEND FAIL\r\n",
    "\r\n> ",
    "\r\n>\r\n",
    "\r\nRDY\r\n",
    "\r\n+CME ERROR: 50\r\n",
    "\r\n+QSSLOPEN: 4,0\r\n",
    "\r\n+QSSLOPEN: 4,566\r\n",
    "\r\n+QSSLOPEN: 300,0\r\n",
    "\r\n+QSSLURC: \"recv\",4\r\n",
    "\r\n+QSSLURC: \"recv\",4,99999999999999999999\r\n",
    "\r\n+QSSLURC: \"recv\",4,5\r\nabcde\r\n",
    "\r\n+QSSLURC: \"closed\",4\r\n",
    "\r\n+QSSLRECV: 18446744073709551615\r\n",
    "\r\n+QIURC: \"incoming\",11,99\r\n",
    "\r\n+QIURC: \"pdpdeact\",1\r\n",
    "\r\n+QFDWL: 3,0\r\n",
    "\u{e9}\u{20ac}",
];

struct Script(Vec<(Instant, u64, Vec<u8>)>);

impl Script {
    fn random(seed: u64) -> Script {
        let mut state = seed;
        let mut draw = |n: u64| next_random(&mut state) % n;
        let mut now = 0;
        let steps = (0..400).map(|_| {
            now += [0, 0, 0, 30_000, 400_000, 1_000_000, 3_000_000][draw(7) as usize];
            let kind = draw(20);
            let mut bytes = Vec::new();
            for _ in 0..=draw(4) {
                match draw(8) {
                    0 => bytes.extend((0..draw(40)).map(|_| draw(256) as u8)),
                    _ => bytes.extend(WORDS[draw(WORDS.len() as u64) as usize].as_bytes()),
                }
            }
            (Instant::from_micros(now), kind, bytes)
        });
        Script(steps.collect())
    }

    fn play(&self, piece: usize) -> Vec<String> {
        let mut lint = Lint::default();
        let port = |kind: u64| if kind.is_multiple_of(5) { AtPort::UsbAt } else { AtPort::Uart1 };
        for (at, kind, bytes) in &self.0 {
            let at = *at;
            match kind {
                0 => lint.see(at, Seen::Attached(port(*kind))),
                1 => lint.see(at, Seen::Detached(port(*kind))),
                2 => lint.see(at, Seen::Dtr(port(*kind), bytes.len().is_multiple_of(2))),
                3 => lint.see(at, Seen::SocketChanged(bytes.len() as u8)),
                4 => lint.see(at, Seen::Urc(port(*kind))),
                5 => lint.see(at, Seen::HostHidden(port(*kind), bytes.len())),
                6 => lint.see(at, Seen::ModuleHidden(port(*kind))),
                7 => lint.see(at, Seen::Mistake(port(*kind), "+X", "no habit")),
                8..=13 => bytes.chunks(piece).for_each(|b| lint.see(at, Seen::Host(port(*kind), b))),
                _ => bytes.chunks(piece).for_each(|b| lint.see(at, Seen::Module(port(*kind), b))),
            }
        }
        lint.end(Instant::from_micros(u64::MAX));
        for rule in RULES {
            assert!(lint.findings().iter().filter(|finding| finding.rule == *rule).count() <= KEPT);
        }
        assert!(lint.coverage().results.len() < 20);
        lint.findings().iter().map(ToString::to_string).collect()
    }
}

#[test]
fn no_bytes_in_either_direction_break_it() {
    for seed in 0..500 {
        let script = Script::random(seed);
        let whole = script.play(usize::MAX);
        for piece in [1, 3] {
            assert_eq!(script.play(piece), whole, "seed {seed}, pieces of {piece}");
        }
    }
}
