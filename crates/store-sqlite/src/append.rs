//! Appending decisions to the history: every row goes to the end of its table.

use money::Money;
use receivables::account::{AccountChanged, AccountOpened};
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::fact::{Canceled, Fact};
use receivables::id::Numbered;
use receivables::invoice::{InvoiceDrafted, ItemKind};
use receivables::journal::Posting;
use receivables::payment::Payment;
use receivables::personal_data::PersonalDataStep;
use receivables::refund::{Refund, RefundSource};
use receivables::{AccountNo, Document, Entry, EntryHead};
use rusqlite::{Connection, params};
use rustc_hash::FxHashMap;

use crate::account_words;
use crate::codec::{Db, automation_int, corrupt, date_int, int, opt_int, status_int, str_of};
use crate::custom_fields;
use crate::orders;
use crate::past_refunds;
use crate::rows::last;
use columns::facts;
use columns::orders::row_of_fact;

/// Numbers of rows that have no number in the domain, and the dictionary of origins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Appender {
    change: u64,
    gateway: u64,
    application: u64,
    part: u64,
    origins: FxHashMap<(String, String, String), i64>,
    /// The origin written last: mostly the next one is the same.
    latest: Option<((String, String, String), i64)>,
}

impl Appender {
    pub(crate) fn open(conn: &Connection) -> Db<Self> {
        let changes = last(conn, "account_change", "change_id")?;
        let settings = last(conn, "setting_change", "change_id")?;
        let mut origins = FxHashMap::default();
        let mut statement = conn.prepare("SELECT command, actor, door, origin_id FROM origin")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            origins.insert((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?);
        }
        Ok(Self {
            change: changes.max(settings),
            gateway: last(conn, "gateway_fact", "fact_no")?,
            application: last(conn, "payment_application", "application_no")?,
            part: last(conn, "refund_part", "part_no")?,
            origins,
            latest: None,
        })
    }

    /// Appends one decision. The caller holds the transaction; after an error it rolls back and
    /// throws this appender away.
    pub(crate) fn append(&mut self, conn: &Connection, entry: &Entry) -> Db<()> {
        let head = &entry.head;
        let no = int(head.no.0);
        let (mut change, mut gateway) = (self.change, self.gateway);
        let column = facts::encode(entry, |fact| {
            let last = match row_of_fact(fact) {
                Some(_) => &mut gateway,
                None => &mut change,
            };
            *last += 1;
            *last
        });
        let origin = self.origin(conn, head)?;
        let request_id = (!head.request_id.is_empty()).then_some(head.request_id.as_ref());
        conn.prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
            .execute(params![
                no,
                head.at.as_microsecond(),
                int(head.account.0),
                opt_int(head.previous.map(|no| no.0)),
                origin,
                request_id,
                head.key_hash.0,
                head.fingerprint.0,
                column,
            ])?;
        append_origin(conn, head)?;
        for fact in &entry.facts {
            self.fact(conn, head, fact)?;
        }
        for posting in &entry.postings {
            append_posting(conn, no, head.account, posting)?;
        }
        Ok(())
    }

    fn origin(&mut self, conn: &Connection, head: &EntryHead) -> Db<i64> {
        if let Some(((command, actor, door), id)) = &self.latest
            && *command == head.command
            && **actor == *head.actor
            && *door == head.door
        {
            return Ok(*id);
        }
        let key = (head.command.to_string(), head.actor.to_string(), head.door.to_string());
        let id = self.find_or_add_origin(conn, &key)?;
        self.latest = Some((key, id));
        Ok(id)
    }

    fn find_or_add_origin(&mut self, conn: &Connection, key: &(String, String, String)) -> Db<i64> {
        if let Some(id) = self.origins.get(key) {
            return Ok(*id);
        }
        let sql = "INSERT INTO origin (command, actor, door) VALUES (?1, ?2, ?3)";
        conn.execute(sql, (&key.0, &key.1, &key.2))?;
        let id = conn.last_insert_rowid();
        self.origins.insert(key.clone(), id);
        Ok(id)
    }

    fn fact(&mut self, conn: &Connection, head: &EntryHead, fact: &Fact) -> Db<()> {
        match fact {
            Fact::AccountOpened(opened) => append_account(conn, head, opened),
            Fact::AccountChanged(changed) => {
                self.change += 1;
                append_account_change(conn, head, self.change, changed)
            }
            Fact::SettingsChanged(settings) => {
                self.change += 1;
                let text = serde_json::to_string(settings).map_err(corrupt)?;
                conn.prepare_cached("INSERT INTO setting_change VALUES (?1, ?2, ?3)")?
                    .execute((int(self.change), int(head.no.0), text))?;
                Ok(())
            }
            Fact::InvoiceDrafted(drafted) => append_invoice(conn, head, drafted),
            Fact::InvoiceStatusChanged(_) => Ok(()),
            Fact::InvoiceItemAdjusted(adjusted) => append_item_adjustment(conn, head, adjusted),
            Fact::PaymentRecorded(payment) => self.payment(conn, head, payment),
            Fact::CreditBalanceAdjusted(adjusted) => append_adjustment(conn, head, adjusted),
            Fact::Refunded(refund) => self.refund(conn, head, refund),
            Fact::Canceled(canceled) => append_canceled(conn, head, canceled),
            Fact::Labeled(labeled) => {
                self.gateway += 1;
                custom_fields::write(conn, labeled)?;
                orders::append(conn, head, self.gateway, fact)
            }
            Fact::PaymentMethodAdded(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_) => {
                self.gateway += 1;
                orders::append(conn, head, self.gateway, fact)
            }
            Fact::PersonalDataNoted(noted) => {
                self.gateway += 1;
                if noted.step == PersonalDataStep::Erased {
                    account_words::remove(conn, noted.account)?;
                }
                orders::append(conn, head, self.gateway, fact)
            }
        }
    }

    fn payment(&mut self, conn: &Connection, head: &EntryHead, payment: &Payment) -> Db<()> {
        conn.prepare_cached(
            "INSERT INTO payment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            int(payment.no.0),
            int(head.no.0),
            int(head.account.0),
            payment.method_type as u8,
            date_int(payment.date),
            payment.amount.minor(),
            payment.credit_balance_amount.minor(),
            opt_int(payment.credit_balance_adjustment.map(|no| no.0)),
            int(self.application + 1),
            int(payment.applications.len() as u64),
            str_of(payment.reference.as_ref()),
            str_of(payment.comment.as_ref()),
        ])?;
        if let Some(method) = payment.method {
            orders::append_electronic(conn, payment.no.document(), method)?;
        }
        let mut insert =
            conn.prepare_cached("INSERT INTO payment_application VALUES (?1, ?2, ?3, ?4)")?;
        for part in &payment.applications {
            self.application += 1;
            insert.execute((
                int(self.application),
                int(payment.no.0),
                int(part.invoice.0),
                part.amount.minor(),
            ))?;
        }
        Ok(())
    }

    fn refund(&mut self, conn: &Connection, head: &EntryHead, refund: &Refund) -> Db<()> {
        let (payment, adjustment, parts) = match &refund.source {
            RefundSource::CreditBalance(adjustment) => (None, adjustment.map(|no| no.0), None),
            RefundSource::Payment { payment, parts } => (Some(*payment), None, Some(parts)),
        };
        conn.prepare_cached(
            "INSERT INTO refund VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            int(refund.no.0),
            int(head.no.0),
            int(head.account.0),
            opt_int(payment.map(|no| no.0)),
            opt_int(adjustment),
            refund.method_type as u8,
            date_int(refund.date),
            refund.amount.minor(),
            parts.map(|_| int(self.part + 1)),
            parts.map(|parts| int(parts.len() as u64)),
            refund.reason_code.as_str(),
            str_of(refund.reference.as_ref()),
            str_of(refund.comment.as_ref()),
        ])?;
        past_refunds::append(conn, head, refund.no)?;
        if let Some(method) = refund.method {
            orders::append_electronic(conn, refund.no.document(), method)?;
        }
        let (Some(payment), Some(parts)) = (payment, parts) else { return Ok(()) };
        let mut insert =
            conn.prepare_cached("INSERT INTO refund_part VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for part in parts {
            self.part += 1;
            insert.execute((
                int(self.part),
                int(refund.no.0),
                int(payment.0),
                int(part.invoice.0),
                part.amount.minor(),
            ))?;
        }
        Ok(())
    }
}

/// From where and for whom, if that is known.
fn append_origin(conn: &Connection, head: &EntryHead) -> Db<()> {
    if head.address.is_none() && head.on_behalf_of.is_none() && head.person.is_none() {
        return Ok(());
    }
    let address = head.address.map(|address| address.to_string());
    conn.prepare_cached("INSERT INTO entry_origin VALUES (?1, ?2, ?3, ?4)")?.execute((
        int(head.no.0),
        address,
        str_of(head.on_behalf_of.as_ref()),
        str_of(head.person.as_ref()),
    ))?;
    Ok(())
}

fn append_account(conn: &Connection, head: &EntryHead, opened: &AccountOpened) -> Db<()> {
    conn.prepare_cached("INSERT INTO account VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute((
        int(opened.no.0),
        int(head.no.0),
        str_of(opened.external_id.as_ref()),
        opened.name.as_str(),
        opened.currency.code(),
        automation_int(opened.automatic_transfer),
        automation_int(opened.automatic_application),
    ))?;
    account_words::add(conn, opened.no, opened.name.as_str())
}

fn append_account_change(
    conn: &Connection,
    head: &EntryHead,
    id: u64,
    changed: &AccountChanged,
) -> Db<()> {
    conn.prepare_cached("INSERT INTO account_change VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute((
            int(id),
            int(head.no.0),
            int(changed.no.0),
            str_of(changed.name.as_ref()),
            changed.status.map(status_int),
            changed.automatic_transfer.map(automation_int),
            changed.automatic_application.map(automation_int),
        ))?;
    if let Some(name) = &changed.name {
        account_words::replace(conn, changed.no, name.as_str())?;
    }
    orders::append_account_change(
        conn,
        id,
        changed.gateway.map(|gateway| gateway.0),
        changed.default_method,
    )
}

fn append_invoice(conn: &Connection, head: &EntryHead, drafted: &InvoiceDrafted) -> Db<()> {
    conn.prepare_cached("INSERT INTO invoice VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute((
            int(drafted.no.0),
            int(head.no.0),
            int(drafted.account.0),
            str_of(drafted.external_id.as_ref()),
            date_int(drafted.invoice_date),
            date_int(drafted.due_date),
            drafted.amount.minor(),
            int(drafted.items.first().map_or(0, |item| item.no.0)),
            int(drafted.items.len() as u64),
        ))?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO invoice_item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for item in &drafted.items {
        insert.execute((
            int(item.no.0),
            int(drafted.no.0),
            i64::from(item.kind == ItemKind::Tax),
            item.amount.minor(),
            item.ledger_account.0,
            opt_int(item.tax_on.map(|no| no.0)),
            str_of(item.sku.as_ref()),
            str_of(item.description.as_ref()),
            str_of(item.quantity.as_ref()),
            str_of(item.unit_price.as_ref()),
        ))?;
    }
    Ok(())
}

fn columns(document: Option<Document>) -> (Option<u8>, Option<i64>) {
    (document.map(|of| of.kind as u8), document.map(|of| int(of.number)))
}

fn append_adjustment(
    conn: &Connection,
    head: &EntryHead,
    adjusted: &CreditBalanceAdjustment,
) -> Db<()> {
    let source = match adjusted.source {
        Source::Invoice(no) => no.document(),
        Source::Payment(no) => no.document(),
        Source::Refund(no) => no.document(),
    };
    let (cause_kind, cause_no) = columns(adjusted.cause);
    conn.prepare_cached(
        "INSERT INTO credit_balance_adjustment \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        int(adjusted.no.0),
        int(head.no.0),
        int(head.account.0),
        i64::from(adjusted.direction == Direction::Increase),
        source.kind as u8,
        int(source.number),
        adjusted.amount.minor(),
        date_int(adjusted.date),
        adjusted.reason_code.as_str(),
        str_of(adjusted.comment.as_ref()),
        str_of(adjusted.reference.as_ref()),
        cause_kind,
        cause_no,
    ])?;
    Ok(())
}

fn append_item_adjustment(
    conn: &Connection,
    head: &EntryHead,
    adjusted: &InvoiceItemAdjustment,
) -> Db<()> {
    let (cause_kind, cause_no) = columns(adjusted.cause);
    conn.prepare_cached(
        "INSERT INTO invoice_item_adjustment \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        int(adjusted.no.0),
        int(head.no.0),
        int(head.account.0),
        int(adjusted.invoice.0),
        int(adjusted.item.0),
        i64::from(adjusted.kind == AdjustmentType::Charge),
        adjusted.amount.minor(),
        date_int(adjusted.date),
        adjusted.reason_code.as_str(),
        str_of(adjusted.comment.as_ref()),
        str_of(adjusted.reference.as_ref()),
        cause_kind,
        cause_no,
    ])?;
    Ok(())
}

fn append_canceled(conn: &Connection, head: &EntryHead, canceled: &Canceled) -> Db<()> {
    conn.prepare_cached("INSERT INTO canceled VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute((
        canceled.document.kind as u8,
        int(canceled.document.number),
        int(head.no.0),
        date_int(canceled.date),
        str_of(canceled.reason_code.as_ref()),
        str_of(canceled.comment.as_ref()),
    ))?;
    Ok(())
}

fn append_posting(conn: &Connection, entry: i64, account: AccountNo, posting: &Posting) -> Db<()> {
    let invoice = posting.invoice;
    let credit = posting.credit_balance;
    conn.prepare_cached(
        "INSERT INTO posting VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
         ?15, ?16)",
    )?
    .execute(params![
        int(posting.no.0),
        entry,
        int(account.0),
        date_int(posting.date),
        posting.debit.0,
        posting.credit.0,
        posting.amount.minor(),
        posting.document.kind as u8,
        int(posting.document.number),
        opt_int(invoice.map(|side| side.invoice.0)),
        invoice.map(|side| Money::minor(side.balance)),
        opt_int(invoice.and_then(|side| side.previous).map(|no| no.0)),
        invoice.map(|side| side.raises),
        credit.map(|side| Money::minor(side.balance)),
        opt_int(credit.and_then(|side| side.previous).map(|no| no.0)),
        credit.map(|side| side.raises),
    ])?;
    Ok(())
}
