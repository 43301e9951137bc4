//! On which day something stands: effective dates, locked periods, and what credit is there on a day (domain 1.6, 8.4).

use jiff::{Span, Timestamp, civil::Date};
use money::Money;

use super::{Draft, Late, Refusal};
use crate::account::Account;
use crate::books::{MOVEMENTS_MAX, Movement};
use crate::fact::Fact;
use crate::period::LateEntry;
use crate::permission::Permission;
use crate::{AccountNo, Document, Rejection};

/// How many years ahead credit may be dated. While it is, every movement since is looked at with every decision.
const YEARS_AHEAD_MAX: i64 = 2;

impl Draft<'_> {
    /// Whether whoever asks may enter into periods pending close (domain 8.4).
    fn manages_close(&self) -> bool {
        self.ctx.by.permissions.has(Permission::ManageCloseProcess)
    }

    /// The effective date: today if left out, never in the future (scenario 51), and not locked; what belongs to a
    /// locked day goes to the next open one if that is asked for.
    ///
    /// # Errors
    ///
    /// [`Rejection::DateInFuture`], [`Rejection::PeriodClosed`].
    pub fn date(&mut self, given: Option<Date>) -> Result<Date, Rejection> {
        let today = self.ctx.today;
        match given {
            Some(date) if date > today => Err(Rejection::DateInFuture { date, today }),
            given => self.bookable(given.unwrap_or(today)),
        }
    }

    /// The same, where the setting for future dates allows one (domain 1.6).
    ///
    /// # Errors
    ///
    /// [`Rejection::DateInFuture`], [`Rejection::DateTooFarAhead`], [`Rejection::PeriodClosed`].
    pub fn date_or_future(&mut self, given: Option<Date>) -> Result<Date, Rejection> {
        match given {
            Some(date) if self.ctx.settings.future_dates => {
                let latest = self.ctx.today.saturating_add(Span::new().years(YEARS_AHEAD_MAX));
                if date > latest {
                    return Err(Rejection::DateTooFarAhead { date, latest });
                }
                self.bookable(date)
            }
            given => self.date(given),
        }
    }

    /// The day for what belongs to `date`: that day, or if it is locked and a late entry is asked for, the next open one.
    ///
    /// # Errors
    ///
    /// [`Rejection::PeriodClosed`].
    pub fn bookable(&mut self, date: Date) -> Result<Date, Rejection> {
        if !self.late_entry {
            return self.require_open(date).map(|()| date);
        }
        Ok(self.next_open(date))
    }

    /// The day for the cancellation of a document dated `of`: today, or the day of the document if that is still to
    /// come. The day of the document must not be locked (domain 8.4), unless a late entry is asked for.
    ///
    /// # Errors
    ///
    /// [`Rejection::PeriodClosed`].
    pub fn cancellation_date(&mut self, of: Date) -> Result<Date, Rejection> {
        if self.late_entry {
            self.next_open(of);
        } else {
            self.require_open(of)?;
        }
        let date = self.bookable(of.max(self.ctx.today))?;
        if let Some(late) = &mut self.late {
            late.date = date;
        }
        Ok(date)
    }

    /// Whether so much of the credit balance may be taken on the day for money that has moved, today or the next open
    /// day, so that no day falls below zero; also no, if that cannot be told.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`].
    pub fn covers(&self, amount: Money) -> Result<bool, Refusal> {
        let (settings, manages) = (self.ctx.settings, self.manages_close());
        match self.available_since(settings.next_open_day(self.ctx.today, manages)) {
            Ok(there) => Ok(amount.minor() <= there.minor()),
            Err(Refusal::Rejected(_)) => Ok(false),
            Err(broken) => Err(broken),
        }
    }

    /// The day for money that has moved: today, or the next open day. It cannot be refused any more.
    pub fn booking_day(&mut self) -> Date {
        self.next_open(self.ctx.today)
    }

    /// When a day begins that is still to come; none if it has begun.
    pub fn beginning_of(&self, date: Date) -> Option<Timestamp> {
        (date > self.ctx.today).then(|| self.ctx.settings.beginning_of(date))
    }

    fn next_open(&mut self, belongs_to: Date) -> Date {
        let (settings, manages) = (self.ctx.settings, self.manages_close());
        let Some(period) = settings.lock_on(belongs_to, manages) else { return belongs_to };
        let date = settings.next_open_day(belongs_to, manages);
        self.late.get_or_insert(Late { belongs_to, period: period.name.clone(), date });
        date
    }

    /// Refuses a locked day.
    ///
    /// # Errors
    ///
    /// [`Rejection::PeriodClosed`].
    pub fn require_open(&self, date: Date) -> Result<(), Rejection> {
        let settings = self.ctx.settings;
        let Some(period) = settings.lock_on(date, self.manages_close()) else { return Ok(()) };
        let (period, status) = (period.name.to_string(), period.status);
        Err(Rejection::PeriodClosed { date, period, status })
    }

    /// Says in the history that the entry stands on another day than it belongs to.
    pub(super) fn note_late(&mut self) -> Result<(), Refusal> {
        let (Some(late), Some(posting)) = (self.late.take(), self.postings.first()) else {
            return Ok(());
        };
        let document: Document = posting.document;
        let Late { belongs_to, period, date } = late;
        self.record(Fact::EnteredLate(LateEntry { document, belongs_to, period, date }))
    }

    /// What may be used of the credit balance today: all but what is held, and what some later day needs or brings.
    ///
    /// # Errors
    ///
    /// As [`Draft::available_since`].
    pub fn available(&self) -> Result<Money, Refusal> {
        self.available_since(self.ctx.today)
    }

    /// The smallest credit balance on `date` and every day after, without what is held (domain 1.6); not less than zero.
    ///
    /// # Errors
    ///
    /// [`Rejection::TooManyMovements`] if there are more than [`MOVEMENTS_MAX`] after `date`,
    /// [`Rejection::DatedAheadSince`] if what was dated ahead before `date` has come true since.
    pub fn available_since(&self, date: Date) -> Result<Money, Refusal> {
        let account = self.account_now()?;
        let here = self.changed.movements.get(&account.no);
        if here.is_none() && account.last_credit_date.is_none_or(|last| last <= date) {
            return Ok(account.available()?);
        }
        if let Some(from) = account.ahead_from.filter(|from| date < *from) {
            return Err(Rejection::DatedAheadSince { date, from }.into());
        }
        let known = here.or_else(|| self.base.movements.get(&account.no));
        let Some(known) = known.filter(|known| known.len() <= MOVEMENTS_MAX) else {
            return Err(Rejection::TooManyMovements { date, max: MOVEMENTS_MAX }.into());
        };
        let mut later: Vec<Movement> =
            known.iter().filter(|movement| movement.date > date).copied().collect();
        later.sort_by_key(|movement| std::cmp::Reverse(movement.date));
        lowest(&account, &later)
    }

    /// Keeps the movements of a credit balance complete while some of them are dated ahead: those of this decision, and
    /// of the batch, are in no database yet.
    pub(super) fn note_movement(&mut self, movement: Movement) {
        let no: AccountNo = self.account;
        let ahead = movement.date > self.ctx.today;
        if let Some(here) = self.changed.movements.get_mut(&no) {
            here.push(movement);
        } else if let Some(base) = self.base.movements.get(&no) {
            let all = base.iter().copied().chain([movement]).collect();
            self.changed.movements.insert(no, all);
        } else if ahead {
            // Nothing was dated ahead before, or it would have been loaded.
            self.changed.movements.insert(no, vec![movement]);
        }
    }
}

/// The lowest of the balances at the ends of days; `later` are the movements after the first of them, latest first.
fn lowest(account: &Account, later: &[Movement]) -> Result<Money, Refusal> {
    let mut running = account.available()?;
    let mut lowest = running;
    for (index, movement) in later.iter().enumerate() {
        running = running.try_sub(movement.change)?;
        let day_ends = later.get(index + 1).is_none_or(|next| next.date < movement.date);
        if day_ends {
            lowest = lowest.at_most(running);
        }
    }
    Ok(lowest)
}
