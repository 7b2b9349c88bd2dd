//! An allocator that looks into what it frees.

use crate::secrets::Secret;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, RefCell},
};

thread_local! {
    /// What is looked for, while it is.
    static SECRETS: RefCell<Vec<Secret>> = const { RefCell::new(Vec::new()) };
    static FOUND: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, inspected.
pub(crate) struct Inspector;

// SAFETY: all memory comes from the system's allocator and goes back to it, with the layout that it came with. The
// method `realloc` is the provided one, which allocates, copies and frees, so that old blocks are inspected too.
unsafe impl GlobalAlloc for Inspector {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that `dealloc` may read bytes that nobody has written.
        // SAFETY: what holds for the caller holds for the system.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // While the finding is written down, or the thread ends, nothing is inspected.
        if WATCHING.try_with(|watching| watching.replace(false)).unwrap_or(false) {
            // SAFETY: the block was allocated here, so many bytes of it, all of them written to by `alloc`; it is the
            // caller's until this returns, and the caller is done with it.
            inspect(unsafe { std::slice::from_raw_parts(block, layout.size()) });
            WATCHING.set(true);
        }
        // SAFETY: what holds for the caller holds for the system.
        unsafe { System.dealloc(block, layout) }
    }
}

fn inspect(block: &[u8]) {
    SECRETS.with_borrow(|secrets| {
        for (index, secret) in secrets.iter().enumerate() {
            if block.windows(secret.bytes.len()).any(|window| window == secret.bytes) {
                found(index, block.len());
            }
        }
    });
}

/// A place for a breakpoint.
#[inline(never)]
fn found(index: usize, len: usize) {
    FOUND.with_borrow_mut(|found| found.push((index, len)));
}

/// Says which of `secrets` this thread left in a block that it freed during `work`.
pub(crate) fn watch(secrets: Vec<Secret>, work: impl FnOnce()) -> Vec<String> {
    SECRETS.set(secrets);
    WATCHING.set(true);
    work();
    WATCHING.set(false);
    let secrets = SECRETS.take();
    let text =
        |(index, len): (usize, usize)| format!("{} in a freed block of {len} bytes", secrets[index].name);
    FOUND.take().into_iter().map(text).collect()
}
