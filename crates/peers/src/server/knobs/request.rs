//! CertificateRequest and ServerHelloDone.

use super::*;
use crate::{
    ca::Kind,
    server::{
        ClientAuth, Item, Message,
        wire::{alert::*, content, handshake},
    },
};

fn asking(setup: &mut Setup) {
    setup.server.client_auth = ClientAuth::Ask;
    setup.client.identity = Some(Kind::Rsa1024);
}

pub(super) fn knobs() -> Vec<Knob> {
    let body = |name, edit, due| {
        knob(name, "RFC 5246 7.4.4", EACH_VERSION, Hook::FirstFlight(edit), due).with(asking)
    };
    let body12 =
        |name, edit, due| knob(name, "RFC 5246 7.4.4", USUAL, Hook::FirstFlight(edit), due).with(asking);
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    let unexpected = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnexpectedMessage");
    vec![
        body("empty CertificateRequest", |f| f.body(Message::CertificateRequest).clear(), decode),
        body("bytes after the CertificateRequest", |f| f.body(Message::CertificateRequest).push(0), decode),
        body(
            "CertificateRequest cut short",
            |f| {
                let body = f.body(Message::CertificateRequest);
                body.truncate(body.len() - 1);
            },
            decode,
        ),
        body(
            "certificate types longer than the message",
            |f| f.body(Message::CertificateRequest)[0] = 200,
            decode,
        ),
        body(
            "name of an authority longer than the names",
            |f| {
                let body = f.body(Message::CertificateRequest);
                body.truncate(body.len() - 2);
                body.extend([0, 3, 0, 2, 0x30]);
            },
            decode,
        ),
        body12(
            "schemes of an odd length",
            |f| {
                let body = f.body(Message::CertificateRequest);
                let len = body[4];
                body[4] = len - 1;
                body.remove(5);
            },
            decode,
        ),
        body("CertificateRequest twice", |f| f.repeat(Message::CertificateRequest), unexpected),
        knob(
            "CertificateRequest before the ServerKeyExchange",
            "RFC 5246 7.4.4",
            EACH_ECDHE,
            Hook::FirstFlight(|f| f.swap(Message::ServerKeyExchange, Message::CertificateRequest)),
            unexpected,
        )
        .with(asking),
        body(
            "CertificateRequest before the Certificate",
            |f| f.swap(Message::Certificate, Message::CertificateRequest),
            unexpected,
        ),
        knob(
            "CertificateRequest after ServerHelloDone",
            "RFC 5246 7.3",
            EACH_VERSION,
            // Not in the server's handshake hash: the client has sent its Finished by then.
            Hook::FirstFlight(|f| {
                f.push(Item::Record(content::HANDSHAKE, vec![13, 0, 0, 8, 1, 1, 0, 2, 4, 1, 0, 0]));
            }),
            unexpected,
        ),
        knob(
            "CertificateRequest in a resumed handshake",
            "RFC 5246 7.3",
            USUAL,
            Hook::FirstFlight(|f| {
                let body = vec![1, 1, 0, 2, 4, 1, 0, 0];
                f.before(Message::ChangeCipherSpec, Item::Handshake(handshake::CERTIFICATE_REQUEST, body));
            }),
            unexpected,
        )
        .with(|s| s.resumed = true),
        knob(
            "ServerHelloDone with content",
            "RFC 5246 7.4.5",
            EACH_VERSION,
            Hook::FirstFlight(|f| f.body(Message::ServerHelloDone).push(0)),
            decode,
        ),
    ]
}
