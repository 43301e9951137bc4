//! Medians and ratios, in whole numbers: a rate is an integer, a ratio counts hundredths.

use std::fmt;

use serde::Serialize;

/// A ratio in hundredths; shown as `3.21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ratio(pub(super) u64);

impl Ratio {
    /// `part / whole`, rounded half up; of nothing there is no ratio.
    pub(super) fn of(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let hundredths = (u128::from(part) * 100 + u128::from(whole) / 2) / u128::from(whole);
        u64::try_from(hundredths).ok().map(Self)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Ratio {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A decimal in JSON; reading the text back is exact, dividing would be a float.
        match self.to_string().parse::<serde_json::Number>() {
            Ok(number) => number.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

/// What several rounds gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Spread<T> {
    pub(super) median: T,
    pub(super) min: T,
    pub(super) max: T,
}

impl<T: Copy + Ord> Spread<T> {
    /// Of no rounds there is none. Of an even number the upper middle one is the median.
    pub(super) fn of(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        let median = *values.get(values.len() / 2)?;
        Some(Self { median, min: *values.first()?, max: *values.last()? })
    }
}

impl Spread<Ratio> {
    /// The ratios within each round, which are steadier than the ratio of medians.
    pub(super) fn of_rounds(parts: &[u64], wholes: &[u64]) -> Option<Self> {
        let pairs = parts.iter().zip(wholes);
        Self::of(pairs.filter_map(|(part, whole)| Ratio::of(*part, *whole)))
    }
}

impl<T: Copy + PartialEq> Spread<T> {
    /// The ends only if they differ.
    fn shown(&self, show: impl Fn(T) -> String) -> String {
        if self.min == self.max {
            return show(self.median);
        }
        format!("{} ({}-{})", show(self.median), show(self.min), show(self.max))
    }
}

impl fmt::Display for Spread<Ratio> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(|ratio| ratio.to_string()))
    }
}

impl fmt::Display for Spread<u64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(grouped))
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Microseconds as milliseconds with two decimals.
pub(super) fn millis(micros: u64) -> String {
    Ratio((micros + 5) / 10).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_rounded_to_hundredths() {
        assert_eq!(Ratio::of(2, 3).unwrap().to_string(), "0.67");
        assert_eq!(Ratio::of(321, 100).unwrap().to_string(), "3.21");
        assert_eq!(Ratio::of(u64::MAX, 1), None);
        assert_eq!(Ratio::of(1, 0), None);
        assert_eq!(serde_json::to_string(&Ratio(321)).unwrap(), "3.21");
    }

    #[test]
    fn each_round_is_held_against_the_anchor_of_the_same_round() {
        let spread = Spread::of_rounds(&[100, 300, 90], &[100, 100, 30]).unwrap();
        assert_eq!(spread.to_string(), "3.00 (1.00-3.00)");
        assert_eq!(Spread::of_rounds(&[100], &[]), None);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(millis(1_234), "1.23");
    }
}
