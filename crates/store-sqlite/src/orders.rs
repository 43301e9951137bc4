//! Payment methods, orders and labels: their facts, which are history, and the rows that say how they stand now,
//! which are written with them and therefore always current, unlike balances.

use columns::orders::{
    attention_us, document_of_fact, labels_of, labels_row, method_from, order_from, place,
    references, row_of_fact, sent_us, waiting,
};
use columns::{int, opt_int};
use engine::OrderEvent;
use jiff::Timestamp;
use receivables::fact::Fact;
use receivables::gateway::GatewayNo;
use receivables::id::Numbered;
use receivables::labels::Labels;
use receivables::order::{Order, Waiting};
use receivables::payment_method::MethodState;
use receivables::period::UNFINISHED_MAX;
use receivables::{AccountNo, Books, Document, Entry, EntryHead, EntryNo, Kind, MethodNo};
use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

use crate::codec::{Db, corrupt, instant, number};
use crate::rows::{all, one};

/// Every method as it stands, with the decision that changed it last.
pub(crate) const METHOD: &str = "SELECT body, entry_no, method_no FROM payment_method_state";
/// Every order as it stands, with the decision that changed it last.
pub(crate) const ORDER: &str =
    "SELECT body, entry_no, document_kind, document_no FROM gateway_order";

/// A column of JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Db<T> {
    serde_json::from_str(row.get_ref(column)?.as_str().map_err(corrupt)?).map_err(corrupt)
}

/// A payment method as it stands.
pub(crate) fn method(conn: &Connection, no: MethodNo) -> Db<Option<MethodState>> {
    let sql = "SELECT body FROM payment_method_state WHERE method_no = ?1";
    one(conn, sql, [int(no.0)], |row| json(row, 0))
}

/// The payment methods of an account, oldest first.
pub(crate) fn account_methods(conn: &Connection, account: AccountNo) -> Db<Vec<MethodState>> {
    let sql = "SELECT body FROM payment_method_state WHERE account_no = ?1 ORDER BY method_no";
    all(conn, sql, [int(account.0)], |row| json(row, 0))
}

/// The order of a refund or payment as it stands.
pub(crate) fn order(conn: &Connection, of: Document) -> Db<Option<Order>> {
    let sql = "SELECT body FROM gateway_order WHERE document_kind = ?1 AND document_no = ?2";
    one(conn, sql, (of.kind as u8, int(of.number)), |row| json(row, 0))
}

/// Orders placed before an instant whose money may still move, at most [`UNFINISHED_MAX`]. All of them are looked
/// for by a worker, or by people.
pub(crate) fn under_way(conn: &Connection, before: Timestamp) -> Db<Vec<Document>> {
    let sql = "SELECT body FROM gateway_order WHERE due_us IS NOT NULL \
               UNION ALL SELECT body FROM gateway_order WHERE attention_us IS NOT NULL AND due_us IS NULL";
    let orders: Vec<Order> = all(conn, sql, [], |row| json(row, 0))?;
    let under_way = orders.iter().filter(|order| order.keeps_open(before));
    Ok(under_way.map(|order| order.placed.document).take(UNFINISHED_MAX).collect())
}

/// The order of a refund or payment as it stood after a decision.
pub(crate) fn order_after(conn: &Connection, of: Document, last: EntryNo) -> Db<Option<Order>> {
    let sql = "SELECT account_no FROM gateway_order WHERE document_kind = ?1 AND document_no = ?2";
    let account = one(conn, sql, (of.kind as u8, int(of.number)), |row| number(row, 0))?;
    let Some(account) = account else { return Ok(None) };
    let events = history(conn, of, Some(last))?;
    let facts = events.iter().map(|event| (event.at, &event.fact));
    Ok(order_from(AccountNo(account), facts)?)
}

/// A payment method as it stood after a decision.
pub(crate) fn method_after(
    conn: &Connection,
    no: MethodNo,
    last: EntryNo,
) -> Db<Option<MethodState>> {
    let events = history(conn, no.document(), Some(last))?;
    Ok(method_from(events.iter().map(|event| (event.at, &event.fact)))?)
}

/// The orders of the electronic refunds of a payment, oldest first.
pub(crate) fn refunds_of(conn: &Connection, payment: u64) -> Db<Vec<Order>> {
    let sql = "SELECT body FROM gateway_order WHERE document_kind = 5 AND document_no IN \
               (SELECT refund_no FROM refund_part WHERE payment_no = ?1) ORDER BY document_no";
    all(conn, sql, [int(payment)], |row| json(row, 0))
}

/// What happened to an order or a payment method, oldest first, up to a decision.
pub(crate) fn history(
    conn: &Connection,
    of: Document,
    last: Option<EntryNo>,
) -> Db<Vec<OrderEvent>> {
    let sql = "SELECT f.entry_no, e.at_us, o.actor, f.fact FROM gateway_fact f \
               JOIN entry e ON e.entry_no = f.entry_no JOIN origin o ON o.origin_id = e.origin_id \
               WHERE f.document_kind = ?1 AND f.document_no = ?2 AND f.entry_no <= ?3 \
               ORDER BY f.fact_no";
    let last = last.map_or(i64::MAX, |last| int(last.0));
    all(conn, sql, (of.kind as u8, int(of.number), last), |row| {
        Ok(OrderEvent {
            entry: EntryNo(number(row, 0)?),
            at: instant(row, 1)?,
            actor: row.get(2)?,
            fact: json(row, 3)?,
        })
    })
}

/// The labels of a document before a decision; none if it never had any.
pub(crate) fn labels(conn: &Connection, of: Document, before: EntryNo) -> Db<Option<Labels>> {
    let sql = "SELECT fact FROM gateway_fact WHERE document_kind = ?1 AND document_no = ?2 \
               AND entry_no < ?3 ORDER BY fact_no DESC LIMIT 1";
    let (kind, number) = labels_row(of);
    let fact = one(conn, sql, (kind, int(number), int(before.0)), |row| json(row, 0))?;
    Ok(fact.map(labels_of).transpose()?.map(|(_, labels)| labels))
}

/// One fact by the number of its row.
pub(crate) fn fact(conn: &Connection, no: u64) -> Db<Option<Fact>> {
    one(conn, "SELECT fact FROM gateway_fact WHERE fact_no = ?1", [int(no)], |row| json(row, 0))
}

/// Appends a fact to the history.
pub(crate) fn append(conn: &Connection, head: &EntryHead, no: u64, fact: &Fact) -> Db<()> {
    let Some((kind, document)) = row_of_fact(fact) else { return Ok(()) };
    let text = serde_json::to_string(fact).map_err(corrupt)?;
    conn.prepare_cached(
        "INSERT INTO gateway_fact (fact_no, entry_no, account_no, document_kind, document_no, fact) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        int(no),
        int(head.no.0),
        int(head.account.0),
        kind,
        int(document),
        text
    ])?;
    Ok(())
}

/// Remembers which method an electronic payment or refund uses.
pub(crate) fn append_electronic(conn: &Connection, of: Document, method: MethodNo) -> Db<()> {
    conn.prepare_cached("INSERT INTO electronic (kind, number, method_no) VALUES (?1, ?2, ?3)")?
        .execute((of.kind as u8, int(of.number), int(method.0)))?;
    Ok(())
}

/// Writes how the methods and orders of which `entries` tell stand after them.
pub(crate) fn write(conn: &Connection, entries: &[&Entry], changed: &Books) -> Db<()> {
    let mut touched: BTreeMap<Document, EntryNo> = BTreeMap::new();
    for entry in entries {
        for fact in &entry.facts {
            let Some(of) = document_of_fact(fact) else { continue };
            touched.insert(of, entry.head.no);
            for (rank, id) in references(fact) {
                let gateway = changed.orders.get(&of).ok_or_else(|| missing(of))?.placed.gateway;
                conn.prepare_cached(
                    "INSERT OR IGNORE INTO gateway_reference \
                     (gateway_no, id, rank, document_kind, document_no) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((gateway.0, id.as_str(), rank, of.kind as u8, int(of.number)))?;
            }
        }
    }
    for (of, entry) in touched {
        if of.kind == Kind::PaymentMethod {
            let state = changed.methods.get(&MethodNo(of.number)).ok_or_else(|| missing(of))?;
            write_method(conn, entry, state)?;
        } else {
            write_order(conn, entry, changed.orders.get(&of).ok_or_else(|| missing(of))?)?;
        }
    }
    Ok(())
}

fn missing(of: Document) -> crate::codec::DbError {
    corrupt(format!("{of} changed, and how it stands was not handed in"))
}

fn write_method(conn: &Connection, entry: EntryNo, state: &MethodState) -> Db<()> {
    let body = serde_json::to_string(state).map_err(corrupt)?;
    conn.prepare_cached(
        "INSERT INTO payment_method_state (method_no, entry_no, account_no, body) \
         VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET entry_no = excluded.entry_no, body = excluded.body",
    )?
    .execute((int(state.method.no.0), int(entry.0), int(state.method.account.0), body))?;
    Ok(())
}

fn write_order(conn: &Connection, entry: EntryNo, order: &Order) -> Db<()> {
    let of = order.placed.document;
    let body = serde_json::to_string(order).map_err(corrupt)?;
    conn.prepare_cached(
        "INSERT INTO gateway_order (document_kind, document_no, entry_no, account_no, gateway_no, \
         due_us, attention_us, sent_us, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT DO UPDATE SET entry_no = excluded.entry_no, due_us = excluded.due_us, \
         attention_us = excluded.attention_us, sent_us = excluded.sent_us, body = excluded.body",
    )?
    .execute(params![
        of.kind as u8,
        int(of.number),
        int(entry.0),
        int(order.account.0),
        order.placed.gateway.0,
        order.due.map(jiff::Timestamp::as_microsecond),
        attention_us(order),
        sent_us(order),
        body,
    ])?;
    Ok(())
}

/// Orders that a worker should act on by now, the longest due first.
pub(crate) fn due(
    conn: &Connection,
    gateway: GatewayNo,
    now_us: i64,
    limit: usize,
) -> Db<Vec<Order>> {
    let sql = "SELECT body FROM gateway_order WHERE gateway_no = ?1 AND due_us <= ?2 \
               ORDER BY due_us, document_kind, document_no LIMIT ?3";
    all(conn, sql, (gateway.0, now_us, int(limit as u64)), |row| json(row, 0))
}

/// Orders that the gateway must have on record since an instant of a span, after one of them.
pub(crate) fn on_record(
    conn: &Connection,
    gateway: GatewayNo,
    (from, to): (Timestamp, Timestamp),
    after: Option<(Timestamp, Document)>,
    limit: usize,
) -> Db<Vec<Order>> {
    let sql = "SELECT body FROM gateway_order WHERE gateway_no = ?1 AND sent_us < ?2 \
               AND (sent_us, document_kind, document_no) > (?3, ?4, ?5) \
               ORDER BY sent_us, document_kind, document_no LIMIT ?6";
    let (at_us, kind, no) = place(from, after);
    all(conn, sql, (gateway.0, to.as_microsecond(), at_us, kind, no, int(limit as u64)), |row| {
        json(row, 0)
    })
}

/// Orders that only people can go on with, the oldest first, behind the one placed at `after`.
pub(crate) fn for_people(
    conn: &Connection,
    list: Waiting,
    after: Option<(Timestamp, Document)>,
    limit: usize,
) -> Db<Vec<Order>> {
    let sql = "SELECT body FROM gateway_order WHERE attention_us < ?1 \
               AND (attention_us, document_kind, document_no) > (?2, ?3, ?4) \
               ORDER BY attention_us, document_kind, document_no LIMIT ?5";
    let ((at_us, kind, no), before) = waiting(list, after);
    all(conn, sql, (before, at_us, kind, no, int(limit as u64)), |row| json(row, 0))
}

/// The order of a gateway's transaction: the one it is the id of, before one it is the second id of.
pub(crate) fn find(conn: &Connection, gateway: u16, id: &str) -> Db<Option<Document>> {
    let sql = "SELECT document_kind, document_no FROM gateway_reference \
               WHERE gateway_no = ?1 AND id = ?2 \
               ORDER BY rank, document_kind, document_no LIMIT 1";
    one(conn, sql, (gateway, id), |row| Ok(columns::document_of(number(row, 0)?, number(row, 1)?)?))
}

/// A stored row of a method as it was after `last`, and a check that a later row is what its facts say.
pub(crate) fn stored_method(
    conn: &Connection,
    row: &Row<'_>,
    last: EntryNo,
) -> Db<Option<MethodState>> {
    let state: MethodState = json(row, 0)?;
    if number(row, 1)? <= last.0 {
        return Ok(Some(state));
    }
    let no = MethodNo(number(row, 2)?);
    if method_after(conn, no, EntryNo(u64::MAX))?.as_ref() != Some(&state) {
        return Err(corrupt(format!("{no} is stored otherwise than its history says")));
    }
    method_after(conn, no, last)
}

/// As [`stored_method`], of an order.
pub(crate) fn stored_order(conn: &Connection, row: &Row<'_>, last: EntryNo) -> Db<Option<Order>> {
    let order: Order = json(row, 0)?;
    if number(row, 1)? <= last.0 {
        return Ok(Some(order));
    }
    let of = columns::document_of(number(row, 2)?, number(row, 3)?)?;
    if order_after(conn, of, EntryNo(u64::MAX))?.as_ref() != Some(&order) {
        return Err(corrupt(format!(
            "the order of {of} is stored otherwise than its history says"
        )));
    }
    order_after(conn, of, last)
}

/// Remembers what a change of an account says of gateways, beside its row.
pub(crate) fn append_account_change(
    conn: &Connection,
    change: u64,
    gateway: Option<u16>,
    method: Option<MethodNo>,
) -> Db<()> {
    if gateway.is_none() && method.is_none() {
        return Ok(());
    }
    conn.prepare_cached(
        "INSERT INTO account_change_gateway (change_id, gateway_no, default_method_no) \
         VALUES (?1, ?2, ?3)",
    )?
    .execute((int(change), gateway, opt_int(method.map(|no| no.0))))?;
    Ok(())
}
