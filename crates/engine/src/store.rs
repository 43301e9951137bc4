use std::sync::Arc;

use receivables::{Books, Entry, EntryNo, Need, Settings, context::Numbers};
use rustc_hash::FxHashMap;

use crate::KeyHash;
use crate::history::Gaps;
use crate::reader::{ApiKey, AuditBlock, GatewaySecret};
use crate::side::SideWrite;

/// The writing side of a database. Owned by one committer; never called by two at once. Several
/// stores may write to the same database at once, in one process or in many.
///
/// *Contract.* [`Store::load`] is asked once for everything a batch needs. A database across a network
/// answers with a fixed number of round trips; one in the process may ask itself per need. What was
/// loaded stays as it is, for every other writer too, until [`Store::commit`] or [`Store::release`].
/// [`Store::commit`] is atomic and durable when it returns, and only then visible to readers; after
/// an error nothing of the batch is there (but see [`StoreErrorKind::Unknown`]), and the store has
/// gone back to what the database holds.
pub trait Store: Send {
    /// Everything `needs` names, and what the history knows of `keys`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database cannot be read.
    fn load(&mut self, needs: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError>;
    /// Takes `count` numbers of each kind and answers the last numbers given out before them. A store
    /// that others share may answer later ones than `expected`; the batch is then decided again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if none could be taken.
    fn take_numbers(&mut self, expected: Numbers, count: Numbers) -> Result<Numbers, StoreError> {
        let _ = count;
        Ok(expected)
    }
    /// Appends `entries` and takes over the states they left behind.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was written.
    fn commit(
        &mut self,
        entries: &[&Entry],
        changed: Books,
        numbers: Numbers,
    ) -> Result<(), StoreError>;
    /// Lets go of what was loaded: nothing is to be committed.
    fn release(&mut self) {}
    /// Decisions of the past, in the order asked for; fails if one is missing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    fn entries(&mut self, numbers: &[EntryNo]) -> Result<Vec<Entry>, StoreError>;
    /// Says that `numbers` are given out, perhaps with gaps: a history is read in that has numbers of
    /// its own. Belongs to the commit that follows.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if that could not be written.
    fn adopt_numbers(&mut self, numbers: Numbers, gaps: Gaps) -> Result<(), StoreError>;
    /// Stores or replaces an API key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was written.
    fn put_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    /// Stores or replaces the sealed credentials of a gateway. They are not part of the history.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was written.
    fn put_gateway_secret(&mut self, secret: &GatewaySecret) -> Result<(), StoreError>;
    /// Stores a block of the audit log. If there is one of its number, nothing happens: blocks never change.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn put_audit_block(&mut self, block: &AuditBlock) -> Result<(), StoreError>;
    /// Changes records beside the history, all or none. False, and nothing is changed, if one of them does not have the
    /// version it was expected to have, or is there although it was to be made.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was written.
    fn put_side(&mut self, writes: &[SideWrite]) -> Result<bool, StoreError>;
    /// Called when nothing waits: a chance to write caches back.
    fn idle(&mut self) {}
    /// Writes every cache back; called once, at the end.
    fn close(&mut self) {}
}

/// What [`Store::load`] found.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The states.
    pub books: Books,
    /// The commands already in the history under one of the keys.
    pub prior: FxHashMap<KeyHash, Prior>,
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// The last numbers given out, as far as this store knows; never less than those of the documents
    /// of the accounts it loaded.
    pub numbers: Numbers,
    /// Whether other stores take numbers too, so that [`Store::take_numbers`] may answer later ones.
    pub shared_numbers: bool,
}

/// A command already in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prior {
    /// Where it stands.
    pub entry: EntryNo,
    /// What it was.
    pub fingerprint: KeyHash,
}

/// The database could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct StoreError {
    /// What kind of trouble.
    pub kind: StoreErrorKind,
    /// For the log.
    pub detail: String,
}

/// What kind of trouble the database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// No space left.
    Full,
    /// Not writable.
    ReadOnly,
    /// Another writer was in the way, and nothing was written. Trying again is worthwhile.
    Conflict,
    /// The database cannot be reached, and nothing was written.
    Lost,
    /// The connection broke while committing: it was written or it was not. The idempotency keys tell.
    Unknown,
    /// Anything else.
    Other,
}
