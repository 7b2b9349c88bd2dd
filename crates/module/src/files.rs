//! The module's file storage (D27): UFS of the profile's size in units of 4096 bytes, kept in memory.
//! Making it durable is the affair of whoever runs the module.

use crate::errors::cme;
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use at::result::Cme;

/// The longest name, prefix not counted.
pub(crate) const MAX_NAME: usize = 80;

/// The allocation unit.
const UNIT: usize = 4096;

/// Where a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Storage {
    /// Flash: `UFS:` or no prefix.
    Ufs,
    /// `RAM:`, which this family does not have; with leniency only (D34). Never made durable.
    Ram,
}

/// A file's name without prefix, and its storage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    /// Where it lies.
    pub storage: Storage,
    /// 1 to [`MAX_NAME`] bytes.
    pub name: String,
}

impl FileName {
    /// Reads a name as a host writes it. `ram` allows `RAM:`.
    pub fn parse(text: &str, ram: bool) -> Result<FileName, Cme> {
        let (storage, name) = match text.split_once(':') {
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("UFS") => (Storage::Ufs, name),
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("RAM") && ram => (Storage::Ram, name),
            Some(_) => return Err(cme::INVALID_FILE_NAME),
            None => (Storage::Ufs, text),
        };
        let fits =
            (1..=MAX_NAME).contains(&name.len()) && !name.contains(|c: char| c.is_control() || c == '*');
        if fits { Ok(FileName { storage, name: name.to_string() }) } else { Err(cme::INVALID_FILE_NAME) }
    }

    /// As `AT+QFLST` prints it.
    pub fn printed(&self) -> String {
        let prefix = match self.storage {
            Storage::Ufs => "UFS:",
            Storage::Ram => "RAM:",
        };
        alloc::format!("{prefix}{}", self.name)
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its content, shared with who is sending it to a host.
    pub content: Arc<Vec<u8>>,
    /// The checksum of the content.
    pub checksum: u16,
    /// Another number for every content this storage has ever held.
    pub version: u64,
}

impl File {
    /// Its size and checksum, as the commands that transfer it print them.
    pub fn summary(&self) -> String {
        alloc::format!("{},{:04x}", self.content.len(), self.checksum)
    }
}

/// All files.
#[derive(Debug)]
pub struct Files {
    files: BTreeMap<FileName, File>,
    size: usize,
    versions: u64,
    /// There is no room, whatever is in it.
    pub is_full: bool,
}

impl Files {
    /// An empty storage of `size` bytes.
    pub fn new(size: usize) -> Files {
        Files { files: BTreeMap::new(), size, versions: 0, is_full: false }
    }

    /// Looks a file up.
    pub fn get(&self, name: &FileName) -> Option<&File> {
        self.files.get(name)
    }

    /// Every file in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&FileName, &File)> {
        self.files.iter()
    }

    /// Size of the storage in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Bytes that a new file may have.
    pub fn free(&self) -> usize {
        let used: usize = self.files.values().map(|file| file.content.len().div_ceil(UNIT) * UNIT).sum();
        if self.is_full { 0 } else { self.size.saturating_sub(used) }
    }

    /// Puts a file in place of whatever has its name. It must fit.
    pub fn put(&mut self, name: FileName, content: Vec<u8>) -> Result<(), Cme> {
        let replaced = self.files.get(&name).map_or(0, |file| file.content.len().div_ceil(UNIT) * UNIT);
        if content.len() > self.free() + replaced {
            return Err(cme::NO_SPACE);
        }
        self.versions += 1;
        let (checksum, content) = (checksum(&content), Arc::new(content));
        self.files.insert(name, File { content, checksum, version: self.versions });
        Ok(())
    }

    /// Removes a file. `false` when there was none.
    pub fn remove(&mut self, name: &FileName) -> bool {
        self.files.remove(name).is_some()
    }
}

/// The checksum of FILE commands: exclusive or over big-endian pairs of bytes; an odd last byte counts as
/// the high one.
fn checksum(content: &[u8]) -> u16 {
    let (pairs, odd) = content.as_chunks();
    let last = odd.first().map_or(0, |high| u16::from_ne_bytes([*high, 0]));
    // Which byte is the high one matters in the end only: without turning each pair it is several times as fast.
    let sum = pairs.iter().fold(last, |sum, pair| sum ^ u16::from_ne_bytes(*pair));
    u16::from_be_bytes(sum.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let ufs = |name: &str| Ok(FileName { storage: Storage::Ufs, name: name.to_string() });
        assert_eq!(FileName::parse("ca.pem", false), ufs("ca.pem"));
        assert_eq!(FileName::parse("ufs:ca.pem", false), ufs("ca.pem"));
        let longest = "x".repeat(MAX_NAME);
        assert_eq!(FileName::parse(&longest, false), ufs(&longest));
        for bad in ["", "UFS:", "RAM:x", "SD:x", "*", "a\nb", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(FileName::parse(bad, false), Err(cme::INVALID_FILE_NAME), "{bad}");
        }
        assert_eq!(FileName::parse("RAM:x", true).map(|n| n.printed()), Ok("RAM:x".into()));
    }

    #[test]
    fn space_is_counted_in_units() {
        let mut files = Files::new(3 * UNIT);
        let name = |n: &str| FileName::parse(n, false).unwrap();
        files.put(name("a"), alloc::vec![0; 1]).unwrap();
        assert_eq!(files.free(), 2 * UNIT);
        files.put(name("b"), alloc::vec![0; UNIT + 1]).unwrap();
        assert_eq!(files.free(), 0);
        assert_eq!(files.put(name("c"), alloc::vec![0; 1]), Err(cme::NO_SPACE));
        files.put(name("b"), alloc::vec![0; 2 * UNIT]).unwrap();
        assert!(files.remove(&name("b")) && !files.remove(&name("b")));
        assert_eq!(files.free(), 2 * UNIT);
    }

    #[test]
    fn checksums() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(&[0x12]), 0x1200);
        assert_eq!(checksum(&[0x12, 0x34, 0xFF]), 0xED34);
    }
}
