//! The end of the handshake: ticket, ChangeCipherSpec, and Finished in both directions.

use super::{Established, Expect, Handshake, Pretend, Secrets, Wire};
use crate::{
    Session,
    error::{Error, Misbehaved},
    msgs::{self, HandshakeType, Message},
    prf::MasterSecret,
    record::ContentType,
    talk::Speaker,
    version::PrfFamily,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Whose Finished it is: the label of TLS, the sender of SSL 3.0 (RFC 6101 5.6.9).
#[derive(Clone, Copy)]
struct Side {
    label: &'static str,
    ssl30: &'static [u8],
}

const CLIENT: Side = Side { label: "client finished", ssl30: b"CLNT" };
const SERVER: Side = Side { label: "server finished", ssl30: b"SRVR" };

impl Handshake {
    pub(super) fn new_session_ticket(
        &mut self,
        mut secrets: Box<Secrets>,
        message: Message<'_>,
    ) -> Result<Expect, Error> {
        secrets.ticket = message.read(|reader| {
            // The lifetime is a hint; the caller's cache has a shorter one (D11).
            reader.u32()?;
            Ok(reader.vec16()?.to_vec())
        })?;
        Ok(Expect::ChangeCipherSpec(secrets))
    }

    /// Switches our direction to the new keys and proves that we have them.
    pub(super) fn client_finished(
        &mut self,
        secrets: &mut Secrets,
        wire: &mut Wire<'_>,
    ) -> Result<(), Error> {
        wire.talk.change_cipher_spec(Speaker::Client);
        wire.sender.send(ContentType::ChangeCipherSpec, &[1], wire.rng, wire.out)?;
        if let Some(sealer) = secrets.sealer.take() {
            wire.sender.set_sealer(sealer);
        }
        let verify_data = self.verify_data(secrets, CLIENT);
        let finished = msgs::message(HandshakeType::Finished, |out| out.extend_from_slice(&verify_data));
        self.send(&finished, wire)
    }

    pub(super) fn server_finished(
        &mut self,
        mut secrets: Secrets,
        message: Message<'_>,
        wire: &mut Wire<'_>,
    ) -> Result<Established, Error> {
        let mut expected = self.verify_data(&secrets, SERVER);
        if let (Some(Pretend::BadFinished), Some(first)) = (self.pretend, expected.first_mut()) {
            *first ^= 1;
        }
        if !bool::from(expected.ct_eq(message.body)) {
            return Err(Misbehaved::BadFinished.into());
        }
        if secrets.agreement.summary.resumed {
            self.transcript.add(message.raw);
            self.client_finished(&mut secrets, wire)?;
        }
        Ok(self.established(secrets))
    }

    fn established(&self, secrets: Secrets) -> Established {
        let Secrets { agreement, master, ticket, .. } = secrets;
        let mut summary = agreement.summary;
        (summary.received, summary.sent) = (self.received, self.sent);
        // A resumed session is stored already, unless the server has put it into a new ticket.
        let id = if summary.resumed { Vec::new() } else { agreement.session_id };
        let resumable = self.config.resumption && !(id.is_empty() && ticket.is_empty());
        let session = resumable.then(|| Session {
            version: summary.version,
            suite: summary.suite,
            master,
            id,
            ticket,
            extended_master_secret: summary.extended_master_secret,
        });
        Established { summary, session }
    }

    /// Makes the line of the key log. Whoever watches needs it before what is encrypted, and also when it comes to no more.
    pub(super) fn log_keys(&mut self, master: &MasterSecret) {
        let mut line = Zeroizing::new(String::with_capacity(175));
        line.push_str("CLIENT_RANDOM ");
        hex(&mut line, &self.client_random);
        line.push(' ');
        hex(&mut line, master.as_bytes());
        self.key_log = Some(line);
    }

    fn verify_data(&self, secrets: &Secrets, side: Side) -> Vec<u8> {
        let version = secrets.agreement.version();
        match version.prf {
            PrfFamily::Ssl30 => self.transcript.ssl30_digest(&secrets.master, side.ssl30).as_ref().to_vec(),
            PrfFamily::Md5Sha1 | PrfFamily::OfSuite => {
                let mut verify_data = vec![0; version.verify_data_len];
                let digest = self.transcript.digest();
                secrets.agreement.prf().verify_data(&secrets.master, side.label, &digest, &mut verify_data);
                verify_data
            }
        }
    }
}

fn hex(to: &mut String, bytes: &[u8]) {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    to.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
}
