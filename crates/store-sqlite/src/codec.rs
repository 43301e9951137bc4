//! How values are written into columns, and back. Whatever does not fit is a corrupt database.

use jiff::{Timestamp, civil::Date};
use receivables::account::{AccountStatus, Automation};
use receivables::fact::KeyHash;
use receivables::payment::MethodType;
use receivables::text::Text;
use rusqlite::Row;

/// The database could not be read or written, or holds something impossible.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A value that this program never writes.
    #[error("the database is corrupt: {0}")]
    Corrupt(String),
}

pub(crate) type Db<T> = Result<T, DbError>;

pub(crate) fn corrupt(what: impl std::fmt::Display) -> DbError {
    DbError::Corrupt(what.to_string())
}

/// Numbers are below 2^56, so they always fit.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn opt_int(number: Option<u64>) -> Option<i64> {
    number.map(int)
}

pub(crate) fn number(row: &Row<'_>, column: usize) -> Db<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(corrupt)
}

pub(crate) fn opt_number(row: &Row<'_>, column: usize) -> Db<Option<u64>> {
    let value: Option<i64> = row.get(column)?;
    value.map(|value| u64::try_from(value).map_err(corrupt)).transpose()
}

pub(crate) fn date_int(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

pub(crate) fn date_of(value: i64) -> Db<Date> {
    let part = |value: i64| i8::try_from(value).map_err(corrupt);
    let year = i16::try_from(value / 10_000).map_err(corrupt)?;
    Date::new(year, part(value / 100 % 100)?, part(value % 100)?).map_err(corrupt)
}

pub(crate) fn date(row: &Row<'_>, column: usize) -> Db<Date> {
    date_of(row.get(column)?)
}

pub(crate) fn opt_date(row: &Row<'_>, column: usize) -> Db<Option<Date>> {
    let value: Option<i64> = row.get(column)?;
    value.map(date_of).transpose()
}

pub(crate) fn instant(row: &Row<'_>, column: usize) -> Db<Timestamp> {
    Timestamp::from_microsecond(row.get(column)?).map_err(corrupt)
}

pub(crate) fn text<const MAX: usize>(row: &Row<'_>, column: usize) -> Db<Text<MAX>> {
    Text::try_new(row.get_ref(column)?.as_str().map_err(corrupt)?).map_err(corrupt)
}

pub(crate) fn opt_text<const MAX: usize>(row: &Row<'_>, column: usize) -> Db<Option<Text<MAX>>> {
    let value = row.get_ref(column)?.as_str_or_null().map_err(corrupt)?;
    value.map(|value| Text::try_new(value).map_err(corrupt)).transpose()
}

pub(crate) fn str_of<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

pub(crate) fn key_hash(row: &Row<'_>, column: usize) -> Db<KeyHash> {
    Ok(KeyHash(row.get(column)?))
}

pub(crate) const fn automation_int(automation: Automation) -> i64 {
    match automation {
        Automation::Inherit => 0,
        Automation::On => 1,
        Automation::Off => 2,
    }
}

pub(crate) fn automation(value: i64) -> Db<Automation> {
    match value {
        0 => Ok(Automation::Inherit),
        1 => Ok(Automation::On),
        2 => Ok(Automation::Off),
        other => Err(corrupt(format!("automation {other}"))),
    }
}

pub(crate) const fn status_int(status: AccountStatus) -> i64 {
    match status {
        AccountStatus::Active => 0,
        AccountStatus::Canceled => 1,
    }
}

pub(crate) fn status(value: i64) -> Db<AccountStatus> {
    match value {
        0 => Ok(AccountStatus::Active),
        1 => Ok(AccountStatus::Canceled),
        other => Err(corrupt(format!("account status {other}"))),
    }
}

pub(crate) fn method_type(value: i64) -> Db<MethodType> {
    Ok(match value {
        1 => MethodType::Ach,
        2 => MethodType::Cash,
        3 => MethodType::Check,
        4 => MethodType::CreditCard,
        5 => MethodType::Other,
        6 => MethodType::Paypal,
        7 => MethodType::WireTransfer,
        8 => MethodType::DebitCard,
        9 => MethodType::CreditCardReferenceTransaction,
        other => return Err(corrupt(format!("method type {other}"))),
    })
}
