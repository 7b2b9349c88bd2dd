//! One honest conversation of client and server, full and resumed, with fixed seeds.

use super::{
    ClientAuth, Resumption, Server, ServerConfig, Version,
    pair::{ClientSide, Pair},
};
use crate::ca::Kind;
use std::sync::Arc;
use tls::Client;

/// What a conversation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The version, of both sides.
    pub version: Version,
    /// The suite, of both sides.
    pub suite: u16,
    /// The client's certificate; without one the server does not ask.
    pub identity: Option<Kind>,
    /// How the second connection resumes the first.
    pub resumption: Resumption,
}

impl Flow {
    /// A full handshake and a resumed one. On each connection the client says `data`, the server
    /// echoes it, and the client closes. Equal arguments give equal bytes on the wire.
    pub fn run(&self, data: &[u8]) -> [Pair; 2] {
        let client = ClientSide {
            versions: (self.version, self.version),
            suites: vec![self.suite],
            verify: true,
            identity: self.identity,
            ..ClientSide::default()
        };
        let client = Arc::new(client.config());
        let server = ServerConfig {
            client_auth: if self.identity.is_some() { ClientAuth::Require } else { ClientAuth::No },
            resumption: self.resumption,
            ..ServerConfig::new("localhost").only(self.version, self.suite)
        };
        let server = Arc::new(server);
        let talk = |session, seed| {
            let mut pair = Pair::new(client.clone(), session, server.clone(), seed);
            pair.run();
            if pair.error.is_none() && pair.client.is_established() {
                pair.say(data);
            }
            pair
        };
        let mut first = talk(None, 1);
        let mut second = talk(first.client.take_session(), 2);
        first.close();
        second.close();
        [first, second]
    }

    /// Why a connection did not go as it should have.
    pub fn objection(&self, pair: &Pair, resumed: bool, data: &[u8]) -> Option<String> {
        let Pair { client, server, error, received, .. } = pair;
        if let Some(error) = error {
            return Some(format!("client: {error:?}"));
        }
        if let Some(failure) = server.failure() {
            return Some(format!("server: {failure:?}"));
        }
        let (Some(agreed), Some(summary)) = (server.established(), client.summary()) else {
            return Some(format!("no end of the handshake: {:?}", server.events()));
        };
        if (agreed.version, agreed.suite.code, agreed.resumed) != (self.version, self.suite, resumed) {
            return Some(format!("agreed on {agreed:?}"));
        }
        if !same(agreed, summary) {
            return Some(format!("server {agreed:?}, client {summary:?}"));
        }
        if received != data {
            return Some(format!("{} bytes echoed of {}", received.len(), data.len()));
        }
        if !is_closed(client, server) {
            return Some("not closed in good order".into());
        }
        None
    }
}

/// Both sides tell the same about the handshake.
fn same(server: &super::Established, client: &tls::Summary) -> bool {
    client.version == super::pair::client_version(server.version)
        && client.suite.code == server.suite.code
        && client.resumed == server.resumed
        && client.extended_master_secret == server.extended_master_secret
        && client.encrypt_then_mac == server.encrypt_then_mac
}

fn is_closed(client: &Client, server: &Server) -> bool {
    client.peer_has_closed() && server.is_over() && server.alerts() == [(1, 0)]
}
