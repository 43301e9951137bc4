//! The cached states in the database: reading them, writing them back, the tail of the history.

use jiff::civil::Date;
use money::{Currency, Money};
use receivables::account::Account;
use receivables::gateway::GatewayNo;
use receivables::invoice::Invoice;
use receivables::{AccountNo, EntryNo, InvoiceNo, ItemNo, MethodNo, PostingNo};
use rusqlite::{Connection, Row, params};

use crate::cache::Cache;
use crate::codec::{
    Db, automation, automation_int, corrupt, date, date_int, instant, int, number, opt_date,
    opt_int, opt_number, status, status_int,
};
use crate::migrate::{self, Layout};
use crate::rows::one;

pub(crate) const ACCOUNT: &str = "SELECT s.account_no, a.currency, s.status, \
    s.automatic_transfer, s.automatic_application, e.at_us, s.credit_balance, \
    s.positive_invoice_balance, s.negative_invoice_balance, s.latest_posted, s.last_entry, \
    s.last_credit_posting, s.last_credit_date, s.dated_ahead, s.last_at_us, s.held, \
    s.gateway_no, s.default_method_no, s.methods, s.ahead_from FROM account_state s \
    JOIN account a USING (account_no) JOIN entry e ON e.entry_no = a.entry_no";

pub(crate) fn read_account(row: &Row<'_>) -> Db<Account> {
    let currency: Currency = row.get_ref(1)?.as_str().map_err(corrupt)?.parse().map_err(corrupt)?;
    let money = |column| -> Db<Money> { Ok(Money::from_minor(row.get(column)?, currency)) };
    Ok(Account {
        no: AccountNo(number(row, 0)?),
        currency,
        status: status(row.get(2)?)?,
        automatic_transfer: automation(row.get(3)?)?,
        automatic_application: automation(row.get(4)?)?,
        opened_at: instant(row, 5)?,
        credit_balance: money(6)?,
        positive_invoice_balance: money(7)?,
        negative_invoice_balance: money(8)?,
        latest_posted: opt_number(row, 9)?.map(InvoiceNo),
        last_entry: opt_number(row, 10)?.map(EntryNo),
        last_credit_posting: opt_number(row, 11)?.map(PostingNo),
        last_credit_date: opt_date(row, 12)?,
        dated_ahead: opt_date(row, 13)?,
        last_at: instant(row, 14)?,
        held: money(15)?,
        gateway: row.get::<_, Option<u16>>(16)?.map(GatewayNo),
        default_method: opt_number(row, 17)?.map(MethodNo),
        methods: row.get(18)?,
        ahead_from: opt_date(row, 19)?,
    })
}

/// An account as last written back.
pub(crate) fn account(conn: &Connection, no: AccountNo) -> Db<Option<Account>> {
    one(conn, &format!("{ACCOUNT} WHERE s.account_no = ?1"), [int(no.0)], read_account)
}

pub(crate) const INVOICE: &str = "SELECT s.invoice_no, i.account_no, s.status, i.invoice_date, \
    i.due_date, e.at_us, i.amount, s.charges, s.credits, s.payments, s.refunds, s.increases, \
    s.decreases, s.ledger, i.first_item, i.item_count, s.attached, s.previous_posted, \
    s.posted_entry, s.last_posting, a.currency, s.pending FROM invoice_state s \
    JOIN invoice i USING (invoice_no) JOIN account a ON a.account_no = i.account_no \
    JOIN entry e ON e.entry_no = i.entry_no";

pub(crate) fn read_invoice(row: &Row<'_>) -> Db<Invoice> {
    let currency: Currency =
        row.get_ref(20)?.as_str().map_err(corrupt)?.parse().map_err(corrupt)?;
    let money = |column| -> Db<Money> { Ok(Money::from_minor(row.get(column)?, currency)) };
    Ok(Invoice {
        no: InvoiceNo(number(row, 0)?),
        account: AccountNo(number(row, 1)?),
        status: columns::invoice_status(row.get(2)?)?,
        invoice_date: date(row, 3)?,
        due_date: date(row, 4)?,
        drafted_at: instant(row, 5)?,
        amount: money(6)?,
        charges: money(7)?,
        credits: money(8)?,
        payments: money(9)?,
        refunds: money(10)?,
        increases: money(11)?,
        decreases: money(12)?,
        pending: money(21)?,
        ledger: money(13)?,
        first_item: ItemNo(number(row, 14)?),
        item_count: row.get(15)?,
        attached: row.get(16)?,
        previous_posted: opt_number(row, 17)?.map(InvoiceNo),
        posted_entry: opt_number(row, 18)?.map(EntryNo),
        last_posting: opt_number(row, 19)?.map(PostingNo),
    })
}

/// An invoice as last written back.
pub(crate) fn invoice(conn: &Connection, no: InvoiceNo) -> Db<Option<Invoice>> {
    one(conn, &format!("{INVOICE} WHERE s.invoice_no = ?1"), [int(no.0)], read_invoice)
}

/// Writes every dirty state in key order. The caller holds the transaction.
pub(crate) fn write_back(conn: &Connection, cache: &Cache) -> Db<()> {
    write_accounts(conn, cache)?;
    write_invoices(conn, cache)?;
    write_open(conn, cache)?;
    write_totals(conn, cache)?;
    if cache.layout.has_old() && cache.layout.has_new() {
        put_meta(conn, migrate::NEW_FOLDED, cache.numbers.entry)?;
    }
    put_meta(conn, "folded", cache.numbers.entry)
}

fn write_accounts(conn: &Connection, cache: &Cache) -> Db<()> {
    let mut dirty: Vec<AccountNo> = cache.dirty_accounts.iter().copied().collect();
    dirty.sort_unstable();
    let mut write = conn.prepare_cached(
        "INSERT OR REPLACE INTO account_state (account_no, status, automatic_transfer, \
         automatic_application, credit_balance, positive_invoice_balance, \
         negative_invoice_balance, latest_posted, last_entry, last_credit_posting, \
         last_credit_date, dated_ahead, last_at_us, held, gateway_no, default_method_no, methods, \
         ahead_from) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?;
    for account in dirty.iter().filter_map(|no| cache.accounts.get(no)) {
        write.execute(params![
            int(account.no.0),
            status_int(account.status),
            automation_int(account.automatic_transfer),
            automation_int(account.automatic_application),
            account.credit_balance.minor(),
            account.positive_invoice_balance.minor(),
            account.negative_invoice_balance.minor(),
            opt_int(account.latest_posted.map(|no| no.0)),
            opt_int(account.last_entry.map(|no| no.0)),
            opt_int(account.last_credit_posting.map(|no| no.0)),
            account.last_credit_date.map(date_int),
            account.dated_ahead.map(date_int),
            account.last_at.as_microsecond(),
            account.held.minor(),
            account.gateway.map(|gateway| gateway.0),
            opt_int(account.default_method.map(|no| no.0)),
            account.methods,
            account.ahead_from.map(date_int),
        ])?;
    }
    Ok(())
}

fn write_invoices(conn: &Connection, cache: &Cache) -> Db<()> {
    let mut dirty: Vec<InvoiceNo> = cache.dirty_invoices.iter().copied().collect();
    dirty.sort_unstable();
    let mut write = conn.prepare_cached(
        "INSERT OR REPLACE INTO invoice_state (invoice_no, status, charges, credits, payments, \
         refunds, increases, decreases, ledger, attached, previous_posted, posted_entry, \
         last_posting, pending) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    for invoice in dirty.iter().filter_map(|no| cache.invoices.get(no)) {
        write.execute((
            int(invoice.no.0),
            columns::invoice_status_int(invoice.status),
            invoice.charges.minor(),
            invoice.credits.minor(),
            invoice.payments.minor(),
            invoice.refunds.minor(),
            invoice.increases.minor(),
            invoice.decreases.minor(),
            invoice.ledger.minor(),
            invoice.attached,
            opt_int(invoice.previous_posted.map(|no| no.0)),
            opt_int(invoice.posted_entry.map(|no| no.0)),
            opt_int(invoice.last_posting.map(|no| no.0)),
            invoice.pending.minor(),
        ))?;
    }
    Ok(())
}

/// Which invoices have a balance: in the table of this schema, and in the old one while it is there.
fn write_open(conn: &Connection, cache: &Cache) -> Db<()> {
    let dirty = || cache.dirty_invoices.iter().filter_map(|no| cache.invoices.get(no));
    if cache.layout.has_new() {
        let mut open =
            conn.prepare_cached("INSERT OR IGNORE INTO open_invoice_due VALUES (?1, ?2, ?3, ?4)")?;
        let mut close = conn.prepare_cached(
            "DELETE FROM open_invoice_due WHERE account_no = ?1 AND due_date = ?2 \
             AND invoice_date = ?3 AND invoice_no = ?4",
        )?;
        let mut rows: Vec<_> = dirty()
            .map(|invoice| {
                let dates = (date_int(invoice.due_date), date_int(invoice.invoice_date));
                let key = (int(invoice.account.0), dates.0, dates.1, int(invoice.no.0));
                (key, invoice.ledger.is_zero())
            })
            .collect();
        rows.sort_unstable();
        for (key, closed) in rows {
            if closed {
                close.execute(key)?
            } else {
                open.execute(key)?
            };
        }
    }
    if cache.layout.has_old() {
        let mut open = conn.prepare_cached("INSERT OR IGNORE INTO open_invoice VALUES (?1, ?2)")?;
        let mut close = conn
            .prepare_cached("DELETE FROM open_invoice WHERE account_no = ?1 AND invoice_no = ?2")?;
        for invoice in dirty() {
            let key = (int(invoice.account.0), int(invoice.no.0));
            if invoice.ledger.is_zero() {
                close.execute(key)?
            } else {
                open.execute(key)?
            };
        }
    }
    Ok(())
}

fn write_totals(conn: &Connection, cache: &Cache) -> Db<()> {
    let mut write = conn.prepare_cached(
        "INSERT INTO day_total (currency, date, ledger_account, debit, credit) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET \
         debit = debit + excluded.debit, credit = credit + excluded.credit",
    )?;
    for ((currency, date, account), (debit, credit)) in &cache.totals {
        write.execute((currency.code(), date, account.0, debit, credit))?;
    }
    Ok(())
}

/// Invoices that had a balance at the last write-back: the `limit` oldest due, or all of them while
/// only the old schema knows.
pub(crate) fn open_invoices(
    conn: &Connection,
    layout: Layout,
    account: AccountNo,
    limit: usize,
) -> Db<Vec<InvoiceNo>> {
    let read = |row: &Row<'_>| Ok(InvoiceNo(number(row, 0)?));
    if layout.reads_new() {
        let sql = "SELECT invoice_no FROM open_invoice_due WHERE account_no = ?1 \
                   ORDER BY due_date, invoice_date, invoice_no LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        return crate::rows::all(conn, sql, [int(account.0), limit], read);
    }
    let sql = "SELECT invoice_no FROM open_invoice WHERE account_no = ?1";
    crate::rows::all(conn, sql, [int(account.0)], read)
}

/// Accounts after `after` that had an invoice with a balance at the last write-back which fell due by
/// `until`, in order of their numbers.
pub(crate) fn accounts_due(
    conn: &Connection,
    layout: Layout,
    until: Date,
    after: AccountNo,
    limit: usize,
) -> Db<Vec<AccountNo>> {
    let sql = if layout.reads_new() {
        "SELECT DISTINCT account_no FROM open_invoice_due \
         WHERE account_no > ?1 AND due_date <= ?2 ORDER BY account_no LIMIT ?3"
    } else {
        "SELECT DISTINCT o.account_no FROM open_invoice o JOIN invoice i USING (invoice_no) \
         WHERE o.account_no > ?1 AND i.due_date <= ?2 ORDER BY o.account_no LIMIT ?3"
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    crate::rows::all(conn, sql, (int(after.0), date_int(until), limit), |row| {
        Ok(AccountNo(number(row, 0)?))
    })
}

pub(crate) fn meta(conn: &Connection, key: &str) -> Db<u64> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    Ok(one(conn, sql, [key], |row| number(row, 0))?.unwrap_or(0))
}

pub(crate) fn put_meta(conn: &Connection, key: &str, value: u64) -> Db<()> {
    let mut write = conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
    write.execute((key, int(value)))?;
    Ok(())
}
