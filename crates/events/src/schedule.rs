//! When what failed is tried again.

use jiff::{SignedDuration, Timestamp};

/// The pauses between attempts. A list, because each is meant to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(pub Vec<SignedDuration>);

impl Default for Schedule {
    /// As the Standard Webhooks specification suggests: from five seconds to a day, more than three days in all.
    fn default() -> Self {
        let (minutes, hours) = (SignedDuration::from_mins, SignedDuration::from_hours);
        Self(vec![
            SignedDuration::from_secs(5),
            minutes(5),
            minutes(30),
            hours(2),
            hours(5),
            hours(10),
            hours(14),
            hours(20),
            hours(24),
        ])
    }
}

impl Schedule {
    /// When to try again after `failed` attempts, the last one at `now`; `None` if that was the last. `random`
    /// spreads what failed together over a tenth of the pause.
    pub fn next(&self, failed: u16, now: Timestamp, random: u64) -> Option<Timestamp> {
        let pause = *self.0.get(usize::from(failed).checked_sub(1)?)?;
        let thousandths = i64::try_from(random % 101).unwrap_or_default();
        let spread = i64::try_from(pause.as_millis()).unwrap_or_default() / 1000 * thousandths;
        now.checked_add(pause).ok()?.checked_add(SignedDuration::from_millis(spread)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_by_a_tenth_and_end() {
        let schedule = Schedule::default();
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let due = |failed, random| schedule.next(failed, now, random).map(|at| at.to_string());
        assert_eq!(due(1, 0).as_deref(), Some("2026-11-23T10:00:05Z"));
        assert_eq!(due(1, 100).as_deref(), Some("2026-11-23T10:00:05.5Z"));
        assert_eq!(due(2, 0).as_deref(), Some("2026-11-23T10:05:00Z"));
        assert_eq!(due(9, 0).as_deref(), Some("2026-11-24T10:00:00Z"));
        assert_eq!(due(9, 100).as_deref(), Some("2026-11-24T12:24:00Z"));
        assert_eq!(due(10, 0), None);
    }
}
