//! Accounting periods (domain 8.4): spans of days that are closed one after the other. What is dated in a closed one
//! can neither be made nor changed.
//!
//! Without periods every day is open. The first period also answers for all days before it; days after the last one
//! are open. Every posting passes [`crate::draft::Draft::post`], which refuses a locked day whatever command it is
//! for; money that a gateway has moved must be recorded all the same, and goes to the next open day.

pub(crate) mod decide;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::Text;
use crate::{Document, InvoiceNo, Settings};

/// The name of a period, such as `2026-06`; unique.
pub type PeriodName = Text<40>;

/// How many periods there may be: fifty years of months.
pub const PERIODS_MAX: usize = 600;
/// How many years from today a period may end.
pub const YEARS_MAX: i64 = 100;
/// How many unfinished documents a refusal to close names.
pub const UNFINISHED_MAX: usize = 5;

/// Whether a period takes entries (domain 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodStatus {
    /// Takes entries.
    Open,
    /// Takes entries of those who may manage the closing; closed for everybody else.
    PendingClose,
    /// Locked.
    Closed,
}

impl PeriodStatus {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::PendingClose => "pending_close",
            Self::Closed => "closed",
        }
    }
}

/// A span of days that is closed at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its name.
    pub name: PeriodName,
    /// Its first day.
    pub first_day: Date,
    /// Its last day; the next period begins on the day after.
    pub last_day: Date,
    /// Whether it takes entries.
    pub status: PeriodStatus,
}

impl Period {
    const fn locks(&self, manages_close: bool) -> bool {
        match self.status {
            PeriodStatus::Open => false,
            PeriodStatus::PendingClose => !manages_close,
            PeriodStatus::Closed => true,
        }
    }
}

/// Something was entered on another day than it belongs to, because that day is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateEntry {
    /// What was entered.
    pub document: Document,
    /// The day it belongs to.
    pub belongs_to: Date,
    /// The locked period of that day.
    pub period: PeriodName,
    /// The day it was entered on.
    pub date: Date,
}

/// What keeps a period from being closed, beside earlier periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Drafts dated in it or before, at most [`UNFINISHED_MAX`].
    pub drafts: Vec<InvoiceNo>,
    /// Electronic payments and refunds asked for in it or before whose money may still move, at most
    /// [`UNFINISHED_MAX`].
    pub orders: Vec<Document>,
}

impl Settings {
    /// The period of a day; none if the day is after the last one.
    pub fn period_of(&self, date: Date) -> Option<&Period> {
        // They follow one another without a gap, so that this is a search, not a walk, on the path of every posting.
        self.periods.get(self.periods.partition_point(|period| period.last_day < date))
    }

    /// A period by its name.
    pub fn period(&self, name: &PeriodName) -> Option<&Period> {
        self.periods.iter().find(|period| period.name == *name)
    }

    /// The period that keeps entries from being dated `date`, if any does.
    pub fn lock_on(&self, date: Date, manages_close: bool) -> Option<&Period> {
        self.period_of(date).filter(|period| period.locks(manages_close))
    }

    /// The first day from `date` on that takes entries.
    pub fn next_open_day(&self, date: Date, manages_close: bool) -> Date {
        let mut day = date;
        for period in self.periods.iter().filter(|period| date <= period.last_day) {
            if !period.locks(manages_close) {
                return day;
            }
            day = period.last_day.tomorrow().unwrap_or(period.last_day);
        }
        day
    }
}
