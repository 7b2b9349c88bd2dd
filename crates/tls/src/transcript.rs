//! The hash over all handshake messages.

use crate::{
    crypto::{Digest, Hash, Hasher, ssl30_pad},
    prf::{MasterSecret, Prf},
};

/// The handshake messages so far, in the form that is needed.
#[derive(Clone)]
pub(crate) struct Transcript {
    hashes: Hashes,
    /// The messages themselves: until the hash is known, and where TLS 1.2's CertificateVerify may
    /// want another hash than Finished.
    messages: Option<Vec<u8>>,
}

#[derive(Clone)]
enum Hashes {
    /// Before ServerHello.
    None,
    /// Up to TLS 1.1.
    Md5Sha1(Box<[Hasher; 2]>),
    /// The hash of the suite's PRF.
    One(Hasher),
}

impl Transcript {
    pub(crate) fn new() -> Transcript {
        Transcript { hashes: Hashes::None, messages: Some(Vec::new()) }
    }

    /// Takes a whole message with its header.
    pub(crate) fn add(&mut self, message: &[u8]) {
        if let Some(messages) = &mut self.messages {
            messages.extend_from_slice(message);
        }
        match &mut self.hashes {
            Hashes::None => {}
            Hashes::Md5Sha1(hashers) => hashers.iter_mut().for_each(|hasher| hasher.update(message)),
            Hashes::One(hasher) => hasher.update(message),
        }
    }

    /// ServerHello has decided on the hash.
    pub(crate) fn start(&mut self, prf: Prf, keep_messages: bool) {
        self.hashes = match prf {
            Prf::Ssl30 | Prf::Md5Sha1 => {
                Hashes::Md5Sha1(Box::new([Hasher::new(Hash::Md5), Hasher::new(Hash::Sha1)]))
            }
            Prf::Sha256 => Hashes::One(Hasher::new(Hash::Sha256)),
            Prf::Sha384 => Hashes::One(Hasher::new(Hash::Sha384)),
        };
        let messages = self.messages.take().unwrap_or_default();
        self.add(&messages);
        self.messages = keep_messages.then_some(messages);
    }

    /// The messages are not needed any more, only their hash.
    pub(crate) fn drop_messages(&mut self) {
        self.messages = None;
    }

    /// All messages, if they have been kept.
    pub(crate) fn messages(&self) -> &[u8] {
        self.messages.as_deref().unwrap_or_default()
    }

    /// The hash over everything so far: MD5 and SHA-1 in a row up to TLS 1.1.
    pub(crate) fn digest(&self) -> Digest {
        match &self.hashes {
            Hashes::None => Hash::Sha256.digest(&[self.messages()]),
            Hashes::Md5Sha1(hashers) => {
                let [md5, sha1] = &**hashers;
                md5.clone().finish().then(sha1.clone().finish())
            }
            Hashes::One(hasher) => hasher.clone().finish(),
        }
    }

    /// MD5 and SHA-1 in a row over the messages, `sender` and the master secret: Finished of
    /// SSL 3.0 (RFC 6101 5.6.9), and without a sender its CertificateVerify (5.6.8).
    pub(crate) fn ssl30_digest(&self, master: &MasterSecret, sender: &[u8]) -> Digest {
        let padded = |hasher: &Hasher| {
            let hash = hasher.hash();
            let master: &[u8] = master.as_bytes();
            let mut inner = hasher.clone();
            for part in [sender, master, ssl30_pad(hash, &[0x36; 48])] {
                inner.update(part);
            }
            hash.digest(&[master, ssl30_pad(hash, &[0x5c; 48]), inner.finish().as_ref()])
        };
        match &self.hashes {
            Hashes::Md5Sha1(hashers) => {
                let [md5, sha1] = &**hashers;
                padded(md5).then(padded(sha1))
            }
            Hashes::None | Hashes::One(_) => self.digest(),
        }
    }
}
