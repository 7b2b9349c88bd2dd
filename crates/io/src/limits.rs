//! What the operating system lets a process have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Asks for as many open files as this user may have: a thousand modules need some thousands, and the usual limit
/// is 1024. What the operating system refuses is noticed when it matters.
pub fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
}
