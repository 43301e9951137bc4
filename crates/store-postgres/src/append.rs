//! A batch of decisions as rows: the history, and the states it left behind.

use columns::{
    automation_int, date_int, facts, int, invoice_status_int, opt_int, status_int, str_of,
};
use money::Currency;
use receivables::account::{Account, AccountChanged, AccountOpened};
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::approval::Asker;
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::fact::{Canceled, Fact};
use receivables::id::Numbered;
use receivables::invoice::{Invoice, InvoiceDrafted, ItemKind};
use receivables::journal::{LedgerAccount, Posting};
use receivables::payment::Payment;
use receivables::refund::{Refund, RefundSource};
use receivables::text::Text;
use receivables::{Books, Document, Entry, EntryHead};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

use crate::error::{Pg, corrupt};
use crate::link::Query;
use crate::orders::{GatewayRows, numbers_of_facts};
use crate::tables::{
    AccountChangeRow, AccountChanges, AccountRow, AccountStateRow, AccountStates, Accounts,
    AdjustmentRow, Adjustments, ApplicationRow, Applications, CancellationRow, Cancellations,
    DayTotalRow, DayTotals, Entries, EntryRow, InvoiceRow, InvoiceStateRow, InvoiceStates,
    Invoices, ItemAdjustmentRow, ItemAdjustments, ItemRow, Items, OriginRow, OriginRows,
    PaymentRow, Payments, PostingRow, Postings, RefundAskerRow, RefundAskers, RefundPartRow,
    RefundParts, RefundRow, Refunds, SettingChangeRow, SettingChanges,
};
use crate::words::WordRows;

/// Everything a commit writes, by table.
#[derive(Default)]
pub(crate) struct Rows {
    entries: Entries,
    origins: OriginRows,
    postings: Postings,
    accounts: Accounts,
    account_changes: AccountChanges,
    setting_changes: SettingChanges,
    invoices: Invoices,
    items: Items,
    payments: Payments,
    applications: Applications,
    adjustments: Adjustments,
    refunds: Refunds,
    refund_parts: RefundParts,
    refund_askers: RefundAskers,
    item_adjustments: ItemAdjustments,
    cancellations: Cancellations,
    account_states: AccountStates,
    invoice_states: InvoiceStates,
    day_totals: DayTotals,
    gateways: GatewayRows,
    words: WordRows,
    /// Origins to be remembered as written, once the batch is committed.
    pub(crate) new_origins: Vec<i64>,
}

fn small(value: i64) -> i16 {
    i16::try_from(value).unwrap_or(i16::MAX)
}

fn middle(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn line(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn text<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    str_of(text).map(str::to_owned)
}

fn columns(document: Option<Document>) -> (Option<i16>, Option<i64>) {
    (document.map(|of| i16::from(of.kind as u8)), document.map(|of| int(of.number)))
}

/// The origins that are written already, and what goes into their numbers.
#[derive(Clone, Copy)]
pub(crate) struct Origins<'a> {
    pub(crate) known: &'a FxHashSet<i64>,
    pub(crate) salt: &'a str,
}

/// The number of an origin: the beginning of the hash of all that it says. What is not known adds nothing, so that one
/// without is the same as a program of schema 1 writes it. The others are salted: callers write a part of them, and could
/// else look for two that are alike, so that one reads back as the other.
fn origin_id(head: &EntryHead, salt: &str) -> i64 {
    let mut name = format!("{}\n{}\n{}", head.command, head.actor, head.door);
    let address = head.address.map(|address| address.to_string());
    let more = [address, text(head.on_behalf_of.as_ref()), text(head.person.as_ref())];
    if more.iter().any(Option::is_some) {
        name.push('\0');
        name.push_str(salt);
        for part in more {
            // A text holds no such character, so no two origins have one name.
            name.push('\0');
            name.push_str(part.as_deref().unwrap_or(""));
        }
    }
    let [a, b, c, d, e, f, g, h, ..] = engine::hash(name.as_bytes()).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl Rows {
    /// The rows of `entries` and `changed`.
    pub(crate) fn of(
        entries: &[&Entry],
        changed: &Books,
        origins: Origins<'_>,
        slot: i16,
    ) -> Pg<Self> {
        let mut rows = Self::default();
        let mut totals: BTreeMap<(&str, i32, u16), (i64, i64)> = BTreeMap::new();
        for entry in entries {
            rows.entry(entry, origins);
            for fact in &entry.facts {
                rows.fact(&entry.head, fact)?;
            }
            for posting in &entry.postings {
                rows.posting(&entry.head, posting);
                add(&mut totals, posting);
            }
        }
        rows.gateways = GatewayRows::of(entries, changed)?;
        rows.words = WordRows::of(entries);
        for account in changed.accounts.values() {
            rows.account_state(account);
        }
        for invoice in changed.invoices.values() {
            rows.invoice_state(invoice);
        }
        for ((currency, date, ledger_account), (debit, credit)) in totals {
            let (ledger_account, currency) = (i32::from(ledger_account), currency.to_owned());
            rows.day_totals.push(DayTotalRow {
                slot,
                date,
                ledger_account,
                debit,
                credit,
                currency,
            });
        }
        Ok(rows)
    }

    /// One statement per table that has rows.
    pub(crate) fn inserts(self) -> impl Iterator<Item = Query> {
        [
            self.origins.insert(),
            self.entries.insert(),
            self.accounts.insert(),
            self.account_changes.insert(),
            self.setting_changes.insert(),
            self.invoices.insert(),
            self.items.insert(),
            self.payments.insert(),
            self.applications.insert(),
            self.adjustments.insert(),
            self.refunds.insert(),
            self.refund_parts.insert(),
            self.refund_askers.insert(),
            self.item_adjustments.insert(),
            self.cancellations.insert(),
            self.postings.insert(),
            self.account_states.insert(),
            self.invoice_states.insert(),
            self.day_totals.insert(),
        ]
        .into_iter()
        .flatten()
        .chain(self.gateways.inserts())
        .chain(self.words.inserts())
    }

    fn entry(&mut self, entry: &Entry, Origins { known, salt }: Origins<'_>) {
        let head = &entry.head;
        let origin = origin_id(head, salt);
        if !known.contains(&origin) && !self.new_origins.contains(&origin) {
            self.new_origins.push(origin);
            self.origins.push(OriginRow {
                origin_id: origin,
                command: head.command.to_string(),
                actor: head.actor.to_string(),
                door: head.door.to_string(),
                address: head.address.map(|address| address.to_string()),
                on_behalf_of: text(head.on_behalf_of.as_ref()),
                person: text(head.person.as_ref()),
            });
        }
        self.entries.push(EntryRow {
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            at_us: head.at.as_microsecond(),
            previous_no: opt_int(head.previous.map(|no| no.0)),
            origin_id: origin,
            key_hash: head.key_hash.0.to_vec(),
            fingerprint: head.fingerprint.0.to_vec(),
            facts: facts::encode(entry, numbers_of_facts(head)),
            request_id: (!head.request_id.is_empty()).then(|| head.request_id.to_string()),
        });
    }

    fn fact(&mut self, head: &EntryHead, fact: &Fact) -> Pg<()> {
        match fact {
            Fact::AccountOpened(opened) => self.account(head, opened),
            Fact::AccountChanged(changed) => self.account_change(head, changed),
            Fact::SettingsChanged(settings) => self.setting_changes.push(SettingChangeRow {
                change_id: int(head.no.0),
                settings: serde_json::to_string(settings).map_err(corrupt)?,
            }),
            Fact::InvoiceDrafted(drafted) => self.invoice(head, drafted),
            Fact::InvoiceStatusChanged(_) => {}
            Fact::InvoiceItemAdjusted(adjusted) => self.item_adjustment(head, adjusted),
            Fact::PaymentRecorded(payment) => self.payment(head, payment),
            Fact::CreditBalanceAdjusted(adjusted) => self.adjustment(head, adjusted),
            Fact::Refunded(refund) => self.refund(head, refund),
            Fact::Canceled(canceled) => self.canceled(head, canceled),
            // In tables of their own; see `orders`.
            Fact::PaymentMethodAdded(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_) => {}
        }
        Ok(())
    }

    fn account(&mut self, head: &EntryHead, opened: &AccountOpened) {
        self.accounts.push(AccountRow {
            account_no: int(opened.no.0),
            entry_no: int(head.no.0),
            automatic_transfer: small(automation_int(opened.automatic_transfer)),
            automatic_application: small(automation_int(opened.automatic_application)),
            currency: opened.currency.code().to_owned(),
            name: opened.name.to_string(),
            external_id: text(opened.external_id.as_ref()),
        });
    }

    fn account_change(&mut self, head: &EntryHead, changed: &AccountChanged) {
        let choice = |automation| small(automation_int(automation));
        self.account_changes.push(AccountChangeRow {
            change_id: int(head.no.0),
            account_no: int(changed.no.0),
            status: changed.status.map(|status| small(status_int(status))),
            automatic_transfer: changed.automatic_transfer.map(choice),
            automatic_application: changed.automatic_application.map(choice),
            name: text(changed.name.as_ref()),
            gateway_no: changed.gateway.map(|gateway| i32::from(gateway.0)),
            default_method_no: opt_int(changed.default_method.map(|no| no.0)),
        });
    }

    fn invoice(&mut self, head: &EntryHead, drafted: &InvoiceDrafted) {
        let (invoice_no, account_no) = (int(drafted.no.0), int(drafted.account.0));
        self.invoices.push(InvoiceRow {
            invoice_no,
            entry_no: int(head.no.0),
            account_no,
            amount: drafted.amount.minor(),
            first_item: int(drafted.items.first().map_or(0, |item| item.no.0)),
            item_count: line(drafted.items.len()),
            invoice_date: middle(date_int(drafted.invoice_date)),
            due_date: middle(date_int(drafted.due_date)),
            external_id: text(drafted.external_id.as_ref()),
        });
        for item in &drafted.items {
            self.items.push(ItemRow {
                invoice_no,
                item_no: int(item.no.0),
                account_no,
                amount: item.amount.minor(),
                tax_on: opt_int(item.tax_on.map(|no| no.0)),
                ledger_account: i32::from(item.ledger_account.0),
                kind: i16::from(item.kind == ItemKind::Tax),
                sku: text(item.sku.as_ref()),
                description: text(item.description.as_ref()),
                quantity: text(item.quantity.as_ref()),
                unit_price: text(item.unit_price.as_ref()),
            });
        }
    }

    fn payment(&mut self, head: &EntryHead, payment: &Payment) {
        let (payment_no, account_no) = (int(payment.no.0), int(head.account.0));
        self.payments.push(PaymentRow {
            payment_no,
            entry_no: int(head.no.0),
            account_no,
            amount: payment.amount.minor(),
            credit_balance_amount: payment.credit_balance_amount.minor(),
            adjustment_no: opt_int(payment.credit_balance_adjustment.map(|no| no.0)),
            date: middle(date_int(payment.date)),
            method_type: i16::from(payment.method_type as u8),
            reference: text(payment.reference.as_ref()),
            comment: text(payment.comment.as_ref()),
            method_no: opt_int(payment.method.map(|no| no.0)),
        });
        for (index, part) in payment.applications.iter().enumerate() {
            self.applications.push(ApplicationRow {
                payment_no,
                invoice_no: int(part.invoice.0),
                account_no,
                amount: part.amount.minor(),
                line: line(index),
            });
        }
    }

    fn adjustment(&mut self, head: &EntryHead, adjusted: &CreditBalanceAdjustment) {
        let source = match adjusted.source {
            Source::Invoice(no) => no.document(),
            Source::Payment(no) => no.document(),
            Source::Refund(no) => no.document(),
        };
        let (cause_kind, cause_no) = columns(adjusted.cause);
        self.adjustments.push(AdjustmentRow {
            adjustment_no: int(adjusted.no.0),
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            source_no: int(source.number),
            amount: adjusted.amount.minor(),
            cause_no,
            date: middle(date_int(adjusted.date)),
            source_kind: i16::from(source.kind as u8),
            cause_kind,
            increase: adjusted.direction == Direction::Increase,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
        });
    }

    fn refund(&mut self, head: &EntryHead, refund: &Refund) {
        let (refund_no, account_no) = (int(refund.no.0), int(head.account.0));
        let (payment, adjustment) = match &refund.source {
            RefundSource::CreditBalance(adjustment) => (None, adjustment.map(|no| no.0)),
            RefundSource::Payment { payment, .. } => (Some(payment.0), None),
        };
        self.refunds.push(RefundRow {
            refund_no,
            entry_no: int(head.no.0),
            account_no,
            payment_no: opt_int(payment),
            adjustment_no: opt_int(adjustment),
            amount: refund.amount.minor(),
            date: middle(date_int(refund.date)),
            method_type: i16::from(refund.method_type as u8),
            reason_code: refund.reason_code.to_string(),
            reference: text(refund.reference.as_ref()),
            comment: text(refund.comment.as_ref()),
            method_no: opt_int(refund.method.map(|no| no.0)),
        });
        self.refund_askers.push(RefundAskerRow {
            asker: Asker::of(&head.actor, head.person.as_ref()).as_str().to_owned(),
            at_us: head.at.as_microsecond(),
            refund_no,
            account_no,
        });
        if let RefundSource::Payment { payment, parts } = &refund.source {
            for (index, part) in parts.iter().enumerate() {
                self.refund_parts.push(RefundPartRow {
                    refund_no,
                    payment_no: int(payment.0),
                    invoice_no: int(part.invoice.0),
                    account_no,
                    amount: part.amount.minor(),
                    line: line(index),
                });
            }
        }
    }

    fn item_adjustment(&mut self, head: &EntryHead, adjusted: &InvoiceItemAdjustment) {
        let (cause_kind, cause_no) = columns(adjusted.cause);
        self.item_adjustments.push(ItemAdjustmentRow {
            item_adjustment_no: int(adjusted.no.0),
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            invoice_no: int(adjusted.invoice.0),
            item_no: int(adjusted.item.0),
            amount: adjusted.amount.minor(),
            cause_no,
            date: middle(date_int(adjusted.date)),
            cause_kind,
            charge: adjusted.kind == AdjustmentType::Charge,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
        });
    }

    fn canceled(&mut self, head: &EntryHead, canceled: &Canceled) {
        self.cancellations.push(CancellationRow {
            number: int(canceled.document.number),
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            date: middle(date_int(canceled.date)),
            kind: i16::from(canceled.document.kind as u8),
            reason_code: canceled.reason_code.as_ref().map(ToString::to_string),
            comment: text(canceled.comment.as_ref()),
        });
    }

    fn posting(&mut self, head: &EntryHead, posting: &Posting) {
        let (invoice, credit) = (posting.invoice, posting.credit_balance);
        self.postings.push(PostingRow {
            posting_no: int(posting.no.0),
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            amount: posting.amount.minor(),
            document_no: int(posting.document.number),
            invoice_no: opt_int(invoice.map(|side| side.invoice.0)),
            invoice_balance: invoice.map(|side| side.balance.minor()),
            invoice_previous: opt_int(invoice.and_then(|side| side.previous).map(|no| no.0)),
            credit_balance: credit.map(|side| side.balance.minor()),
            credit_previous: opt_int(credit.and_then(|side| side.previous).map(|no| no.0)),
            date: middle(date_int(posting.date)),
            debit: i32::from(posting.debit.0),
            credit: i32::from(posting.credit.0),
            document_kind: i16::from(posting.document.kind as u8),
            invoice_raises: invoice.map(|side| side.raises),
            credit_raises: credit.map(|side| side.raises),
        });
    }

    fn account_state(&mut self, account: &Account) {
        self.account_states.push(AccountStateRow {
            account_no: int(account.no.0),
            opened_us: account.opened_at.as_microsecond(),
            credit_balance: account.credit_balance.minor(),
            positive_invoice_balance: account.positive_invoice_balance.minor(),
            negative_invoice_balance: account.negative_invoice_balance.minor(),
            latest_posted: opt_int(account.latest_posted.map(|no| no.0)),
            last_entry: opt_int(account.last_entry.map(|no| no.0)),
            last_at_us: account.last_at.as_microsecond(),
            last_credit_posting: opt_int(account.last_credit_posting.map(|no| no.0)),
            last_credit_date: account.last_credit_date.map(|date| middle(date_int(date))),
            dated_ahead: account.dated_ahead.map(|date| middle(date_int(date))),
            status: small(status_int(account.status)),
            automatic_transfer: small(automation_int(account.automatic_transfer)),
            automatic_application: small(automation_int(account.automatic_application)),
            currency: account.currency.code().to_owned(),
            held: account.held.minor(),
            gateway_no: account.gateway.map(|gateway| i32::from(gateway.0)),
            default_method_no: opt_int(account.default_method.map(|no| no.0)),
            methods: i64::from(account.methods),
            ahead_from: account.ahead_from.map(|date| middle(date_int(date))),
        });
    }

    fn invoice_state(&mut self, invoice: &Invoice) {
        self.invoice_states.push(InvoiceStateRow {
            invoice_no: int(invoice.no.0),
            account_no: int(invoice.account.0),
            drafted_us: invoice.drafted_at.as_microsecond(),
            amount: invoice.amount.minor(),
            charges: invoice.charges.minor(),
            credits: invoice.credits.minor(),
            payments: invoice.payments.minor(),
            refunds: invoice.refunds.minor(),
            increases: invoice.increases.minor(),
            decreases: invoice.decreases.minor(),
            ledger: invoice.ledger.minor(),
            first_item: int(invoice.first_item.0),
            previous_posted: opt_int(invoice.previous_posted.map(|no| no.0)),
            posted_entry: opt_int(invoice.posted_entry.map(|no| no.0)),
            last_posting: opt_int(invoice.last_posting.map(|no| no.0)),
            invoice_date: middle(date_int(invoice.invoice_date)),
            due_date: middle(date_int(invoice.due_date)),
            item_count: i32::try_from(invoice.item_count).unwrap_or(i32::MAX),
            attached: i64::from(invoice.attached),
            status: small(invoice_status_int(invoice.status)),
            is_open: !invoice.ledger.is_zero(),
            currency: invoice.amount.currency().code().to_owned(),
            pending: invoice.pending.minor(),
        });
    }
}

/// Adds a posting to the totals of its day.
fn add(totals: &mut BTreeMap<(&'static str, i32, u16), (i64, i64)>, posting: &Posting) {
    let currency: Currency = posting.amount.currency();
    let (date, minor) = (middle(date_int(posting.date)), posting.amount.minor());
    let mut to = |account: LedgerAccount, debit: i64, credit: i64| {
        let sum = totals.entry((currency.code(), date, account.0)).or_default();
        sum.0 = sum.0.saturating_add(debit);
        sum.1 = sum.1.saturating_add(credit);
    };
    to(posting.debit, minor, 0);
    to(posting.credit, 0, minor);
}
