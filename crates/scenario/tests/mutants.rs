//! Whatever a file contains, it is played or refused with a line and a reason: transcripts that are cut, mixed and
//! misspelt never make the player fall over.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use modemtwin_scenario::transcript::{Scenario, forms};
use modemtwin_scenario::world::{Split, next_random};
use std::path::{Path, PathBuf};

fn seeds() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../module/tests/transcripts");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    assert!(files.len() > 200, "the transcripts are there");
    // Long ones make the test slow and not better.
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).filter(|text| text.len() < 3000).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        (next_random(&mut self.0) % n.max(1) as u64) as usize
    }

    fn of<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// A transcript with a few things wrong in it.
fn mutant(seeds: &[String], chance: &mut Chance) -> String {
    let all: Vec<&str> = seeds.iter().flat_map(|text| text.lines()).collect();
    let examples: Vec<&str> = forms().map(|form| form.example).collect();
    let words: Vec<&str> = examples.iter().flat_map(|line| line.split(' ')).collect();
    let odd = [
        "",
        "-1",
        "0",
        "99999999999999999999",
        "\"",
        "\\x",
        "\\{9*",
        "192.0.2.1:80",
        "é",
        "\u{0}",
        "=",
        "+",
        "#",
    ];
    let mut lines: Vec<String> = seeds[chance.below(seeds.len())].lines().map(String::from).collect();
    for _ in 0..1 + chance.below(6) {
        let at = chance.below(lines.len());
        match chance.below(7) {
            0 if lines.len() > 1 => drop(lines.remove(at)),
            1 => lines.insert(at, chance.of(&all).into()),
            2 => lines.insert(at, chance.of(&examples).into()),
            3 => {
                let other = chance.below(lines.len());
                lines.swap(at, other);
            }
            4 | 5 => {
                let mut parts: Vec<&str> = lines[at].split(' ').collect();
                let part = chance.below(parts.len());
                parts[part] = if chance.below(2) == 0 { chance.of(&words) } else { chance.of(&odd) };
                lines[at] = parts.join(" ");
            }
            _ => {
                let mut bytes = lines[at].clone().into_bytes();
                if !bytes.is_empty() {
                    let byte = chance.below(bytes.len());
                    bytes[byte] = chance.below(128) as u8;
                }
                lines[at] = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }
    lines.join("\n")
}

#[test]
fn no_file_makes_the_player_fall_over() {
    let seeds = seeds();
    let rounds = std::env::var("MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    let load = |_: &str| Ok(vec![b'x'; 100]);
    let (mut refused, mut failed) = (0, 0);
    for seed in 0..rounds {
        let text = mutant(&seeds, &mut Chance(seed));
        let outcome = std::panic::catch_unwind(|| match Scenario::parse(&text, &load) {
            Err(failures) => {
                assert!(failures.iter().all(|f| f.line >= 1 && f.line <= text.lines().count()));
                (1, 0)
            }
            Ok(scenario) => {
                let failure = scenario.play(Split::Whole, &mut Vec::new()).err();
                if let Some(failure) = &failure {
                    assert!((1..=text.lines().count().max(1)).contains(&failure.line), "{failure}");
                    // What can be updated plays afterwards, if anything is left of it.
                    if let Ok(now) = scenario.update() {
                        match Scenario::parse(&now, &load) {
                            Ok(now) => now.play(Split::Whole, &mut Vec::new()).unwrap(),
                            Err(failures) => {
                                assert!(failures[0].what.contains("nothing to play"), "{failures:?}")
                            }
                        }
                    }
                }
                (0, usize::from(failure.is_some()))
            }
        });
        let (r, f) = outcome.unwrap_or_else(|_| panic!("mutant {seed}:\n{text}"));
        (refused, failed) = (refused + r, failed + f);
    }
    let played = rounds as usize - refused - failed;
    assert!(refused > 50 && failed > 50 && played > 10, "{refused} refused, {failed} failed, {played} hold");
}
