use receivables::{Books, Entry, EntryNo, Need, Settings, context::Numbers};
use rustc_hash::FxHashMap;

use crate::KeyHash;
use crate::reader::ApiKey;

/// The writing side of a database. Owned by one committer; never called by two at once.
///
/// *Contract.* [`Store::load`] is asked once for everything a batch needs. A database across a network
/// answers with a fixed number of round trips; one in the process may ask itself per need.
/// [`Store::commit`] is atomic and durable when it returns, and only then visible to readers; after
/// an error nothing of the batch is there, and the store has gone back to what the database holds.
pub trait Store: Send {
    /// The settings in force.
    fn settings(&self) -> Settings;
    /// The last numbers given out.
    fn numbers(&self) -> Numbers;
    /// Everything `needs` names, and what the history knows of `keys`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database cannot be read.
    fn load(&mut self, needs: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError>;
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
    /// One decision of the past.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read.
    fn entry(&mut self, no: EntryNo) -> Result<Entry, StoreError>;
    /// Stores or replaces an API key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was written.
    fn put_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    /// Called when nothing waits: a chance to write caches back.
    fn idle(&mut self) {}
    /// Writes every cache back; called once, at the end.
    fn close(&mut self) {}
}

/// What [`Store::load`] found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The states.
    pub books: Books,
    /// The commands already in the history under one of the keys.
    pub prior: FxHashMap<KeyHash, Prior>,
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
    /// Anything else.
    Other,
}
