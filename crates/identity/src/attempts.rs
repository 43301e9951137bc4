//! Failed attempts to log in, by user name, whether there is such a user or not.

use engine::SideKind;
use engine::kept::Kept;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many failures are free.
const FREE: u32 = 5;
/// The delay after the first failure that is not, in seconds; each further one doubles it.
const FIRST_DELAY_S: i64 = 30;
/// The longest delay, in seconds.
const DELAY_MAX_S: i64 = 900;
/// Failures are forgotten after so many seconds without another.
const FORGOTTEN_S: i64 = 3_600;

/// Failures of one user name. Its record has the SHA-256 of the name as its id, so that what people type into the
/// wrong field is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many in a row.
    pub failures: u32,
    /// The last one.
    pub last_at: Timestamp,
}

impl Kept for Attempts {
    const KIND: SideKind = SideKind::LoginAttempts;
}

impl Attempts {
    /// Seconds until the next attempt is looked at; none if it is at once.
    pub fn locked_for(&self, now: Timestamp) -> Option<u64> {
        let beyond = self.failures.checked_sub(FREE)?;
        let delay = FIRST_DELAY_S
            .checked_shl(beyond.min(10))
            .map_or(DELAY_MAX_S, |delay| delay.min(DELAY_MAX_S));
        let end = self.last_at.checked_add(SignedDuration::from_secs(delay)).ok()?;
        let left = end.duration_since(now);
        let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
    }

    /// With one more.
    #[must_use]
    pub fn failed(earlier: Option<Self>, now: Timestamp) -> Self {
        let remembered = earlier.filter(|it| !it.is_forgotten(now));
        let failures = remembered.map_or(0, |it| it.failures).saturating_add(1);
        Self { failures, last_at: now }
    }

    /// Whether it does not count any more.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_at).as_secs() >= FORGOTTEN_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_failures_each_one_costs_twice_the_time_up_to_a_quarter_of_an_hour() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut attempts = None;
        for _ in 0..4 {
            attempts = Some(Attempts::failed(attempts, at(0)));
            assert_eq!(attempts.unwrap().locked_for(at(0)), None);
        }
        for delay in [30, 60, 120, 240, 480, 900, 900, 900] {
            let failed = Attempts::failed(attempts, at(0));
            assert_eq!(failed.locked_for(at(0)), Some(delay));
            assert_eq!(failed.locked_for(at(29)), Some(delay - 29));
            let end = i64::try_from(delay).unwrap();
            assert_eq!(failed.locked_for(at(end)), None);
            attempts = Some(failed);
        }
        let many = Attempts { failures: u32::MAX, last_at: at(0) };
        assert_eq!(many.locked_for(at(0)), Some(900));
        assert_eq!(Attempts::failed(attempts, at(3_599)).failures, 13);
        assert_eq!(Attempts::failed(attempts, at(3_600)).failures, 1);
    }
}
