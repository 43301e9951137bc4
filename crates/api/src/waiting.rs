//! Lists of orders that wait for people, narrowed to those of an account or a currency. What waits has one index, by what
//! it waits for and since when, and is few rows beside the history; so a page looks through it from where the page before
//! ended, at no more than [`WALK_MAX`](crate::walk::WALK_MAX) of them. Rejected: an index per filter, which every order would pay for that never
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
use crate::history::wanted_currency;
use crate::problem::ApiError;
use crate::routes::account_of;
use crate::walk::{step_of, walk};

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
        let currency = currency.map(|text| wanted_currency(&text)).transpose()?;
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

    /// Whether an order is of the account and in the currency that are asked for.
    pub(crate) fn wants(&self, order: &Order) -> bool {
        self.account.is_none_or(|named| order.account == named.no)
            && self.currency.is_none_or(|it| order.placed.amount.currency() == it)
    }

    /// A page of at most `limit` orders behind a place.
    pub(crate) fn page(
        &self,
        reader: &dyn Reader,
        after: Option<At>,
        limit: usize,
    ) -> Result<Found, ApiError> {
        let wanted = |order: &Order| self.wants(order);
        let narrowed = self.account.is_some() || self.currency.is_some();
        let step = step_of(limit, narrowed);
        let read = |after, step| reader.orders_for_people(self.list, after, step);
        let (orders, next) = walk(read, wanted, at, after, (limit, step))?;
        Ok(Found { orders, next })
    }
}

/// The place of an order.
pub(crate) fn at(order: &Order) -> At {
    (order.placed_at, order.placed.document)
}
