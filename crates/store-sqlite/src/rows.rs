//! Reading the append-only tables. Used by the writer and by every reader.

use engine::{AuditBlock, SideRecord};
use jiff::Timestamp;
use money::{Currency, Money};
use receivables::account::{AccountChanged, AccountOpened, AccountStatus};
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::fact::Canceled;
use receivables::gateway::GatewayNo;
use receivables::invoice::{InvoiceDrafted, InvoiceItem, Item, ItemKind};
use receivables::journal::LedgerAccount;
use receivables::payment::{Payment, PaymentApplication};
use receivables::refund::{Refund, RefundPart, RefundSource};
use receivables::{
    AccountNo, AdjustmentNo, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind,
    MethodNo, PaymentNo, RefundNo,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::codec::{
    Db, automation, corrupt, date, instant, int, method_type, number, opt_number, opt_text, status,
    text,
};
use crate::orders;
use columns::orders::payment_state as payment_state_of;

/// Runs a cached statement that answers at most one row.
pub(crate) fn one<T>(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Db<T>,
) -> Db<Option<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Runs a cached statement and collects its rows.
pub(crate) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut read: impl FnMut(&Row<'_>) -> Db<T>,
) -> Db<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

pub(crate) fn currency_of(conn: &Connection, account: AccountNo) -> Db<Currency> {
    let sql = "SELECT currency FROM account WHERE account_no = ?1";
    let found = one(conn, sql, [int(account.0)], |row| Ok(row.get::<_, String>(0)?))?;
    let code = found.ok_or_else(|| corrupt(format!("account {account} is missing")))?;
    code.parse().map_err(corrupt)
}

pub(crate) fn money(row: &Row<'_>, column: usize, currency: Currency) -> Db<Money> {
    Ok(Money::from_minor(row.get(column)?, currency))
}

pub(crate) fn document(kind: u64, number: u64) -> Db<Document> {
    Ok(columns::document_of(kind, number)?)
}

fn opt_document(row: &Row<'_>, column: usize) -> Db<Option<Document>> {
    match (opt_number(row, column)?, opt_number(row, column + 1)?) {
        (Some(kind), Some(number)) => document(kind, number).map(Some),
        _ => Ok(None),
    }
}

/// An immutable row with the entry that made it.
pub(crate) struct Made<T> {
    pub(crate) document: T,
    pub(crate) account: AccountNo,
    pub(crate) entry: EntryNo,
}

pub(crate) fn instant_of(conn: &Connection, entry: EntryNo) -> Db<Timestamp> {
    let sql = "SELECT at_us FROM entry WHERE entry_no = ?1";
    one(conn, sql, [int(entry.0)], |row| instant(row, 0))?
        .ok_or_else(|| corrupt(format!("entry {entry} is missing")))
}

pub(crate) fn is_canceled(conn: &Connection, document: Document) -> Db<bool> {
    let sql = "SELECT 1 FROM canceled WHERE kind = ?1 AND number = ?2";
    Ok(one(conn, sql, (document.kind as u8, int(document.number)), |_| Ok(()))?.is_some())
}

/// The document with its instant and whether it was canceled.
pub(crate) fn recorded<T>(conn: &Connection, made: Made<T>, of: Document) -> Db<Recorded<T>> {
    Ok(Recorded {
        at: instant_of(conn, made.entry)?,
        canceled: is_canceled(conn, of)?,
        account: made.account,
        document: made.document,
    })
}

pub(crate) fn account_opened(conn: &Connection, no: AccountNo) -> Db<Option<Made<AccountOpened>>> {
    let sql = "SELECT entry_no, external_id, name, currency, automatic_transfer, \
               automatic_application FROM account WHERE account_no = ?1";
    one(conn, sql, [int(no.0)], |row| {
        Ok(Made {
            entry: EntryNo(number(row, 0)?),
            account: no,
            document: AccountOpened {
                no,
                external_id: opt_text(row, 1)?,
                name: text(row, 2)?,
                currency: row.get::<_, String>(3)?.parse().map_err(corrupt)?,
                automatic_transfer: automation(row.get(4)?)?,
                automatic_application: automation(row.get(5)?)?,
            },
        })
    })
}

pub(crate) fn account_changed(conn: &Connection, id: u64) -> Db<Option<AccountChanged>> {
    let sql = "SELECT c.account_no, c.name, c.status, c.automatic_transfer, \
               c.automatic_application, g.gateway_no, g.default_method_no FROM account_change c \
               LEFT JOIN account_change_gateway g ON g.change_id = c.change_id \
               WHERE c.change_id = ?1";
    one(conn, sql, [int(id)], read_change)
}

fn read_change(row: &Row<'_>) -> Db<AccountChanged> {
    let choice =
        |column| -> Db<_> { row.get::<_, Option<i64>>(column)?.map(automation).transpose() };
    Ok(AccountChanged {
        no: AccountNo(number(row, 0)?),
        name: opt_text(row, 1)?,
        status: row.get::<_, Option<i64>>(2)?.map(status).transpose()?,
        automatic_transfer: choice(3)?,
        automatic_application: choice(4)?,
        gateway: row.get::<_, Option<u16>>(5)?.map(GatewayNo),
        default_method: opt_number(row, 6)?.map(MethodNo),
    })
}

/// What can be changed of an account, as it was before a decision: as it was opened, and what changed it since.
pub(crate) fn account_before(
    conn: &Connection,
    no: AccountNo,
    entry: EntryNo,
) -> Db<Option<AccountChanged>> {
    let Some(opened) = account_opened(conn, no)? else { return Ok(None) };
    let sql = "SELECT c.account_no, c.name, c.status, c.automatic_transfer, \
               c.automatic_application, g.gateway_no, g.default_method_no FROM account_change c \
               LEFT JOIN account_change_gateway g ON g.change_id = c.change_id \
               WHERE c.account_no = ?1 AND c.entry_no < ?2 ORDER BY c.change_id";
    let opened = opened.document;
    let first = AccountChanged {
        name: Some(opened.name),
        status: Some(AccountStatus::Active),
        automatic_transfer: Some(opened.automatic_transfer),
        automatic_application: Some(opened.automatic_application),
        ..AccountChanged::nothing(no)
    };
    let changes = all(conn, sql, [int(no.0), int(entry.0)], read_change)?;
    Ok(Some(changes.into_iter().fold(first, |before, change| AccountChanged {
        no,
        name: change.name.or(before.name),
        status: change.status.or(before.status),
        automatic_transfer: change.automatic_transfer.or(before.automatic_transfer),
        automatic_application: change.automatic_application.or(before.automatic_application),
        gateway: change.gateway.or(before.gateway),
        default_method: change.default_method.or(before.default_method),
    })))
}

/// The settings before a decision.
pub(crate) fn settings_before(conn: &Connection, entry: EntryNo) -> Db<receivables::Settings> {
    settings_at(conn, EntryNo(entry.0.saturating_sub(1)))
}

/// An invoice as it was drafted; without its items if `items` is false.
pub(crate) fn invoice(
    conn: &Connection,
    no: InvoiceNo,
    with_items: bool,
) -> Db<Option<Made<InvoiceDrafted>>> {
    let sql = "SELECT i.entry_no, i.account_no, i.external_id, i.invoice_date, i.due_date, \
               i.amount, i.first_item, i.item_count, a.currency \
               FROM invoice i JOIN account a USING (account_no) WHERE i.invoice_no = ?1";
    let found = one(conn, sql, [int(no.0)], |row| {
        let currency: Currency = row.get::<_, String>(8)?.parse().map_err(corrupt)?;
        let account = AccountNo(number(row, 1)?);
        let drafted = InvoiceDrafted {
            no,
            account,
            external_id: opt_text(row, 2)?,
            invoice_date: date(row, 3)?,
            due_date: date(row, 4)?,
            amount: money(row, 5, currency)?,
            items: Vec::new(),
        };
        let made = Made { entry: EntryNo(number(row, 0)?), account, document: drafted };
        Ok((made, number(row, 6)?, number(row, 7)?))
    })?;
    let Some((mut made, first, count)) = found else { return Ok(None) };
    if with_items {
        made.document.items = invoice_items(conn, first, count, made.document.amount.currency())?;
    }
    Ok(Some(made))
}

/// First item and number of items of an invoice.
pub(crate) fn item_range(conn: &Connection, no: InvoiceNo) -> Db<Option<(u64, u64)>> {
    let sql = "SELECT first_item, item_count FROM invoice WHERE invoice_no = ?1";
    one(conn, sql, [int(no.0)], |row| Ok((number(row, 0)?, number(row, 1)?)))
}

fn invoice_items(
    conn: &Connection,
    first: u64,
    count: u64,
    currency: Currency,
) -> Db<Vec<InvoiceItem>> {
    let sql = "SELECT item_no, kind, amount, ledger_account, tax_on, sku, description, quantity, \
               unit_price FROM invoice_item WHERE item_no >= ?1 AND item_no < ?2 ORDER BY item_no";
    all(conn, sql, [int(first), int(first + count)], |row| {
        Ok(InvoiceItem {
            no: ItemNo(number(row, 0)?),
            kind: item_kind(row.get(1)?),
            amount: money(row, 2, currency)?,
            ledger_account: LedgerAccount(row.get(3)?),
            tax_on: opt_number(row, 4)?.map(ItemNo),
            sku: opt_text(row, 5)?,
            description: opt_text(row, 6)?,
            quantity: opt_text(row, 7)?,
            unit_price: opt_text(row, 8)?,
        })
    })
}

const fn item_kind(value: i64) -> ItemKind {
    if value == 1 { ItemKind::Tax } else { ItemKind::Charge }
}

/// The items of an invoice with the net of their adjustments that are not canceled.
pub(crate) fn items(conn: &Connection, no: InvoiceNo, currency: Currency) -> Db<Vec<Item>> {
    let Some((first, count)) = item_range(conn, no)? else { return Ok(Vec::new()) };
    let sql = "SELECT i.item_no, i.kind, i.amount, i.ledger_account, \
               (SELECT coalesce(sum(CASE a.charge WHEN 1 THEN a.amount ELSE -a.amount END), 0) \
                FROM invoice_item_adjustment a LEFT JOIN canceled c \
                ON c.kind = 6 AND c.number = a.item_adjustment_no \
                WHERE a.item_no = i.item_no AND c.number IS NULL) \
               FROM invoice_item i WHERE i.item_no >= ?1 AND i.item_no < ?2 ORDER BY i.item_no";
    all(conn, sql, [int(first), int(first + count)], |row| {
        Ok(Item {
            no: ItemNo(number(row, 0)?),
            kind: item_kind(row.get(1)?),
            amount: money(row, 2, currency)?,
            ledger_account: LedgerAccount(row.get(3)?),
            adjusted: money(row, 4, currency)?,
        })
    })
}

/// A payment as it was recorded, or placed with a gateway.
pub(crate) fn payment(
    conn: &Connection,
    no: PaymentNo,
    currency: Currency,
) -> Db<Option<Made<Payment>>> {
    let sql = "SELECT p.entry_no, p.account_no, p.method_type, p.date, p.amount, \
               p.credit_balance_amount, p.adjustment_no, p.first_application, p.application_count, \
               p.reference, p.comment, e.method_no FROM payment p \
               LEFT JOIN electronic e ON e.kind = 3 AND e.number = p.payment_no \
               WHERE p.payment_no = ?1";
    let found = one(conn, sql, [int(no.0)], |row| {
        let payment = Payment {
            no,
            method_type: method_type(row.get(2)?)?,
            date: date(row, 3)?,
            amount: money(row, 4, currency)?,
            credit_balance_amount: money(row, 5, currency)?,
            credit_balance_adjustment: opt_number(row, 6)?.map(AdjustmentNo),
            applications: Vec::new(),
            reference: opt_text(row, 9)?,
            comment: opt_text(row, 10)?,
            method: opt_number(row, 11)?.map(MethodNo),
        };
        let account = AccountNo(number(row, 1)?);
        let made = Made { entry: EntryNo(number(row, 0)?), account, document: payment };
        Ok((made, number(row, 7)?, number(row, 8)?))
    })?;
    let Some((mut made, first, count)) = found else { return Ok(None) };
    let sql = "SELECT invoice_no, amount FROM payment_application \
               WHERE application_no >= ?1 AND application_no < ?2 ORDER BY application_no";
    made.document.applications = all(conn, sql, [int(first), int(first + count)], |row| {
        let invoice = InvoiceNo(number(row, 0)?);
        Ok(PaymentApplication { invoice, amount: money(row, 1, currency)? })
    })?;
    Ok(Some(made))
}

/// The account a document stands on, straight from its table.
pub(crate) fn account_of(conn: &Connection, of: Document) -> Db<Option<AccountNo>> {
    let sql = match of.kind {
        Kind::Account => return Ok(Some(AccountNo(of.number))),
        Kind::Invoice => "SELECT account_no FROM invoice WHERE invoice_no = ?1",
        Kind::Payment => "SELECT account_no FROM payment WHERE payment_no = ?1",
        Kind::CreditBalanceAdjustment => {
            "SELECT account_no FROM credit_balance_adjustment WHERE adjustment_no = ?1"
        }
        Kind::Refund => "SELECT account_no FROM refund WHERE refund_no = ?1",
        Kind::InvoiceItemAdjustment => {
            "SELECT account_no FROM invoice_item_adjustment WHERE item_adjustment_no = ?1"
        }
        Kind::JournalEntry => "SELECT account_no FROM entry WHERE entry_no = ?1",
        Kind::InvoiceItem => {
            "SELECT i.account_no FROM invoice_item t JOIN invoice i USING (invoice_no) \
             WHERE t.item_no = ?1"
        }
        Kind::PaymentMethod => "SELECT account_no FROM payment_method_state WHERE method_no = ?1",
    };
    one(conn, sql, [int(of.number)], |row| Ok(AccountNo(number(row, 0)?)))
}

/// A payment as it stands: where an electronic one landed, how much of each application was refunded
/// or is being refunded, and whether it was canceled.
pub(crate) fn payment_state(conn: &Connection, no: PaymentNo) -> Db<Option<PaymentState>> {
    let of = Document { kind: Kind::Payment, number: no.0 };
    let Some(account) = account_of(conn, of)? else { return Ok(None) };
    let currency = currency_of(conn, account)?;
    let Some(made) = payment(conn, no, currency)? else { return Ok(None) };
    let sql = "SELECT p.invoice_no, sum(p.amount) FROM refund_part p LEFT JOIN canceled c \
               ON c.kind = 5 AND c.number = p.refund_no \
               LEFT JOIN electronic e ON e.kind = 5 AND e.number = p.refund_no \
               WHERE p.payment_no = ?1 AND c.number IS NULL AND e.number IS NULL \
               GROUP BY p.invoice_no";
    let sums = all(conn, sql, [int(no.0)], |row| {
        Ok((InvoiceNo(number(row, 0)?), money(row, 1, currency)?))
    })?;
    let electronic = made.document.method.is_some();
    let order = if electronic { orders::order(conn, of)? } else { None };
    // An external one, too, may have refunds that wait for approval.
    let refunds = orders::refunds_of(conn, no.0)?;
    let recorded = recorded(conn, made, of)?;
    let state = payment_state_of(recorded, order.as_ref(), &sums, &refunds);
    Ok(Some(state.map_err(corrupt)?))
}

pub(crate) fn adjustment(
    conn: &Connection,
    no: AdjustmentNo,
    currency: Currency,
) -> Db<Option<Made<CreditBalanceAdjustment>>> {
    let sql = "SELECT entry_no, account_no, increase, source_kind, source_no, amount, date, \
               reason_code, comment, reference, cause_kind, cause_no \
               FROM credit_balance_adjustment WHERE adjustment_no = ?1";
    one(conn, sql, [int(no.0)], |row| {
        let source = document(number(row, 3)?, number(row, 4)?)?;
        Ok(Made {
            entry: EntryNo(number(row, 0)?),
            account: AccountNo(number(row, 1)?),
            document: CreditBalanceAdjustment {
                no,
                direction: if row.get::<_, i64>(2)? == 1 {
                    Direction::Increase
                } else {
                    Direction::Decrease
                },
                source: match source.kind {
                    Kind::Invoice => Source::Invoice(InvoiceNo(source.number)),
                    Kind::Payment => Source::Payment(PaymentNo(source.number)),
                    Kind::Refund => Source::Refund(RefundNo(source.number)),
                    _ => return Err(corrupt(format!("{source} is no source of an adjustment"))),
                },
                amount: money(row, 5, currency)?,
                date: date(row, 6)?,
                reason_code: text(row, 7)?,
                comment: opt_text(row, 8)?,
                reference: opt_text(row, 9)?,
                cause: opt_document(row, 10)?,
            },
        })
    })
}

pub(crate) fn item_adjustment(
    conn: &Connection,
    no: ItemAdjustmentNo,
    currency: Currency,
) -> Db<Option<Made<InvoiceItemAdjustment>>> {
    let sql = "SELECT entry_no, account_no, invoice_no, item_no, charge, amount, date, \
               reason_code, comment, reference, cause_kind, cause_no \
               FROM invoice_item_adjustment WHERE item_adjustment_no = ?1";
    one(conn, sql, [int(no.0)], |row| {
        Ok(Made {
            entry: EntryNo(number(row, 0)?),
            account: AccountNo(number(row, 1)?),
            document: InvoiceItemAdjustment {
                no,
                invoice: InvoiceNo(number(row, 2)?),
                item: ItemNo(number(row, 3)?),
                kind: if row.get::<_, i64>(4)? == 1 {
                    AdjustmentType::Charge
                } else {
                    AdjustmentType::Credit
                },
                amount: money(row, 5, currency)?,
                date: date(row, 6)?,
                reason_code: text(row, 7)?,
                comment: opt_text(row, 8)?,
                reference: opt_text(row, 9)?,
                cause: opt_document(row, 10)?,
            },
        })
    })
}

pub(crate) fn refund(
    conn: &Connection,
    no: RefundNo,
    currency: Currency,
) -> Db<Option<Made<Refund>>> {
    let sql = "SELECT r.entry_no, r.account_no, r.payment_no, r.adjustment_no, r.method_type, \
               r.date, r.amount, r.first_part, r.part_count, r.reason_code, r.reference, r.comment, \
               e.method_no FROM refund r \
               LEFT JOIN electronic e ON e.kind = 5 AND e.number = r.refund_no \
               WHERE r.refund_no = ?1";
    let found = one(conn, sql, [int(no.0)], |row| {
        let method = opt_number(row, 12)?.map(MethodNo);
        let source = match (opt_number(row, 2)?, opt_number(row, 3)?) {
            (Some(payment), _) => {
                RefundSource::Payment { payment: PaymentNo(payment), parts: Vec::new() }
            }
            (None, Some(adjustment)) => RefundSource::CreditBalance(Some(AdjustmentNo(adjustment))),
            (None, None) if method.is_some() => RefundSource::CreditBalance(None),
            (None, None) => return Err(corrupt(format!("refund {no} has no source"))),
        };
        let refund = Refund {
            no,
            source,
            method_type: method_type(row.get(4)?)?,
            date: date(row, 5)?,
            amount: money(row, 6, currency)?,
            reason_code: text(row, 9)?,
            reference: opt_text(row, 10)?,
            comment: opt_text(row, 11)?,
            method,
        };
        let account = AccountNo(number(row, 1)?);
        let made = Made { entry: EntryNo(number(row, 0)?), account, document: refund };
        Ok((made, opt_number(row, 7)?, opt_number(row, 8)?))
    })?;
    let Some((mut made, first, count)) = found else { return Ok(None) };
    if let (RefundSource::Payment { parts, .. }, Some(first), Some(count)) =
        (&mut made.document.source, first, count)
    {
        let sql = "SELECT invoice_no, amount FROM refund_part \
                   WHERE part_no >= ?1 AND part_no < ?2 ORDER BY part_no";
        *parts = all(conn, sql, [int(first), int(first + count)], |row| {
            let invoice = InvoiceNo(number(row, 0)?);
            Ok(RefundPart { invoice, amount: money(row, 1, currency)? })
        })?;
    }
    Ok(Some(made))
}

pub(crate) fn canceled(conn: &Connection, of: Document) -> Db<Option<Canceled>> {
    let sql = "SELECT date, reason_code, comment FROM canceled WHERE kind = ?1 AND number = ?2";
    one(conn, sql, (of.kind as u8, int(of.number)), |row| {
        Ok(Canceled {
            document: of,
            date: date(row, 0)?,
            reason_code: opt_text(row, 1)?,
            comment: opt_text(row, 2)?,
        })
    })
}

/// The numbers of a kind of document up to `end`, newest first.
pub(crate) fn numbers_below(conn: &Connection, kind: Kind, end: u64, limit: usize) -> Db<Vec<u64>> {
    let (table, column) = match kind {
        Kind::Account => ("account", "account_no"),
        Kind::Invoice => ("invoice", "invoice_no"),
        Kind::Payment => ("payment", "payment_no"),
        Kind::CreditBalanceAdjustment => ("credit_balance_adjustment", "adjustment_no"),
        Kind::Refund => ("refund", "refund_no"),
        Kind::InvoiceItemAdjustment => ("invoice_item_adjustment", "item_adjustment_no"),
        Kind::JournalEntry => ("entry", "entry_no"),
        Kind::InvoiceItem => ("invoice_item", "item_no"),
        Kind::PaymentMethod => ("payment_method_state", "method_no"),
    };
    let sql = format!(
        "SELECT {column} FROM {table} WHERE {column} <= ?1 ORDER BY {column} DESC LIMIT ?2"
    );
    all(conn, &sql, [int(end), int(limit as u64)], |row| number(row, 0))
}

/// The last number used in a table.
pub(crate) fn last(conn: &Connection, table: &str, column: &str) -> Db<u64> {
    let sql = format!("SELECT max({column}) FROM {table}");
    Ok(one(conn, &sql, [], |row| opt_number(row, 0))?.flatten().unwrap_or(0))
}

/// The settings last written.
pub(crate) fn settings(conn: &Connection) -> Db<receivables::Settings> {
    settings_at(conn, EntryNo(u64::MAX >> 1))
}

/// The settings in force after a decision.
pub(crate) fn settings_at(conn: &Connection, at: EntryNo) -> Db<receivables::Settings> {
    let sql = "SELECT settings FROM setting_change WHERE entry_no <= ?1 \
               ORDER BY change_id DESC LIMIT 1";
    let found = conn.query_row(sql, [int(at.0)], |row| row.get::<_, String>(0)).optional()?;
    match found {
        Some(text) => serde_json::from_str(&text).map_err(corrupt),
        None => Ok(receivables::Settings::default()),
    }
}

/// A block of the audit log.
pub(crate) fn audit_block(row: &Row<'_>) -> Db<AuditBlock> {
    Ok(AuditBlock {
        no: number(row, 0)?,
        first: EntryNo(number(row, 1)?),
        last: EntryNo(number(row, 2)?),
        made_at: instant(row, 3)?,
        previous: row.get(4)?,
        root: row.get(5)?,
        hash: row.get(6)?,
        signature: row.get(7)?,
        leaves: row.get(8)?,
    })
}

/// A record beside the history.
pub(crate) fn side_record(row: &Row<'_>) -> Db<SideRecord> {
    Ok(SideRecord { id: row.get(0)?, version: number(row, 1)?, body: row.get(2)? })
}
