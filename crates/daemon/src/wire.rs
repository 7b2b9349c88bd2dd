//! How a real wire differs from a pipe: bytes take time, come in pieces, and answers come late. Sans-IO: asked with the
//! time, it says how many bytes may pass and when to ask again.

use at::time::Instant;
use std::{ops::RangeInclusive, time::Duration};

/// What the wires of a module do beyond passing bytes. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireConfig {
    /// Bytes take their time, in both directions.
    pub baud: Option<Baud>,
    /// Bytes come in pieces of so many, with so long a silence between two, in both directions.
    pub pieces: Option<(usize, Duration)>,
    /// How long the module takes before it says something, in milliseconds: evenly spread.
    pub latency: Option<RangeInclusive<u32>>,
    /// What decides between the latencies. The same seed decides in the same way.
    pub seed: u64,
}

/// Speed of a wire. A byte is ten bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baud {
    /// Bits per second.
    Fixed(u32),
    /// What `AT+IPR` says.
    Ipr,
}

impl WireConfig {
    /// A wire of the module, or nothing when there is nothing to do.
    pub(crate) fn wire(&self, unit: u32, port: usize) -> Option<Box<Wire>> {
        if self.baud.is_none() && self.pieces.is_none() && self.latency.is_none() {
            return None;
        }
        let port = u64::try_from(port).unwrap_or_default();
        // Any odd numbers: wires of one seed must not have the same delays.
        let state = self.seed ^ u64::from(unit).wrapping_mul(0x9E37_79B9) ^ port.wrapping_mul(0x85EB_CA6B);
        let (said, heard) = (Direction::default(), Direction::default());
        Some(Box::new(Wire { config: self.clone(), random: Random(state), said, heard }))
    }
}

/// One port's wire.
#[derive(Debug)]
pub(crate) struct Wire {
    config: WireConfig,
    random: Random,
    /// Module to host.
    said: Direction,
    /// Host to module.
    heard: Direction,
}

#[derive(Debug)]
struct Direction {
    /// Everything that has passed is through from then on. Counted from the start of the module's time, because the
    /// time of a byte is no whole number of microseconds.
    free_at: Duration,
    /// Bytes of the present piece that have passed.
    piece: usize,
    /// There was nothing to pass when last asked.
    is_idle: bool,
    /// Nothing could pass when last asked, and only time changes that.
    is_waiting: bool,
}

impl Default for Direction {
    fn default() -> Direction {
        Direction { free_at: Duration::ZERO, piece: 0, is_idle: true, is_waiting: false }
    }
}

impl Wire {
    /// How many of `waiting` bytes may go to the host. `ipr` is the rate of `AT+IPR`.
    pub(crate) fn may_say(&mut self, now: Instant, waiting: usize, ipr: u32) -> usize {
        let byte = self.byte_time(ipr);
        if waiting == 0 {
            (self.said.is_idle, self.said.is_waiting) = (true, false);
            return 0;
        }
        if std::mem::take(&mut self.said.is_idle) {
            let delay = self.config.latency.clone().map_or(0, |range| self.random.within(range));
            // What has been said before is through first.
            self.said.free_at = self.said.free_at.max(exact(now)) + Duration::from_millis(delay.into());
        }
        let passing = self.said.passing(now, waiting, byte, self.config.pieces);
        self.said.is_waiting = passing == 0;
        passing
    }

    /// So many bytes have gone to the host.
    pub(crate) fn has_said(&mut self, now: Instant, count: usize, ipr: u32) {
        let byte = self.byte_time(ipr);
        self.said.passed(now, count, byte, self.config.pieces);
    }

    /// How many bytes may come from the host, of `room`.
    pub(crate) fn may_hear(&mut self, now: Instant, room: usize, ipr: u32) -> usize {
        self.heard.is_waiting = exact(now) < self.heard.free_at;
        if self.heard.is_waiting {
            return 0;
        }
        let byte = self.byte_time(ipr);
        let batch = match byte {
            Duration::ZERO => room,
            byte => usize::try_from(GRAIN.as_nanos() / byte.as_nanos()).unwrap_or(room).max(1),
        };
        let left = self.config.pieces.map_or(room, |(size, _)| size.saturating_sub(self.heard.piece).max(1));
        room.min(batch).min(left)
    }

    /// So many bytes have come from the host.
    pub(crate) fn has_heard(&mut self, now: Instant, count: usize, ipr: u32) {
        let byte = self.byte_time(ipr);
        self.heard.free_at = self.heard.free_at.max(exact(now));
        self.heard.passed(now, count, byte, self.config.pieces);
    }

    /// When to ask again. It may have passed already.
    pub(crate) fn deadline(&self, ipr: u32) -> Option<Instant> {
        // A grain's worth of bytes, or one.
        let first = match self.byte_time(ipr) {
            Duration::ZERO => Duration::ZERO,
            byte => byte.max(GRAIN),
        };
        let said = self.said.is_waiting.then(|| self.said.free_at + first);
        let heard = self.heard.is_waiting.then_some(self.heard.free_at);
        let due = [said, heard].into_iter().flatten().min()?;
        // Rounded up: asked a nanosecond too early, it would have to be asked for ever.
        Some(Instant::ZERO + (due + Duration::from_nanos(999)))
    }

    fn byte_time(&self, ipr: u32) -> Duration {
        let baud = match self.config.baud {
            None => return Duration::ZERO,
            Some(Baud::Fixed(baud)) => baud,
            Some(Baud::Ipr) => ipr,
        };
        Duration::from_nanos(BITS_OF_A_SECOND / u64::from(baud.max(1)))
    }
}

/// What passes within this time passes at once: the timers of operating systems are no finer.
const GRAIN: Duration = Duration::from_millis(1);
/// Nanoseconds that ten bits take at one bit a second.
const BITS_OF_A_SECOND: u64 = 10_000_000_000;

impl Direction {
    fn passing(
        &self,
        now: Instant,
        waiting: usize,
        byte: Duration,
        pieces: Option<(usize, Duration)>,
    ) -> usize {
        let Some(passed) = exact(now).checked_sub(self.free_at) else { return 0 };
        let through = match byte {
            Duration::ZERO => waiting,
            byte => usize::try_from(passed.as_nanos() / byte.as_nanos()).unwrap_or(waiting),
        };
        let left = pieces.map_or(waiting, |(size, _)| size.saturating_sub(self.piece).max(1));
        waiting.min(through).min(left)
    }

    fn passed(&mut self, now: Instant, count: usize, byte: Duration, pieces: Option<(usize, Duration)>) {
        self.free_at += byte * u32::try_from(count).unwrap_or(u32::MAX);
        if let Some((size, gap)) = pieces {
            self.piece += count;
            if self.piece >= size {
                self.piece = 0;
                self.free_at = self.free_at.max(exact(now)) + gap;
            }
        }
    }
}

fn exact(now: Instant) -> Duration {
    now.since(Instant::ZERO)
}

/// SplitMix64: small, and the same everywhere.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn within(&mut self, range: RangeInclusive<u32>) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let span = u64::from(range.end().saturating_sub(*range.start())) + 1;
        range.start() + u32::try_from(z % span).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPR: u32 = 9600;

    fn wire(config: &WireConfig) -> Wire {
        *config.wire(0, 0).unwrap()
    }

    /// When each of `bytes` bytes reaches the host, in microseconds, if it takes them at once.
    fn said(wire: &mut Wire, mut now: Instant, mut bytes: usize) -> Vec<u128> {
        let mut times = Vec::new();
        while bytes > 0 {
            let n = wire.may_say(now, bytes, IPR);
            wire.has_said(now, n, IPR);
            bytes -= n;
            times.extend(std::iter::repeat_n(now.since(Instant::ZERO).as_micros(), n));
            if bytes > 0 && n == 0 {
                now = wire.deadline(IPR).unwrap();
            }
        }
        assert_eq!(wire.may_say(now, 0, IPR), 0);
        times
    }

    /// When each byte of a host that never stops reaches the module.
    fn heard(wire: &mut Wire, count: usize) -> Vec<u128> {
        let (mut now, mut times) = (Instant::ZERO, Vec::new());
        while times.len() < count {
            let n = wire.may_hear(now, count - times.len(), IPR);
            wire.has_heard(now, n, IPR);
            times.extend(std::iter::repeat_n(now.since(Instant::ZERO).as_micros(), n));
            if n == 0 {
                now = wire.deadline(IPR).unwrap();
            }
        }
        times
    }

    #[test]
    fn nothing_asked_for_is_no_wire() {
        assert!(WireConfig { seed: 7, ..WireConfig::default() }.wire(3, 1).is_none());
    }

    #[test]
    fn a_byte_takes_ten_bits_both_ways() {
        for baud in [Baud::Fixed(9600), Baud::Ipr] {
            let config = WireConfig { baud: Some(baud), ..WireConfig::default() };
            let times = said(&mut wire(&config), Instant::ZERO, 960);
            assert_eq!((times[0], times[959]), (1042, 1_000_000), "{baud:?}");
            let times = heard(&mut wire(&config), 960);
            assert!((998_000..=1_000_000).contains(&times[959]), "{}", times[959]);
        }
        let fast = WireConfig { baud: Some(Baud::Fixed(1_000_000)), ..WireConfig::default() };
        assert_eq!(said(&mut wire(&fast), Instant::ZERO, 1000)[999], 10_000);
        assert_eq!(heard(&mut wire(&fast), 1000)[999], 9_000);
    }

    #[test]
    fn pieces_are_set_apart() {
        let pieces = Some((3, Duration::from_millis(20)));
        let mut wire = wire(&WireConfig { pieces, ..WireConfig::default() });
        let expected = [0, 0, 0, 20_000, 20_000, 20_000, 40_000];
        assert_eq!(said(&mut wire, Instant::ZERO, 7), expected);
        assert_eq!(heard(&mut wire, 7), expected);
    }

    #[test]
    fn answers_come_late_by_a_seeded_time() {
        let config = WireConfig { latency: Some(5..=50), seed: 1, ..WireConfig::default() };
        let times = |config: &WireConfig, port| -> Vec<u128> {
            let mut wire = *config.wire(0, port).unwrap();
            (0..100).map(|_| said(&mut wire, Instant::ZERO, 1)[0]).collect()
        };
        let first = times(&config, 0);
        assert_eq!(first, times(&config, 0));
        assert_ne!(first, times(&config, 1));
        assert_ne!(first, times(&WireConfig { seed: 2, ..config }, 0));
        let delays: Vec<u128> = first.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(delays.iter().all(|delay| (5_000..=50_000).contains(delay)), "{delays:?}");
    }
}
