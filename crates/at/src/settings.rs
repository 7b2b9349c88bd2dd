//! The parameters of V.250 and 27.007 that change how a port talks. One value per port.

use crate::sreg::{S3, S4, S5, SRegs};

/// What `ATE`, `ATQ`, `ATV`, `ATX`, `AT&C`, `AT&D`, `AT&S`, `ATS` and `AT+CMEE` have set on one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ATE`: characters of command lines come back.
    pub echo: bool,
    /// `ATQ1`: result codes are suppressed.
    pub quiet: bool,
    /// `ATV1`: result codes as words.
    pub verbose: bool,
    /// `ATX`, 0 to 4; kept for the host, no effect: `CONNECT` is always printed plain.
    pub progress: u8,
    /// `AT&C`: 0 DCD always on, 1 DCD follows the data carrier.
    pub dcd: u8,
    /// `AT&D`: what DTR going off does, 0 to 2.
    pub dtr: u8,
    /// `AT&S`: 0 DSR always on, 1 DSR is on in online data state.
    pub dsr: u8,
    /// `AT+CMEE`: 0 `ERROR`, 1 number, 2 words.
    pub cmee: u8,
    /// S-parameters.
    pub s: SRegs,
}

impl Default for Settings {
    /// The factory profile (`AT&F`).
    fn default() -> Settings {
        Settings {
            echo: true,
            quiet: false,
            verbose: true,
            progress: 4,
            dcd: 1,
            dtr: 2,
            dsr: 0,
            cmee: 1,
            s: SRegs::default(),
        }
    }
}

impl Settings {
    /// S3: ends a command line, and is the first character of every line end printed.
    pub fn cr(&self) -> u8 {
        self.s.get(S3).unwrap_or(b'\r')
    }

    /// S4: the second character of every line end printed.
    pub fn lf(&self) -> u8 {
        self.s.get(S4).unwrap_or(b'\n')
    }

    /// S5: deletes the character before it.
    pub fn backspace(&self) -> u8 {
        self.s.get(S5).unwrap_or(8)
    }
}
