//! Random secrets, and what is kept of them.

use sha2::{Digest, Sha256};

/// The machine gives no random numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no random numbers: {0}")]
pub struct NoRandomness(pub(crate) String);

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in hexadecimal digits: what is kept of a secret that is random itself, so that no salt and no slow
/// hash is needed.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// 256 random bits in hexadecimal digits behind a prefix that says what it opens.
///
/// # Errors
///
/// [`NoRandomness`].
pub fn token(prefix: &str) -> Result<String, NoRandomness> {
    Ok(format!("{prefix}{}", hex(&random::<32>()?)))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// Compares without telling by its time where two texts differ.
pub fn constant_time_eq(one: &str, other: &str) -> bool {
    // The hashes are compared: how far they agree tells nothing about the texts.
    Sha256::digest(one.as_bytes()) == Sha256::digest(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_256_bits_and_is_never_the_same() {
        let (one, other) = (token("qt_").unwrap(), token("qt_").unwrap());
        assert_eq!((one.len(), &one[..3]), (67, "qt_"));
        assert_ne!(one, other);
        assert!(constant_time_eq(&one, &one.clone()) && !constant_time_eq(&one, &other));
    }
}
