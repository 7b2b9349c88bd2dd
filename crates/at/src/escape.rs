//! The escape sequence of online data state (§1.4): silence of at least the guard time, `+++` within the
//! window, silence again. The characters are held back until decided, and released as data when the
//! timing disproves them (D23).

use crate::time::Instant;
use core::time::Duration;

/// Silence before and after, and the time the three characters may take (§1.4).
pub const GUARD: Duration = Duration::from_secs(1);

const SEQUENCE: &[u8] = b"+++";

/// Watches the bytes of one data phase.
#[derive(Clone, Debug)]
pub struct Escape {
    /// When the last byte came, or when the data phase began.
    last: Instant,
    /// Characters of the sequence held back, 0 to 3.
    held: usize,
    /// When the first of them came.
    first: Instant,
    /// Every byte is data.
    off: bool,
}

/// What the next piece of the input is.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Held back: ask again with more input or at `deadline`.
    Held,
    /// Data, in order.
    Data(&'a [u8]),
    /// The sequence is complete: the host wants command state. The input has not been touched.
    Escaped,
}

impl Escape {
    /// A data phase that begins now; the silence before a sequence counts from here.
    pub fn new(now: Instant) -> Escape {
        Escape { last: now, held: 0, first: now, off: false }
    }

    /// A data phase that no sequence ends.
    pub fn none() -> Escape {
        Escape { off: true, ..Escape::new(Instant::ZERO) }
    }

    /// Looks at `input` and says what comes next and how many bytes of it that used. At most `room`
    /// bytes of data are given out. Call again until the input is used up, or nothing is used and the
    /// piece is `Held`.
    pub fn step<'a>(&mut self, now: Instant, input: &'a [u8], room: usize) -> (usize, Piece<'a>) {
        if let Some(piece) = self.overdue(now, room) {
            return (0, piece);
        }
        let quiet = now - self.last >= GUARD;
        let fits = match self.held {
            0 => quiet,
            1 | 2 => true,
            _ => false,
        };
        match input.first() {
            None => (0, Piece::Held),
            Some(b'+') if fits && !self.off => {
                if self.held == 0 {
                    self.first = now;
                }
                self.held += 1;
                self.last = now;
                (1, Piece::Held)
            }
            Some(_) if self.held > 0 => (0, self.release(room)),
            Some(_) => {
                let n = input.len().min(room);
                let (data, _) = input.split_at(n);
                if n > 0 {
                    self.last = now;
                }
                (n, if n > 0 { Piece::Data(data) } else { Piece::Held })
            }
        }
    }

    /// When `step` with no input has something to say.
    pub fn deadline(&self) -> Option<Instant> {
        match self.held {
            0 => None,
            3 => Some(self.last + GUARD),
            _ => Some((self.first + GUARD + Duration::from_micros(1)).min(self.last + GUARD)),
        }
    }

    /// How many characters are held back.
    pub fn held(&self) -> usize {
        self.held
    }

    /// What the passing of time has decided.
    fn overdue(&mut self, now: Instant, room: usize) -> Option<Piece<'static>> {
        match self.held {
            3 if now - self.last >= GUARD => {
                self.held = 0;
                Some(Piece::Escaped)
            }
            // Later than the window, or a silence: what is held is data, and what comes next may begin anew.
            1 | 2 if now - self.first > GUARD || now - self.last >= GUARD => Some(self.release(room)),
            _ => None,
        }
    }

    fn release(&mut self, room: usize) -> Piece<'static> {
        if room < self.held {
            return Piece::Held;
        }
        let (data, _) = SEQUENCE.split_at(self.held.min(SEQUENCE.len()));
        self.held = 0;
        Piece::Data(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn ms(n: u64) -> Instant {
        Instant::from_micros(n * 1000)
    }

    /// Runs timed chunks through a detector and then lets 10 s pass: data, and when it escaped.
    fn run(chunks: &[(u64, &[u8])]) -> (Vec<u8>, Option<u64>) {
        let mut escape = Escape::new(ms(0));
        let mut data = Vec::new();
        let mut feed = |escape: &mut Escape, now: Instant, mut input: &[u8]| loop {
            match escape.step(now, input, usize::MAX) {
                (n, Piece::Data(d)) => {
                    data.extend_from_slice(d);
                    input = &input[n..];
                }
                (_, Piece::Escaped) => return true,
                (0, Piece::Held) => return false,
                (n, Piece::Held) => input = &input[n..],
            }
        };
        for (i, (at, chunk)) in chunks.iter().enumerate() {
            if feed(&mut escape, ms(*at), chunk) {
                return (data, Some(*at));
            }
            let until = chunks.get(i + 1).map_or(*at + 10_000, |next| next.0);
            while let Some(deadline) = escape.deadline().filter(|d| *d < ms(until)) {
                if feed(&mut escape, deadline, b"") {
                    return (data, Some(deadline.as_micros() / 1000));
                }
            }
        }
        (data, None)
    }

    #[test]
    fn guard_before() {
        assert_eq!(run(&[(0, b"x"), (999, b"+++")]), (b"x+++".to_vec(), None));
        assert_eq!(run(&[(0, b"x"), (1000, b"+++")]), (b"x".to_vec(), Some(2000)));
    }

    #[test]
    fn guard_after() {
        assert_eq!(run(&[(1000, b"+++"), (1999, b"y")]), (b"+++y".to_vec(), None));
        assert_eq!(run(&[(1000, b"+++"), (2000, b"y")]), (b"".to_vec(), Some(2000)));
        assert_eq!(run(&[(1000, b"+++\r")]), (b"+++\r".to_vec(), None));
    }

    #[test]
    fn three_characters_within_one_second() {
        assert_eq!(run(&[(1000, b"+"), (1500, b"+"), (2000, b"+")]), (b"".to_vec(), Some(3000)));
        assert_eq!(run(&[(1000, b"++"), (2001, b"+")]), (b"+++".to_vec(), None));
        // A second of silence inside the window is the silence before a sequence of its own.
        assert_eq!(run(&[(1000, b"++"), (2000, b"+++")]), (b"++".to_vec(), Some(3000)));
        // The late one follows a second of silence and begins a sequence of its own.
        assert_eq!(run(&[(1000, b"+"), (2500, b"+++")]), (b"+".to_vec(), Some(3500)));
    }

    #[test]
    fn other_numbers_of_pluses_are_data() {
        assert_eq!(run(&[(1000, b"++++")]), (b"++++".to_vec(), None));
        assert_eq!(run(&[(1000, b"+++"), (1000, b"+")]), (b"++++".to_vec(), None));
        assert_eq!(run(&[(1000, b"++")]), (b"++".to_vec(), None));
        assert_eq!(run(&[(1000, b"a+b++c+++d")]), (b"a+b++c+++d".to_vec(), None));
    }

    #[test]
    fn every_split_of_a_chunk_is_the_same() {
        for text in [&b"+++"[..], b"++++", b"+++a", b"a+++", b"++a+"] {
            let whole = run(&[(1000, text)]);
            for cut in 0..=text.len() {
                assert_eq!(run(&[(1000, &text[..cut]), (1000, &text[cut..])]), whole);
            }
        }
    }

    #[test]
    fn no_room_holds_everything() {
        let mut escape = Escape::new(ms(0));
        assert_eq!(escape.step(ms(0), b"abc", 0), (0, Piece::Held));
        assert_eq!(escape.step(ms(0), b"abc", 2), (2, Piece::Data(b"ab")));
        assert_eq!(escape.step(ms(1000), b"++x", 1).0, 1);
        assert_eq!(escape.step(ms(1000), b"+x", 1).0, 1);
        assert_eq!(escape.step(ms(1000), b"x", 1), (0, Piece::Held));
        assert_eq!(escape.step(ms(1000), b"x", 2), (0, Piece::Data(b"++")));
    }
}
