//! ClientHello as received, ServerHello as about to be sent.

use super::wire::{Reader, extension, u16s, vector};

/// What the client offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// Version in the header of the record that it came in.
    pub record_version: u16,
    /// client_version.
    pub version: u16,
    /// Client random.
    pub random: [u8; 32],
    /// Session to resume; empty for none.
    pub session_id: Vec<u8>,
    /// Suites in the client's order, signalling values included.
    pub suites: Vec<u16>,
    /// Compression methods.
    pub compressions: Vec<u8>,
    /// Extensions in the client's order; `None` when the field is left out.
    pub extensions: Option<Vec<(u16, Vec<u8>)>>,
}

impl ClientHello {
    /// Reads a whole message body; `None` for whatever RFC 5246 7.4.1.2 does not allow.
    pub(super) fn parse(record_version: u16, body: &[u8]) -> Option<ClientHello> {
        let mut reader = Reader::new(body);
        let version = reader.u16()?;
        let random = reader.take(32)?.try_into().ok()?;
        let session_id = reader.vector(1).filter(|id| id.len() <= 32)?.to_vec();
        let suites = u16s(reader.vector(2)?).filter(|suites| !suites.is_empty())?;
        let compressions = reader.vector(1).filter(|list| list.contains(&0))?.to_vec();
        let extensions = if reader.is_empty() { None } else { Some(parse_extensions(reader.vector(2)?)?) };
        reader.is_empty().then_some(ClientHello {
            record_version,
            version,
            random,
            session_id,
            suites,
            compressions,
            extensions,
        })
    }

    /// The content of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.extensions.iter().flatten().find(|(k, _)| *k == kind).map(|(_, body)| &body[..])
    }

    /// The extensions' types, in order.
    pub fn extension_types(&self) -> Vec<u16> {
        self.extensions.iter().flatten().map(|(kind, _)| *kind).collect()
    }

    /// The host name of server_name (RFC 6066 3).
    pub fn server_name(&self) -> Option<String> {
        let mut list = Reader::new(Reader::new(self.extension(extension::SERVER_NAME)?).vector(2)?);
        let kind = list.u8()?;
        let name = list.vector(2)?;
        (kind == 0 && list.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    }

    /// supported_groups.
    pub fn groups(&self) -> Option<Vec<u16>> {
        u16s(Reader::new(self.extension(extension::SUPPORTED_GROUPS)?).vector(2)?)
    }

    /// signature_algorithms.
    pub fn schemes(&self) -> Option<Vec<u16>> {
        u16s(Reader::new(self.extension(extension::SIGNATURE_ALGORITHMS)?).vector(2)?)
    }

    /// The client knows RFC 5746: by extension or by signalling suite.
    pub fn secure_renegotiation(&self) -> bool {
        self.suites.contains(&0x00ff) || self.extension(extension::RENEGOTIATION_INFO).is_some()
    }

    /// Why the extensions are not as their RFCs say.
    pub(super) fn complaint(&self) -> Option<&'static str> {
        let whole = |kind, width| {
            self.extension(kind).is_none_or(|body| {
                let mut reader = Reader::new(body);
                reader.vector(width).is_some_and(|list| !list.is_empty()) && reader.is_empty()
            })
        };
        let empty = |kind| self.extension(kind).is_none_or(<[u8]>::is_empty);
        if self.extension(extension::SERVER_NAME).is_some() && self.server_name().is_none() {
            Some("malformed server_name")
        } else if !whole(extension::SUPPORTED_GROUPS, 2) {
            Some("malformed supported_groups")
        } else if !whole(extension::SIGNATURE_ALGORITHMS, 2) {
            Some("malformed signature_algorithms")
        } else if !whole(extension::POINT_FORMATS, 1)
            || self.extension(extension::POINT_FORMATS).is_some_and(|body| !body[1..].contains(&0))
        {
            Some("malformed ec_point_formats, or one without uncompressed")
        } else if !empty(extension::EXTENDED_MASTER_SECRET) || !empty(extension::ENCRYPT_THEN_MAC) {
            Some("content in an extension that has none")
        } else if self.extension(extension::RENEGOTIATION_INFO).is_some_and(|body| body != [0]) {
            Some("renegotiation_info of a first handshake is not empty")
        } else if self.extension(extension::MAX_FRAGMENT_LENGTH).is_some_and(|b| !matches!(b, [1..=4])) {
            Some("malformed max_fragment_length")
        } else {
            None
        }
    }
}

fn parse_extensions(bytes: &[u8]) -> Option<Vec<(u16, Vec<u8>)>> {
    let mut reader = Reader::new(bytes);
    let mut out: Vec<(u16, Vec<u8>)> = Vec::new();
    while !reader.is_empty() {
        let kind = reader.u16()?;
        let body = reader.vector(2)?.to_vec();
        if out.iter().any(|(k, _)| *k == kind) {
            return None;
        }
        out.push((kind, body));
    }
    Some(out)
}

/// The fields of a ServerHello, for a hook to edit.
#[derive(Clone, Debug)]
pub struct ServerHello {
    /// server_version. If it is one of ours, the handshake goes on with it.
    pub version: u16,
    /// Server random.
    pub random: [u8; 32],
    /// Session ID; longer than 32 bytes is a fault that can be sent.
    pub session_id: Vec<u8>,
    /// The suite. If it is one of ours, the handshake goes on with it.
    pub suite: u16,
    /// Compression method.
    pub compression: u8,
    /// Extensions; the field is left out when there are none.
    pub extensions: Vec<(u16, Vec<u8>)>,
}

impl ServerHello {
    /// The content of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.extensions.iter().find(|(k, _)| *k == kind).map(|(_, body)| &body[..])
    }

    /// Adds an extension.
    pub fn add(&mut self, kind: u16, body: &[u8]) {
        self.extensions.push((kind, body.to_vec()));
    }

    /// Replaces the content of an extension, or adds it.
    pub fn set(&mut self, kind: u16, body: &[u8]) {
        self.remove(kind);
        self.add(kind, body);
    }

    /// Takes an extension out.
    pub fn remove(&mut self, kind: u16) {
        self.extensions.retain(|(k, _)| *k != kind);
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, body)| [&kind.to_be_bytes()[..], &vector(2, body)].concat())
            .collect();
        [
            &self.version.to_be_bytes()[..],
            &self.random,
            &vector(1, &self.session_id),
            &self.suite.to_be_bytes(),
            &[self.compression],
            &if self.extensions.is_empty() { vec![] } else { vector(2, &extensions) },
        ]
        .concat()
    }
}
