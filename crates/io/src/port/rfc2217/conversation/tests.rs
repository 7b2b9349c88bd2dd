//! The conversation byte by byte, as the two RFCs have it.

use super::*;

const IDLE: ModuleLines = ModuleLines::IDLE;

/// A conversation whose opening requests have left, with a client that has offered COM-PORT.
fn opened() -> Conversation {
    let mut conversation = Conversation::new(IDLE);
    conversation.hear(&[255, 251, 44]);
    take(&mut conversation);
    conversation
}

fn take(conversation: &mut Conversation) -> Vec<u8> {
    let mut all = Vec::new();
    while !conversation.tx().is_empty() {
        let bytes = conversation.tx().to_vec();
        conversation.tx_done(bytes.len());
        all.extend(bytes);
    }
    all
}

/// IAC SB COM-PORT content IAC SE.
fn sub(content: &[u8]) -> Vec<u8> {
    [&[255, 250, 44], content, &[255, 240]].concat()
}

fn ask(conversation: &mut Conversation, content: &[u8]) -> Vec<u8> {
    conversation.hear(&sub(content));
    take(conversation)
}

#[derive(Debug, PartialEq)]
enum Seen {
    Data(Vec<u8>),
    Lines(bool, bool),
}

/// What the client did, data joined.
fn done(conversation: &mut Conversation, room: usize) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut buf = vec![0; room];
    while let Some(done) = conversation.next(&mut buf) {
        match (done, all.last_mut()) {
            (Done::Data(n), Some(Seen::Data(data))) => data.extend(&buf[..n]),
            (Done::Data(n), _) => all.push(Seen::Data(buf[..n].to_vec())),
            (Done::Lines(lines), _) => all.push(Seen::Lines(lines.dtr, lines.rts)),
        }
    }
    all
}

#[test]
fn it_asks_once_and_answers_only_changes() {
    let mut conversation = Conversation::new(IDLE);
    // WILL BINARY, DO BINARY, WILL ECHO, WILL SGA, DO SGA, DO COM-PORT.
    let asked = [251, 0, 253, 0, 251, 1, 251, 3, 253, 3, 253, 44];
    let asked: Vec<u8> = asked.chunks(2).flat_map(|pair| [255, pair[0], pair[1]]).collect();
    assert_eq!(take(&mut conversation), asked);
    // It says yes to everything: no answer. The lines follow the COM port option: CTS and DSR.
    conversation.hear(&[255, 253, 0, 255, 251, 0, 255, 253, 1, 255, 253, 3, 255, 251, 3]);
    assert_eq!(take(&mut conversation), []);
    conversation.hear(&[255, 251, 44]);
    assert_eq!(take(&mut conversation), sub(&[107, 0x30]));
    // Repeated: nothing. Taken back: confirmed. Then refused again: nothing.
    conversation.hear(&[255, 251, 44, 255, 253, 0]);
    assert_eq!(take(&mut conversation), []);
    conversation.hear(&[255, 254, 1, 255, 254, 1]);
    assert_eq!(take(&mut conversation), [255, 252, 1]);
    // An option that there is not: NAWS.
    conversation.hear(&[255, 251, 31, 255, 253, 31, 255, 252, 31, 255, 254, 31]);
    assert_eq!(take(&mut conversation), [255, 254, 31, 255, 252, 31]);
    // The other side's echo is not wanted.
    conversation.hear(&[255, 251, 1]);
    assert_eq!(take(&mut conversation), [255, 254, 1]);
}

/// pyserial, when this side's asking arrives before it has offered: it takes that for the answer and never offers.
#[test]
fn a_client_that_offers_nothing_is_told_the_lines_before_its_first_answer() {
    let mut conversation = Conversation::new(IDLE);
    take(&mut conversation);
    let answers = [sub(&[107, 0x30]), sub(&[105, 8])].concat();
    assert_eq!(ask(&mut conversation, &[5, 8]), answers);
    assert_eq!(ask(&mut conversation, &[5, 8]), sub(&[105, 8]), "once");
}

#[test]
fn every_setting_is_answered_and_can_be_asked_for() {
    let mut c = opened();
    for (content, answer) in [
        (&[0][..], &b"\x64modemtwin"[..]),
        (&[1, 0, 0, 0, 0], &[101, 0, 1, 0xC2, 0]),
        (&[1, 0, 0, 0x25, 0x80], &[101, 0, 0, 0x25, 0x80]),
        (&[1, 0, 0, 0, 0], &[101, 0, 0, 0x25, 0x80]),
        (&[2, 0], &[102, 8]),
        (&[2, 7], &[102, 7]),
        (&[2, 99], &[102, 7]),
        (&[3, 0], &[103, 1]),
        (&[3, 5], &[103, 5]),
        (&[4, 2], &[104, 2]),
        (&[4, 0], &[104, 2]),
        (&[6, 0], &[106, 0]),
        (&[7, 0], &[107, 0x30]),
        (&[10, 0x20], &[110, 0x20]),
        (&[6, 0], &[106, 0x20]),
        (&[11, 0x80], &[111, 0x80]),
        (&[12, 1], &[112, 1]),
        (&[12, 3], &[112, 3]),
    ] {
        assert_eq!(ask(&mut c, content), sub(answer), "{content:?}");
    }
    // 255 in a number is doubled on the wire.
    assert_eq!(ask(&mut c, &[1, 0, 0, 1, 255, 255]), sub(&[101, 0, 0, 1, 255, 255]));
    // No answer: the client's signature, suspend and resume, what has no meaning.
    for content in [&b"\0pyserial"[..], &[8], &[9], &[13, 1], &[1, 0], &[2], &[]] {
        assert_eq!(ask(&mut c, content), [], "{content:?}");
    }
}

#[test]
fn set_control_is_always_answered() {
    let mut c = opened();
    for (asked, answer) in [(0, 1), (4, 6), (7, 8), (10, 11), (13, 14)] {
        assert_eq!(ask(&mut c, &[5, asked]), sub(&[105, answer]));
    }
    for value in [1, 3, 2, 5, 6, 8, 9, 11, 12, 14, 15, 16, 17, 18, 19, 77] {
        assert_eq!(ask(&mut c, &[5, value]), sub(&[105, value]));
    }
    for (asked, answer) in [(0, 19), (4, 6), (7, 9), (10, 12), (13, 18)] {
        assert_eq!(ask(&mut c, &[5, asked]), sub(&[105, answer]));
    }
    assert_eq!(done(&mut c, 9), [Seen::Lines(false, true), Seen::Lines(false, false)]);
}

#[test]
fn lines_are_notified_by_mask() {
    let mut c = opened();
    c.set_lines(ModuleLines { dcd: true, ..IDLE });
    assert_eq!(take(&mut c), sub(&[107, 0xB8]));
    c.set_lines(ModuleLines { dcd: true, ri: true, ..IDLE });
    assert_eq!(take(&mut c), sub(&[107, 0xF0]));
    // The end of a ring has a bit of its own.
    c.set_lines(ModuleLines { dcd: true, ..IDLE });
    assert_eq!(take(&mut c), sub(&[107, 0xB4]));
    ask(&mut c, &[11, 0x80]);
    c.set_lines(ModuleLines { dcd: true, cts: false, ..IDLE });
    assert_eq!(take(&mut c), []);
    c.set_lines(ModuleLines { cts: false, ..IDLE });
    assert_eq!(take(&mut c), sub(&[107, 0]));
}

#[test]
fn a_client_that_does_not_read_is_told_the_last_state() {
    let mut c = opened();
    while c.has_room() {
        c.set_lines(ModuleLines { ri: true, ..IDLE });
        c.set_lines(IDLE);
    }
    let full = c.tx().len();
    c.set_lines(ModuleLines { dcd: true, ..IDLE });
    assert_eq!((c.say(b"x"), c.tx().len()), (0, full));
    c.tx_done(full);
    assert_eq!(take(&mut c), sub(&[107, 0xB0]));
}

#[test]
fn data_pass_in_both_directions_as_they_are() {
    let mut c = opened();
    assert_eq!(c.say(b"a\xff\r\n\0"), 5);
    assert_eq!(take(&mut c), b"a\xff\xff\r\n\0");
    c.hear(b"AT\r\0x\r\xff\xff\0\r\r\0\r\n");
    assert_eq!(done(&mut c, 4), [Seen::Data(b"AT\rx\r\xff\0\r\r\r\n".to_vec())]);
    // With BINARY, NUL is a byte like any other.
    c.hear(b"\xff\xfb\0A\r\0");
    assert_eq!(done(&mut c, 4), [Seen::Data(b"A\r\0".to_vec())]);
}

#[test]
fn lines_keep_their_place_among_the_data_while_there_is_room() {
    let said = [b"ab".to_vec(), sub(&[5, 9]), b"cd".to_vec(), sub(&[5, 8]), b"e".to_vec()].concat();
    let mut c = opened();
    c.hear(&said);
    let (off, on) = (Seen::Lines(false, true), Seen::Lines(true, true));
    let expected =
        [Seen::Data(b"ab".to_vec()), off, Seen::Data(b"cd".to_vec()), on, Seen::Data(b"e".to_vec())];
    assert_eq!(done(&mut c, 1), expected);
    // Without room they overtake them.
    c.hear(&said);
    assert_eq!(done(&mut c, 0), [Seen::Lines(false, true), Seen::Lines(true, true)]);
    assert_eq!(done(&mut c, 9), [Seen::Data(b"abcde".to_vec())]);
    // What is purged is gone, and the lines are not.
    c.hear(&[said, sub(&[12, 2]), b"f".to_vec()].concat());
    assert_eq!(
        done(&mut c, 9),
        [Seen::Lines(false, true), Seen::Lines(true, true), Seen::Data(b"f".to_vec())]
    );
}

#[test]
fn a_suspended_client_gets_answers_and_no_data() {
    let mut c = opened();
    ask(&mut c, &[8]);
    assert_eq!((c.say(b"x"), c.is_suspended()), (0, true));
    assert_eq!(ask(&mut c, &[5, 7]), sub(&[105, 8]));
    ask(&mut c, &[9]);
    assert_eq!((c.say(b"x"), take(&mut c)), (1, b"x".to_vec()));
}

#[test]
fn a_subnegotiation_without_end_is_void() {
    let mut c = opened();
    c.hear(&[255, 250, 44, 5, 9, 255, 251, 31, b'x']);
    assert_eq!(take(&mut c), [255, 254, 31]);
    assert_eq!(done(&mut c, 9), [Seen::Data(b"x".to_vec())]);
    // One without limit is cut.
    c.hear(&[255, 250, 44, 0]);
    c.hear(&[b'x'; 100_000]);
    c.hear(&[255, 240, b'y']);
    assert_eq!(done(&mut c, 9), [Seen::Data(b"y".to_vec())]);
}

#[test]
fn every_split_of_the_input_means_the_same() {
    let said = [
        b"\xff\xfb\x2cAT\r\0\xff\xff\xff\xfd\0".to_vec(),
        sub(&[1, 0, 0, 1, 255, 255]),
        sub(&[5, 9]),
        b"\xff\xf3x\xff\xfb\0".to_vec(),
        sub(&[5, 11]),
        b"\r\0".to_vec(),
    ]
    .concat();
    let mut whole = opened();
    whole.hear(&said);
    let expected = (take(&mut whole), done(&mut whole, 99));
    assert_eq!(expected.1[0], Seen::Data(b"AT\r\xff".to_vec()));
    for first in 0..=said.len() {
        for second in first..=said.len() {
            let mut c = opened();
            for piece in [&said[..first], &said[first..second], &said[second..]] {
                c.hear(piece);
            }
            assert_eq!((take(&mut c), done(&mut c, 99)), expected, "{first} {second}");
        }
    }
}

#[test]
fn random_bytes_do_no_harm_and_grow_nothing() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    // Half of the bytes mean something.
    const MEANING: [u8; 16] = [255, 250, 240, 251, 252, 253, 254, 44, 0, 1, 3, 5, 8, 9, 12, 13];
    let mut c = opened();
    for _ in 0..200_000 {
        let bytes: [u8; 8] = std::array::from_fn(|_| {
            let r = random();
            if r & 256 == 0 { r as u8 } else { MEANING[usize::from(r as u8) % MEANING.len()] }
        });
        if c.has_room() {
            c.hear(&bytes);
        } else {
            let _ = take(&mut c);
            let _ = done(&mut c, 64);
        }
        assert!(c.tx().len() < MAX_OUT + 64 && c.held.len() < MAX_HELD + 8 && c.moves.len() <= MAX_MOVES + 8);
    }
}
