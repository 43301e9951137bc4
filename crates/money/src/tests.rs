use proptest::prelude::*;

use super::*;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

#[test]
fn amounts_are_written_with_the_decimals_of_their_currency() {
    for (minor, currency, text) in [
        (0, Currency::USD, "0.00"),
        (5, Currency::USD, "0.05"),
        (-5, Currency::USD, "-0.05"),
        (123_456, Currency::USD, "1234.56"),
        (1_000, Currency::JPY, "1000"),
        (-7, Currency::JPY, "-7"),
        (1_005, Currency::BHD, "1.005"),
        (-5, Currency::BHD, "-0.005"),
    ] {
        assert_eq!(Money::from_minor(minor, currency).to_decimal(), text);
    }
}

#[test]
fn decimals_a_currency_does_not_have_are_refused_and_never_rounded() {
    assert_eq!(amount("10.50").to_money(Currency::USD).unwrap().minor(), 1_050);
    assert_eq!(amount("10.500").to_money(Currency::USD).unwrap().minor(), 1_050);
    assert_eq!(amount("100.00").to_money(Currency::JPY).unwrap().minor(), 100);
    for (text, currency) in
        [("0.5", Currency::JPY), ("10.005", Currency::USD), ("0.0001", Currency::BHD)]
    {
        assert!(matches!(
            amount(text).to_money(currency),
            Err(AmountError::TooManyDecimals { .. })
        ));
    }
}

#[test]
fn malformed_and_absurd_amounts_are_refused() {
    for text in ["", "-", ".", "1.", ".5", "1e3", "+1", "1,000.00", "0x1", " 1", "1 ", "--1", "١"]
    {
        assert!(matches!(text.parse::<Amount>(), Err(AmountError::Malformed(_))), "{text:?}");
    }
    assert_eq!("1234567890123456789".parse::<Amount>(), Err(AmountError::TooManyDigits));
    assert_eq!("0.0000000001".parse::<Amount>(), Err(AmountError::TooManyDigits));
    assert!(matches!(
        amount("10000000000000.01").to_money(Currency::USD),
        Err(AmountError::TooLarge { .. })
    ));
    assert!(amount("10000000000000.00").to_money(Currency::USD).is_ok());
}

#[test]
fn currencies_without_a_minor_unit_are_refused() {
    assert_eq!("USD".parse::<Currency>().unwrap().decimals(), 2);
    for code in ["XAU", "usd", "", "US", "DOLLAR", "XXX"] {
        assert!(code.parse::<Currency>().is_err(), "{code}");
    }
}

#[test]
fn sums_across_currencies_and_beyond_the_range_are_refused() {
    let dollar = Money::from_minor(1, Currency::USD);
    let euro = Money::from_minor(1, Currency::EUR);
    assert!(matches!(dollar.try_add(euro), Err(MoneyError::CurrencyMismatch { .. })));
    let huge = Money::from_minor(i64::MAX, Currency::USD);
    assert_eq!(huge.try_add(dollar), Err(MoneyError::Overflow));
    assert_eq!(huge.negated().try_sub(huge), Err(MoneyError::Overflow));
}

#[test]
fn products_round_half_away_from_zero() {
    for (quantity, price, minor) in [
        ("3", "0.125", 38),
        ("-3", "0.125", -38),
        ("6", "2.55", 1_530),
        ("1", "0.001", 0),
        ("5", "0.001", 1),
        ("-1", "0.004", 0),
        ("-80995", "2.08", -16_846_960),
    ] {
        let product = round_product(amount(quantity), amount(price), Currency::GBP).unwrap();
        assert_eq!(product.minor(), minor, "{quantity} x {price}");
    }
    let huge = amount("999999999999999999");
    assert_eq!(round_product(huge, huge, Currency::GBP), Err(ProductError));
}

proptest! {
    #[test]
    fn text_and_amount_are_two_forms_of_one_value(minor in -MINOR_MAX..=MINOR_MAX, pick in 0usize..3) {
        let currency = [Currency::USD, Currency::JPY, Currency::BHD][pick];
        let money = Money::from_minor(minor, currency);
        let parsed: Amount = money.to_decimal().parse().unwrap();
        prop_assert_eq!(parsed.to_money(currency).unwrap(), money);
        prop_assert_eq!(Amount::from(money), parsed);
        prop_assert_eq!(parsed.to_string().parse::<Amount>().unwrap(), parsed);
    }

    #[test]
    fn any_text_is_an_amount_or_a_clear_error(text in ".{0,40}") {
        if let Ok(amount) = text.parse::<Amount>() {
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        }
    }

    #[test]
    fn addition_undone_by_subtraction(a in -MINOR_MAX..=MINOR_MAX, b in -MINOR_MAX..=MINOR_MAX) {
        let (a, b) = (Money::from_minor(a, Currency::USD), Money::from_minor(b, Currency::USD));
        prop_assert_eq!(a.try_add(b).unwrap().try_sub(b).unwrap(), a);
    }
}
