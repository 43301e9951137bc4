//! Documents of one account. No index leads to them: each entry of an account names the one before it and what it made,
//! so that writing costs nothing for this. The price is that a page looks at more entries than it shows, and therefore
//! at no more than [`WALK_MAX`].

use engine::{ReadError, Reader};
use receivables::{AccountNo, EntryNo, Kind};

use crate::problem::ApiError;

/// At most so many entries are looked at for one page. Each is one look-up by key.
const WALK_MAX: usize = 2_000;
/// So many are read first; then twice as many, and so on.
const FIRST_STEP: usize = 100;

/// Where a page ended: the entry it came to, and the document below which the next page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    entry: EntryNo,
    below: u64,
}

impl Place {
    /// Reads what [`Place::cursor`] wrote.
    ///
    /// # Errors
    ///
    /// `cursor_invalid` for anything else.
    pub(crate) fn read(cursor: &str) -> Result<Self, ApiError> {
        let (entry, below) = cursor.strip_prefix('E').and_then(|rest| rest.split_once('-')).unzip();
        let number = |text: Option<&str>| {
            let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse().ok().filter(|number| (1..=1_u64 << 56).contains(number))
        };
        match (number(entry), number(below)) {
            (Some(entry), Some(below)) => Ok(Self { entry: EntryNo(entry), below }),
            _ => {
                let detail = "take the cursor from next_cursor of the page before, which had the \
                              same account";
                Err(ApiError::bad_request("cursor_invalid", detail))
            }
        }
    }

    /// As callers give it back.
    pub(crate) fn cursor(self) -> String {
        format!("E{:08}-{:08}", self.entry.0, self.below)
    }
}

/// The numbers of an account's documents of a kind from a place on, newest first, and the place of the next page; none
/// if there is nothing more. Numbers ascend with the entries of an account, so the newest entries have the newest
/// documents.
///
/// May find fewer than `limit`, even none, and still name a next place: then [`WALK_MAX`] entries were looked at.
///
/// # Errors
///
/// [`ReadError`] if the database cannot be read.
pub(crate) fn page(
    reader: &dyn Reader,
    kind: Kind,
    account: AccountNo,
    from: Option<Place>,
    limit: usize,
) -> Result<(Vec<u64>, Option<Place>), ReadError> {
    let mut found = Vec::new();
    let mut below = from.map_or(1 << 56, |place| place.below);
    let mut entry = from.map(|place| place.entry);
    let (mut looked, mut step) = (0, FIRST_STEP);
    loop {
        // The entry the last step ended with is read again: its name is how the walk goes on.
        let entries = reader.account_documents(account, entry, step)?;
        for (no, documents) in &entries {
            for made in documents.iter().rev() {
                if made.kind != kind || made.number >= below {
                    continue;
                }
                if found.len() == limit {
                    return Ok((found, Some(Place { entry: *no, below })));
                }
                found.push(made.number);
                below = made.number;
            }
            entry = Some(*no);
        }
        looked += entries.len();
        if entries.len() < step {
            return Ok((found, None));
        }
        if looked >= WALK_MAX {
            return Ok((found, entry.map(|entry| Place { entry, below })));
        }
        step = (2 * step).min(WALK_MAX - looked).max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { entry: EntryNo(41), below: 123_456_789_012 };
        assert_eq!(place.cursor(), "E00000041-123456789012");
        assert_eq!(Place::read(&place.cursor()).unwrap(), place);
        let none = Place { entry: EntryNo(1), below: 1 << 56 };
        assert_eq!(Place::read(&none.cursor()).unwrap(), none);
        for wrong in ["", "E", "E1", "E1-", "E-1", "I00000041", "E1-x", "E0-1", "E1-0", "E+1-2"] {
            assert!(Place::read(wrong).is_err(), "{wrong}");
        }
        assert!(Place::read("E99999999999999999999-1").is_err());
    }
}
