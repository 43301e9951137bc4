//! Refunds of late, for policies with totals: those to an account are found along the chain of its decisions, those
//! that somebody asked for in a table that ascends for each.

use columns::facts::{self, FactRef};
use engine::AskedRefund;
use jiff::Timestamp;
use money::Money;
use receivables::approval::{Asker, Party, PastRefunds, REFUNDS_MAX, RefundsNeeded, counts};
use receivables::id::Numbered;
use receivables::order::Order;
use receivables::{AccountNo, EntryHead, EntryNo, RefundNo};
use rusqlite::Connection;

use crate::codec::{Db, corrupt, instant, int, number, opt_number};
use crate::load::Loader;
use crate::orders::json;
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
        find: impl FnOnce(&mut Self) -> Db<Vec<(Timestamp, Money)>>,
    ) -> Db<()> {
        let known = self.books.past_refunds.get(&party);
        if known.is_none_or(|known| known.since > since) {
            let refunds = find(self)?;
            self.books.past_refunds.insert(party, PastRefunds { since, refunds });
        }
        Ok(())
    }

    /// Decisions of one account are in the order of their instants, so the walk ends at the first one before `since`.
    fn on_account(&mut self, no: AccountNo, since: Timestamp) -> Db<Vec<(Timestamp, Money)>> {
        let Some(account) = self.account(no)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut next = account.last_entry;
        let sql = "SELECT previous_no, at_us, facts FROM entry WHERE entry_no = ?1";
        while let Some(entry) = next {
            let read = rows::one(self.conn, sql, [int(entry.0)], |row| {
                let facts = facts::decode(row.get_ref(2)?.as_blob().map_err(corrupt)?)?;
                Ok((opt_number(row, 0)?.map(EntryNo), instant(row, 1)?, facts))
            })?;
            let (previous, at, facts) =
                read.ok_or_else(|| corrupt(format!("{entry} is missing")))?;
            if at < since || found.len() > REFUNDS_MAX {
                break;
            }
            for fact in facts.facts {
                let FactRef::Refunded(refund) = fact else { continue };
                let made = rows::refund(self.conn, RefundNo(refund), account.currency)?;
                let made = made.ok_or_else(|| corrupt(format!("refund {refund} is missing")))?;
                if stands(self.conn, made.document.no)? {
                    found.push((at, made.document.amount));
                }
            }
            next = previous;
        }
        Ok(found)
    }
}

fn by_asker(conn: &Connection, asker: &Asker, since: Timestamp) -> Db<Vec<(Timestamp, Money)>> {
    let sql = "SELECT a.refund_no, a.at_us, d.amount, c.currency FROM refund_asker a \
               JOIN refund d USING (refund_no) JOIN account c USING (account_no) \
               WHERE a.asker = ?1 AND a.at_us >= ?2 ORDER BY a.at_us DESC LIMIT ?3";
    let limit = int(REFUNDS_MAX as u64 + 1);
    let listed = rows::all(conn, sql, (asker.as_str(), since.as_microsecond(), limit), |row| {
        let currency = row.get::<_, String>(3)?.parse().map_err(corrupt)?;
        Ok((RefundNo(number(row, 0)?), instant(row, 1)?, rows::money(row, 2, currency)?))
    })?;
    let mut found = Vec::with_capacity(listed.len());
    for (refund, at, amount) in listed {
        if stands(conn, refund)? {
            found.push((at, amount));
        }
    }
    Ok(found)
}

/// Whether a refund may have paid something out, or still may.
fn stands(conn: &Connection, refund: RefundNo) -> Db<bool> {
    let of = refund.document();
    let sql = "SELECT body FROM gateway_order WHERE document_kind = ?1 AND document_no = ?2";
    let order = rows::one(conn, sql, (of.kind as u8, int(of.number)), |row| json::<Order>(row, 0))?;
    Ok(match order {
        Some(order) => counts(order.state),
        None => !rows::is_canceled(conn, of)?,
    })
}
