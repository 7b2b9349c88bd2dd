//! What TLS does between TCP and an open socket (D5, D13).

use super::{CtxId, SessionKey, Suites};
use crate::{
    cause::{Cause, SslFacts},
    contract::{Action, ConnId, Pretend},
    errors::ErrorCode,
    events::Event,
    socket::{ClientId, Conn, Connected, Request, Service, SocketState, Step, Then},
    state::Core,
};
use alloc::{boxed::Box, string::ToString, sync::Arc, vec::Vec};
use at::time::Instant;
use core::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};
use tls::{Client, Config, ServerName, UnixTime, x509::Policy};

/// What a handshake needs of its context, taken when the socket is opened.
pub struct Secure {
    /// The snapshot of the context, or what is wrong with its files (D5).
    config: Result<Arc<Config>, Cause>,
    /// What explanations need of the context.
    facts: SslFacts,
}

/// The same context without a trusted certificate.
fn trusting_nobody(config: &Config) -> Arc<Config> {
    let mut config = config.clone();
    if let Policy::Verify { anchors, .. } = &mut config.policy {
        *anchors = Arc::default();
    }
    Arc::new(config)
}

impl Core {
    /// The snapshot of a context.
    pub fn secure(&mut self, context: CtxId, request: &Request) -> Secure {
        let settings = self.contexts.settings(context);
        let facts = SslFacts {
            context: context.number(),
            sslversion: settings.sslversion,
            seclevel: settings.seclevel,
            sni: settings.sni,
            negotiatetime: settings.negotiatetime,
            suites_chosen: matches!(settings.suites, Suites::These(_)),
            ca_files: settings.ca_files(),
            host: request.host.clone(),
            // Till it is known.
            to: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), request.port),
        };
        Secure { config: self.contexts.config(context, &self.files, self.takes_ram(), &self.trusted), facts }
    }

    /// TCP has connected: the ClientHello goes out.
    pub fn begin_handshake(&mut self, now: Instant, client: ClientId, context: CtxId, conn: ConnId) {
        let Some(about) = &self.links.get(client).about else { return };
        let key = SessionKey { context, host: about.host.clone(), port: about.remote_port };
        let name = match about.host.parse::<IpAddr>() {
            Ok(ip) => ServerName::Ip(ip),
            Err(_) => ServerName::Dns(about.host.clone()),
        };
        let to =
            SocketAddr::new(about.remote.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), about.remote_port);
        let pretend = self.points.take_pretend(conn);
        let wall = UnixTime(self.clock.unix(now));
        let (rng, narrates, tells_data) = (self.rng.fork(), self.narrates, self.tells_data);
        let resume = self.sessions.find(&key, now);
        let buffer = self.options.send_buffer;
        let SocketState::Opening(opening) = self.links.get_mut(client).state_mut() else { return };
        let Then::Secure(secure) = &opening.then else { return };
        match secure.config.clone() {
            Ok(config) => {
                let mut hello = Vec::new();
                let resume = resume.filter(|_| config.resumption && pretend.is_none());
                let config =
                    if pretend == Some(Pretend::UnknownCa) { trusting_nobody(&config) } else { config };
                let mut tls = Client::new(config, Some(name), resume, rng, wall, &mut hello);
                match pretend {
                    Some(Pretend::Expired) => tls.pretend(tls::Pretend::Expired),
                    Some(Pretend::NotYetValid) => tls.pretend(tls::Pretend::NotYetValid),
                    Some(Pretend::WrongHost) => tls.pretend(tls::Pretend::OtherHost),
                    Some(Pretend::BadSignature) => tls.pretend(tls::Pretend::BadSignature),
                    Some(Pretend::WrongFinished) => tls.pretend(tls::Pretend::BadFinished),
                    Some(Pretend::UnknownCa) | None => {}
                }
                if narrates {
                    tls.narrate();
                }
                let facts = SslFacts { to, ..secure.facts.clone() };
                opening.deadline = now + Duration::from_secs(u64::from(facts.negotiatetime));
                let mut conn = Conn::tls_over_tcp(conn, tls, facts, &hello, buffer);
                if tells_data {
                    conn.keep_fresh();
                }
                opening.step = Step::Handshaking(Box::new(conn));
                // A context that leaves nothing to offer fails before a byte has come.
                self.handshake_progress(now, client);
            }
            Err(cause) => {
                self.act(Action::Close(conn, Vec::new()));
                self.open_failed(client, ErrorCode::ConnectFailed, cause);
            }
        }
    }

    /// Tells trace readers what both sides of a TLS connection have said.
    pub fn tell_spoken(&mut self, client: ClientId) {
        if self.narrates
            && let Some(tls) = self.links.get_mut(client).conn_mut().and_then(Conn::tls)
        {
            for spoken in tls.take_spoken() {
                self.event(Event::Tls { client: client.number(), spoken });
            }
        }
    }

    /// Looks whether a handshake is complete or has failed.
    pub fn handshake_progress(&mut self, now: Instant, client: ClientId) {
        self.tell_spoken(client);
        let socket = self.links.get_mut(client);
        let failed = socket.ended();
        let SocketState::Opening(opening) = socket.state_mut() else { return };
        let policy = match &opening.then {
            Then::Secure(secure) => secure.config.as_ref().ok().map(|config| &config.policy),
            Then::Done => None,
        };
        let failed = failed.map(|cause| match policy {
            Some(Policy::Verify { anchors, .. }) => cause.trusting(anchors),
            Some(Policy::None) | None => cause,
        });
        let unverified = matches!(policy, Some(Policy::None));
        let Step::Handshaking(conn) = &mut opening.step else { return };
        let Some(tls) = conn.tls() else { return };
        let key_log = tls.take_key_log();
        let mut summary =
            tls.is_established().then(|| tls.summary().map(ToString::to_string).unwrap_or_default());
        if let (Some(summary), true) = (&mut summary, unverified) {
            summary.push_str(", server certificate not verified (seclevel 0)");
        }
        if let Some(line) = key_log {
            self.event(Event::KeyLog(line));
        }
        if let Some(summary) = summary {
            self.event(Event::Secured { client: client.number(), summary });
            self.established(client);
            self.keep_session(now, client);
            self.open_result(client, ErrorCode::Success);
        } else if let Some(cause) = failed {
            self.open_failed(client, ErrorCode::ConnectFailed, cause);
        }
    }

    /// Opening to Connected, with the connection carried over.
    fn established(&mut self, client: ClientId) {
        self.change(client, "handshake complete", |state| match state {
            SocketState::Opening(opening) => match opening.step {
                Step::Handshaking(conn) => (SocketState::Connected(Box::new(Connected::new(*conn))), ()),
                Step::Resolving(_) | Step::Connecting(..) => (SocketState::Initial, ()),
            },
            other => (other, ()),
        });
    }

    /// Stores the session for resumption when the connection has brought one.
    pub fn keep_session(&mut self, now: Instant, client: ClientId) {
        let socket = self.links.get_mut(client);
        let session = socket.conn_mut().and_then(Conn::tls).and_then(Client::take_session);
        if let (Some(session), Some(about)) = (session, &socket.about)
            && let Service::Ssl(context) = about.service
        {
            let key = SessionKey { context, host: about.host.clone(), port: about.remote_port };
            self.sessions.store(key, session, now);
        }
    }
}
