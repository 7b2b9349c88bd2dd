//! Open files: document \[2\].

use super::{Group, file::named, form, params, reads, row, writes};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    handles::{Handle, OpenFile, OpenMode},
    port::{Download, Op},
};
use alloc::{format, string::String, vec::Vec};
use at::{
    args::Args,
    result::{Cme, ResultCode},
    session::PayloadKind,
    spec::{MaxResponse, opt, req},
};
use core::time::Duration;

/// Bytes of a write whose length is not given.
const DEFAULT_LENGTH: u32 = 10_240;

/// Seconds between the bytes of a write when they are not given.
const DEFAULT_TIMEOUT: u32 = 5;

const fn file(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::File, "document [2]", summary)
}

/// `Done`, or the error.
fn outcome(result: Result<(), Cme>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(cme) => Outcome::cme(cme),
    }
}

fn handle(cx: &Cx<'_>, args: &Args) -> Result<Handle, Cme> {
    cx.core.handles.find(args.int(&params::FILE_HANDLE))
}

/// `AT+QFOPEN`
pub(crate) static QFOPEN: Row = Row {
    read: Some(|cx, _| {
        let line = |(handle, file): (Handle, &OpenFile)| {
            format!("+QFOPEN: \"{}\",{},{}", file.name.printed(), handle.number(), file.mode.number())
        };
        let lines: Vec<String> = cx.core.handles.iter().map(line).collect();
        lines.iter().for_each(|line| cx.info(line));
        Outcome::Done
    }),
    set: &[form(&[req(&params::FILE_NAME), opt(&params::OPEN_MODE)], |cx, args| outcome(open(cx, args)))],
    answers: &[reads(r#"+QFOPEN: "<filename>",<filehandle>,<mode>"#), writes("+QFOPEN: <filehandle>")],
    errors: &[405, 413, 426],
    ..file("+QFOPEN", "Open a file")
};

fn open(cx: &mut Cx<'_>, args: &Args) -> Result<(), Cme> {
    let name = named(cx, &QFOPEN, args.text(&params::FILE_NAME))?;
    let mode = OpenMode::new(args.opt_int(&params::OPEN_MODE).unwrap_or_default());
    let exists = cx.core.files.get(&name).is_some();
    if mode == OpenMode::ReadOnly && !exists {
        return Err(cme::FILE_NOT_FOUND);
    }
    let handle = cx.core.handles.open(OpenFile { name: name.clone(), mode, position: 0 })?;
    if (mode == OpenMode::Truncate || !exists)
        && let Err(cme) = cx.core.store_file(name, Vec::new())
    {
        cx.core.handles.close(handle);
        return Err(cme);
    }
    cx.info(format!("+QFOPEN: {}", handle.number()));
    Ok(())
}

/// `AT+QFCLOSE`
pub(crate) static QFCLOSE: Row = Row {
    set: &[form(&[req(&params::FILE_HANDLE)], |cx, args| {
        outcome(handle(cx, args).map(|handle| cx.core.handles.close(handle)))
    })],
    errors: &[416],
    ..file("+QFCLOSE", "Close a file")
};

/// The content from the position on, and the open file.
fn at_position<'a>(cx: &'a mut Cx<'_>, handle: Handle) -> Result<(&'a mut OpenFile, &'a [u8]), Cme> {
    let file = cx.core.handles.get(handle)?;
    let content = cx.core.files.get(&file.name).ok_or(cme::FILE_NOT_FOUND)?.content.as_slice();
    file.position = file.position.min(content.len());
    let rest = content.get(file.position..).unwrap_or_default();
    Ok((file, rest))
}

/// `AT+QFREAD`
pub(crate) static QFREAD: Row = Row {
    set: &[form(&[req(&params::FILE_HANDLE), opt(&params::LENGTH)], |cx, args| match read(cx, args) {
        Ok(content) => Outcome::Transfer(
            ResultCode::ConnectLength(content.len()),
            PayloadKind::Watch,
            Op::Download(Download { content: content.into(), gone: 0, summary: None }),
        ),
        Err(cme) => Outcome::cme(cme),
    })],
    answers: &[writes("CONNECT <read_length>"), writes("<data>")],
    errors: &[402, 416],
    ..file("+QFREAD", "Read from the position on")
};

fn read(cx: &mut Cx<'_>, args: &Args) -> Result<Vec<u8>, Cme> {
    let handle = handle(cx, args)?;
    let wanted =
        args.opt_int(&params::LENGTH).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let (file, rest) = at_position(cx, handle)?;
    let piece = rest.get(..wanted.min(rest.len())).unwrap_or_default();
    if piece.is_empty() {
        return Err(cme::READ_ZERO);
    }
    file.position += piece.len();
    Ok(piece.to_vec())
}

/// `AT+QFWRITE`
pub(crate) static QFWRITE: Row = Row {
    set: &[form(
        &[req(&params::FILE_HANDLE), opt(&params::LENGTH), opt(&params::FILE_TIMEOUT)],
        |cx, args| match write(cx, args) {
            Ok(outcome) => outcome,
            Err(cme) => Outcome::cme(cme),
        },
    )],
    max_response: MaxResponse::Words("until the bytes are there, or the pause between them is too long"),
    answers: &[writes("CONNECT"), writes("+QFWRITE: <written_length>,<total_length>")],
    errors: &[414, 420],
    ..file("+QFWRITE", "Write at the position")
};

fn write(cx: &mut Cx<'_>, args: &Args) -> Result<Outcome, Cme> {
    let handle = handle(cx, args)?;
    if cx.core.handles.get(handle)?.mode == OpenMode::ReadOnly {
        return Err(cme::READ_ONLY);
    }
    let free = cx.core.files.free();
    let (_, rest) = at_position(cx, handle)?;
    let room = free + rest.len();
    let length = args.opt_int(&params::LENGTH).unwrap_or(DEFAULT_LENGTH);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let length = if args.opt_int(&params::LENGTH).is_some() { length } else { length.min(room) };
    if length > room || length == 0 {
        return Err(cme::NO_SPACE);
    }
    let idle = Duration::from_secs(u64::from(args.opt_int(&params::FILE_TIMEOUT).unwrap_or(DEFAULT_TIMEOUT)));
    Ok(Outcome::Transfer(
        ResultCode::Connect,
        PayloadKind::Upload(length, idle),
        Op::Write(handle, Vec::new()),
    ))
}

/// The bytes of a write have come, all or as many as came in time.
pub(crate) fn write_end(cx: &mut Cx<'_>, handle: Handle, data: &[u8]) -> Outcome {
    outcome(write_at_position(cx, handle, data))
}

fn write_at_position(cx: &mut Cx<'_>, handle: Handle, data: &[u8]) -> Result<(), Cme> {
    let (file, rest) = at_position(cx, handle)?;
    let (name, start) = (file.name.clone(), file.position);
    let kept = rest.get(data.len()..).unwrap_or_default().to_vec();
    file.position += data.len();
    let mut content = cx.core.files.get(&name).map(|file| file.content.to_vec()).unwrap_or_default();
    content.truncate(start);
    content.extend_from_slice(data);
    content.extend_from_slice(&kept);
    let size = content.len();
    cx.core.store_file(name, content)?;
    cx.info(format!("+QFWRITE: {},{size}", data.len()));
    Ok(())
}

/// `AT+QFSEEK`
pub(crate) static QFSEEK: Row = Row {
    set: &[form(&[req(&params::FILE_HANDLE), req(&params::OFFSET), opt(&params::ORIGIN)], |cx, args| {
        outcome(seek(cx, args))
    })],
    errors: &[401],
    ..file("+QFSEEK", "Move the position")
};

fn seek(cx: &mut Cx<'_>, args: &Args) -> Result<(), Cme> {
    let handle = handle(cx, args)?;
    let offset = usize::try_from(args.int(&params::OFFSET)).unwrap_or(usize::MAX);
    let (file, rest) = at_position(cx, handle)?;
    let size = file.position + rest.len();
    let target = match args.opt_int(&params::ORIGIN).unwrap_or_default() {
        0 => Some(offset),
        1 => file.position.checked_add(offset),
        _ => size.checked_sub(offset),
    };
    file.position = target.filter(|target| *target <= size).ok_or(cme::LARGER_THAN_FILE)?;
    Ok(())
}

/// `AT+QFPOSITION`
pub(crate) static QFPOSITION: Row = Row {
    set: &[form(&[req(&params::FILE_HANDLE)], |cx, args| {
        let position = handle(cx, args).and_then(|handle| Ok(at_position(cx, handle)?.0.position));
        outcome(position.map(|position| cx.info(format!("+QFPOSITION: {position}"))))
    })],
    answers: &[writes("+QFPOSITION: <offset>")],
    ..file("+QFPOSITION", "Show the position")
};

/// `AT+QFTUCAT`
pub(crate) static QFTUCAT: Row = Row {
    set: &[form(&[req(&params::FILE_HANDLE)], |cx, args| outcome(truncate(cx, args)))],
    errors: &[414],
    ..file("+QFTUCAT", "Cut the file at the position")
};

fn truncate(cx: &mut Cx<'_>, args: &Args) -> Result<(), Cme> {
    let handle = handle(cx, args)?;
    let (file, _) = at_position(cx, handle)?;
    if file.mode == OpenMode::ReadOnly {
        return Err(cme::READ_ONLY);
    }
    let (name, end) = (file.name.clone(), file.position);
    let mut content = cx.core.files.get(&name).map(|file| file.content.to_vec()).unwrap_or_default();
    content.truncate(end);
    cx.core.store_file(name, content)
}
