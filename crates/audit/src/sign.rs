//! Signing blocks. The key is derived from the one that seals the credentials of gateways, so there is one secret to keep.

use std::fmt;
use std::str::FromStr;

use ring::hkdf::{HKDF_SHA256, Salt};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::block::{hex, unhex};

/// What the key is derived for; another purpose gives another key.
const PURPOSE: &[u8] = b"quittance audit log, Ed25519, 1";

/// Signs blocks (Ed25519, RFC 8032).
pub struct Signer {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer whose key is derived (HKDF-SHA256, RFC 5869) from a secret of 64 hexadecimal digits; `None` if it is not one.
    pub fn derived(secret: &str) -> Option<Self> {
        let secret = unhex(secret).filter(|bytes| bytes.len() == 32)?;
        let derived = Salt::new(HKDF_SHA256, &[]).extract(&secret);
        let mut seed = [0; 32];
        derived.expand(&[PURPOSE], HKDF_SHA256).ok()?.fill(&mut seed).ok()?;
        Some(Self { pair: Ed25519KeyPair::from_seed_unchecked(&seed).ok()? })
    }

    /// Signs a hash.
    pub(crate) fn sign(&self, hash: &[u8]) -> Vec<u8> {
        self.pair.sign(hash).as_ref().to_vec()
    }

    /// The key that verifies what it signs.
    pub fn public_key(&self) -> PublicKey {
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(self.pair.public_key().as_ref()) {
            *to = *from;
        }
        PublicKey(key)
    }
}

/// Verifies signatures. Written as 64 hexadecimal digits; no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Whether it signed this.
    pub(crate) fn signed(&self, hash: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(hash, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = unhex(text).and_then(|bytes| bytes.try_into().ok()).map(Self);
        key.ok_or_else(|| "a public key is 64 hexadecimal digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_verifies_and_nothing_else() {
        let signer = Signer::derived(&"07".repeat(32)).unwrap();
        let again = Signer::derived(&format!(" {}\n", "07".repeat(32))).unwrap();
        let other = Signer::derived(&"08".repeat(32)).unwrap();
        assert_eq!(signer.public_key(), again.public_key());
        let signature = signer.sign(b"block");
        assert!(again.public_key().signed(b"block", &signature));
        assert!(!again.public_key().signed(b"clock", &signature));
        assert!(!other.public_key().signed(b"block", &signature));
        let text = signer.public_key().to_string();
        assert_eq!(text.parse(), Ok(signer.public_key()));
        for wrong in ["", "07", &"07".repeat(33), &"0g".repeat(32)] {
            assert!(Signer::derived(wrong).is_none());
            assert!(wrong.parse::<PublicKey>().is_err());
        }
    }
}
