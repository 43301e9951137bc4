use std::sync::Arc;

use engine::{Failure, Outcome};
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::payment::Payment;
use receivables::refund::Refund;
use receivables::{
    AccountNo, AdjustmentNo, Entry, Fact, InvoiceNo, PaymentNo, RefundNo, Rejection,
};

use crate::Snapshot;

/// The stable code of a rejection.
pub fn code_of(rejection: &Rejection) -> String {
    let value = serde_json::to_value(rejection).unwrap();
    value.get("code").and_then(|code| code.as_str()).unwrap().to_owned()
}

/// What the engine said to one command.
#[derive(Debug)]
#[must_use = "say `accepted()` or `rejected_with(code)`"]
pub struct Answer {
    pub(crate) said: Result<Outcome, Failure>,
    pub(crate) before: Snapshot,
    pub(crate) reader: Arc<dyn engine::Reader>,
}

impl Answer {
    /// It was accepted.
    #[track_caller]
    pub fn accepted(self) -> Done {
        match self.said {
            Ok(outcome) => Done(outcome),
            Err(failure) => panic!("not accepted: {failure}"),
        }
    }

    /// It was rejected with this code, and nothing changed.
    #[track_caller]
    pub fn rejected_with(self, code: &str) -> Rejection {
        let rejection = match self.said {
            Err(Failure::Rejected(rejection)) => rejection,
            other => panic!("expected the rejection {code}, got {other:?}"),
        };
        assert_eq!(code_of(&rejection), code, "{rejection}");
        assert_eq!(
            Snapshot::of(self.reader.as_ref()),
            self.before,
            "a rejection changed the books"
        );
        rejection
    }

    /// It failed otherwise, and nothing changed.
    #[track_caller]
    pub fn failed(self) -> Failure {
        let failure = self.said.expect_err("a failure");
        assert_eq!(Snapshot::of(self.reader.as_ref()), self.before, "a failure changed the books");
        failure
    }
}

/// What an accepted command did.
#[derive(Clone, Debug)]
pub struct Done(pub Outcome);

impl Done {
    /// The decision.
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    fn pick<'a, T: 'a>(&'a self, pick: impl Fn(&'a Fact) -> Option<T>) -> Vec<T> {
        self.0.entry.facts.iter().filter_map(pick).collect()
    }

    /// The credit balance adjustments it made.
    pub fn adjustments(&self) -> Vec<&CreditBalanceAdjustment> {
        self.pick(|fact| match fact {
            Fact::CreditBalanceAdjusted(adjusted) => Some(adjusted),
            _ => None,
        })
    }

    /// The number of the only credit balance adjustment it made.
    #[track_caller]
    pub fn adjustment(&self) -> AdjustmentNo {
        match self.adjustments().as_slice() {
            [only] => only.no,
            several => panic!("expected one adjustment, got {several:?}"),
        }
    }

    /// The invoice item adjustments it made.
    pub fn item_adjustments(&self) -> Vec<&InvoiceItemAdjustment> {
        self.pick(|fact| match fact {
            Fact::InvoiceItemAdjusted(adjusted) => Some(adjusted),
            _ => None,
        })
    }

    /// The payment it recorded.
    pub fn payment(&self) -> &Payment {
        let found = self.pick(|fact| match fact {
            Fact::PaymentRecorded(payment) => Some(payment),
            _ => None,
        });
        found.first().unwrap()
    }

    /// The number of the payment it recorded.
    pub fn payment_no(&self) -> PaymentNo {
        self.payment().no
    }

    /// The refund it made.
    pub fn refund(&self) -> &Refund {
        let found = self.pick(|fact| match fact {
            Fact::Refunded(refund) => Some(refund),
            _ => None,
        });
        found.first().unwrap()
    }

    /// The number of the refund it made.
    pub fn refund_no(&self) -> RefundNo {
        self.refund().no
    }

    /// The invoice it drafted.
    pub fn invoice(&self) -> InvoiceNo {
        let found = self.pick(|fact| match fact {
            Fact::InvoiceDrafted(drafted) => Some(drafted.no),
            _ => None,
        });
        *found.first().unwrap()
    }

    /// The account it opened.
    pub fn account(&self) -> AccountNo {
        let found = self.pick(|fact| match fact {
            Fact::AccountOpened(opened) => Some(opened.no),
            _ => None,
        });
        *found.first().unwrap()
    }
}
