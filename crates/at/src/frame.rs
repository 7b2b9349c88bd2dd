//! Whole frames. The only place that writes line ends: handlers give text, this gives bytes
//! (V.250 5.7.1; raw forms in the companion facts, 1.1 and 1.3).

use crate::{
    result::{Form, ResultCode},
    settings::Settings,
};
use alloc::vec::Vec;

fn line_end(out: &mut Vec<u8>, settings: &Settings) {
    out.push(settings.cr());
    out.push(settings.lf());
}

/// The line end that opens a frame: printed with `ATV1` only.
fn header(out: &mut Vec<u8>, settings: &Settings) {
    if settings.verbose {
        line_end(out, settings);
    }
}

/// One line of information text; the `first` line of a command's answer is set off from what stands before.
pub fn info(out: &mut Vec<u8>, settings: &Settings, first: bool, text: &[u8]) {
    if first {
        header(out, settings);
    }
    out.extend_from_slice(text);
    line_end(out, settings);
}

/// A final or intermediate result code.
pub fn result(out: &mut Vec<u8>, settings: &Settings, code: ResultCode) {
    match code.form(settings) {
        Form::Suppressed => {}
        Form::Digits(number) => {
            out.extend_from_slice(alloc::format!("{number}").as_bytes());
            out.push(settings.cr());
        }
        Form::Words(words) => {
            header(out, settings);
            out.extend_from_slice(words.as_bytes());
            line_end(out, settings);
        }
    }
}

/// An unsolicited result code, with its payload where it has one: one unbroken frame. `ATQ1` suppresses it.
pub fn urc(out: &mut Vec<u8>, settings: &Settings, text: &[u8], payload: Option<&[u8]>) {
    if settings.quiet {
        return;
    }
    header(out, settings);
    out.extend_from_slice(text);
    line_end(out, settings);
    if let Some(bytes) = payload {
        out.extend_from_slice(bytes);
        line_end(out, settings);
    }
}

/// The prompt before a payload (D16); as a line of its own, or with the cursor behind it.
pub fn prompt(out: &mut Vec<u8>, settings: &Settings, own_line: bool) {
    line_end(out, settings);
    match own_line {
        true => {
            out.push(b'>');
            line_end(out, settings);
        }
        false => out.extend_from_slice(b"> "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Cme;

    fn printed(settings: &Settings, code: ResultCode) -> Vec<u8> {
        let mut out = Vec::new();
        result(&mut out, settings, code);
        out
    }

    #[test]
    fn result_codes_in_every_form() {
        let cme = ResultCode::Cme(Cme { code: 10, text: "SIM not inserted" });
        let mut s = Settings::default();
        assert_eq!(printed(&s, ResultCode::Ok), b"\r\nOK\r\n");
        assert_eq!(printed(&s, cme), b"\r\n+CME ERROR: 10\r\n");
        s.cmee = 2;
        assert_eq!(printed(&s, cme), b"\r\n+CME ERROR: SIM not inserted\r\n");
        s.cmee = 0;
        assert_eq!(printed(&s, cme), b"\r\nERROR\r\n");
        s.verbose = false;
        assert_eq!(printed(&s, cme), b"4\r");
        assert_eq!(printed(&s, ResultCode::Ok), b"0\r");
        assert_eq!(printed(&s, ResultCode::Connect), b"1\r");
        assert_eq!(printed(&s, ResultCode::NoCarrier), b"3\r");
        assert_eq!(printed(&s, ResultCode::SendOk), b"17\r");
        assert_eq!(printed(&s, ResultCode::SendFail), b"18\r");
        s.cmee = 1;
        assert_eq!(printed(&s, cme), b"+CME ERROR: 10\r\n");
        s.quiet = true;
        assert_eq!(printed(&s, ResultCode::Ok), b"");
        assert_eq!(printed(&s, cme), b"");
    }

    #[test]
    fn text_in_verbose_and_numeric_form() {
        let mut s = Settings::default();
        let mut out = Vec::new();
        info(&mut out, &s, true, b"A");
        info(&mut out, &s, false, b"B");
        urc(&mut out, &s, b"+X: 1", Some(b"data"));
        assert_eq!(out, b"\r\nA\r\nB\r\n\r\n+X: 1\r\ndata\r\n");
        s.verbose = false;
        out.clear();
        info(&mut out, &s, true, b"A");
        urc(&mut out, &s, b"+X: 1", None);
        assert_eq!(out, b"A\r\n+X: 1\r\n");
    }
}
