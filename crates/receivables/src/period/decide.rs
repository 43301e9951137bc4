//! Making, closing and reopening accounting periods (domain 8.4).

use jiff::Span;

use super::{PERIODS_MAX, Period, PeriodStatus, YEARS_MAX};
use crate::command::{ChangePeriod, MakePeriod};
use crate::draft::{Draft, Refusal};
use crate::evolve::Broken;
use crate::fact::Fact;
use crate::{Rejection, Settings};

/// Makes a period. Checks in this order: the name is free; not too many; it does not end before it begins, nor too far ahead; it begins on
/// the day after the last one.
pub(crate) fn make(draft: &mut Draft<'_>, command: &MakePeriod) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    if settings.period(&command.name).is_some() {
        return Err(Rejection::PeriodNameTaken { period: command.name.to_string() }.into());
    }
    if settings.periods.len() >= PERIODS_MAX {
        return Err(Rejection::TooMany { what: "accounting periods", max: PERIODS_MAX }.into());
    }
    let (first_day, last_day) = (command.first_day, command.last_day);
    if last_day < first_day {
        return Err(Rejection::PeriodEndsBeforeItBegins { first_day, last_day }.into());
    }
    let latest = draft.ctx.today.saturating_add(Span::new().years(YEARS_MAX));
    if last_day > latest {
        return Err(Rejection::DateTooFarAhead { date: last_day, latest }.into());
    }
    if let Some(expected) = settings.periods.last().and_then(|last| last.last_day.tomorrow().ok())
        && expected != first_day
    {
        return Err(Rejection::PeriodNotNext { first_day, expected }.into());
    }
    let (name, status) = (command.name.clone(), PeriodStatus::Open);
    settings.periods.push(Period { name, first_day, last_day, status });
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes the status of a period. Checks in this order: it exists; the status really changes; to close it: earlier ones
/// are closed, no draft is dated in it or before, no electronic payment or refund asked for until its end is
/// under way (domain 8.4, scenario 48); to reopen a closed one: the next one is not closed.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangePeriod) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    let name = command.period.to_string();
    let place = settings.periods.iter().position(|period| period.name == command.period);
    let (Some(place), Some(period)) = (place, settings.period(&command.period).cloned()) else {
        return Err(Rejection::UnknownPeriod { period: name }.into());
    };
    if period.status == command.status {
        let status = period.status;
        return Err(Rejection::PeriodStatusUnchanged { period: name, status }.into());
    }
    if command.status == PeriodStatus::Closed {
        require_closable(draft, &settings, place, name)?;
    } else if period.status == PeriodStatus::Closed
        && let Some(next) = settings.periods.get(place + 1)
        && next.status == PeriodStatus::Closed
    {
        let next = next.name.to_string();
        return Err(Rejection::PeriodNotReopenable { period: name, next }.into());
    }
    if let Some(period) = settings.periods.get_mut(place) {
        period.status = command.status;
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

fn require_closable(
    draft: &Draft<'_>,
    settings: &Settings,
    place: usize,
    period: String,
) -> Result<(), Refusal> {
    let earlier = settings.periods.get(..place).unwrap_or_default();
    if let Some(open) = earlier.iter().find(|it| it.status != PeriodStatus::Closed) {
        let earlier = open.name.to_string();
        return Err(Rejection::EarlierPeriodOpen { period, earlier }.into());
    }
    let known = settings.periods.get(place).map(|period| &period.name);
    let unfinished = known.and_then(|name| draft.base().unfinished.get(name));
    let missing = || Broken::Invariant(format!("what {period} leaves unfinished was not loaded"));
    let unfinished = unfinished.ok_or_else(missing)?;
    if !unfinished.drafts.is_empty() {
        let drafts = unfinished.drafts.iter().map(ToString::to_string).collect();
        return Err(Rejection::PeriodHasDrafts { period, drafts }.into());
    }
    if !unfinished.orders.is_empty() {
        let under_way = unfinished.orders.iter().map(ToString::to_string).collect();
        return Err(Rejection::PeriodHasOrders { period, under_way }.into());
    }
    Ok(())
}
