use receivables::Command;
use receivables::fact::KeyHash;
use sha2::{Digest, Sha256};

/// The longest idempotency key, in bytes.
const KEY_MAX: usize = 255;

/// Hashes `bytes`: the first 16 bytes of their SHA-256.
pub fn hash(bytes: &[u8]) -> KeyHash {
    let digest = Sha256::digest(bytes);
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(digest) {
        *to = from;
    }
    KeyHash(first)
}

/// A caller's own name for one command. Sending it again with the same key has no second effect,
/// whoever sends it and however much later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub(crate) KeyHash);

/// The text cannot be an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to {KEY_MAX} visible ASCII characters")]
pub struct KeyError;

impl IdempotencyKey {
    /// Checks and hashes `text`; only the hash is kept.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is empty, too long or not visible ASCII.
    pub fn try_new(text: &str) -> Result<Self, KeyError> {
        let visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if text.trim().is_empty() || text.len() > KEY_MAX || !visible {
            return Err(KeyError);
        }
        Ok(Self(hash(text.as_bytes())))
    }
}

/// The fingerprint of a command: its canonical JSON, hashed.
pub(crate) fn fingerprint(command: &Command) -> KeyHash {
    serde_json::to_vec(command).map_or(KeyHash([0; 16]), |bytes| hash(&bytes))
}
