//! A file that the release before wrote (schema 1): it can be read as it is, and that release can go on with
//! it until the first gateway is configured.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::path::Path;
use std::sync::Arc;

use engine::Reader;
use receivables::order::Meaning;
use receivables::order::Waiting;
use receivables::{AccountNo, Command, Document, EntryNo, Kind, RefundNo};
use rusqlite::Connection;
use store_conformance::turn::Desk;
use store_conformance::{Model, Place, agree, names, say};
use store_sqlite::{Mode, SqliteReader};
use support::InAFile;

const FILE: &[u8] = include_bytes!("../../quittance/tests/fixtures/books-schema-1.db.zst");

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn tables(path: &Path) -> i64 {
    let sql = "SELECT count(*) FROM sqlite_schema";
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn model(reader: &dyn Reader) -> Model {
    Model::of(&reader.entries(EntryNo(0), 100_000).unwrap())
}

fn read_only(path: &Path) -> Arc<SqliteReader> {
    store_sqlite::open(path, Mode::ReadOnly).unwrap().reader
}

/// The release before gives names, too, and knows no words of them.
fn written_by_the_release_before(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "DELETE FROM account_word WHERE account_no > 1; UPDATE account_word SET word = 'stale' WHERE word = 'named'; \
         UPDATE meta SET value = 0 WHERE key = 'open_due_folded'",
    )
    .unwrap();
}

#[test]
fn a_file_of_schema_1_is_read_as_it_is_and_written_until_the_first_gateway() {
    let place = InAFile::fresh();
    let path = place.path();
    std::fs::write(&path, zstd::decode_all(FILE).unwrap()).unwrap();
    let before = tables(&path);
    let reader = read_only(&path);
    let books = model(reader.as_ref());
    agree(&books, reader.as_ref());
    InAFile::verify(reader.as_ref());
    assert!(reader.orders_for_people(Waiting::ForAnswer, None, 5).unwrap().is_empty());
    assert!(reader.gateway_secrets().unwrap().is_empty());
    assert!(engine::words::accounts_named(reader.as_ref(), "a", 5).unwrap().is_empty());
    assert_eq!((version(&path), tables(&path)), (1, before), "reading changes nothing");
    drop(reader);

    let mut opened = place.open(1);
    let mut desk = Desk::on(opened.store(), books);
    desk.done(say::deposit(AccountNo(1), "100"));
    desk.done(Command::RefundCreditBalance(say::refund(AccountNo(1), "1")));
    // Before its name was taken from the old schema.
    desk.done(say::rename(AccountNo(1), "Named anew"));
    let books = desk.model;
    for _ in 0..5 {
        opened.store().idle();
    }
    names(&books, opened.reader.as_ref());
    opened.close();
    assert_eq!(version(&path), 1);
    written_by_the_release_before(&path);
    store_sqlite::migrate(&path, false).unwrap();
    names(&books, read_only(&path).as_ref());
    // As the release before writes: without a list of columns.
    let conn = Connection::open(&path).unwrap();
    for (table, columns) in [("payment", 12), ("refund", 13), ("account_change", 7)] {
        let values = vec!["NULL"; columns].join(", ");
        conn.prepare(&format!("INSERT INTO {table} VALUES ({values})")).unwrap();
    }
    drop(conn);

    let mut opened = place.open(1);
    let mut desk = Desk::on(opened.store(), books);
    desk.done(say::gateway("main"));
    assert_eq!(version(&path), 2, "from now on the release before would pass over what is held");
    desk.done(say::card(AccountNo(1), "tok_one"));
    let placed = desk.done(say::refund_to_method(AccountNo(1), "5"));
    let refund = placed.facts.iter().find_map(|fact| match fact {
        receivables::Fact::Refunded(refund) => Some(refund.no),
        _ => None,
    });
    let RefundNo(number) = refund.unwrap();
    let of = Document { kind: Kind::Refund, number };
    desk.done(say::claim(of, "worker"));
    let said = say::called("tx");
    desk.done(Command::ReportOrder(say::report(of, 1, Meaning::Succeeded, said)));
    desk.done(say::erase(AccountNo(2)));
    let books = desk.model;
    names(&books, opened.reader.as_ref());
    agree(&books, opened.reader.as_ref());
    let place = place.crash(opened);
    let opened = place.open(1);
    agree(&books, opened.reader.as_ref());
    InAFile::verify(opened.reader.as_ref());
    opened.close();
    // Filled again, which must not bring back who was erased.
    written_by_the_release_before(&place.path());
    store_sqlite::migrate(&place.path(), true).unwrap();
    let reader = read_only(&place.path());
    agree(&books, reader.as_ref());
    names(&books, reader.as_ref());
    InAFile::verify(reader.as_ref());
}
