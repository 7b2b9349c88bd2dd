//! What came of it, as text.

use std::io::{self, Write};
use tls::{Version, suites::SUITES};

/// What one pair came to.
pub(super) enum Cell {
    /// Everything went well.
    Ok,
    /// What did not, and how.
    Failed(Vec<String>),
    /// The version cannot carry the suite.
    Illegal,
    /// The peer does not know the pair.
    Unknown,
}

/// One peer's pairs.
pub(super) struct Matrix {
    pub(super) peer: &'static str,
    /// Why there are no cells.
    pub(super) absent: Option<String>,
    /// Rows as [`SUITES`], columns as [`Version::ALL`].
    pub(super) cells: Vec<[Cell; 4]>,
}

impl Matrix {
    pub(super) fn absent(peer: &'static str, why: String) -> Matrix {
        Matrix { peer, absent: Some(why), cells: vec![] }
    }

    pub(super) fn failed(&self) -> usize {
        self.count(|cell| matches!(cell, Cell::Failed(_)))
    }

    fn count(&self, which: fn(&Cell) -> bool) -> usize {
        self.cells.iter().flatten().filter(|cell| which(cell)).count()
    }
}

pub(super) fn print(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    match &matrix.absent {
        Some(why) => writeln!(out, "{}: skipped, {why}\n", matrix.peer),
        None => table(matrix, out),
    }
}

fn table(matrix: &Matrix, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:<41}", matrix.peer)?;
    for version in Version::ALL {
        write!(out, " {:<8}", version.to_string())?;
    }
    writeln!(out)?;
    for (suite, row) in SUITES.iter().zip(&matrix.cells) {
        write!(out, "{:<41}", suite.name)?;
        for cell in row {
            let word = match cell {
                Cell::Ok => "ok",
                Cell::Failed(_) => "FAILED",
                Cell::Illegal => "-",
                Cell::Unknown => "skipped",
            };
            write!(out, " {word:<8}")?;
        }
        writeln!(out)?;
    }
    let (ok, skipped) = (|cell: &Cell| matches!(cell, Cell::Ok), |cell: &Cell| matches!(cell, Cell::Unknown));
    let (ok, failed, skipped) = (matrix.count(ok), matrix.failed(), matrix.count(skipped));
    writeln!(out, "{ok} pairs ok, {failed} failed, {skipped} skipped because the peer does not have them")?;
    for (suite, row) in SUITES.iter().zip(&matrix.cells) {
        for (version, cell) in Version::ALL.iter().zip(row) {
            if let Cell::Failed(failures) = cell {
                for failure in failures {
                    writeln!(out, "  {version} {}: {failure}", suite.name)?;
                }
            }
        }
    }
    writeln!(out)
}
