//! Recordings: what is said on ports, written down as a scenario (`docs/record.md`).

mod conns;
mod echoes;
mod head;
mod multiplexer;
mod operator;
mod peers;
mod queue;
mod recorder;
mod scribe;

use crate::{SetupError, redact::Secrets};
use std::{fs::File, path::PathBuf};

pub(crate) use recorder::Recorder;
pub(crate) use scribe::Scribe;

/// Where a dialogue is written down as a scenario.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The file, which is emptied.
    pub path: PathBuf,
    /// What is done with secrets.
    pub secrets: Secrets,
}

impl Recording {
    fn create(&self) -> Result<File, SetupError> {
        File::create(&self.path).map_err(|e| {
            SetupError::new(self.path.display(), e, "give the recording a file that can be made")
        })
    }
}
