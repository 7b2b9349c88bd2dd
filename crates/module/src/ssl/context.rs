//! SSL contexts: what `AT+QSSLCFG` sets (§2.2.1, D4-D10), and the TLS configuration made of it.

use crate::{
    cause::{Cause, ContextCause, FileFault, Item},
    files::{FileName, Files},
};
use alloc::{format, string::String, sync::Arc, vec::Vec};
use tls::{
    Config, Version, Versions,
    suites::{self, Suite},
    x509::{Anchors, Identity, Policy},
};

/// Contexts 0 to 5.
pub(super) const CONTEXTS: usize = 6;

/// An SSL context id, 0 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CtxId(u8);

impl CtxId {
    /// From the number a host gives.
    pub fn new(number: u32) -> Option<CtxId> {
        u8::try_from(number).ok().filter(|n| usize::from(*n) < CONTEXTS).map(CtxId)
    }

    /// 0 to 5.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Which suites a context offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suites {
    /// 0XFFFF.
    All,
    /// These codes of Table 3, in order of preference.
    These(Vec<u16>),
}

/// The settings of one context. The numbers are the note's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// 0 SSL 3.0 ... 3 TLS 1.2, 4 all.
    pub sslversion: u32,
    /// Suites offered.
    pub suites: Suites,
    /// 0 nothing is verified, 1 the server, 2 the server and the client.
    pub seclevel: u32,
    /// 1: send and check the server's name.
    pub sni: u32,
    /// 1: certificate dates are not checked.
    pub ignorelocaltime: u32,
    /// Seconds that a handshake may take.
    pub negotiatetime: u32,
    /// 0: close_timeout is in seconds, 1: in milliseconds.
    pub closetimemode: u32,
    /// 1: the issuer's own chain is not followed.
    pub ignoremulticertchainverify: u32,
    /// 1: wrong signatures in the chain are accepted.
    pub ignoreinvalidcertsign: u32,
    /// 1: sessions are resumed.
    pub session_cache: u32,
    /// Other modules' item, with leniency only (D34): 1 checks the name without sending it.
    pub checkhost: u32,
    /// Paths as typed; empty for none.
    pub cacert: String,
    /// A CA file beside `cacert` (D6).
    pub cacertex: String,
    /// Client certificate.
    pub clientcert: String,
    /// Client key.
    pub clientkey: String,
}

impl Default for Settings {
    /// D4.
    fn default() -> Settings {
        Settings {
            sslversion: 4,
            suites: Suites::All,
            seclevel: 0,
            sni: 0,
            ignorelocaltime: 1,
            negotiatetime: 300,
            closetimemode: 0,
            ignoremulticertchainverify: 0,
            ignoreinvalidcertsign: 0,
            session_cache: 0,
            checkhost: 0,
            cacert: String::new(),
            cacertex: String::new(),
            clientcert: String::new(),
            clientkey: String::new(),
        }
    }
}

/// A context: its settings, and the configuration last made of them.
#[derive(Debug, Default)]
struct Context {
    settings: Settings,
    made: Option<Made>,
}

/// A configuration and what it was made of: parsing certificates is worth doing once.
#[derive(Debug)]
struct Made {
    settings: Settings,
    versions: Vec<Option<u64>>,
    config: Arc<Config>,
}

/// The six contexts.
#[derive(Debug, Default)]
pub struct Contexts([Context; CONTEXTS]);

impl Contexts {
    /// The settings of a context.
    pub fn settings(&self, id: CtxId) -> &Settings {
        &self.0[usize::from(id.0)].settings
    }

    /// The settings of a context, to change.
    pub fn settings_mut(&mut self, id: CtxId) -> &mut Settings {
        &mut self.0[usize::from(id.0)].settings
    }

    /// The configuration for a new connection: a snapshot of settings and files (D5). The error says which
    /// file is wrong and how. `trusted` are certificates that are trusted beside those of CA files.
    pub fn config(
        &mut self,
        id: CtxId,
        files: &Files,
        ram: bool,
        trusted: &[u8],
    ) -> Result<Arc<Config>, Cause> {
        let context = &mut self.0[usize::from(id.0)];
        let versions = context.settings.versions(files, ram);
        if let Some(made) = &context.made
            && made.settings == context.settings
            && made.versions == versions
        {
            return Ok(made.config.clone());
        }
        let config = Arc::new(context.settings.config(id.0, files, ram, trusted)?);
        context.made = Some(Made { settings: context.settings.clone(), versions, config: config.clone() });
        Ok(config)
    }

    /// The last connection of the context has ended: its runtime state goes, its settings stay (D11).
    pub fn release(&mut self, id: CtxId) {
        self.0[usize::from(id.0)].made = None;
    }
}

impl Settings {
    /// The files with trusted certificates, for explanations.
    pub fn ca_files(&self) -> String {
        match (self.cacert.as_str(), self.cacertex.as_str()) {
            (one, "") | ("", one) => one.into(),
            (one, other) => format!("{one} and {other}"),
        }
    }

    /// Which contents the paths stand for at present.
    fn versions(&self, files: &Files, ram: bool) -> Vec<Option<u64>> {
        [&self.cacert, &self.cacertex, &self.clientcert, &self.clientkey]
            .map(|path| FileName::parse(path, ram).ok().and_then(|name| files.get(&name)).map(|f| f.version))
            .to_vec()
    }

    fn config(&self, context: u8, files: &Files, ram: bool, trusted: &[u8]) -> Result<Config, Cause> {
        let file_fault = |item, path: &str, fault| {
            Cause::from(ContextCause::File { context, item, path: path.into(), fault })
        };
        let read = |item, path: &str| {
            let file = FileName::parse(path, ram).ok().and_then(|name| files.get(&name));
            file.map(|file| file.content.as_slice()).ok_or_else(|| file_fault(item, path, FileFault::Missing))
        };
        let not_set = |item| Cause::from(ContextCause::NotSet { context, seclevel: self.seclevel, item });
        let policy = match self.seclevel {
            0 => Policy::None,
            _ => {
                let mut anchors = Anchors::default();
                let paths = [(Item::CaCert, &self.cacert), (Item::CaCertEx, &self.cacertex)];
                if paths.iter().all(|(_, path)| path.is_empty()) {
                    return Err(not_set(Item::CaCert));
                }
                for (item, path) in paths.into_iter().filter(|(_, path)| !path.is_empty()) {
                    let added = anchors.add_file(read(item, path)?);
                    added.map_err(|error| file_fault(item, path, FileFault::Content(error)))?;
                }
                if !trusted.is_empty() {
                    // Whoever sets the module up answers for their form; spoiled ones are trusted by nobody.
                    let _ = anchors.add_file(trusted);
                }
                Policy::Verify {
                    anchors: Arc::new(anchors),
                    check_name: self.sni == 1 || self.checkhost == 1,
                    check_dates: self.ignorelocaltime == 0,
                    ignore_signatures: self.ignoreinvalidcertsign == 1,
                    leaf_only: self.ignoremulticertchainverify == 1,
                }
            }
        };
        let identity = match self.seclevel {
            2 => {
                for (item, path) in [(Item::ClientCert, &self.clientcert), (Item::ClientKey, &self.clientkey)]
                {
                    if path.is_empty() {
                        return Err(not_set(item));
                    }
                }
                let chain = read(Item::ClientCert, &self.clientcert)?;
                let key = read(Item::ClientKey, &self.clientkey)?;
                let identity = Identity::from_files(chain, key, None).map_err(|error| {
                    ContextCause::identity(context, &self.clientcert, &self.clientkey, error)
                })?;
                Some(Arc::new(identity))
            }
            _ => None,
        };
        Ok(Config {
            versions: self.tls_versions(),
            suites: self.tls_suites(),
            suites_explicit: matches!(self.suites, Suites::These(_)),
            policy,
            identity,
            sni: self.sni == 1,
            extended_master_secret: true,
            encrypt_then_mac: true,
            resumption: self.session_cache == 1,
            max_fragment_length: None,
        })
    }

    fn tls_versions(&self) -> Versions {
        let single = |version| Versions { min: version, max: version };
        match self.sslversion {
            0 => single(Version::Ssl30),
            1 => single(Version::Tls10),
            2 => single(Version::Tls11),
            3 => single(Version::Tls12),
            _ => Versions { min: Version::Ssl30, max: Version::Tls12 },
        }
    }

    fn tls_suites(&self) -> Vec<&'static Suite> {
        match &self.suites {
            Suites::All => suites::by_preference().collect(),
            Suites::These(codes) => codes.iter().filter_map(|code| suites::by_code(*code)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};
    use testkit::ca::{Curve, Kind, pki};

    /// One configuration, parsed once, for all connections of a context, until a setting or a file changes.
    #[test]
    fn certificate_files_are_parsed_once_per_context() {
        let mut files = Files::new(1 << 20);
        let name = |text: &str| FileName::parse(text, false).unwrap();
        let client = pki().client(Kind::Ec(Curve::P256), "client");
        let put = |files: &mut Files, path: &str, content: &str| {
            files.put(name(path), content.as_bytes().to_vec()).unwrap();
        };
        put(&mut files, "ca.pem", &pki().roots_pem());
        put(&mut files, "client.pem", &client.chain_pem());
        put(&mut files, "client.key", &client.key_pem());

        let mut contexts = Contexts::default();
        let id = CtxId::new(3).unwrap();
        let settings = contexts.settings_mut(id);
        settings.seclevel = 2;
        settings.cacert = "ca.pem".into();
        settings.clientcert = "client.pem".into();
        settings.clientkey = "client.key".into();
        let first = contexts.config(id, &files, false, &[]).unwrap();
        for _ in 0..100 {
            assert!(Arc::ptr_eq(&first, &contexts.config(id, &files, false, &[]).unwrap()));
        }

        contexts.settings_mut(id).sni = 1;
        let second = contexts.config(id, &files, false, &[]).unwrap();
        assert!(!Arc::ptr_eq(&first, &second), "another setting");
        put(&mut files, "ca.pem", &pki().roots_pem());
        let third = contexts.config(id, &files, false, &[]).unwrap();
        assert!(!Arc::ptr_eq(&second, &third), "a file that was written again");
        files.put(name("ca.pem"), vec![1, 2, 3]).unwrap();
        assert!(contexts.config(id, &files, false, &[]).unwrap_err().to_string().contains("ca.pem"));
    }
}
