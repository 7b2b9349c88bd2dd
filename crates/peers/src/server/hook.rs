//! Where a test can reach into what the server is about to send.

use super::{
    ClientHello, KeyExchange, Outgoing, ServerHello, Signed,
    wire::{content, handshake},
};

/// A fault: a function that edits one thing before it is sent.
///
/// What is edited is what is sent *and* what goes into the handshake hash, so that a client that overlooks
/// the fault comes to the end of the handshake and the test sees it.
#[derive(Clone, Copy, Debug)]
pub enum Hook {
    /// The fields of the ServerHello.
    ServerHello(fn(&mut ServerHello, &ClientHello)),
    /// The certificates in the Certificate message.
    Certificate(fn(&mut Vec<Vec<u8>>)),
    /// The parameters of the ServerKeyExchange, before they are signed.
    KeyExchange(fn(&mut KeyExchange)),
    /// The signature of the ServerKeyExchange.
    Signature(fn(&mut Signed)),
    /// The server's verify_data.
    VerifyData(fn(&mut Vec<u8>)),
    /// The answer to the ClientHello: up to ServerHelloDone, or up to Finished in a resumed handshake.
    FirstFlight(fn(&mut Flight)),
    /// The answer to the client's Finished.
    LastFlight(fn(&mut Flight)),
    /// Application data.
    Traffic(fn(&mut Flight)),
    /// Each record.
    Record(fn(&mut Outgoing)),
}

/// One step of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A handshake message; its header is made here.
    Handshake(u8, Vec<u8>),
    /// Bytes of the handshake stream as they are, header included.
    RawHandshake(Vec<u8>),
    /// The Finished message: its content is known only at its turn.
    Finished,
    /// A ChangeCipherSpec record with this content. The keys change with [`Item::Activate`].
    ChangeCipherSpec(Vec<u8>),
    /// The pending write keys come into use.
    Activate,
    /// A record of any content type, under the keys in use.
    Record(u8, Vec<u8>),
    /// Bytes on the wire as they are.
    Bytes(Vec<u8>),
    /// Nothing is sent any more after this.
    Silence,
}

/// The names of steps, to find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Message {
    HelloRequest,
    ServerHello,
    Certificate,
    ServerKeyExchange,
    CertificateRequest,
    ServerHelloDone,
    NewSessionTicket,
    ChangeCipherSpec,
    Activate,
    Finished,
    Data,
    Other,
}

impl Item {
    /// What step this is.
    pub fn message(&self) -> Message {
        match self {
            Item::Handshake(kind, _) => match *kind {
                handshake::HELLO_REQUEST => Message::HelloRequest,
                handshake::SERVER_HELLO => Message::ServerHello,
                handshake::CERTIFICATE => Message::Certificate,
                handshake::SERVER_KEY_EXCHANGE => Message::ServerKeyExchange,
                handshake::CERTIFICATE_REQUEST => Message::CertificateRequest,
                handshake::SERVER_HELLO_DONE => Message::ServerHelloDone,
                handshake::NEW_SESSION_TICKET => Message::NewSessionTicket,
                handshake::FINISHED => Message::Finished,
                _ => Message::Other,
            },
            Item::Finished => Message::Finished,
            Item::ChangeCipherSpec(_) => Message::ChangeCipherSpec,
            Item::Activate => Message::Activate,
            Item::Record(content::APPLICATION_DATA, _) => Message::Data,
            Item::RawHandshake(_) | Item::Record(..) | Item::Bytes(_) | Item::Silence => Message::Other,
        }
    }
}

/// Steps in the order of sending. The editing functions stop the test when the step is not there.
#[derive(Clone, Debug)]
pub struct Flight(pub Vec<Item>);

impl Flight {
    /// Where a step is.
    pub fn position(&self, message: Message) -> usize {
        let found = self.0.iter().position(|item| item.message() == message);
        found.unwrap_or_else(|| panic!("no {message:?} in {:?}", self.0))
    }

    /// Leaves a step out.
    pub fn remove(&mut self, message: Message) -> Item {
        self.0.remove(self.position(message))
    }

    /// Sends a step twice.
    pub fn repeat(&mut self, message: Message) {
        let at = self.position(message);
        self.0.insert(at, self.0[at].clone());
    }

    /// Exchanges two steps.
    pub fn swap(&mut self, a: Message, b: Message) {
        let (a, b) = (self.position(a), self.position(b));
        self.0.swap(a, b);
    }

    /// Something else before a step.
    pub fn before(&mut self, message: Message, item: Item) {
        self.0.insert(self.position(message), item);
    }

    /// Something else after a step.
    pub fn after(&mut self, message: Message, item: Item) {
        self.0.insert(self.position(message) + 1, item);
    }

    /// Something else at the end.
    pub fn push(&mut self, item: Item) {
        self.0.push(item);
    }

    /// The body of a handshake message, without its header.
    pub fn body(&mut self, message: Message) -> &mut Vec<u8> {
        let at = self.position(message);
        match &mut self.0[at] {
            Item::Handshake(_, body) => body,
            other => panic!("{other:?} has no body yet"),
        }
    }

    /// Sets the length in the header of a message to another value than its own.
    pub fn lie_about_length(&mut self, message: Message, len: u32) {
        let at = self.position(message);
        if let Item::Handshake(kind, body) = &self.0[at] {
            let raw = [&[*kind][..], &len.to_be_bytes()[1..], body].concat();
            self.0[at] = Item::RawHandshake(raw);
        }
    }
}
