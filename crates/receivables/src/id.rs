//! Identifiers: one dense number per kind of document, and the public id made from it.
//!
//! A document is found by its number alone: the number is the key of its append-only table. The
//! public id is a UUID version 7 that carries the kind, the number, the shard of the account and
//! the instant of creation, so nothing has to be looked up to route it and no index on random keys
//! is needed. Ids are not secrets; access is decided by permissions.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many shards the account number is folded into for [`PublicId`].
pub const SHARDS: u64 = 4096;

/// The kinds of numbered things. The discriminant is stored and part of every public id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// A customer account.
    Account = 1,
    /// An invoice.
    Invoice = 2,
    /// A payment.
    Payment = 3,
    /// A credit balance adjustment (CBA).
    CreditBalanceAdjustment = 4,
    /// A refund.
    Refund = 5,
    /// An invoice item adjustment (IIA).
    InvoiceItemAdjustment = 6,
    /// A journal entry: one decision in the history.
    JournalEntry = 7,
    /// An invoice item.
    InvoiceItem = 8,
    /// A stored payment method.
    PaymentMethod = 9,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Account,
        Self::Invoice,
        Self::Payment,
        Self::CreditBalanceAdjustment,
        Self::Refund,
        Self::InvoiceItemAdjustment,
        Self::JournalEntry,
        Self::InvoiceItem,
        Self::PaymentMethod,
    ];

    /// The prefix of its numbers.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Account => "A",
            Self::Invoice => "INV",
            Self::Payment => "P-",
            Self::CreditBalanceAdjustment => "CBA-",
            Self::Refund => "R-",
            Self::InvoiceItemAdjustment => "IIA-",
            Self::JournalEntry => "JE-",
            Self::InvoiceItem => "II-",
            Self::PaymentMethod => "PM-",
        }
    }

    /// Its name in tables, API and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Invoice => "invoice",
            Self::Payment => "payment",
            Self::CreditBalanceAdjustment => "credit_balance_adjustment",
            Self::Refund => "refund",
            Self::InvoiceItemAdjustment => "invoice_item_adjustment",
            Self::JournalEntry => "journal_entry",
            Self::InvoiceItem => "invoice_item",
            Self::PaymentMethod => "payment_method",
        }
    }

    /// The kind stored as `code`.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// One numbered document of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its number within the kind, from 1.
    pub number: u64,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:08}", self.kind.prefix(), self.number)
    }
}

/// A typed number that belongs to one [`Kind`].
pub trait Numbered: Copy + Eq + std::hash::Hash + fmt::Display {
    /// The kind all numbers of this type belong to.
    const KIND: Kind;
    /// Wraps a raw number.
    fn from_raw(raw: u64) -> Self;
    /// The raw number.
    fn raw(self) -> u64;
    /// The same document without its static type.
    fn document(self) -> Document {
        Document { kind: Self::KIND, number: self.raw() }
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl Numbered for $name {
            const KIND: Kind = Kind::$kind;
            fn from_raw(raw: u64) -> Self {
                Self(raw)
            }
            fn raw(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.document().fmt(f)
            }
        }
    };
}

number!(
    /// Number of an account, shown as `A00000001`. Zero stands for the organisation itself.
    AccountNo, Account);
number!(
    /// Number of an invoice, shown as `INV00000001`.
    InvoiceNo, Invoice);
number!(
    /// Number of an invoice item, shown as `II-00000001`; unique over all invoices.
    ItemNo, InvoiceItem);
number!(
    /// Number of a payment, shown as `P-00000001`.
    PaymentNo, Payment);
number!(
    /// Number of a credit balance adjustment, shown as `CBA-00000001`.
    AdjustmentNo, CreditBalanceAdjustment);
number!(
    /// Number of a refund, shown as `R-00000001`.
    RefundNo, Refund);
number!(
    /// Number of an invoice item adjustment, shown as `IIA-00000001`.
    ItemAdjustmentNo, InvoiceItemAdjustment);
number!(
    /// Number of a stored payment method, shown as `PM-00000001`.
    MethodNo, PaymentMethod);
number!(
    /// Position of a decision in the history, shown as `JE-00000001`.
    EntryNo, JournalEntry);

impl AccountNo {
    /// The organisation itself: entries that concern no customer (settings) carry it.
    pub const ORGANISATION: Self = Self(0);
}

/// Position of a journal posting in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostingNo(pub u64);

/// The public id of a document: a UUID version 7 written as 32 hex digits.
///
/// Layout: 48 bits unix milliseconds, 4 bits version (7), 12 bits shard of the account, 2 bits
/// variant, 6 bits kind, 56 bits number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicId(u128);

impl PublicId {
    /// The id of `document`, created at `at` on `account`.
    pub fn new(document: Document, at: Timestamp, account: AccountNo) -> Self {
        let shard = u128::from(account.0 % SHARDS);
        Self(
            (u128::from(stamp(at)) << 80)
                | (0x7 << 76)
                | (shard << 64)
                | (0b10 << 62)
                | (u128::from(document.kind as u8) << 56)
                | u128::from(document.number & ((1 << 56) - 1)),
        )
    }

    /// The document it names, without checking that it exists.
    pub fn document(self) -> Option<Document> {
        let low = u64::try_from(self.0 & u128::from(u64::MAX)).ok()?;
        let kind = Kind::from_code(u8::try_from((low >> 56) & 0x3f).ok()?)?;
        let well_formed = (low >> 62) == 0b10 && (self.0 >> 76) & 0xf == 0x7;
        well_formed.then_some(Document { kind, number: low & ((1 << 56) - 1) })
    }

    /// The creation instant it carries, in unix milliseconds.
    pub fn stamp(self) -> u64 {
        u64::try_from(self.0 >> 80).unwrap_or(0)
    }

    /// The shard of the account it carries.
    pub fn shard(self) -> u64 {
        u64::try_from((self.0 >> 64) & 0xfff).unwrap_or(0)
    }
}

/// Unix milliseconds of an instant, as carried in public ids; instants before 1970 carry zero.
pub fn stamp(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// How a client names a document: by number (`R-00000001`) or by public id (32 hex digits).
///
/// A name given as an id must also match the creation instant of the document it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Ref<N> {
    /// The number it leads to.
    pub no: N,
    /// The creation instant the id carried, if it was an id.
    #[serde(skip)]
    pub stamp: Option<u64>,
}

impl<N> Ref<N> {
    /// A reference by number.
    pub const fn to(no: N) -> Self {
        Self { no, stamp: None }
    }

    /// True if the document created at `at` is the one meant.
    pub fn matches(&self, at: Timestamp) -> bool {
        self.stamp.is_none_or(|expected| expected == stamp(at))
    }
}

/// The text is neither a number nor an id of this kind of document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the number or the id of this kind of document: {}", kind.name().replace('_', " "))]
pub struct BadRef {
    /// What was given, shortened.
    pub text: String,
    /// What was expected.
    pub kind: Kind,
}

impl<N: Numbered> FromStr for Ref<N> {
    type Err = BadRef;

    fn from_str(text: &str) -> Result<Self, BadRef> {
        let bad = || BadRef { text: text.chars().take(60).collect(), kind: N::KIND };
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 32 && text.bytes().all(hex) {
            let id = PublicId(u128::from_str_radix(text, 16).map_err(|_| bad())?);
            let document = id.document().filter(|found| found.kind == N::KIND).ok_or_else(bad)?;
            return Ok(Self { no: N::from_raw(document.number), stamp: Some(id.stamp()) });
        }
        let digits = text.strip_prefix(N::KIND.prefix()).ok_or_else(bad)?;
        if digits.len() < 8 || digits.len() > 16 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let raw = digits.parse().map_err(|_| bad())?;
        Ok(Self { no: N::from_raw(raw), stamp: None })
    }
}

impl MethodNo {
    /// No stored method: a person pays, by cheque or wire. Methods are numbered from 1.
    pub const BY_HAND: Self = Self(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_name_the_same_document() {
        let at: Timestamp = "2026-11-23T10:00:00.123Z".parse().unwrap();
        let refund = RefundNo(42);
        assert_eq!(refund.to_string(), "R-00000042");
        let id = PublicId::new(refund.document(), at, AccountNo(5000));
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.shard(), 5000 % SHARDS);
        let by_id: Ref<RefundNo> = id.to_string().parse().unwrap();
        assert_eq!(by_id.no, refund);
        assert!(by_id.matches(at));
        assert!(!by_id.matches("2026-11-23T10:00:00.124Z".parse().unwrap()));
        assert_eq!("R-00000042".parse::<Ref<RefundNo>>().unwrap().no, refund);
        assert_eq!("R-123456789".parse::<Ref<RefundNo>>().unwrap().no, RefundNo(123_456_789));
    }

    #[test]
    fn ids_sort_by_time_and_are_version_7_uuids() {
        let early = PublicId::new(
            RefundNo(9).document(),
            "2026-01-01T00:00:00Z".parse().unwrap(),
            AccountNo(1),
        );
        let late = PublicId::new(
            RefundNo(1).document(),
            "2026-01-02T00:00:00Z".parse().unwrap(),
            AccountNo(1),
        );
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.to_string().as_bytes()[12], b'7');
    }

    #[test]
    fn names_of_another_kind_and_nonsense_are_refused() {
        let at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let invoice = PublicId::new(InvoiceNo(1).document(), at, AccountNo(1)).to_string();
        for text in
            ["INV00000001", "R-1", "R-", "", "R-0000000x", "R--0000001", "'; DROP", &invoice]
        {
            assert!(text.parse::<Ref<RefundNo>>().is_err(), "{text}");
        }
        assert!("R-99999999999999999999".parse::<Ref<RefundNo>>().is_err());
        assert!("ffffffffffffffffffffffffffffffff".parse::<Ref<RefundNo>>().is_err());
    }
}
