use engine::{Ahead, Outcome, Reader};
use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::journal::Posting;
use receivables::personal_data::PersonalDataStep;
use receivables::{AccountNo, Entry, Kind, PublicId, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::adjustments::{AdjustmentDocument, ItemAdjustmentDocument};
use super::changes::{ChangeView, changes};
use super::invoices::InvoiceItemView;
use super::labels::LabelsDocument;
use super::orders::{OrderDocument, OrderStepDocument, gateway_name};
use super::payment_methods::{PaymentMethodChangeDocument, PaymentMethodDocument};
use super::payments::PaymentDocument;
use super::refunds::RefundDocument;
use super::settings::SettingsView;
use super::text;
use crate::problem::ApiError;

/// All a command did, or with `dry_run` would do: documents, balances before and after, journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EffectView {
    /// True if nothing was written. Numbers and ids are then those the documents would get.
    pub(crate) dry_run: bool,
    /// The journal entry.
    #[serde(flatten)]
    pub(crate) entry: EntryView,
    /// Balances before and after.
    pub(crate) balances: Vec<BalanceChange>,
    /// What is usually done next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_step: Option<NextStep>,
    /// What follows once the money has moved, which a gateway or a person is asked for; in a preview only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) when_money_moves: Option<AheadView>,
}

/// What is held from the decision on, and what is posted once the money has moved, as the books stand now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AheadView {
    /// `held` and `available`, before and after the decision itself; empty if it holds no credit.
    pub(crate) held: Vec<BalanceChange>,
    /// Balances before and after the movement.
    pub(crate) balances: Vec<BalanceChange>,
    /// The balanced journal lines of the movement.
    pub(crate) journal: Vec<JournalLine>,
}

impl AheadView {
    fn new(ahead: &Ahead, settings: &Settings) -> Self {
        let account = ahead.entry.head.account.to_string();
        let change = |(balance, change): (&'static str, Option<[Money; 2]>)| {
            let [before, after] = change?.map(Decimal::from);
            Some(BalanceChange { balance, document: account.clone(), before, after })
        };
        let held = [("held", ahead.held), ("available", ahead.available)];
        Self {
            held: held.into_iter().filter_map(change).collect(),
            balances: balances(&ahead.entry),
            journal: EntryView::new(&ahead.entry, settings).journal,
        }
    }
}

/// One decision in the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018700000000000001")]
    pub(crate) id: String,
    /// Position in the history.
    #[schema(example = "JE-00000004")]
    pub(crate) number: String,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The account it concerns; absent for the organisation.
    #[schema(example = "A00000001")]
    pub(crate) account: Option<String>,
    /// What was done.
    #[schema(example = "transfer_to_credit_balance")]
    pub(crate) command: String,
    /// Who did it.
    #[schema(example = "administrator")]
    pub(crate) actor: String,
    /// Through which door.
    #[schema(example = "api")]
    pub(crate) door: String,
    /// The id of the request.
    pub(crate) request_id: String,
    /// The address the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "192.0.2.7")]
    pub(crate) address: Option<String>,
    /// Whom the actor said it acts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "till 4")]
    pub(crate) on_behalf_of: Option<String>,
    /// The person the actor belongs to, where its name does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ann Meyer")]
    pub(crate) person: Option<String>,
    /// Why, where a comment was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What it changed, before and after; in the history and the journal only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<Vec<ChangeView>>,
    /// The documents it made or changed, in order.
    pub(crate) documents: Vec<DocumentView>,
    /// The balanced journal lines.
    pub(crate) journal: Vec<JournalLine>,
}

/// A document made or changed by a command.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "document_type", rename_all = "snake_case")]
pub(crate) enum DocumentView {
    /// An account was opened.
    Account(AccountDocument),
    /// An account was changed.
    AccountChange(AccountChangeDocument),
    /// The settings were changed.
    Settings(SettingsView),
    /// An invoice was drafted.
    Invoice(InvoiceDocument),
    /// An invoice was posted, unposted or canceled.
    InvoiceStatus(InvoiceStatusDocument),
    /// An invoice item was adjusted.
    InvoiceItemAdjustment(ItemAdjustmentDocument),
    /// A payment was recorded.
    Payment(PaymentDocument),
    /// The credit balance was adjusted.
    CreditBalanceAdjustment(AdjustmentDocument),
    /// Money was refunded.
    Refund(RefundDocument),
    /// A document was canceled.
    Cancellation(CancellationDocument),
    /// The entry stands on another day than it belongs to.
    LateEntry(LateEntryDocument),
    /// A payment method was added.
    PaymentMethod(PaymentMethodDocument),
    /// A payment method was changed.
    PaymentMethodChange(PaymentMethodChangeDocument),
    /// A gateway is to be asked to move money.
    Order(OrderDocument),
    /// An order took a step.
    OrderStep(OrderStepDocument),
    /// Custom fields or metadata were set.
    Labels(LabelsDocument),
    /// Personal data was stored or erased.
    PersonalData(PersonalDataDocument),
}

/// A new account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountDocument {
    /// 32 hex digits.
    pub(crate) id: String,
    /// Number.
    #[schema(example = "A00000001")]
    pub(crate) number: String,
    /// Identifier in your own system.
    pub(crate) external_id: Option<String>,
    /// The customer's name.
    #[schema(example = "Ada Lovelace Ltd")]
    pub(crate) name: String,
    /// Currency.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
}

/// A changed account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountChangeDocument {
    /// Number.
    #[schema(example = "A00000001")]
    pub(crate) number: String,
    /// New name.
    pub(crate) name: Option<String>,
    /// New status.
    pub(crate) status: Option<String>,
    /// New gateway of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "cards")]
    pub(crate) gateway: Option<String>,
    /// New default payment method.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "PM-00000001")]
    pub(crate) default_payment_method: Option<String>,
}

/// A drafted invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceDocument {
    /// 32 hex digits.
    pub(crate) id: String,
    /// Number.
    #[schema(example = "INV00000001")]
    pub(crate) number: String,
    /// Its number in your own system.
    pub(crate) external_id: Option<String>,
    /// Date of the invoice.
    #[schema(value_type = String, format = Date)]
    pub(crate) invoice_date: Date,
    /// When it falls due.
    #[schema(value_type = String, format = Date)]
    pub(crate) due_date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// Sum of its items.
    #[schema(value_type = String, example = "-100.00")]
    pub(crate) amount: Decimal,
    /// Its lines.
    pub(crate) items: Vec<InvoiceItemView>,
}

/// A changed status.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceStatusDocument {
    /// Number of the invoice.
    #[schema(example = "INV00000001")]
    pub(crate) number: String,
    /// `draft`, `posted` or `canceled`.
    #[schema(example = "posted")]
    pub(crate) status: &'static str,
}

/// What stands on another day than it belongs to, because that one is locked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LateEntryDocument {
    /// The document.
    #[schema(example = "CBA-00000001")]
    pub(crate) number: String,
    /// The day it belongs to.
    #[schema(value_type = String, format = Date)]
    pub(crate) belongs_to: Date,
    /// The locked period of that day.
    #[schema(example = "2026-06")]
    pub(crate) period: String,
    /// The day it stands on.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
}

/// A cancellation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CancellationDocument {
    /// The document canceled.
    #[schema(example = "CBA-00000001")]
    pub(crate) number: String,
    /// What kind of document.
    #[schema(example = "credit_balance_adjustment")]
    pub(crate) canceled_type: &'static str,
    /// Effective date of the mirror.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Why.
    pub(crate) reason_code: Option<String>,
    /// Free comment.
    pub(crate) comment: Option<String>,
}

/// What became of personal data, which itself is no part of the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonalDataDocument {
    /// Number of the account.
    #[schema(example = "A00000001")]
    pub(crate) number: String,
    /// `stored` or `erased`.
    #[schema(value_type = String, example = "erased")]
    pub(crate) step: PersonalDataStep,
}

/// One line of the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JournalLine {
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Accounting code.
    #[schema(example = "Customer Cash On Account")]
    pub(crate) accounting_code: String,
    /// What it is for.
    #[schema(example = "customer_cash_on_account")]
    pub(crate) role: &'static str,
    /// Debited amount, or absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "100.00")]
    pub(crate) debit: Option<Decimal>,
    /// Credited amount, or absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "100.00")]
    pub(crate) credit: Option<Decimal>,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// The document it belongs to.
    #[schema(example = "CBA-00000001")]
    pub(crate) document: String,
    /// The invoice whose balance it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "INV00000001")]
    pub(crate) invoice: Option<String>,
}

/// A balance before and after.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BalanceChange {
    /// `credit_balance` or `invoice_balance`; `held` or `available` of what is only held.
    #[schema(example = "credit_balance")]
    pub(crate) balance: &'static str,
    /// Whose balance.
    #[schema(example = "A00000001")]
    pub(crate) document: String,
    /// Before the command.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) before: Decimal,
    /// After the command.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) after: Decimal,
}

/// What is usually done next, ready to be sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NextStep {
    /// Why.
    pub(crate) reason: String,
    /// HTTP method.
    #[schema(example = "POST")]
    pub(crate) method: &'static str,
    /// Path.
    #[schema(example = "/api/v1/invoices/INV00000001/adjust")]
    pub(crate) path: String,
    /// Body.
    #[schema(value_type = Object)]
    pub(crate) body: serde_json::Value,
}

/// Renders what a command did.
pub(crate) fn render_effect(outcome: &Outcome) -> EffectView {
    let settings = outcome.settings.as_ref();
    let entry = &outcome.entry;
    EffectView {
        dry_run: outcome.dry_run,
        entry: EntryView::new(entry, settings),
        balances: balances(entry),
        next_step: next_step(entry),
        when_money_moves: outcome.ahead.as_ref().map(|ahead| AheadView::new(ahead, settings)),
    }
}

impl EntryView {
    /// As [`EntryView::new`], with what was there before.
    pub(crate) fn with_changes(
        reader: &dyn Reader,
        entry: &Entry,
        settings: &Settings,
    ) -> Result<Self, ApiError> {
        let changes = Some(changes(reader, entry)?);
        Ok(Self { changes, ..Self::new(entry, settings) })
    }

    pub(crate) fn new(entry: &Entry, settings: &Settings) -> Self {
        let head = &entry.head;
        let documents = entry.facts.iter().map(|fact| document(fact, entry, settings));
        let account = (head.account != AccountNo::ORGANISATION).then(|| head.account.to_string());
        Self {
            id: PublicId::new(head.no.document(), head.at, head.account).to_string(),
            number: head.no.to_string(),
            at: head.at,
            account,
            command: head.command.to_string(),
            actor: head.actor.to_string(),
            door: head.door.to_string(),
            request_id: head.request_id.to_string(),
            address: text(head.address.as_ref()),
            on_behalf_of: text(head.on_behalf_of.as_ref()),
            person: text(head.person.as_ref()),
            reason: entry.facts.iter().find_map(Fact::comment).map(ToString::to_string),
            changes: None,
            documents: documents.collect(),
            journal: entry.postings.iter().flat_map(|p| JournalLine::pair(p, settings)).collect(),
        }
    }
}

pub(super) fn document(fact: &Fact, entry: &Entry, settings: &Settings) -> DocumentView {
    let (at, account) = (entry.head.at, entry.head.account);
    match fact {
        Fact::AccountOpened(opened) => DocumentView::Account(AccountDocument {
            id: PublicId::new(opened.no.document(), at, opened.no).to_string(),
            number: opened.no.to_string(),
            external_id: opened.external_id.as_ref().map(ToString::to_string),
            name: opened.name.to_string(),
            currency: opened.currency,
        }),
        Fact::AccountChanged(changed) => {
            use receivables::account::AccountStatus;
            let status = changed.status.map(|status| match status {
                AccountStatus::Active => "active".to_owned(),
                AccountStatus::Canceled => "canceled".to_owned(),
            });
            DocumentView::AccountChange(AccountChangeDocument {
                number: changed.no.to_string(),
                name: changed.name.as_ref().map(ToString::to_string),
                status,
                gateway: changed.gateway.and_then(|no| gateway_name(settings, no)),
                default_payment_method: changed.default_method.map(|no| no.to_string()),
            })
        }
        Fact::SettingsChanged(settings) => DocumentView::Settings(SettingsView::new(settings)),
        Fact::InvoiceDrafted(drafted) => DocumentView::Invoice(InvoiceDocument {
            id: PublicId::new(drafted.no.document(), at, account).to_string(),
            number: drafted.no.to_string(),
            external_id: drafted.external_id.as_ref().map(ToString::to_string),
            invoice_date: drafted.invoice_date,
            due_date: drafted.due_date,
            currency: drafted.amount.currency(),
            amount: drafted.amount.into(),
            items: drafted.items.iter().map(|item| InvoiceItemView::new(item, settings)).collect(),
        }),
        Fact::InvoiceStatusChanged(changed) => DocumentView::InvoiceStatus(InvoiceStatusDocument {
            number: changed.invoice.to_string(),
            status: changed.status.name(),
        }),
        Fact::InvoiceItemAdjusted(adjusted) => {
            DocumentView::InvoiceItemAdjustment(ItemAdjustmentDocument::new(adjusted, at, account))
        }
        Fact::PaymentRecorded(payment) => {
            DocumentView::Payment(PaymentDocument::new(payment, at, account))
        }
        Fact::CreditBalanceAdjusted(adjusted) => {
            DocumentView::CreditBalanceAdjustment(AdjustmentDocument::new(adjusted, at, account))
        }
        Fact::Refunded(refund) => DocumentView::Refund(RefundDocument::new(refund, at, account)),
        Fact::Canceled(canceled) => DocumentView::Cancellation(CancellationDocument {
            number: canceled.document.to_string(),
            canceled_type: canceled.document.kind.name(),
            date: canceled.date,
            reason_code: canceled.reason_code.as_ref().map(ToString::to_string),
            comment: canceled.comment.as_ref().map(ToString::to_string),
        }),
        Fact::EnteredLate(late) => DocumentView::LateEntry(LateEntryDocument {
            number: late.document.to_string(),
            belongs_to: late.belongs_to,
            period: late.period.to_string(),
            date: late.date,
        }),
        Fact::PaymentMethodAdded(method) => {
            DocumentView::PaymentMethod(PaymentMethodDocument::new(method, at, account, settings))
        }
        Fact::PaymentMethodChanged(changed) => {
            DocumentView::PaymentMethodChange(PaymentMethodChangeDocument::new(changed))
        }
        Fact::OrderPlaced(placed) => DocumentView::Order(OrderDocument::new(placed, settings)),
        Fact::OrderMoved(moved) => DocumentView::OrderStep(OrderStepDocument::new(moved)),
        Fact::Labeled(labeled) => DocumentView::Labels(LabelsDocument::new(labeled)),
        Fact::PersonalDataNoted(noted) => DocumentView::PersonalData(PersonalDataDocument {
            number: noted.account.to_string(),
            step: noted.step,
        }),
    }
}

impl JournalLine {
    /// The two lines of a posting: debit first.
    pub(crate) fn pair(posting: &Posting, settings: &Settings) -> [Self; 2] {
        let line = |account, debit: Option<Money>, credit: Option<Money>| {
            let entry = settings.chart.entry(account);
            Self {
                date: posting.date,
                accounting_code: entry.map_or_else(String::new, |entry| entry.code.to_string()),
                role: entry.map_or("", |entry| entry.role.name()),
                debit: debit.map(Decimal),
                credit: credit.map(Decimal),
                currency: posting.amount.currency(),
                document: posting.document.to_string(),
                invoice: posting.invoice.map(|side| side.invoice.to_string()),
            }
        };
        [
            line(posting.debit, Some(posting.amount), None),
            line(posting.credit, None, Some(posting.amount)),
        ]
    }
}

/// First and last balance of everything the postings of an entry touch, in order of first touch.
pub(super) fn balances(entry: &Entry) -> Vec<BalanceChange> {
    let mut changes: Vec<BalanceChange> = Vec::new();
    let mut touch = |balance, document: String, after: Money, change: Money| {
        let known = changes.iter_mut().find(|c| c.balance == balance && c.document == document);
        if let Some(known) = known {
            known.after = after.into();
            return;
        }
        let before = after.try_sub(change).unwrap_or(after);
        let (before, after) = (before.into(), after.into());
        changes.push(BalanceChange { balance, document, before, after });
    };
    for posting in &entry.postings {
        if let Some(side) = posting.credit_balance {
            let change = side.change(posting.amount);
            touch("credit_balance", entry.head.account.to_string(), side.balance, change);
        }
        if let Some(side) = posting.invoice {
            let change = side.change(posting.amount);
            touch("invoice_balance", side.invoice.to_string(), side.balance, change);
        }
    }
    changes
}

/// After a cancelled transfer: the Charge adjustment that settles the reopened invoice (domain 3.1).
fn next_step(entry: &Entry) -> Option<NextStep> {
    if entry.head.command != "cancel_credit_balance_adjustment" {
        return None;
    }
    let side = entry.postings.last()?.invoice?;
    if !side.balance.is_negative() {
        return None;
    }
    let reopened = entry.facts.iter().any(|fact| {
        matches!(fact, Fact::Canceled(c) if c.document.kind == Kind::CreditBalanceAdjustment)
    });
    reopened.then(|| NextStep {
        reason: format!(
            "invoice {} is open again with {}; a Charge adjustment settles it",
            side.invoice, side.balance
        ),
        method: "POST",
        path: format!("/api/v1/invoices/{}/adjust", side.invoice),
        body: serde_json::json!({"settle": true}),
    })
}
