//! From what a gateway said to what the books are told.

use gateway::{Decline, Finding, MoneyState, Outcome, Receipt};
use money::Money;
use receivables::command::{AnswerSource, OrderRef, ReportOrder};
use receivables::order::{DeclineCode, GatewaySaid, Meaning};
use receivables::payment_method::card_number::looks_like_card_number;
use receivables::text::Text;

/// What an answer means, before it is addressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) meaning: Option<Meaning>,
    pub(crate) amount: Option<Money>,
    pub(crate) said: GatewaySaid,
    pub(crate) retry_after_seconds: Option<u32>,
}

/// What fits of a text of a gateway, without a card number if it should have one in it.
pub(crate) fn fitting<const MAX: usize>(text: &str) -> Option<Text<MAX>> {
    if looks_like_card_number(text) {
        return Text::try_new("(a card number was left out)").ok();
    }
    Text::fitting(text)
}

impl Answer {
    fn of(meaning: Meaning) -> Self {
        Self { meaning: Some(meaning), ..Self::default() }
    }

    fn with_receipt(meaning: Meaning, receipt: &Receipt) -> Self {
        Self {
            amount: receipt.amount,
            said: GatewaySaid {
                // Ids stay as they are, whatever they look like: without them nothing is found again.
                id: Text::fitting(&receipt.gateway_id),
                second_id: receipt.second_id.as_deref().and_then(Text::fitting),
                code: receipt.code.as_deref().and_then(fitting),
                message: receipt.message.as_deref().and_then(fitting),
            },
            ..Self::of(meaning)
        }
    }

    fn declined(decline: &Decline) -> Self {
        let mut answer = Self::of(Meaning::Declined(decline.reason));
        answer.said.code = fitting(&decline.code);
        answer.said.message = fitting(&decline.message);
        answer
    }

    fn because(meaning: Meaning, reason: &str) -> Self {
        let mut answer = Self::of(meaning);
        answer.said.message = fitting(reason);
        answer
    }

    pub(crate) fn state(state: &MoneyState, receipt: &Receipt) -> Self {
        match state {
            MoneyState::Succeeded => Self::with_receipt(Meaning::Succeeded, receipt),
            MoneyState::Settled => Self::with_receipt(Meaning::Settled, receipt),
            MoneyState::Pending => Self::with_receipt(Meaning::Pending, receipt),
            MoneyState::Failed(decline) => {
                let mut answer = Self::declined(decline);
                answer.said.id = Text::fitting(&receipt.gateway_id);
                answer
            }
        }
    }

    /// Addresses it.
    pub(crate) fn report(self, order: OrderRef, attempt: u16, source: AnswerSource) -> ReportOrder {
        ReportOrder {
            order,
            attempt,
            source,
            meaning: self.meaning.unwrap_or(Meaning::Unknown),
            amount: self.amount,
            said: self.said,
            retry_after_seconds: self.retry_after_seconds,
        }
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded(receipt) => Self::with_receipt(Meaning::Succeeded, &receipt),
            Outcome::Pending(receipt) => Self::with_receipt(Meaning::Pending, &receipt),
            Outcome::Declined(decline) => Self::declined(&decline),
            Outcome::NotTaken { reason, retry_after_seconds } => {
                let answer = Self::because(Meaning::NotTaken, &reason);
                Self { retry_after_seconds, ..answer }
            }
            Outcome::Unknown { reason } => Self::because(Meaning::Unknown, &reason),
        }
    }
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Found { state, receipt } => Self::state(&state, &receipt),
            Finding::NotFound { conclusive: true } => {
                Self::because(Meaning::NotFound, "the gateway knows of no such transaction")
            }
            Finding::NotFound { conclusive: false } => {
                let reason = "the gateway's search does not show it, but may lag behind";
                Self::because(Meaning::Unknown, reason)
            }
            Finding::NoAnswer { reason } => Self::because(Meaning::Unknown, &reason),
        }
    }
}

/// An instruction that cannot even be written down for this gateway.
pub(crate) fn unsendable(reason: &str) -> Answer {
    let mut answer = Answer::of(Meaning::Declined(DeclineCode::InvalidRequest));
    answer.said.message = fitting(reason);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_looks_like_a_card_number_is_kept_and_a_message_is_not() {
        let receipt = Receipt {
            gateway_id: "ch_4242424242424242".to_owned(),
            second_id: Some("4242424242424242".to_owned()),
            amount: None,
            code: None,
            message: Some("card 4242424242424242 was charged".to_owned()),
        };
        let decline = Decline {
            reason: DeclineCode::Other,
            code: "x".to_owned(),
            message: "no 4242424242424242".to_owned(),
        };
        let succeeded = Answer::from(Outcome::Succeeded(receipt.clone()));
        let failed = Answer::state(&MoneyState::Failed(decline), &receipt);
        for answer in [succeeded, failed] {
            let id = answer.said.id.as_ref().map(Text::as_str);
            assert_eq!(id, Some("ch_4242424242424242"));
            let message = answer.said.message.as_ref().map(Text::as_str);
            assert_eq!(message, Some("(a card number was left out)"));
        }
    }
}
