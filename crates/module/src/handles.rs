//! Open files (`AT+QFOPEN`): handles from 1, at most ten, each with a position.

use crate::{errors::cme, files::FileName};
use at::result::Cme;

/// How many files may be open.
const MAX_OPEN: usize = 10;

/// The number of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(usize);

impl Handle {
    /// As a host writes it.
    pub fn number(self) -> usize {
        self.0 + 1
    }
}

/// `mode` of `AT+QFOPEN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// 0: create or open.
    ReadWrite,
    /// 1: create or empty.
    Truncate,
    /// 2: an existing file, to read only.
    ReadOnly,
}

impl OpenMode {
    /// From the number a host gives; anything above 2 reads only.
    pub fn new(number: u32) -> OpenMode {
        match number {
            0 => OpenMode::ReadWrite,
            1 => OpenMode::Truncate,
            _ => OpenMode::ReadOnly,
        }
    }

    /// The number a host gives.
    pub fn number(self) -> u8 {
        match self {
            OpenMode::ReadWrite => 0,
            OpenMode::Truncate => 1,
            OpenMode::ReadOnly => 2,
        }
    }
}

/// An open file.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// Its name.
    pub name: FileName,
    /// How it was opened.
    pub mode: OpenMode,
    /// Where the next byte is read or written; never behind the end of the file when it is used.
    pub position: usize,
}

/// All open files.
#[derive(Debug, Default)]
pub struct Handles([Option<OpenFile>; MAX_OPEN]);

impl Handles {
    /// Opens a file under the lowest free handle.
    pub fn open(&mut self, file: OpenFile) -> Result<Handle, Cme> {
        if self.is_open(&file.name) {
            return Err(cme::FILE_OPEN);
        }
        let free = self.0.iter_mut().enumerate().find(|(_, slot)| slot.is_none());
        let (index, slot) = free.ok_or(cme::MAX_OPEN_FILES)?;
        *slot = Some(file);
        Ok(Handle(index))
    }

    /// Is this file open?
    pub fn is_open(&self, name: &FileName) -> bool {
        self.0.iter().flatten().any(|file| file.name == *name)
    }

    /// The handle that a host means.
    pub fn find(&self, number: u32) -> Result<Handle, Cme> {
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).ok_or(cme::INVALID_HANDLE)?;
        match self.0.get(index) {
            Some(Some(_)) => Ok(Handle(index)),
            Some(None) | None => Err(cme::INVALID_HANDLE),
        }
    }

    /// An open file.
    pub fn get(&mut self, handle: Handle) -> Result<&mut OpenFile, Cme> {
        self.0.get_mut(handle.0).and_then(Option::as_mut).ok_or(cme::INVALID_HANDLE)
    }

    /// Closes a file.
    pub fn close(&mut self, handle: Handle) {
        if let Some(slot) = self.0.get_mut(handle.0) {
            *slot = None;
        }
    }

    /// Every open file.
    pub fn iter(&self) -> impl Iterator<Item = (Handle, &OpenFile)> {
        self.0.iter().enumerate().filter_map(|(i, slot)| Some((Handle(i), slot.as_ref()?)))
    }
}
