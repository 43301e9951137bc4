//! How values are written into columns, and back. Whatever does not fit is a corrupt database.

use columns::{Corrupt, instant_of};
pub(crate) use columns::{automation_int, date_int, date_of, int, opt_int, status_int, str_of};
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
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

pub(crate) type Db<T> = Result<T, DbError>;

pub(crate) fn corrupt(what: impl std::fmt::Display) -> DbError {
    columns::corrupt(what).into()
}

pub(crate) fn number(row: &Row<'_>, column: usize) -> Db<u64> {
    let value: i64 = row.get(column)?;
    Ok(columns::number(value)?)
}

pub(crate) fn opt_number(row: &Row<'_>, column: usize) -> Db<Option<u64>> {
    let value: Option<i64> = row.get(column)?;
    Ok(value.map(columns::number).transpose()?)
}

pub(crate) fn date(row: &Row<'_>, column: usize) -> Db<Date> {
    Ok(date_of(row.get(column)?)?)
}

pub(crate) fn opt_date(row: &Row<'_>, column: usize) -> Db<Option<Date>> {
    let value: Option<i64> = row.get(column)?;
    Ok(value.map(date_of).transpose()?)
}

pub(crate) fn instant(row: &Row<'_>, column: usize) -> Db<Timestamp> {
    Ok(instant_of(row.get(column)?)?)
}

pub(crate) fn text<const MAX: usize>(row: &Row<'_>, column: usize) -> Db<Text<MAX>> {
    Text::try_new(row.get_ref(column)?.as_str().map_err(corrupt)?).map_err(corrupt)
}

pub(crate) fn opt_text<const MAX: usize>(row: &Row<'_>, column: usize) -> Db<Option<Text<MAX>>> {
    let value = row.get_ref(column)?.as_str_or_null().map_err(corrupt)?;
    value.map(|value| Text::try_new(value).map_err(corrupt)).transpose()
}

pub(crate) fn key_hash(row: &Row<'_>, column: usize) -> Db<KeyHash> {
    Ok(KeyHash(row.get(column)?))
}

pub(crate) fn automation(value: i64) -> Db<Automation> {
    Ok(columns::automation(value)?)
}

pub(crate) fn status(value: i64) -> Db<AccountStatus> {
    Ok(columns::status(value)?)
}

pub(crate) fn method_type(value: i64) -> Db<MethodType> {
    Ok(columns::method_type(value)?)
}
