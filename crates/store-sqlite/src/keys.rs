//! Idempotency keys: recent ones in memory, all others in an index that grows in sorted slices.
//!
//! A key lives at the slot given by the first 63 bits of its hash, or the next free one; the entry at
//! a slot holds the full hash, so a collision costs one more look and never a wrong answer. Random
//! keys would dirty one page each if written with their command. They are written later instead, slice
//! after slice of the number range, so that neighbours share a page. `keys_folded` says up to which
//! entry every key is on disk; the keys after it are read back from the entries at start.

use receivables::EntryNo;
use receivables::fact::KeyHash;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use engine::Prior;

use crate::codec::{Db, corrupt, int, key_hash, number};
use crate::rows::{all, one};
use crate::states::{meta, put_meta};

/// Above this many keys on disk, a sweep is cut into several slices.
const KEYS_PER_SLICE: u64 = 400_000;
/// At most this many slices: bounds the memory and the time to read keys back after a crash.
const SLICES_MAX: u64 = 8;
/// Slots are 63 bits wide.
const SLOTS: u64 = 1 << 63;

#[derive(Debug, Default)]
pub(crate) struct Keys {
    recent: FxHashMap<u64, u64>,
    on_disk: u64,
    /// Where the next slice begins.
    position: u64,
    /// The last entry when the current sweep began.
    sweep_began: u64,
}

fn slot_of(key: KeyHash) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = key.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1
}

const fn after(slot: u64) -> u64 {
    (slot + 1) % SLOTS
}

impl Keys {
    /// Reads back the keys that are not known to be on disk.
    pub(crate) fn open(conn: &Connection) -> Db<Self> {
        let folded = meta(conn, "keys_folded")?;
        let on_disk = meta(conn, "keys_on_disk")?;
        let mut keys = Self { on_disk, sweep_began: folded, ..Self::default() };
        let sql = "SELECT entry_no, key_hash FROM entry WHERE entry_no > ?1 ORDER BY entry_no";
        let recent = all(conn, sql, [int(folded)], |row| Ok((number(row, 0)?, key_hash(row, 1)?)))?;
        for (entry, key) in recent {
            keys.add(key, EntryNo(entry));
        }
        Ok(keys)
    }

    /// Remembers the key of an entry that was just committed.
    pub(crate) fn add(&mut self, key: KeyHash, entry: EntryNo) {
        let mut slot = slot_of(key);
        while self.recent.contains_key(&slot) {
            slot = after(slot);
        }
        self.recent.insert(slot, entry.0);
    }

    /// What the history knows of `key`.
    pub(crate) fn find(&self, conn: &Connection, key: KeyHash) -> Db<Option<Prior>> {
        let mut slot = slot_of(key);
        loop {
            let recent = self.recent.get(&slot).copied();
            let stored = if self.on_disk > 0 { on_disk(conn, slot)? } else { None };
            if recent.is_none() && stored.is_none() {
                return Ok(None);
            }
            for entry in recent.into_iter().chain(stored) {
                if let Some(prior) = matching(conn, entry, key)? {
                    return Ok(Some(prior));
                }
            }
            slot = after(slot);
        }
    }

    /// Writes the next slice, or everything if `all`. The caller holds the transaction and calls
    /// [`Keys::written`] once it is committed.
    pub(crate) fn write_slice(&self, conn: &Connection, head: u64, all: bool) -> Db<Slice> {
        let slices = if all { 1 } else { (self.on_disk / KEYS_PER_SLICE).clamp(1, SLICES_MAX) };
        let width = SLOTS / slices;
        let from = if all { 0 } else { self.position.min(SLOTS - 1) };
        let last = all || (SLOTS - from) / 2 < width;
        let to = if last { SLOTS } else { from + width };
        let mut keys: Vec<(u64, u64)> = self
            .recent
            .iter()
            .filter(|(slot, _)| (from..to).contains(*slot))
            .map(|(slot, entry)| (*slot, *entry))
            .collect();
        keys.sort_unstable();
        let mut written = 0;
        for (slot, entry) in &keys {
            written += u64::from(insert(conn, *slot, *entry)?);
        }
        let on_disk = self.on_disk + written;
        put_meta(conn, "keys_on_disk", on_disk)?;
        let whole_in_one = from == 0 && last;
        let folded = if whole_in_one { head } else { self.sweep_began };
        if last {
            put_meta(conn, "keys_folded", folded)?;
        }
        Ok(Slice { keys, on_disk, last, to, head })
    }

    /// The slice is durable: forget its keys here.
    pub(crate) fn written(&mut self, slice: Slice) {
        for (slot, _) in &slice.keys {
            self.recent.remove(slot);
        }
        self.on_disk = slice.on_disk;
        self.position = if slice.last { 0 } else { slice.to };
        if slice.last {
            self.sweep_began = slice.head;
        }
        if self.recent.is_empty() {
            self.recent = FxHashMap::default();
        }
    }
}

/// Keys written together.
pub(crate) struct Slice {
    keys: Vec<(u64, u64)>,
    on_disk: u64,
    last: bool,
    to: u64,
    head: u64,
}

fn on_disk(conn: &Connection, slot: u64) -> Db<Option<u64>> {
    let sql = "SELECT entry_no FROM idempotency_key WHERE slot = ?1";
    one(conn, sql, [int(slot)], |row| number(row, 0))
}

/// Puts an entry at its slot or the next free one; false if it was there already.
fn insert(conn: &Connection, mut slot: u64, entry: u64) -> Db<bool> {
    let mut insert =
        conn.prepare_cached("INSERT OR IGNORE INTO idempotency_key VALUES (?1, ?2)")?;
    loop {
        if insert.execute((int(slot), int(entry)))? == 1 {
            return Ok(true);
        }
        if on_disk(conn, slot)? == Some(entry) {
            return Ok(false);
        }
        slot = after(slot);
    }
}

fn matching(conn: &Connection, entry: u64, key: KeyHash) -> Db<Option<Prior>> {
    let sql = "SELECT key_hash, fingerprint FROM entry WHERE entry_no = ?1";
    let found = one(conn, sql, [int(entry)], |row| Ok((key_hash(row, 0)?, key_hash(row, 1)?)))?;
    let (stored, fingerprint) = found.ok_or_else(|| corrupt("an indexed entry is missing"))?;
    Ok((stored == key).then_some(Prior { entry: EntryNo(entry), fingerprint }))
}

/// Checks that every indexed key leads to the entry that carries it.
pub(crate) fn check(conn: &Connection) -> Db<(u64, EntryNo)> {
    let folded = meta(conn, "keys_folded")?;
    let sql = "SELECT k.slot, e.key_hash, k.entry_no FROM idempotency_key k \
               LEFT JOIN entry e USING (entry_no)";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let (slot, entry) = (number(row, 0)?, number(row, 2)?);
        let hash: Option<[u8; 16]> = row.get(1)?;
        let base = hash.map(|hash| slot_of(KeyHash(hash)));
        let near = base.is_some_and(|base| slot.wrapping_sub(base) % SLOTS < 64);
        if !near {
            return Err(corrupt(format!("idempotency slot {slot} leads to entry {entry} wrongly")));
        }
        count += 1;
    }
    let sql = "SELECT count(*) FROM entry WHERE entry_no <= ?1";
    let expected = one(conn, sql, [int(folded)], |row| number(row, 0))?.unwrap_or(0);
    if count < expected {
        return Err(corrupt(format!("{count} idempotency keys for {expected} entries")));
    }
    Ok((count, EntryNo(folded)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../migrations/0001_books.sql")).unwrap();
        conn
    }

    fn key(first: u64, rest: u8) -> KeyHash {
        let mut bytes = [rest; 16];
        for (to, from) in bytes.iter_mut().zip((first << 1).to_be_bytes()) {
            *to = from;
        }
        KeyHash(bytes)
    }

    fn enter(conn: &Connection, keys: &mut Keys, entry: u64, key: KeyHash) {
        let sql = "INSERT INTO entry VALUES (?1, 0, 0, NULL, 0, NULL, ?2, ?2, x'')";
        conn.execute(sql, (int(entry), key.0)).unwrap();
        keys.add(key, EntryNo(entry));
    }

    fn flush(conn: &Connection, keys: &mut Keys, head: u64) {
        let slice = keys.write_slice(conn, head, false).unwrap();
        keys.written(slice);
    }

    #[test]
    fn keys_with_one_slot_are_told_apart_in_memory_and_on_disk() {
        let conn = database();
        let mut keys = Keys::default();
        enter(&conn, &mut keys, 1, key(77, 1));
        flush(&conn, &mut keys, 1);
        enter(&conn, &mut keys, 2, key(77, 2));
        enter(&conn, &mut keys, 3, key(77, 3));
        let found =
            |keys: &Keys, rest| keys.find(&conn, key(77, rest)).unwrap().map(|prior| prior.entry.0);
        assert_eq!([1, 2, 3, 4].map(|rest| found(&keys, rest)), [Some(1), Some(2), Some(3), None]);
        flush(&conn, &mut keys, 3);
        assert_eq!([1, 2, 3, 4].map(|rest| found(&keys, rest)), [Some(1), Some(2), Some(3), None]);
        assert_eq!(check(&conn).unwrap(), (3, EntryNo(3)));
        let again = Keys::open(&conn).unwrap();
        assert_eq!(found(&again, 2), Some(2));
    }

    #[test]
    fn a_sweep_in_slices_loses_no_key_whenever_the_process_ends() {
        let conn = database();
        let mut keys = Keys { on_disk: 4 * KEYS_PER_SLICE, ..Keys::default() };
        let spread = |number: u64| key(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1, 9);
        for number in 1..=400 {
            enter(&conn, &mut keys, number, spread(number));
            if number % 37 == 0 {
                flush(&conn, &mut keys, number);
                let reopened = Keys { on_disk: 1, ..Keys::open(&conn).unwrap() };
                for known in 1..=number {
                    let prior = reopened.find(&conn, spread(known)).unwrap();
                    assert_eq!(prior.map(|prior| prior.entry.0), Some(known));
                    let prior = keys.find(&conn, spread(known)).unwrap();
                    assert_eq!(prior.map(|prior| prior.entry.0), Some(known));
                }
            }
        }
    }
}
