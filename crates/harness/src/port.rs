//! The host's end of a port, for tests that are their own driver.

use crate::PATIENCE;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    fs::File,
    io::{self, Error, ErrorKind, Read, Write},
    os::fd::{AsFd, BorrowedFd},
};

/// A pty as a host has it open. Reading fails with [`ErrorKind::TimedOut`] when nothing comes within [`PATIENCE`].
#[derive(Debug)]
pub struct HostPort(File);

impl HostPort {
    pub(crate) fn new(file: File) -> HostPort {
        HostPort(file)
    }

    /// Everything up to and including `end`, such as `"\r\nOK\r\n"`; what is no UTF-8 is replaced. Panics with what was
    /// heard when it does not come.
    #[track_caller]
    pub fn hear(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let mut byte = [0];
            if let Err(error) = self.read_exact(&mut byte) {
                panic!("{end:?} did not come ({error}); what came is {:?}", String::from_utf8_lossy(&heard));
            }
            heard.extend(byte);
        }
        String::from_utf8_lossy(&heard).into_owned()
    }
}

impl Read for HostPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // 30 s are within its range.
        let patience = Timespec::try_from(PATIENCE).map_err(Error::other)?;
        match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience))? {
            0 => Err(Error::new(ErrorKind::TimedOut, format!("nothing came within {PATIENCE:?}"))),
            _ => self.0.read(buffer),
        }
    }
}

impl Write for HostPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl AsFd for HostPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
