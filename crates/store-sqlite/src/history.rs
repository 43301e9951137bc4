//! Reading decisions back: entries with their facts and postings.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use columns::facts::{self, FactRef};
use money::{Currency, Money};
use receivables::fact::Fact;
use receivables::invoice::InvoiceStatusChanged;
use receivables::journal::{CreditSide, InvoiceSide, LedgerAccount, Posting};
use receivables::{
    AccountNo, AdjustmentNo, Document, Entry, EntryHead, EntryNo, InvoiceNo, ItemAdjustmentNo,
    PaymentNo, PostingNo, RefundNo,
};
use rusqlite::{Connection, Row};

use crate::codec::{Db, corrupt, date, instant, int, key_hash, number, opt_number};
use crate::orders;
use crate::rows::{self, all, currency_of, document, money, one};

const POSTING: &str = "SELECT posting_no, date, debit, credit, amount, document_kind, \
    document_no, invoice_no, invoice_balance, invoice_previous, invoice_raises, credit_balance, \
    credit_previous, credit_raises, entry_no FROM posting";

fn read_posting(row: &Row<'_>, currency: Currency) -> Db<Posting> {
    let invoice = match opt_number(row, 7)? {
        Some(invoice) => Some(InvoiceSide {
            invoice: InvoiceNo(invoice),
            balance: money(row, 8, currency)?,
            previous: opt_number(row, 9)?.map(PostingNo),
            raises: row.get::<_, i64>(10)? == 1,
        }),
        None => None,
    };
    let credit_balance = match row.get::<_, Option<i64>>(11)? {
        Some(balance) => Some(CreditSide {
            balance: Money::from_minor(balance, currency),
            previous: opt_number(row, 12)?.map(PostingNo),
            raises: row.get::<_, i64>(13)? == 1,
        }),
        None => None,
    };
    Ok(Posting {
        no: PostingNo(number(row, 0)?),
        date: date(row, 1)?,
        debit: LedgerAccount(row.get(2)?),
        credit: LedgerAccount(row.get(3)?),
        amount: money(row, 4, currency)?,
        document: document(number(row, 5)?, number(row, 6)?)?,
        invoice,
        credit_balance,
    })
}

pub(crate) fn postings(
    conn: &Connection,
    first: u64,
    count: u64,
    currency: Currency,
) -> Db<Vec<Posting>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let sql = format!("{POSTING} WHERE posting_no >= ?1 AND posting_no < ?2 ORDER BY posting_no");
    all(conn, &sql, [int(first), int(first + count)], |row| read_posting(row, currency))
}

/// One posting with the entry it belongs to.
pub(crate) fn posting(
    conn: &Connection,
    no: PostingNo,
    currency: Currency,
) -> Db<(Posting, EntryNo)> {
    let sql = format!("{POSTING} WHERE posting_no = ?1");
    one(conn, &sql, [int(no.0)], |row| {
        Ok((read_posting(row, currency)?, EntryNo(number(row, 14)?)))
    })?
    .ok_or_else(|| corrupt(format!("posting {} is missing", no.0)))
}

/// The postings of an entry that a document made.
pub(crate) fn postings_of(
    conn: &Connection,
    entry: EntryNo,
    document: Document,
    currency: Currency,
) -> Db<Vec<Posting>> {
    let sql = "SELECT facts FROM entry WHERE entry_no = ?1";
    let refs = one(conn, sql, [int(entry.0)], |row| {
        Ok(facts::decode(row.get_ref(0)?.as_blob().map_err(corrupt)?)?)
    })?
    .ok_or_else(|| corrupt(format!("entry {entry} is missing")))?;
    let mut found = postings(conn, refs.first_posting, refs.posting_count, currency)?;
    found.retain(|posting| posting.document == document);
    Ok(found)
}

const ENTRY: &str = "SELECT e.entry_no, e.at_us, e.account_no, e.previous_no, o.command, o.actor, \
    o.door, e.request_id, e.key_hash, e.fingerprint, e.facts, x.address, x.on_behalf_of, \
    x.person \
    FROM entry e JOIN origin o USING (origin_id) LEFT JOIN entry_origin x USING (entry_no)";

/// A text that was written from a value.
fn opt_parsed<T: FromStr<Err: std::fmt::Display>>(row: &Row<'_>, column: usize) -> Db<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(corrupt)).transpose()
}

fn read_entry(conn: &Connection, row: &Row<'_>) -> Db<Entry> {
    let account = AccountNo(number(row, 2)?);
    let request_id: Option<String> = row.get(7)?;
    let head = EntryHead {
        no: EntryNo(number(row, 0)?),
        at: instant(row, 1)?,
        account,
        previous: opt_number(row, 3)?.map(EntryNo),
        command: Cow::Owned(row.get(4)?),
        actor: Arc::from(row.get::<_, String>(5)?),
        door: Cow::Owned(row.get(6)?),
        request_id: Arc::from(request_id.unwrap_or_default()),
        key_hash: key_hash(row, 8)?,
        fingerprint: key_hash(row, 9)?,
        address: opt_parsed(row, 11)?,
        on_behalf_of: opt_parsed(row, 12)?,
        person: opt_parsed(row, 13)?,
    };
    let refs = facts::decode(row.get_ref(10)?.as_blob().map_err(corrupt)?)?;
    let currency = if account == AccountNo::ORGANISATION {
        Currency::USD
    } else {
        currency_of(conn, account)?
    };
    let mut found = Vec::with_capacity(refs.facts.len());
    for fact in refs.facts {
        found.push(read_fact(conn, fact, currency)?);
    }
    let postings = postings(conn, refs.first_posting, refs.posting_count, currency)?;
    Ok(Entry { head, facts: found, postings })
}

pub(crate) fn entry(conn: &Connection, no: EntryNo) -> Db<Option<Entry>> {
    let sql = format!("{ENTRY} WHERE e.entry_no = ?1");
    one(conn, &sql, [int(no.0)], |row| read_entry(conn, row))
}

/// Behind every entry.
pub(crate) const END: EntryNo = EntryNo(i64::MAX.unsigned_abs());

/// Decisions after `after` up to `end`, oldest first.
pub(crate) fn entries(
    conn: &Connection,
    after: EntryNo,
    end: EntryNo,
    limit: usize,
) -> Db<Vec<Entry>> {
    let sql =
        format!("{ENTRY} WHERE e.entry_no > ?1 AND e.entry_no <= ?2 ORDER BY e.entry_no LIMIT ?3");
    all(conn, &sql, [int(after.0), int(end.0), int(limit as u64)], |row| read_entry(conn, row))
}

/// Decisions up to `end`, newest first.
pub(crate) fn entries_down(conn: &Connection, end: EntryNo, limit: usize) -> Db<Vec<Entry>> {
    let sql = format!("{ENTRY} WHERE e.entry_no <= ?1 ORDER BY e.entry_no DESC LIMIT ?2");
    all(conn, &sql, [int(end.0), int(limit as u64)], |row| read_entry(conn, row))
}

/// What an entry of an account made, and the entry of the account before it; none if it is of another one.
pub(crate) fn made(
    conn: &Connection,
    account: AccountNo,
    no: EntryNo,
) -> Db<Option<(Vec<Document>, Option<EntryNo>)>> {
    let sql = "SELECT facts, previous_no FROM entry WHERE entry_no = ?1 AND account_no = ?2";
    one(conn, sql, (int(no.0), int(account.0)), |row| {
        let refs = facts::decode(row.get_ref(0)?.as_blob().map_err(corrupt)?)?;
        Ok((refs.made(), opt_number(row, 1)?.map(EntryNo)))
    })
}

fn read_fact(conn: &Connection, fact: FactRef, currency: Currency) -> Db<Fact> {
    let missing = || corrupt(format!("a row of the history is missing: {fact:?}"));
    Ok(match fact {
        FactRef::AccountOpened(no) => {
            let made = rows::account_opened(conn, AccountNo(no))?.ok_or_else(missing)?;
            Fact::AccountOpened(made.document)
        }
        FactRef::AccountChanged(id) => {
            Fact::AccountChanged(rows::account_changed(conn, id)?.ok_or_else(missing)?)
        }
        FactRef::SettingsChanged(id) => {
            let sql = "SELECT settings FROM setting_change WHERE change_id = ?1";
            let text = one(conn, sql, [int(id)], |row| Ok(row.get::<_, String>(0)?))?;
            let settings = serde_json::from_str(&text.ok_or_else(missing)?).map_err(corrupt)?;
            Fact::SettingsChanged(settings)
        }
        FactRef::InvoiceDrafted(no) => {
            let made = rows::invoice(conn, InvoiceNo(no), true)?.ok_or_else(missing)?;
            Fact::InvoiceDrafted(made.document)
        }
        FactRef::InvoiceStatus(no, status) => {
            Fact::InvoiceStatusChanged(InvoiceStatusChanged { invoice: InvoiceNo(no), status })
        }
        FactRef::ItemAdjusted(no) => {
            let made = rows::item_adjustment(conn, ItemAdjustmentNo(no), currency)?;
            Fact::InvoiceItemAdjusted(made.ok_or_else(missing)?.document)
        }
        FactRef::Payment(no) => {
            let made = rows::payment(conn, PaymentNo(no), currency)?.ok_or_else(missing)?;
            Fact::PaymentRecorded(made.document)
        }
        FactRef::Adjusted(no) => {
            let made = rows::adjustment(conn, AdjustmentNo(no), currency)?.ok_or_else(missing)?;
            Fact::CreditBalanceAdjusted(made.document)
        }
        FactRef::Refunded(no) => {
            let made = rows::refund(conn, RefundNo(no), currency)?.ok_or_else(missing)?;
            Fact::Refunded(made.document)
        }
        FactRef::Canceled(of) => Fact::Canceled(rows::canceled(conn, of)?.ok_or_else(missing)?),
        FactRef::Gateway(no) => orders::fact(conn, no)?.ok_or_else(missing)?,
    })
}
