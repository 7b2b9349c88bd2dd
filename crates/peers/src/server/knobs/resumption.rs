//! Session IDs and tickets.

use super::*;
use crate::server::{
    Item, Message, Resumption,
    wire::{alert::*, extension, handshake},
};

/// The row resumes by session ID.
pub(super) fn by_id(setup: &mut Setup) {
    setup.resumed = true;
    setup.server.resumption = Resumption::Ids;
}

/// The row resumes by ticket, and gets a new one.
fn by_ticket(setup: &mut Setup) {
    setup.resumed = true;
    setup.server.resumption = Resumption::RenewedTickets;
}

pub(super) fn knobs() -> Vec<Knob> {
    let unexpected = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnexpectedMessage");
    let ticket_due = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(");
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    let differently = Due::Alert(ILLEGAL_PARAMETER, "PeerMisbehaved(ResumedDifferently");
    let id = |name, rule, on, hook, due| knob(name, rule, on, hook, due).with(by_id);
    let ticket = |name, edit, due| knob(name, "RFC 5077 3.3", EACH_TLS, Hook::LastFlight(edit), due);
    vec![
        id(
            "resumed session with another suite",
            "RFC 5246 7.4.1.3",
            USUAL,
            Hook::ServerHello(|h, _| h.suite = ECDHE_RSA_GCM256),
            differently,
        ),
        id(
            "resumed session with another suite, older versions",
            "RFC 5246 7.4.1.3",
            EACH_VERSION,
            Hook::ServerHello(|h, _| {
                h.suite = RSA_RC4;
                h.remove(extension::ENCRYPT_THEN_MAC);
            }),
            differently,
        ),
        id(
            "resumed session with a lower version",
            "RFC 5246 F.1.4",
            &[(Tls12, RSA_AES128)],
            Hook::ServerHello(|h, _| h.version = 0x0302),
            differently,
        ),
        id(
            "resumed session with a higher version",
            "RFC 5246 F.1.4",
            &[(Tls10, RSA_AES128), (Tls11, RSA_AES128)],
            Hook::ServerHello(|h, _| h.version = 0x0303),
            differently,
        ),
        id(
            "resumed session without its extended master secret",
            "RFC 7627 5.3",
            EACH_TLS,
            Hook::ServerHello(|h, _| h.remove(extension::EXTENDED_MASTER_SECRET)),
            Due::Alert(HANDSHAKE_FAILURE, "PeerMisbehaved(ResumedMasterSecret"),
        ),
        id(
            "resumed session with an extended master secret that it did not have",
            "RFC 7627 5.3",
            EACH_TLS,
            Hook::ServerHello(|h, _| h.add(extension::EXTENDED_MASTER_SECRET, &[])),
            Due::Alert(HANDSHAKE_FAILURE, "PeerMisbehaved(ResumedMasterSecret"),
        )
        .with(|s| {
            by_id(s);
            s.server.extended_master_secret = false;
        }),
        id(
            "abbreviated handshake under another session ID",
            "RFC 5246 7.4.1.3",
            EACH_VERSION,
            Hook::ServerHello(|h, _| h.session_id[0] ^= 1),
            unexpected,
        ),
        id(
            "abbreviated handshake with an empty session ID",
            "RFC 5246 7.4.1.3",
            EACH_VERSION,
            Hook::ServerHello(|h, _| h.session_id.clear()),
            unexpected,
        ),
        id(
            "full handshake under the ID of a resumed session",
            "RFC 5246 7.4.1.3",
            EACH_VERSION,
            Hook::FirstFlight(|f| {
                f.before(Message::ChangeCipherSpec, Item::Handshake(handshake::CERTIFICATE, vec![0, 0, 0]));
            }),
            unexpected,
        ),
        id(
            "ServerHelloDone in a resumed handshake",
            "RFC 5246 7.3",
            EACH_VERSION,
            Hook::FirstFlight(|f| {
                f.before(Message::ChangeCipherSpec, Item::Handshake(handshake::SERVER_HELLO_DONE, vec![]));
            }),
            unexpected,
        ),
        id(
            "resumed handshake without ChangeCipherSpec",
            "RFC 5246 7.1",
            EACH_VERSION,
            Hook::FirstFlight(|f| drop(f.remove(Message::ChangeCipherSpec))),
            Due::AnyAlert,
        ),
        knob(
            "abbreviated handshake that the client did not ask for",
            "RFC 5246 7.3",
            EACH_VERSION,
            Hook::FirstFlight(|f| f.0 = vec![f.0[0].clone(), Item::ChangeCipherSpec(vec![1])]),
            unexpected,
        ),
        knob(
            "ticket that was not promised, in a resumed handshake",
            "RFC 5077 3.2",
            EACH_TLS,
            Hook::ServerHello(|h, _| h.remove(extension::SESSION_TICKET)),
            ticket_due,
        )
        .and(Hook::FirstFlight(|f| {
            let body = vec![0, 0, 0, 9, 0, 2, 7, 7];
            f.before(Message::ChangeCipherSpec, Item::Handshake(handshake::NEW_SESSION_TICKET, body));
        }))
        .with(by_ticket),
        knob(
            "ticket that was promised and did not come, in a resumed handshake",
            "RFC 5077 3.3",
            EACH_TLS,
            Hook::FirstFlight(|f| drop(f.remove(Message::NewSessionTicket))),
            ticket_due,
        )
        .with(by_ticket),
        ticket(
            "ticket that was promised and did not come",
            |f| drop(f.remove(Message::NewSessionTicket)),
            ticket_due,
        ),
        ticket("ticket twice", |f| f.repeat(Message::NewSessionTicket), ticket_due),
        knob(
            "ticket that was not promised",
            "RFC 5077 3.2",
            EACH_TLS,
            Hook::LastFlight(|f| {
                let body = vec![0, 0, 0, 9, 0, 2, 7, 7];
                f.before(Message::ChangeCipherSpec, Item::Handshake(handshake::NEW_SESSION_TICKET, body));
            }),
            ticket_due,
        )
        .with(|s| s.server.resumption = Resumption::No),
        ticket("NewSessionTicket without content", |f| f.body(Message::NewSessionTicket).clear(), decode),
        ticket("NewSessionTicket cut short", |f| f.body(Message::NewSessionTicket).truncate(20), decode),
        ticket("bytes after the ticket", |f| f.body(Message::NewSessionTicket).push(0), decode),
        ticket("ticket longer than its message", |f| f.body(Message::NewSessionTicket)[5] += 1, decode),
    ]
}
