//! Facts: what a decision appends to the history, in order, for ever.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::{AccountChanged, AccountOpened};
use crate::adjustment::InvoiceItemAdjustment;
use crate::approval::PersonName;
use crate::credit_balance::{CreditBalanceAdjustment, Source};
use crate::id::Numbered;
use crate::invoice::{InvoiceDrafted, InvoiceStatusChanged};
use crate::journal::Posting;
use crate::labels::Labeled;
use crate::order::{OrderMoved, OrderPlaced, Step};
use crate::payment::Payment;
use crate::payment_method::{PaymentMethod, PaymentMethodChanged};
use crate::period::LateEntry;
use crate::personal_data::PersonalDataNoted;
use crate::reason::ReasonCode;
use crate::refund::{Refund, RefundSource};
use crate::settings::Settings;
use crate::text::{Comment, OnBehalfOf};
use crate::{AccountNo, Document, EntryNo};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// An account was opened.
    AccountOpened(AccountOpened),
    /// An account was changed.
    AccountChanged(AccountChanged),
    /// The settings of the organisation were changed.
    SettingsChanged(Box<Settings>),
    /// An invoice was drafted.
    InvoiceDrafted(InvoiceDrafted),
    /// An invoice was posted, unposted or canceled.
    InvoiceStatusChanged(InvoiceStatusChanged),
    /// An invoice item was adjusted.
    InvoiceItemAdjusted(InvoiceItemAdjustment),
    /// A payment was recorded.
    PaymentRecorded(Payment),
    /// The credit balance was raised or lowered.
    CreditBalanceAdjusted(CreditBalanceAdjustment),
    /// Money was refunded.
    Refunded(Refund),
    /// A document was canceled; its postings were mirrored.
    Canceled(Canceled),
    /// A payment method was added.
    PaymentMethodAdded(PaymentMethod),
    /// A payment method was changed.
    PaymentMethodChanged(PaymentMethodChanged),
    /// A gateway is to be asked to move money.
    OrderPlaced(Box<OrderPlaced>),
    /// An order took a step.
    OrderMoved(Box<OrderMoved>),
    /// The entry stands on another day than it belongs to, because that one is locked.
    EnteredLate(LateEntry),
    /// Custom fields or metadata of a document were set.
    Labeled(Box<Labeled>),
    /// Personal data, which is beside the history, was stored or erased.
    PersonalDataNoted(PersonalDataNoted),
}

impl Fact {
    /// The document that it makes; none if it changes one, or makes none.
    pub fn made(&self) -> Option<Document> {
        Some(match self {
            Self::AccountOpened(made) => made.no.document(),
            Self::InvoiceDrafted(made) => made.no.document(),
            Self::InvoiceItemAdjusted(made) => made.no.document(),
            Self::PaymentRecorded(made) => made.no.document(),
            Self::CreditBalanceAdjusted(made) => made.no.document(),
            Self::Refunded(made) => made.no.document(),
            Self::PaymentMethodAdded(made) => made.no.document(),
            _ => return None,
        })
    }

    /// Whether it makes or changes a document, or makes one that comes from it.
    pub fn concerns(&self, document: Document) -> bool {
        let other = match self {
            Self::AccountChanged(changed) => Some(changed.no.document()),
            Self::InvoiceStatusChanged(changed) => Some(changed.invoice.document()),
            Self::InvoiceItemAdjusted(adjusted) => Some(adjusted.invoice.document()),
            Self::CreditBalanceAdjusted(adjusted) => Some(match adjusted.source {
                Source::Invoice(no) => no.document(),
                Source::Payment(no) => no.document(),
                Source::Refund(no) => no.document(),
            }),
            Self::Refunded(refund) => match refund.source {
                RefundSource::Payment { payment, .. } => Some(payment.document()),
                RefundSource::CreditBalance(adjustment) => adjustment.map(Numbered::document),
            },
            Self::Canceled(canceled) => Some(canceled.document),
            Self::PaymentMethodChanged(changed) => Some(changed.no.document()),
            Self::OrderPlaced(placed) => {
                let of = placed.payment.map(Numbered::document);
                Some(of.filter(|of| *of == document).unwrap_or(placed.document))
            }
            Self::OrderMoved(moved) => Some(moved.document),
            Self::Labeled(labeled) => Some(labeled.document),
            Self::PersonalDataNoted(noted) => Some(noted.account.document()),
            _ => None,
        };
        [self.made(), other].contains(&Some(document))
    }

    /// The comment that came with it: why it was done.
    pub fn comment(&self) -> Option<&Comment> {
        match self {
            Self::InvoiceItemAdjusted(adjusted) => adjusted.comment.as_ref(),
            Self::PaymentRecorded(payment) => payment.comment.as_ref(),
            Self::CreditBalanceAdjusted(adjusted) => adjusted.comment.as_ref(),
            Self::Refunded(refund) => refund.comment.as_ref(),
            Self::Canceled(canceled) => canceled.comment.as_ref(),
            Self::OrderMoved(moved) => match &moved.step {
                Step::Judged(judged) => judged.comment.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A document was canceled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which document.
    pub document: Document,
    /// Effective date of the mirror postings.
    pub date: Date,
    /// Why.
    pub reason_code: Option<ReasonCode>,
    /// Free comment.
    pub comment: Option<Comment>,
}

/// Who asked, from where, and under which idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryHead {
    /// Position in the history, from 1, without gaps.
    pub no: EntryNo,
    /// When it was decided.
    pub at: Timestamp,
    /// The account it concerns, or the organisation.
    pub account: AccountNo,
    /// The entry before it on the same account.
    pub previous: Option<EntryNo>,
    /// Name of the command, such as `refund_credit_balance`.
    pub command: Cow<'static, str>,
    /// Who asked: the name of the API key, or the program.
    pub actor: Arc<str>,
    /// Through which door: `api` (also for the command line), `import`, `sample`, `bench`.
    pub door: Cow<'static, str>,
    /// The id of the request, to find it in the logs.
    pub request_id: Arc<str>,
    /// Hash of the idempotency key.
    pub key_hash: KeyHash,
    /// Hash of the command.
    pub fingerprint: KeyHash,
    /// The address the request came from, if it came over a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The person or program that the actor says it acts for. Recorded, and never a reason to allow anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The person behind the actor, where its name does not tell: an API key may belong to somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
}

/// The first 16 bytes of a SHA-256: of an idempotency key, or of a command. Written in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash(pub [u8; 16]);

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let value = u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)?;
        Ok(Self(value.to_be_bytes()))
    }
}

/// One decision in the history: one row of the audit trail, one journal entry, one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who, when, where.
    #[serde(flatten)]
    pub head: EntryHead,
    /// What happened.
    pub facts: Vec<Fact>,
    /// The balanced journal entry.
    pub postings: Vec<Posting>,
}

impl Entry {
    /// Whether it makes or changes a document, makes one that comes from it, or moves the balance of the invoice it is.
    pub fn concerns(&self, document: Document) -> bool {
        let moves = |posting: &Posting| {
            posting.invoice.is_some_and(|side| side.invoice.document() == document)
        };
        self.facts.iter().any(|fact| fact.concerns(document)) || self.postings.iter().any(moves)
    }
}
