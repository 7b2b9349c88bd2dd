//! A file that grows, with room taken ahead of it: a file system that finds room for much at once has less to do than one that
//! finds it page by page. What is not needed is given back at the end; a process that is killed leaves it to the next
//! who writes to the file, and nobody sees it.

use std::{
    fs::File,
    io::{self, Write},
};

/// From this length on room is taken: what stays short needs none.
const LONG: u64 = 256 * 1024;
/// Most that is taken at once; less for a file that is shorter itself.
const AHEAD: u64 = 8 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Ahead {
    file: File,
    length: u64,
    /// Up to here there is room. Nothing: the file system has none to give ahead.
    room: Option<u64>,
}

impl Ahead {
    /// An empty file, or something else that can be written to.
    pub(crate) fn new(file: File) -> Ahead {
        let is_file = file.metadata().is_ok_and(|about| about.is_file());
        Ahead { file, length: 0, room: is_file.then_some(LONG) }
    }

    /// Cuts the file, whose end is whole only up to here.
    pub(crate) fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    /// Takes room for what comes if there is no more.
    fn take_room(&mut self, bytes: usize) {
        if self.room.is_none_or(|room| self.length + bytes as u64 <= room) {
            return;
        }
        let more = self.length.clamp(LONG, AHEAD);
        // It is a matter of speed: whatever is wrong, writing tells.
        self.room = reserve(&self.file, self.length, more).ok().map(|()| self.length + more);
    }
}

impl Write for Ahead {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take_room(bytes.len());
        let n = self.file.write(bytes)?;
        self.length += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // The same length again gives back what is behind it; of one that somebody has cut meanwhile nothing is made longer.
        let is_whole = self.file.metadata().is_ok_and(|about| about.len() == self.length);
        if is_whole && self.room.is_some_and(|room| room > LONG) {
            let _ = self.file.set_len(self.length);
        }
    }
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, from: u64, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    Ok(fallocate(file, FallocateFlags::KEEP_SIZE, from, bytes)?)
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::MetadataExt};

    #[test]
    fn nothing_is_left_behind_the_end() {
        let path = std::env::temp_dir().join(format!("modemtwin-ahead-{}", std::process::id()));
        let mut file = Ahead::new(File::create(&path).unwrap());
        let piece: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        for _ in 0..30 {
            file.write_all(&piece).unwrap();
        }
        let length = fs::metadata(&path).unwrap().len();
        drop(file);
        let about = fs::metadata(&path).unwrap();
        let content = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!((length, about.len()), (3_000_000, 3_000_000));
        assert_eq!(content, piece.repeat(30));
        assert!(about.blocks() * 512 <= 3_000_000 + 64 * 1024, "{} blocks", about.blocks());
    }
}
