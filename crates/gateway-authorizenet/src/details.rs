use gateway::{Action, DeclineCode, Exchange, MoneyState, Question, Receipt};
use gateway_kit::reply::{Loose, answer, decline};
use jiff::Timestamp;
use money::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::outcome::{Messages, reason};
use crate::requests::is_transaction;

/// A failure submitted so long before ours was sent is another attempt's.
const SKEW_SECONDS: i64 = 60;

/// An amount exactly as written, a JSON number or a text. It never becomes a float.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Written(Box<RawValue>);

impl Written {
    pub(crate) fn money(&self, currency: Currency) -> Option<Money> {
        gateway_kit::amount(self.0.get().trim_matches('"'), currency.code())
    }
}

#[derive(Deserialize)]
struct Answer {
    transaction: Option<Details>,
    messages: Messages,
}

/// One transaction in full.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    pub(crate) trans_id: String,
    ref_trans_id: Option<Loose>,
    #[serde(rename = "submitTimeUTC")]
    submit_time_utc: Option<String>,
    transaction_type: String,
    pub(crate) transaction_status: String,
    response_reason_code: Option<Loose>,
    response_reason_description: Option<String>,
    auth_amount: Option<Written>,
    settle_amount: Option<Written>,
    order: Option<Order>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    invoice_number: Option<String>,
    description: Option<String>,
}

/// What a transaction is to a question.
pub(crate) enum Seen {
    /// Not about it.
    Other,
    /// Perhaps about it.
    Unclear,
    /// A failure that may be another attempt's.
    Failure(MoneyState),
    /// The one asked for.
    Ours(MoneyState),
}

impl Details {
    /// Reads the answer to the question for one. `Ok(None)` if there is none.
    pub(crate) fn read(exchange: &Exchange) -> Result<Option<Self>, String> {
        let read: Answer = answer(&exchange.carried)?;
        match read.transaction {
            Some(details) if read.messages.ok() => Ok(Some(details)),
            None if read.messages.has("E00040") => Ok(None),
            _ => Err("the transaction cannot be read".to_owned()),
        }
    }

    pub(crate) fn is_refund(&self) -> bool {
        self.transaction_type == "refundTransaction"
    }

    pub(crate) fn is_charge(&self) -> bool {
        self.transaction_type == "authCaptureTransaction"
    }

    pub(crate) fn reference(&self) -> Option<&str> {
        self.order.as_ref()?.invoice_number.as_deref()
    }

    /// Our key, which went out as the description.
    fn key(&self) -> Option<&str> {
        let key = self.order.as_ref()?.description.as_deref();
        key.filter(|key| !key.is_empty())
    }

    pub(crate) fn at(&self) -> Option<Timestamp> {
        time(self.submit_time_utc.as_deref()?)
    }

    pub(crate) fn money(&self, currency: Currency) -> Option<Money> {
        self.auth_amount.as_ref().or(self.settle_amount.as_ref())?.money(currency)
    }

    pub(crate) fn receipt(&self, currency: Currency) -> Receipt {
        Receipt {
            gateway_id: self.trans_id.clone(),
            second_id: None,
            amount: self.money(currency),
            code: self.response_reason_code.as_ref().map(Loose::text),
            message: Some(self.transaction_status.clone()),
        }
    }

    /// Its state; `None` where the status does not tell whether money moved.
    pub(crate) fn state(&self, action: &Action) -> Option<MoneyState> {
        let status = self.transaction_status.as_str();
        if !matches!(status, "declined" | "generalError") {
            return state(status);
        }
        let code = self.response_reason_code.as_ref().map(Loose::text).unwrap_or_default();
        let message = self.response_reason_description.as_deref().unwrap_or(status);
        let declined = status == "declined";
        // A status of "declined" is a no whatever its code.
        let reason = match reason(action, &code, declined) {
            None if declined => DeclineCode::Declined,
            reason => reason?,
        };
        Some(MoneyState::Failed(decline(reason, code, message)))
    }

    /// What it is to a question about a charge, refund or credit: by reference, amount and kind, by
    /// our key where it comes back, and by the payment it refers to.
    pub(crate) fn seen(&self, question: &Question) -> Seen {
        let instruction = &question.instruction;
        let of = self.ref_trans_id.as_ref().map(Loose::text).filter(|id| is_transaction(id));
        let (kind, refers) = match &instruction.action {
            Action::Charge { .. } => (self.is_charge(), true),
            Action::Refund { payment, .. } => {
                (self.is_refund(), of.as_deref() == Some(payment.id.as_str()))
            }
            // A refund of a payment is never taken for a credit.
            Action::Credit { .. } => (self.is_refund(), of.is_none()),
            Action::Void { .. } => (false, false),
        };
        if !kind || self.reference() != Some(instruction.reference.as_str()) {
            return Seen::Other;
        }
        let ours = match self.key() {
            Some(key) if key != instruction.key => return Seen::Other,
            key => key.is_some(),
        };
        let amount = self.money(instruction.amount.currency());
        // With our key another amount is shown, for the worker to see.
        let fits = amount == Some(instruction.amount) || (ours && amount.is_some());
        let Some(state) = self.state(&instruction.action).filter(|_| fits && refers) else {
            return Seen::Unclear;
        };
        let failed = matches!(state, MoneyState::Failed(_));
        let since = question.sent_at.as_second() - SKEW_SECONDS;
        match failed && !ours {
            true if self.at().is_some_and(|at| at.as_second() < since) => Seen::Other,
            true => Seen::Failure(state),
            false => Seen::Ours(state),
        }
    }
}

/// A time as Authorize.Net writes it, with or without its zone.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// What a transaction's status says (gateways 2.4). `None` for `communicationError`, `couldNotVoid`,
/// `settlementError` and what is not known: a person must see.
pub(crate) fn state(status: &str) -> Option<MoneyState> {
    let failed = |reason, message| Some(MoneyState::Failed(decline(reason, status, message)));
    match status {
        "capturedPendingSettlement"
        | "refundPendingSettlement"
        | "pendingSettlement"
        | "pendingFinalSettlement"
        | "updatingSettlement" => Some(MoneyState::Succeeded),
        // Of a disputed payment: the dispute is told apart from it.
        "settledSuccessfully"
        | "refundSettledSuccessfully"
        | "chargeback"
        | "chargebackReversal" => Some(MoneyState::Settled),
        "authorizedPendingCapture"
        | "authorizedPendingRelease"
        | "approvedReview"
        | "underReview"
        | "FDSPendingReview"
        | "FDSAuthorizedPendingReview" => Some(MoneyState::Pending),
        "declined" | "generalError" => failed(DeclineCode::Declined, "declined"),
        "expired" => failed(DeclineCode::Other, "it expired before it was captured"),
        "failedReview" => failed(DeclineCode::Declined, "it failed the review"),
        "voided" => failed(DeclineCode::Other, "it was voided"),
        "returnedItem" => failed(DeclineCode::Declined, "the bank returned it"),
        _ => None,
    }
}
