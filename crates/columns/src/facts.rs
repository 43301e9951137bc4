//! The `facts` column of an entry: which rows belong to it, in order.
//!
//! A sequence of (tag byte, number as LEB128). Tag 12 carries the kind of the canceled document in a
//! second byte; tag 64 carries the first posting and how many there are, and stands last.

use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::invoice::InvoiceStatus;
use receivables::{Document, Entry, Kind};

use crate::{Corrupt, corrupt};

/// One fact by reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactRef {
    /// An account.
    AccountOpened(u64),
    /// A change of an account, by the number of its row.
    AccountChanged(u64),
    /// A change of the settings, by the number of its row.
    SettingsChanged(u64),
    /// An invoice.
    InvoiceDrafted(u64),
    /// An invoice and its new status; there is no row for it.
    InvoiceStatus(u64, InvoiceStatus),
    /// An invoice item adjustment.
    ItemAdjusted(u64),
    /// A payment.
    Payment(u64),
    /// A credit balance adjustment.
    Adjusted(u64),
    /// A refund.
    Refunded(u64),
    /// The document that was canceled.
    Canceled(Document),
    /// A fact about a payment method, an order, labels or personal data, by the number of its row.
    Gateway(u64),
}

impl FactRef {
    /// The invoice, payment, refund or adjustment that came into being with it.
    pub const fn made(self) -> Option<Document> {
        let (kind, number) = match self {
            Self::InvoiceDrafted(number) => (Kind::Invoice, number),
            Self::ItemAdjusted(number) => (Kind::InvoiceItemAdjustment, number),
            Self::Payment(number) => (Kind::Payment, number),
            Self::Adjusted(number) => (Kind::CreditBalanceAdjustment, number),
            Self::Refunded(number) => (Kind::Refund, number),
            Self::AccountOpened(_)
            | Self::AccountChanged(_)
            | Self::SettingsChanged(_)
            | Self::InvoiceStatus(..)
            | Self::Canceled(_)
            | Self::Gateway(_) => return None,
        };
        Some(Document { kind, number })
    }
}

/// What the column says.
#[derive(Debug, Default)]
pub struct FactRefs {
    /// The facts.
    pub facts: Vec<FactRef>,
    /// The number of the first posting.
    pub first_posting: u64,
    /// How many postings follow on each other from there.
    pub posting_count: u64,
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

impl FactRefs {
    /// The documents that came into being, in order.
    pub fn made(&self) -> Vec<Document> {
        self.facts.iter().filter_map(|fact| fact.made()).collect()
    }
}

/// Encodes the facts of `entry`. `change_id` numbers rows that have no number of their own.
pub fn encode(entry: &Entry, mut change_id: impl FnMut(&Fact) -> u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(entry.facts.len() * 4 + 6);
    for fact in &entry.facts {
        let (tag, number) = match fact {
            Fact::AccountOpened(opened) => (1, opened.no.raw()),
            Fact::AccountChanged(_) => (2, change_id(fact)),
            Fact::SettingsChanged(_) => (3, change_id(fact)),
            Fact::InvoiceDrafted(drafted) => (4, drafted.no.raw()),
            Fact::InvoiceStatusChanged(changed) => {
                let tag = match changed.status {
                    InvoiceStatus::Posted => 5,
                    InvoiceStatus::Draft => 6,
                    InvoiceStatus::Canceled => 7,
                };
                (tag, changed.invoice.raw())
            }
            Fact::InvoiceItemAdjusted(adjusted) => (8, adjusted.no.raw()),
            Fact::PaymentRecorded(payment) => (9, payment.no.raw()),
            Fact::CreditBalanceAdjusted(adjusted) => (10, adjusted.no.raw()),
            Fact::Refunded(refund) => (11, refund.no.raw()),
            Fact::Canceled(canceled) => {
                out.push(12);
                (canceled.document.kind as u8, canceled.document.number)
            }
            Fact::PaymentMethodAdded(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_) => (13, change_id(fact)),
        };
        out.push(tag);
        put(&mut out, number);
    }
    if let Some(first) = entry.postings.first() {
        out.push(64);
        put(&mut out, first.no.0);
        put(&mut out, entry.postings.len() as u64);
    }
    out
}

/// Decodes the column.
///
/// # Errors
///
/// [`Corrupt`] if this program never wrote such bytes.
pub fn decode(bytes: &[u8]) -> Result<FactRefs, Corrupt> {
    let mut at = bytes.iter().copied();
    let mut refs = FactRefs::default();
    let take = |at: &mut dyn Iterator<Item = u8>| -> Result<u64, Corrupt> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = at.next().ok_or_else(|| corrupt("facts end early"))?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(corrupt("a number in facts is too long"))
    };
    while let Some(tag) = at.next() {
        let kind = if tag == 12 {
            let code = at.next().ok_or_else(|| corrupt("facts end early"))?;
            Some(Kind::from_code(code).ok_or_else(|| corrupt("unknown kind in facts"))?)
        } else {
            None
        };
        let number = take(&mut at)?;
        refs.facts.push(match tag {
            1 => FactRef::AccountOpened(number),
            2 => FactRef::AccountChanged(number),
            3 => FactRef::SettingsChanged(number),
            4 => FactRef::InvoiceDrafted(number),
            5 => FactRef::InvoiceStatus(number, InvoiceStatus::Posted),
            6 => FactRef::InvoiceStatus(number, InvoiceStatus::Draft),
            7 => FactRef::InvoiceStatus(number, InvoiceStatus::Canceled),
            8 => FactRef::ItemAdjusted(number),
            9 => FactRef::Payment(number),
            10 => FactRef::Adjusted(number),
            11 => FactRef::Refunded(number),
            12 => {
                let kind = kind.ok_or_else(|| corrupt("canceled without a kind"))?;
                FactRef::Canceled(Document { kind, number })
            }
            13 => FactRef::Gateway(number),
            64 => {
                refs.first_posting = number;
                refs.posting_count = take(&mut at)?;
                continue;
            }
            other => return Err(corrupt(format!("unknown tag {other} in facts"))),
        });
    }
    Ok(refs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_columns_are_errors_and_not_panics() {
        for bytes in [&[1][..], &[99, 1], &[12], &[12, 200, 1], &[64, 1], &[1, 0x80], &[1; 1]] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
        let endless = [0xff; 40];
        assert!(decode(&endless).is_err());
        assert_eq!(decode(&[]).unwrap().posting_count, 0);
    }
}
