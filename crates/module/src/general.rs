//! State behind the general commands: functionality level and what depends on it. Identity and the network's
//! names are the profile's.

/// `AT+CFUN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Functionality {
    /// 0: minimum; the SIM is off.
    Minimum,
    /// 1: full.
    Full,
    /// 4: the radio is off.
    Airplane,
}

impl Functionality {
    /// The number of `AT+CFUN`.
    pub const fn number(self) -> u8 {
        match self {
            Functionality::Minimum => 0,
            Functionality::Full => 1,
            Functionality::Airplane => 4,
        }
    }
}

/// Which registration a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// `AT+CREG`
    Circuit = 0,
    /// `AT+CGREG`
    Packet = 1,
    /// `AT+CEREG`
    Eps = 2,
}

/// What the general commands have set.
#[derive(Clone, Debug)]
pub struct General {
    /// `AT+CFUN`.
    pub functionality: Functionality,
    /// `n` of `AT+CREG`, `AT+CGREG`, `AT+CEREG`.
    pub registration_format: [u32; 3],
    /// `AT+COPS=3,<format>`.
    pub operator_format: u32,
}

impl Default for General {
    fn default() -> General {
        General { functionality: Functionality::Full, registration_format: [0; 3], operator_format: 0 }
    }
}

impl General {
    /// Registered in the home network.
    pub fn registered(&self) -> bool {
        self.functionality == Functionality::Full
    }
}
