//! Blocks of the audit log, which are beside the history.

use engine::AuditBlock;
use jiff::Timestamp;
use receivables::EntryNo;

use super::{filled, reopened};
use crate::agree::agree;
use crate::place::Place;
use crate::turn::BEGINNING;

fn block(no: u64, leaves: Vec<u8>, signature: Option<Vec<u8>>) -> AuditBlock {
    let made_at: Timestamp = BEGINNING.parse().unwrap();
    let byte = u8::try_from(no).unwrap();
    AuditBlock {
        no,
        first: EntryNo(no * 10),
        last: EntryNo(no * 10 + 9),
        leaves,
        previous: [byte - 1; 32],
        root: [255; 32],
        hash: [byte; 32],
        made_at,
        signature,
    }
}

/// A block is there at once, for every reader, and after a crash; it never changes.
pub fn a_block_is_there_at_once_and_stays<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    assert_eq!(opened.reader.last_audit_block().unwrap(), None);
    let blocks = [
        block(1, vec![0, 255, 7], None),
        block(2, vec![9; 200_000], Some(vec![3; 64])),
        block(3, vec![1], Some(vec![0; 64])),
    ];
    for block in &blocks {
        opened.store().put_audit_block(block).unwrap();
    }
    // Whoever comes later with the same number changes nothing.
    opened.store().put_audit_block(&block(2, vec![8], None)).unwrap();
    let read = |after, limit| opened.reader.audit_blocks(after, limit).unwrap();
    assert_eq!(read(0, 10), blocks);
    assert_eq!(read(1, 1), blocks[1..2]);
    assert_eq!(read(3, 10), []);
    assert_eq!(opened.reader.last_audit_block().unwrap().as_ref(), blocks.last());
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    let place = place.crash(opened);
    assert_eq!(place.open_to_read().audit_blocks(0, 10).unwrap(), blocks);
}
