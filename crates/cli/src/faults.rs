//! `modemtwin faults`: what there is.

use daemon::faults::nearest;
use std::{
    error::Error,
    io::{Write, stdout},
};

pub(crate) fn faults(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    let Some(text) = daemon::faults::overview(name) else {
        let name = name.unwrap_or_default();
        let near = nearest(name, daemon::faults::rows().map(|row| row.name));
        let remedy =
            near.map_or("`modemtwin faults` lists all".into(), |near| format!("did you mean `{near}`?"));
        return Err(format!("no fault begins with `{name}`: {remedy}").into());
    };
    // A reader that has read enough, such as `head`, is no failure.
    let _ = stdout().lock().write_all(text.as_bytes());
    Ok(())
}
