//! Refunds of late, for policies with totals: those to an account are found along the chain of its decisions, those
//! that somebody asked for in a table that ascends for each.

use columns::facts::{self, FactRef};
use engine::AskedRefund;
use jiff::Timestamp;
use money::{Currency, Money};
use receivables::approval::{Asker, LOOKED_AT_MAX, Party, PastRefunds, RefundsNeeded, counts};
use receivables::{AccountNo, EntryHead, EntryNo, RefundNo};
use rusqlite::{Connection, Row};

use crate::codec::{Db, corrupt, instant, int, number, opt_number};
use crate::load::Loader;
use crate::rows;

/// Remembers who asked for a refund.
pub(crate) fn append(conn: &Connection, head: &EntryHead, refund: RefundNo) -> Db<()> {
    let asker = Asker::of(&head.actor, head.person.as_ref());
    conn.prepare_cached("INSERT INTO refund_asker (asker, at_us, refund_no) VALUES (?1, ?2, ?3)")?
        .execute((asker.as_str(), head.at.as_microsecond(), int(refund.0)))?;
    Ok(())
}

/// Every row of refunds decided up to `last`.
pub(crate) fn each(conn: &Connection, last: EntryNo, visit: &mut dyn FnMut(AskedRefund)) -> Db<()> {
    // A row without its refund is one too many, and must be seen.
    let sql = "SELECT a.asker, a.at_us, a.refund_no FROM refund_asker a \
               LEFT JOIN refund d USING (refund_no) WHERE coalesce(d.entry_no, 0) <= ?1";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([int(last.0)])?;
    while let Some(row) = rows.next()? {
        let asker = Asker::from(row.get::<_, String>(0)?);
        visit(AskedRefund { asker, at: instant(row, 1)?, refund: RefundNo(number(row, 2)?) });
    }
    Ok(())
}

impl Loader<'_> {
    /// Refunds of late, as far as active policies look at them.
    pub(crate) fn past_refunds(&mut self, needed: &RefundsNeeded) -> Db<()> {
        let settings = self.cache.read().map_err(corrupt)?.settings.clone();
        let looked_at = settings.refunds_looked_at(needed.at);
        if let Some(since) = looked_at.account
            && let Some(account) = rows::account_of(self.conn, needed.of)?
        {
            let party = Party::Account(account);
            self.past(party, since, |loader| loader.on_account(account, since))?;
        }
        if let Some(since) = looked_at.asker {
            let party = Party::Asker(needed.asker.clone());
            self.past(party, since, |loader| by_asker(loader.conn, &needed.asker, since))?;
        }
        Ok(())
    }

    /// Keeps what `find` finds, unless it is known as far back already.
    fn past(
        &mut self,
        party: Party,
        since: Timestamp,
        find: impl FnOnce(&mut Self) -> Db<Found>,
    ) -> Db<()> {
        let known = self.books.past_refunds.get(&party);
        if known.is_none_or(|known| known.since > since) {
            let Found { refunds, cut_at } = find(self)?;
            let past = PastRefunds::new(since, refunds, cut_at);
            self.books.past_refunds.insert(party, past);
        }
        Ok(())
    }

    /// Decisions of one account are in the order of their instants, so the walk ends at the first one before `since`.
    fn on_account(&mut self, no: AccountNo, since: Timestamp) -> Db<Found> {
        let mut found = Found::default();
        let Some(account) = self.account(no)? else { return Ok(found) };
        let (mut next, mut looked_at) = (account.last_entry, 0);
        let sql = "SELECT previous_no, at_us, facts FROM entry WHERE entry_no = ?1";
        while let Some(entry) = next {
            let read = rows::one(self.conn, sql, [int(entry.0)], |row| {
                let facts = facts::decode(row.get_ref(2)?.as_blob().map_err(corrupt)?)?;
                Ok((opt_number(row, 0)?.map(EntryNo), instant(row, 1)?, facts))
            })?;
            let (previous, at, facts) =
                read.ok_or_else(|| corrupt(format!("{entry} is missing")))?;
            if at < since {
                break;
            }
            looked_at += 1;
            if looked_at > LOOKED_AT_MAX {
                found.cut_at = Some(at);
                break;
            }
            for fact in facts.facts {
                if let FactRef::Refunded(refund) = fact {
                    found.refunds.extend(standing(self.conn, refund, account.currency, at)?);
                }
            }
            next = previous;
        }
        Ok(found)
    }
}

/// What was found, the latest first.
#[derive(Default)]
struct Found {
    refunds: Vec<(Timestamp, Money)>,
    /// The instant of the first one that was not looked at any more.
    cut_at: Option<Timestamp>,
}

/// How a refund stands: that of its order, and whether it was canceled.
const STANDS: &str = "json_extract(o.body, '$.state'), EXISTS (SELECT 1 FROM canceled c \
    WHERE c.kind = 5 AND c.number = d.refund_no) FROM refund d \
    LEFT JOIN gateway_order o ON o.document_kind = 5 AND o.document_no = d.refund_no";

/// Whether it may have paid something out, or still may.
fn stands(row: &Row<'_>, column: usize) -> Db<bool> {
    let state: Option<String> = row.get(column)?;
    match state {
        Some(name) => {
            let state = serde_json::from_value(name.into()).map_err(corrupt)?;
            Ok(counts(state))
        }
        None => Ok(!row.get::<_, bool>(column + 1)?),
    }
}

fn standing(
    conn: &Connection,
    refund: u64,
    currency: Currency,
    at: Timestamp,
) -> Db<Option<(Timestamp, Money)>> {
    let sql = format!("SELECT d.amount, {STANDS} WHERE d.refund_no = ?1");
    let found = rows::one(conn, &sql, [int(refund)], |row| {
        Ok(stands(row, 1)?.then_some((at, rows::money(row, 0, currency)?)))
    })?;
    found.ok_or_else(|| corrupt(format!("refund {refund} is missing")))
}

fn by_asker(conn: &Connection, asker: &Asker, since: Timestamp) -> Db<Found> {
    let sql = format!(
        "SELECT a.at_us, d.amount, n.currency, {STANDS} JOIN account n ON n.account_no = d.account_no \
         JOIN refund_asker a ON a.refund_no = d.refund_no \
         WHERE a.asker = ?1 AND a.at_us >= ?2 ORDER BY a.at_us DESC LIMIT ?3"
    );
    let limit = int(LOOKED_AT_MAX as u64 + 1);
    let parameters = (asker.as_str(), since.as_microsecond(), limit);
    let listed = rows::all(conn, &sql, parameters, |row| {
        let currency = row.get::<_, String>(2)?.parse().map_err(corrupt)?;
        Ok((instant(row, 0)?, rows::money(row, 1, currency)?, stands(row, 3)?))
    })?;
    let last = listed.get(LOOKED_AT_MAX).map(|(at, _, _)| *at);
    let counted = listed.into_iter().filter(|(_, _, counts)| *counts);
    Ok(Found { refunds: counted.map(|(at, amount, _)| (at, amount)).collect(), cut_at: last })
}
