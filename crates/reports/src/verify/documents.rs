//! What one decision says must agree with itself.

use money::Money;
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::refund::RefundSource;
use receivables::{AdjustmentNo, Document, Entry, MethodNo};

use super::{VerifyError, broken, orders, sums};

/// Within an entry: parts add up to their document, the document and the adjustment that records it
/// agree, and every posting belongs to a document of the entry.
pub(super) fn documents_agree(entry: &Entry) -> Result<(), VerifyError> {
    let no = entry.head.no;
    let wrong = |of: &dyn std::fmt::Display| {
        broken("documents agree with their parts", format!("{of} in {no}"))
    };
    let recorded = |wanted: AdjustmentNo, amount: Money, date| {
        entry.facts.iter().any(|fact| {
            matches!(fact, Fact::CreditBalanceAdjusted(found)
                if found.no == wanted && found.amount == amount && found.date == date)
        })
    };
    let placed = |document: Document, method: MethodNo, amount: Money| {
        entry.facts.iter().any(|fact| {
            matches!(fact, Fact::OrderPlaced(placed) if placed.document == document
                && placed.method == method && placed.amount == amount)
        })
    };
    for fact in &entry.facts {
        match fact {
            Fact::OrderMoved(moved) if !orders::landed_agrees(entry, moved) => {
                return Err(wrong(&moved.document));
            }
            Fact::InvoiceDrafted(drafted) => {
                let items = sum(drafted.amount, drafted.items.iter().map(|item| item.amount))?;
                if items != drafted.amount {
                    return Err(wrong(&drafted.no));
                }
            }
            Fact::PaymentRecorded(payment) => {
                let parts = payment.applications.iter().map(|part| part.amount);
                let credit = payment.credit_balance_amount;
                let parts = sum(payment.amount, parts.chain([credit]))?;
                let agrees = match (payment.credit_balance_adjustment, payment.method) {
                    (Some(_), Some(_)) => false,
                    (Some(adjustment), None) => recorded(adjustment, credit, payment.date),
                    (None, Some(method)) => placed(payment.no.document(), method, payment.amount),
                    (None, None) => credit.is_zero(),
                };
                if parts != payment.amount || !agrees {
                    return Err(wrong(&payment.no));
                }
            }
            Fact::Refunded(refund) => {
                let ordered = refund
                    .method
                    .is_none_or(|method| placed(refund.no.document(), method, refund.amount));
                let agrees = ordered
                    && match &refund.source {
                        RefundSource::CreditBalance(Some(adjustment)) => {
                            refund.method.is_none()
                                && recorded(*adjustment, refund.amount, refund.date)
                        }
                        RefundSource::CreditBalance(None) => refund.method.is_some(),
                        RefundSource::Payment { parts, .. } => {
                            let parts = parts.iter().map(|part| part.amount);
                            sum(refund.amount, parts)? == refund.amount
                        }
                    };
                if !agrees {
                    return Err(wrong(&refund.no));
                }
            }
            _ => {}
        }
    }
    let named: Vec<Document> = entry.facts.iter().filter_map(document_of).collect();
    match entry.postings.iter().find(|posting| !named.contains(&posting.document)) {
        Some(posting) => Err(wrong(&posting.document)),
        None => Ok(()),
    }
}

fn sum(like: Money, amounts: impl Iterator<Item = Money>) -> Result<Money, VerifyError> {
    let mut total = Money::zero(like.currency());
    for amount in amounts {
        total = total.try_add(amount).map_err(sums)?;
    }
    Ok(total)
}

/// The document a fact makes, changes or cancels, if it can have postings.
fn document_of(fact: &Fact) -> Option<Document> {
    Some(match fact {
        Fact::InvoiceStatusChanged(changed) => changed.invoice.document(),
        Fact::InvoiceItemAdjusted(adjusted) => adjusted.no.document(),
        Fact::PaymentRecorded(payment) => payment.no.document(),
        Fact::CreditBalanceAdjusted(adjusted) => adjusted.no.document(),
        Fact::Refunded(refund) => refund.no.document(),
        Fact::Canceled(canceled) => canceled.document,
        Fact::OrderMoved(moved) => moved.document,
        Fact::AccountOpened(_)
        | Fact::AccountChanged(_)
        | Fact::SettingsChanged(_)
        | Fact::PaymentMethodAdded(_)
        | Fact::PaymentMethodChanged(_)
        | Fact::OrderPlaced(_)
        | Fact::EnteredLate(_)
        | Fact::Labeled(_)
        | Fact::PersonalDataNoted(_)
        | Fact::InvoiceDrafted(_) => return None,
    })
}
