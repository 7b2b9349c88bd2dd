//! PEM (RFC 7468, and RFC 1421 headers) as it comes from people's machines.
//!
//! Text before, between and after blocks, any line end, any line length, and white space in odd places are taken; that
//! much OpenSSL and Mbed TLS take too. What is not taken is told with its line, for this is where most uploads to a
//! module go wrong.
use base64ct::{Base64, Encoding};
use std::fmt;
use zeroize::Zeroizing;

/// One block between a BEGIN and an END line.
pub(super) struct Block {
    /// What stands after BEGIN: `CERTIFICATE`.
    pub(super) label: String,
    /// Which block of the file, counted from 1.
    pub(super) number: usize,
    /// Where in the file its content begins.
    pub(super) start: usize,
    /// The RFC 1421 header lines, if there are any.
    pub(super) headers: Vec<(String, String)>,
    /// What the base64 stands for. It may be a key.
    pub(super) content: Zeroizing<Vec<u8>>,
}

/// A block that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemError {
    /// Which block of the file, counted from 1.
    pub block: usize,
    /// The line of the file, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: PemProblem,
}

/// What is wrong with a PEM block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemProblem {
    /// The file ends, or the next block begins, before the END line with this label.
    NoEnd(String),
    /// The BEGIN line does not end in five hyphens.
    BadBegin,
    /// A byte that does not belong to base64.
    BadCharacter(u8),
    /// Nothing between BEGIN and END.
    NoContent,
    /// So many base64 characters cannot be: some are missing.
    Cut(usize),
    /// `=` in the middle, or a last character that leaves bits over.
    BadPadding,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const HYPHENS: &[u8] = b"-----";

/// All blocks of a file; none if it is not PEM.
pub(super) fn blocks(file: &[u8]) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    let mut rest = Cursor { file, at: 0 };
    while rest.skip_past(BEGIN).is_some() {
        blocks.push(block(&mut rest, blocks.len() + 1)?);
    }
    Ok(blocks)
}

/// The line of an offset, both as in [`Block::start`].
pub(super) fn line(file: &[u8], at: usize) -> usize {
    Cursor { file, at }.line()
}

/// Reads on behind a BEGIN.
fn block(rest: &mut Cursor<'_>, number: usize) -> Result<Block, PemError> {
    let begin = *rest;
    let fail = |place: Cursor<'_>, problem| PemError { block: number, line: place.line(), problem };
    let label = rest.skip_past(HYPHENS).unwrap_or(b"\n");
    if label.iter().any(|byte| byte.is_ascii_control()) {
        return Err(fail(begin, PemProblem::BadBegin));
    }
    let label = String::from_utf8_lossy(label).into_owned();
    let end = [b"-----END ", label.as_bytes(), HYPHENS].concat();
    let start = rest.at;
    let body = rest.skip_past(&end).filter(|body| find(body, BEGIN).is_none());
    let Some(body) = body else { return Err(fail(begin, PemProblem::NoEnd(label))) };
    let mut body = Cursor { file: rest.file.get(..start + body.len()).unwrap_or_default(), at: start };
    let headers = headers(&mut body);
    let content = base64(&mut body).map_err(|problem| fail(body, problem))?;
    Ok(Block { label, number, start, headers, content })
}

/// `Name: value` lines up to an empty one. A file without the empty line is read as if it had none of them.
fn headers(body: &mut Cursor<'_>) -> Vec<(String, String)> {
    let mut ahead = *body;
    let mut headers = Vec::new();
    ahead.skip_line_end();
    while let Some((name, value)) = ahead.header() {
        headers.push((name, value));
        *body = ahead;
    }
    headers
}

/// The cursor ends where the problem is.
fn base64(body: &mut Cursor<'_>) -> Result<Zeroizing<Vec<u8>>, PemProblem> {
    let mut characters = Zeroizing::new(Vec::with_capacity(body.rest().len()));
    for byte in body.rest() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => characters.push(*byte),
            other => return Err(PemProblem::BadCharacter(*other)),
        }
        body.at += 1;
    }
    if characters.is_empty() {
        return Err(PemProblem::NoContent);
    }
    if characters.len() % 4 != 0 {
        return Err(PemProblem::Cut(characters.len()));
    }
    let mut content = Zeroizing::new(vec![0; characters.len() / 4 * 3]);
    let length = Base64::decode(&*characters, &mut content).map_err(|_| PemProblem::BadPadding)?.len();
    content.truncate(length);
    Ok(content)
}

/// A place in the file.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.file.get(self.at..).unwrap_or_default()
    }

    /// What stands before the next `text`; the cursor goes behind it.
    fn skip_past(&mut self, text: &[u8]) -> Option<&'a [u8]> {
        let rest = self.rest();
        let before = find(rest, text)?;
        self.at += before + text.len();
        rest.get(..before)
    }

    fn skip_line_end(&mut self) {
        let blanks = self.rest().iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.at += blanks;
    }

    /// A header line, if the cursor is before one.
    fn header(&mut self) -> Option<(String, String)> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| b"\r\n".contains(byte))?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let (name, value) = line.split_once(':')?;
        self.at += end;
        self.skip_line_end();
        Some((name.trim().to_owned(), value.trim().to_owned()))
    }

    /// The line of the cursor, from 1; CR, LF and CR LF each end one.
    fn line(&self) -> usize {
        let before = self.file.get(..self.at).unwrap_or_default();
        let pairs = before.windows(2).filter(|pair| *pair == b"\r\n").count();
        1 + before.iter().filter(|byte| b"\r\n".contains(byte)).count() - pairs
    }
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PEM block {}, line {}: {}", self.block, self.line, self.problem)
    }
}

impl fmt::Display for PemProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PemProblem::NoEnd(label) => write!(f, "no \"-----END {}-----\" follows", label.escape_debug()),
            PemProblem::BadBegin => f.write_str("the BEGIN line does not end in \"-----\""),
            PemProblem::BadCharacter(byte) => {
                write!(f, "\"{}\" does not belong to base64", byte.escape_ascii())
            }
            PemProblem::NoContent => f.write_str("the block is empty"),
            PemProblem::Cut(count) => {
                write!(f, "{count} base64 characters are not a multiple of 4; the file may have been cut")
            }
            PemProblem::BadPadding => f.write_str("the base64 is malformed at a \"=\" or at its end"),
        }
    }
}

impl std::error::Error for PemError {}
