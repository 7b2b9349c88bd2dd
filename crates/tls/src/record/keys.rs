//! From the key block to the protection of both directions (RFC 5246 6.3).

use super::{Opener, Sealer, block_cipher, cbc, gcm, joint, stream};
use crate::{
    crypto::Mac,
    error::Local,
    prf::{MasterSecret, Prf},
    suites::{Bulk, Suite},
    version::{Facts, MacFamily},
};
use zeroize::Zeroizing;

/// The pending states of both directions.
pub(crate) struct Keys {
    pub(crate) opener: Opener,
    pub(crate) sealer: Sealer,
}

/// 2 * (48 bytes of MAC key + 32 of key + 16 of initialisation vector).
const LONGEST: usize = 192;

/// Derives what protects a connection's records.
pub(crate) fn derive(
    version: &Facts,
    suite: &Suite,
    encrypt_then_mac: bool,
    master: &MasterSecret,
    client_random: &[u8; 32],
    server_random: &[u8; 32],
) -> Result<Keys, Local> {
    let mut block = Zeroizing::new([0; LONGEST]);
    let bulk = suite.bulk;
    let mac_len = suite.mac.map_or(0, |hash| hash.output_len());
    let len = 2 * (mac_len + bulk.key_len() + bulk.iv_len());
    let (block, _) = block.split_at_mut(len);
    Prf::new(version, suite).key_block(master, client_random, server_random, block);

    let (client_mac, rest) = block.split_at(mac_len);
    let (server_mac, rest) = rest.split_at(mac_len);
    let (client_key, rest) = rest.split_at(bulk.key_len());
    let (server_key, rest) = rest.split_at(bulk.key_len());
    let (client_iv, server_iv) = rest.split_at(bulk.iv_len());

    let mac = |key| {
        let hash = suite.mac.ok_or(Local::Crypto("suite without a MAC"))?;
        Ok(match version.mac {
            MacFamily::Ssl30 => Mac::ssl30(hash, key),
            MacFamily::Hmac => Mac::hmac(hash, key),
        })
    };
    Ok(match bulk {
        Bulk::Rc4_128 => Keys {
            opener: Opener::Stream(Box::new(stream::Key::new(server_key, mac(server_mac)?, version.mac)?)),
            sealer: Sealer::Stream(Box::new(stream::Key::new(client_key, mac(client_mac)?, version.mac)?)),
        },
        Bulk::TripleDes | Bulk::Aes128Cbc | Bulk::Aes256Cbc => {
            let format = cbc::Format::new(version, encrypt_then_mac);
            let opener = cbc::Opener {
                cipher: block_cipher::Decryptor::new(bulk, server_key)?,
                chain: block_cipher::Chain::after(server_iv),
                mac: mac(server_mac)?,
                format,
            };
            let joint = suite
                .mac
                .and_then(|hash| joint::Sealer::new(format, bulk, client_key, client_iv, hash, client_mac));
            let sealer = match joint {
                Some(joint) => Sealer::Joint(joint),
                None => Sealer::Cbc(Box::new(cbc::Sealer {
                    cipher: block_cipher::Encryptor::new(bulk, client_key, client_iv)?,
                    mac: mac(client_mac)?,
                    format,
                    block_len: bulk.iv_len(),
                })),
            };
            Keys { opener: Opener::Cbc(Box::new(opener)), sealer }
        }
        Bulk::Aes128Gcm | Bulk::Aes256Gcm => Keys {
            opener: Opener::Gcm(Box::new(gcm::Key::new(bulk, server_key, server_iv)?)),
            sealer: Sealer::Gcm(Box::new(gcm::Key::new(bulk, client_key, client_iv)?)),
        },
    })
}
