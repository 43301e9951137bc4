//! From values to pixels, without floating point.

/// How values lie on an axis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// From zero to this.
    Linear(u64),
    /// From the first to the second; each tenfold takes the same room.
    Log(u64, u64),
}

impl Scale {
    /// Linear, with a round number at its end.
    pub(super) fn linear(largest: u64) -> Self {
        let step = step(largest);
        Self::Linear(largest.div_ceil(step).max(1) * step)
    }

    /// Logarithmic, around all of the values.
    pub(super) fn log(values: &[u64]) -> Self {
        let least = values.iter().copied().min().unwrap_or(1).max(1);
        let most = values.iter().copied().max().unwrap_or(1).max(least + 1);
        let floor = rounds().take_while(|round| *round <= least).last().unwrap_or(1);
        let ceiling = rounds().find(|round| *round >= most).unwrap_or(most);
        Self::Log(floor, ceiling.max(floor + 1))
    }

    /// How far along an axis of `length` a value lies.
    pub(super) fn place(self, value: u64, length: i64) -> i64 {
        let (part, whole) = match self {
            Self::Linear(most) => (value.min(most), most),
            Self::Log(least, most) => {
                let part = log2(value.clamp(least, most)) - log2(least);
                (part, log2(most) - log2(least))
            }
        };
        let length = u64::try_from(length).unwrap_or(0);
        let place = u128::from(part) * u128::from(length) / u128::from(whole.max(1));
        i64::try_from(place).unwrap_or(0)
    }

    /// Where lines with a number are drawn.
    pub(super) fn ticks(self) -> Vec<u64> {
        match self {
            Self::Linear(most) => {
                let step = step(most);
                (0..=most / step).map(|count| count * step).collect()
            }
            Self::Log(least, most) => {
                let within = rounds().filter(|round| (least..=most).contains(round));
                within.take_while(|round| *round <= most).take(40).collect()
            }
        }
    }
}

/// 1, 2, 5, 10, 20, 50, ...
fn rounds() -> impl Iterator<Item = u64> {
    (0..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)).into_iter()).take(55)
}

/// A round step of which about five fit.
fn step(most: u64) -> u64 {
    rounds().find(|step| most <= step * 6).unwrap_or(most).max(1)
}

/// The binary logarithm in 1/1024: whole part by the highest bit, the rest by squaring.
fn log2(value: u64) -> u64 {
    let whole = value.max(1).ilog2();
    // The mantissa, between 1 and 2, with 32 bits behind the point.
    let mut mantissa = (u128::from(value.max(1)) << 32) >> whole;
    let mut bits = u64::from(whole);
    for _ in 0..10 {
        mantissa = (mantissa * mantissa) >> 32;
        bits <<= 1;
        if mantissa >= 2 << 32 {
            mantissa >>= 1;
            bits |= 1;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right_to_a_pixel() {
        assert_eq!(log2(1), 0);
        assert_eq!(log2(1024), 10 * 1024);
        assert_eq!(log2(10), 3401);
        assert_eq!(Scale::Log(1, 1000).place(10, 300), 99);
        assert_eq!(Scale::Log(1, 1000).place(1000, 300), 300);
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert!(matches!(Scale::linear(23_161), Scale::Linear(25_000)));
        assert_eq!(Scale::linear(23_161).ticks(), [0, 5_000, 10_000, 15_000, 20_000, 25_000]);
        assert!(matches!(Scale::log(&[430, 67_110]), Scale::Log(200, 100_000)));
        assert_eq!(Scale::Log(200, 2_000).ticks(), [200, 500, 1_000, 2_000]);
        assert!(matches!(Scale::linear(0), Scale::Linear(1)));
    }
}
