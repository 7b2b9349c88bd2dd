//! The client against every row of the table of faults.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::server::{
    Version,
    knobs::{Due, Knob, all},
};
use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// Runs every row on every version and suite that it names; gives the objections.
fn objections(
    with_hooks: bool,
    object: impl Fn(&Knob, (Version, u16)) -> Option<String> + Sync,
) -> Vec<String> {
    let mut runs: Vec<(Knob, (Version, u16))> = Vec::new();
    for knob in all().iter().filter(|knob| with_hooks || !knob.hooks.is_empty()) {
        runs.extend(knob.on.iter().map(|on| (knob.clone(), *on)));
    }
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let object = &object;
    thread::scope(|scope| {
        let part = runs.len().div_ceil(threads);
        let workers: Vec<_> = runs
            .chunks(part)
            .map(|runs| {
                scope.spawn(move || {
                    let said = runs.iter().filter_map(|(knob, on)| {
                        // A panic is an answer too: it must not hide those of the other rows.
                        let objection = catch_unwind(AssertUnwindSafe(|| object(knob, *on)))
                            .unwrap_or_else(|_| Some("panic".into()))?;
                        Some(format!("{} on {:?} {:04x}: {objection}", knob.name, on.0, on.1))
                    });
                    said.collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_fault_is_answered_as_due() {
    let said = objections(true, |knob, on| knob.objection(on.0, &knob.run(on, true)));
    assert!(said.is_empty(), "{} of the runs:\n{}", said.len(), said.join("\n"));
}

/// Otherwise a row could be answered as due for another reason than its fault.
#[test]
fn without_its_fault_every_row_is_accepted() {
    let said = objections(false, |knob, on| {
        let honest = Knob { due: Due::Accept, ..knob.clone() };
        honest.objection(on.0, &knob.run(on, false))
    });
    assert!(said.is_empty(), "{} of the runs:\n{}", said.len(), said.join("\n"));
}

#[test]
fn names_are_unique_and_many() {
    let knobs = all();
    let names: HashSet<&str> = knobs.iter().map(|knob| knob.name.as_str()).collect();
    assert_eq!(names.len(), knobs.len());
    let faults = knobs.iter().filter(|knob| !matches!(knob.due, Due::Accept | Due::AcceptAndWarn(_)));
    assert!(faults.count() >= 120);
}
