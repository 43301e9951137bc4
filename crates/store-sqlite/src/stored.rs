//! Every stored state, for those who hold them against the history, and the totals of days.

use engine::{DayTotal, StoredState};
use money::{Currency, Money};
use receivables::EntryNo;
use receivables::journal::LedgerAccount;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::cache::TotalKey;
use crate::codec::{Db, corrupt, date_of};
use crate::orders;
use crate::past_refunds;
use crate::rows::all;
use crate::states;

/// Visits them as they were at one moment, and answers the decision after which that was.
pub(crate) fn each_state(conn: &Connection, visit: &mut dyn FnMut(StoredState)) -> Db<EntryNo> {
    let transaction = conn.unchecked_transaction()?;
    let sql = format!("{} ORDER BY s.account_no", states::ACCOUNT);
    let mut statement = transaction.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(StoredState::Account(states::read_account(row)?));
    }
    let sql = format!("{} ORDER BY s.invoice_no", states::INVOICE);
    let mut statement = transaction.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(StoredState::Invoice(states::read_invoice(row)?));
    }
    for total in merge(totals(&transaction)?, &FxHashMap::default())? {
        visit(StoredState::Total(total));
    }
    let folded = EntryNo(states::meta(&transaction, "folded")?);
    let sql = format!("{} ORDER BY method_no", orders::METHOD);
    let mut statement = transaction.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found = orders::stored_method(&transaction, row, folded)?;
        found.into_iter().for_each(|state| visit(StoredState::Method(state)));
    }
    let sql = format!("{} ORDER BY document_kind, document_no", orders::ORDER);
    let mut statement = transaction.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found = orders::stored_order(&transaction, row, folded)?;
        found.into_iter().for_each(|order| visit(StoredState::Order(Box::new(order))));
    }
    past_refunds::each(&transaction, folded, &mut |asked| visit(StoredState::Asked(asked)))?;
    Ok(folded)
}

/// The totals of days that were written back.
pub(crate) fn totals(conn: &Connection) -> Db<Vec<(TotalKey, (i64, i64))>> {
    let sql = "SELECT currency, date, ledger_account, debit, credit FROM day_total";
    all(conn, sql, [], |row| {
        let currency: Currency =
            row.get_ref(0)?.as_str().map_err(corrupt)?.parse().map_err(corrupt)?;
        let key = (currency, row.get(1)?, LedgerAccount(row.get(2)?));
        Ok((key, (row.get(3)?, row.get(4)?)))
    })
}

/// The same with what came since.
pub(crate) fn merge(
    stored: Vec<(TotalKey, (i64, i64))>,
    recent: &FxHashMap<TotalKey, (i64, i64)>,
) -> Db<Vec<DayTotal>> {
    let mut sums: FxHashMap<TotalKey, (i64, i64)> = stored.into_iter().collect();
    for (key, (debit, credit)) in recent {
        let sum = sums.entry(*key).or_default();
        sum.0 = sum.0.saturating_add(*debit);
        sum.1 = sum.1.saturating_add(*credit);
    }
    let mut totals = Vec::with_capacity(sums.len());
    for ((currency, date, account), (debit, credit)) in sums {
        totals.push(DayTotal {
            currency,
            date: date_of(date)?,
            account,
            debit: Money::from_minor(debit, currency),
            credit: Money::from_minor(credit, currency),
        });
    }
    totals.sort_by_key(|total| (total.currency.code(), total.date, total.account));
    Ok(totals)
}
