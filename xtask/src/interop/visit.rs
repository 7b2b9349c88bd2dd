//! What one pair has to stand with one peer.

use super::{
    Result,
    connection::Connection,
    peer::{Peer, ServerKey},
};
use testkit::{
    ca::{Curve, Kind},
    server::{self, pair::ClientSide},
};
use tls::{ClientCertificate, Config, Session, Summary, Version, suites::Suite};

/// The client's certificates, and what to call them.
const CLIENTS: [(Option<Kind>, &str); 3] = [
    (None, "no client certificate"),
    (Some(Kind::Rsa2048), "RSA client certificate"),
    (Some(Kind::Ec(Curve::P256)), "ECDSA client certificate"),
];

/// Full and resumed handshake with each client certificate that the peer takes; what failed, in words.
pub(super) fn all(peer: &Peer, version: Version, suite: &'static Suite) -> Vec<String> {
    let taken = |(identity, _): &(Option<Kind>, &str)| match identity {
        Some(Kind::Ec(_) | Kind::EcByRsa(_)) => version >= peer.ecdsa_clients_from,
        Some(Kind::Rsa1024 | Kind::Rsa2048) | None => true,
    };
    let visit = |(identity, name)| {
        let visit = Visit { peer, version, suite, identity };
        visit.run().err().map(|error| format!("{name}, {error}"))
    };
    CLIENTS.into_iter().filter(taken).filter_map(visit).collect()
}

struct Visit<'a> {
    peer: &'a Peer,
    version: Version,
    suite: &'static Suite,
    identity: Option<Kind>,
}

impl Visit<'_> {
    fn run(&self) -> Result<()> {
        let session = self.connect(None).map_err(|e| format!("full: {e}"))?;
        let session = session.ok_or("full: no session to resume")?;
        self.connect(Some(session)).map_err(|e| format!("resumed: {e}"))?;
        Ok(())
    }

    fn connect(&self, session: Option<Session>) -> Result<Option<Session>> {
        let resumed = session.is_some() && self.version >= self.peer.resumes_from;
        let address = self.peer.address(ServerKey::of(self.suite), self.identity.is_some())?;
        let mut connection = Connection::open(address, self.config(), session)?;
        self.check(&connection.summary()?, resumed)?;
        connection.echo(self.peer.echo)?;
        let session = connection.take_session();
        connection.close()?;
        Ok(session)
    }

    /// One version, one suite, and everything verified.
    fn config(&self) -> Config {
        let version = match self.version {
            Version::Ssl30 => server::Version::Ssl30,
            Version::Tls10 => server::Version::Tls10,
            Version::Tls11 => server::Version::Tls11,
            Version::Tls12 => server::Version::Tls12,
        };
        let side = ClientSide {
            versions: (version, version),
            suites: vec![self.suite.code],
            verify: true,
            identity: self.identity,
            ..ClientSide::default()
        };
        side.config()
    }

    fn check(&self, summary: &Summary, resumed: bool) -> Result<()> {
        let agreed = (summary.version, summary.suite.code) == (self.version, self.suite.code);
        let extended = self.peer.extended_master_secret && self.version > Version::Ssl30;
        let encrypt_then_mac =
            self.peer.encrypt_then_mac && self.version > Version::Ssl30 && self.suite.bulk.is_cbc();
        let proven = matches!(summary.client_certificate, ClientCertificate::Sent(_));
        let right = agreed
            && summary.resumed == resumed
            && summary.extended_master_secret == extended
            && summary.encrypt_then_mac == encrypt_then_mac
            // A resumed session proves nobody anew.
            && proven == (self.identity.is_some() && !resumed);
        if right { Ok(()) } else { Err(format!("not what was to be agreed: {summary}").into()) }
    }
}
