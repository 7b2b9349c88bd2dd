//! How much work one chain may be. The peer chooses how many certificates, names and constraints there are and how long
//! they are, so whatever is done for each of one with each of another is paid from here.

use crate::work;

/// How many issuers are tried, each of which may be a signature to check.
const ISSUERS: u32 = 64;
/// How many bytes of names and constraints are compared: thousands of names with hundreds of constraints.
const COMPARED: usize = 1 << 24;

/// What is left.
pub(super) struct Budget {
    issuers: u32,
    compared: usize,
}

/// The budget is used up.
pub(super) struct UsedUp;

impl Budget {
    pub(super) fn new() -> Budget {
        Budget { issuers: ISSUERS, compared: COMPARED }
    }

    /// Pays for one issuer.
    pub(super) fn try_issuer(&mut self) -> Result<(), UsedUp> {
        self.issuers = self.issuers.checked_sub(1).ok_or(UsedUp)?;
        Ok(())
    }

    /// Pays for a comparison of so many bytes on both sides together.
    pub(super) fn compare(&mut self, bytes: usize) -> Result<(), UsedUp> {
        self.compared = self.compared.checked_sub(bytes).ok_or(UsedUp)?;
        work::count(bytes);
        Ok(())
    }
}
