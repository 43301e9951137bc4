//! Events as they are answered and sent.

use events::{Event, EventId, EventKind, Part, Rendered, events_of};
use jiff::{Timestamp, civil::Date};
use money::Currency;
use receivables::journal::{LedgerAccount, Posting};
use receivables::{AccountNo, Entry, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::effect::{BalanceChange, DocumentView, balances, document};

/// One event: what happened, as a view of one decision in the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// The same for ever, such as `evt_019dd3c0a8c070018700000000000001_0`; the header `webhook-id` of its delivery. What
    /// was seen under this id before is the same event.
    pub(crate) id: String,
    /// What kind of event; docs/events.md lists all.
    #[serde(rename = "type")]
    #[schema(example = "refund.processed")]
    pub(crate) kind: &'static str,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) timestamp: Timestamp,
    /// Where it stands: number of the journal entry, and its place among the events of the entry. Ascends.
    #[schema(example = "412.0")]
    pub(crate) sequence: String,
    /// The journal entry.
    #[schema(example = "JE-00000412")]
    pub(crate) entry: String,
    /// The account it concerns; absent for the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "A00000001")]
    pub(crate) account: Option<String>,
    /// The command that did it.
    #[schema(example = "refund_credit_balance")]
    pub(crate) command: String,
    /// Who did it.
    #[schema(example = "administrator")]
    pub(crate) actor: String,
    /// The id of the request.
    pub(crate) request_id: String,
    /// The document as effects show it, or the postings.
    pub(crate) data: EventData,
}

/// What an event carries.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EventData {
    /// The document that was made or changed.
    Document(Box<DocumentView>),
    /// Of `journal.posted`: the journal entry.
    Journal(JournalData),
}

/// All postings of one decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JournalData {
    /// `journal_entry`.
    #[schema(example = "journal_entry")]
    pub(crate) document_type: JournalType,
    /// Number of the entry.
    #[schema(example = "JE-00000412")]
    pub(crate) number: String,
    /// The postings, in order.
    pub(crate) postings: Vec<PostingView>,
    /// Balances before and after the whole entry.
    pub(crate) balances: Vec<BalanceChange>,
}

/// The document type of [`JournalData`]; its one value tells it from every other document.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JournalType {
    /// A journal entry.
    JournalEntry,
}

/// One posting: debits one account and credits another by the same amount.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PostingView {
    /// Position among all postings.
    #[schema(example = 731)]
    pub(crate) number: u64,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// The account debited.
    pub(crate) debit: LedgerAccountView,
    /// The account credited.
    pub(crate) credit: LedgerAccountView,
    /// How much.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// The document it belongs to.
    #[schema(example = "CBA-00000001")]
    pub(crate) document: String,
    /// The invoice whose balance it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "INV00000001")]
    pub(crate) invoice: Option<String>,
    /// The balance of that invoice afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.00")]
    pub(crate) invoice_balance: Option<Decimal>,
    /// The credit balance of the account afterwards, if it changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "100.00")]
    pub(crate) credit_balance: Option<Decimal>,
}

/// A ledger account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LedgerAccountView {
    /// What it is for.
    #[schema(example = "customer_cash_on_account")]
    pub(crate) role: &'static str,
    /// Accounting code.
    #[schema(example = "Customer Cash On Account")]
    pub(crate) accounting_code: String,
}

impl EventView {
    /// An event of `entry`; none if it is none of it.
    pub(crate) fn new(event: &Event, entry: &Entry, settings: &Settings) -> Option<Self> {
        let head = &entry.head;
        let data = match event.part {
            Part::Fact(at) => {
                EventData::Document(Box::new(document(entry.facts.get(at)?, entry, settings)))
            }
            Part::Journal => EventData::Journal(JournalData {
                document_type: JournalType::JournalEntry,
                number: head.no.to_string(),
                postings: entry.postings.iter().map(|it| PostingView::new(it, settings)).collect(),
                balances: balances(entry),
            }),
        };
        Some(Self {
            id: EventId::text(head, event.sequence.index),
            kind: event.kind.name(),
            timestamp: head.at,
            sequence: event.sequence.to_string(),
            entry: head.no.to_string(),
            account: (head.account != AccountNo::ORGANISATION).then(|| head.account.to_string()),
            command: head.command.to_string(),
            actor: head.actor.to_string(),
            request_id: head.request_id.to_string(),
            data,
        })
    }
}

impl PostingView {
    fn new(posting: &Posting, settings: &Settings) -> Self {
        let ledger = |account: LedgerAccount| {
            let entry = settings.chart.entry(account);
            LedgerAccountView {
                role: entry.map_or("", |entry| entry.role.name()),
                accounting_code: entry.map_or_else(String::new, |entry| entry.code.to_string()),
            }
        };
        Self {
            number: posting.no.0,
            date: posting.date,
            debit: ledger(posting.debit),
            credit: ledger(posting.credit),
            amount: posting.amount.into(),
            currency: posting.amount.currency(),
            document: posting.document.to_string(),
            invoice: posting.invoice.map(|side| side.invoice.to_string()),
            invoice_balance: posting.invoice.map(|side| side.balance.into()),
            credit_balance: posting.credit_balance.map(|side| side.balance.into()),
        }
    }
}

/// The bodies of every event of an entry, as they are sent.
pub fn render_events(entry: &Entry, settings: &Settings) -> Vec<Rendered> {
    let rendered = |event: &Event| {
        let view = EventView::new(event, entry, settings)?;
        let body = serde_json::to_string(&view).ok()?;
        let (kind, sequence): (EventKind, _) = (event.kind, event.sequence);
        Some(Rendered { id: view.id, kind, sequence, account: entry.head.account, body })
    };
    events_of(entry).iter().filter_map(rendered).collect()
}
