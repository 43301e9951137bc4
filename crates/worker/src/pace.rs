//! How fast one gateway is called: calls under way, calls per second, and a pause when it is down.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// So many calls that got no answer, one after the other, open the circuit.
const FAILURES_MAX: u32 = 5;
/// The first pause; each further one is twice as long.
const PAUSE: i64 = 5;
/// The longest pause, in seconds.
const PAUSE_MAX: i64 = 300;

/// The pace of one gateway. Time is handed in.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls in a row that got no answer.
    failures: u32,
    /// How often the circuit opened since it last closed.
    openings: u32,
    /// Until when nothing is called.
    open_until: Option<Timestamp>,
    /// One call is allowed to find out whether the gateway is back.
    probing: bool,
    /// When the next call may begin, if their rate is limited.
    next: Option<Timestamp>,
}

impl Pace {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may begin now. While the circuit is open nothing may; then one call finds out.
    pub(crate) fn may_begin(&self, now: Timestamp) -> bool {
        let mut state = self.lock();
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) if state.probing => false,
            Some(_) => {
                state.probing = true;
                true
            }
            None => true,
        }
    }

    /// The call that was allowed did not take place after all.
    pub(crate) fn did_not_begin(&self) {
        self.lock().probing = false;
    }

    /// How long to wait before the next call, so that there are at most `per_second`.
    pub(crate) fn wait(&self, now: Timestamp, per_second: u16) -> Duration {
        if per_second == 0 {
            return Duration::ZERO;
        }
        let mut state = self.lock();
        let at = state.next.map_or(now, |next| next.max(now));
        let gap = SignedDuration::from_nanos(1_000_000_000 / i64::from(per_second));
        state.next = at.checked_add(gap).ok();
        Duration::try_from(at.duration_since(now)).unwrap_or_default()
    }

    /// A call was answered, whatever the answer.
    pub(crate) fn answered(&self) {
        let mut state = self.lock();
        *state = State { next: state.next, ..State::default() };
    }

    /// A call got no answer.
    pub(crate) fn unanswered(&self, now: Timestamp) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX || state.probing {
            let pause = (PAUSE << state.openings.min(6)).min(PAUSE_MAX);
            state.openings = state.openings.saturating_add(1);
            state.probing = false;
            state.open_until = now.checked_add(SignedDuration::from_secs(pause)).ok();
        }
    }

    /// Whether the circuit is open.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.lock().open_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_circuit_opens_lets_one_through_and_closes() {
        let pace = Pace::default();
        for _ in 0..4 {
            pace.unanswered(at(0));
        }
        assert!(pace.may_begin(at(0)));
        pace.unanswered(at(0));
        assert!(pace.is_open(at(4)) && !pace.may_begin(at(4)));
        assert!(pace.may_begin(at(5)), "one finds out");
        assert!(!pace.may_begin(at(5)), "only one");
        pace.unanswered(at(5));
        assert!(!pace.may_begin(at(14)) && pace.may_begin(at(15)), "twice as long");
        pace.answered();
        assert!(pace.may_begin(at(15)) && pace.may_begin(at(15)));
    }

    #[test]
    fn a_probe_that_did_not_take_place_leaves_room_for_another() {
        let pace = Pace::default();
        for _ in 0..5 {
            pace.unanswered(at(0));
        }
        assert!(pace.may_begin(at(5)) && !pace.may_begin(at(5)));
        pace.did_not_begin();
        assert!(pace.may_begin(at(5)));
    }

    #[test]
    fn calls_are_spread_over_the_second() {
        let pace = Pace::default();
        assert_eq!(pace.wait(at(0), 4), Duration::ZERO);
        assert_eq!(pace.wait(at(0), 4), Duration::from_millis(250));
        assert_eq!(pace.wait(at(0), 4), Duration::from_millis(500));
        assert_eq!(pace.wait(at(9), 4), Duration::ZERO);
        assert_eq!(pace.wait(at(9), 0), Duration::ZERO);
    }
}
