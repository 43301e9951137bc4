//! When an order is looked at again (gateways 6, after Kill Bill's `5m,1h,1d,1d,1d,1d,1d`).

use jiff::{SignedDuration, Timestamp};

use super::{Order, Task};
use crate::gateway::Idempotency;

/// One look: after so many seconds, do that.
type Look = (i64, Task);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An unknown outcome, where keys are remembered. Seconds since it was sent.
const WITH_KEY: [Look; 9] = [
    (30, Task::Replay),
    (2 * MINUTE, Task::Replay),
    (5 * MINUTE, Task::LookUp),
    (HOUR, Task::LookUp),
    (DAY, Task::LookUp),
    (2 * DAY, Task::LookUp),
    (3 * DAY, Task::LookUp),
    (4 * DAY, Task::LookUp),
    (5 * DAY, Task::LookUp),
];
/// An unknown outcome, where nothing but a look-up is safe.
const WITHOUT_KEY: [Look; 7] = [
    (5 * MINUTE, Task::LookUp),
    (HOUR, Task::LookUp),
    (DAY, Task::LookUp),
    (2 * DAY, Task::LookUp),
    (3 * DAY, Task::LookUp),
    (4 * DAY, Task::LookUp),
    (5 * DAY, Task::LookUp),
];
/// A pending one. Most gateways also tell by webhook.
const PENDING: [Look; 9] = [
    (5 * MINUTE, Task::LookUp),
    (HOUR, Task::LookUp),
    (6 * HOUR, Task::LookUp),
    (DAY, Task::LookUp),
    (2 * DAY, Task::LookUp),
    (4 * DAY, Task::LookUp),
    (7 * DAY, Task::LookUp),
    (14 * DAY, Task::LookUp),
    (30 * DAY, Task::LookUp),
];

/// How long a person has to wait before they may say how an order stands (domain 4.5: 48 hours).
pub const BY_HAND_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// How long a claimed order belongs to its worker if nothing else is said.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How often an instruction that was not taken is sent again under the same key.
pub const NOT_TAKEN_MAX: u16 = 12;
/// How many attempts one order may have: the first, and those after a conclusive "not found", a
/// void that came too late, or a wait for settlement.
pub const ATTEMPTS_MAX: u16 = 12;
/// How many looks an attempt may have had before nobody looks again by themselves: more than any schedule
/// here has.
pub const LOOKS_MAX: u16 = 16;
/// How long an order that waits for settlement waits before it is tried anew.
pub const SETTLEMENT_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// The looks for an order of unknown outcome.
const fn unknown_looks(idempotency: Idempotency) -> &'static [Look] {
    match idempotency {
        Idempotency::Key { .. } => &WITH_KEY,
        Idempotency::None => &WITHOUT_KEY,
    }
}

/// When to look next at an order of unknown outcome that was looked at `tries` times, and how. A key
/// that the gateway may have forgotten is never sent again. Nothing: the schedule is over.
pub fn next_unknown(
    idempotency: Idempotency,
    sent_at: Timestamp,
    tries: u16,
) -> Option<(Timestamp, Task)> {
    let (after, task) = unknown_looks(idempotency).get(usize::from(tries)).copied()?;
    let at = sent_at.checked_add(SignedDuration::from_secs(after)).ok()?;
    Some((at, task))
}

/// What to do with an order of unknown outcome at `now`: as planned, but a replay only while the key
/// is certainly remembered.
pub fn task_now(idempotency: Idempotency, sent_at: Timestamp, tries: u16, now: Timestamp) -> Task {
    let planned = unknown_looks(idempotency).get(usize::from(tries)).map(|(_, task)| *task);
    match (planned, idempotency) {
        (Some(Task::Replay), Idempotency::Key { hours }) => {
            let age = now.duration_since(sent_at);
            // Half of its life: clocks differ, and a queue may be long.
            let safe = SignedDuration::from_hours(i64::from(hours) / 2);
            if age < safe { Task::Replay } else { Task::LookUp }
        }
        _ => Task::LookUp,
    }
}

/// When to look next at a pending order that was looked at `tries` times.
pub fn next_pending(sent_at: Timestamp, tries: u16) -> Option<Timestamp> {
    let (after, _) = PENDING.get(usize::from(tries)).copied()?;
    sent_at.checked_add(SignedDuration::from_secs(after)).ok()
}

/// When to look again at an order that seemed to be over, if a look-up that was asked for got no answer:
/// after 5 minutes, then each time after twice as long, at most a day. Nothing: it was tried often
/// enough; the next notice or reconciliation brings it up again.
pub fn next_glance(tries: u16, now: Timestamp) -> Option<Timestamp> {
    if tries >= LOOKS_MAX {
        return None;
    }
    let wait = ((5 * MINUTE) << tries.min(9)).min(DAY);
    now.checked_add(SignedDuration::from_secs(wait)).ok()
}

/// When to send again what was not taken: after what the gateway asks for, else 1, 2, 4 ... seconds, at
/// most five minutes, spread by up to a quarter so that a crowd does not come back at once. The
/// spread is taken from the number of the document: chance would have to be handed in.
pub fn next_try(order: &Order, now: Timestamp, asked_seconds: Option<u32>) -> Option<Timestamp> {
    let doubled = 1_i64 << order.refusals.min(9);
    let wait = asked_seconds.map_or(doubled.min(300), |asked| i64::from(asked).clamp(1, 3_600));
    let spread = wait * 250 * i64::try_from(order.placed.document.number % 8).unwrap_or(0) / 8;
    now.checked_add(SignedDuration::from_millis(wait * 1_000 + spread)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Idempotency = Idempotency::Key { hours: 24 };

    #[test]
    fn the_schedule_is_that_of_the_dossier() {
        let sent: Timestamp = "2026-11-26T10:00:00Z".parse().unwrap();
        let looks: Vec<_> = (0..10)
            .map_while(|tries| next_unknown(KEY, sent, tries))
            .map(|(at, task)| (at.duration_since(sent).as_secs(), task))
            .collect();
        assert_eq!(
            looks,
            [
                (30, Task::Replay),
                (120, Task::Replay),
                (300, Task::LookUp),
                (3_600, Task::LookUp),
                (86_400, Task::LookUp),
                (172_800, Task::LookUp),
                (259_200, Task::LookUp),
                (345_600, Task::LookUp),
                (432_000, Task::LookUp),
            ]
        );
        let (at, task) = next_unknown(Idempotency::None, sent, 0).unwrap();
        assert_eq!((at.duration_since(sent).as_secs(), task), (300, Task::LookUp));
        assert_eq!(next_unknown(Idempotency::None, sent, 7), None);
    }

    #[test]
    fn a_key_that_may_be_forgotten_is_not_sent_again() {
        let sent: Timestamp = "2026-11-26T10:00:00Z".parse().unwrap();
        let after = |hours| sent.checked_add(SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(task_now(KEY, sent, 0, after(11)), Task::Replay);
        assert_eq!(task_now(KEY, sent, 0, after(12)), Task::LookUp);
        assert_eq!(task_now(KEY, sent, 2, after(0)), Task::LookUp);
        assert_eq!(task_now(Idempotency::None, sent, 0, after(0)), Task::LookUp);
    }
}
