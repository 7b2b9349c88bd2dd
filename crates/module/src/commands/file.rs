//! Files: document \[2\], D27, D35.

use super::{Group, execs, form, params, row, writes};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    files::{File, FileName},
    port::{Download, Op, Upload},
};
use alloc::{format, string::String, vec::Vec};
use at::{
    args::Args,
    result::{Cme, ResultCode},
    session::{PayloadEnd, PayloadKind},
    spec::{MaxResponse, Test, opt, req},
};
use core::time::Duration;
use md5::{Digest, Md5};

/// Bytes of an upload whose size is not given.
const DEFAULT_SIZE: u32 = 10_240;

/// Seconds between the bytes of an upload when they are not given.
const DEFAULT_TIMEOUT: u32 = 5;

const fn file(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::File, "document [2]", summary)
}

/// The file that a parameter names.
pub(crate) fn named(cx: &mut Cx<'_>, row: &'static Row, text: &str) -> Result<FileName, Cme> {
    let lenient = cx.core.takes_ram();
    let name = FileName::parse(text, lenient);
    match &name {
        Ok(name) if name.storage == crate::files::Storage::Ram => {
            cx.mistake(row.name, "this family has no RAM: storage");
        }
        Ok(_) => {}
        Err(_) => cx.refused(format!("{text} is not a file name of up to 80 bytes in UFS")),
    }
    name
}

/// `AT+QFLST`
pub(crate) static QFLST: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| list(cx, "*")),
    set: &[form(&[req(&params::FILE_NAME)], |cx, args| list(cx, args.text(&params::FILE_NAME)))],
    answers: &[execs(r#"+QFLST: "<filename>",<file_size>"#), writes(r#"+QFLST: "<filename>",<file_size>"#)],
    errors: &[405, 406],
    ..file("+QFLST", "List files")
};

fn list(cx: &mut Cx<'_>, pattern: &str) -> Outcome {
    let wanted = match pattern {
        "*" => None,
        "UFS:*" | "UFS:" | "UFS" => None,
        name => match named(cx, &QFLST, name) {
            Ok(name) => Some(name),
            Err(cme) => return Outcome::cme(cme),
        },
    };
    let lines: Vec<String> = cx
        .core
        .files
        .iter()
        .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == *name))
        .map(|(name, file)| format!("+QFLST: \"{}\",{}", name.printed(), file.content.len()))
        .collect();
    if lines.is_empty() && wanted.is_some() {
        return Outcome::cme(cme::FILE_NOT_FOUND);
    }
    lines.iter().for_each(|line| cx.info(line));
    Outcome::Done
}

/// `AT+QFDEL`
pub(crate) static QFDEL: Row = Row {
    set: &[form(&[req(&params::FILE_NAME)], delete)],
    errors: &[405, 406, 426],
    ..file("+QFDEL", "Delete files")
};

fn delete(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let text = args.text(&params::FILE_NAME);
    if text == "*" {
        let all: Vec<FileName> = cx.core.files.iter().map(|(name, _)| name.clone()).collect();
        if all.iter().any(|name| cx.core.handles.is_open(name)) {
            cx.refused("a file is open: AT+QFOPEN?");
            return Outcome::cme(cme::FILE_OPEN);
        }
        for name in &all {
            cx.core.remove_file(name);
        }
        return Outcome::Done;
    }
    match named(cx, &QFDEL, text) {
        Ok(name) if cx.core.handles.is_open(&name) => Outcome::cme(cme::FILE_OPEN),
        Ok(name) if cx.core.remove_file(&name) => Outcome::Done,
        Ok(_) => Outcome::cme(cme::FILE_NOT_FOUND),
        Err(cme) => Outcome::cme(cme),
    }
}

/// `AT+QFUPL`
pub(crate) static QFUPL: Row = Row {
    test: Test::Run(|cx, _| {
        let free = cx.core.files.free();
        cx.info(format!(
            "+QFUPL: {},(1-{free}),{},{}",
            params::FILE_NAME.printed(),
            params::FILE_TIMEOUT.printed(),
            params::ACK_MODE.printed()
        ));
        Outcome::Done
    }),
    set: &[form(
        &[
            req(&params::FILE_NAME),
            opt(&params::FILE_SIZE),
            opt(&params::FILE_TIMEOUT),
            opt(&params::ACK_MODE),
        ],
        upload,
    )],
    max_response: MaxResponse::Words("until the bytes are there, or the pause between them is too long"),
    answers: &[writes("CONNECT"), writes("+QFUPL: <upload_size>,<checksum>")],
    errors: &[406, 407, 420, 421, 423],
    ..file("+QFUPL", "Upload a file")
};

fn upload(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let name = match named(cx, &QFUPL, args.text(&params::FILE_NAME)) {
        Ok(name) => name,
        Err(cme) => return Outcome::cme(cme),
    };
    if cx.core.files.get(&name).is_some() {
        return Outcome::cme(cme::FILE_EXISTS);
    }
    let free = cx.core.files.free();
    let size = match args.opt_int(&params::FILE_SIZE) {
        Some(size) => usize::try_from(size).unwrap_or(usize::MAX),
        None => usize::try_from(DEFAULT_SIZE).unwrap_or_default().min(free),
    };
    if size > cx.core.files.size() {
        return Outcome::cme(cme::FILE_TOO_LARGE);
    }
    if size > free || size == 0 {
        return Outcome::cme(cme::NO_SPACE);
    }
    let seconds = args.opt_int(&params::FILE_TIMEOUT).unwrap_or(DEFAULT_TIMEOUT);
    let acknowledge = args.opt_int(&params::ACK_MODE) == Some(1);
    let idle = Duration::from_secs(u64::from(seconds));
    Outcome::Transfer(
        ResultCode::Connect,
        PayloadKind::Upload(size, idle),
        Op::Upload(Upload { name, content: Vec::with_capacity(size), acknowledge }),
    )
}

/// The upload is over: what has come is kept, whatever ended it.
pub(crate) fn upload_end(cx: &mut Cx<'_>, upload: Upload, end: PayloadEnd) -> Outcome {
    if let Err(cme) = cx.core.store_file(upload.name.clone(), upload.content) {
        return Outcome::cme(cme);
    }
    let summary = cx.core.files.get(&upload.name).map(File::summary).unwrap_or_default();
    cx.info(format!("+QFUPL: {summary}"));
    match end {
        PayloadEnd::Complete | PayloadEnd::Cancelled => Outcome::Done,
        PayloadEnd::TimedOut => Outcome::cme(cme::FILE_TIMEOUT),
    }
}

/// `AT+QFDWL`
pub(crate) static QFDWL: Row = Row {
    set: &[form(&[req(&params::FILE_NAME)], |cx, args| {
        let file = match file_of(cx, &QFDWL, args) {
            Ok(file) => file,
            Err(cme) => return Outcome::cme(cme),
        };
        let summary = Some(format!("+QFDWL: {}", file.summary()));
        Outcome::Transfer(
            ResultCode::Connect,
            PayloadKind::Watch,
            Op::Download(Download { content: file.content, gone: 0, summary }),
        )
    })],
    max_response: MaxResponse::Words("until the bytes are out; +++ ends it"),
    answers: &[writes("CONNECT"), writes("<data>"), writes("+QFDWL: <download_size>,<checksum>")],
    errors: &[405],
    ..file("+QFDWL", "Download a file")
};

/// The file that the first parameter names.
fn file_of(cx: &mut Cx<'_>, row: &'static Row, args: &Args) -> Result<File, Cme> {
    let name = named(cx, row, args.text(&params::FILE_NAME))?;
    cx.core.files.get(&name).cloned().ok_or(cme::FILE_NOT_FOUND)
}

/// `AT+QFLDS`
pub(crate) static QFLDS: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let used = cx.core.files.size() - cx.core.files.free();
        let count = cx.core.files.iter().count();
        cx.info(format!("+QFLDS: {used},{count}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::STORAGE)], |cx, _| {
        let line = format!("+QFLDS: {},{}", cx.core.files.free(), cx.core.files.size());
        cx.info(line);
        Outcome::Done
    })],
    answers: &[execs("+QFLDS: <used_size>,<file_number>"), writes("+QFLDS: <free_size>,<total_size>")],
    ..file("+QFLDS", "Space on the storage: free and total, or used and number of files")
};

/// `AT+QFSIZE`
pub(crate) static QFSIZE: Row = Row {
    set: &[form(&[req(&params::FILE_NAME)], |cx, args| match file_of(cx, &QFSIZE, args) {
        Ok(file) => {
            cx.info(format!("+QFSIZE: {}", file.content.len()));
            Outcome::Done
        }
        Err(cme) => Outcome::cme(cme),
    })],
    answers: &[writes("+QFSIZE: <file_size>")],
    errors: &[405],
    ..file("+QFSIZE", "Size of a file")
};

/// `AT+QFMD5`
pub(crate) static QFMD5: Row = Row {
    set: &[form(&[req(&params::FILE_NAME)], |cx, args| match file_of(cx, &QFMD5, args) {
        Ok(file) => {
            let digest: String =
                Md5::digest(&*file.content).iter().map(|byte| format!("{byte:02x}")).collect();
            cx.info(format!("+QFMD5: {digest}"));
            Outcome::Done
        }
        Err(cme) => Outcome::cme(cme),
    })],
    answers: &[writes("+QFMD5: <MD5>")],
    errors: &[405],
    ..file("+QFMD5", "MD5 of a file")
};
