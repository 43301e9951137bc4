//! Places in the life of an attempt where a test lets the process die, as `kill -9` would.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The places, in the order an attempt passes them.
pub const PLACES: [&str; 5] =
    ["before_claim", "after_claim", "after_send", "before_report", "after_report"];

static ARMED: OnceLock<(String, AtomicU32)> = OnceLock::new();

/// Lets the process die when it comes to `place` for the `nth` time. Once per process, before it
/// works.
pub fn arm(place: &str, nth: u32) {
    let _ = ARMED.set((place.to_owned(), AtomicU32::new(nth.max(1))));
}

/// Says that the process is at `place`.
pub(crate) fn reach(place: &str) {
    let Some((armed, left)) = ARMED.get() else { return };
    if armed == place && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
