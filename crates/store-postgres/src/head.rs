//! Up to where the history is final, while others commit.

use columns::int;
use receivables::EntryNo;
use tokio_postgres::Row;

use crate::error::Pg;
use crate::fetch::all;
use crate::link::{Link, Query};
use crate::rows::{self, get, number};
use crate::sql;

/// The last entry. `frozen` readers have the whole history of their moment; others look which number was
/// given out last, and wait until no committer is amid a batch that may have taken it or one before: no
/// later commit adds an entry up to there. A database that can only be read has no committers to wait for.
pub(crate) fn head(link: &mut Link, frozen: bool) -> Pg<EntryNo> {
    let last = |link: &mut Link, query: Query| -> Pg<EntryNo> {
        let found = link.one(query)?;
        Ok(EntryNo(found.first().map_or(Ok(0), |row| number(row, 0))?))
    };
    if frozen {
        return last(link, Query::new(sql::LAST_ENTRY));
    }
    let numbers = link.one(Query::new(sql::NUMBERS))?;
    let given = numbers.first().map(rows::numbers).transpose()?.unwrap_or_default().entry;
    let held = hold(link);
    link.run(vec![Query::text("ROLLBACK")])?;
    match held {
        Err(error)
            if error.kind(crate::error::Phase::Before) != engine::StoreErrorKind::ReadOnly =>
        {
            Err(error)
        }
        _ => last(link, Query::new(sql::LAST_ENTRY_UP_TO).with(int(given))),
    }
}

/// Runs `read` while no committer is amid a batch that took its numbers before this began.
pub(crate) fn settled<T>(link: &mut Link, read: impl FnOnce(&mut Link) -> Pg<T>) -> Pg<T> {
    loop {
        let all_held = hold(link);
        match all_held {
            Ok(true) => {
                let done = read(link);
                link.run(vec![Query::text("ROLLBACK")])?;
                return done;
            }
            // One registered while the others were waited for, and may be amid its first batch.
            Ok(false) => drop(link.run(vec![Query::text("ROLLBACK")])?),
            Err(error) => {
                let _ = link.run(vec![Query::text("ROLLBACK")]);
                if error.kind(crate::error::Phase::Before) != engine::StoreErrorKind::ReadOnly {
                    return Err(error);
                }
                return read(link);
            }
        }
    }
}

/// Locks the rows of all committers; true if these are all there are by then.
fn hold(link: &mut Link) -> Pg<bool> {
    let number = |row: &Row| get::<i64>(row, 0);
    let held = link.run(vec![Query::text("BEGIN"), Query::new(sql::SETTLE)])?;
    let held: Vec<i64> = all(held.last().map_or(&[][..], Vec::as_slice), number)?;
    let there = all(&link.one(Query::new(sql::COMMITTERS))?, number)?;
    Ok(there.iter().all(|committer| held.contains(committer)))
}
