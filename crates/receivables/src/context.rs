//! What is handed in with a command: instant, business date, settings, and the next numbers.

use jiff::{Timestamp, civil::Date};

use crate::Settings;
use crate::approval::Requester;

/// The world as a decision may see it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The acting instant.
    pub now: Timestamp,
    /// Its business date in the organisation's time zone.
    pub today: Date,
    /// The settings in force.
    pub settings: &'a Settings,
    /// Who asks.
    pub by: Requester<'a>,
}

impl<'a> Context<'a> {
    /// The context of `now` under `settings`.
    pub fn new(now: Timestamp, settings: &'a Settings) -> Self {
        Self { now, today: settings.business_date(now), settings, by: Requester::UNKNOWN }
    }

    /// The same, asked by someone.
    #[must_use]
    pub const fn by(self, by: Requester<'a>) -> Self {
        Self { by, ..self }
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
    /// Payment methods.
    pub method: u64,
}

impl Numbers {
    /// How many numbers of each kind were given out since `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            account: self.account.saturating_sub(earlier.account),
            invoice: self.invoice.saturating_sub(earlier.invoice),
            item: self.item.saturating_sub(earlier.item),
            payment: self.payment.saturating_sub(earlier.payment),
            adjustment: self.adjustment.saturating_sub(earlier.adjustment),
            refund: self.refund.saturating_sub(earlier.refund),
            item_adjustment: self.item_adjustment.saturating_sub(earlier.item_adjustment),
            entry: self.entry.saturating_sub(earlier.entry),
            posting: self.posting.saturating_sub(earlier.posting),
            method: self.method.saturating_sub(earlier.method),
        }
    }

    /// The last numbers given out before these `count` were.
    #[must_use]
    pub const fn before(self, count: Self) -> Self {
        self.since(count)
    }
}

/// Takes the next number of a counter.
pub fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}
