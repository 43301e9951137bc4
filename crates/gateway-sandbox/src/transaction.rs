use gateway::{
    Action, DeclineCode, HttpReply, Instruction, MoneyState, Outcome, Receipt, Settled, SettledKind,
};
use gateway_kit::amount;
use gateway_kit::reply::{decline, json, outcome, said, unknown};
use jiff::Timestamp;
use money::Money;
use serde::Deserialize;

/// What a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Object {
    Charge,
    Refund,
    Credit,
    Void,
}

impl Object {
    pub(crate) fn of(action: &Action) -> Self {
        match action {
            Action::Charge { .. } => Self::Charge,
            Action::Refund { .. } => Self::Refund,
            Action::Credit { .. } => Self::Credit,
            Action::Void { .. } => Self::Void,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Succeeded,
    Pending,
    Failed,
    Settled,
    Voided,
}

/// The transaction object, the same in answers, look-ups and webhooks.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) object: Object,
    status: Status,
    pub(crate) reference: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) charge: Option<String>,
    amount: String,
    currency: String,
    code: Option<String>,
    message: Option<String>,
    created: Option<Timestamp>,
}

impl Transaction {
    /// Its amount, if it can be read.
    pub(crate) fn money(&self) -> Option<Money> {
        amount(&self.amount, &self.currency)
    }

    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            gateway_id: self.id.clone(),
            second_id: None,
            amount: self.money(),
            code: self.code.clone(),
            message: self.message.clone(),
        }
    }

    pub(crate) fn state(&self) -> MoneyState {
        match (self.status, self.object) {
            (Status::Succeeded, _) | (Status::Voided, Object::Void) => MoneyState::Succeeded,
            (Status::Settled, _) => MoneyState::Settled,
            (Status::Pending, _) => MoneyState::Pending,
            (Status::Failed, _) => {
                let code = self.code.as_deref().unwrap_or("failed");
                let reason = reason(code).unwrap_or(DeclineCode::Other);
                MoneyState::Failed(decline(reason, code, self.message.as_deref().unwrap_or(code)))
            }
            // The money of a voided charge came back.
            (Status::Voided, _) => {
                MoneyState::Failed(decline(DeclineCode::Other, "voided", "it was voided"))
            }
        }
    }

    /// Whether it is what `instruction` asked for, by everything but the amount.
    pub(crate) fn answers(&self, instruction: &Instruction) -> bool {
        let of_charge = match &instruction.action {
            Action::Refund { payment, .. } | Action::Void { payment, .. } => {
                self.charge.as_deref() == Some(&payment.id)
            }
            Action::Charge { .. } | Action::Credit { .. } => true,
        };
        let ours =
            |echo: &Option<String>, own: &str| echo.as_deref().is_none_or(|echo| echo == own);
        !self.id.is_empty()
            && self.object == Object::of(&instruction.action)
            && ours(&self.key, &instruction.key)
            && ours(&self.reference, &instruction.reference)
            && of_charge
    }

    /// As reconciliation sees it; a void is not a movement of its own.
    pub(crate) fn settled(&self) -> Result<Option<Settled>, String> {
        let kind = match self.object {
            Object::Charge => SettledKind::Charge,
            Object::Refund | Object::Credit => SettledKind::Refund,
            Object::Void => return Ok(None),
        };
        let unreadable = || format!("the amount or time of {} cannot be read", self.id);
        Ok(Some(Settled {
            kind,
            reference: self.reference.clone(),
            receipt: self.receipt(),
            amount: self.money().ok_or_else(unreadable)?,
            state: self.state(),
            at: self.created.ok_or_else(unreadable)?,
        }))
    }
}

#[derive(Deserialize)]
struct Failure {
    error: FailureBody,
}

#[derive(Deserialize)]
struct FailureBody {
    code: String,
    #[serde(default)]
    message: String,
}

/// The outcome in an answer to a POST.
pub(crate) fn outcome_of(instruction: &Instruction, reply: &HttpReply) -> Outcome {
    if matches!(reply.status, 200 | 201) {
        return match json::<Transaction>(&reply.body) {
            Some(found) if found.answers(instruction) && found.money().is_some() => {
                outcome(found.state(), found.receipt())
            }
            _ => unknown(format!("not what was asked for: {}", said(reply))),
        };
    }
    let Some(Failure { error }) = json::<Failure>(&reply.body) else {
        return unknown(said(reply));
    };
    match certain_no(reply.status, &error.code) {
        Some(reason) => Outcome::Declined(decline(reason, error.code, error.message)),
        // Also 409: `key_in_use` means that the first one is under way, and `key_reused` that there
        // was one with this key. Neither says that no money moved.
        None => unknown(said(reply)),
    }
}

/// What a code means where its status makes it certain that no money moved.
fn certain_no(status: u16, code: &str) -> Option<DeclineCode> {
    match (status, code) {
        (402, code) => Some(reason(code).unwrap_or(DeclineCode::Other)),
        (404, "charge_unknown" | "not_found") => Some(DeclineCode::PaymentUnknown),
        (400, "invalid_request") => Some(DeclineCode::InvalidRequest),
        (400, "currency_mismatch") => Some(DeclineCode::CurrencyMismatch),
        (401, "unauthorized") => Some(DeclineCode::Configuration),
        _ => None,
    }
}

/// The dialect's codes are our words.
fn reason(code: &str) -> Option<DeclineCode> {
    Some(match code {
        "declined" => DeclineCode::Declined,
        "expired_card" => DeclineCode::ExpiredCard,
        "method_revoked" => DeclineCode::MethodRevoked,
        "already_refunded" => DeclineCode::AlreadyRefunded,
        "exceeds_refundable" => DeclineCode::ExceedsRefundable,
        "disputed" => DeclineCode::Disputed,
        "not_settled" => DeclineCode::NotSettled,
        "too_old" => DeclineCode::TooOld,
        "credit_not_enabled" => DeclineCode::CreditNotEnabled,
        "merchant_balance_low" => DeclineCode::MerchantBalanceLow,
        "not_voidable" => DeclineCode::NotVoidable,
        _ => return None,
    })
}
