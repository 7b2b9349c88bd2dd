//! Which occurrences a fault strikes: by count, by chance, by a seed.

/// SplitMix64: enough chance for faults, and the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Of a unit of several modules: each has its own chance, unit 0 that of the seed alone.
    pub(crate) fn new(seed: u64, unit: u32) -> Random {
        Random(seed ^ u64::from(unit).wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // What is uneven about it is far below what anybody can measure.
        self.next().checked_rem(n).unwrap_or_default()
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Which of them, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Which {
    /// All.
    #[default]
    All,
    /// This one.
    Nth(u64),
    /// So many from the start.
    First(u64),
    /// Every one whose number is a multiple.
    Every(u64),
}

/// Counts occurrences and decides.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    which: Which,
    prob: f64,
    seen: u64,
    pub(crate) random: Random,
}

impl Chance {
    pub(crate) fn new(which: Which, prob: f64, random: Random) -> Chance {
        Chance { which, prob, seen: 0, random }
    }

    /// One more has occurred: is it struck?
    pub(crate) fn strikes(&mut self) -> bool {
        self.seen += 1;
        let meant = match self.which {
            Which::All => true,
            Which::Nth(n) => self.seen == n,
            Which::First(n) => self.seen <= n,
            Which::Every(n) => self.seen.is_multiple_of(n),
        };
        // Certainty draws nothing, so that adding `prob=1` changes no other draw.
        meant && (self.prob >= 1.0 || self.random.share() < self.prob)
    }
}

impl Chance {
    /// How many occurrences pass before the next that is struck; `None`: none is, as far as anybody waits for it.
    pub(crate) fn gap(&mut self) -> Option<u64> {
        let is_over = match self.which {
            Which::Nth(n) | Which::First(n) => self.seen >= n,
            Which::All | Which::Every(_) => false,
        };
        if is_over || self.prob <= 0.0 {
            return None;
        }
        (0..MOST_PASSED).find(|_| self.strikes())
    }
}

/// Commands that anybody waits for one to fail.
const MOST_PASSED: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(which: Which, prob: f64, (seed, unit): (u64, u32)) -> Vec<u64> {
        let mut chance = Chance::new(which, prob, Random::new(seed, unit));
        (1..=12).filter(|_| chance.strikes()).collect()
    }

    #[test]
    fn counts_are_exact() {
        assert_eq!(struck(Which::All, 1.0, (0, 0)).len(), 12);
        assert_eq!(struck(Which::Nth(3), 1.0, (0, 0)), [3]);
        assert_eq!(struck(Which::First(2), 1.0, (0, 0)), [1, 2]);
        assert_eq!(struck(Which::Every(5), 1.0, (0, 0)), [5, 10]);
        assert_eq!(struck(Which::All, 0.0, (0, 0)), []);
    }

    #[test]
    fn chance_is_fair_and_repeats_with_its_seed() {
        assert_eq!(struck(Which::All, 0.5, (7, 0)), struck(Which::All, 0.5, (7, 0)));
        assert_ne!(struck(Which::All, 0.5, (7, 0)), struck(Which::All, 0.5, (8, 0)));
        assert_eq!(struck(Which::All, 0.5, (7, 1)), struck(Which::All, 0.5, (7, 1)));
        let units: Vec<_> = (0..8).map(|unit| struck(Which::All, 0.5, (7, unit))).collect();
        assert!((0..8).all(|unit| !units[..unit].contains(&units[unit])), "{units:?}");
        let mut chance = Chance::new(Which::All, 0.25, Random::new(1, 0));
        let hits = (0..40_000).filter(|_| chance.strikes()).count();
        assert!((9_600..10_400).contains(&hits), "{hits}");
    }
}
