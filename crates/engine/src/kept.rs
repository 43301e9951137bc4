//! Records beside the history as the types they are of: the one way their owners read and change them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ReadError, Reader, SideKind, SideRecord, SideWrite};

/// What is kept as a record beside the history. It has a JSON form, whatever it holds.
pub trait Kept: Serialize + DeserializeOwned {
    /// What it is kept as.
    const KIND: SideKind;
}

/// A record with its id and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// What it holds.
    pub body: T,
}

/// How many records are read at once.
const PAGE: usize = 500;

fn read<T: Kept>(record: SideRecord) -> Result<Stored<T>, ReadError> {
    let body = serde_json::from_str(&record.body)
        .map_err(|error| ReadError(format!("record {:?} of {:?}: {error}", T::KIND, record.id)))?;
    Ok(Stored { id: record.id, version: record.version, body })
}

/// The record with this id.
///
/// # Errors
///
/// [`ReadError`] if the database cannot be read, or holds something else.
pub fn find<T: Kept>(reader: &dyn Reader, id: &str) -> Result<Option<Stored<T>>, ReadError> {
    reader.side(T::KIND, id)?.map(read).transpose()
}

/// The first `limit` records of a kind behind the id `after`, in the order of their ids.
///
/// # Errors
///
/// As [`find`].
pub fn page<T: Kept>(
    reader: &dyn Reader,
    after: &str,
    limit: usize,
) -> Result<Vec<Stored<T>>, ReadError> {
    reader.sides(T::KIND, after, limit)?.into_iter().map(read).collect()
}

/// The records of a kind in the order of their ids, at most `max` of those that `wanted` picks.
///
/// # Errors
///
/// As [`find`].
pub fn all<T: Kept>(
    reader: &dyn Reader,
    max: usize,
    wanted: impl Fn(&T) -> bool,
) -> Result<Vec<Stored<T>>, ReadError> {
    below(reader, "", max, wanted)
}

/// Likewise, of those whose ids begin with `prefix`; no others are read, but for a page at the end.
///
/// # Errors
///
/// As [`find`].
pub fn below<T: Kept>(
    reader: &dyn Reader,
    prefix: &str,
    max: usize,
    wanted: impl Fn(&T) -> bool,
) -> Result<Vec<Stored<T>>, ReadError> {
    let (mut found, mut after) = (Vec::new(), prefix.to_owned());
    loop {
        let page = page::<T>(reader, &after, PAGE)?;
        let full = page.len() == PAGE;
        for record in page {
            if !record.id.starts_with(prefix) {
                return Ok(found);
            }
            after.clone_from(&record.id);
            if wanted(&record.body) {
                found.push(record);
            }
            if found.len() >= max {
                return Ok(found);
            }
        }
        if !full {
            return Ok(found);
        }
    }
}

/// Makes a record, or changes the one of version `expected`.
pub fn put<T: Kept>(id: &str, expected: Option<u64>, body: &T) -> SideWrite {
    let body = serde_json::to_string(body).unwrap_or_default();
    SideWrite { kind: T::KIND, id: id.to_owned(), expected, body: Some(body) }
}

/// Changes a record of which this version is known.
pub fn change<T: Kept>(record: &Stored<T>) -> SideWrite {
    put(&record.id, Some(record.version), &record.body)
}

/// Erases a record of which this version is known.
pub fn erase<T: Kept>(record: &Stored<T>) -> SideWrite {
    let (id, expected) = (record.id.clone(), Some(record.version));
    SideWrite { kind: T::KIND, id, expected, body: None }
}
