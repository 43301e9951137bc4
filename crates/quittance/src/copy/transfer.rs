//! Reading one side while the other is written.

use std::sync::mpsc::{SyncSender, sync_channel};

use engine::{ReadError, Reader, SideKind, SideRecord, SideWrite, Store};
use receivables::{Entry, EntryNo};

use super::CHUNK;
use crate::output::{Done, note, sentence};

/// Blocks of the audit log read at once.
const BLOCKS: usize = 16;
/// How many records beside the history are read at once.
const SIDE_RECORDS: usize = 1_000;
/// How many chunks may wait.
const AHEAD: usize = 2;

/// Calls `take` with the entries after `after` up to `end`, in chunks, while the next ones are read.
pub(super) fn read_ahead(
    reader: &dyn Reader,
    after: EntryNo,
    end: EntryNo,
    mut take: impl FnMut(Vec<Entry>) -> Done,
) -> Done {
    std::thread::scope(|scope| {
        let (send, chunks) = sync_channel(AHEAD);
        scope.spawn(move || read(reader, after, end, &send));
        let mut reached = after;
        for chunk in chunks {
            let chunk = chunk?;
            reached = chunk.last().map_or(reached, |entry| entry.head.no);
            take(chunk)?;
        }
        if reached < end {
            return Err(sentence(format!("the history ends at {reached}, before {end}")));
        }
        Ok(())
    })
}

type Chunk = Result<Vec<Entry>, ReadError>;

/// Ends early when nobody listens any more.
fn read(reader: &dyn Reader, mut after: EntryNo, end: EntryNo, chunks: &SyncSender<Chunk>) {
    while after < end {
        let mut chunk = reader.entries(after, CHUNK);
        if let Ok(entries) = &mut chunk {
            entries.retain(|entry| entry.head.no <= end);
            match entries.last() {
                Some(last) => after = last.head.no,
                None => return,
            }
        }
        if chunk.is_err() {
            after = end;
        }
        if chunks.send(chunk).is_err() {
            return;
        }
    }
}

/// Brings the sealed credentials of gateways along; whoever opens them needs the same key as before.
pub(super) fn gateway_secrets(
    source: &dyn Reader,
    target: &dyn Reader,
    store: &mut dyn Store,
) -> Done {
    let there = target.gateway_secrets()?;
    for secret in source.gateway_secrets()?.iter().filter(|secret| !there.contains(secret)) {
        store.put_gateway_secret(secret)?;
    }
    let now = target.gateway_secrets()?;
    match source.gateway_secrets()?.iter().find(|secret| !now.contains(secret)) {
        Some(missing) => {
            Err(sentence(format!("the credentials of {:?} did not arrive", missing.gateway)))
        }
        None => Ok(()),
    }
}

/// Brings along what stands beside the history. What the target knows already stays as it is there.
pub(super) fn side_records(
    source: &dyn Reader,
    target: &dyn Reader,
    store: &mut dyn Store,
) -> Done {
    for kind in SideKind::ALL {
        let mut after = String::new();
        loop {
            let page = source.sides(kind, &after, SIDE_RECORDS)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            let mut writes = Vec::new();
            for SideRecord { id, body, .. } in page {
                if target.side(kind, &id)?.is_none() {
                    writes.push(SideWrite { kind, id, expected: None, body: Some(body) });
                }
            }
            if !writes.is_empty() && !store.put_side(&writes)? {
                return Err(sentence("somebody else changed the copy meanwhile".to_owned()));
            }
        }
    }
    Ok(())
}

/// Brings along the blocks of the audit log that seal what was copied; they fit, because it is the same.
pub(super) fn audit_blocks(
    source: &dyn Reader,
    target: &dyn Reader,
    store: &mut dyn Store,
    end: EntryNo,
) -> Done {
    let there = target.last_audit_block()?;
    let mut last = there.as_ref().map_or(0, |block| block.no);
    if let Some(there) = there {
        let same = source.audit_blocks(last.saturating_sub(1), 1)?.pop();
        if same.is_none_or(|block| block.hash != there.hash) {
            note("the copy was sealed by itself, so its record goes on by itself");
            return Ok(());
        }
    }
    loop {
        let blocks = source.audit_blocks(last, BLOCKS)?;
        let Some(newest) = blocks.last() else { return Ok(()) };
        last = newest.no;
        for block in blocks.iter().filter(|block| block.last <= end) {
            store.put_audit_block(block)?;
        }
        if newest.last > end {
            return Ok(());
        }
    }
}

/// Brings the API keys of the target up to those of the source; what was revoked stays revoked.
/// Answers how many were stored.
pub(super) fn api_keys(
    source: &dyn Reader,
    target: &dyn Reader,
    store: &mut dyn Store,
) -> Done<u64> {
    let there = target.api_keys()?;
    let mut stored = 0;
    for mut key in source.api_keys()? {
        let known = there.iter().find(|known| known.name == key.name);
        if let Some(known) = known {
            if known.hash == key.hash {
                key.revoked_at = key.revoked_at.or(known.revoked_at);
            } else {
                note(format!("API key {:?} of the copy gives way to that of the source", key.name));
            }
        }
        if known != Some(&key) {
            store.put_api_key(&key)?;
            stored += 1;
        }
    }
    let now = target.api_keys()?;
    let held = |name: &str, hash: &[u8; 32]| {
        now.iter().any(|known| known.name == name && known.hash == *hash)
    };
    match source.api_keys()?.iter().find(|key| !held(&key.name, &key.hash)) {
        Some(missing) => Err(sentence(format!("API key {:?} did not arrive", missing.name))),
        None => Ok(stored),
    }
}
