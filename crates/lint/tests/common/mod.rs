//! Dialogues in virtual time, shown to a lint.
#![allow(dead_code, reason = "each test uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use at::time::Instant;
use modemtwin_lint::{Lint, Seen};
use module::{AtPort, Event, PortId};
use scenario::{
    transcript,
    world::{Said, Split, World, next_random},
};

/// What a lint sees of a world, in order.
pub(crate) struct Tape {
    entries: Vec<(Instant, Entry)>,
    end: Instant,
}

enum Entry {
    Said(AtPort, Said),
    Event(Event),
}

/// In which pieces bytes are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pieces {
    AsTheyCame,
    Bytes,
    Random(u64),
}

impl Tape {
    /// Plays a transcript; what the module should say is not compared.
    pub(crate) fn of(text: &str) -> Tape {
        let (world, ports) =
            transcript::world(text, Split::Whole).map_err(|e| format!("{e}\n{text}")).unwrap();
        Tape::new(&world, &ports)
    }

    fn new(world: &World, ports: &[AtPort]) -> Tape {
        let mut entries: Vec<_> =
            world.events().iter().map(|(at, event)| (*at, Entry::Event(event.clone()))).collect();
        for (index, port) in (0..).zip(ports) {
            let log = world.log(PortId(index)).iter();
            entries.extend(log.map(|(at, said)| (*at, Entry::Said(*port, said.clone()))));
        }
        // Ports of one instant one after the other, as they are: a stable sort.
        entries.sort_by_key(|(at, _)| *at);
        Tape { entries, end: world.now() }
    }

    /// A lint that has seen it all, and its end.
    pub(crate) fn shown(&self, pieces: Pieces) -> Lint {
        let mut lint = Lint::default();
        self.show(&mut lint, pieces);
        lint
    }

    /// The unsolicited codes that the module tells of.
    pub(crate) fn urcs(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(_, entry)| match entry {
            Entry::Event(Event::Urc { text, .. }) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Shows it all, and then its end.
    pub(crate) fn show(&self, lint: &mut Lint, pieces: Pieces) {
        for (i, (at, entry)) in self.entries.iter().enumerate() {
            match entry {
                Entry::Event(event) => {
                    let seen = Seen::event(event);
                    // What these announce is shown beside everything of their instant, below.
                    if let Some(seen @ Seen::Mistake(..)) = seen {
                        lint.see(*at, seen);
                    }
                }
                Entry::Said(port, said) => {
                    self.events_of(*at, i, lint);
                    match said {
                        Said::Host(bytes) => {
                            cut(pieces, bytes, |piece| lint.see(*at, Seen::Host(*port, piece)));
                        }
                        Said::Module(bytes) => cut(pieces, bytes, |piece| {
                            lint.see(*at, Seen::Module(*port, piece));
                            self.events_of(*at, i, lint);
                        }),
                        Said::Dtr(on) => lint.see(*at, Seen::Dtr(*port, *on)),
                        Said::Attached(true) => lint.see(*at, Seen::Attached(*port)),
                        Said::Attached(false) => lint.see(*at, Seen::Detached(*port)),
                    }
                }
            }
        }
        lint.end(self.end);
    }

    /// A world does not tell which of two things of an instant came first. An end that is announced early changes
    /// nothing before the end itself is printed.
    fn events_of(&self, at: Instant, near: usize, lint: &mut Lint) {
        let before = self.entries[..near].iter().rev();
        let around = before.chain(&self.entries[near..]).take_while(|(time, _)| *time == at);
        for (_, entry) in around {
            if let Entry::Event(event) = entry
                && let Some(seen @ (Seen::SocketChanged(_) | Seen::Urc(_))) = Seen::event(event)
            {
                lint.see(at, seen);
            }
        }
    }
}

fn cut(pieces: Pieces, bytes: &[u8], mut show: impl FnMut(&[u8])) {
    match pieces {
        Pieces::AsTheyCame => show(bytes),
        Pieces::Bytes => bytes.chunks(1).for_each(show),
        Pieces::Random(seed) => {
            let (mut rest, mut state) = (bytes, seed);
            while !rest.is_empty() {
                let n = (1 + next_random(&mut state) % 17) as usize;
                let (piece, tail) = rest.split_at(n.min(rest.len()));
                show(piece);
                rest = tail;
            }
        }
    }
}

/// The findings of a transcript: rule and detail. They are the same in whatever pieces the bytes come.
pub(crate) fn findings(text: &str) -> Vec<(&'static str, String)> {
    let tape = Tape::of(text);
    let of = |pieces| {
        let lint = tape.shown(pieces);
        lint.findings().iter().map(|f| (f.rule.name, f.detail.clone())).collect::<Vec<_>>()
    };
    let whole = of(Pieces::AsTheyCame);
    for pieces in [Pieces::Bytes, Pieces::Random(1), Pieces::Random(2)] {
        assert_eq!(of(pieces), whole, "{pieces:?}: {text}");
    }
    whole
}
