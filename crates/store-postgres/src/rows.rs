//! Columns become values here and nowhere else.

use std::str::FromStr;

use columns::{
    automation, corrupt as wrong, date_of, document_of, instant_of, invoice_status, method_type,
    number as whole, status,
};
use engine::{ApiKey, AskedRefund, AuditBlock, DayTotal, GatewaySecret, OrderEvent, SideRecord};
use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use receivables::account::{Account, AccountChanged, AccountOpened, Automation};
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::approval::{Asker, PersonName};
use receivables::books::Recorded;
use receivables::context::Numbers;
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::fact::{Canceled, KeyHash};
use receivables::gateway::GatewayNo;
use receivables::invoice::{Invoice, InvoiceDrafted, InvoiceItem, Item, ItemKind};
use receivables::journal::{CreditSide, InvoiceSide, LedgerAccount, Posting};
use receivables::payment::Payment;
use receivables::refund::{Refund, RefundSource};
use receivables::text::Text;
use receivables::{
    AccountNo, AdjustmentNo, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind,
    MethodNo, PaymentNo, PostingNo, RefundNo,
};
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::error::{Pg, corrupt};

/// A value of a column, or a corrupt database.
pub(crate) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Pg<T> {
    row.try_get(column).map_err(corrupt)
}

pub(crate) fn number(row: &Row, column: usize) -> Pg<u64> {
    Ok(whole(get(row, column)?)?)
}

pub(crate) fn opt_number(row: &Row, column: usize) -> Pg<Option<u64>> {
    let value: Option<i64> = get(row, column)?;
    Ok(value.map(whole).transpose()?)
}

fn small(row: &Row, column: usize) -> Pg<i64> {
    Ok(i64::from(get::<i16>(row, column)?))
}

fn date(row: &Row, column: usize) -> Pg<Date> {
    Ok(date_of(i64::from(get::<i32>(row, column)?))?)
}

fn opt_date(row: &Row, column: usize) -> Pg<Option<Date>> {
    let value: Option<i32> = get(row, column)?;
    Ok(value.map(|value| date_of(i64::from(value))).transpose()?)
}

pub(crate) fn instant(row: &Row, column: usize) -> Pg<Timestamp> {
    Ok(instant_of(get(row, column)?)?)
}

pub(crate) fn currency(row: &Row, column: usize) -> Pg<Currency> {
    get::<&str>(row, column)?.parse().map_err(corrupt)
}

fn money(row: &Row, column: usize, currency: Currency) -> Pg<Money> {
    Ok(Money::from_minor(get(row, column)?, currency))
}

fn text<const MAX: usize>(row: &Row, column: usize) -> Pg<Text<MAX>> {
    Text::try_new(get(row, column)?).map_err(corrupt)
}

fn opt_text<const MAX: usize>(row: &Row, column: usize) -> Pg<Option<Text<MAX>>> {
    let value: Option<&str> = get(row, column)?;
    value.map(|value| Text::try_new(value).map_err(corrupt)).transpose()
}

fn opt_gateway(row: &Row, column: usize) -> Pg<Option<GatewayNo>> {
    let value: Option<i32> = get(row, column)?;
    value.map(|value| Ok(GatewayNo(u16::try_from(value).map_err(corrupt)?))).transpose()
}

/// A column of JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row, column: usize) -> Pg<T> {
    serde_json::from_str(get(row, column)?).map_err(corrupt)
}

/// As [`json`], of a value that may be absent.
pub(crate) fn opt_json<T: DeserializeOwned>(row: &Row, column: usize) -> Pg<Option<T>> {
    let text: Option<&str> = get(row, column)?;
    text.map(|text| serde_json::from_str(text).map_err(corrupt)).transpose()
}

/// A value that was written as text, if there is one.
pub(crate) fn opt_parsed<T: FromStr<Err: std::fmt::Display>>(
    row: &Row,
    column: usize,
) -> Pg<Option<T>> {
    let text: Option<&str> = get(row, column)?;
    text.map(|text| text.parse().map_err(corrupt)).transpose()
}

/// Columns as in `order_history.sql`.
pub(crate) fn order_event(row: &Row) -> Pg<OrderEvent> {
    Ok(OrderEvent {
        entry: EntryNo(number(row, 0)?),
        at: instant(row, 1)?,
        actor: get(row, 2)?,
        fact: json(row, 3)?,
    })
}

/// Columns as in `gateway_secrets.sql`.
pub(crate) fn gateway_secret(row: &Row) -> Pg<GatewaySecret> {
    Ok(GatewaySecret { gateway: get(row, 0)?, sealed: get(row, 1)?, stored_at: instant(row, 2)? })
}

/// Columns as in `sides.sql`.
pub(crate) fn side_record(row: &Row) -> Pg<SideRecord> {
    let id = String::from_utf8(get(row, 0)?).map_err(corrupt)?;
    Ok(SideRecord { id, version: number(row, 1)?, body: get(row, 2)? })
}

/// Columns as in `audit_blocks.sql`.
pub(crate) fn audit_block(row: &Row) -> Pg<AuditBlock> {
    let hash = |column| {
        let bytes: &[u8] = get(row, column)?;
        bytes.try_into().map_err(corrupt)
    };
    Ok(AuditBlock {
        no: number(row, 0)?,
        first: EntryNo(number(row, 1)?),
        last: EntryNo(number(row, 2)?),
        made_at: instant(row, 3)?,
        previous: hash(4)?,
        root: hash(5)?,
        hash: hash(6)?,
        signature: get(row, 7)?,
        leaves: get(row, 8)?,
    })
}

/// Columns as in `find_order.sql`.
pub(crate) fn found_order(row: &Row) -> Pg<Document> {
    document(row, 0, 1)
}

fn ledger_account(row: &Row, column: usize) -> Pg<LedgerAccount> {
    let value: i32 = get(row, column)?;
    Ok(LedgerAccount(u16::try_from(value).map_err(corrupt)?))
}

fn document(row: &Row, kind: usize, no: usize) -> Pg<Document> {
    Ok(document_of(whole(small(row, kind)?)?, number(row, no)?)?)
}

fn opt_document(row: &Row, kind: usize, no: usize) -> Pg<Option<Document>> {
    match get::<Option<i16>>(row, kind)? {
        Some(_) => document(row, kind, no).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn hash(row: &Row, column: usize) -> Pg<KeyHash> {
    let bytes: &[u8] = get(row, column)?;
    Ok(KeyHash(bytes.try_into().map_err(corrupt)?))
}

/// Columns as in `accounts.sql`.
pub(crate) fn account(row: &Row) -> Pg<Account> {
    let currency = currency(row, 1)?;
    Ok(Account {
        no: AccountNo(number(row, 0)?),
        currency,
        status: status(small(row, 2)?)?,
        automatic_transfer: automation(small(row, 3)?)?,
        automatic_application: automation(small(row, 4)?)?,
        opened_at: instant(row, 5)?,
        credit_balance: money(row, 6, currency)?,
        positive_invoice_balance: money(row, 7, currency)?,
        negative_invoice_balance: money(row, 8, currency)?,
        latest_posted: opt_number(row, 9)?.map(InvoiceNo),
        last_entry: opt_number(row, 10)?.map(EntryNo),
        last_credit_posting: opt_number(row, 11)?.map(PostingNo),
        last_credit_date: opt_date(row, 12)?,
        dated_ahead: opt_date(row, 13)?,
        last_at: instant(row, 14)?,
        held: money(row, 15, currency)?,
        gateway: opt_gateway(row, 16)?,
        default_method: opt_number(row, 17)?.map(MethodNo),
        methods: number(row, 18)?.try_into().map_err(corrupt)?,
        ahead_from: opt_date(row, 19)?,
    })
}

/// Columns as in `invoices.sql`.
pub(crate) fn invoice(row: &Row) -> Pg<Invoice> {
    let currency = currency(row, 20)?;
    let money = |column| money(row, column, currency);
    Ok(Invoice {
        no: InvoiceNo(number(row, 0)?),
        account: AccountNo(number(row, 1)?),
        status: invoice_status(small(row, 2)?)?,
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
        item_count: get::<i32>(row, 15)?.try_into().map_err(corrupt)?,
        attached: get::<i64>(row, 16)?.try_into().map_err(corrupt)?,
        previous_posted: opt_number(row, 17)?.map(InvoiceNo),
        posted_entry: opt_number(row, 18)?.map(EntryNo),
        last_posting: opt_number(row, 19)?.map(PostingNo),
    })
}

/// Columns as in `numbers.sql`.
pub(crate) fn numbers(row: &Row) -> Pg<Numbers> {
    Ok(Numbers {
        account: number(row, 0)?,
        invoice: number(row, 1)?,
        item: number(row, 2)?,
        payment: number(row, 3)?,
        adjustment: number(row, 4)?,
        refund: number(row, 5)?,
        item_adjustment: number(row, 6)?,
        entry: number(row, 7)?,
        posting: number(row, 8)?,
        method: number(row, 9)?,
    })
}

/// Columns as in `account_opened.sql`.
pub(crate) fn account_opened(row: &Row) -> Pg<AccountOpened> {
    Ok(AccountOpened {
        no: AccountNo(number(row, 0)?),
        external_id: opt_text(row, 1)?,
        name: text(row, 2)?,
        currency: currency(row, 3)?,
        automatic_transfer: automation(small(row, 4)?)?,
        automatic_application: automation(small(row, 5)?)?,
    })
}

/// Columns as in `account_changes.sql`, with the number of the change.
pub(crate) fn account_changed(row: &Row) -> Pg<(u64, AccountChanged)> {
    let choice = |column| -> Pg<Option<Automation>> {
        let value: Option<i16> = get(row, column)?;
        Ok(value.map(|value| automation(i64::from(value))).transpose()?)
    };
    let new_status: Option<i16> = get(row, 3)?;
    let changed = AccountChanged {
        no: AccountNo(number(row, 1)?),
        name: opt_text(row, 2)?,
        status: new_status.map(|value| status(i64::from(value))).transpose()?,
        automatic_transfer: choice(4)?,
        automatic_application: choice(5)?,
        gateway: opt_gateway(row, 6)?,
        default_method: opt_number(row, 7)?.map(MethodNo),
    };
    Ok((number(row, 0)?, changed))
}

/// Columns as in `invoice_drafted.sql`; without its items.
pub(crate) fn invoice_drafted(row: &Row) -> Pg<InvoiceDrafted> {
    Ok(InvoiceDrafted {
        no: InvoiceNo(number(row, 0)?),
        account: AccountNo(number(row, 1)?),
        external_id: opt_text(row, 2)?,
        invoice_date: date(row, 3)?,
        due_date: date(row, 4)?,
        amount: money(row, 5, currency(row, 6)?)?,
        items: Vec::new(),
    })
}

const fn item_kind(value: i64) -> ItemKind {
    if value == 1 { ItemKind::Tax } else { ItemKind::Charge }
}

/// Columns as in `invoice_items.sql`, in the invoice's currency.
pub(crate) fn invoice_item(row: &Row, currency: Currency) -> Pg<InvoiceItem> {
    Ok(InvoiceItem {
        no: ItemNo(number(row, 1)?),
        kind: item_kind(small(row, 2)?),
        amount: money(row, 3, currency)?,
        ledger_account: ledger_account(row, 4)?,
        tax_on: opt_number(row, 5)?.map(ItemNo),
        sku: opt_text(row, 6)?,
        description: opt_text(row, 7)?,
        quantity: opt_text(row, 8)?,
        unit_price: opt_text(row, 9)?,
    })
}

/// Columns as in `items_adjusted.sql`, with the invoice.
pub(crate) fn item(row: &Row) -> Pg<(InvoiceNo, Item)> {
    let currency = currency(row, 5)?;
    let item = Item {
        no: ItemNo(number(row, 1)?),
        kind: item_kind(small(row, 2)?),
        amount: money(row, 3, currency)?,
        ledger_account: ledger_account(row, 4)?,
        adjusted: money(row, 6, currency)?,
    };
    Ok((InvoiceNo(number(row, 0)?), item))
}

/// A document with the entry that made it.
pub(crate) struct Made<T> {
    pub(crate) entry: EntryNo,
    pub(crate) recorded: Recorded<T>,
}

/// The columns that all documents begin with: number, entry, account, instant, currency, canceled.
fn made<T>(row: &Row, document: T) -> Pg<Made<T>> {
    let recorded = Recorded {
        document,
        account: AccountNo(number(row, 2)?),
        at: instant(row, 3)?,
        canceled: get(row, 5)?,
    };
    Ok(Made { entry: EntryNo(number(row, 1)?), recorded })
}

/// Columns as in `payments.sql`; without its applications.
pub(crate) fn payment(row: &Row) -> Pg<Made<Payment>> {
    let currency = currency(row, 4)?;
    made(
        row,
        Payment {
            no: PaymentNo(number(row, 0)?),
            method_type: method_type(small(row, 6)?)?,
            date: date(row, 7)?,
            amount: money(row, 8, currency)?,
            applications: Vec::new(),
            credit_balance_amount: money(row, 9, currency)?,
            credit_balance_adjustment: opt_number(row, 10)?.map(AdjustmentNo),
            reference: opt_text(row, 11)?,
            comment: opt_text(row, 12)?,
            method: opt_number(row, 13)?.map(MethodNo),
        },
    )
}

/// Columns as in `adjustments.sql`.
pub(crate) fn adjustment(row: &Row) -> Pg<Made<CreditBalanceAdjustment>> {
    let source = document(row, 7, 8)?;
    let raises: bool = get(row, 6)?;
    made(
        row,
        CreditBalanceAdjustment {
            no: AdjustmentNo(number(row, 0)?),
            direction: if raises { Direction::Increase } else { Direction::Decrease },
            source: match source.kind {
                Kind::Invoice => Source::Invoice(InvoiceNo(source.number)),
                Kind::Payment => Source::Payment(PaymentNo(source.number)),
                Kind::Refund => Source::Refund(RefundNo(source.number)),
                _ => return Err(corrupt(format!("{source} is no source of an adjustment"))),
            },
            amount: money(row, 9, currency(row, 4)?)?,
            date: date(row, 10)?,
            reason_code: text(row, 11)?,
            comment: opt_text(row, 12)?,
            reference: opt_text(row, 13)?,
            cause: opt_document(row, 14, 15)?,
        },
    )
}

/// Columns as in `item_adjustments.sql`.
pub(crate) fn item_adjustment(row: &Row) -> Pg<Made<InvoiceItemAdjustment>> {
    let charge: bool = get(row, 8)?;
    made(
        row,
        InvoiceItemAdjustment {
            no: ItemAdjustmentNo(number(row, 0)?),
            invoice: InvoiceNo(number(row, 6)?),
            item: ItemNo(number(row, 7)?),
            kind: if charge { AdjustmentType::Charge } else { AdjustmentType::Credit },
            amount: money(row, 9, currency(row, 4)?)?,
            date: date(row, 10)?,
            reason_code: text(row, 11)?,
            comment: opt_text(row, 12)?,
            reference: opt_text(row, 13)?,
            cause: opt_document(row, 14, 15)?,
        },
    )
}

/// Columns as in `refunds.sql`; without its parts.
pub(crate) fn refund(row: &Row) -> Pg<Made<Refund>> {
    let method = opt_number(row, 14)?.map(MethodNo);
    let source = match (opt_number(row, 6)?, opt_number(row, 7)?) {
        (Some(payment), _) => {
            RefundSource::Payment { payment: PaymentNo(payment), parts: Vec::new() }
        }
        (None, Some(adjustment)) => RefundSource::CreditBalance(Some(AdjustmentNo(adjustment))),
        (None, None) if method.is_some() => RefundSource::CreditBalance(None),
        (None, None) => return Err(corrupt("a refund has no source")),
    };
    made(
        row,
        Refund {
            no: RefundNo(number(row, 0)?),
            source,
            method_type: method_type(small(row, 8)?)?,
            date: date(row, 9)?,
            amount: money(row, 10, currency(row, 4)?)?,
            reason_code: text(row, 11)?,
            reference: opt_text(row, 12)?,
            comment: opt_text(row, 13)?,
            method,
        },
    )
}

/// Columns as in `cancellations.sql`.
pub(crate) fn canceled(row: &Row) -> Pg<Canceled> {
    Ok(Canceled {
        document: document(row, 0, 1)?,
        date: date(row, 2)?,
        reason_code: match get::<Option<&str>>(row, 3)? {
            Some(text) => Some(Text::try_new(text).map_err(corrupt)?),
            None => None,
        },
        comment: opt_text(row, 4)?,
    })
}

/// Columns as in `postings.sql` and the chains, with the entry.
pub(crate) fn posting(row: &Row) -> Pg<(EntryNo, Posting)> {
    let currency = currency(row, 15)?;
    let invoice = match opt_number(row, 7)? {
        Some(invoice) => Some(InvoiceSide {
            invoice: InvoiceNo(invoice),
            balance: money(row, 8, currency)?,
            previous: opt_number(row, 9)?.map(PostingNo),
            raises: get(row, 10)?,
        }),
        None => None,
    };
    let credit_balance = match get::<Option<i64>>(row, 11)? {
        Some(balance) => Some(CreditSide {
            balance: Money::from_minor(balance, currency),
            previous: opt_number(row, 12)?.map(PostingNo),
            raises: get(row, 13)?,
        }),
        None => None,
    };
    let posting = Posting {
        no: PostingNo(number(row, 0)?),
        date: date(row, 1)?,
        debit: ledger_account(row, 2)?,
        credit: ledger_account(row, 3)?,
        amount: money(row, 4, currency)?,
        document: document(row, 5, 6)?,
        invoice,
        credit_balance,
    };
    Ok((EntryNo(number(row, 14)?), posting))
}

/// Columns as in `refund_askers_after.sql`.
pub(crate) fn asked_refund(row: &Row) -> Pg<AskedRefund> {
    let asker = Asker::from(get::<String>(row, 0)?);
    Ok(AskedRefund { asker, at: instant(row, 1)?, refund: RefundNo(number(row, 2)?) })
}

/// Columns as in `day_totals.sql`.
pub(crate) fn day_total(row: &Row) -> Pg<DayTotal> {
    let currency = currency(row, 0)?;
    Ok(DayTotal {
        currency,
        date: date(row, 1)?,
        account: ledger_account(row, 2)?,
        debit: money(row, 3, currency)?,
        credit: money(row, 4, currency)?,
    })
}

/// Columns as in `api_keys.sql`.
pub(crate) fn api_key(row: &Row) -> Pg<ApiKey> {
    let hash: &[u8] = get(row, 1)?;
    let (revoked, expires): (Option<i64>, Option<i64>) = (get(row, 4)?, get(row, 6)?);
    let (role, roles): (i16, Option<&str>) = (get(row, 2)?, get(row, 5)?);
    let person: Option<&str> = get(row, 7)?;
    Ok(ApiKey {
        name: get(row, 0)?,
        hash: hash.try_into().map_err(corrupt)?,
        roles: match roles {
            Some(roles) => serde_json::from_str(roles).map_err(corrupt)?,
            None => {
                ApiKey::of_old_role(role.into()).ok_or_else(|| wrong(format!("role {role}")))?
            }
        },
        created_at: instant(row, 3)?,
        revoked_at: revoked.map(instant_of).transpose()?,
        expires_at: expires.map(instant_of).transpose()?,
        person: person.map(PersonName::try_new).transpose().map_err(corrupt)?,
    })
}
