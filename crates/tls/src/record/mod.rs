//! The record protocol (RFC 5246 6): headers, lengths, sequence numbers, and under which
//! protection each direction is at the moment.

mod block_cipher;
mod cbc;
mod gcm;
mod joint;
mod keys;
mod stream;

pub(crate) use keys::derive;

use crate::{
    Rng,
    error::{Error, Misbehaved},
    limits,
    version::Version,
};
use std::ops::Range;

/// Bytes in front of every record: content type, version, length.
pub(crate) const HEADER_LEN: usize = 5;

/// Kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    ChangeCipherSpec = 20,
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,
}

impl ContentType {
    const ALL: [ContentType; 4] =
        [Self::ChangeCipherSpec, Self::Alert, Self::Handshake, Self::ApplicationData];

    fn from_code(code: u8) -> Option<ContentType> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// What a record is authenticated with besides its content.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    sequence: u64,
    content_type: ContentType,
    version: u16,
}

impl Context {
    /// seq_num + type + version + length (RFC 5246 6.2.3.1); SSL 3.0 leaves the version out.
    fn bytes(self, len: usize) -> [u8; 13] {
        let mut bytes = [0; 13];
        bytes[..8].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[8] = self.content_type as u8;
        bytes[9..11].copy_from_slice(&self.version.to_be_bytes());
        bytes[11..].copy_from_slice(&(len as u16).to_be_bytes());
        bytes
    }
}

/// A record that does not authenticate. Nobody may learn more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadRecord;

/// Takes protection off records.
pub(crate) enum Opener {
    Null,
    Cbc(Box<cbc::Opener>),
    Gcm(Box<gcm::Key>),
    Stream(Box<stream::Key>),
}

impl Opener {
    /// Decrypts in place; what remains is the plaintext's place.
    fn open(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        match self {
            Self::Null => Ok(0..fragment.len()),
            Self::Cbc(opener) => opener.open(context, fragment),
            Self::Gcm(key) => key.open(context, fragment),
            Self::Stream(key) => key.open(context, fragment),
        }
    }
}

/// Puts protection on records.
pub(crate) enum Sealer {
    Null,
    Cbc(Box<cbc::Sealer>),
    Joint(joint::Sealer),
    Gcm(Box<gcm::Key>),
    Stream(Box<stream::Key>),
}

impl Sealer {
    /// Appends the protected fragment to `out`.
    fn seal(
        &mut self,
        context: Context,
        plaintext: &[u8],
        rng: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        match self {
            Self::Null => out.extend_from_slice(plaintext),
            Self::Cbc(sealer) => sealer.seal(context, plaintext, rng, out)?,
            Self::Joint(sealer) => sealer.seal(context, plaintext, rng, out)?,
            Self::Gcm(key) => key.seal(context, plaintext, out)?,
            Self::Stream(key) => key.seal(context, plaintext, out),
        }
        Ok(())
    }

    /// Whether a record's first block is encrypted under a vector that the peer has seen, which
    /// 1/n-1 splitting answers (SSL 3.0 and TLS 1.0 in CBC).
    fn wants_split(&self) -> bool {
        match self {
            Self::Cbc(sealer) => sealer.chains(),
            Self::Joint(sealer) => sealer.chains(),
            Self::Null | Self::Gcm(_) | Self::Stream(_) => false,
        }
    }
}

/// The direction towards us.
pub(crate) struct Receiver {
    opener: Opener,
    sequence: u64,
    version: Option<Version>,
    max_plaintext: usize,
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) content_type: ContentType,
    version: u16,
    /// Length of the fragment in bytes.
    pub(crate) len: usize,
}

impl Header {
    /// An alert and nothing else; what protects one makes it longer.
    pub(crate) fn is_plain_alert(&self) -> bool {
        self.content_type == ContentType::Alert && self.len == 2
    }
}

impl Receiver {
    pub(crate) fn new() -> Receiver {
        Receiver { opener: Opener::Null, sequence: 0, version: None, max_plaintext: limits::PLAINTEXT }
    }

    /// From now on every record must have this version.
    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = Some(version);
    }

    /// RFC 6066 4.
    pub(crate) fn set_max_plaintext(&mut self, len: usize) {
        self.max_plaintext = len;
    }

    /// ChangeCipherSpec: the pending state becomes the current one.
    pub(crate) fn set_opener(&mut self, opener: Opener) {
        self.opener = opener;
        self.sequence = 0;
    }

    /// Judges a header before its fragment is waited for.
    pub(crate) fn header(&self, bytes: [u8; HEADER_LEN]) -> Result<Header, Misbehaved> {
        let [content_type, major, minor, high, low] = bytes;
        let version = u16::from_be_bytes([major, minor]);
        let len = usize::from(u16::from_be_bytes([high, low]));
        let content_type =
            ContentType::from_code(content_type).ok_or(Misbehaved::UnknownContentType(bytes))?;
        match self.version {
            Some(agreed) if agreed.code() != version => return Err(Misbehaved::RecordVersion(version)),
            None if major != 3 => return Err(Misbehaved::RecordVersion(version)),
            Some(_) | None => {}
        }
        let expansion = match self.opener {
            Opener::Null => 0,
            Opener::Cbc(_) | Opener::Gcm(_) | Opener::Stream(_) => limits::EXPANSION,
        };
        if len > self.max_plaintext + expansion {
            return Err(Misbehaved::RecordOverflow { len });
        }
        Ok(Header { content_type, version, len })
    }

    /// Takes the protection off a fragment, in place.
    pub(crate) fn open(&mut self, header: Header, fragment: &mut [u8]) -> Result<Range<usize>, Misbehaved> {
        let context =
            Context { sequence: self.sequence, content_type: header.content_type, version: header.version };
        let plaintext = self.opener.open(context, fragment).map_err(|BadRecord| Misbehaved::BadRecordMac)?;
        // 2^64 records take longer than any connection lives.
        self.sequence = self.sequence.wrapping_add(1);
        match plaintext.len() {
            len if len > self.max_plaintext => Err(Misbehaved::RecordOverflow { len }),
            0 if header.content_type != ContentType::ApplicationData => Err(Misbehaved::EmptyRecord),
            _ => Ok(plaintext),
        }
    }
}

/// The direction from us.
pub(crate) struct Sender {
    sealer: Sealer,
    sequence: u64,
    version: Version,
    max_plaintext: usize,
}

impl Sender {
    /// `version` stands in the records before one is agreed on.
    pub(crate) fn new(version: Version) -> Sender {
        Sender { sealer: Sealer::Null, sequence: 0, version, max_plaintext: limits::PLAINTEXT }
    }

    /// What was agreed on.
    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// The version in the records.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// RFC 6066 4.
    pub(crate) fn set_max_plaintext(&mut self, len: usize) {
        self.max_plaintext = len;
    }

    /// ChangeCipherSpec: the pending state becomes the current one.
    pub(crate) fn set_sealer(&mut self, sealer: Sealer) {
        self.sealer = sealer;
        self.sequence = 0;
    }

    /// Appends the records that carry `content`.
    pub(crate) fn send(
        &mut self,
        content_type: ContentType,
        content: &[u8],
        rng: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let split = content_type == ContentType::ApplicationData && self.sealer.wants_split();
        let (first, rest) = content.split_at(if split { content.len().min(1) } else { 0 });
        for fragment in first.chunks(1).chain(rest.chunks(self.max_plaintext)) {
            self.record(content_type, fragment, rng, out)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        content_type: ContentType,
        plaintext: &[u8],
        rng: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let version = self.version.code();
        let context = Context { sequence: self.sequence, content_type, version };
        self.sequence = self.sequence.wrapping_add(1);
        let start = out.len();
        let [major, minor] = version.to_be_bytes();
        out.extend_from_slice(&[content_type as u8, major, minor, 0, 0]);
        self.sealer.seal(context, plaintext, rng, out)?;
        let len = (out.len() - start - HEADER_LEN) as u16;
        out[start + 3..start + HEADER_LEN].copy_from_slice(&len.to_be_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
