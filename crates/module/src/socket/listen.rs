//! Incoming connections (document \[1\]): a listener takes ids for them from the pool that all sockets share.

use super::{
    conn::Conn,
    service::Service,
    state::{About, Connected, SocketState},
};
use crate::{
    cause::NetworkCause,
    contract::{Action, ConnId},
    events::Event,
    state::Core,
};
use alloc::{boxed::Box, format, string::ToString};
use at::time::Instant;
use core::net::SocketAddr;

impl Core {
    /// Somebody wants to connect to a listener.
    pub fn incoming(&mut self, now: Instant, listener: ConnId, from: SocketAddr) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let server = self.links.by_listener(listener);
        let about = server.and_then(|id| self.links.get(id).about.clone());
        let (Some(server), Some(about)) = (server, about) else {
            self.act(Action::Refuse(listener));
            return;
        };
        if self.options.accept == 0 {
            let cause = NetworkCause::CallerRefused { from }.into();
            self.event(Event::Ended { client: server.number(), cause });
            self.act(Action::Refuse(listener));
            return;
        }
        let most = match about.service {
            Service::Listener(most) => most,
            _ => 0,
        };
        let children = self.links.iter().filter(|s| s.service() == Some(Service::Incoming(server))).count();
        let Some(client) = self.links.highest_free().filter(|_| children < most) else {
            self.act(Action::Refuse(listener));
            self.report(about.port, "+QIURC: \"incoming full\"".into());
            return;
        };
        let conn = self.next_conn();
        self.act(Action::Accept(listener, conn, self.dial(0)));
        let local = SocketAddr::new(about.remote.unwrap_or_else(|| from.ip()), about.local_port);
        self.event(Event::Connected { client: client.number(), local, remote: from });
        let (port, buffer) = (about.port, self.options.send_buffer);
        self.change(client, format!("a connection to socket {}", server.number()), |_| {
            (SocketState::Connected(Box::new(Connected::new(Conn::tcp(conn, buffer)))), ())
        });
        let child = About {
            service: Service::Incoming(server),
            host: from.ip().to_string(),
            remote: Some(from.ip()),
            remote_port: from.port(),
            ..about
        };
        self.enter(client, child);
        self.start_heartbeat(now, client);
        let (id, server) = (client.number(), server.number());
        self.report(port, format!("+QIURC: \"incoming\",{id},{server},\"{}\",{}", from.ip(), from.port()));
    }
}
