//! How values become columns, the same in every database, and back. Whatever does not fit was not
//! written by this program.

pub mod facts;
pub mod orders;

use jiff::{Timestamp, civil::Date};
use receivables::account::{AccountStatus, Automation};
use receivables::invoice::InvoiceStatus;
use receivables::payment::MethodType;
use receivables::text::Text;
use receivables::{Document, Kind};

/// A value that this program never writes.
#[derive(Debug, thiserror::Error)]
#[error("the database is corrupt: {0}")]
pub struct Corrupt(pub String);

/// Says what is wrong.
pub fn corrupt(what: impl std::fmt::Display) -> Corrupt {
    Corrupt(what.to_string())
}

/// A number as a signed column. Numbers are below 2^56, so they always fit.
pub fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As [`int`], of a number that may be absent.
pub fn opt_int(number: Option<u64>) -> Option<i64> {
    number.map(int)
}

/// A number from a signed column.
///
/// # Errors
///
/// [`Corrupt`] if it is negative.
pub fn number(value: i64) -> Result<u64, Corrupt> {
    u64::try_from(value).map_err(corrupt)
}

/// A date as YYYYMMDD.
pub fn date_int(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// A date from YYYYMMDD.
///
/// # Errors
///
/// [`Corrupt`] if there is no such day.
pub fn date_of(value: i64) -> Result<Date, Corrupt> {
    let part = |value: i64| i8::try_from(value).map_err(corrupt);
    let year = i16::try_from(value / 10_000).map_err(corrupt)?;
    Date::new(year, part(value / 100 % 100)?, part(value % 100)?).map_err(corrupt)
}

/// An instant from unix microseconds.
///
/// # Errors
///
/// [`Corrupt`] if it is out of range.
pub fn instant_of(micros: i64) -> Result<Timestamp, Corrupt> {
    Timestamp::from_microsecond(micros).map_err(corrupt)
}

/// A bounded text as a column.
pub fn str_of<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

/// A document from its kind and number.
///
/// # Errors
///
/// [`Corrupt`] if there is no such kind.
pub fn document_of(kind: u64, number: u64) -> Result<Document, Corrupt> {
    let kind = u8::try_from(kind).ok().and_then(Kind::from_code);
    Ok(Document { kind: kind.ok_or_else(|| corrupt("unknown kind of document"))?, number })
}

/// A choice of an account as a column.
pub const fn automation_int(automation: Automation) -> i64 {
    match automation {
        Automation::Inherit => 0,
        Automation::On => 1,
        Automation::Off => 2,
    }
}

/// A choice of an account.
///
/// # Errors
///
/// [`Corrupt`] if there is no such choice.
pub fn automation(value: i64) -> Result<Automation, Corrupt> {
    match value {
        0 => Ok(Automation::Inherit),
        1 => Ok(Automation::On),
        2 => Ok(Automation::Off),
        other => Err(corrupt(format!("automation {other}"))),
    }
}

/// The status of an account as a column.
pub const fn status_int(status: AccountStatus) -> i64 {
    match status {
        AccountStatus::Active => 0,
        AccountStatus::Canceled => 1,
    }
}

/// The status of an account.
///
/// # Errors
///
/// [`Corrupt`] if there is no such status.
pub fn status(value: i64) -> Result<AccountStatus, Corrupt> {
    match value {
        0 => Ok(AccountStatus::Active),
        1 => Ok(AccountStatus::Canceled),
        other => Err(corrupt(format!("account status {other}"))),
    }
}

/// The status of an invoice as a column.
pub const fn invoice_status_int(status: InvoiceStatus) -> i64 {
    match status {
        InvoiceStatus::Draft => 0,
        InvoiceStatus::Posted => 1,
        InvoiceStatus::Canceled => 2,
    }
}

/// The status of an invoice.
///
/// # Errors
///
/// [`Corrupt`] if there is no such status.
pub fn invoice_status(value: i64) -> Result<InvoiceStatus, Corrupt> {
    match value {
        0 => Ok(InvoiceStatus::Draft),
        1 => Ok(InvoiceStatus::Posted),
        2 => Ok(InvoiceStatus::Canceled),
        other => Err(corrupt(format!("invoice status {other}"))),
    }
}

/// A method type.
///
/// # Errors
///
/// [`Corrupt`] if there is no such method type.
pub fn method_type(value: i64) -> Result<MethodType, Corrupt> {
    let found = MethodType::ALL.into_iter().find(|method| *method as i64 == value);
    found.ok_or_else(|| corrupt(format!("method type {value}")))
}
