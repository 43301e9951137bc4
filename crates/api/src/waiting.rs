//! Lists of orders that wait for people, narrowed to those of an account or a currency. What waits has one index, by what
//! it waits for and since when, and is few rows beside the history; so a page looks through it from where the page before
//! ended, at no more than [`WALK_MAX`] of them. Rejected: an index per filter, which every order would pay for that never
//! waits for anybody.

use engine::Reader;
use jiff::Timestamp;
use money::Currency;
use receivables::id::{Numbered, Ref};
use receivables::order::{Order, Waiting};
use receivables::{AccountNo, Document, PaymentNo, RefundNo, Rejection};
use serde::Deserialize;

use crate::body::named;
use crate::context::rows;
use crate::problem::ApiError;
use crate::routes::account_of;

/// At most so many orders are looked at for one page.
const WALK_MAX: usize = 2_000;
/// So many more than are wanted are read at once, if there is a filter.
const STEP: usize = 200;

/// Makes the query of a list of what waits: a struct that holds another one (`serde(flatten)`) would not refuse a name that
/// is misspelt.
macro_rules! waiting_query {
    ($(#[$what:meta])* $name:ident, $example:literal { $($(#[$about:meta])* $more:ident),* }) => {
        $(#[$what])*
        #[derive(Debug, Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Where the page before ended: its `next_after`.
            #[param(example = $example)]
            pub(crate) after: Option<String>,
            /// At most this many rows, 1 to 200; 50 if left out.
            #[param(minimum = 1, maximum = 200, example = 50)]
            pub(crate) limit: Option<usize>,
            /// Only those of this account: its number or id. A page may then be short, even empty, and still have a
            /// `next_after`, because what waits is looked through 2,000 at a time.
            #[param(min_length = 1, max_length = 100, example = "A00000001")]
            pub(crate) account: Option<String>,
            /// Only those in this currency. As with `account`, a page may be short.
            #[param(min_length = 3, max_length = 3, example = "USD")]
            pub(crate) currency: Option<String>,
            $($(#[$about])* pub(crate) $more: Option<bool>,)*
        }
    };
}

waiting_query! {
    /// Query of a list of refunds that wait for payment.
    WaitingQuery, "R-00000002" {}
}
waiting_query! {
    /// Query of a list of refunds and payments that wait for an answer.
    QueueQuery, "P-00000002" {}
}
waiting_query! {
    /// Query of the inbox.
    ApprovalQuery, "R-00000002" {
        /// True: only those you could approve now. A page may then be short, because the rules are asked of 400 at a time.
        #[param(example = true)]
        can_approve
    }
}

/// Where a page ended: when an order was placed, and which.
pub(crate) type At = (Timestamp, Document);

/// Which orders are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    list: Waiting,
    account: Option<Ref<AccountNo>>,
    currency: Option<Currency>,
    after: Option<Document>,
    pub(crate) limit: usize,
}

impl WaitingQuery {
    pub(crate) fn resolve(self, list: Waiting) -> Result<Asked, ApiError> {
        let Self { after, limit, account, currency } = self;
        let currency = currency.map(|text| text.parse::<Currency>());
        let currency = currency.transpose().map_err(|error| {
            let detail = format!("currency: {error}; write it like USD");
            ApiError::bad_request("query_invalid", detail).with("field", "currency")
        })?;
        let account = account.as_deref().map(named).transpose();
        let account = account.map_err(|error| error.with("field", "account"))?;
        let after = after.as_deref().map(document).transpose()?;
        Ok(Asked { list, account, currency, after, limit: rows(limit)? })
    }
}

impl QueueQuery {
    pub(crate) fn resolve(self) -> Result<Asked, ApiError> {
        let Self { after, limit, account, currency } = self;
        WaitingQuery { after, limit, account, currency }.resolve(Waiting::ForAnswer)
    }
}

impl ApprovalQuery {
    /// What is asked for, and whether only those that the caller could approve.
    pub(crate) fn resolve(self) -> Result<(Asked, bool), ApiError> {
        let Self { after, limit, account, currency, can_approve } = self;
        let asked = WaitingQuery { after, limit, account, currency };
        Ok((asked.resolve(Waiting::ForApproval)?, can_approve.unwrap_or(false)))
    }
}

fn document(text: &str) -> Result<Document, ApiError> {
    if text.starts_with('P') {
        return Ok(named::<PaymentNo>(text)?.no.document());
    }
    Ok(named::<RefundNo>(text)?.no.document())
}

/// Orders, and where the next page begins, if there may be one.
pub(crate) struct Found {
    pub(crate) orders: Vec<Order>,
    pub(crate) next: Option<At>,
}

impl Asked {
    /// Where the page begins.
    ///
    /// # Errors
    ///
    /// `no_order` for a document that never waited, and `not_found` for an account that does not exist.
    pub(crate) fn begin(&self, reader: &dyn Reader) -> Result<Option<At>, ApiError> {
        if let Some(account) = self.account {
            account_of(reader, account).map_err(|error| error.with("field", "account"))?;
        }
        let Some(document) = self.after else { return Ok(None) };
        let missing = || Rejection::NoOrder { document: document.to_string() };
        let order = reader.order(document)?.ok_or_else(missing)?;
        Ok(Some((order.placed_at, document)))
    }

    /// A page of at most `limit` orders behind a place.
    pub(crate) fn page(
        &self,
        reader: &dyn Reader,
        after: Option<At>,
        limit: usize,
    ) -> Result<Found, ApiError> {
        let account = self.account.map(|named| named.no);
        let wanted = |order: &Order| {
            account.is_none_or(|no| order.account == no)
                && self.currency.is_none_or(|it| order.placed.amount.currency() == it)
        };
        let narrowed = account.is_some() || self.currency.is_some();
        let step = if narrowed { limit + STEP } else { limit + 1 };
        let read = |after, step| reader.orders_for_people(self.list, after, step);
        let (orders, next) = walk(read, wanted, at, after, (limit, step))?;
        Ok(Found { orders, next })
    }
}

/// The place of an order.
pub(crate) fn at(order: &Order) -> At {
    (order.placed_at, order.placed.document)
}

/// Looks through rows from a place on: at most `limit` that are wanted, and the place of the last that was looked at, if
/// another one that is wanted follows, or if [`WALK_MAX`] were looked at.
fn walk<T, P: Copy, E>(
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
