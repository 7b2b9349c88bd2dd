//! The client byte by byte, and against this project's own server.

use super::*;
use crate::port::rfc2217::conversation::{self, Conversation};

fn take(client: &mut Client) -> Vec<u8> {
    let bytes = client.tx().to_vec();
    client.tx_done(bytes.len());
    bytes
}

fn client() -> Client {
    Client::new(Settings { baud: 9600, flow: Flow::None })
}

/// IAC SB COM-PORT content IAC SE.
fn sub(content: &[u8]) -> Vec<u8> {
    [&[255, 250, 44], content, &[255, 240]].concat()
}

#[test]
fn the_device_is_told_how_to_be_once_the_option_is_agreed() {
    let mut client = client();
    // WILL and DO BINARY, WILL and DO SGA, WILL COM-PORT.
    assert_eq!(take(&mut client), [255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3, 255, 251, 44]);
    assert_eq!(client.say(b"AT\r"), 0, "not before");
    client.hear(&[255, 253, 44]);
    let settings: [&[u8]; 8] =
        [&[1, 0, 0, 0x25, 0x80], &[2, 8], &[3, 1], &[4, 1], &[5, 1], &[11, 255, 255], &[5, 8], &[5, 11]];
    assert_eq!(take(&mut client), settings.map(sub).concat());
    assert_eq!(client.say(b"A\xFFT"), 3);
    assert_eq!(take(&mut client), b"A\xFF\xFFT");
    client.set_lines(HostLines { dtr: false, rts: true });
    assert_eq!(take(&mut client), sub(&[5, 9]));
    // The server's echo and its own COM-PORT are no trouble; its offers are answered once.
    client.hear(&[255, 251, 1, 255, 251, 44, 255, 251, 1]);
    assert_eq!(take(&mut client), [255, 253, 1, 255, 253, 44]);
    // It takes nothing, and then again.
    client.hear(&sub(&[108]));
    assert_eq!(client.say(b"x"), 0);
    client.hear(&sub(&[109]));
    assert_eq!(client.say(b"x"), 1);
}

#[test]
fn what_the_device_does_is_heard_in_any_pieces() {
    let stream = [
        &[255, 251, 0, 255, 253, 44][..],
        b"O\xFF\xFFK\r",
        &sub(&[107, 0b1011_0001]),
        &sub(&[101, 0, 0, 0x4B, 0]),
        b"\n",
    ]
    .concat();
    for split in 0..stream.len() {
        let mut client = client();
        client.hear(&stream[..split]);
        client.hear(&stream[split..]);
        let mut buf = [0; 10];
        let lines = ModuleLines { cts: true, dsr: true, ri: false, dcd: true };
        assert_eq!(client.next(&mut []), Some(Done::Lines(lines)), "{split}");
        assert_eq!(client.next(&mut []), Some(Done::Speed(19_200)));
        assert_eq!(client.next(&mut []), None);
        assert_eq!(client.next(&mut buf), Some(Done::Data(5)));
        assert_eq!(&buf[..5], b"O\xFFK\r\n");
    }
    let mut client = client();
    client.hear(&[255, 254, 44]);
    assert_eq!(client.next(&mut []), Some(Done::Refused));
}

#[test]
fn it_gets_on_with_this_projects_own_server() {
    let idle = ModuleLines { dcd: false, ri: false, dsr: true, cts: true };
    let (mut client, mut server) = (client(), Conversation::new(idle));
    let mut heard = Vec::new();
    let mut moves = Vec::new();
    let mut exchange = |client: &mut Client, server: &mut Conversation| {
        while !client.tx().is_empty() || !server.tx().is_empty() {
            server.hear(&take(client));
            let said = server.tx().to_vec();
            server.tx_done(said.len());
            client.hear(&said);
        }
        let mut buf = [0; 600];
        while let Some(done) = server.next(&mut buf) {
            match done {
                conversation::Done::Data(n) => heard.extend_from_slice(&buf[..n]),
                conversation::Done::Lines(lines) => moves.push(lines),
            }
        }
    };
    exchange(&mut client, &mut server);
    assert_eq!(client.next(&mut []), Some(Done::Lines(idle)));
    let every: Vec<u8> = (0..=255).collect();
    assert_eq!(client.say(&every), 256);
    assert_eq!(server.say(&every), 256);
    client.set_lines(HostLines { dtr: true, rts: false });
    server.set_lines(ModuleLines { dcd: true, ..idle });
    exchange(&mut client, &mut server);
    assert_eq!(client.next(&mut []), Some(Done::Lines(ModuleLines { dcd: true, ..idle })));
    let mut buf = [0; 600];
    assert_eq!(client.next(&mut buf), Some(Done::Data(256)));
    assert_eq!(buf[..256], every);
    assert_eq!(client.next(&mut buf), None, "and nothing has another speed");
    assert_eq!((heard, moves), (every, vec![HostLines { dtr: true, rts: false }]));
}

#[test]
fn a_server_that_takes_nothing_makes_nothing_grow() {
    let mut client = client();
    client.hear(&[255, 253, 44]);
    for _ in 0..10_000 {
        client.set_lines(HostLines { dtr: false, rts: true });
        client.set_lines(HostLines::ON);
        client.set_lines(HostLines { dtr: false, rts: true });
        if client.has_room() {
            // WILL of an option that nobody knows, which is refused each time.
            client.hear(&[255, 251, 99]);
        }
    }
    assert!(!client.has_room());
    assert!(client.tx().len() < MAX_OUT + 16, "{}", client.tx().len());
    client.set_lines(HostLines { dtr: true, rts: false });
    take(&mut client);
    let told = take(&mut client);
    assert!(told.ends_with(&[255, 250, 44, 5, 8, 255, 240, 255, 250, 44, 5, 12, 255, 240]), "{told:?}");
}
