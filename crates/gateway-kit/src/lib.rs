//! What the connectors to payment gateways share, so that each has only what is its own.
//!
//! Pure: signatures ([`sign`]), texts of URLs ([`query`]), replies read with suspicion ([`reply`]), and
//! what each must hold to, as tests (`conformance`, behind the feature of that name).

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod query;
pub mod reply;
pub mod sign;

use gateway::{Action, Credentials, Decline, DeclineCode, Instruction};
use money::{Amount, Currency, Money};

/// Checks that every one of `names` was given.
///
/// # Errors
///
/// Names the first that is missing, never a value.
pub fn required(gateway: &str, credentials: &Credentials, names: &[&str]) -> Result<(), String> {
    match names.iter().find(|name| credentials.get(name).trim().is_empty()) {
        None => Ok(()),
        Some(name) => Err(format!("{gateway} needs the credential {name:?}")),
    }
}

/// A no of our own, before anything was sent.
pub fn refusal(reason: DeclineCode, message: impl Into<String>) -> Decline {
    Decline { reason, code: "not_sent".to_owned(), message: message.into() }
}

/// What no gateway may be asked: nothing or less, or a void of a part.
pub fn senseless(instruction: &Instruction) -> Option<Decline> {
    if !instruction.amount.is_positive() {
        return Some(refusal(DeclineCode::InvalidRequest, "the amount is not above zero"));
    }
    match &instruction.action {
        Action::Void { payment, .. } if payment.amount != instruction.amount => {
            Some(refusal(DeclineCode::InvalidRequest, "a void takes back the whole payment"))
        }
        Action::Refund { payment, .. } if payment.amount.currency() != currency(instruction) => {
            Some(refusal(
                DeclineCode::CurrencyMismatch,
                "a refund is in the currency of its payment",
            ))
        }
        _ => None,
    }
}

fn currency(instruction: &Instruction) -> Currency {
    instruction.amount.currency()
}

/// A decimal amount as gateways write it. `None` if either text is not what it should be.
pub fn amount(decimal: &str, currency: &str) -> Option<Money> {
    let currency: Currency = currency.parse().ok()?;
    decimal.parse::<Amount>().ok()?.to_money(currency).ok()
}

/// A text for people, of bounded length; gateways send whole pages.
pub fn brief(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut brief: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        brief.push('…');
    }
    brief
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_credential_is_named() {
        let mut credentials = Credentials::default();
        credentials.0.insert("a".to_owned(), gateway::Secret::new("x"));
        credentials.0.insert("b".to_owned(), gateway::Secret::new(" "));
        assert_eq!(required("Stripe", &credentials, &["a"]), Ok(()));
        let missing = required("Stripe", &credentials, &["a", "b"]).unwrap_err();
        assert_eq!(missing, "Stripe needs the credential \"b\"");
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        assert_eq!(amount("10.00", "USD").map(Money::minor), Some(1000));
        assert_eq!(amount("10", "JPY").map(Money::minor), Some(10));
        for (decimal, currency) in [("10.001", "USD"), ("1e3", "USD"), ("10", "usd"), ("", "USD")] {
            assert_eq!(amount(decimal, currency), None, "{decimal} {currency}");
        }
    }
}
