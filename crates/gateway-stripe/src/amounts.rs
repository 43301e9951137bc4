use gateway::{Decline, DeclineCode};
use gateway_kit::refusal;
use money::{Currency, Money};

/// Currencies whose amounts Stripe takes without decimals though ISO 4217 has some (gateways 6.14).
const WITHOUT_DECIMALS: [&str; 1] = ["MGA"];
/// Currencies whose amounts Stripe takes with two decimals, which must be `00`, though ISO 4217 has none.
const WITH_TWO_DECIMALS: [&str; 2] = ["ISK", "UGX"];

/// How one minor unit of ours becomes Stripe's: multiply by the first, divide by the second; and what
/// Stripe's number must then be a multiple of.
fn scale(currency: Currency) -> Option<(i64, i64, i64)> {
    let code = currency.code();
    match currency.decimals() {
        0 if WITH_TWO_DECIMALS.contains(&code) => Some((100, 1, 100)),
        2 if WITHOUT_DECIMALS.contains(&code) => Some((1, 100, 1)),
        0 | 2 => Some((1, 1, 1)),
        // The last of three decimals must be zero.
        3 => Some((1, 1, 10)),
        _ => None,
    }
}

/// An amount as Stripe writes it.
///
/// # Errors
///
/// A no of our own for what Stripe cannot take; never rounds.
pub(crate) fn to_stripe(money: Money) -> Result<i64, Decline> {
    let currency = money.currency();
    let (times, by, multiple) = scale(currency).ok_or_else(|| {
        refusal(DeclineCode::CurrencyMismatch, format!("Stripe does not take {currency}"))
    })?;
    let invalid =
        || refusal(DeclineCode::InvalidRequest, format!("Stripe cannot take {money} exactly"));
    let scaled = money.minor().checked_mul(times).ok_or_else(invalid)?;
    if scaled % by != 0 || (scaled / by) % multiple != 0 {
        return Err(invalid());
    }
    Ok(scaled / by)
}

/// An amount of Stripe's, in its lower-case currency. `None` if there is no such currency or amount.
pub(crate) fn from_stripe(amount: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    let (times, by, _) = scale(currency)?;
    let scaled = amount.checked_mul(by)?;
    (scaled % times == 0).then(|| Money::from_minor(scaled / times, currency))
}

#[cfg(test)]
mod tests {
    use gateway_kit::conformance::money;

    use super::*;

    #[test]
    fn amounts_follow_stripes_exceptions_and_come_back() {
        let cases = [
            (1, "USD", 1),
            (12_345, "JPY", 12_345),
            (500, "KRW", 500),
            (5, "ISK", 500),
            (5, "UGX", 500),
            (500, "MGA", 5),
            (1230, "KWD", 1230),
            (10, "BHD", 10),
            (100, "HUF", 100),
        ];
        for (minor, currency, wanted) in cases {
            let money = money(minor, currency);
            assert_eq!(to_stripe(money), Ok(wanted), "{money}");
            let lower = currency.to_ascii_lowercase();
            assert_eq!(from_stripe(wanted, &lower), Some(money), "{money}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_never_rounded() {
        let cases = [(1231, "KWD"), (1, "BHD"), (5, "TND"), (501, "MGA"), (i64::MAX, "ISK")];
        for (minor, currency) in cases {
            let refused = to_stripe(money(minor, currency)).unwrap_err();
            assert_eq!(refused.reason, DeclineCode::InvalidRequest, "{minor} {currency}");
        }
        assert_eq!(to_stripe(money(1, "CLF")).unwrap_err().reason, DeclineCode::CurrencyMismatch);
        assert_eq!((from_stripe(501, "isk"), from_stripe(1, "xyz")), (None, None));
    }
}
