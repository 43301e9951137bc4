//! The closed list of types of events, and which facts they are seen in.

use std::fmt;

use receivables::Kind;
use receivables::account::AccountStatus;
use receivables::approval::Verdict;
use receivables::fact::Fact;
use receivables::invoice::InvoiceStatus;
use receivables::order::{OrderMoved, OrderState, Step};
use receivables::refund::RefundSource;

/// Declares the types in one table: variant, name, what it says.
macro_rules! kinds {
    ($($variant:ident, $name:literal, $about:literal;)+) => {
        /// A type of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $(#[doc = $about] $variant,)+
        }

        impl EventKind {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it says, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)+ }
            }
        }
    };
}

kinds! {
    AccountOpened, "account.opened", "An account was opened.";
    AccountChanged, "account.changed", "An account was changed: its name, gateway or default payment method, or it was made active again.";
    AccountCanceled, "account.canceled", "An account was canceled.";
    SettingsChanged, "settings.changed", "The settings of the organisation were changed: rules, roles, gateways, policies.";
    InvoiceDrafted, "invoice.drafted", "An invoice was drafted.";
    InvoicePosted, "invoice.posted", "An invoice was posted.";
    InvoiceUnposted, "invoice.unposted", "A posted invoice was taken back to draft.";
    InvoiceCanceled, "invoice.canceled", "A draft was canceled.";
    InvoiceItemAdjustmentCreated, "invoice_item_adjustment.created", "An invoice item was credited or charged.";
    InvoiceItemAdjustmentCanceled, "invoice_item_adjustment.canceled", "An invoice item adjustment was canceled.";
    CreditBalanceAdjustmentCreated, "credit_balance_adjustment.created", "A credit balance was raised or lowered.";
    CreditBalanceAdjustmentCanceled, "credit_balance_adjustment.canceled", "A credit balance adjustment was canceled.";
    PaymentRequested, "payment.requested", "A gateway is to be asked for an electronic payment.";
    PaymentProcessed, "payment.processed", "A payment counts: an external one was recorded, or the money of an electronic one moved.";
    PaymentDeclined, "payment.declined", "An electronic payment did not go through. Nothing moved.";
    PaymentReturned, "payment.returned", "The money of a processed electronic payment went back.";
    PaymentVoided, "payment.voided", "An electronic payment was voided before it was settled.";
    PaymentCanceled, "payment.canceled", "An external payment was canceled.";
    RefundRequested, "refund.requested", "A gateway is to be asked for an electronic refund.";
    RefundProcessed, "refund.processed", "A refund counts: an external one was recorded, or the money of an electronic one moved.";
    CreditBalanceRefundProcessed, "credit_balance_refund.processed", "A refund of a credit balance counts. Comes beside refund.processed.";
    RefundFailed, "refund.failed", "An electronic refund did not go through, its money came back (state failed_late), or an external one was returned unpaid.";
    RefundCanceled, "refund.canceled", "An external refund of a payment was canceled.";
    DocumentCanceled, "document.canceled", "A document of another kind was canceled.";
    PaymentMethodAdded, "payment_method.added", "A payment method was added.";
    PaymentMethodChanged, "payment_method.changed", "A payment method was changed or closed.";
    OrderPlaced, "order.placed", "An order to a gateway was placed; its amount is held.";
    OrderClaimed, "order.claimed", "A worker is about to send an order or to ask about it.";
    OrderUpdated, "order.updated", "Something was learned of an order that brings no other event: an answer that leaves it open, a settlement, a request to look.";
    DisputeOpened, "dispute.opened", "A dispute about a payment was opened.";
    DisputeClosed, "dispute.closed", "A dispute about a payment was closed.";
    ApprovalRequested, "approval.requested", "A refund waits for approval.";
    ApprovalApproved, "approval.approved", "One person approved; the state says whether more have to.";
    ApprovalRejected, "approval.rejected", "A refund was rejected. Nothing was sent.";
    ApprovalWithdrawn, "approval.withdrawn", "A refund was withdrawn before all approved. Nothing was sent.";
    ApprovalLapsed, "approval.lapsed", "Not all approved in time. Nothing was sent.";
    JournalPosted, "journal.posted", "All postings of one decision, with running balances: every balance can be rebuilt from these.";
    JournalEnteredLate, "journal.entered_late", "The entry stands on another day than it belongs to, because that one is in a locked accounting period.";
    LabelsChanged, "labels.changed", "Custom fields or metadata of a document were set or changed.";
    PersonalDataChanged, "personal_data.changed", "Personal data of a customer was stored or erased; the event does not hold it.";
    EndpointTest, "endpoint.test", "A test that somebody asked for; stands in no history.";
}

impl EventKind {
    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What a fact is seen as: at least one type, for every fact there is.
    pub fn of(fact: &Fact) -> Vec<Self> {
        let one = match fact {
            Fact::AccountOpened(_) => Self::AccountOpened,
            Fact::AccountChanged(changed) => match changed.status {
                Some(AccountStatus::Canceled) => Self::AccountCanceled,
                Some(AccountStatus::Active) | None => Self::AccountChanged,
            },
            Fact::SettingsChanged(_) => Self::SettingsChanged,
            Fact::InvoiceDrafted(_) => Self::InvoiceDrafted,
            Fact::InvoiceStatusChanged(changed) => match changed.status {
                InvoiceStatus::Draft => Self::InvoiceUnposted,
                InvoiceStatus::Posted => Self::InvoicePosted,
                InvoiceStatus::Canceled => Self::InvoiceCanceled,
            },
            Fact::InvoiceItemAdjusted(_) => Self::InvoiceItemAdjustmentCreated,
            Fact::PaymentRecorded(payment) if payment.method.is_some() => Self::PaymentRequested,
            Fact::PaymentRecorded(_) => Self::PaymentProcessed,
            Fact::CreditBalanceAdjusted(_) => Self::CreditBalanceAdjustmentCreated,
            Fact::Refunded(refund) if refund.method.is_some() => Self::RefundRequested,
            Fact::Refunded(refund) => {
                let of_credit = matches!(refund.source, RefundSource::CreditBalance(_));
                return Self::refund_processed(of_credit);
            }
            Fact::Canceled(canceled) => match canceled.document.kind {
                Kind::Payment => Self::PaymentCanceled,
                Kind::Refund => Self::RefundCanceled,
                Kind::CreditBalanceAdjustment => Self::CreditBalanceAdjustmentCanceled,
                Kind::InvoiceItemAdjustment => Self::InvoiceItemAdjustmentCanceled,
                Kind::Account
                | Kind::Invoice
                | Kind::JournalEntry
                | Kind::InvoiceItem
                | Kind::PaymentMethod => Self::DocumentCanceled,
            },
            Fact::PaymentMethodAdded(_) => Self::PaymentMethodAdded,
            Fact::PaymentMethodChanged(_) => Self::PaymentMethodChanged,
            Fact::OrderPlaced(placed) if placed.approval.is_some() => {
                return vec![Self::OrderPlaced, Self::ApprovalRequested];
            }
            Fact::OrderPlaced(_) => Self::OrderPlaced,
            Fact::OrderMoved(moved) => return Self::of_step(moved),
            Fact::EnteredLate(_) => Self::JournalEnteredLate,
            Fact::Labeled(_) => Self::LabelsChanged,
            Fact::PersonalDataNoted(_) => Self::PersonalDataChanged,
        };
        vec![one]
    }

    fn refund_processed(of_credit: bool) -> Vec<Self> {
        let mut kinds = vec![Self::RefundProcessed];
        kinds.extend(of_credit.then_some(Self::CreditBalanceRefundProcessed));
        kinds
    }

    /// What a step of an order is seen as. Money moves or comes back exactly where it lands; that the gateway said
    /// no is seen whenever it says so.
    fn of_step(moved: &OrderMoved) -> Vec<Self> {
        let refund = moved.document.kind == Kind::Refund;
        if let Some(landed) = &moved.landed {
            return match (refund, moved.state) {
                (true, OrderState::Processed) => {
                    Self::refund_processed(landed.parts.is_empty() && landed.adjustment.is_some())
                }
                (true, _) => vec![Self::RefundFailed],
                (false, OrderState::Processed) => vec![Self::PaymentProcessed],
                (false, OrderState::Voided) => vec![Self::PaymentVoided],
                (false, _) => vec![Self::PaymentReturned],
            };
        }
        let over = matches!(moved.state, OrderState::Declined | OrderState::NeverSent);
        let one = match &moved.step {
            Step::Claimed { .. } => Self::OrderClaimed,
            Step::Answered { .. } | Step::Resolved { .. } if over && refund => Self::RefundFailed,
            Step::Answered { .. } | Step::Resolved { .. } if over => Self::PaymentDeclined,
            Step::Answered { .. } | Step::Resolved { .. } | Step::VoidAsked | Step::Hurried => {
                Self::OrderUpdated
            }
            Step::Judged(judged) => match judged.verdict {
                Verdict::Approved => Self::ApprovalApproved,
                Verdict::Rejected => Self::ApprovalRejected,
                Verdict::Withdrawn => Self::ApprovalWithdrawn,
                Verdict::Lapsed => Self::ApprovalLapsed,
                // Paid by hand it lands, above.
                Verdict::Paid => Self::OrderUpdated,
                Verdict::Returned => Self::RefundFailed,
            },
            Step::Disputed { open: true } => Self::DisputeOpened,
            Step::Disputed { open: false } => Self::DisputeClosed,
        };
        vec![one]
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use receivables::gateway::Ability;
    use receivables::order::{DeclineCode, GatewaySaid, Landed, Meaning};
    use receivables::{AdjustmentNo, Document};

    use super::*;

    fn moved(
        kind: Kind,
        step: Step,
        state: OrderState,
        landed: Option<Landed>,
    ) -> Vec<&'static str> {
        let fact = Fact::OrderMoved(Box::new(OrderMoved {
            document: Document { kind, number: 1 },
            attempt: 1,
            step,
            state,
            ability: Ability::ReferencedRefund,
            due: None,
            said: GatewaySaid::default(),
            landed,
        }));
        EventKind::of(&fact).into_iter().map(EventKind::name).collect()
    }

    #[test]
    fn money_is_seen_to_move_where_it_lands_and_nowhere_else() {
        let answered = |meaning| Step::Answered { meaning };
        let to_credit = || Some(Landed { parts: vec![], adjustment: Some(AdjustmentNo(1)) });
        let nowhere_known = || Some(Landed { parts: vec![], adjustment: None });
        let succeeded = || answered(Meaning::Succeeded);
        let declined = || answered(Meaning::Declined(DeclineCode::Declined));
        let (refund, payment) = (Kind::Refund, Kind::Payment);
        let processed = OrderState::Processed;
        assert_eq!(
            moved(refund, succeeded(), processed, to_credit()),
            ["refund.processed", "credit_balance_refund.processed"]
        );
        assert_eq!(moved(refund, succeeded(), processed, nowhere_known()), ["refund.processed"]);
        assert_eq!(moved(payment, succeeded(), processed, to_credit()), ["payment.processed"]);
        assert_eq!(moved(payment, answered(Meaning::Settled), processed, None), ["order.updated"]);
        assert_eq!(moved(refund, declined(), OrderState::Declined, None), ["refund.failed"]);
        assert_eq!(moved(payment, declined(), OrderState::Declined, None), ["payment.declined"]);
        let late = OrderState::FailedLate;
        assert_eq!(moved(refund, declined(), late, to_credit()), ["refund.failed"]);
        assert_eq!(moved(payment, declined(), late, to_credit()), ["payment.returned"]);
        let voided = moved(payment, succeeded(), OrderState::Voided, to_credit());
        assert_eq!(voided, ["payment.voided"]);
        let unknown = answered(Meaning::Unknown);
        assert_eq!(moved(refund, unknown, OrderState::Unknown, None), ["order.updated"]);
        let opened = moved(payment, Step::Disputed { open: true }, processed, None);
        assert_eq!(opened, ["dispute.opened"]);
    }

    #[test]
    fn names_are_dotted_and_none_stands_twice() {
        let names: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            let (noun, verb) = kind.name().split_once('.').unwrap();
            let plain = |text: &str| {
                !text.is_empty()
                    && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            };
            assert!(plain(noun) && plain(verb), "{kind}");
            assert_eq!(EventKind::from_name(kind.name()), Some(*kind));
            assert!(kind.about().ends_with('.'), "{kind}");
        }
        assert_eq!(EventKind::from_name("invoice.*"), None);
    }
}
