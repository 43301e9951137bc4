//! Finding a full card number in a text, so that none is ever stored.

/// The shortest and the longest card number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// Whether `text` contains something that looks like a full card number: 13 to 19 digits, perhaps
/// with single spaces or dashes between them, that begin as an issuer's numbers begin and end with
/// the right check digit (ISO/IEC 7812-1).
pub fn looks_like_card_number(text: &str) -> bool {
    let mut groups: Vec<Vec<u8>> = Vec::new();
    let mut joined = false;
    for byte in text.bytes().chain(std::iter::once(b'.')) {
        match (byte.is_ascii_digit(), groups.last_mut()) {
            (true, Some(group)) if !joined => group.push(byte - b'0'),
            (true, _) => {
                groups.push(vec![byte - b'0']);
                joined = false;
            }
            // A single blank or dash may stand between the groups of one number.
            (false, Some(_)) if !joined && (byte == b' ' || byte == b'-') => joined = true,
            (false, _) => {
                if contains_number(&groups) {
                    return true;
                }
                groups.clear();
                joined = false;
            }
        }
    }
    false
}

/// Whether groups that stand together make a number, as in "4242 4242 4242 4242 12/29".
fn contains_number(groups: &[Vec<u8>]) -> bool {
    (0..groups.len()).any(|start| {
        let mut digits: Vec<u8> = Vec::new();
        groups.iter().skip(start).any(|group| {
            digits.extend(group);
            LENGTHS.contains(&digits.len()) && is_number(&digits)
        })
    })
}

fn is_number(digits: &[u8]) -> bool {
    is_issued(digits) && passes_luhn(digits)
}

/// First digits that card schemes use for payment cards.
fn is_issued(digits: &[u8]) -> bool {
    let first = |count: usize| {
        digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    matches!(first(1), 4)
        || matches!(first(2), 34 | 36..=39 | 30 | 35 | 50..=58 | 60 | 62..=65 | 67 | 81)
        || (2221..=2720).contains(&first(4))
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            match (place % 2 == 1, digit * 2) {
                (false, _) => digit,
                (true, double) if double > 9 => double - 9,
                (true, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "card 5555555555554444, thanks",
            "378282246310005",
            "6011 1111 1111 1117",
            "3566002020360505",
            "2223003122003222",
            "pan=4000056655665556;",
            "4242 4242 4242 4242 12 29",
            "6200000000000005",
        ] {
            assert!(looks_like_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_let_through() {
        for text in [
            "",
            "chq 4711",
            "4242424242424241",
            "4242",
            "tok_4242",
            "DE89370400440532013000",
            "2026-11-23 10:00",
            "9780306406157",
            "0000000000000000",
            "pm_1Q2w3e4r5t6z7u8i9o",
        ] {
            assert!(!looks_like_card_number(text), "{text}");
        }
    }
}
