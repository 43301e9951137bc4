//! What is handed in with a command: instant, business date, settings, and the next numbers.

use jiff::{Timestamp, civil::Date};

use crate::Settings;

/// The world as a decision may see it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The acting instant.
    pub now: Timestamp,
    /// Its business date in the organisation's time zone.
    pub today: Date,
    /// The settings in force.
    pub settings: &'a Settings,
}

impl<'a> Context<'a> {
    /// The context of `now` under `settings`.
    pub fn new(now: Timestamp, settings: &'a Settings) -> Self {
        Self { now, today: settings.business_date(now), settings }
    }
}

/// The last number given out, per kind. A rejected command gives none out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Accounts.
    pub account: u64,
    /// Invoices.
    pub invoice: u64,
    /// Invoice items.
    pub item: u64,
    /// Payments.
    pub payment: u64,
    /// Credit balance adjustments.
    pub adjustment: u64,
    /// Refunds.
    pub refund: u64,
    /// Invoice item adjustments.
    pub item_adjustment: u64,
    /// Journal entries.
    pub entry: u64,
    /// Postings.
    pub posting: u64,
}

/// Takes the next number of a counter.
pub fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}
