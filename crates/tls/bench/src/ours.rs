//! This crate's client.

use crate::{Case, end::End};
use modemtwin_tls::{Client, Config, Rng, ServerName, Session, UnixTime, Versions, suites, x509};
use std::{cell::RefCell, rc::Rc, sync::Arc};
use testkit::ca::pki;

struct Ours {
    client: Client,
    out: Vec<u8>,
    sessions: Rc<RefCell<Option<Session>>>,
}

pub fn client(case: &Case) -> Box<dyn FnMut() -> Box<dyn End>> {
    let mut anchors = x509::Anchors::default();
    anchors.add_file(pki().roots_pem().as_bytes()).expect("roots");
    let policy = x509::Policy::strict(anchors);
    let config = Arc::new(Config {
        versions: Versions::only(case.version),
        suites: vec![suites::by_code(case.ours).expect("a suite")],
        suites_explicit: true,
        encrypt_then_mac: case.encrypt_then_mac,
        resumption: case.resumed,
        ..Config::new(policy)
    });
    let mut rng = Rng::from_seed([1; 32]);
    let sessions = Rc::new(RefCell::new(None));
    Box::new(move || {
        let mut out = Vec::new();
        let name = Some(ServerName::Dns("localhost".into()));
        let session = sessions.borrow().clone();
        let now = UnixTime(1_732_233_600);
        let client = Client::new(Arc::clone(&config), name, session, rng.fork(), now, &mut out);
        Box::new(Ours { client, out, sessions: Rc::clone(&sessions) })
    })
}

impl End for Ours {
    fn receive(&mut self, mut bytes: &[u8]) -> usize {
        let mut len = 0;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(self.client.room().min(bytes.len()));
            bytes = later;
            self.client.read_tls(now, &mut self.out).expect("a good server");
            while !self.client.plaintext().is_empty() {
                let some = self.client.plaintext().len();
                len += some;
                self.client.consume(some, &mut self.out).expect("a good server");
            }
        }
        if let Some(session) = self.client.take_session() {
            *self.sessions.borrow_mut() = Some(session);
        }
        len
    }

    fn take(&mut self, wire: &mut Vec<u8>) {
        wire.clear();
        std::mem::swap(&mut self.out, wire);
    }

    fn send(&mut self, data: &[u8]) {
        self.client.write(data, &mut self.out).expect("open");
    }

    fn is_established(&self) -> bool {
        self.client.is_established()
    }

    fn is_resumed(&self) -> bool {
        self.client.summary().is_some_and(|summary| summary.resumed)
    }
}
