//! Making blocks beside the writers.

use std::sync::Arc;
use std::time::Duration;

use engine::{AuditBlock, Engine, Failure, ReadError, Reader};
use jiff::Timestamp;

use crate::block::{LEAVES_MAX, block};
use crate::sign::Signer;

/// How long the history may stay without a block while a server runs.
const PAUSE: Duration = Duration::from_secs(1);

/// Seals what the history gains.
#[derive(Debug)]
pub struct Sealer {
    engine: Engine,
    reader: Arc<dyn Reader>,
    signer: Option<Arc<Signer>>,
}

impl Sealer {
    /// A sealer that signs, if it can.
    pub fn new(engine: Engine, reader: Arc<dyn Reader>, signer: Option<Signer>) -> Self {
        Self { engine, reader, signer: signer.map(Arc::new) }
    }

    /// Seals everything there is, then looks again every second, until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let sealed = self.seal().await;
            if let (Err(detail), false) = (&sealed, failing) {
                tracing::warn!(detail, "the history could not be sealed; it is tried again");
            }
            failing = sealed.is_err();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Seals everything there is; answers how many blocks it made.
    ///
    /// # Errors
    ///
    /// What went wrong, in words. What was sealed stays.
    pub async fn seal(&self) -> Result<u64, String> {
        let mut made = 0;
        loop {
            let (reader, signer) = (Arc::clone(&self.reader), self.signer.clone());
            let now = self.engine.clock().now();
            let next =
                tokio::task::spawn_blocking(move || next(reader.as_ref(), signer.as_deref(), now));
            let next = next.await.map_err(|error| error.to_string())?;
            let Some(block) = next.map_err(|error| error.to_string())? else { return Ok(made) };
            match self.engine.put_audit_block(block).await {
                Ok(()) => made += 1,
                // Commands come first.
                Err(Failure::Unavailable(busy)) if busy.code == "busy" => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(failure) => return Err(failure.to_string()),
            }
        }
    }
}

/// Seals everything there is, on a database that no server serves.
///
/// # Errors
///
/// [`ReadError`], also if a block cannot be written.
pub fn seal_all(
    reader: &dyn Reader,
    store: &mut dyn engine::Store,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<u64, ReadError> {
    let mut made = 0;
    while let Some(block) = next(reader, signer, now)? {
        store.put_audit_block(&block).map_err(|error| ReadError(error.to_string()))?;
        made += 1;
    }
    Ok(made)
}

/// The block after the last one; none if every entry is in one. If another server makes the same one, one of them stays.
fn next(
    reader: &dyn Reader,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<Option<AuditBlock>, ReadError> {
    let last = reader.last_audit_block()?;
    let after = last.as_ref().map_or(receivables::EntryNo(0), |block| block.last);
    let entries = reader.entries(after, LEAVES_MAX)?;
    if entries.is_empty() {
        return Ok(None);
    }
    let made = block(&entries, last.as_ref(), now, signer);
    made.map(Some).map_err(|error| ReadError(error.to_string()))
}
