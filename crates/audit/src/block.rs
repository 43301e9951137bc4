//! Blocks: how hashes are made, and what a block says.

use engine::AuditBlock;
use jiff::Timestamp;
use receivables::{Entry, EntryNo};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sign::{PublicKey, Signer};

/// How many entries a block holds at most.
pub const LEAVES_MAX: usize = 4_096;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// In front of what is hashed, so that a hash of one kind never passes for another (RFC 6962 2.1).
const LEAF: u8 = 0;
const NODE: u8 = 1;
const BLOCK: u8 = 2;

/// Bytes of a leaf in a block: how far the entry's number lies behind the block's first, and its hash.
const LEAF_BYTES: usize = 4 + 32;

/// The hash of an entry: SHA-256 of a zero byte and its canonical JSON.
///
/// # Errors
///
/// [`serde_json::Error`] if it cannot be written as JSON.
pub fn leaf(entry: &Entry) -> Result<Hash, serde_json::Error> {
    let json = serde_json::to_vec(entry)?;
    Ok(Sha256::new_with_prefix([LEAF]).chain_update(json).finalize().into())
}

/// The Merkle root of `leaves` (RFC 6962 2.1): the largest power of two goes to the left.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        several => {
            let half = several.len().next_power_of_two() / 2;
            let (left, right) = several.split_at(half);
            let node = Sha256::new_with_prefix([NODE]).chain_update(root(left));
            node.chain_update(root(right)).finalize().into()
        }
    }
}

/// What a block says of its entries: number and hash of each.
pub(crate) fn leaves_of(block: &AuditBlock) -> Option<Vec<(EntryNo, Hash)>> {
    if block.leaves.is_empty() || !block.leaves.len().is_multiple_of(LEAF_BYTES) {
        return None;
    }
    let one = |bytes: &[u8]| {
        let (behind, hash) = bytes.split_at_checked(4)?;
        let behind = u32::from_be_bytes(behind.try_into().ok()?);
        let no = block.first.0.checked_add(u64::from(behind))?;
        Some((EntryNo(no), hash.try_into().ok()?))
    };
    block.leaves.chunks_exact(LEAF_BYTES).map(one).collect()
}

/// The hash of a block: of everything it says but its leaves, whose root it holds, and its signature.
pub(crate) fn hash(block: &AuditBlock) -> Hash {
    Sha256::new_with_prefix([BLOCK])
        .chain_update(block.no.to_be_bytes())
        .chain_update(block.first.0.to_be_bytes())
        .chain_update(block.last.0.to_be_bytes())
        .chain_update(block.made_at.as_microsecond().to_be_bytes())
        .chain_update(block.previous)
        .chain_update(block.root)
        .finalize()
        .into()
}

/// Number and hash of an entry.
pub(crate) type Leaf = (EntryNo, Hash);

/// The leaves of `entries`.
pub(crate) fn leaves(entries: &[Entry]) -> Result<Vec<Leaf>, serde_json::Error> {
    entries.iter().map(|entry| Ok((entry.head.no, leaf(entry)?))).collect()
}

/// The block of `leaves` (at least one, ascending), after `previous`.
pub(crate) fn block(
    leaves: &[Leaf],
    previous: Option<&AuditBlock>,
    made_at: Timestamp,
    signer: Option<&Signer>,
) -> AuditBlock {
    let number = |leaf: Option<&Leaf>| leaf.map_or(EntryNo(0), |leaf| leaf.0);
    let (first, last) = (number(leaves.first()), number(leaves.last()));
    let mut bytes = Vec::with_capacity(leaves.len() * LEAF_BYTES);
    for (no, hash) in leaves {
        let behind = u32::try_from(no.0 - first.0).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&behind.to_be_bytes());
        bytes.extend_from_slice(hash);
    }
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf.1).collect();
    let mut block = AuditBlock {
        no: previous.map_or(1, |previous| previous.no + 1),
        first,
        last,
        leaves: bytes,
        previous: previous.map_or([0; 32], |previous| previous.hash),
        root: root(&hashes),
        hash: [0; 32],
        made_at,
        signature: None,
    };
    block.hash = hash(&block);
    block.signature = signer.map(|signer| signer.sign(&block.hash));
    block
}

/// The end of the chain, to be kept elsewhere: whoever holds it can tell later whether anything up to it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the block.
    pub block: u64,
    /// The last entry it covers.
    pub last_entry: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// Its signature, in hexadecimal digits; absent if there was no key.
    pub signature: Option<String>,
    /// The key that verifies it, in hexadecimal digits.
    pub public_key: Option<String>,
}

impl Head {
    /// The head that `block` is.
    pub fn new(block: &AuditBlock, key: Option<&PublicKey>) -> Self {
        Self {
            block: block.no,
            last_entry: block.last.to_string(),
            made_at: block.made_at,
            hash: hex(&block.hash),
            signature: block.signature.as_deref().map(hex),
            public_key: key.filter(|_| block.signature.is_some()).map(ToString::to_string),
        }
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes from hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .trim()
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let pair = |pair: &[u8]| match pair {
        [high, low] => high << 4 | low,
        _ => 0,
    };
    Some(digits.chunks_exact(2).map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_rfc_6962() {
        // The test vectors of the certificate transparency project: leaves of these bytes.
        let data: [&[u8]; 4] = [b"", b"\x00", b"\x10", b"\x20\x21"];
        let leaves: Vec<Hash> = data
            .iter()
            .map(|bytes| Sha256::new_with_prefix([LEAF]).chain_update(bytes).finalize().into())
            .collect();
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        for (count, expected) in roots.iter().enumerate() {
            assert_eq!(hex(&root(&leaves[..=count])), *expected, "{count}");
        }
    }

    /// Entries as a release wrote them. Whatever is added to entries later, these must be written the same for ever, or every
    /// block that seals such ones would seem to be wrong.
    #[test]
    fn entries_are_written_as_they_always_were() {
        let lines = include_str!("entries.ndjson");
        assert!(lines.lines().count() >= 9);
        for line in lines.lines() {
            let entry: Entry = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&entry).unwrap(), line);
            let whole = Sha256::new_with_prefix([LEAF]).chain_update(line).finalize();
            assert_eq!(leaf(&entry).unwrap()[..], whole[..]);
        }
    }

    #[test]
    fn hexadecimal_digits_go_both_ways() {
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        assert_eq!(unhex(" 0a\n"), Some(vec![10]));
        assert_eq!((unhex("0"), unhex("0g")), (None, None));
    }
}
