//! Signatures and the encodings they come in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256, Sha512};

/// How far a signed time may be from now: 300 seconds (gateways 2.1).
pub const TOLERANCE_SECONDS: u64 = 300;

/// HMAC-SHA256 of the parts, one after the other.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // A key of HMAC may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// HMAC-SHA512 of a text.
pub fn hmac_sha512(key: &[u8], text: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// SHA-256 of a text.
pub fn sha256(text: &[u8]) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// Whether two signatures are the same, in a time that does not tell where they differ. Empty ones
/// never are.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0_u8, |sum, (a, b)| sum | (a ^ b));
    !left.is_empty() && left.len() == right.len() && differing == 0
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal digits of either case.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes from base64 with padding.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A header by its name in lower case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Verifies `t=<unix>,v1=<hex>[,v1=...]`: `v1` is the HMAC-SHA256 of `<t>.<body>`. Any of several `v1`
/// may match, since two secrets are valid while one is replaced (gateways 2.1).
///
/// # Errors
///
/// Says what is wrong with it.
pub fn verify_timed(header: &str, secret: &str, body: &[u8], now: Timestamp) -> Result<(), String> {
    if secret.is_empty() {
        return Err("no webhook secret is configured".to_owned());
    }
    let fields = || header.split(',').filter_map(|field| field.trim().split_once('='));
    let (_, time) = fields().find(|(name, _)| *name == "t").ok_or("it has no time")?;
    let second: i64 = time.parse().map_err(|_| "its time is not a number".to_owned())?;
    if second.abs_diff(now.as_second()) > TOLERANCE_SECONDS {
        return Err("it is too old, or from the future".to_owned());
    }
    let wanted = hmac_sha256(secret.as_bytes(), &[time.as_bytes(), b".", body]);
    let matches = fields()
        .filter(|(name, _)| *name == "v1")
        .any(|(_, digits)| unhex(digits).is_some_and(|given| same(&given, &wanted)));
    if matches { Ok(()) } else { Err("no signature matches".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        // RFC 4231, test case 2.
        let mac = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let mac = hmac_sha512(b"Jefe", b"what do ya want for nothing?");
        assert!(
            hex(&mac)
                .starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554")
        );
        assert_eq!(base64(&sha256(b"")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn encodings_come_back() {
        assert_eq!(unhex("00fFa0"), Some(vec![0, 255, 160]));
        assert_eq!((unhex("0"), unhex("0g"), unhex("+1")), (None, None, None));
        assert_eq!(unbase64(&base64(b"abc")), Some(b"abc".to_vec()));
        assert_eq!(unbase64("a"), None);
    }

    #[test]
    fn a_timed_signature_holds_for_its_body_secret_and_time_only() {
        let body = br#"{"id":"evt_1"}"#;
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let signed =
            |secret: &str| hex(&hmac_sha256(secret.as_bytes(), &[b"1700000000", b".", body]));
        let good = format!("t=1700000000,v1={}", signed("s"));
        assert_eq!(verify_timed(&good, "s", body, at), Ok(()));
        let rotated = format!("t=1700000000, v1={}, v1={},v0=1", signed("old"), signed("s"));
        assert_eq!(verify_timed(&rotated, "s", body, at), Ok(()));
        let later = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        assert_eq!(verify_timed(&good, "s", body, later(300)), Ok(()));
        assert_eq!(verify_timed(&good, "s", body, later(-300)), Ok(()));
        assert!(verify_timed(&good, "s", body, later(301)).is_err());
        assert!(verify_timed(&good, "s", body, later(-301)).is_err());
        assert!(verify_timed(&good, "s", b"{}", at).is_err());
        assert!(verify_timed(&good, "other", body, at).is_err());
        assert!(verify_timed(&good, "", body, at).is_err());
        for bad in
            ["", "t=", "v1=ab", "t=1700000000", "t=1700000000,v1=", "t=9999999999999999999,v1=a"]
        {
            assert!(verify_timed(bad, "s", body, at).is_err(), "{bad}");
        }
    }
}
