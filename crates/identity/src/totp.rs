//! Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds), and codes for when the device is lost.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

use crate::secret::{NoRandomness, random};

/// Seconds a code holds.
pub const CODE_PERIOD_S: i64 = 30;
/// How many recovery codes are made.
pub const RECOVERY_CODES: usize = 8;
/// Clocks may differ by so many steps.
const STEPS_OFF: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base32 without padding (RFC 4648), as apps want the secret.
pub fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
    let mut push = |five: u32| {
        let place = usize::try_from(five & 31).unwrap_or(0);
        text.push(char::from(ALPHABET.get(place).copied().unwrap_or(b'A')));
    };
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    text
}

/// A URI that apps read as a QR code.
pub fn otpauth_uri(user: &str, secret: &[u8]) -> String {
    let user: String = user.replace('+', "%2B").replace('@', "%40");
    let secret = base32(secret);
    format!(
        "otpauth://totp/Quittance:{user}?secret={secret}&issuer=Quittance&algorithm=SHA1&digits=6&period=30"
    )
}

/// The code of a step (RFC 4226, 5.3), as a number below a million.
pub fn code_of_step(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 15);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// The step that `given` is the code of, around `now` and behind `last`; none if it is no code, or was taken before.
pub fn matching_step(secret: &[u8], given: &str, now: Timestamp, last: i64) -> Option<i64> {
    if given.len() != 6 || !given.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let given: u32 = given.parse().ok()?;
    let middle = now.as_second().div_euclid(CODE_PERIOD_S);
    let steps = middle - STEPS_OFF..=middle + STEPS_OFF;
    steps.filter(|step| *step > last).find(|step| code_of_step(secret, *step) == Some(given))
}

/// A code for when the device is lost: 80 bits, in groups.
///
/// # Errors
///
/// [`NoRandomness`].
pub fn recovery_code() -> Result<String, NoRandomness> {
    let text = base32(&random::<10>()?).to_ascii_lowercase();
    let groups: Vec<&str> = (0..4).filter_map(|at| text.get(at * 4..at * 4 + 4)).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, code) in vectors {
            assert_eq!(matching_step(SECRET, code, at(second), 0), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_holds_for_a_step_before_and_after_and_only_once() {
        let step = 1_234_567_890 / 30;
        for (off, holds) in [(-60, false), (-30, true), (30, true), (60, false)] {
            let found = matching_step(SECRET, "005924", at(1_234_567_890 + off), 0);
            assert_eq!(found.is_some(), holds, "{off}");
        }
        assert_eq!(matching_step(SECRET, "005924", at(1_234_567_890), step), None);
        assert_eq!(matching_step(SECRET, "005924", at(1_234_567_890), step - 1), Some(step));
        for bad in ["", "5924", "+05924", "00592４", "0059244"] {
            assert_eq!(matching_step(SECRET, bad, at(1_234_567_890), 0), None, "{bad}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (plain, text) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
        let code = recovery_code().unwrap();
        assert_eq!((code.len(), code.matches('-').count()), (19, 3), "{code}");
        assert!(
            otpauth_uri("a+b@c.d", SECRET)
                .starts_with("otpauth://totp/Quittance:a%2Bb%40c.d?secret=GEZDG")
        );
    }
}
