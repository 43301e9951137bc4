//! Those who read a file while it is written to.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::fs;

use engine::{SideKind, SideWrite};
use receivables::Command;
use rusqlite::Connection;
use store_conformance::turn::Desk;
use store_conformance::{Place, say};
use support::InAFile;

#[test]
fn entries_end_at_the_head_the_reader_knows_of() {
    let place = InAFile::fresh();
    let mut opened = place.open(1);
    let mut desk = Desk::at(opened.store());
    desk.done(Command::OpenAccount(say::open("EUR")));
    let reader = place.open_to_read();
    let head = reader.head().unwrap();
    desk.done(Command::OpenAccount(say::open("EUR")));
    assert_eq!(reader.head().unwrap(), head);
    assert_eq!(reader.entries(head, 10).unwrap(), Vec::new());
}

#[test]
fn what_a_reader_kept_in_the_log_is_gone_once_it_is_done() {
    let place = InAFile::fresh();
    let mut opened = place.open(1);
    let write = |expected, body: Option<&str>| SideWrite {
        kind: SideKind::PersonalData,
        id: "1".to_owned(),
        expected,
        body: body.map(str::to_owned),
    };
    let log = place.path().with_extension("db-wal");
    let is_kept = || fs::read(&log).unwrap().windows(10).any(|bytes| bytes == b"Maidenname");
    assert!(opened.store().put_side(&[write(None, Some("Maidenname"))]).unwrap());
    let reader = Connection::open(place.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM side_record").unwrap();
    assert!(opened.store().put_side(&[write(Some(1), None)]).unwrap());
    opened.store().idle();
    assert!(is_kept(), "the reader may still ask for it");
    reader.execute_batch("COMMIT").unwrap();
    opened.store().idle();
    assert!(!is_kept());
}
