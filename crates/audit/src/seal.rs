//! Making blocks beside the writers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{AuditBlock, Engine, Failure, ReadError, Reader};
use jiff::Timestamp;

use receivables::EntryNo;

use crate::block::{LEAVES_MAX, block, leaves};
use crate::recent::Recent;
use crate::sign::Signer;

/// How long the history may stay without a block while a server runs.
const PAUSE: Duration = Duration::from_secs(1);

/// Seals what the history gains.
#[derive(Debug)]
pub struct Sealer {
    engine: Engine,
    reader: Arc<dyn Reader>,
    signer: Option<Arc<Signer>>,
    recent: Arc<Recent>,
}

impl Sealer {
    /// A sealer that signs, if it can.
    pub fn new(engine: Engine, reader: Arc<dyn Reader>, signer: Option<Signer>) -> Self {
        let recent = Recent::hear(engine.listen());
        Self { engine, reader, signer: signer.map(Arc::new), recent }
    }

    /// Seals everything there is, then looks again every second, until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let sealed = self.seal(true).await;
            if let (Err(detail), false) = (&sealed, failing) {
                tracing::warn!(detail, "the history could not be sealed; it is tried again");
            }
            failing = sealed.is_err();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Seals everything there is; answers how many blocks it made. `gently`: what has to be read back, because it was not committed
    /// by this process a moment ago, takes a quarter of a processor at most.
    ///
    /// # Errors
    ///
    /// What went wrong, in words. What was sealed stays.
    pub async fn seal(&self, gently: bool) -> Result<u64, String> {
        let mut made = 0;
        loop {
            let (reader, signer) = (Arc::clone(&self.reader), self.signer.clone());
            let recent = Arc::clone(&self.recent);
            let now = self.engine.clock().now();
            let next = tokio::task::spawn_blocking(move || {
                next(reader.as_ref(), Some(&recent), signer.as_deref(), now)
            });
            let next = next.await.map_err(|error| error.to_string())?;
            let Some(next) = next.map_err(|error| error.to_string())? else { return Ok(made) };
            let (last, took) = (next.block.last, next.reading);
            // What was committed meanwhile is hashed in a moment.
            let enough = gently && took.is_none() && next.leaves < LEAVES_MAX;
            if let (true, Some(took)) = (gently, took) {
                tokio::time::sleep(took * 3).await;
            }
            match self.engine.put_audit_block(next.block).await {
                Ok(()) => {
                    self.recent.forget(last);
                    made += 1;
                    if enough {
                        return Ok(made);
                    }
                }
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
    while let Some(next) = next(reader, None, signer, now)? {
        store.put_audit_block(&next.block).map_err(|error| ReadError(error.to_string()))?;
        made += 1;
    }
    Ok(made)
}

/// A block, and how long its entries were read back for, if they were.
struct Next {
    block: AuditBlock,
    leaves: usize,
    reading: Option<Duration>,
}

/// The block after the last one; none if every entry is in one. If another server makes the same one, one of them stays.
fn next(
    reader: &dyn Reader,
    recent: Option<&Recent>,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<Option<Next>, ReadError> {
    let last = reader.last_audit_block()?;
    let after = last.as_ref().map_or(EntryNo(0), |block| block.last);
    let known = match recent {
        Some(recent) => recent.leaves(reader, after)?,
        None => None,
    };
    let (leaves, reading) = match known {
        Some(leaves) => (leaves, None),
        None => {
            let began = Instant::now();
            let entries = reader.entries(after, LEAVES_MAX)?;
            let leaves = leaves(&entries).map_err(|error| ReadError(error.to_string()))?;
            (leaves, Some(began.elapsed()))
        }
    };
    if leaves.is_empty() {
        return Ok(None);
    }
    let block = block(&leaves, last.as_ref(), now, signer);
    Ok(Some(Next { block, leaves: leaves.len(), reading }))
}
