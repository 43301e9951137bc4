//! Encrypts the credentials of gateways, so that a copy of the database gives nothing away.

use gateway::Credentials;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Why credentials could not be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The key is not one.
    #[error(
        "the key must be 64 hexadecimal digits (32 bytes); make one with: openssl rand -hex 32"
    )]
    BadKey,
    /// No key was given.
    #[error("there is no key for the credentials of gateways; set QUITTANCE_KEY or --key-file")]
    NoKey,
    /// The credentials cannot be opened with this key, or were changed, or belong to another gateway.
    #[error(
        "the credentials of gateway {0:?} cannot be opened with this key; give the key they were stored with, or store them anew"
    )]
    CannotOpen(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

/// A key for credentials. AES-256-GCM with a random nonce per sealing; the name of the gateway is
/// authenticated with it, so that sealed credentials cannot be moved to another one.
#[derive(Clone)]
pub struct Vault {
    key: LessSafeKey,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault with the key written as 64 hexadecimal digits; blanks around it do not count.
    ///
    /// # Errors
    ///
    /// [`VaultError::BadKey`].
    pub fn new(hex: &str) -> Result<Self, VaultError> {
        let hex = hex.trim();
        let digits: Option<Vec<u8>> = hex
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or(VaultError::BadKey)?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| match pair {
                [high, low] => high << 4 | low,
                _ => 0,
            })
            .collect();
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::BadKey)?;
        Ok(Self { key: LessSafeKey::new(key) })
    }

    /// Encrypts credentials.
    ///
    /// # Errors
    ///
    /// [`VaultError::NoRandomness`].
    pub fn seal(&self, gateway: &str, credentials: &Credentials) -> Result<Vec<u8>, VaultError> {
        self.seal_bytes(gateway, serde_json::to_vec(credentials).unwrap_or_default())
    }

    /// Decrypts what [`Vault::seal`] made.
    ///
    /// # Errors
    ///
    /// [`VaultError::CannotOpen`].
    pub fn open(&self, gateway: &str, sealed: &[u8]) -> Result<Credentials, VaultError> {
        let cannot = || VaultError::CannotOpen(gateway.to_owned());
        let opened = self.open_bytes(gateway, sealed).ok_or_else(cannot)?;
        serde_json::from_slice(&opened).map_err(|_| cannot())
    }

    /// Encrypts any secret, so that it only opens under the same name.
    ///
    /// # Errors
    ///
    /// [`VaultError::NoRandomness`].
    pub fn seal_bytes(&self, name: &str, mut secret: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|e| VaultError::NoRandomness(e.to_string()))?;
        let aad = Aad::from(name.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut secret)
            .map_err(|_| VaultError::BadKey)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut secret);
        Ok(whole)
    }

    /// Decrypts what [`Vault::seal_bytes`] made under this name with this key; else nothing.
    pub fn open_bytes(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut rest).ok()?;
        Some(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use gateway::Secret;

    use super::*;

    fn credentials() -> Credentials {
        Credentials(BTreeMap::from([("secret_key".to_owned(), Secret::new("sk_test_4711"))]))
    }

    #[test]
    fn what_is_sealed_is_opened_with_the_same_key_and_name_only() {
        let vault = Vault::new(&"0a".repeat(32)).unwrap();
        let sealed = vault.seal("main", &credentials()).unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"sk_test"));
        assert_eq!(vault.open("main", &sealed).unwrap(), credentials());
        assert!(vault.open("other", &sealed).is_err());
        assert!(Vault::new(&"0b".repeat(32)).unwrap().open("main", &sealed).is_err());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert!(vault.open("main", &changed).is_err());
        assert!(vault.open("main", &sealed[..5]).is_err());
        assert_ne!(vault.seal("main", &credentials()).unwrap(), sealed, "a nonce of its own");
    }

    #[test]
    fn a_key_is_32_bytes_in_hex() {
        for text in ["", "0a", &"0g".repeat(32), &"0a".repeat(33)] {
            assert_eq!(Vault::new(text).unwrap_err(), VaultError::BadKey, "{text}");
        }
        assert!(Vault::new(&format!(" {}\n", "AB".repeat(32))).is_ok());
        assert_eq!(format!("{:?}", credentials()).matches("4711").count(), 0);
    }
}
