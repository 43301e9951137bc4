//! Sums of amounts as people see them before they agree: exact, on the digits, and never a float.

/// A sum of decimals as the API writes them, such as `-12.50`; none if one is no decimal, or it becomes too large.
pub(crate) fn sum<'a>(amounts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let (mut total, mut places) = (0_i128, 0_usize);
    for amount in amounts {
        let (units, its) = units(amount)?;
        let wider = places.max(its);
        total = raised(total, wider - places)?.checked_add(raised(units, wider - its)?)?;
        places = wider;
    }
    Some(written(total, places))
}

/// Amounts as whole numbers of one unit, small enough for all of them.
pub(crate) fn scaled<'a>(amounts: impl IntoIterator<Item = &'a str>) -> Option<Vec<i128>> {
    let all = amounts.into_iter().map(units).collect::<Option<Vec<_>>>()?;
    let places = all.iter().map(|(_, places)| *places).max().unwrap_or(0);
    all.into_iter().map(|(units, its)| raised(units, places - its)).collect()
}

/// Nothing, with as many decimals as an amount has.
pub(crate) fn nothing_like(amount: &str) -> String {
    written(0, amount.split_once('.').map_or(0, |(_, rest)| rest.len()))
}

/// Whether an amount is zero, as it is written.
pub(crate) fn is_nothing(amount: &str) -> bool {
    amount.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

/// What is owed by the sign of the other side: `-60.00` becomes `60.00`.
pub(crate) fn negated(amount: &str) -> String {
    match amount.strip_prefix('-') {
        Some(rest) => rest.to_owned(),
        None if amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) => format!("-{amount}"),
        None => amount.to_owned(),
    }
}

/// The digits as one number, and how many of them stand behind the point.
fn units(amount: &str) -> Option<(i128, usize)> {
    let (negative, digits) = match amount.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, amount),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(rest) || rest.len() > 6 {
        return None;
    }
    let units: i128 = format!("{whole}{rest}").parse().ok()?;
    Some((if negative { -units } else { units }, rest.len()))
}

fn raised(units: i128, places: usize) -> Option<i128> {
    units.checked_mul(10_i128.checked_pow(u32::try_from(places).ok()?)?)
}

fn written(units: i128, places: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = places + 1);
    let sign = if units < 0 { "-" } else { "" };
    match digits.split_at_checked(digits.len() - places) {
        Some((whole, rest)) if !rest.is_empty() => format!("{sign}{whole}.{rest}"),
        _ => format!("{sign}{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_in_every_number_of_decimals() {
        assert_eq!(sum(["0.10", "0.20"]).as_deref(), Some("0.30"));
        assert_eq!(sum(["999999999999999", "1"]).as_deref(), Some("1000000000000000"));
        assert_eq!(sum(["1.005", "-2.010"]).as_deref(), Some("-1.005"));
        assert_eq!(sum(["-0.05"]).as_deref(), Some("-0.05"));
        assert_eq!(sum(["1", "0.5"]).as_deref(), Some("1.5"));
        assert_eq!(sum([]).as_deref(), Some("0"));
        for wrong in ["", "-", "1e3", "1,000", "NaN", ".5", "1.2.3", "+1", " 1"] {
            assert_eq!(sum([wrong]), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_owed_has_the_other_sign() {
        assert_eq!(negated("-60.00"), "60.00");
        assert_eq!(negated("5"), "-5");
        assert_eq!(negated("0.00"), "0.00");
        assert_eq!((nothing_like("-12.50").as_str(), nothing_like("7").as_str()), ("0.00", "0"));
        assert_eq!(scaled(["1.5", "-2"]), Some(vec![15, -20]));
    }

    #[test]
    fn an_amount_is_nothing_however_it_is_written() {
        assert!(is_nothing("0") && is_nothing("0.00") && is_nothing(""));
        assert!(!is_nothing("-0.01") && !is_nothing("10.00"));
    }
}
