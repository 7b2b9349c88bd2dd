//! The folder behind UFS.
//!
//! Each file of the module is one file of the folder. A change is written to a temporary file, flushed to
//! the disk, and renamed over the old one, so that a crash leaves the old or the new content, never half of
//! it. The disk is slow, so this happens on a helper thread, one job at a time and in order; the module
//! does not wait for it.
//!
//! Names are kept as they are except for what a folder cannot hold or what would hide them: `/`, `%`,
//! control characters and a leading dot are written as `%` and two hexadecimal digits. Hidden files and
//! folders in the folder are left alone.

use crate::SetupError;
use std::{
    collections::VecDeque,
    fmt,
    fs::{self, File},
    future::Future,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::task::JoinHandle;

/// What the module keeps beside its files; hidden, so it is never taken for one of them.
const SETTINGS: &str = ".modemtwin-settings";

/// Name of a file while it is being written; hidden, so it is never taken for one of the module's.
const TEMPORARY: &str = ".modemtwin-new";

#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    report: fn(&str),
    waiting: VecDeque<Job>,
    running: Option<JoinHandle<Result<(), String>>>,
}

/// What is to be written, and its new content, or that it is gone.
type Job = (Target, Option<Vec<u8>>);

/// Something that the folder keeps.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A file of UFS.
    File(String),
    /// [`SETTINGS`].
    Settings,
}

impl Target {
    fn file_name(&self) -> String {
        match self {
            Target::File(name) => encode(name),
            Target::Settings => SETTINGS.into(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::File(name) => write!(f, "UFS:{name} is"),
            Target::Settings => f.write_str("its settings are"),
        }
    }
}

impl Store {
    /// Makes the folder when it is missing.
    pub(crate) fn open(folder: PathBuf, report: fn(&str)) -> Result<Store, SetupError> {
        fs::create_dir_all(&folder).map_err(|e| {
            SetupError::new(folder.display(), e, "choose a folder that can be made or exists")
        })?;
        Ok(Store { folder, report, waiting: VecDeque::new(), running: None })
    }

    /// All files of the folder.
    pub(crate) fn load(&self) -> Result<Vec<(String, Vec<u8>)>, SetupError> {
        let unreadable =
            |path: &Path, e: io::Error| SetupError::new(path.display(), e, "check who may read it");
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|e| unreadable(&self.folder, e))? {
            let path = entry.map_err(|e| unreadable(&self.folder, e))?.path();
            let on_disk = path.file_name().unwrap_or_default();
            if on_disk.as_encoded_bytes().starts_with(b".") || path.is_dir() {
                continue;
            }
            let name = on_disk.to_str().and_then(decode).filter(|name| *encode(name) == *on_disk);
            let name = name.ok_or_else(|| {
                let remedy =
                    "rename it: UTF-8, with `%25` for `%`, or with a dot in front to have it ignored";
                SetupError::new(path.display(), "this is no name of a file in UFS", remedy)
            })?;
            files.push((name, fs::read(&path).map_err(|e| unreadable(&path, e))?));
        }
        Ok(files)
    }

    /// Makes a new content durable, after everything that was asked for before.
    pub(crate) fn store(&mut self, name: String, content: Vec<u8>) {
        self.push((Target::File(name), Some(content)));
    }

    /// Makes the module's settings durable, after everything that was asked for before.
    pub(crate) fn store_settings(&mut self, text: String) {
        self.push((Target::Settings, Some(text.into_bytes())));
    }

    /// The settings that were made durable last; nothing when there are none. What is not UTF-8 is no setting.
    pub(crate) fn settings(&self) -> Result<String, SetupError> {
        let path = self.folder.join(SETTINGS);
        match fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(e) => Err(SetupError::new(path.display(), e, "check who may read it")),
        }
    }

    /// Removes a file for good, after everything that was asked for before.
    pub(crate) fn remove(&mut self, name: String) {
        self.push((Target::File(name), None));
    }

    /// Only the last state of a file counts, so no more waits than the module itself can hold.
    fn push(&mut self, job: Job) {
        self.waiting.retain(|(target, _)| *target != job.0);
        self.waiting.push_back(job);
    }

    /// Works on; ready when nothing is left to do. Has to be polled for anything to happen.
    pub(crate) fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(job) = &mut self.running {
                match std::task::ready!(Pin::new(job).poll(cx)) {
                    Ok(Ok(())) => {}
                    Ok(Err(text)) => (self.report)(&text),
                    Err(e) => (self.report)(&format!("{}: {e}", self.folder.display())),
                }
                self.running = None;
            }
            let Some((target, content)) = self.waiting.pop_front() else { return Poll::Ready(()) };
            let folder = self.folder.clone();
            self.running = Some(tokio::task::spawn_blocking(move || {
                let path = folder.join(target.file_name());
                let done = match content {
                    Some(content) => write(&folder, &path, &content),
                    None => remove(&folder, &path),
                };
                done.map_err(|e| format!("{}: {e} ({target} not as the module has it)", path.display()))
            }));
        }
    }
}

fn write(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = folder.join(TEMPORARY);
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

fn remove(folder: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => File::open(folder)?.sync_all(),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (i, c) in name.char_indices() {
        match c {
            '/' | '%' | '\0'..='\x1f' | '\x7f' => out.push_str(&format!("%{:02X}", u32::from(c))),
            '.' if i == 0 => out.push_str("%2E"),
            _ => out.push(c),
        }
    }
    out
}

fn decode(on_disk: &str) -> Option<String> {
    let mut parts = on_disk.split('%');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        name.push(char::from(code));
        name.push_str(part.get(2..)?);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn folder(test: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("modemtwin-files-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn finish(store: &mut Store) {
        let runtime = crate::runtime().unwrap();
        runtime.block_on(poll_fn(|cx| store.poll_idle(cx)));
    }

    #[test]
    fn every_name_survives_the_disk() {
        let folder = folder("names");
        let mut store = Store::open(folder.clone(), |text| panic!("{text}")).unwrap();
        let long = "\u{1}".repeat(80);
        let names = ["ca.pem", ".hidden", "..", "a/b", "50%", "CON: \"x\"\\", "tab\t", "Zürich", &long];
        for name in names {
            store.store(name.to_owned(), b"old".to_vec());
            store.store(name.to_owned(), name.as_bytes().to_vec());
        }
        store.store("gone".into(), b"x".to_vec());
        finish(&mut store);
        store.remove("gone".into());
        store.remove("never there".into());
        finish(&mut store);

        fs::write(folder.join(".DS_Store"), "ignored").unwrap();
        fs::create_dir(folder.join("sub")).unwrap();
        let mut loaded = Store::open(folder.clone(), |_| {}).unwrap().load().unwrap();
        loaded.sort();
        let mut expected = names.map(|name| (name.to_owned(), name.as_bytes().to_vec()));
        expected.sort();
        assert_eq!(loaded, expected);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_name_that_would_be_written_otherwise_is_refused() {
        let folder = folder("refused");
        let store = Store::open(folder.clone(), |_| {}).unwrap();
        for bad in ["100%", "%2x", "%61"] {
            fs::write(folder.join(bad), "").unwrap();
            let error = store.load().unwrap_err();
            assert_eq!(error.place, folder.join(bad).display().to_string());
            fs::remove_file(folder.join(bad)).unwrap();
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn settings_survive_and_are_no_file() {
        let folder = folder("settings");
        let mut store = Store::open(folder.clone(), |text| panic!("{text}")).unwrap();
        assert_eq!(store.settings().unwrap(), "");
        store.store_settings("ctzr=1\n".into());
        store.store_settings("ctzr=2\n".into());
        store.store(SETTINGS.into(), b"a file".to_vec());
        finish(&mut store);
        assert_eq!(store.settings().unwrap(), "ctzr=2\n");
        assert_eq!(store.load().unwrap(), [(SETTINGS.to_owned(), b"a file".to_vec())]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn trouble_is_reported() {
        static TOLD: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());
        let folder = folder("trouble");
        let mut store = Store::open(folder.clone(), |text| *TOLD.lock().unwrap() = text.into()).unwrap();
        fs::remove_dir(&folder).unwrap();
        store.store("ca.pem".into(), vec![]);
        finish(&mut store);
        let told = TOLD.lock().unwrap();
        assert!(told.starts_with(&folder.join("ca.pem").display().to_string()), "{told}");
        assert!(told.ends_with("(UFS:ca.pem is not as the module has it)"));
    }
}
