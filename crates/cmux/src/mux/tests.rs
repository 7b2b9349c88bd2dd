use super::*;
use alloc::{format, string::String, vec};

/// The bytes of a host.
fn host(dlci: u8, kind: Kind, info: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // The initiator's commands carry the C/R bit that the responder's responses carry.
    frame::write(&mut out, dlci, Role::Response, kind, matches!(kind, Kind::Sabm | Kind::Disc), info);
    out
}

fn order(kind: u8, value: &[u8]) -> Vec<u8> {
    host(0, Kind::Uih, &message::write(kind, true, value))
}

/// Gives bytes to a multiplexer: what happened, and what it sent.
fn give(mux: &mut Mux, bytes: &[u8]) -> (Vec<String>, Vec<u8>) {
    let (mut events, mut out) = (Vec::new(), Vec::new());
    mux.receive(bytes);
    while let Some(event) = mux.step(&mut out) {
        events.push(format!("{event:?}"));
    }
    (events, out)
}

fn open(channels: &[u8]) -> Mux {
    let mut mux = Mux::new(31);
    give(&mut mux, &host(0, Kind::Sabm, &[]));
    for dlci in channels {
        give(&mut mux, &host(*dlci, Kind::Sabm, &[]));
    }
    mux
}

fn answer(kind: Kind, dlci: u8) -> Vec<u8> {
    let mut out = Vec::new();
    frame::write(&mut out, dlci, Role::Response, kind, true, &[]);
    out
}

fn response(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    tell(&message::write(kind, false, value), &mut out);
    out
}

#[test]
fn a_channel_opens_only_after_the_control_channel() {
    let mut mux = Mux::new(31);
    assert_eq!(give(&mut mux, &host(1, Kind::Sabm, &[])), (vec![], answer(Kind::Dm, 1)));
    assert_eq!(give(&mut mux, &host(0, Kind::Sabm, &[])), (vec![], answer(Kind::Ua, 0)));
    assert_eq!(
        give(&mut mux, &host(1, Kind::Sabm, &[])),
        (vec!["Opened(Dlci(1))".into()], answer(Kind::Ua, 1))
    );
    assert_eq!(
        give(&mut mux, &host(1, Kind::Sabm, &[])),
        (vec![], answer(Kind::Ua, 1)),
        "it is open already"
    );
    assert_eq!(give(&mut mux, &host(5, Kind::Sabm, &[])), (vec![], answer(Kind::Dm, 5)), "there is no fifth");
}

#[test]
fn data_both_ways() {
    let mut mux = open(&[1, 3]);
    let (events, out) = give(&mut mux, &host(3, Kind::Uih, b"AT\r"));
    assert_eq!((events, out), (vec!["Data(Dlci(3), [65, 84, 13])".into()], vec![]));
    let (events, out) = give(&mut mux, &host(3, Kind::Ui, b"AT\r"));
    assert_eq!((events.len(), out.len()), (1, 0), "UI too");
    let dlci = Dlci::new(3).unwrap();
    let mut out = Vec::new();
    assert_eq!(mux.send(dlci, &[b'x'; 100], &mut out), 31, "one frame holds N1 bytes");
    let mut expected = Vec::new();
    frame::write(&mut expected, 3, Role::Command, Kind::Uih, false, &[b'x'; 31]);
    assert_eq!(out, expected);
    assert_eq!(mux.send(Dlci::new(2).unwrap(), b"x", &mut out), 0, "channel 2 is not open");
    assert_eq!(give(&mut mux, &host(2, Kind::Uih, b"AT\r")), (vec![], answer(Kind::Dm, 2)));
}

#[test]
fn flow_control_of_a_channel_and_of_all() {
    let mut mux = open(&[1, 2]);
    let (one, two) = (Dlci::new(1).unwrap(), Dlci::new(2).unwrap());
    let may = |mux: &Mux| (mux.may_send(one), mux.may_send(two));
    assert_eq!(may(&mux), (true, true));
    let (events, out) = give(&mut mux, &order(kind::MSC, &[0x07, 0x0F]));
    assert!(
        events[0].starts_with("Lines(Dlci(1), Lines { stop: true, ready: true, takes: true"),
        "{events:?}"
    );
    assert_eq!(out, response(kind::MSC, &[0x07, 0x0F]));
    assert_eq!(may(&mux), (false, true));
    give(&mut mux, &order(kind::MSC, &[0x07, 0x0D]));
    assert_eq!(may(&mux), (true, true));
    assert_eq!(give(&mut mux, &order(kind::FCOFF, &[])).1, response(kind::FCOFF, &[]));
    assert_eq!(may(&mux), (false, false));
    assert_eq!(give(&mut mux, &order(kind::FCON, &[])).1, response(kind::FCON, &[]));
    assert_eq!(may(&mux), (true, true));
}

#[test]
fn the_modules_lines_are_told_once() {
    let mut mux = open(&[1]);
    let lines = Lines { stop: false, ready: true, takes: true, ring: false, carrier: true };
    let (mut out, dlci) = (Vec::new(), Dlci::new(1).unwrap());
    mux.set_lines(dlci, lines, &mut out);
    let mut expected = Vec::new();
    tell(&[0xE3, 0x05, 0x07, 0x8D], &mut expected);
    assert_eq!(out, expected);
    mux.set_lines(dlci, lines, &mut out);
    mux.set_lines(Dlci::new(2).unwrap(), lines, &mut out);
    assert_eq!(out, expected);
}

#[test]
fn negotiation() {
    let mut mux = open(&[]);
    let (_, out) = give(&mut mux, &order(kind::PN, &[1, 0, 7, 10, 0xE8, 0x03, 3, 2]));
    assert_eq!(out, response(kind::PN, &[1, 0, 7, 10, 0xE8, 0x03, 3, 0]));
    assert_eq!(mux.n1(Dlci::new(1)), 1000);
    let (_, out) = give(&mut mux, &order(kind::PN, &[2, 0, 7, 10, 0xFF, 0xFF, 3, 2]));
    assert_eq!(out, response(kind::PN, &[2, 0, 7, 10, 0xE5, 0x05, 3, 0]), "N1 is at most 1509");
    let (_, out) = give(&mut mux, &order(kind::PN, &[2]));
    assert_eq!(out, response(kind::NSC, &[kind::PN | 2]), "malformed");
}

#[test]
fn other_messages() {
    let mut mux = open(&[1]);
    for (kind, value) in [(kind::TEST, &b"ping"[..]), (kind::RLS, &[0x07, 0x03]), (kind::PSC, &[])] {
        assert_eq!(give(&mut mux, &order(kind, value)).1, response(kind, value));
    }
    let asked = give(&mut mux, &order(kind::RPN, &[0x07])).1;
    assert_eq!(asked, response(kind::RPN, &[0x07, 0x07, 0x03, 0x00, 0x11, 0x13, 0x7F, 0x3F]));
    assert_eq!(give(&mut mux, &order(0xD1, &[1, 2])).1, response(kind::NSC, &[0xD3]), "service negotiation");
    assert_eq!(
        give(&mut mux, &host(0, Kind::Uih, &message::write(kind::TEST, false, b"x"))).1,
        [],
        "a response"
    );
    let two = [message::write(kind::TEST, true, b"1"), message::write(kind::TEST, true, b"2")].concat();
    let (_, out) = give(&mut mux, &host(0, Kind::Uih, &two));
    assert_eq!(out, [response(kind::TEST, b"1"), response(kind::TEST, b"2")].concat());
}

#[test]
fn three_ways_to_close() {
    let mut mux = open(&[1, 2]);
    assert_eq!(
        give(&mut mux, &host(2, Kind::Disc, &[])),
        (vec!["Closed(Dlci(2))".into()], answer(Kind::Ua, 2))
    );
    assert_eq!(give(&mut mux, &host(2, Kind::Disc, &[])), (vec![], answer(Kind::Dm, 2)));
    for (bytes, reply) in
        [(order(kind::CLD, &[]), response(kind::CLD, &[])), (host(0, Kind::Disc, &[]), answer(Kind::Ua, 0))]
    {
        let mut mux = mux.clone();
        let (events, out) = give(&mut mux, &[bytes, host(1, Kind::Uih, b"lost")].concat());
        assert_eq!((events, out), (vec!["Closed(Dlci(1))".into(), "Over".into()], reply));
    }
}

#[test]
fn half_a_frame_does_not_swallow_the_next_for_ever() {
    let mut mux = open(&[1]);
    let whole = host(1, Kind::Uih, b"0123456789");
    assert_eq!(give(&mut mux, &whole[..6]), (vec![], vec![]));
    assert!(mux.is_waiting());
    mux.give_up();
    assert_eq!(give(&mut mux, &host(1, Kind::Uih, b"A")).0, ["Data(Dlci(1), [65])"]);
    assert!(!mux.is_waiting(), "the closing flag alone is no frame");
}

/// Any bytes at all: no panic, the same result in any pieces, and afterwards a good frame is understood.
#[test]
fn noise() {
    let mut state = 1u64;
    let mut chance = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    for _ in 0..2000 {
        let mut bytes = Vec::new();
        for _ in 0..chance(30) {
            match chance(8) {
                0 => bytes.extend(host(chance(6) as u8, Kind::Sabm, &[])),
                1 => bytes.extend(host(
                    chance(6) as u8,
                    Kind::Uih,
                    &vec![chance(256) as u8; chance(300) as usize],
                )),
                2 => bytes.extend(order(
                    [kind::PN, kind::MSC, kind::RPN][chance(3) as usize],
                    &[chance(256) as u8; 8],
                )),
                3 => bytes.extend(host(chance(3) as u8, Kind::Disc, &[])),
                4 => bytes.push(0xF9),
                _ => bytes.push(chance(256) as u8),
            }
        }
        let (mut whole, mut cut) = (open(&[1]), open(&[1]));
        let at_once = give(&mut whole, &bytes);
        let mut by_byte = (vec![], vec![]);
        for byte in &bytes {
            let (events, out) = give(&mut cut, &[*byte]);
            by_byte.0.extend(events);
            by_byte.1.extend(out);
        }
        assert_eq!(at_once, by_byte);
        while whole.is_waiting() {
            whole.give_up();
            give(&mut whole, &[]);
        }
        if !whole.over {
            assert!(give(&mut whole, &host(0, Kind::Sabm, &[])).1.ends_with(&answer(Kind::Ua, 0)));
        }
    }
}
