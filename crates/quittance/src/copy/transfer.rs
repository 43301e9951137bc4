//! Reading one side while the other is written.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};

use engine::{ReadError, Reader, SideKind, SideRecord, SideWrite, Store};
use events::Position;
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

/// Makes what stands beside the history the same as in the source. What was changed or erased there is changed or erased
/// in the copy, too: who was disabled there must not come back here.
pub(super) fn side_records(
    source: &dyn Reader,
    target: &dyn Reader,
    store: &mut dyn Store,
) -> Done {
    for kind in SideKind::ALL {
        let (mut wanted, mut known) = (Sides::of(source, kind), Sides::of(target, kind));
        let mut writes = Vec::new();
        while let Some(id) = first_of(wanted.first()?, known.first()?) {
            let body = wanted.take(&id).map(|record| to_copy(kind, record)).transpose()?;
            let there = known.take(&id);
            let expected = there.as_ref().map(|record| record.version);
            if body != there.map(|record| record.body) {
                writes.push(SideWrite { kind, id, expected, body });
            }
            if writes.len() == SIDE_RECORDS {
                put_sides(store, &std::mem::take(&mut writes))?;
            }
        }
        put_sides(store, &writes)?;
    }
    Ok(())
}

fn put_sides(store: &mut dyn Store, writes: &[SideWrite]) -> Done {
    if !writes.is_empty() && !store.put_side(writes)? {
        return Err(sentence("somebody else changed the copy meanwhile".to_owned()));
    }
    Ok(())
}

/// What the copy is to hold of a record: no lease, because nobody delivers from the copy yet.
fn to_copy(kind: SideKind, record: SideRecord) -> Done<String> {
    if kind != SideKind::EventPosition {
        return Ok(record.body);
    }
    let unreadable = |error| sentence(format!("record {}: {error}", record.id));
    let mut position: Position = serde_json::from_str(&record.body).map_err(unreadable)?;
    if position.lease.take().is_none() {
        return Ok(record.body);
    }
    serde_json::to_string(&position).map_err(unreadable)
}

fn first_of(one: Option<&str>, other: Option<&str>) -> Option<String> {
    one.into_iter().chain(other).min().map(str::to_owned)
}

/// The records of a kind in the order of their ids, read page by page.
struct Sides<'a> {
    reader: &'a dyn Reader,
    kind: SideKind,
    read: VecDeque<SideRecord>,
    after: String,
}

impl<'a> Sides<'a> {
    fn of(reader: &'a dyn Reader, kind: SideKind) -> Self {
        Self { reader, kind, read: VecDeque::new(), after: String::new() }
    }

    /// The id of the next record.
    fn first(&mut self) -> Result<Option<&str>, ReadError> {
        if self.read.is_empty() {
            self.read = self.reader.sides(self.kind, &self.after, SIDE_RECORDS)?.into();
            if let Some(last) = self.read.back() {
                self.after.clone_from(&last.id);
            }
        }
        Ok(self.read.front().map(|record| record.id.as_str()))
    }

    /// The next record, if it is this one.
    fn take(&mut self, id: &str) -> Option<SideRecord> {
        self.read.pop_front_if(|record| record.id == id)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_takes_no_lease_along() {
        let body = r#"{"entry":7,"generation":1,"last_success":"2026-11-23T10:00:00Z"}"#;
        let lease = r#","lease":{"holder":"x","until":"2026-11-23T10:00:00Z"}}"#;
        for found in [body.to_owned(), body.replace('}', lease)] {
            let record = SideRecord { id: "ep_1".to_owned(), version: 3, body: found };
            assert_eq!(to_copy(SideKind::EventPosition, record).unwrap(), body);
        }
    }
}
