//! Conversations with strangers, recorded once and replayed byte for byte: one with the TLS of Java for each legal pair
//! of version and suite; some of them resumed, by session ID and by ticket; and some with OpenSSL 1.0.2.

use crate::flow::{Handshakes, SAID, flows};

#[test]
fn every_conversation_goes_as_it_went() {
    for flow in flows() {
        for cut in [1, 7, usize::MAX] {
            let mut session = None;
            for (index, turns) in flow.recorded().iter().enumerate() {
                let resumed = index > 0;
                let mut out = Vec::new();
                let mut speaker = flow.speaker(session.take(), &mut out);
                for turn in turns {
                    if turn.client {
                        assert!(out == turn.bytes, "{}: another answer than recorded", flow.heading());
                        out.clear();
                    } else {
                        turn.bytes.chunks(cut).for_each(|piece| speaker.hear(piece, &mut out));
                    }
                }
                assert_eq!(speaker.received, SAID);
                assert!(speaker.client.peer_has_closed());
                let summary = speaker.client.summary().expect("established");
                assert_eq!((summary.version, summary.suite), (flow.version, flow.suite));
                assert_eq!(summary.resumed, resumed, "{}", flow.heading());
                session = speaker.client.take_session();
                if !resumed {
                    let ticket = session.as_ref().map(|session| session.has_ticket());
                    let expected = match flow.handshakes {
                        Handshakes::Full => None,
                        Handshakes::Id => Some(false),
                        Handshakes::Ticket => Some(true),
                    };
                    assert_eq!(ticket, expected, "{}", flow.heading());
                }
            }
        }
    }
}

#[test]
fn no_file_is_left_over() {
    let mut known: Vec<_> = flows().iter().map(|flow| flow.path()).collect();
    let folder = known[0].parent().expect("a folder").to_owned();
    let mut there: Vec<_> =
        folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    known.sort();
    there.sort();
    assert_eq!(there, known);
}
