//! Lists that are narrowed by what no index leads to: a page looks through rows from where the page before ended, at no
//! more than so many of them, and says where to go on.

/// At most so many rows are looked at for one page.
pub(crate) const WALK_MAX: usize = 2_000;
/// So many more than are wanted are read at once, if there is a filter.
const STEP: usize = 200;

/// How many rows to read at once for a page of at most `limit`: one more than that, to know whether another follows, and
/// more if they are `narrowed`.
pub(crate) const fn step_of(limit: usize, narrowed: bool) -> usize {
    if narrowed { limit + STEP } else { limit + 1 }
}

/// Looks through rows from a place on: at most `limit` that are wanted, and the place of the last that was looked at, if
/// another one that is wanted follows, or if [`WALK_MAX`] were looked at.
pub(crate) fn walk<T, P: Copy, E>(
    read: impl Fn(Option<P>, usize) -> Result<Vec<T>, E>,
    wanted: impl Fn(&T) -> bool,
    place: impl Fn(&T) -> P,
    after: Option<P>,
    (limit, step): (usize, usize),
) -> Result<(Vec<T>, Option<P>), E> {
    let (mut found, mut last, mut looked) = (Vec::new(), after, 0);
    loop {
        let step = step.min(WALK_MAX - looked);
        let rows = read(last, step)?;
        let whole = rows.len() < step;
        looked += rows.len();
        for row in rows {
            let here = place(&row);
            if wanted(&row) {
                if found.len() == limit {
                    return Ok((found, last));
                }
                found.push(row);
            }
            last = Some(here);
        }
        if whole {
            return Ok((found, None));
        }
        if looked >= WALK_MAX {
            return Ok((found, last));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A list of the numbers from 1 to `most`, read as a store reads it, and how many rows were read.
    fn page(
        most: usize,
        each: usize,
        after: Option<usize>,
        limit: usize,
    ) -> (Vec<usize>, Option<usize>, usize) {
        let read = Cell::new(0);
        let rows = |after: Option<usize>, step: usize| {
            let from = after.unwrap_or(0) + 1;
            let rows: Vec<usize> = (from..=most).take(step).collect();
            read.set(read.get() + rows.len());
            Ok::<_, ()>(rows)
        };
        let (found, next) =
            walk(rows, |row| row % each == 0, |row| *row, after, (limit, limit + STEP)).unwrap();
        (found, next, read.get())
    }

    /// Every page, one after the other.
    fn all(most: usize, each: usize, limit: usize) -> Vec<usize> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (rows, next, read) = page(most, each, after, limit);
            assert!(rows.len() <= limit && read <= WALK_MAX, "{read}");
            found.extend(rows);
            assert!(next.is_none_or(|next| next > after.unwrap_or(0)), "it goes on");
            after = next;
            if after.is_none() {
                return found;
            }
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_that_is_wanted_once() {
        for (most, each) in [(0, 1), (1, 1), (7, 3), (450, 1), (5_003, 1), (5_003, 2), (5_003, 999)]
        {
            let expected: Vec<usize> = (1..=most).filter(|row| row % each == 0).collect();
            for limit in [1, 2, 50, 200] {
                assert_eq!(all(most, each, limit), expected, "each {each} of {most}");
            }
        }
    }

    #[test]
    fn a_page_says_that_another_follows_only_if_one_does() {
        assert_eq!(page(4, 2, None, 2), (vec![2, 4], None, 4));
        assert_eq!(page(5, 2, None, 1), (vec![2], Some(3), 5));
        assert_eq!(page(300, 250, None, 1), (vec![250], None, 300));
    }

    #[test]
    fn a_page_looks_at_so_many_and_then_says_where_to_go_on() {
        let (rows, next, read) = page(9_000, 8_999, None, 50);
        assert_eq!((rows, next, read), (Vec::new(), Some(WALK_MAX), WALK_MAX));
        let (rows, next, _) = page(9_000, 8_999, Some(8_000), 50);
        assert_eq!((rows, next), (vec![8_999], None));
    }
}
