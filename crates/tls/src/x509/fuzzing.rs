//! Entry points for fuzzers and for the replay of what they found. Whatever the bytes, these return.
use super::{Anchors, Certificate, Identity, KeyUse, Policy, verify};
use crate::{ServerName, UnixTime};
use std::sync::Arc;

/// A certificate or key file, as a host puts it on the module: CA file, client certificate, client key, and with both
/// in it, a client identity that signs.
pub fn file(bytes: &[u8]) {
    let mut anchors = Anchors::default();
    if let Err(error) = anchors.add_file(bytes) {
        let _ = error.to_string();
    }
    match Identity::from_files(bytes, bytes, Some(b"secret")) {
        Ok(identity) => {
            for scheme in identity.schemes() {
                let _ = identity.sign(*scheme, bytes);
            }
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
}

/// A server's certificates, each after its length in three bytes, as TLS sends them. They are judged under every
/// combination of switches, with the last one as the CA file.
pub fn chain(bytes: &[u8]) {
    let mut chain = Vec::new();
    let mut rest = bytes;
    while let Some(([high, middle, low], more)) = rest.split_first_chunk::<3>() {
        let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
        let (der, more) = more.split_at_checked(length).unwrap_or((more, &[]));
        match Certificate::from_der(der) {
            Ok(certificate) => chain.push(certificate),
            Err(error) => {
                let _ = error.to_string();
            }
        }
        rest = more;
    }
    let mut anchors = Anchors::default();
    if let Some(last) = chain.last() {
        let _ = anchors.add_file(last.der());
    }
    let anchors = Arc::new(anchors);
    let name = ServerName::Dns("host.test".to_owned());
    for switches in 0..16 {
        let policy = Policy::Verify {
            anchors: Arc::clone(&anchors),
            check_name: switches & 1 != 0,
            check_dates: switches & 2 != 0,
            ignore_signatures: switches & 4 != 0,
            leaf_only: switches & 8 != 0,
        };
        if let Err(error) = verify(&policy, &chain, Some(&name), UnixTime(1_700_000_000), KeyUse::Sign) {
            let _ = error.to_string();
        }
    }
}
