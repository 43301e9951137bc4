use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The simulated clock: it stands still, or is the machine's with an offset. It never goes back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Clock {
    /// Stands at this instant, in microseconds since 1970.
    Manual(i64),
    /// Is so many microseconds ahead of the machine's.
    Ahead(i64),
}

impl Clock {
    /// A clock that shows `at`.
    pub(crate) fn showing(at: Timestamp, manual: bool) -> Self {
        let micros = at.as_microsecond();
        if manual { Self::Manual(micros) } else { Self::Ahead(micros - real().as_microsecond()) }
    }

    /// The instant, to the microsecond.
    pub(crate) fn now(self) -> Timestamp {
        let micros = match self {
            Self::Manual(micros) => micros,
            Self::Ahead(micros) => real().as_microsecond().saturating_add(micros),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// The clock moved forward.
    pub(crate) fn later(self, by: SignedDuration) -> Self {
        let by = i64::try_from(by.as_micros().max(0)).unwrap_or(0);
        match self {
            Self::Manual(micros) => Self::Manual(micros.saturating_add(by)),
            Self::Ahead(micros) => Self::Ahead(micros.saturating_add(by)),
        }
    }

    /// True if it stands still.
    pub(crate) const fn is_manual(self) -> bool {
        matches!(self, Self::Manual(_))
    }
}

/// The machine's clock, for the ordinary running of time and for receivers that check it.
#[expect(clippy::disallowed_methods, reason = "the sandbox's one place where time comes in")]
pub(crate) fn real() -> Timestamp {
    Timestamp::now()
}
