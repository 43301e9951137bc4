//! Every stored state, for those who hold them against the history.

use columns::int;
use engine::StoredState;
use receivables::EntryNo;
use receivables::order::Order;
use receivables::payment_method::MethodState;

use crate::error::Pg;
use crate::fetch::all;
use crate::head::head;
use crate::link::{Link, Query};
use crate::rows;
use crate::sql;

/// States read at a time by [`Reader::stored_states`].
const STRETCH: i64 = 5_000;

/// Visits them, in a transaction that sees one moment.
pub(crate) fn each_state(link: &mut Link, visit: &mut dyn FnMut(StoredState)) -> Pg<EntryNo> {
    let stretch = |sql, after: u64| Query::new(sql).with(int(after)).with(STRETCH);
    let mut after = 0;
    loop {
        let found = link.one(stretch(sql::ACCOUNT_STATES_AFTER, after))?;
        let accounts = all(&found, rows::account)?;
        let Some(last) = accounts.last() else { break };
        after = last.no.0;
        accounts.into_iter().for_each(|account| visit(StoredState::Account(account)));
    }
    after = 0;
    loop {
        let found = link.one(stretch(sql::INVOICE_STATES_AFTER, after))?;
        let invoices = all(&found, rows::invoice)?;
        let Some(last) = invoices.last() else { break };
        after = last.no.0;
        invoices.into_iter().for_each(|invoice| visit(StoredState::Invoice(invoice)));
    }
    after = 0;
    loop {
        let found = link.one(stretch(sql::METHODS_AFTER, after))?;
        let methods = all(&found, |row| rows::json::<MethodState>(row, 0))?;
        let Some(last) = methods.last() else { break };
        after = last.method.no.0;
        methods.into_iter().for_each(|state| visit(StoredState::Method(state)));
    }
    let mut last = (0_i64, 0_i16);
    loop {
        let query = Query::new(sql::ORDERS_AFTER).with(last.0).with(last.1).with(STRETCH);
        let orders = all(&link.one(query)?, |row| rows::json::<Order>(row, 0))?;
        let Some(order) = orders.last() else { break };
        let of = order.placed.document;
        last = (int(of.number), i16::from(of.kind as u8));
        orders.into_iter().for_each(|order| visit(StoredState::Order(Box::new(order))));
    }
    let mut last = (String::new(), i64::MIN, 0_i64);
    loop {
        let query = Query::new(sql::REFUND_ASKERS_AFTER).with(last.0).with(last.1).with(last.2);
        let asked = all(&link.one(query.with(STRETCH))?, rows::asked_refund)?;
        let Some(end) = asked.last() else { break };
        last = (end.asker.as_str().to_owned(), end.at.as_microsecond(), int(end.refund.0));
        asked.into_iter().for_each(|asked| visit(StoredState::Asked(asked)));
    }
    for total in all(&link.one(Query::new(sql::DAY_TOTALS))?, rows::day_total)? {
        visit(StoredState::Total(total));
    }
    head(link, true)
}
