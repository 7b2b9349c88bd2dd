//! S-parameters (V.250 5.3.2): one table of numbers, ranges and defaults.

/// One row of the table.
#[derive(Debug)]
pub struct SRow {
    /// Number of the register.
    pub number: u8,
    /// Lowest value.
    pub min: u8,
    /// Highest value.
    pub max: u8,
    /// Value after `AT&F`.
    pub default: u8,
    /// What it does.
    pub meaning: &'static str,
}

const fn row(number: u8, min: u8, max: u8, default: u8, meaning: &'static str) -> SRow {
    SRow { number, min, max, default, meaning }
}

/// The registers in ascending order. There is no S12: the module's guard time is fixed at 1 s.
pub static SREGS: [SRow; 8] = [
    row(0, 0, 255, 0, "rings before automatic answering; no effect"),
    row(S3, 0, 127, 13, "command line termination character"),
    row(S4, 0, 127, 10, "response formatting character"),
    row(S5, 0, 127, 8, "command line editing character"),
    row(6, 2, 10, 2, "pause before blind dialling, s; no effect"),
    row(7, 0, 255, 0, "connection completion timeout, s; no effect"),
    row(8, 1, 255, 2, "comma dial modifier time, s; no effect"),
    row(10, 1, 255, 15, "automatic disconnect delay, 0.1 s; no effect"),
];

/// Number of the termination character's register.
pub const S3: u8 = 3;
/// Number of the formatting character's register.
pub const S4: u8 = 4;
/// Number of the editing character's register.
pub const S5: u8 = 5;

/// The values of all registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SRegs([u8; SREGS.len()]);

impl Default for SRegs {
    fn default() -> SRegs {
        SRegs(core::array::from_fn(|i| SREGS.get(i).map_or(0, |row| row.default)))
    }
}

impl SRegs {
    /// The value of register `number`; `None` when there is no such register.
    pub fn get(&self, number: u8) -> Option<u8> {
        self.0.get(index(number)?).copied()
    }

    /// Sets a register. `false` when there is no such register or the value is out of its range.
    pub fn set(&mut self, number: u8, value: u8) -> bool {
        let Some(i) = index(number) else { return false };
        let (Some(row), Some(slot)) = (SREGS.get(i), self.0.get_mut(i)) else { return false };
        let ok = (row.min..=row.max).contains(&value);
        if ok {
            *slot = value;
        }
        ok
    }
}

fn index(number: u8) -> Option<usize> {
    SREGS.iter().position(|row| row.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_numbers_ascend() {
        for pair in SREGS.windows(2) {
            assert!(pair[0].number < pair[1].number);
        }
        let mut regs = SRegs::default();
        for row in &SREGS {
            assert_eq!(regs.get(row.number), Some(row.default));
            assert!(regs.set(row.number, row.min) && regs.set(row.number, row.max));
            assert_eq!(regs.get(row.number), Some(row.max));
            if row.max < 255 {
                assert!(!regs.set(row.number, row.max + 1));
            }
        }
        assert_eq!(regs.get(12), None);
        assert!(!regs.set(12, 50));
    }
}
