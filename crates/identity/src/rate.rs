//! How often somebody may ask: a bucket of tokens for each, in memory.
//!
//! The bucket is kept as the instant at which it will be full again (GCRA), so there is nothing to refill and no
//! fraction to count.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// So many buckets are kept; behind them everybody who is new shares one.
const BUCKETS_MAX: usize = 50_000;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens a second.
    pub per_second: u32,
    /// Tokens a full bucket holds.
    pub burst: u32,
}

/// A bucket of tokens for each key.
#[derive(Debug)]
pub struct Limiter<K> {
    /// Microseconds a token takes to come back; none if nobody is limited.
    interval: Option<i64>,
    /// Microseconds an empty bucket takes to be full.
    whole: i64,
    /// When each bucket is full again, in microseconds. None as a key: everybody else.
    full_at: Mutex<HashMap<Option<K>, i64>>,
}

impl<K: Hash + Eq> Limiter<K> {
    /// Limits to `rate`; a rate of 0 limits nobody.
    pub fn new(rate: Rate) -> Self {
        let interval = 1_000_000_i64.checked_div(i64::from(rate.per_second)).map(|it| it.max(1));
        let whole = interval.unwrap_or(0).saturating_mul(i64::from(rate.burst.max(1)));
        Self { interval, whole, full_at: Mutex::default() }
    }

    /// Takes a token of the bucket of `key`.
    ///
    /// # Errors
    ///
    /// Seconds until there is one, at least 1, if it is empty.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u64> {
        self.ask(key, now, true)
    }

    /// The same, and leaves the token where it is.
    ///
    /// # Errors
    ///
    /// As [`Limiter::take`].
    pub fn look(&self, key: K, now: Timestamp) -> Result<(), u64> {
        self.ask(key, now, false)
    }

    /// Puts a token back that was taken.
    pub fn give_back(&self, key: K) {
        let Some(interval) = self.interval else { return };
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(key);
        if !buckets.contains_key(&key) {
            key = None;
        }
        if let Some(full_at) = buckets.get_mut(&key) {
            *full_at = full_at.saturating_sub(interval);
        }
    }

    fn ask(&self, key: K, now: Timestamp, take: bool) -> Result<(), u64> {
        let Some(interval) = self.interval else { return Ok(()) };
        let now = now.as_microsecond();
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(key);
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= BUCKETS_MAX {
                key = None;
            }
        }
        let known = buckets.get(&key).copied().unwrap_or(now);
        // Fuller than full is a bucket only to a clock that was set back: it begins anew.
        let full_at = if known > now.saturating_add(self.whole) { now } else { known.max(now) };
        let after = full_at.saturating_add(interval);
        let missing = after.saturating_sub(now).saturating_sub(self.whole);
        if missing > 0 {
            return Err(u64::try_from(missing).unwrap_or(0).div_ceil(1_000_000).max(1));
        }
        if take {
            buckets.insert(key, after);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limiter = Limiter::new(Rate { per_second: 2, burst: 3 });
        for _ in 0..3 {
            assert_eq!(limiter.look("a", at(0)), Ok(()));
            assert_eq!(limiter.take("a", at(0)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(0)), Err(1));
        assert_eq!(limiter.take("b", at(0)), Ok(()), "each has a bucket of its own");
        assert_eq!(limiter.take("a", at(499)), Err(1));
        assert_eq!(limiter.take("a", at(500)), Ok(()));
        assert_eq!(limiter.take("a", at(500)), Err(1));
        for _ in 0..3 {
            assert_eq!(limiter.take("a", at(60_000)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(60_000)), Err(1));
    }

    #[test]
    fn a_token_that_is_given_back_can_be_taken_again_and_no_more_than_that() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 2 });
        for _ in 0..2 {
            assert_eq!(limiter.take("a", at(0)), Ok(()));
        }
        limiter.give_back("a");
        assert_eq!(limiter.take("a", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(0)), Err(1));
        limiter.give_back("b");
        assert_eq!(limiter.take("a", at(0)), Err(1));
        // Given back late, to a bucket that is full again, it does not make it fuller.
        limiter.give_back("a");
        for _ in 0..2 {
            assert_eq!(limiter.take("a", at(60_000)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(60_000)), Err(1));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 2 });
        assert_eq!(limiter.take("a", at(100_000)), Ok(()));
        assert_eq!(limiter.take("a", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(0)), Err(1));
        assert_eq!(Limiter::new(Rate { per_second: 0, burst: 0 }).take("a", at(0)), Ok(()));
    }

    #[test]
    fn more_callers_than_buckets_share_one() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 1 });
        for caller in 0..BUCKETS_MAX {
            assert_eq!(limiter.take(caller, at(0)), Ok(()));
        }
        assert_eq!(limiter.take(BUCKETS_MAX + 1, at(0)), Ok(()));
        assert_eq!(limiter.take(BUCKETS_MAX + 2, at(0)), Err(1));
        assert_eq!(limiter.take(BUCKETS_MAX + 2, at(5_000)), Ok(()));
    }
}
